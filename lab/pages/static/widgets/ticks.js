// Boxes to tick.

import { el } from "../dom.js";
import { Question } from "./question.js";

/** Answer: [id, …]. */
export class Ticks extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.inputs = facts.options.map((option) => el("input", { type: "checkbox", name: this.id, value: option.id, onchange: () => this.changed() }));
    this.frame(el("div", { class: "options" }, ...facts.options.map((option, nth) => el("label", { class: "option" }, this.inputs[nth], el("span", {}, option.text)))));
  }

  get given() {
    return this.inputs.filter((input) => input.checked).map((input) => input.value);
  }

  put(given) {
    for (const input of this.inputs) input.checked = given.includes(input.value);
  }
}
