// Charts, as SVG and as tables with bars. Comes in: counts and whole cents. Goes out: figures with their words: no chart says by colour alone what it says.
// Floats place pixels here, and print no amount.

/** Vertical bars of stacked counts. `bars`: `{ label, parts: [{ tier, count }] }`. */
function histogram(bars) {
  const [width, height, top, bottom] = [560, 220, 18, 34];
  const total = (bar) => bar.parts.reduce((sum, part) => sum + part.count, 0);
  const most = Math.max(1, ...bars.map(total));
  const [step, scale] = [width / bars.length, (height - top - bottom) / most];
  const drawn = bars.map((bar, at) => {
    let y = height - bottom;
    const x = at * step + step * 0.09;
    const parts = bar.parts.map(({ tier, count }) => {
      const size = count * scale;
      y -= size;
      const { class: name, css } = fillOf(tier);
      return count > 0 && svg("rect", { class: name, css, x, y, width: step * 0.82, height: Math.max(size, 1) });
    });
    const lines = bar.label.split("\n");
    const middle = at * step + step / 2;
    return [
      parts,
      total(bar) > 0 && svg("text", { class: "value", x: middle, y: y - 5, "text-anchor": "middle" }, grouped(total(bar))),
      lines.map((line, nth) => svg("text", { x: middle, y: height - bottom + 15 + nth * 13, "text-anchor": "middle" }, line)),
    ];
  });
  const axis = svg("line", { class: "axis", x1: 0, x2: width, y1: height - bottom, y2: height - bottom });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, drawn, axis);
}

/** Bars of whole cents over a base line, with horizontal goals. `bars`: `{ label, cents, isBelow }`, `goals`: `{ label, cents }`. */
function moneyBars(bars, goals) {
  const [width, height, top, bottom] = [760, 150, 16, 32];
  const values = [0, ...bars.map((bar) => Number(bar.cents)), ...goals.map((goal) => Number(goal.cents))];
  const [least, most] = [Math.min(...values), Math.max(1, ...values)];
  const y = (value) => top + ((most - value) * (height - top - bottom)) / (most - least);
  const step = width / Math.max(bars.length, 13);
  const drawn = bars.map((bar, at) => {
    const [value, middle] = [Number(bar.cents), at * step + step / 2];
    const [from, to] = [y(Math.max(0, value)), y(Math.min(0, value))];
    const lines = bar.label.split("\n");
    return [
      value !== 0 &&
        svg("rect", { class: bar.isBelow ? "bar below" : "bar", x: at * step + step * 0.12, y: from, width: step * 0.76, height: Math.max(to - from, 1), rx: 2 }),
      lines.map((line, nth) => svg("text", { x: middle, y: height - bottom + 15 + nth * 13, "text-anchor": "middle" }, line)),
    ];
  });
  const lines = goals.map((goal) => {
    const at = y(Number(goal.cents));
    return [
      svg("line", { class: "goal", x1: 0, x2: width, y1: at, y2: at }),
      svg("text", { class: "goal-label", x: width, y: at - 4, "text-anchor": "end" }, goal.label),
    ];
  });
  const axis = svg("line", { class: "axis", x1: 0, x2: width, y1: y(0), y2: y(0) });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, drawn, axis, lines);
}

/** A short form of cents for a label: `12.3 k`, rounded down. */
function shortMoney(cents) {
  const units = BigInt(cents) / 100n;
  const [size, unit] = units >= 1000000n ? [1000000n, " M"] : units >= 10000n ? [1000n, " k"] : [1n, ""];
  const tenths = (units * 10n) / size;
  const decimal = unit !== "" && tenths < 1000n && tenths % 10n !== 0n ? `.${tenths % 10n}` : "";
  return `${grouped(tenths / 10n)}${decimal}${unit}`;
}

/** A bar of stacked counts, whose full length is `most`. */
function stack(parts, most) {
  const all = parts.reduce((sum, part) => sum + part.count, 0);
  const bars = parts.filter((part) => part.count > 0).map(({ tier, count }) => {
    const { class: name, css } = fillOf(tier);
    return h("span", { class: name, css: { ...css, "flex-grow": count } });
  });
  return h("div", { class: "stack", css: { width: `${(100 * all) / most}%` }, "aria-hidden": "true" }, bars);
}

function legend(tiers) {
  return h("div", { class: "legend" }, tiers.map(tierLabel));
}
