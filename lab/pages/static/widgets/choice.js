// One thing to choose: a list, or longer texts beside each other.

import { el } from "../dom.js";
import { say } from "../say.js";
import { Question } from "./question.js";

/** Answer: id. */
export class Choice extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.role = "radiogroup";
    const side = facts.layout === "side";
    this.inputs = facts.options.map((option) => el("input", { type: "radio", name: this.id, value: option.id, onchange: () => this.changed() }));
    const rows = facts.options.map((option, nth) => (side ? this.sheet(option, nth) : el("label", { class: "option" }, this.inputs[nth], el("span", {}, option.text))));
    this.frame(el("div", { class: side ? "options-side" : "options" }, ...rows));
  }

  /** A text to compare; its button is named shortly, and described by the text. */
  sheet(option, nth) {
    const letter = String.fromCharCode(65 + nth);
    const [name, text] = [`${this.titleId}-${option.id}`, `${this.titleId}-${option.id}-text`];
    const input = this.inputs[nth];
    input.setAttribute("aria-labelledby", name);
    input.setAttribute("aria-describedby", text);
    return el("label", { class: "sheet-option" }, el("span", { class: "sheet-text", id: text }, option.text), el("span", { class: "sheet-choose" }, input, el("span", { id: name }, say("widgets.js.choose_version", { letter }))));
  }

  get given() {
    return this.inputs.find((input) => input.checked)?.value;
  }

  put(given) {
    for (const input of this.inputs) input.checked = input.value === given;
  }
}
