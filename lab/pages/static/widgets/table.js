// A row for each card, with its groups beside it: few as buttons, many as a list.

import { el } from "../dom.js";
import { say } from "../say.js";
import { Question } from "./question.js";

const FEW = 3;

/** Answer: {card: group}. */
export class Table extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.few = facts.groups.length <= FEW;
    this.left = el("p", { class: "progress soft" });
    this.rows = new Map(facts.options.map((option) => [option.id, this.few ? this.radios(option) : this.list(option)]));
    this.frame(el("div", { class: `rows ${this.few ? "few" : "many"}` }, ...[...this.rows.values()].map((row) => row.node)), this.left);
    this.count();
  }

  list(option) {
    const id = `${this.titleId}-${option.id}`;
    const select = el("select", { id, name: id, onchange: () => this.chosen() }, el("option", { value: "" }, say("widgets.js.choose")), ...this.facts.groups.map((group) => el("option", { value: group.id }, group.title)));
    return {
      node: el("div", { class: "sort-row" }, el("label", { for: id }, option.text), select),
      read: () => select.value,
      write: (group) => (select.value = group),
    };
  }

  radios(option) {
    const id = `${this.titleId}-${option.id}`;
    const inputs = this.facts.groups.map((group) => el("input", { type: "radio", name: id, value: group.id, onchange: () => this.chosen() }));
    const choices = this.facts.groups.map((group, nth) => el("label", { class: "segment" }, inputs[nth], el("span", {}, group.title)));
    return {
      node: el("div", { class: "sort-row", role: "radiogroup", "aria-labelledby": id }, el("p", { id }, option.text), el("div", { class: "segments" }, ...choices)),
      read: () => inputs.find((input) => input.checked)?.value ?? "",
      write: (group) => inputs.forEach((input) => (input.checked = input.value === group)),
    };
  }

  chosen() {
    this.count();
    this.changed();
  }

  get given() {
    return Object.fromEntries([...this.rows].map(([id, row]) => [id, row.read()]).filter(([, group]) => group));
  }

  get answered() {
    return Object.keys(this.given).length === this.rows.size;
  }

  put(given) {
    for (const [id, row] of this.rows) row.write(given[id] ?? "");
    this.count();
  }

  count() {
    const done = Object.keys(this.given).length;
    this.left.textContent = say("widgets.js.rows_done", { done, total: this.rows.size });
  }
}
