// The sheet of a partner. Comes in: a row of the report and its details. Goes out: sections of the dialog. Sums of months are sums of BigInt.

const STATES = { met: "\u2713 met", "not-met": "\u25cb not met", undetermined: "\u25d0 undetermined" };

function sheetOf(report, row, detail) {
  const raw = (name) => report.raw(name, row);
  const sections = [
    h("p", { class: "lead" }, foreign(detail.sentence)),
    h("section", {}, partnerFacts(report, row, detail)),
    section("What each tier requires", null, h("div", { class: "tiers" }, run.requires.map((entry, nth) => tierCard(report, row, detail, entry, nth)))),
    raw("next_tier") !== "" && section("Ways to the next tier", null, waysOf(report, row, detail)),
    section("Months and what leaves the window", monthsNote(report, row), monthCharts(report, row, detail)),
    section("Subscriptions", null, subscriptionsOf(detail)),
    section("What did not count", null, uncountedOf(detail)),
    section("Individuals", "Persons are numbered; no name and no mail address is part of this page.", personsOf(detail)),
    section("Where it comes from", null, partsOf(report, row, detail)),
    h("details", {}, h("summary", {}, "The whole line of the report"), h("dl", { class: "pairs" }, report.columns.map((column) => [h("dt", { title: column.description }, column.name), h("dd", {}, foreign(column.shown(row)))]))),
  ];
  return sections.filter((part) => part);
}

function section(title, note, ...content) {
  return h("section", {}, h("h3", {}, title), note && h("p", { class: "note" }, note), content);
}

function none(text) {
  return h("p", { class: "muted" }, text);
}

function partnerFacts(report, row, detail) {
  const raw = (name) => report.raw(name, row);
  const pair = (name, ...value) => [h("dt", {}, name), h("dd", {}, value)];
  const lost = raw("lost_on");
  const lacks = run.kinds.map((kind) => [kind, raw(columnOf(kind, "lost", "shortfall"))]).filter(([, short]) => short !== "" && short !== "0");
  const lacking = lacks.map(([kind, short]) => lackOf(kind, short)).join(" and ");
  const notes = raw("notes").split("; ");
  const loss = lost !== "" ? `${lost}, if no data come${lacking ? `: it then lacks ${lacking}` : ""}` : notes.includes("never-lost") ? "never: nothing that the tier requires ends" : notes.includes("loss-unknown") ? "not known" : "no tier to lose";
  const certain = raw("confidence") === "certain";
  return h("dl", { class: "pairs" },
    pair("Tier", tierLabel(raw("tier"))),
    pair("Country", raw("country") === "" ? "not known" : foreign(raw("country"))),
    pair("Market", raw("market") === "" ? "not known" : raw("market"), " (", foreign(detail.marketReason), ")"),
    pair("Lost on", loss),
    pair("Confidence", certain ? "certain: no completion of what is unknown gives another tier" : detail.dependences.map(({ code, meaning }) => h("p", {}, h("span", { class: "code" }, code), " \u2014 ", foreign(meaning)))),
    detail.includes.length > 0 ? pair("Includes", foreign(detail.includes.join(", "))) : [],
    detail.refusedRows !== "0" ? pair("Refused rows", `${grouped(detail.refusedRows)} that name the partner`) : [],
    raw("notes") !== "" ? pair("Notes", foreign(raw("notes"))) : []);
}

/** `85,000.00 USD`, `1 person`. */
function lackOf(kind, quantity) {
  if (kind.is_usd) return `${money(quantity)} USD`;
  return kind.label === "people" ? people(quantity) : `${grouped(quantity)} ${kind.label}`;
}

/** A share of a whole for the length of a bar, from 0 to 100. */
function gaugeShare(actual, required) {
  if (required <= 0n) return 100;
  const share = Number((actual * 1000n) / required) / 10;
  return Math.max(0, Math.min(100, share));
}

