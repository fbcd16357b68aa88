// A text being written: a plain textarea, with marks of what was found on a layer behind it.
//
// Nobody rewrites its value while somebody types.

import { el } from "./dom.js";
import { follow, marked } from "./marks.js";

/** One textarea with its layer of marks. */
export class Box {
  constructor(id, label, hint, rows, oninput) {
    this.spans = [];
    this.before = "";
    this.hint = hint;
    this.layer = el("div", { class: "layer", "aria-hidden": "true" });
    this.input = el("textarea", { id, rows, spellcheck: "false", autocomplete: "off", autocorrect: "off", autocapitalize: "sentences", placeholder: hint });
    this.input.addEventListener("input", () => {
      this.spans = follow(this.spans, this.before, this.input.value);
      this.paint();
      oninput();
    });
    this.input.addEventListener("scroll", () => (this.layer.scrollTop = this.input.scrollTop));
    this.node = el("div", { class: "box" }, label, el("div", { class: "sheet" }, this.layer, this.input));
    this.paint();
  }

  get value() {
    return this.input.value;
  }

  mark(spans) {
    this.spans = spans;
    this.paint();
  }

  paint() {
    this.before = this.input.value;
    // An empty box is as tall as its hint; a line break at the end needs something after it.
    const rows = this.before ? [...marked(this.before, this.spans), "\u200b"] : [this.hint];
    this.layer.replaceChildren(...rows);
    this.layer.scrollTop = this.input.scrollTop;
  }

  fill(text) {
    this.input.value = text;
    this.spans = [];
    this.paint();
  }
}
