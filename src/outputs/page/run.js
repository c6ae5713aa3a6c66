// What the page states of the run: facts, cards, charts, control totals. Comes in: the run block, the report's columns. Goes out: sections of the page.

/** Every outcome of a partner, the highest tier first. */
const outcomes = [...run.requires.map(({ tier }) => tier).reverse(), "", ...(run.tiers.undetermined > 0 ? ["undetermined"] : [])];

function countOf(outcome) {
  return run.tiers[outcome === "" ? "none" : outcome] ?? 0;
}

function showFacts() {
  const { rule_set: rules, window: frame } = run;
  document.title = `Tier attainment, ${rules.name}, as of ${run.as_of}`;
  const facts = [`as of ${run.as_of}`, `consumption of ${frame.first} to ${frame.last} (${frame.months} months, ${frame.kind})`];
  if (run.previous) facts.push(`changes since ${run.previous.as_of}`);
  document.getElementById("facts").append(h("span", {}, foreign(rules.name)), ...facts.map((fact) => h("span", {}, fact)));
  const { complete, incomplete_by: codes } = run.completeness;
  const notices = [];
  if (!complete) {
    const warnings = run.warnings.filter(({ code }) => codes.includes(code));
    const line = ({ code, count, listed }) =>
      h("li", {}, `${grouped(count)} `, h("span", { class: "code" }, code), listed.length > 0 && [": ", foreign(listed[0])]);
    notices.push(h("div", { class: "banner" }, h("strong", {}, "INCOMPLETE"), " \u2014 figures may change when what is missing comes.", h("ul", {}, warnings.map(line))));
  }
  if (rules.note) notices.push(h("div", { class: "banner" }, foreign(rules.note)));
  if (run.shown) {
    const { lines, not_shown: left, filters } = run.shown;
    const asked = filters.length > 0 ? [", as asked by ", h("span", { class: "code" }, foreign(filters.join(" ")))] : "";
    notices.push(h("div", { class: "banner" }, `This page lists ${grouped(lines)} of ${grouped(lines + left)} partners`, asked, ". Cards and control totals are of the whole run; charts and table are of the listed partners."));
  }
  document.getElementById("banner").append(...notices);
}

/** `+3`, against the earlier run that the facts of the page name. */
function change(now, before) {
  if (!run.previous || before === undefined || before === null) return null;
  const difference = now - before;
  const sign = difference > 0 ? "+" : difference < 0 ? "\u2212" : "\u00b1";
  return h("span", { class: "more change" }, `${sign}${grouped(Math.abs(difference))}`, h("span", { class: "unseen" }, ` since ${run.previous.as_of}`));
}

function showCards(filterBy) {
  const { confidence, losses } = run;
  const before = (name) => (run.previous && Object.hasOwn(run.previous.tiers, name) ? run.previous.tiers[name] : undefined);
  const card = (label, figure, more, properties) =>
    h(properties?.on ? "button" : "div", { class: "card", type: properties?.on && "button", ...properties },
      h("span", { class: "label" }, label), h("span", { class: "figure" }, figure), more.map((line) => line instanceof Node ? line : line && h("span", { class: "more" }, line)));
  const cards = [card("Partners judged", grouped(run.judged), [`in ${grouped(run.control_totals.rows.read)} rows of consumption`, change(run.judged, run.previous?.partners)])];
  for (const outcome of outcomes) {
    const count = countOf(outcome);
    const more = [`${percent(count, run.judged)} of partners${outcome === "undetermined" ? ", market unknown" : ""}`, change(count, before(outcome === "" ? "none" : outcome))];
    const title = `Show partners with ${outcome === "" ? "no tier" : `the tier ${outcome}`}`;
    cards.push(card(tierLabel(outcome), grouped(count), more, { title, on: { click: () => filterBy("tier", outcome) } }));
  }
  const all = confidence.certain + confidence.uncertain;
  const codes = Object.entries(confidence.by_code).map(([code, count]) => `${code} ${grouped(count)}`);
  const certain = [`of ${grouped(all)}: nothing unknown can change the tier`, change(confidence.certain, run.previous?.certain)];
  cards.push(card("Certain", grouped(confidence.certain), certain));
  cards.push(card("Could change", grouped(confidence.uncertain), [codes.join(", ") || "nothing unknown changes a tier"], confidence.uncertain > 0 ? { title: "Show partners whose tier could change", on: { click: () => filterBy("confidence", "uncertain") } } : {}));
  const next = losses.next[0];
  const first = next ? `first ${next.partner}${next.tier ? ` (${next.tier})` : ""} on ${next.lost_on}` : "no loss is dated";
  cards.push(card("Lose their tier soon", grouped(losses.soon.partners), [`by ${losses.soon.by}, if no data come; ${grouped(losses.dated)} ever`, first, losses.unknown > 0 && `${grouped(losses.unknown)} not known`]));
  const place = document.getElementById("cards");
  place.style.setProperty("--count", Math.min(cards.length, 8));
  place.style.setProperty("--half", Math.ceil(cards.length / 2));
  place.append(...cards);
}

