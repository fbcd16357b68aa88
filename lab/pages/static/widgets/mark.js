// Sentences of a text to mark; where there are labels, each mark says what is the matter.

import { el, icon } from "../dom.js";
import { say } from "../say.js";
import { rove } from "./keys.js";
import { Question } from "./question.js";

/** Answer: [id, …]; with labels {id: label}. */
export class Mark extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.labels = facts.labels;
    this.titles = new Map(this.labels.map((label) => [label.id, label.title]));
    this.marked = new Map();
    this.left = el("p", { class: "progress soft" });
    this.sentences = new Map(facts.options.map((option) => [option.id, this.labels.length ? this.labelled(option) : this.ticked(option)]));
    this.chooser = el("div", { class: "chooser", role: "group", hidden: true });
    this.chooser.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    const text = el("div", { class: "sentences" }, ...this.paragraphs());
    rove(text, ".sentence-key")();
    text.addEventListener("keydown", (event) => this.key(event));
    const keys = this.labels.length ? el("p", { class: "soft keys-help" }, say("widgets.js.label_keys", { most: this.labels.length })) : null;
    this.frame(text, this.left, keys);
    this.draw();
  }

  paragraphs() {
    const rows = [el("p", {})];
    for (const option of this.facts.options) {
      rows.at(-1).append(this.sentences.get(option.id).node, " ");
      if (option.ends) rows.push(el("p", {}));
    }
    return rows.filter((row) => row.childNodes.length);
  }

  /** A sentence with one kind of mark: a box to tick. */
  ticked(option) {
    const key = el("input", { type: "checkbox", class: "sr sentence-key", value: option.id, onchange: () => this.set(option.id, this.marked.has(option.id) ? null : "") });
    const chip = el("span", { class: "flagged" });
    return { key, chip, node: el("label", { class: "sentence" }, key, el("span", { class: "sentence-text" }, option.text), chip) };
  }

  /** A sentence with several: a button that asks which. */
  labelled(option) {
    const chip = el("span", { class: "flagged" });
    const key = el("span", { role: "button", class: "sentence-key", "data-sentence": option.id, "aria-expanded": "false", onclick: () => this.open(option.id) }, el("span", { class: "sentence-text" }, option.text), chip);
    return { key, chip, node: el("span", { class: "sentence" }, key) };
  }

  /** On a sentence with labels: Enter and space ask which, a digit is the label of that number. */
  key(event) {
    const id = event.target.dataset.sentence;
    if (!id || event.altKey || event.ctrlKey || event.metaKey) return;
    const label = this.labels[Number(event.key) - 1];
    if (event.key === "Enter" || event.key === " ") this.open(id);
    else if (label) this.set(id, this.marked.get(id) === label.id ? null : label.id);
    else return;
    event.preventDefault();
  }

  /** Ask, below the paragraph, what is the matter with a sentence. */
  open(id) {
    if (this.asked === id) {
      this.close();
      return;
    }
    if (this.asked) this.sentences.get(this.asked).key.setAttribute("aria-expanded", "false");
    this.asked = id;
    const { key } = this.sentences.get(id);
    key.setAttribute("aria-expanded", "true");
    const choose = (label) => {
      this.set(id, label);
      this.close();
    };
    const choice = (label, title) => el("button", { type: "button", class: "segment", "aria-pressed": String(label === null ? !this.marked.has(id) : this.marked.get(id) === label), onclick: () => choose(label) }, icon("clear"), el("span", {}, title));
    const rows = [...this.labels.map((label) => choice(label.id, label.title)), choice(null, say("widgets.js.not_marked"))];
    const head = el("p", { id: `${this.titleId}-which` }, say("widgets.js.which_label"));
    const segments = el("div", { class: "segments" }, ...rows);
    this.chooser.replaceChildren(head, segments);
    this.chooser.setAttribute("aria-labelledby", head.id);
    this.chooser.hidden = false;
    key.closest("p").after(this.chooser);
    rove(segments, "button")();
    (rows.find((row) => row.getAttribute("aria-pressed") === "true" && this.marked.has(id)) ?? rows[0]).focus();
    this.chooser.scrollIntoView({ block: "nearest" });
  }

  close() {
    const { key } = this.sentences.get(this.asked);
    this.asked = null;
    this.chooser.hidden = true;
    key.setAttribute("aria-expanded", "false");
    key.focus();
  }

  set(id, label) {
    if (label === null) this.marked.delete(id);
    else this.marked.set(id, label);
    this.draw();
    if (this.labels.length) this.desk.announce(label === null ? say("widgets.js.unmarked") : say("widgets.js.marked_as", { label: this.titles.get(label) }));
    this.changed();
  }

  get given() {
    return this.labels.length ? Object.fromEntries(this.marked) : [...this.marked.keys()];
  }

  put(given) {
    this.marked = new Map(Array.isArray(given) ? given.map((id) => [id, ""]) : Object.entries(given));
    this.draw();
  }

  draw() {
    for (const [id, { key, chip, node }] of this.sentences) {
      const on = this.marked.has(id);
      if (!this.labels.length) key.checked = on;
      node.classList.toggle("on", on);
      chip.replaceChildren(...(on ? [icon("flag"), this.titles.get(this.marked.get(id)) ?? say("widgets.js.marked")] : []));
    }
    this.left.textContent = say("widgets.js.marked_count", { count: this.marked.size });
  }
}
