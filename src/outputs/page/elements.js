// Elements. Comes in: names, properties, children. Goes out: nodes. Texts become text nodes, and nothing here reads markup.

/** An element. A property that is `undefined` or `false` is left out; `on` holds listeners, `css` custom properties. */
function h(name, properties, ...children) {
  return filled(document.createElement(name), properties, children);
}

/** An element of SVG. */
function svg(name, properties, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), properties, children);
}

function filled(element, properties, children) {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (key === "css") for (const [style, text] of Object.entries(value)) element.style.setProperty(style, text);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** Text of an input: its direction is its own, whatever characters it holds. */
function foreign(text) {
  return h("bdi", {}, text);
}

/** The class and the custom property that colour a tier, `none` or `undetermined`. */
function fillOf(tier) {
  const level = run.requires.findIndex((entry) => entry.tier === tier);
  if (level < 0) return { class: tier === "undetermined" ? "open-fill" : "none-fill", css: {} };
  const share = run.requires.length === 1 ? 100 : (100 * level) / (run.requires.length - 1);
  return { class: "tier-fill", css: { "--level": `${share}%` } };
}

function swatch(tier) {
  const { class: name, css } = fillOf(tier);
  return h("span", { class: `swatch ${name}`, css, "aria-hidden": "true" });
}

/** A tier by its colour and its name; a blank cell is no tier. */
function tierLabel(tier) {
  return h("span", { class: "tier" }, swatch(tier), tier === "" || tier === "none" ? "no tier" : foreign(tier));
}

/** A table of a caption, heads (`{ text, number, fixed }`) and rows of nodes or texts; the first cell of a row is its head. */
function table(caption, heads, rows, properties) {
  const cell = (head, at, content) =>
    h(at === 0 ? "th" : "td", { class: head.number ? "number" : head.fixed ? "fixed" : undefined, scope: at === 0 ? "row" : undefined }, content);
  return h(
    "table",
    { class: "plain", ...properties },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col", class: head.number ? "number" : undefined }, head.text)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((content, at) => cell(heads[at], at, content))))),
  );
}

/** The first rows of a long table, and a button for the others. `make` makes a table of rows. */
function firstRows(rows, most, make) {
  const place = h("div", { class: "scrolls" }, make(rows.slice(0, most)));
  if (rows.length <= most) return place;
  const all = () => {
    place.replaceChildren(make(rows));
    place.setAttribute("tabindex", "-1");
    place.focus();
  };
  const button = h("button", { type: "button", class: "link", on: { click: all } }, `Show ${grouped(rows.length - most)} more`);
  place.append(button);
  return place;
}
