// A text of the trainee's own: it passes the policy before it is kept, and says so as it grows.

import { Box } from "../box.js";
import { button, el, icon } from "../dom.js";
import { reasons } from "../explain.js";
import { spansOf, withPlaceholders } from "../marks.js";
import { figure, say } from "../say.js";
import { Question } from "./question.js";

const PAUSE = 1500;
const LOOKS = { clear: "clear", mask: "care", warn: "care", secret: "stop", internal: "stop", block: "stop", fault: "stop", idle: "info", wait: "info" };

/** Answer: the text. */
export class Writing extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.box = new Box(`${this.titleId}-text`, null, "", facts.rows, () => this.typed());
    this.input = this.box.input;
    this.counter = el("p", { class: "counter", id: `${this.titleId}-count` });
    this.meter = el("div", { class: "meter", role: "status" });
    this.ask = el("div", { class: "ask", hidden: true, role: "group", "aria-label": say("widgets.js.take_how") });
    this.input.setAttribute("aria-labelledby", this.titleId);
    this.input.setAttribute("aria-describedby", [this.helpId, this.counter.id].filter(Boolean).join(" "));
    this.input.setAttribute("maxlength", facts.chars);
    this.input.addEventListener("blur", () => this.desk.leaving());
    this.frame(this.offers(), this.ask, this.box.node, el("div", { class: "under" }, this.meter, this.counter));
    this.fill(facts.start);
    this.say("idle");
  }

  /** Texts to begin with: the assistant's latest reply, the exercise's own. */
  offers() {
    const take = this.facts.take_reply ? button("secondary small", "copy", say("widgets.js.take_reply"), () => this.take()) : null;
    const anew = this.facts.start ? button("quiet small", "again", say("widgets.js.start_again"), () => this.offer(this.facts.start, anew)) : null;
    return take || anew ? el("div", { class: "offers" }, take, anew) : null;
  }

  take() {
    const reply = this.desk.latest();
    if (reply) this.offer(reply, this.node.querySelector(".offers button"));
    else this.tell("info", say("widgets.js.no_reply"));
  }

  /** What was written is never thrown away without a word. */
  offer(text, from) {
    const close = () => {
      this.ask.hidden = true;
      from.focus();
    };
    const put = (made) => {
      this.ask.hidden = true;
      this.fill(made);
      this.typed();
      this.input.focus();
    };
    const now = this.input.value.trim();
    if (!now || now === text.trim() || now === this.facts.start.trim()) return put(text);
    const choices = [button("secondary small", null, say("widgets.js.replace"), () => put(text)), button("secondary small", null, say("widgets.js.append"), () => put(`${this.input.value.trimEnd()}\n\n${text}`)), button("quiet small", null, say("widgets.js.leave_it"), close)];
    this.ask.replaceChildren(el("p", {}, say("widgets.js.take_how")), el("div", { class: "actions" }, ...choices));
    this.ask.hidden = false;
    return choices[0].focus();
  }

  get given() {
    return this.input.value;
  }

  get answered() {
    const text = this.given.trim();
    return text !== "" && text !== this.facts.start.trim();
  }

  put(given) {
    this.fill(given || this.facts.start);
    this.say("idle");
  }

  fill(text) {
    this.box.fill(text);
    this.count();
  }

  typed() {
    this.count();
    if (this.kept?.text !== this.input.value) this.say(this.kept && !this.kept.kept ? "wait" : "idle");
    this.changed(PAUSE);
  }

  count() {
    const { least, most } = this.facts;
    const count = (this.input.value.match(/\S+/g) ?? []).length;
    const state = count < least ? "short" : count > most ? "long" : "fits";
    this.counter.dataset.state = state;
    this.counter.replaceChildren(icon({ short: "edit", fits: "clear", long: "care" }[state]), say(`widgets.js.words_${state}`, { count: figure(count), least: figure(least), most: figure(most) }));
  }

  // --- what the policy said of it -----------------------------------------------------------

  /** The server has looked at the text: kept, kept masked, or not kept. */
  heard(text, kept) {
    if (text !== this.input.value) return;
    const spans = spansOf(text, kept.findings);
    this.kept = { text, spans, ...kept };
    this.box.mark(spans);
    const masked = Object.values(kept.masked).reduce((sum, count) => sum + count, 0);
    if (kept.fault) this.say("fault");
    else if (!kept.kept) this.say(this.topic(spans));
    else if (masked) this.say("mask", masked);
    else if (spans.length) this.say("warn", spans.length);
    else this.say(text.trim() ? "clear" : "idle");
  }

  topic(spans) {
    const tiers = spans.filter((span) => span.action === "block").map((span) => span.finding.tier);
    if (tiers.includes("T1")) return "secret";
    return tiers.includes("T2") ? "internal" : "block";
  }

  say(state, count = 0) {
    this.meter.dataset.state = state;
    const more = ["mask", "warn", "secret", "internal", "block"].includes(state);
    this.tell(LOOKS[state], say(`widgets.js.text.${state}`, { count: figure(count) }), more ? button("see", null, say("widgets.js.see"), () => this.open()) : null);
  }

  tell(look, sentence, more = null) {
    this.meter.className = `meter ${look}`;
    this.meter.replaceChildren(icon(look), el("span", {}, sentence), ...(more ? [more] : []));
  }

  /** On the trainee's word: what was found gives way to a word for its kind. */
  replace(text, found) {
    if (text !== this.input.value) return;
    for (const { start, end, finding } of found.toReversed()) this.input.setRangeText(finding.placeholder ?? `[${finding.title.toLocaleUpperCase()}]`, start, end, "end");
    this.box.fill(this.input.value);
    this.typed();
    this.input.focus();
  }

  /** "Xem": exactly what is kept, or why it is not, with the reasons. */
  open() {
    const { text, spans, outgoing, kept, findings } = this.kept;
    const id = `${this.titleId}-kept`;
    const close = () => dialog.close();
    const quote = kept ? withPlaceholders(outgoing, findings.map((finding) => finding.placeholder)) : [text];
    const edit = button("primary", "edit", say("widgets.js.edit"), () => {
      close();
      const first = spans.find((span) => span.action === "block") ?? spans[0];
      this.input.focus();
      if (first && text === this.input.value) this.input.setSelectionRange(first.start, first.end);
    });
    const dialog = el(
      "dialog",
      { class: "sheet-dialog", "aria-labelledby": id },
      el("div", { class: "dialog-head" }, el("h2", { id }, say(kept ? "widgets.js.kept_head" : "widgets.js.held_head")), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("widgets.js.close") }, icon("close"))),
      el("p", { class: "soft" }, say(kept ? "widgets.js.kept_why" : "widgets.js.held_why")),
      kept ? el("p", { class: "quote", tabindex: "0" }, ...quote) : null,
      reasons(text, spans, (found) => {
        close();
        this.replace(text, found);
      }),
      el("div", { class: "actions" }, edit),
    );
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    document.body.append(dialog);
    dialog.showModal();
  }
}
