// One turn on the screen: the trainee's words, what the policy decided, the reply as it comes.

import { cutNote } from "./attach.js";
import { button, el, icon } from "./dom.js";
import { dispute } from "./dispute.js";
import { reasons } from "./explain.js";
import { details } from "./mosaic.js";
import { marked, spansOf, withPlaceholders } from "./marks.js";
import { show } from "./reply.js";
import { figure, language, say } from "./say.js";
import { copyReply, takeReceipt, takeReply } from "./take.js";
import { spent } from "./usage.js";

const PACE = 60;
const CLOCK = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });

/** A turn. `room` is what its buttons ask: again, edit, mend, recorded. */
export class TurnView {
  constructor(room, { text, parent, at, again, recorded }) {
    this.recorded = recorded;
    this.room = room;
    this.text = text;
    this.parent = parent;
    this.id = null;
    this.at = at;
    this.reply = "";
    this.drawing = 0;
    this.drawn = 0;
    this.words = el("p", { class: "words" }, text ?? say("practice.js.not_kept"));
    this.words.classList.toggle("soft", text === null);
    this.after = el("div", { class: "after" });
    this.time = CLOCK.format(at);
    const { time } = this;
    this.turner = el("span", { class: "turner" });
    this.mine = el("article", { class: "mine", "aria-label": say("practice.js.mine", { time }) }, el("p", { class: "who" }, say(again ? "practice.js.you_again" : "practice.js.you"), el("time", {}, time), this.turner), this.words, this.after);
    this.body = el("div", { class: "prose-reply" });
    this.state = el("div", { class: "state", role: "status" });
    this.tools = el("div", { class: "tools" });
    this.spent = el("p", { class: "spent" });
    this.theirs = el("article", { class: "theirs", hidden: true }, el("p", { class: "who" }, say(recorded ? "practice.js.recorded" : "practice.js.assistant")), this.body, this.state, this.tools, this.spent);
    this.node = el("div", { class: "turn" }, this.mine, this.theirs);
  }

  // --- what the stream says -------------------------------------------------------------------

  /** One event of the stream, but for the last. */
  hear(name, data) {
    if (name === "decision") this.decided(data);
    else if (name === "queue") this.queued(data);
    else if (name === "trimmed") this.trimmed(data);
    else if (name === "shortened") this.note("info", cutNote(data));
    else if (name === "delta") this.delta(data);
    else if (name === "error") this.failed(data);
  }

  decided({ turn, action, findings, reference, outgoing, left_out: leftOut, fault, mosaic, possibly_real: real }) {
    this.id = turn;
    const spans = this.text === null ? [] : spansOf(this.text, findings);
    if (this.text !== null) this.words.replaceChildren(...marked(this.text, spans));
    if (action === "block") {
      this.stopped(findings, spans, reference, fault, mosaic, real);
      return;
    }
    if (outgoing !== null && action === "mask") this.masked(findings, spans, outgoing);
    if (action === "warn") this.note("care", say("practice.js.warned"));
    if (leftOut) this.note("info", say("practice.js.left_out", { turns: figure(leftOut) }));
    this.begin();
  }

  begin() {
    this.theirs.hidden = false;
    this.theirs.setAttribute("aria-busy", "true");
    this.state.replaceChildren(el("span", { class: "typing", "aria-hidden": "true" }, el("i"), el("i"), el("i")), say("practice.js.thinking"));
  }

  queued({ place, offer_recorded: offer }) {
    const parts = [icon("info"), el("span", {}, say("practice.js.queue", { place: figure(place) }))];
    if (offer) parts.push(button("secondary small", null, say("practice.js.take_recorded"), () => this.room.recorded(this)));
    this.state.replaceChildren(...parts);
  }

  trimmed({ turns }) {
    this.note("info", say("practice.js.left_out", { turns: figure(turns) }));
  }

  delta({ text }) {
    if (!this.reply) this.state.replaceChildren();
    this.reply += text;
    if (!this.drawing) this.drawing = setTimeout(() => this.draw(), Math.max(0, this.drawn + PACE - performance.now()));
  }

  draw() {
    clearTimeout(this.drawing);
    this.drawing = 0;
    this.drawn = performance.now();
    show(this.body, this.reply);
    this.room.grown(this);
  }

  failed({ message, help, retry }) {
    this.theirs.hidden = false;
    this.draw();
    const again = retry ? button("primary small", "again", say("practice.js.retry"), () => this.room.again(this)) : null;
    this.failure = el("div", { class: "notice care", role: "alert" }, icon("care"), el("div", {}, el("p", {}, el("strong", {}, message)), el("p", {}, help), el("div", { class: "actions" }, again, button("secondary small", "edit", say("practice.js.edit_prompt"), () => this.room.edit(this)))));
    this.state.replaceChildren(this.failure);
  }

