// A document with hidden layers: switch a layer on to see it, choose what must go.

import { el, icon } from "../dom.js";
import { say } from "../say.js";
import { Question } from "./question.js";

/** Answer: [id, …], what is to be removed. */
export class Layers extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.shown = new Set();
    this.titles = new Map(facts.layers.map((layer) => [layer.id, layer.title]));
    this.pieces = new Map(facts.options.map((option) => [option.id, this.piece(option)]));
    this.switches = facts.layers.map((layer) => this.toggle(layer));
    this.left = el("p", { class: "progress soft", role: "status" });
    const title = `${this.titleId}-layers`;
    this.frame(el("div", { class: "switches", role: "group", "aria-labelledby": title }, el("p", { id: title }, say("widgets.js.layers")), el("div", { class: "switch-row" }, ...this.switches)), el("div", { class: "document" }, ...this.pages()), this.left);
    this.draw();
  }

  /** Pieces of the whole file stand apart, after the page. */
  pages() {
    const node = (option) => this.pieces.get(option.id).node;
    const body = this.facts.options.filter((option) => !option.layer);
    const page = body.flatMap((option) => [node(option), ...this.facts.options.filter((other) => other.beside === option.id).map(node)]);
    const whole = this.facts.options.filter((option) => option.layer && !option.beside).map(node);
    this.file = el("div", { class: "of-file" }, el("p", { class: "soft" }, say("widgets.js.of_file")), ...whole);
    return [el("div", { class: "page" }, ...page), this.file];
  }

  piece(option) {
    const input = el("input", { type: "checkbox", value: option.id, onchange: () => this.chosen() });
    const kind = option.layer ? el("span", { class: "layer-name" }, this.titles.get(option.layer)) : null;
    const going = el("span", { class: "going" }, icon("close"), say("widgets.js.going"));
    return { option, input, node: el("label", { class: `piece ${option.layer ? "of-layer" : "of-page"}`, "data-piece": option.id }, input, el("span", { class: "piece-body" }, kind, el("span", { class: "piece-text" }, option.text), going)) };
  }

  toggle(layer) {
    return el("button", { type: "button", class: "switch", role: "switch", "data-layer": layer.id, onclick: () => this.flip(layer.id) }, el("span", { class: "knob", "aria-hidden": "true" }), el("span", {}, layer.title), el("span", { class: "count" }));
  }

  flip(id) {
    if (this.shown.has(id)) this.shown.delete(id);
    else this.shown.add(id);
    this.draw();
    const held = this.facts.options.filter((option) => option.layer === id);
    if (this.shown.has(id)) this.desk.announce(say("widgets.js.layer_open", { layer: this.titles.get(id), count: held.length }));
  }

  chosen() {
    this.draw();
    this.changed();
  }

  get given() {
    return [...this.pieces.values()].filter((piece) => piece.input.checked).map((piece) => piece.option.id);
  }

  put(given) {
    for (const [id, piece] of this.pieces) {
      piece.input.checked = given.includes(id);
      if (piece.input.checked && piece.option.layer) this.shown.add(piece.option.layer);
    }
    this.draw();
  }

  draw() {
    const { given } = this;
    for (const { option, node } of this.pieces.values()) node.hidden = Boolean(option.layer) && !this.shown.has(option.layer);
    this.file.hidden = this.facts.options.every((option) => !option.layer || option.beside || !this.shown.has(option.layer));
    for (const each of this.switches) {
      const { layer } = each.dataset;
      const going = given.filter((id) => this.pieces.get(id).option.layer === layer).length;
      each.setAttribute("aria-checked", String(this.shown.has(layer)));
      each.lastElementChild.textContent = going ? say("widgets.js.layer_going", { count: going }) : "";
    }
    this.left.textContent = say("widgets.js.going_count", { count: given.length });
  }
}
