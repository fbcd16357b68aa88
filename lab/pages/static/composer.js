// Where a prompt is written: one box or five, the live check below, what would leave.
//
// Enter never sends while an input method composes (Telex); Unikey on Windows sends Backspace and
// letters instead, which are ordinary input here.

import { call, Refusal } from "./api.js";
import { Files } from "./attach.js";
import { Box, split } from "./box.js";
import { button, el, icon } from "./dom.js";
import { explain } from "./explain.js";
import { spansOf } from "./marks.js";
import * as mend from "./mend.js";
import { LOOK, verdict } from "./meter.js";
import { MosaicMeter } from "./mosaic.js";
import { figure, say } from "./say.js";

/** Seconds after which a check is tried again that nobody answered, and up to twice that: not all at once. */
const AGAIN = 4;
const PAUSE = 800;
const LEAST = 3000;
const COMPOSING = 229;

/** The composer of one exercise. */
export class Composer {
  constructor(facts, { session, send, stop }) {
    this.facts = facts;
    this.session = session;
    this.send = send;
    this.parent = () => null;
    this.seen = null;
    this.checked = "";
    this.boxed = facts.boxes.length > 0;
    this.nextAt = 0;
    this.wait = LEAST;
    this.timer = 0;
    this.build(stop);
    this.say("idle");
  }

  build(stop) {
    const typed = () => this.changed();
    const free = el("label", { for: "prompt", class: "sr" }, say("practice.js.prompt"));
    this.single = new Box("prompt", free, say("practice.js.placeholder"), 3, typed);
    this.five = this.facts.boxes.map((box) => {
      const label = el("label", { for: `box-${box.part}` }, box.title);
      return new Box(`box-${box.part}`, label, box.hint, 1, typed);
    });
    this.modes = el("div", { class: "modes", role: "group", "aria-label": say("practice.js.way") }, this.mode(true), this.mode(false));
    this.modes.hidden = !this.boxed;
    this.fields = el("div", { class: "boxes" });
    this.files = new Files(this.facts, { session: () => this.session(), changed: () => this.refresh() });
    this.mosaic = new MosaicMeter();
    this.meter = el("div", { class: "meter", role: "status" });
    this.tokens = el("p", { class: "tokens" });
    this.go = el("button", { type: "submit", class: "primary send" }, icon("send"), el("span", {}, say("practice.js.send")));
    this.halt = button("secondary halt", "halt", say("practice.js.stop"), stop, { hidden: true });
    this.keys = el("p", { class: "keys" });
    this.more = el("div", { class: "more" });
    this.unfold = button("secondary unfold", "edit", say("practice.js.unfold"), () => this.fold(false), { hidden: true });
    this.node = el("form", { class: "composer", "aria-label": say("practice.js.composer") }, this.modes, this.fields, this.files.list, el("div", { class: "under" }, this.mosaic.node, this.meter, this.unfold, this.files.clip, this.more, this.keys, this.tokens, this.halt, this.go));
    this.node.addEventListener("submit", (event) => this.submit(event));
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.files.watch(this.node);
    this.arrange();
    this.count(0);
  }

  mode(five) {
    const choose = () => {
      const text = this.text;
      this.boxed = five;
      this.arrange();
      if (!five && text) this.single.fill(text);
      this.changed();
    };
    return el("button", { type: "button", "data-five": String(five), onclick: choose }, say(five ? "practice.js.five" : "practice.js.free"));
  }

  arrange() {
    this.boxes = this.boxed ? this.five : [this.single];
    this.fields.replaceChildren(...this.boxes.map((box) => box.node));
    this.fields.classList.toggle("five", this.boxed);
    for (const each of this.modes.children) each.setAttribute("aria-pressed", String(each.dataset.five === String(this.boxed)));
    this.keys.textContent = say(this.boxed ? "practice.js.keys_five" : "practice.js.keys");
  }

