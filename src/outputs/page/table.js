// The table of partners: search, filters, sort, virtual rows, keys. Comes in: the report's columns. Goes out: a grid of which about 40 rows are in the page,
// and the order in which partners follow one another.

const NARROW = matchMedia("(max-width: 700px)");
/** Columns of the table, with their heads, in their order; a narrow screen has those that are marked. */
const HEADS = new Map([
  ["partner_id", "Partner"],
  ["partner_name", "Name"],
  ["country", "Country"],
  ["market", "Market"],
  ["tier", "Tier"],
  ["confidence", "Confidence"],
  ["next_tier", "Next tier"],
  ["next_consumption_shortfall_usd", "Lacks USD"],
  ["next_individuals_shortfall", "Lacks people"],
  ["consumption_usd", "Consumed USD"],
  ["lost_on", "Lost on"],
]);
const DEFAULT = ["partner_id", "partner_name", "country", "tier", "confidence", "next_tier", "next_consumption_shortfall_usd", "next_individuals_shortfall", "consumption_usd", "lost_on"];
const NARROW_COLUMNS = ["partner_id", "tier", "next_consumption_shortfall_usd"];
/** What is asked of the table: `null` is all. */
const NO_FILTERS = { search: "", tier: null, country: null, confidence: null, next: null, lost: null };
/** Rows above and below the visible ones that are in the page too. */
const SPARE_ROWS = 8;
/** Rows that are printed. */
const PRINTED_ROWS = 200;

function headOf(column) {
  return HEADS.get(column.name) ?? column.name.replaceAll("_", " ").replace(/ usd$/, " USD");
}

function widthOf(column) {
  const widths = { partner_name: 160, partner_id: 88, country: 112, confidence: 108, notes: 240, rule_set: 220, tier: 130, next_tier: 84, lost_on: 102 };
  return widths[column.name] ?? Math.max(column.kind === "usd" ? 122 : 90, 7.4 * headOf(column).length + 24);
}

class PartnerTable {
  /** `open` is called with the row of a partner that a reader opens. */
  constructor(report, open) {
    this.report = report;
    this.open = open;
    this.sort = { name: null, descending: false };
    this.active = 0;
    this.filters = { ...NO_FILTERS };
    this.sorted = Array.from({ length: report.rows }, (_, row) => row);
    this.box = document.getElementById("box");
    this.status = document.getElementById("status");
    this.buildFilters();
    this.buildGrid();
    this.apply();
    this.box.addEventListener("scroll", () => this.later(), { passive: true });
    addEventListener("resize", () => this.later());
    NARROW.addEventListener("change", () => {
      this.buildGrid();
      this.draw();
    });
    addEventListener("beforeprint", () => this.drawForPrint());
    addEventListener("afterprint", () => this.draw());
  }

  /** Columns of the table: as asked, or the most useful ones. */
  columns() {
    const all = this.report.columns;
    const isAll = run.columns.length === all.length;
    const named = (names) => names.map((name) => this.report.byName.get(name)).filter((column) => column);
    if (NARROW.matches && isAll) return named(NARROW_COLUMNS);
    const asked = isAll ? DEFAULT : run.columns;
    return named(asked.includes("partner_id") ? asked : ["partner_id", ...asked]);
  }