function tierCard(report, row, detail, { tier, kinds }, nth) {
  const requirements = detail.tiers[nth].map((requirement, at) => {
    const kind = run.kinds.find(({ name }) => name === kinds[at]);
    const required = report.raw(columnOf(kind, tier, "required"), row);
    const shortfall = report.raw(columnOf(kind, tier, "shortfall"), row);
    const actual = requirement.actual === "=" ? report.raw("consumption_usd", row) : requirement.actual;
    const figure = (quantity) => (kind.is_usd ? money(quantity) : grouped(quantity));
    const goal = required === "" ? "an amount that depends on the market" : `${figure(required)}${kind.is_usd ? " USD" : ""}`;
    const lack = requirement.status === "met" ? STATES.met : shortfall === "" ? STATES[requirement.status] : `lacks ${lackOf(kind, shortfall)}`;
    const share = required === "" ? 0 : gaugeShare(BigInt(actual), BigInt(required));
    const gauge = h("div", { class: `gauge${requirement.status === "met" ? "" : " short"}`, "aria-hidden": "true" }, h("span", { css: { width: `${share}%` } }));
    return h("div", { class: "requirement" }, h("p", {}, foreign(requirement.text), h("span", { class: "muted" }, lack)), gauge, h("p", {}, `${figure(actual)} of ${goal}`));
  });
  const status = report.raw(`${tier}_status`, row);
  return h("div", {}, h("h4", {}, tierLabel(tier), h("span", { class: "state" }, STATES[status] ?? status)), requirements.length > 0 ? requirements : none("nothing"));
}

function waysOf(report, row, detail) {
  const next = report.raw("next_tier", row);
  const consumption = run.kinds.find((kind) => kind.is_usd);
  const missing = detail.wayUsd === "=" ? report.raw(columnOf(consumption, "next", "shortfall"), row) : detail.wayUsd;
  const usd = missing === "" || missing === "0" ? null : `${money(missing)} USD of consumption`;
  const lacking = (way) => BigInt(way.required) - BigInt(way.counted);
  const isEnough = detail.ways.length === 0 || detail.ways.some((way) => lacking(way) <= 0n);
  const ways = isEnough ? [usd ?? "nothing is missing"] : detail.ways.map((way) => [usd, usd && " and ", h("strong", {}, `${people(lacking(way))} by `, foreign(way.groups)), ` (${grouped(way.counted)} of ${grouped(way.required)} now)`]);
  const market = report.raw("market", row) === "" ? none("The market is unknown: this holds in every market.") : null;
  return [h("p", {}, "For ", tierLabel(next), `, as of ${run.as_of}, ${ways.length > 1 ? "one of these must be added:" : "this must be added:"}`), h("ul", { class: "ways" }, ways.map((way) => h("li", {}, way))), market];
}

/** The amounts that the tiers require of consumption, the smallest first. */
function goalsOf(report, row) {
  const kind = run.kinds.find((candidate) => candidate.is_usd);
  const goals = run.requires.filter(({ kinds }) => kinds.includes(kind.name)).map(({ tier }) => ({ tier, cents: report.raw(columnOf(kind, tier, "required"), row) }));
  return goals.filter((goal) => goal.cents !== "").map((goal) => ({ ...goal, cents: BigInt(goal.cents) }));
}

function monthsNote(report, row) {
  const goals = goalsOf(report, row).map(({ tier, cents }) => `${tier} ${money(cents)} USD`);
  return `The window of ${run.window.months} months is ${run.window.first} to ${run.window.last}. ${goals.length > 0 ? `Required: ${goals.join(", ")}. ` : ""}Amounts are rounded down to the cent, each by itself.`;
}

function monthCharts(report, row, detail) {
  if (detail.months.length === 0) return none("No consumption counts in the window.");
  const byMonth = new Map(detail.months.map((month) => [month.month, month]));
  const slots = [...new Set([...run.window_months, ...byMonth.keys()])].sort();
  const label = (month, at) => (at === 0 || month.endsWith("-01") ? `${month.slice(-2)}\n${month.slice(0, -3)}` : month.slice(-2));
  const bars = slots.map((month, at) => ({ label: label(month, at), cents: byMonth.get(month)?.cents ?? 0n }));
  const goals = goalsOf(report, row);
  const own = goals.find(({ tier }) => tier === report.raw("tier", row)) ?? goals[0];
  // What remains when a month has left: the later ones, and the cents that rounding each by itself takes away.
  const leaving = detail.months.map((month, at) => ({
    ...month,
    remaining: detail.months.slice(at + 1).reduce((sum, later) => sum + later.cents, 0n) + month.remainder,
  }));
  const steps = [{ label: "now", cents: BigInt(report.raw("consumption_usd", row)) }, ...leaving.map(({ leavesOn, remaining }) => ({ label: `${leavesOn.slice(5)}\n${leavesOn.slice(0, 4)}`, cents: remaining }))];
  const isBelow = (cents) => own !== undefined && cents < own.cents;
  const drawn = goals.filter(({ cents }) => cents <= 4n * steps.reduce((most, step) => (step.cents > most ? step.cents : most), own?.cents ?? 0n));
  const met = (cents) => goals.filter((goal) => cents >= goal.cents).map(({ tier }) => tier).at(-1) ?? "none";
  const heads = [{ text: "Month", fixed: true }, { text: "USD", number: true }, { text: "Leaves on", fixed: true }, { text: "Then remain USD", number: true }, { text: "Enough for" }];
  const lines = leaving.map((month) => [month.month, money(month.cents), month.leavesOn, money(month.remaining), met(month.remaining) === "none" ? "no tier" : foreign(met(month.remaining))]);
  return [
    h("div", { class: "chart-pair" },
      h("figure", {}, h("figcaption", {}, "USD that count, by month"), moneyBars(bars, [])),
      h("figure", {}, h("figcaption", {}, `USD that remain in the window when a month has left it, if no data come${own ? `; pale: below ${own.tier}` : ""}`),
        moneyBars(steps.map((step) => ({ ...step, isBelow: isBelow(step.cents) })), drawn.map(({ tier, cents }) => ({ label: `${tier} ${shortMoney(cents)}`, cents }))))),
    h("div", { class: "scrolls" }, table("Months with consumption, and what remains when each has left the window", heads, lines)),
  ];
}

