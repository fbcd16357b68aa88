// A text being written: a plain textarea, with marks of what was found on a layer behind it.
//
// Nobody rewrites its value while somebody types.

import { el } from "./dom.js";
import { follow, marked } from "./marks.js";

/** A prompt of labelled parts as the texts of its boxes; null for any other. */
export function split(text, boxes) {
  const at = boxes.map((box) => `\n${text}`.indexOf(`\n${box.title}: `));
  const starts = at.filter((start) => start >= 0);
  if (starts[0] !== 0 || starts.some((start, nth) => start < starts[nth - 1])) return null;
  return boxes.map((box, nth) => {
    if (at[nth] < 0) return "";
    const next = starts[starts.indexOf(at[nth]) + 1] ?? text.length + 1;
    return text.slice(at[nth] + box.title.length + 2, next - 1);
  });
}

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