function panel(title, note, properties, ...content) {
  return h("figure", { class: "panel", ...properties }, h("h2", {}, title), h("p", { class: "note" }, note), content);
}

/** Tiers by country: how many of the listed partners of each country attain each tier. */
function countryChart(report, filterBy) {
  const counts = new Map();
  for (let row = 0; row < report.rows; row += 1) {
    const country = report.raw("country", row);
    if (!counts.has(country)) counts.set(country, new Map());
    const tier = report.raw("tier", row);
    counts.get(country).set(tier, (counts.get(country).get(tier) ?? 0) + 1);
  }
  const total = (byTier) => [...byTier.values()].reduce((sum, count) => sum + count, 0);
  const countries = [...counts].map(([country, byTier]) => ({ country, byTier, total: total(byTier) }));
  countries.sort((a, b) => b.total - a.total || compareTexts(a.country, b.country));
  const most = Math.max(1, ...countries.map((country) => country.total));
  const heads = [{ text: "Country" }, { text: "" }, ...outcomes.map((outcome) => ({ text: tierLabel(outcome), number: true })), { text: "All", number: true }];
  const line = ({ country, byTier, total: all }) => [
    h("button", { type: "button", class: "link", title: "Show the partners of this country", on: { click: () => filterBy("country", country) } }, country === "" ? "not known" : foreign(country)),
    stack(outcomes.map((tier) => ({ tier, count: byTier.get(tier) ?? 0 })), most),
    ...outcomes.map((outcome) => grouped(byTier.get(outcome) ?? 0)),
    grouped(all),
  ];
  const make = (some) => {
    const made = table("Partners by country and attained tier", heads, some.map(line), { class: "plain countries" });
    made.querySelectorAll("tr > :nth-child(2)").forEach((cell) => cell.classList.add("bar-cell"));
    made.querySelector("caption").className = "unseen";
    return made;
  };
  const note = `${grouped(report.rows)} partners in ${grouped(countries.filter(({ country }) => country !== "").length)} countries, the largest first`;
  return panel("Tiers by country", note, {}, firstRows(countries, 8, make));
}

/** How much of what the next tier requires is missing, in tenths. The measure is the first for which it can be said. */
function distanceChart(report) {
  const kind = run.kinds.find((candidate) => {
    const column = report.byName.get(columnOf(candidate, "next", "shortfall"));
    return column && Array.from({ length: report.rows }, (_, row) => row).some((row) => column.raw(row) !== "");
  });
  if (!kind) return panel("Distance to the next tier", "No listed partner has a next tier", {});
  const labels = ["none", ...Array.from({ length: 10 }, (_, tenth) => `\u2264${10 * (tenth + 1)}%`), ">100%", "not\nknown"];
  const tiers = run.requires.map(({ tier }) => tier);
  const counts = labels.map(() => new Map(tiers.map((tier) => [tier, 0])));
  let highest = 0;
  for (let row = 0; row < report.rows; row += 1) {
    const tier = report.raw("next_tier", row);
    if (tier === "") {
      highest += 1;
      continue;
    }
    const [shortfall, required] = [report.raw(columnOf(kind, "next", "shortfall"), row), report.raw(columnOf(kind, tier, "required"), row)];
    let bin = 12;
    if (shortfall === "0") bin = 0;
    else if (shortfall !== "" && required !== "") {
      // Tenths, rounded up, so that each bound belongs to the bar before it; more than all is missing where consumption is negative.
      const tenth = (10n * BigInt(shortfall) + BigInt(required) - 1n) / BigInt(required);
      bin = tenth > 10n ? 11 : Number(tenth);
    }
    counts[bin].set(tier, counts[bin].get(tier) + 1);
  }
  const bars = labels.map((label, at) => ({ label, parts: tiers.map((tier) => ({ tier, count: counts[at].get(tier) })) }));
  const drawn = bars.filter(({ parts }, at) => at < 11 || parts.some((part) => part.count > 0));
  const heads = [{ text: "Missing share" }, ...tiers.map((tier) => ({ text: `next tier ${tier}`, number: true }))];
  const words = table(`Partners by missing ${kind.name} as a share of what the next tier requires`, heads, drawn.map((bar) => [bar.label.replace("\n", " "), ...bar.parts.map((part) => grouped(part.count))]));
  const note = `Partners by missing ${kind.name} as a share of what the next tier requires; \u201cnone\u201d lack something else. ${grouped(highest)} have the highest tier.`;
  const nexts = h("div", { class: "legend" }, tiers.map((tier) => h("span", { class: "tier" }, swatch(tier), "next tier ", foreign(tier))));
  return panel("Distance to the next tier", note, {}, nexts, histogram(drawn), h("div", { class: "unseen" }, words));
}

