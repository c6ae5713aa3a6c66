// The page: its start, colours, addresses, keys. Comes in: the parts above. Goes out: a page that works. It reads nothing but this file, and the colours
// that the reader chose before.

const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** Storage may be closed to a file; then the choice lasts as long as the page. */
const chosen = {
  get theme() {
    try {
      return localStorage.getItem("attain-theme");
    } catch {
      return this.last ?? null;
    }
  },
  set theme(theme) {
    this.last = theme;
    try {
      localStorage.setItem("attain-theme", theme);
    } catch {
      // The page keeps its colours all the same.
    }
  },
};

function showTheme() {
  const theme = chosen.theme ?? (prefersDark.matches ? "dark" : "light");
  root.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = theme === "dark" ? "\u2600 Light" : "\u263e Dark";
  button.setAttribute("aria-label", theme === "dark" ? "Switch to light colours" : "Switch to dark colours");
}

document.getElementById("theme").addEventListener("click", () => {
  chosen.theme = root.dataset.theme === "dark" ? "light" : "dark";
  showTheme();
});
prefersDark.addEventListener("change", showTheme);

showTheme();
let partners;
const filterBy = (name, value) => partners?.filterBy(name, value);
showFacts();
showCards(filterBy);

const dialog = document.getElementById("detail");
let openRow;

function close() {
  history.pushState(null, "", location.pathname + location.search);
  route();
}

/** Opens the partner of an address, or closes the sheet. */
async function route() {
  let id = "";
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    // No address of this page.
  }
  const row = id === "" ? undefined : report.rowOf(id);
  if (row === undefined) {
    if (id !== "") document.getElementById("status").textContent = `No partner ${id} is on this page.`;
    const closed = openRow;
    openRow = undefined;
    if (dialog.open) dialog.close();
    if (closed !== undefined) partners.focusAt(closed);
    return;
  }
  openRow = row;
  const detail = await detailOf(row);
  if (openRow !== row) return;
  const go = (step) => {
    const next = partners.neighbour(row, step);
    const move = () => {
      history.replaceState(null, "", hashOf(report.raw("partner_id", next)));
      route();
    };
    const label = step < 0 ? "Previous partner" : "Next partner";
    return h("button", { type: "button", class: "quiet", "aria-label": label, title: label, disabled: next === undefined, on: { click: move } }, step < 0 ? "\u2190" : "\u2192");
  };
  const name = report.raw("partner_name", row);
  dialog.replaceChildren(h("div", { class: "sheet" },
    h("div", { class: "sheet-top" },
      h("div", {}, h("h2", { id: "detail-title", tabindex: "-1" }, foreign(name === "" ? id : name)), h("p", {}, "partner ", foreign(id))),
      h("div", { class: "buttons" }, go(-1), go(1), h("button", { type: "button", class: "quiet", id: "close", on: { click: close } }, "Close"))),
    sheetOf(report, row, detail)));
  dialog.scrollTop = 0;
  if (!dialog.open) dialog.showModal();
  document.getElementById("detail-title").focus();
}

// A modal dialog prints as one page, or as none: what is printed is a copy of its sheet, in the flow of the page.
addEventListener("beforeprint", () => {
  if (!dialog.open) return;
  const copy = dialog.firstElementChild.cloneNode(true);
  copy.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
  document.getElementById("print-sheet").replaceChildren(copy);
});
addEventListener("afterprint", () => document.getElementById("print-sheet").replaceChildren());

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  close();
});
dialog.addEventListener("close", () => {
  if (openRow !== undefined) close();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) close();
});

const report = new Report(await unpack("lines"));
partners = new PartnerTable(report, (row) => {
  location.hash = hashOf(report.raw("partner_id", row));
});
performance.mark("table");
showCharts(report, filterBy);
showRun();
addEventListener("hashchange", route);
document.getElementById("skip").addEventListener("click", () => partners.grid.focus());
addEventListener("keydown", (event) => {
  const isTyping = event.target.matches?.("input, select, textarea");
  if (event.key === "/" && !isTyping && !dialog.open && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    partners.search.focus();
  } else if (event.key === "Escape" && event.target === partners.search) {
    partners.search.value = "";
    partners.change("search", "");
  } else if (event.key === "ArrowDown" && event.target === partners.search) {
    event.preventDefault();
    partners.grid.focus();
  }
});
if (location.hash !== "") route();
root.dataset.ready = "yes";