  /** The parts of the prompt: which box, what stands before it, where its text begins. */
  get parts() {
    if (!this.boxed) return [{ box: this.single, at: 0, text: this.single.value }];
    let at = 0;
    return this.five.flatMap((box, nth) => {
      if (!box.value.trim()) return [];
      const label = `${this.facts.boxes[nth].title}: `;
      const part = { box, at: at + label.length, text: label + box.value };
      at += part.text.length + 1;
      return [part];
    });
  }

  get text() {
    return this.parts.map((part) => part.text).join("\n");
  }

  key(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === COMPOSING) return;
    if (event.target.tagName !== "TEXTAREA" || event.shiftKey || event.altKey) return;
    if (this.boxed && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.node.requestSubmit();
  }

  submit(event) {
    event.preventDefault();
    const text = this.text;
    if (this.go.hidden || !text.trim()) {
      this.boxes[0].input.focus();
      return;
    }
    if (this.files.reading) this.files.remind();
    else this.send(text);
  }

  /** While a reply comes, Stop stands where Send was. */
  busy(on) {
    this.go.hidden = on;
    this.halt.hidden = !on;
  }

  /** The prompt is on its way: the box is empty again; five boxes keep their words, folded away. */
  sent() {
    if (this.boxed) this.fold(true);
    else this.clear();
  }

  fold(on) {
    this.node.classList.toggle("folded", on);
    this.unfold.hidden = !on;
    if (!on) this.boxes[0].input.focus();
  }

  clear() {
    clearTimeout(this.timer);
    for (const box of [this.single, ...this.five]) box.fill("");
    this.seen = null;
    this.count(0);
    this.say("idle");
  }

  restore(text) {
    if (this.text === text) {
      this.fold(false);
      return;
    }
    const parts = split(text, this.facts.boxes);
    this.fill(parts !== null, parts ?? [text]);
    this.fold(false);
  }

  /** What stands in the boxes, as a draft is kept. */
  get written() {
    return { five: this.boxed, fields: this.boxes.map((box) => box.value), parent: this.parent() };
  }

  fill(five, fields) {
    this.boxed = five;
    this.arrange();
    this.boxes.forEach((box, nth) => box.fill(fields[nth] ?? ""));
    this.changed();
  }

  // --- the live check -----------------------------------------------------------------------

  changed() {
    clearTimeout(this.timer);
    if (!this.text.trim()) {
      this.seen = null;
      this.count(0);
      this.say("idle");
      if (!this.mosaic.mosaic) return;
    }
    const pause = Math.max(PAUSE, this.nextAt - Date.now());
    this.timer = setTimeout(() => this.check(), pause);
  }

  async check() {
    const text = this.text;
    this.nextAt = Date.now() + this.wait;
    try {
      const session = await this.session();
      const seen = await call("POST", `/sessions/${session}/draft`, { text, ...this.written });
      this.wait = Math.max(seen.next_ms, PAUSE);
      this.checked = text;
      if (text !== this.text) return;
      this.mosaic.show(seen.mosaic);
      if (text.trim()) this.shown(text, seen);
    } catch (error) {
      if (text !== this.text) return;
      if (error instanceof Refusal && error.seconds) return void this.later(error.seconds);
      if (text.trim()) this.say("unknown");
      if (!(error instanceof Refusal) || error.status >= 500) this.later(AGAIN + AGAIN * Math.random());
    }
  }