/** Which days of each month each dataset tells of. */
function coverageChart() {
  const datasets = [...new Set(run.coverage.flatMap(({ datasets: of }) => Object.keys(of)))].sort();
  const months = run.coverage;
  const cell = (told, days, title) => h("td", {}, h("span", { title, class: told === 0 ? "blank" : undefined, css: { "--told": `${(60 * told) / Math.max(1, days)}%` } }, told === 0 ? "\u00b7" : String(told)));
  const of = (name) => months.map(({ datasets: byName, days }) => {
    const entry = byName[name];
    const amounts = Object.entries(entry?.amounts ?? {}).map(([currency, amount]) => `${money(floorCents(amount))} ${currency}`);
    return cell(entry?.days_told ?? 0, days, entry && `${entry.days_told} of ${days} days, ${grouped(entry.rows)} rows${amounts.length > 0 ? `, ${amounts.join(", ")}` : ""}`);
  });
  const all = months.map(({ days_told: told, days, is_told: isTold }) =>
    h("td", {}, h("span", { class: isTold ? undefined : "missing", title: `${told} of ${days} days`, css: { "--told": `${(60 * told) / Math.max(1, days)}%` } }, isTold ? String(told) : `${told}!`)));
  const head = ({ month }, at) => h("th", { scope: "col" }, h("small", {}, at === 0 || month.endsWith("-01") ? month.slice(0, -3) : ""), month.slice(-2));
  const told = months.filter((month) => month.is_told).length;
  const body = [["any dataset", all], ...datasets.map((name) => [name, of(name)])];
  const grid = h("table", { class: "coverage" },
    h("caption", { class: "unseen" }, "Days of each month of the window that each dataset tells of"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Dataset"), months.map(head))),
    h("tbody", {}, body.map(([name, cells]) => h("tr", {}, h("th", { scope: "row" }, name), cells))));
  return panel("Coverage", `${told} of ${months.length} months are told. A cell is the number of days of the month that a dataset tells of; ! marks a month of which days are missing.`, { class: "panel wide" }, h("div", { class: "scrolls" }, grid));
}

function showCharts(report, filterBy) {
  document.getElementById("charts").append(countryChart(report, filterBy), distanceChart(report), coverageChart());
}

function showRun() {
  const totals = run.control_totals;
  const usd = (exact) => `${money(floorCents(exact))}`;
  const amount = (name, exact) => [name, usd(exact)];
  const { excluded } = totals.rows;
  const words = { not_consumption: "not consumption", outside_window: "outside the window", no_subscription: "no subscription", unassociated: "unassociated", superseded: "superseded", not_preferred: "not preferred" };
  const rows = [["Read", totals.rows.read], ["Credited", totals.rows.credited], ...Object.entries(excluded).filter(([, count]) => count > 0).map(([name, count]) => [`Excluded: ${words[name] ?? name}`, count]), ["Refused", totals.rows.refused]];
  const roles = Object.entries(totals.roles).map(([role, of]) => [`${role}: read / accepted / refused`, [of.read, of.accepted, of.refused].map(grouped).join(" / ")]);
  const two = (first, second) => [{ text: first }, { text: second, number: true }];
  const judging = totals.judging_usd;
  const judged = [amount("All credits", judging.all_credits), ...Object.entries(judging.not_accepted).map(([name, exact]) => amount(`Not accepted: ${name}`, exact)), amount("Duplicate", judging.duplicate), amount("Consumption that counts", judging.consumption)];
  const currencies = Object.entries(totals.amounts).flatMap(([currency, of]) => Object.entries(of).filter(([name, exact]) => exact !== "0" || name === "all_credits").map(([name, exact]) => [h("span", {}, foreign(currency), `: ${name.replaceAll("_", " ")}`), usd(exact)]));
  const block = (title, ...content) => h("div", {}, h("h3", {}, title), content);
  const rules = run.rule_set;
  const source = (text) => h("li", {}, /^https?:\/\//.test(text) ? h("a", { href: text, rel: "noreferrer", target: "_blank" }, text) : foreign(text));
  const pair = (name, ...value) => [h("dt", {}, name), h("dd", {}, value)];
  const facts = h("dl", { class: "pairs" },
    pair("Rule set", foreign(rules.name), " \u2014 ", foreign(run.title)),
    pair("Source", h("ul", { class: "list" }, run.source.map(source))),
    pair("Accepted", rules.accepted.join(", "), rules.retroactive ? ", retroactive" : ""),
    pair("As of", run.as_of),
    pair("Window", `${run.window.first} to ${run.window.last}: ${run.window.months} months, ${run.window.kind}`),
    pair("SHA-256", h("span", { class: "code" }, rules.sha256)),
    pair("Complete", run.completeness.complete ? "yes: no denied warning was met" : `INCOMPLETE by ${run.completeness.incomplete_by.join(", ")}`),
    pair("Made by", `${run.program.name} ${run.program.version}`),
    run.previous ? pair("Compared with", `${run.previous.rule_set} as of ${run.previous.as_of}`) : []);
  const warning = ({ code, count, listed }) => h("details", {}, h("summary", {}, `${grouped(count)} `, h("span", { class: "code" }, code)), h("ul", { class: "list" }, listed.map((text) => h("li", {}, foreign(text))), count > listed.length && h("li", {}, `${grouped(count - listed.length)} more, counted only`)));
  const reject = ({ code, rows: count, first }) => [h("span", { class: "code" }, code), grouped(count), first ? foreign(`${first.file}${first.sheet ? `[${first.sheet}]` : ""}:${first.row}`) : ""];
  const input = (of) => [foreign(of.sheet ? `${of.file}[${of.sheet}]` : of.file), of.role, of.dialect, grouped(of.rows), of.first_day ? `${of.first_day} to ${of.last_day}` : ""];
  const skipped = ({ file, sheet, reason }) => h("li", {}, foreign(sheet ? `${file}[${sheet}]` : file), ": ", foreign(reason));
  const left = (count) => count > 0 && h("p", { class: "muted" }, `${grouped(count)} more stand in the run summary.`);
  const blocks = h("div", { class: "blocks" },
    block("Rules and window", facts),
    block("Warnings", run.warnings.length > 0 ? run.warnings.map(warning) : h("p", { class: "muted" }, "none")),
    block("Rows of consumption", table("Read = credited + excluded + refused", two("Use", "Rows"), [...rows.map(([name, count]) => [name, grouped(count)]), ...roles])),
    block("Amounts", table("All credits = not accepted + duplicate + consumption; rounded down to the cent", two("After conversion", "USD"), judged), table("Before conversion, by currency", two("Use", "Amount"), currencies)));
  const faulty = ({ file, sheet, code, message }) => h("li", {}, foreign(sheet ? `${file}[${sheet}]` : file), ": ", h("span", { class: "code" }, code), ": ", foreign(message));
  const lists = [
    run.left_out.length > 0 && h("details", { open: true }, h("summary", {}, `Left out, since they are faulty: ${grouped(run.left_out.length + run.left_out_not_listed)}`), h("ul", { class: "list" }, run.left_out.map(faulty)), left(run.left_out_not_listed)),
    run.rejects.length > 0 && h("div", {}, h("h3", {}, "Refused rows"), table("Refused rows by code, with the first of each", [{ text: "Code" }, { text: "Rows", number: true }, { text: "First" }], run.rejects.map(reject))),
    h("details", {}, h("summary", {}, `Inputs: ${grouped(run.inputs.length + run.inputs_not_listed)}`), h("div", { class: "scrolls" }, table("Files and sheets that were read", [{ text: "Input" }, { text: "Role" }, { text: "Dialect" }, { text: "Rows", number: true }, { text: "Days" }], run.inputs.map(input))), left(run.inputs_not_listed)),
    run.skipped.length > 0 && h("details", {}, h("summary", {}, `Passed over: ${grouped(run.skipped.length + run.skipped_not_listed)}`), h("ul", { class: "list" }, run.skipped.map(skipped)), left(run.skipped_not_listed)),
  ];
  document.getElementById("run-facts").append(blocks, ...lists.filter((list) => list));
}