  buildFilters() {
    const { report } = this;
    this.search = h("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/", placeholder: "id, name, country or note", on: { input: () => this.change("search", this.search.value) } });
    const counted = (name) => {
      const counts = new Map();
      for (let row = 0; row < report.rows; row += 1) {
        const raw = report.raw(name, row);
        counts.set(raw, (counts.get(raw) ?? 0) + 1);
      }
      return counts;
    };
    const options = (counts, order, blank) => [...counts].sort(([a], [b]) => order(a, b)).map(([value, count]) => [value, value === "" ? blank : value, count]);
    const tierOrder = (a, b) => outcomes.indexOf(a) - outcomes.indexOf(b);
    const blankLast = (a, b) => (a === "") - (b === "") || compareTexts(a.toLowerCase(), b.toLowerCase());
    this.selects = {
      tier: options(counted("tier"), tierOrder, "no tier"),
      country: options(counted("country"), blankLast, "not known"),
      confidence: this.confidenceOptions(counted("confidence")),
      next: options(counted("next_tier"), (a, b) => tierOrder(b, a), "none higher"),
      lost: this.lossOptions(counted("lost_on")),
    };
    const labels = { tier: "Tier", country: "Country", confidence: "Confidence", next: "Next tier", lost: "Lost on" };
    const controls = Object.entries(this.selects).map(([name, choices]) => {
      const select = h("select", { id: `filter-${name}`, on: { change: () => this.change(name, select.value === "" ? null : select.value.slice(1)) } },
        h("option", { value: "" }, "all"), choices.map(([value, word, count]) => h("option", { value: `=${value}` }, `${word} (${grouped(count)})`)));
      this.selects[name] = select;
      return h("label", {}, labels[name], select);
    });
    this.clear = h("button", { type: "button", class: "quiet", disabled: true, on: { click: () => this.reset() } }, "Clear");
    const form = document.getElementById("filters");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(h("label", { class: "search" }, "Search", this.search), ...controls, this.clear);
  }

  confidenceOptions(counts) {
    const all = [...counts];
    const sum = (some) => some.reduce((total, [, count]) => total + count, 0);
    const codes = [...new Set(all.flatMap(([text]) => (text === "certain" ? [] : text.split("+"))))].sort();
    const uncertain = all.filter(([text]) => text !== "certain");
    const choices = [["certain", "certain", counts.get("certain") ?? 0], ["uncertain", "could change", sum(uncertain)]];
    return [...choices, ...codes.map((code) => [code, `by ${code}`, sum(uncertain.filter(([text]) => text.split("+").includes(code)))])];
  }

  /** Days of losses, or their months where there are many, each with all before it; then why there is no day. */
  lossOptions(counts) {
    const days = [...counts].filter(([day]) => day !== "").sort(([a], [b]) => compareTexts(a, b));
    const byDay = days.length <= 40;
    const bounds = [...new Set(days.map(([day]) => (byDay ? day : `${day.slice(0, -3)}-31`)))];
    const upTo = (bound) => days.filter(([day]) => day <= bound).reduce((total, [, count]) => total + count, 0);
    const choices = bounds.map((bound) => [bound, byDay ? `until ${bound}` : `until the end of ${bound.slice(0, -3)}`, upTo(bound)]);
    const rest = { "never-lost": 0, "loss-unknown": 0, "no-tier": 0 };
    for (let row = 0; row < this.report.rows; row += 1) {
      const reason = this.lossReason(row);
      if (reason in rest) rest[reason] += 1;
    }
    const words = { "never-lost": "never lost", "loss-unknown": "not known", "no-tier": "no tier to lose" };
    return [...choices, ...Object.entries(rest).filter(([, count]) => count > 0).map(([reason, count]) => [reason, words[reason], count])];
  }

  /** The day of a loss, or why there is none. */
  lossReason(row) {
    const day = this.report.raw("lost_on", row);
    if (day !== "") return day;
    const notes = this.report.raw("notes", row).split("; ");
    const reason = ["never-lost", "loss-unknown"].find((note) => notes.includes(note));
    return reason ?? "no-tier";
  }

  change(name, value) {
    this.filters[name] = value;
    this.apply();
  }

  /** Sets one filter, clears the others, and shows the table. */
  filterBy(name, value) {
    this.filters = { ...NO_FILTERS, [name]: value };
    this.search.value = "";
    for (const [key, select] of Object.entries(this.selects)) select.value = this.filters[key] === null ? "" : `=${this.filters[key]}`;
    this.apply();
    document.getElementById("partners").scrollIntoView();
    this.grid.focus({ preventScroll: true });
  }

  reset() {
    this.filterBy("search", "");
    this.search.focus();
  }

  /** The texts in which a search looks: without case and accents. */
  searched(row) {
    this.searchTexts ??= [];
    this.searchTexts[row] ??= plainText(["partner_id", "partner_name", "country", "notes"].map((name) => this.report.raw(name, row)).join("\n"));
    return this.searchTexts[row];
  }

  /** Which rows pass every filter. */
  passing() {
    const { report, filters } = this;
    const tests = [];
    const equal = (name, value) => tests.push((row) => report.raw(name, row) === value);
    if (filters.tier !== null) equal("tier", filters.tier);
    if (filters.country !== null) equal("country", filters.country);
    if (filters.next !== null) equal("next_tier", filters.next);
    if (filters.confidence === "uncertain") tests.push((row) => report.raw("confidence", row) !== "certain");
    else if (filters.confidence !== null) tests.push((row) => report.raw("confidence", row).split("+").includes(filters.confidence));
    if (filters.lost !== null && /^\d/.test(filters.lost)) tests.push((row) => /^\d/.test(this.lossReason(row)) && this.lossReason(row) <= filters.lost);
    else if (filters.lost !== null) tests.push((row) => this.lossReason(row) === filters.lost);
    const words = plainText(filters.search).split(/\s+/).filter((word) => word !== "");
    for (const word of words) tests.push((row) => this.searched(row).includes(word));
    return (row) => tests.every((test) => test(row));
  }

  /** Draws what passes the filters, from its beginning. */
  apply() {
    this.rows = this.sorted.filter(this.passing());
    this.active = 0;
    this.box.scrollTop = 0;
    const isFiltered = Object.entries(this.filters).some(([name, value]) => value !== NO_FILTERS[name]);
    this.clear.disabled = !isFiltered;
    for (const [name, select] of Object.entries(this.selects)) select.classList.toggle("set", this.filters[name] !== null);
    const of = isFiltered ? ` of ${grouped(this.report.rows)}` : "";
    this.status.textContent = `${grouped(this.rows.length)}${of} ${this.report.rows === 1 ? "partner" : "partners"}${isFiltered && this.rows.length === 0 ? ": none matches" : ""}`;
    this.draw();
  }

  sortBy(column) {
    const { name, descending } = this.sort;
    // Money and counts: the greatest first at the first click; then the other way round; then the order of the report.
    const first = column.isNumber;
    if (name !== column.name) this.sort = { name: column.name, descending: first };
    else if (descending === first) this.sort = { name, descending: !first };
    else this.sort = { name: null, descending: false };
    this.sorted = Array.from({ length: this.report.rows }, (_, row) => row);
    if (this.sort.name !== null) {
      const [ranks, sign] = [column.ranks(), this.sort.descending ? -1 : 1];
      // Blank cells come last in both directions, and equal ones stay in the order of the report.
      this.sorted.sort((a, b) => (ranks[a] < 0) - (ranks[b] < 0) || sign * (ranks[a] - ranks[b]) || a - b);
    }
    this.markSort();
    this.apply();
  }

  buildGrid() {
    const hadFocus = this.grid !== undefined && document.activeElement === this.grid;
    const columns = this.columns();
    this.heads = new Map();
    const head = (column) => {
      const arrow = h("span", { class: "arrow", "aria-hidden": "true" });
      const button = h("button", { type: "button", title: `${column.description} (${column.name})`, on: { click: () => this.sortBy(column) } }, headOf(column), arrow);
      const cell = h("th", { scope: "col", class: column.isNumber ? "number" : undefined }, button);
      this.heads.set(column.name, { cell, arrow });
      return cell;
    };
    const widths = columns.map((column) => (NARROW.matches && column.name === "partner_id" ? 160 : NARROW.matches ? 108 : widthOf(column)));
    const total = widths.reduce((sum, width) => sum + width, 0);
    this.body = h("tbody", {});
    this.grid = h("table", { class: "grid", role: "grid", tabindex: "0", id: "grid", "aria-labelledby": "grid-caption", "aria-describedby": "keys", "aria-colcount": columns.length, css: { "min-width": NARROW.matches ? "0" : `${total}px` } },
      h("caption", { id: "grid-caption" }, "Partners: Enter opens one, a head sorts"),
      h("colgroup", {}, widths.map((width) => h("col", { css: { width: `${(100 * width) / total}%` } }))),
      h("thead", {}, h("tr", { "aria-rowindex": "1" }, columns.map(head))),
      this.body);
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.empty = h("p", { class: "empty", hidden: true }, "No partner matches. ", h("button", { type: "button", class: "link", on: { click: () => this.reset() } }, "Clear the search and the filters"));
    this.box.replaceChildren(this.grid, this.empty);
    this.shownColumns = columns;
    this.markSort();
    if (hadFocus) this.grid.focus();
  }

  markSort() {
    for (const [name, { cell, arrow }] of this.heads) {
      const isSorted = name === this.sort.name;
      arrow.textContent = isSorted ? (this.sort.descending ? "\u2193" : "\u2191") : "";
      if (isSorted) cell.setAttribute("aria-sort", this.sort.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }

  later() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  rowHeight() {
    return NARROW.matches ? 52 : 34;
  }

  /** Draws the rows that can be seen, between two rows as high as all others together. */
  draw() {
    const height = this.rowHeight();
    this.box.classList.toggle("short", this.rows.length <= 12);
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - SPARE_ROWS);
    const count = Math.ceil((this.box.clientHeight || 600) / height) + 2 * SPARE_ROWS;
    this.drawRows(first, Math.min(this.rows.length, first + count), height);
  }

  drawRows(first, last, height) {
    const space = (rows) => h("tr", { class: "space", "aria-hidden": "true" }, h("td", { colspan: this.shownColumns.length, css: { height: `${rows * height}px` } }));
    const drawn = [];
    for (let at = first; at < last; at += 1) drawn.push(this.rowAt(at));
    const above = first > 0 ? [space(first)] : [];
    const below = last < this.rows.length ? [space(this.rows.length - last)] : [];
    this.body.replaceChildren(...above, ...drawn, ...below);
    this.grid.setAttribute("aria-rowcount", this.rows.length + 1);
    this.grid.hidden = this.rows.length === 0;
    this.empty.hidden = this.rows.length > 0;
    if (this.active >= first && this.active < last) this.grid.setAttribute("aria-activedescendant", `row-${this.active}`);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  rowAt(at) {
    const row = this.rows[at];
    const cells = this.shownColumns.map((column) => {
      const text = column.shown(row);
      if (column.name === "partner_id") {
        const link = h("a", { href: hashOf(text), tabindex: "-1" }, foreign(text));
        return h("th", { scope: "row" }, link, NARROW.matches && h("span", { class: "name" }, foreign(this.report.raw("partner_name", row))));
      }
      const isTier = column.name === "tier" || (column.name === "next_tier" && text !== "");
      const content = isTier ? tierLabel(text) : column.name === "confidence" && text !== "certain" ? ["\u25d0 ", foreign(text)] : column.isText ? foreign(text) : text;
      return h("td", { class: column.isNumber ? "number" : undefined, title: column.isText && text.length > 14 ? text : undefined }, content);
    });
    return h("tr", { id: `row-${at}`, "aria-rowindex": at + 2, class: at === this.active ? "active" : undefined, "aria-selected": at === this.active ? "true" : "false" }, cells);
  }

  /** For print: the first rows as they are, and how many are left out. */
  drawForPrint() {
    const printed = Math.min(this.rows.length, PRINTED_ROWS);
    this.drawRows(0, printed, 0);
    const left = this.rows.length - printed;
    document.getElementById("print-note").textContent = left > 0 ? `The first ${grouped(printed)} are printed; ${grouped(left)} more are not. Filter the page to print others.` : "";
  }

  click(event) {
    const row = event.target.closest("tr[aria-rowindex]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.activate(Number(row.getAttribute("aria-rowindex")) - 2);
    this.open(this.rows[this.active]);
  }

  key(event) {
    if (event.target !== this.grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.rowHeight()) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.rows.length, End: this.rows.length };
    if (event.key in moves) this.activate(this.active + moves[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && this.rows.length > 0) this.open(this.rows[this.active]);
    else return;
    event.preventDefault();
  }

  /** Makes a row the active one, and brings it into sight. */
  activate(at) {
    this.active = Math.max(0, Math.min(this.rows.length - 1, at));
    const [height, head] = [this.rowHeight(), 36];
    const top = this.active * height;
    const room = this.box.clientHeight - head - height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top > this.box.scrollTop + room) this.box.scrollTop = top - room;
    this.draw();
  }

  /** The row before or after another in the present order. `undefined` if there is none. */
  neighbour(row, step) {
    const at = this.rows.indexOf(row);
    return at < 0 ? undefined : this.rows[at + step];
  }

  /** Gives the keys back to the table, at a partner. */
  focusAt(row) {
    const at = this.rows.indexOf(row);
    if (at >= 0) this.activate(at);
    this.grid.focus({ preventScroll: true });
  }
}

/** A text without case and accents. */
function plainText(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The address of a partner on this page. */
function hashOf(id) {
  return `#${encodeURIComponent(id)}`;
}