  /** It was too early for another check: once more, when the server says so. */
  later(seconds) {
    this.nextAt = Date.now() + seconds * 1000;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), seconds * 1000);
  }

  /** A turn has ended. Where the box is empty and no mosaic was seen, there is nothing to ask: the
   * server has forgotten the draft, if it was what was sent. */
  answered(sent, mosaic) {
    if (this.text.trim() || this.checked !== sent || mosaic || this.mosaic.mosaic) this.refresh();
    else this.checked = this.text;
  }

  /** The page was opened, or much has changed: how the mosaic stands before the next prompt. */
  refresh() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), Math.max(0, this.nextAt - Date.now()));
  }

  /** Mark what was found in the boxes, and say what will happen. */
  shown(text, seen) {
    const spans = spansOf(text, seen.findings);
    this.seen = { text, spans, ...seen };
    for (const part of this.parts) {
      const inside = spans.filter((span) => span.start >= part.at - 1 && span.end <= part.at + part.box.value.length);
      part.box.mark(inside.map((span) => ({ ...span, start: Math.max(0, span.start - part.at), end: span.end - part.at })));
    }
    this.count(seen.tokens);
    const { state, count } = verdict(text, seen, spans);
    this.say(state, count);
  }

  say(state, count = 0) {
    const look = LOOK[state];
    this.meter.dataset.state = state;
    this.meter.className = `meter ${look}`;
    const words = el("span", {}, say(`practice.js.meter.${state}`, { count: figure(count) }));
    const more = ["mask", "warn", "secret", "internal", "block"].includes(state);
    const see = more ? button("see", null, say("practice.js.see"), () => this.open()) : null;
    const can = ["mask", "warn", "internal", "block"].includes(state) && this.seen?.spans.some((span) => span.finding.tier === "T3");
    const redact = can ? button("see", null, say("mend.js.do"), () => this.mend()) : null;
    this.meter.replaceChildren(icon(look), words, ...[see, redact].filter(Boolean));
  }

  count(tokens) {
    const over = tokens > this.facts.budget;
    this.tokens.classList.toggle("over", over);
    const gaps = { tokens: figure(tokens ?? 0), budget: figure(this.facts.budget) };
    this.tokens.replaceChildren(over ? icon("care") : "", say(over ? "practice.js.tokens_over" : "practice.js.tokens", gaps));
  }

  // --- mending ------------------------------------------------------------------------------

  open() {
    explain(this.seen, {
      edit: (span) => this.pick(span),
      replace: (spans) => this.replace(this.seen.text, spans),
      mend: () => this.mend(),
    });
  }

  /** "Ẩn danh giúp tôi": a rewrite, shown before it takes the place of anything. */
  async mend() {
    const { text } = this;
    try {
      const mended = await mend.ask(await this.session(), text);
      if (text === this.text) mend.show(text, mended, (changes) => this.apply(text, changes));
      else this.tell("care", say("mend.js.changed"));
    } catch (error) {
      this.tell("care", say(error instanceof Refusal && error.seconds ? "mend.js.wait" : "mend.js.lost"));
    }
  }

  /** A sentence where the meter stands, until the next check. */
  tell(look, sentence) {
    this.meter.className = `meter ${look}`;
    this.meter.replaceChildren(icon(look), el("span", {}, sentence), button("see", null, say("mend.js.do"), () => this.mend()));
  }

  /** Put changes into the boxes that they belong to. */
  apply(text, changes) {
    if (text !== this.text) {
      this.tell("care", say("mend.js.changed"));
      return;
    }
    this.fold(false);
    for (const part of this.parts) {
      const inside = changes.filter((change) => change.start >= part.at && change.end <= part.at + part.box.value.length);
      for (const change of inside.toReversed()) part.box.input.setRangeText(change.text, change.start - part.at, change.end - part.at, "end");
      if (inside.length) part.box.mark([]);
    }
    this.changed();
    this.boxes[0].input.focus();
  }

  /** Put the caret on what was found. */
  pick(span) {
    this.fold(false);
    const part = this.parts.find((each) => span.start >= each.at - 1 && span.end <= each.at + each.box.value.length) ?? this.parts[0];
    const box = part?.box ?? this.boxes[0];
    box.input.focus();
    if (part) box.input.setSelectionRange(Math.max(0, span.start - part.at), span.end - part.at);
  }

  /** On the trainee's word: what was found gives way to a word for its kind, in the box. */
  replace(text, spans) {
    if (text !== this.text) return false;
    for (const part of this.parts) {
      const inside = spans.filter((span) => span.start >= part.at && span.end <= part.at + part.box.value.length);
      for (const span of inside.toReversed()) {
        const word = span.finding.placeholder ?? `[${span.finding.title.toLocaleUpperCase()}]`;
        part.box.input.setRangeText(word, span.start - part.at, span.end - part.at, "end");
      }
      if (inside.length) part.box.mark([]);
    }
    this.changed();
    this.boxes[0].input.focus();
    return true;
  }
}
