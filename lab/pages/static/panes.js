// The parts of the page. Wide: tabs above the conversation where there are questions to answer.
// Narrow: one part at a time.

import { el } from "./dom.js";
import { say } from "./say.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

const pane = (name) => el("button", { type: "button", "data-pane": name, onclick: () => bring(name) }, el("span", {}, say(`practice.js.pane.${name}`)));
const narrow = ["task", "chat", "answer", "rail"].map(pane);

/** The switch of a narrow page. */
export const panes = el("div", { class: "panes", role: "group", "aria-label": say("practice.js.panes") }, ...narrow);

let middle = null;

/** Bring a part to the front: on a narrow page alone, on a wide one in the middle. */
export function bring(name) {
  document.body.dataset.pane = name;
  for (const each of narrow) each.setAttribute("aria-pressed", String(each.dataset.pane === name));
  if (name === "chat" || name === "answer") middle?.open(name);
}

/** The conversation and, where there are any, the questions: one of them in front. */
export class Middle {
  constructor(root, parts) {
    middle = this;
    this.parts = Object.entries(parts).filter(([, part]) => part);
    const both = this.parts.length > 1;
    this.tabs = both ? this.parts.map(([name, part]) => this.tab(name, part)) : [];
    this.row = el("div", { class: "middle-tabs", role: "tablist", "aria-label": say("practice.js.middle") }, ...this.tabs);
    this.row.addEventListener("keydown", (event) => this.key(event));
    narrow.find((each) => each.dataset.pane === "answer").hidden = !both;
    root.append(...(both ? [this.row] : []), el("div", { class: "middle" }, ...this.parts.map(([, part]) => part)));
    this.open("chat");
  }

  tab(name, part) {
    const [id, panel] = [`tab-${name}`, `panel-${name}`];
    part.id = panel;
    part.setAttribute("role", "tabpanel");
    part.setAttribute("aria-labelledby", id);
    return el("button", { type: "button", role: "tab", id, "aria-controls": panel, "data-tab": name, onclick: () => bring(name) }, el("span", {}, say(`practice.js.pane.${name}`)));
  }

  /** The other one keeps its size and its place, so that it is found where it was left. */
  open(name) {
    for (const [each, part] of this.parts) part.classList.toggle("behind", each !== name);
    for (const each of this.tabs) {
      const on = each.dataset.tab === name;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
    }
  }

  key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(this.tabs.length - 1, this.tabs.indexOf(event.target) + step));
    bring(this.tabs[to].dataset.tab);
    this.tabs[to].focus();
  }

  /** How far the questions are: a figure beside their name. */
  count({ done, total }) {
    for (const place of [...this.tabs, ...narrow].filter((each) => each.matches("[data-tab=answer], [data-pane=answer]"))) {
      place.querySelector(".count")?.remove();
      place.append(el("span", { class: "count" }, el("span", { "aria-hidden": "true" }, `${done}/${total}`), el("span", { class: "sr" }, say("widgets.js.progress", { done, total }))));
    }
  }
}