const FIRST_LINES = 100;

function subscriptionsOf(detail) {
  if (detail.subscriptions.length === 0) return none("None counts.");
  const heads = [{ text: "Subscription", fixed: true }, { text: "Association" }, { text: "Partner" }, { text: "Months", fixed: true }, { text: "USD", number: true }];
  const lines = detail.subscriptions.map((line) => [
    line.subscription === "" ? "none named" : h("span", { class: "code" }, foreign(line.subscription)),
    foreign(line.association),
    line.partner === "" ? "itself" : foreign(line.partner),
    line.first === line.last ? line.first : `${line.first} to ${line.last} (${line.months})`,
    money(line.cents),
  ]);
  return firstRows(lines, FIRST_LINES, (some) => table(`${grouped(lines.length)} with consumption that counts`, heads, some));
}

function uncountedOf(detail) {
  if (detail.uncounted.length === 0) return none("All consumption of the partner in the window counts.");
  const heads = [{ text: "Why" }, { text: "Subscription", fixed: true }, { text: "Months", fixed: true }, { text: "Source" }, { text: "Amount", number: true }, { text: "USD", number: true }];
  const lines = detail.uncounted.map((line) => [
    h("span", {}, foreign(line.why), line.partner ? [" (", foreign(line.partner), ")"] : ""),
    line.subscription === "" ? "none named" : h("span", { class: "code" }, foreign(line.subscription)),
    line.first === line.last ? line.first : `${line.first} to ${line.last}`,
    foreign(line.source),
    [`${money(line.cents)} `, foreign(line.currency)],
    line.usdCents === "" ? "no rate" : money(line.usdCents),
  ]);
  return firstRows(lines, FIRST_LINES, (some) => table("Consumption that does not count, by reason, subscription and source", heads, some));
}

function personsOf(detail) {
  if (detail.persons.length === 0) return none("Nobody has a pass for this partner.");
  const heads = [{ text: "Person" }, { text: "Credential" }, { text: "Completed", fixed: true }, { text: "Expires", fixed: true }, { text: "Counts" }];
  const lines = detail.persons.flatMap(({ person, joinedBy, passes }) =>
    passes.map((pass, at) => [
      at === 0 ? h("span", { title: joinedBy || undefined }, foreign(person), joinedBy && h("span", { class: "muted" }, ` \u2014 ${joinedBy}`)) : h("span", { class: "muted" }, foreign(person)),
      h("span", {}, foreign(pass.credential), pass.partner ? [" (for ", foreign(pass.partner), ")"] : ""),
      pass.completed,
      pass.expires || "never",
      pass.why === "" ? `\u2713 ${pass.groups}` : ["\u25cb ", foreign(pass.why)],
    ]));
  return firstRows(lines, FIRST_LINES, (some) => table(`${people(detail.persons.length)} with a pass`, heads, some));
}

function partsOf(report, row, detail) {
  const lists = [["association", detail.associations], ["partner that has it", detail.locations], ["export", detail.sources]];
  const line = (by) => ({ name, detail: more, cents }) => [
    by,
    h("span", {}, foreign(name), more && h("span", { class: "muted" }, " ", foreign(more))),
    money(cents === "=" ? report.raw("consumption_usd", row) : cents),
  ];
  const lines = lists.flatMap(([by, parts]) => parts.map(line(by)));
  if (lines.length === 0) return none("No consumption counts.");
  return firstRows(lines, FIRST_LINES, (some) => table("The consumption that counts, three times: by association, by partner, by export", [{ text: "By" }, { text: "Part" }, { text: "USD", number: true }], some));
}
