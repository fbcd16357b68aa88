// Steps to choose and put in order: what was taken, numbered; below it what may be taken.

import { el, icon } from "../dom.js";
import { say } from "../say.js";
import { Question } from "./question.js";

/** Answer: [id, …], first step first. */
export class Order extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.steps = [];
    this.texts = new Map(facts.options.map((option) => [option.id, option.text]));
    this.chosen = el("ol", { class: "steps" });
    this.empty = el("p", { class: "steps-empty soft" }, say("widgets.js.no_steps"));
    this.pool = el("ul", { class: "pool" });
    const part = (key, ...rows) => {
      const id = `${this.titleId}-${key}`;
      return el("section", { "aria-labelledby": id }, el("h4", { id }, say(`widgets.js.${key}`)), ...rows);
    };
    this.frame(part("steps_taken", this.empty, this.chosen), part("steps_left", this.pool));
    this.draw();
  }

  get given() {
    return [...this.steps];
  }

  put(given) {
    this.steps = [...given];
    this.draw();
  }

  add(id) {
    const at = [...this.pool.children].findIndex((row) => row.dataset.step === id);
    this.steps.push(id);
    this.after("step_added", id);
    const next = this.pool.children[Math.min(at, this.pool.children.length - 1)] ?? this.chosen.lastElementChild;
    next.querySelector("button:not(:disabled)").focus();
  }

  remove(id) {
    const at = this.steps.indexOf(id);
    this.steps.splice(at, 1);
    this.after("step_removed", id);
    const next = this.chosen.children[Math.min(at, this.steps.length - 1)] ?? this.pool.firstElementChild;
    next.querySelector(".step-drop, .step-add").focus();
  }

  move(id, by) {
    const at = this.steps.indexOf(id);
    this.steps.splice(at, 1);
    this.steps.splice(at + by, 0, id);
    this.after("step_moved", id);
    const row = this.chosen.children[at + by];
    const [same, other] = by < 0 ? [".step-up", ".step-down"] : [".step-down", ".step-up"];
    const to = row.querySelector(same);
    (to.disabled ? row.querySelector(other) : to).focus();
  }

  after(key, id) {
    this.draw();
    this.desk.announce(say(`widgets.js.${key}`, { step: this.texts.get(id), place: this.steps.indexOf(id) + 1, total: this.steps.length }));
    this.changed();
  }

  draw() {
    const { steps } = this;
    this.empty.hidden = steps.length > 0;
    this.chosen.hidden = steps.length === 0;
    this.chosen.replaceChildren(...steps.map((id, nth) => this.row(id, nth)));
    const left = this.facts.options.filter((option) => !steps.includes(option.id));
    this.pool.replaceChildren(...left.map(({ id, text }) => el("li", { "data-step": id }, el("button", { type: "button", class: "step-add", onclick: () => this.add(id) }, icon("plus"), el("span", {}, text)))));
    this.pool.parentElement.hidden = left.length === 0;
  }

  row(id, nth) {
    const step = this.texts.get(id);
    const tool = (way, picture, key, does, off = false) => el("button", { type: "button", class: `quiet round step-${way}`, disabled: off, onclick: does, "aria-label": say(`widgets.js.${key}`, { step }) }, icon(picture));
    return el(
      "li",
      { "data-step": id },
      el("span", { class: "place", "aria-hidden": "true" }, String(nth + 1)),
      el("span", { class: "step" }, step),
      el("span", { class: "step-tools" }, tool("up", "up", "step_up", () => this.move(id, -1), nth === 0), tool("down", "down", "step_down", () => this.move(id, 1), nth === this.steps.length - 1), tool("drop", "close", "step_drop", () => this.remove(id))),
    );
  }
}