  done(status, usage) {
    this.draw();
    this.usage = usage;
    this.spent.replaceChildren(...spent(this));
    this.room.counted?.();
    this.theirs.removeAttribute("aria-busy");
    if (status === "blocked") return;
    this.tools.replaceChildren(takeReceipt(this));
    if (this.failure) return;
    if (status === "interrupted") this.state.replaceChildren(icon("halt"), el("span", {}, say("practice.js.interrupted")));
    else if (status === "answered") this.state.replaceChildren(el("span", { class: "soft" }, say(this.recorded ? "practice.js.check_recorded" : "practice.js.check_it")));
    const copy = button("quiet small", "copy", say("practice.js.copy"), () => this.copy(copy));
    copy.hidden = !this.reply;
    const again = button("quiet small", "again", say("practice.js.again"), () => this.room.again(this));
    again.hidden = this.text === null;
    const edit = button("quiet small", "edit", say("practice.js.edit_prompt"), () => this.room.edit(this));
    edit.hidden = this.text === null;
    this.tools.replaceChildren(copy, takeReply(this), takeReceipt(this), again, edit);
  }

  async copy(place) {
    const done = await copyReply(this.body, this.reply, this.room.facts.ai_label);
    place.lastElementChild.textContent = say(done ? "practice.js.copied" : "room.js.take.failed");
    setTimeout(() => (place.lastElementChild.textContent = say("practice.js.copy")), done ? 2000 : 8000);
  }

  // --- what the policy says -------------------------------------------------------------------

  note(look, text) {
    this.after.append(el("p", { class: `aside ${look}` }, icon(look), el("span", {}, text)));
  }

  masked(findings, spans, outgoing) {
    const placeholders = findings.map((finding) => finding.placeholder);
    const count = new Set(placeholders.filter(Boolean)).size;
    const sent = el("p", { class: "quote" }, ...withPlaceholders(outgoing, placeholders));
    this.after.append(el("details", { class: "aside mask" }, el("summary", {}, icon("mask"), el("span", {}, say("practice.js.masked", { count: figure(count) }))), sent, el("p", { class: "soft" }, say("practice.js.masked_why")), reasons(this.text, spans.filter((span) => span.action === "mask"), null, (finding) => dispute(this, finding))));
  }

  /** The card of a stop: the app's own, unlike any message. Quieter, and about what to do, where
   *  what was stopped may be real. */
  stopped(findings, spans, reference, fault, mosaic, real = false) {
    this.theirs.remove();
    const stops = spans.filter((span) => span.action === "block");
    const rows = stops.length ? stops : findings.filter((finding) => finding.action === "block").map((finding) => ({ finding }));
    const secret = rows.some((row) => row.finding.tier === "T1");
    const mend = !secret && !fault && this.text !== null && spans.some((span) => span.finding.tier === "T3");
    const drawn = !fault && !rows.length && Boolean(mosaic);
    const actions = el(
      "div",
      { class: "actions" },
      button("primary", "edit", say("practice.js.edit"), () => this.room.edit(this, stops[0])),
      real && this.room.hand ? button("secondary", "hand", say("practice.js.card.report"), () => this.room.hand.open("secret")) : null,
      mend ? button("secondary", "mask", say("mend.js.do"), () => this.room.mend(this)) : null,
    );
    const quote = this.text === null ? null : el("p", { class: "quote" }, ...marked(this.text, spans));
    const card = el(
      "section",
      { class: real ? "card-stop real" : "card-stop", role: "alert", "data-stop": reference },
      el("div", { class: "card-head" }, icon("stop"), el("div", {}, el("h3", {}, drawn ? say("mosaic.js.card", { title: mosaic.title }) : say(fault ? "practice.js.card.fault" : secret ? "practice.js.card.secret" : "practice.js.card.found")), el("p", { class: "still-here" }, icon("shield"), say("practice.js.card.nothing_left")))),
      quote,
      drawn ? el("div", {}, el("p", {}, say("mosaic.js.card_why")), details(mosaic)) : fault ? el("p", {}, say("practice.js.card.fault_why")) : reasons(this.text, rows, null, (finding) => dispute(this, finding)),
      el("p", { class: "next" }, say(real ? "practice.js.card.next_real" : secret ? "practice.js.card.next_secret" : "practice.js.card.next")),
      actions,
      el("p", { class: "reference soft" }, say("practice.js.card.reference", { reference }), takeReceipt(this)),
    );
    this.words.remove();
    this.mine.classList.add("held");
    this.after.append(card);
  }
}
