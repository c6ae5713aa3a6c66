// Data of the page: what the run states, the report's columns, the details of partners. Comes in: the data blocks of this file. Goes out: texts and exact
// figures. Amounts are whole cents, as decimal text or BigInt: no binary float carries one.

const run = JSON.parse(document.getElementById("run").textContent);

/** The bytes of base64. */
function bytesOf(base64) {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The value of a packed block: JSON, deflated, in base64. */
async function unpack(id) {
  const stream = new Blob([bytesOf(document.getElementById(id).textContent)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** `1,234,567` of a count or of decimal text. */
function grouped(digits) {
  return String(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `-1,234.56` of whole cents. */
function money(cents) {
  const text = String(cents);
  const sign = text.startsWith("-") ? "-" : "";
  const digits = text.slice(sign.length).padStart(3, "0");
  return `${sign}${grouped(digits.slice(0, -2))}.${digits.slice(-2)}`;
}

/** Whole cents, rounded towards minus infinity, of an exact amount such as `-12.3456`. */
function floorCents(exact) {
  const [, sign, units, decimals = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(exact);
  const cents = BigInt(units + decimals.slice(0, 2).padEnd(2, "0"));
  const isCut = /[1-9]/.test(decimals.slice(2));
  return sign ? -cents - (isCut ? 1n : 0n) : cents;
}

/** `1 person`, `2 people`. */
function people(count) {
  return String(count) === "1" ? "1 person" : `${grouped(count)} people`;
}

/** A share of a whole in percent, without decimals; a part of something is never 0 %, and not all of it never 100 %. */
function percent(part, whole) {
  if (whole === 0) return "0%";
  const share = Math.round((100 * part) / whole);
  if (part > 0 && share === 0) return "<1%";
  return part < whole && share === 100 ? ">99%" : `${share}%`;
}

/** An order of partner ids: ids of digits by their number, then all others. */
function compareIds(a, b) {
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  if (isNumberA) {
    const [x, y] = [BigInt(a), BigInt(b)];
    if (x !== y) return x < y ? -1 : 1;
  }
  return compareTexts(a, b);
}

function compareTexts(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A column of the report. */
class Column {
  constructor(spec, rows) {
    Object.assign(this, spec);
    this.rows = rows;
    this.isText = this.kind === "text" || this.kind === "date";
    this.isNumber = !this.isText;
  }

  get tokens() {
    this.cellTokens ??= this.cells === undefined ? null : this.cells.split(",");
    return this.cellTokens;
  }

  /** The cell as it stands: text, whole cents or a count; `""` if it is blank. */
  raw(row) {
    if (this.tokens === null) return this.texts[row];
    const token = this.tokens[row];
    return this.isText && token !== "" ? this.texts[token] : token;
  }

  /** The cell for people. */
  shown(row) {
    const raw = this.raw(row);
    if (raw === "" || this.isText) return raw;
    return this.kind === "usd" ? money(raw) : grouped(raw);
  }

  /** For each row its rank by the values of the column, equal values of equal rank; -1 if the cell is blank. */
  ranks() {
    if (this.rankOfRow) return this.rankOfRow;
    const compare = this.comparison();
    const rows = [];
    for (let row = 0; row < this.rows; row += 1) if (this.raw(row) !== "") rows.push(row);
    const key = this.isNumber ? (row) => BigInt(this.raw(row)) : (row) => this.raw(row);
    const keys = new Map(rows.map((row) => [row, key(row)]));
    rows.sort((a, b) => compare(keys.get(a), keys.get(b)));
    this.rankOfRow = new Int32Array(this.rows).fill(-1);
    rows.forEach((row, at) => {
      const before = rows[at - 1];
      const isEqual = at > 0 && compare(keys.get(before), keys.get(row)) === 0;
      this.rankOfRow[row] = isEqual ? this.rankOfRow[before] : at;
    });
    return this.rankOfRow;
  }

  comparison() {
    if (this.isNumber) return (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    if (this.name === "partner_id") return compareIds;
    if (this.name === "tier" || this.name === "next_tier") {
      const order = ["undetermined", ...run.requires.map(({ tier }) => tier)];
      return (a, b) => order.indexOf(a) - order.indexOf(b);
    }
    if (this.kind === "date") return compareTexts;
    return (a, b) => compareTexts(a.toLowerCase(), b.toLowerCase()) || compareTexts(a, b);
  }
}

/** The report: its columns by name, and the position of each partner. */
class Report {
  constructor(block) {
    this.rows = run.partners;
    this.columns = block.columns.map((spec) => new Column(spec, this.rows));
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
  }

  raw(name, row) {
    return this.byName.get(name)?.raw(row) ?? "";
  }

  shown(name, row) {
    return this.byName.get(name)?.shown(row) ?? "";
  }

  /** The row of a partner; `undefined` if it is not on this page. */
  rowOf(id) {
    this.rowById ??= new Map(Array.from({ length: this.rows }, (_, row) => [this.raw("partner_id", row), row]));
    return this.rowById.get(id);
  }
}

/** The name of the column of a kind of measure, such as `next_consumption_shortfall_usd`. */
function columnOf(kind, prefix, suffix) {
  return `${prefix}_${kind.name}_${suffix}${kind.is_usd ? "_usd" : ""}`;
}

const detailBlocks = new Map();

/** The details of a partner. */
async function detailOf(row) {
  const number = Math.floor(row / run.detail_partners);
  if (!detailBlocks.has(number)) {
    // A few blocks are enough for a reader who goes back and forth.
    if (detailBlocks.size > 7) detailBlocks.delete(detailBlocks.keys().next().value);
    detailBlocks.set(number, unpack(`detail-${number}`).then(detailsOf));
  }
  const details = await detailBlocks.get(number);
  return details[row % run.detail_partners];
}

/** The details of all partners of a block, read column by column in the order in which they were written. */
function detailsOf(block) {
  const columns = new Map();
  const token = (name) => {
    if (!columns.has(name)) columns.set(name, { tokens: block[name].split(","), next: 0 });
    const column = columns.get(name);
    column.next += 1;
    return column.tokens[column.next - 1];
  };
  const text = (name) => {
    const position = token(name);
    return position === "" ? "" : block.texts[position];
  };
  const list = (name, entry) => Array.from({ length: Number(token(name)) }, entry);
  const guids = bytesOf(block.guids);
  let guid = 0;
  const subscription = () => {
    const position = token("subscription");
    if (position !== "") return block.texts[position];
    guid += 16;
    const digits = [...guids.subarray(guid - 16, guid)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const part = () => ({ name: text("part_name"), detail: text("part_detail"), cents: token("part_cents") });
  const pass = () => ({
    partner: text("pass_partner"),
    credential: text("pass_credential"),
    groups: text("pass_groups"),
    completed: text("pass_completed"),
    expires: text("pass_expires"),
    why: text("pass_why"),
  });
  const partner = () => ({
    sentence: text("sentence"),
    marketReason: text("market_reason"),
    refusedRows: token("refused_rows"),
    dependences: list("dependence_count", () => ({ code: text("dependence_code"), meaning: text("dependence_meaning") })),
    includes: list("include_count", () => text("include")),
    tiers: run.requires.map(() =>
      list("requirement_count", () => ({
        text: text("requirement_text"),
        status: text("requirement_status"),
        actual: token("requirement_actual"),
      })),
    ),
    wayUsd: token("way_usd"),
    ways: list("way_count", () => ({ groups: text("way_groups"), counted: token("way_counted"), required: token("way_required") })),
    months: list("month_count", () => {
      const [month, leavesOn] = text("month_and_leaving").split(" ");
      return { month, leavesOn, cents: BigInt(token("month_cents")), remainder: BigInt(token("month_remainder")) };
    }),
    associations: list("part_count", part),
    locations: list("part_count", part),
    sources: list("part_count", part),
    subscriptions: list("subscription_count", () => ({
      subscription: subscription(),
      association: text("subscription_association"),
      partner: text("subscription_partner"),
      months: token("subscription_months"),
      first: text("subscription_first"),
      last: text("subscription_last"),
      cents: token("subscription_cents"),
    })),
    uncounted: list("uncounted_count", () => {
      const line = { subscription: subscription(), reason: text("uncounted_reason"), why: text("uncounted_why") };
      const other = token("uncounted_partner");
      line.partner = other === "" ? null : other === "=" ? "" : block.texts[other];
      line.association = text("uncounted_association");
      line.first = text("uncounted_first");
      line.last = text("uncounted_last");
      line.source = text("uncounted_source");
      line.currency = text("uncounted_currency");
      line.cents = token("uncounted_cents");
      const usd = token("uncounted_usd_cents");
      line.usdCents = usd === "=" ? line.cents : usd;
      return line;
    }),
    persons: list("person_count", () => ({
      person: text("person"),
      joinedBy: text("person_joined_by"),
      countsIn: text("person_counts_in"),
      passes: list("pass_count", pass),
    })),
  });
  const partners = block.sentence.split(",").length - 1;
  return Array.from({ length: partners }, partner);
}
