// The prompt library and the glossary: dialogs beside the chat, searched with or without accents.

import { call } from "./api.js";
import { button, el, icon } from "./dom.js";
import { figure, say } from "./say.js";

const kept = new Map();

/** What the server has on the shelf, asked for once. */
async function shelf(name) {
  if (!kept.has(name)) kept.set(name, await call("GET", `/${name}`));
  return kept.get(name);
}

/** Letters without accents and case: "Đề xuất" is found by "de xuat". */
export function plain(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
}

/** A dialog with a search box over rows: `row(item)` draws one, `words(item)` is what is searched. */
async function open(kind, lead, { row, words }) {
  const close = () => dialog.close();
  const list = el("ul", { class: "shelf" });
  const told = el("p", { class: "soft", role: "status" });
  const search = el("input", { type: "text", role: "searchbox", inputmode: "search", id: "shelf-search", autocomplete: "off", spellcheck: "false" });
  const dialog = el(
    "dialog",
    { class: "sheet-dialog shelf-dialog", "aria-labelledby": "shelf-head" },
    el("div", { class: "dialog-head" }, el("h2", { id: "shelf-head" }, say(`room.js.beside.${kind}`)), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("room.js.beside.close") }, icon("close"))),
    lead ? el("p", { class: "soft" }, lead) : null,
    el("label", { for: "shelf-search", class: "shelf-label" }, say("room.js.beside.search")),
    search,
    told,
    list,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  search.focus();
  let rows = [];
  try {
    rows = (await shelf(kind)).map((item) => ({ item, text: plain(words(item)), node: row(item, { close, find }) }));
  } catch {
    told.textContent = say("room.js.beside.lost");
  }
  list.append(...rows.map((each) => each.node));
  if (search.value) find(search.value);
  function find(wanted) {
    search.value = wanted;
    const parts = plain(wanted).split(/\s+/).filter(Boolean);
    let count = 0;
    for (const each of rows) {
      each.node.hidden = !parts.every((part) => each.text.includes(part));
      if (!each.node.hidden) count += 1;
    }
    told.textContent = count ? (parts.length ? say("room.js.beside.found", { count: figure(count) }) : "") : say("room.js.beside.nothing");
  }
  search.addEventListener("input", () => find(search.value));
}

/** Patterns of good prompts. */
export function library(room) {
  const { composer, facts } = room;
  const put = (pattern, place, close) => {
    if (composer.text.trim() && !place.dataset.sure) {
      place.dataset.sure = "yes";
      place.lastElementChild.textContent = say("room.js.beside.replace");
      return;
    }
    close();
    const texts = Object.entries(pattern.parts);
    if (facts.boxes.length) composer.fill(true, facts.boxes.map((box) => pattern.parts[box.part] ?? ""));
    else composer.fill(false, [texts.map(([, text]) => text).join("\n")]);
    composer.fold(false);
    room.root.dispatchEvent(new CustomEvent("lab:edit", { bubbles: true }));
    room.alert.replaceChildren(el("p", { class: "aside", role: "status" }, say("room.js.beside.used")));
  };
  open("library", say("room.js.beside.lead_library"), {
    words: (pattern) => [pattern.title, pattern.use, ...Object.values(pattern.parts)].join(" "),
    row: (pattern, { close }) => {
      const use = button("secondary small", "edit", say("room.js.beside.use"), () => put(pattern, use, close));
      const parts = Object.entries(pattern.parts).map(([part, text]) => el("p", {}, el("strong", {}, `${say(`room.js.part.${part}`)}: `), text));
      return el("li", {}, el("h3", {}, pattern.title), el("p", { class: "soft" }, pattern.use), el("div", { class: "pattern" }, ...parts), use);
    },
  });
}

/** The words of these pages. */
export function glossary() {
  open("glossary", null, {
    words: (term) => [term.term, term.other, term.meaning].join(" "),
    row: (term, { find }) => {
      const see = term.see.map((name) => el("button", { type: "button", class: "see", onclick: () => find(name) }, name));
      return el("li", {}, el("h3", {}, term.term, " ", el("span", { class: "soft" }, say("room.js.beside.english", { english: term.other }))), el("p", {}, term.meaning), see.length ? el("p", { class: "soft also" }, say("room.js.beside.also"), ...see) : null);
    },
  });
}
