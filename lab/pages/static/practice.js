// The practice room: the conversation, the composer and the rail of one exercise.
//
// Gradio hands over an empty element with the facts of the exercise (`data-room`); when another
// exercise is chosen it hands over another. Nothing of a prompt is kept in the browser's storage.

import { call, Refusal, stream } from "./api.js";
import { Around, away } from "./around.js";
import { beside, Pair } from "./compare.js";
import { Composer } from "./composer.js";
import { button, el, icon } from "./dom.js";
import { Draft } from "./draft.js";
import { Notices } from "./notices.js";
import { bring, Middle, panes } from "./panes.js";
import { Rail } from "./rail.js";
import { figure, say } from "./say.js";
import { TurnView } from "./turns.js";
import { Branch, Versions } from "./versions.js";
import { Answers } from "./widgets/answers.js";

const NEAR = 48;

/** One exercise's conversation. */
class Room {
  constructor(root, facts) {
    this.root = root;
    this.facts = facts;
    this.session = facts.session;
    this.versions = new Versions({ to: (view) => this.turned(view), compare: (all, view) => beside(this, all, view) });
    this.branch = new Branch(() => this.composer.clear());
    this.running = null;
    this.count = 0;
    this.views = [];
    this.log = el("div", { class: "log", role: "log", tabindex: "0", "aria-label": say("practice.js.conversation") });
    this.jump = button("jump", "down", say("practice.js.to_end"), () => this.toEnd(), { hidden: true });
    this.alert = el("div", { class: "alert", role: "alert" });
    this.composer = new Composer(facts, {
      session: () => this.begun(),
      send: (text) => this.send({ text, parent: this.branch.parent ?? this.head }),
      stop: () => this.stop(),
    });
    this.draft = new Draft(this);
    this.disputed = new Set();
    const pair = new Pair(this);
    this.composer.more.append(button("quiet round", "columns", say("room.js.compare.open"), () => pair.open(), { title: say("room.js.compare.open") }));
    const who = el("p", { class: `assistant ${facts.assistant}` }, el("strong", {}, facts.assistant_name), el("span", {}, facts.assistant_expect));
    this.talk = el("div", { class: "talk" }, who, el("div", { class: "scroll" }, this.log, this.jump), this.alert, this.branch.node, this.draft.node, this.composer.node);
    this.log.addEventListener("scroll", () => this.seeEnd());
    new ResizeObserver(() => (this.jump.hidden ? this.toEnd() : this.seeEnd())).observe(this.log); // the box below it grows and shrinks
    this.greet();
  }

  /** The session, opened when it is first needed. */
  async begun() {
    this.opening ??= this.session
      ? Promise.resolve(this.session)
      : call("POST", "/sessions", { exercise: this.facts.exercise }).then((row) => (this.session = row.session));
    try {
      return await this.opening;
    } catch (error) {
      this.opening = null;
      throw error;
    }
  }

  /** What was said before, after a reload or on another day. */
  async restore() {
    if (!this.session) return null;
    const before = await call("GET", `/sessions/${this.session}`);
    this.disputed = new Set(before.disputed.map(([turn, rule]) => `${turn} ${rule}`));
    for (const turn of before.turns) this.past(turn);
    away(this, before);
    this.composer.files.restore(before.attachments);
    await this.draft.restore();
    this.toEnd();
    if (this.head) this.composer.refresh();
    return before;
  }

  past(turn) {
    const view = this.add({ text: turn.prompt, parent: turn.parent ?? "", at: turn.at * 1000, recorded: turn.assistant === "recorded" });
    const kept = turn.findings.some((finding) => finding.placeholder && turn.prompt?.includes(finding.placeholder));
    const fault = turn.action === "block" ? turn.error : null;
    view.decided({ ...turn, findings: kept ? [] : turn.findings, outgoing: null, left_out: 0, fault });
    if (turn.action === "mask") view.note("mask", say("practice.js.masked_before"));
    if (turn.reply) view.delta({ text: turn.reply });
    if (turn.status === "failed") view.failed({ message: say("practice.js.failed_before"), help: say("practice.js.failed_help"), retry: turn.prompt !== null });
    view.done(turn.status, turn.usage);
    if (turn.reply && turn.status !== "failed") this.versions.answers(view);
  }

  greet() {
    const kind = this.facts.boxes.length ? "practice.js.hello_five" : "practice.js.hello";
    this.hello = el("div", { class: "hello" }, el("p", { class: "hello-title" }, say("practice.js.hello_title")), el("p", {}, say(kind)), el("p", { class: "soft" }, say("practice.js.hello_safe")));
    this.log.append(this.hello);
  }

  add(values) {
    return this.take(new TurnView(this, { at: Date.now(), ...values }));
  }

  /** A turn into the conversation; `answers`: the assistant has words in it. */
  take(view, answers = false) {
    this.hello?.remove();
    this.log.append(view.node);
    this.count += 1;
    this.views.push(view);
    this.versions.add(view);
    if (answers) this.versions.answers(view);
    return view;
  }

  /** The assistant's last whole reply. */
  get latest() {
    return this.views.findLast((view) => view.reply && view !== this.running?.view)?.reply ?? "";
  }

  // --- one turn -----------------------------------------------------------------------------

  async send({ text, parent = this.head, recorded = false, again = false }) {
    if (this.running) return;
    this.alert.replaceChildren();
    this.composer.busy(true);
    const view = this.add({ text, parent, again, recorded: recorded || this.facts.assistant === "recorded" });
    const cut = new AbortController();
    this.running = { view, cut };
    view.tokens = this.composer.seen?.text === text ? this.composer.seen.tokens : null;
    this.lift(view);
    let heard = false;
    let ended = null;
    try {
      const session = await this.begun();
      const body = { text, parent, ...(recorded ? { assistant: "recorded" } : {}) };
      await stream(`/sessions/${session}/prompts`, body, cut.signal, (name, data) => {
        heard = true;
        if (name === "done") ended = data;
        else this.hear(view, name, data, text);
      });
      if (!ended) throw new TypeError("the stream ended early");
      view.done(ended.status, ended.usage);
      if (!view.reply || ended.status === "failed") this.versions.failed(view);
    } catch (error) {
      this.lost(view, error, heard);
    } finally {
      this.running = null;
      this.composer.busy(false);
      if (ended) this.composer.answered(text, view.mosaic);
      if (ended && ended.status !== "blocked" && !view.reply) view.node.lastElementChild.scrollIntoView({ block: "nearest" });
      this.seeEnd();
    }
  }

  /** Where a next prompt goes on. */
  get head() {
    return this.versions.head;
  }

  /** It passed: it is a version of its turn, and what was being edited is sent. */
  goes(view) {
    this.versions.answers(view);
    if (this.branch.parent === view.parent) this.branch.end();
  }

  /** Another version is shown: it begins where the other one began. */
  turned(view) {
    this.branch.end();
    this.seeEnd();
    view.node.scrollIntoView({ block: "nearest" });
  }

  hear(view, name, data, text) {
    view.hear(name, data);
    if (name === "decision") {
      view.mosaic = data.mosaic;
      if (data.action !== "block" && this.composer.text === text) this.composer.sent();
      if (data.action === "block") this.lift(view);
      else this.goes(view);
    }
    if (data.action !== "block") this.grown(view);
  }

  /** The request was refused, or the connection broke. */
  lost(view, error, heard) {
    const words = error instanceof Refusal && error.words.message ? error.words : { message: say("practice.js.offline"), help: say("practice.js.offline_help") };
    if (heard) {
      view.failed({ ...words, retry: true });
      view.done("failed");
      this.versions.failed(view);
      return;
    }
    view.node.remove();
    this.versions.remove(view);
    if (error.name === "AbortError") return;
    if (!this.composer.text.trim() || this.composer.text === view.text) this.composer.restore(view.text);
    const enter = error.status === 401 ? el("a", { href: "/?next=practice", class: "secondary small" }, say("practice.js.sign_in")) : null;
    this.alert.replaceChildren(el("div", { class: "notice care" }, icon("care"), el("div", {}, el("p", {}, el("strong", {}, words.message)), el("p", {}, words.help), enter)));
  }

  async stop() {
    const { view, cut } = this.running ?? {};
    if (!view) return;
    if (!view.id) {
      cut.abort();
      return;
    }
    await call("DELETE", `/sessions/${this.session}/turns/${view.id}`).catch(() => cut.abort());
  }

  // --- what a turn's buttons ask ------------------------------------------------------------

  again(view) {
    this.send({ text: view.text, parent: view.parent, again: true });
  }

  edit(view, span) {
    if (view.text !== null) this.composer.restore(view.text);
    if (view.parent === this.head) this.branch.end();
    else this.branch.begin(view.parent, view.time);
    if (span) this.composer.pick(span);
    else this.composer.boxes[0].input.focus();
    this.root.dispatchEvent(new CustomEvent("lab:edit", { bubbles: true }));
  }

  mend(view) {
    if (this.composer.text !== view.text) this.composer.restore(view.text);
    this.composer.mend();
    this.root.dispatchEvent(new CustomEvent("lab:edit", { bubbles: true }));
  }

  async recorded(view) {
    const { text, parent } = view;
    await this.stop();
    while (this.running) await new Promise((go) => setTimeout(go, 50));
    this.send({ text, parent, recorded: true });
  }

  // --- what is being read stays where it is -------------------------------------------------

  /** Bring a new turn into view: its first line near the top, or its end at the bottom. */
  lift(view) {
    this.log.scrollTop = view.node.offsetTop - this.log.offsetTop - 16;
    this.seeEnd();
  }

  /** A reply grew: follow its end, but never push its beginning out of sight. */
  grown(view) {
    this.growing?.();
    const top = view.node.offsetTop - this.log.offsetTop - 16;
    const end = this.log.scrollHeight - this.log.clientHeight;
    const before = this.grownTo ?? end;
    if (this.log.scrollTop >= Math.min(before, top) - NEAR) this.log.scrollTop = Math.max(this.log.scrollTop, Math.min(end, top));
    this.grownTo = end;
    this.seeEnd();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.seeEnd();
  }

  seeEnd() {
    const below = this.log.scrollHeight - this.log.clientHeight - this.log.scrollTop;
    this.jump.hidden = below < NEAR;
  }
}

// --- the page --------------------------------------------------------------------------------

let room = null;
const notices = new Notices();

async function enter(root) {
  const facts = JSON.parse(root.dataset.room);
  const place = document.querySelector("[data-rail]");
  root.removeAttribute("data-room");
  root.dataset.exercise = facts.exercise;
  room?.answers.leave();
  room?.draft.leave();
  room = new Room(root, facts);
  const answers = (room.answers = new Answers(facts, room, () => rail.score()));
  const middle = new Middle(root, { chat: room.talk, answer: answers.empty ? null : answers.node });
  const rail = new Rail(place, facts, room);
  const around = new Around(room, place);
  notices.enter(room);
  room.counted = () => around.usage.paint();
  room.growing = () => around.usage.soon();
  const where = el("p", { class: "crumb" }, say("practice.js.crumb", { number: figure(facts.number) }), el("strong", {}, facts.title));
  document.getElementById("where").replaceChildren(where, panes);
  answers.counted = () => middle.count(answers.progress);
  answers.counted();
  if (facts.begins === "answer") middle.open("answer");
  rail.onscored = () => {
    bring("rail");
    document.getElementById("progress-again")?.click();
  };
  try {
    rail.restore(await room.restore());
  } catch (error) {
    room.lost({ node: el("div"), text: "" }, error, false);
  }
  root.dataset.ready = "yes";
}

function look() {
  const root = document.querySelector("[data-room]");
  if (root && document.querySelector("[data-rail]")) enter(root);
}

new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
look();
bring("task");
addEventListener("online", () => room?.composer.refresh());
addEventListener("pagehide", () => room?.draft.leave());
document.addEventListener("visibilitychange", () => document.hidden && room?.draft.leave());
document.addEventListener("lab:edit", () => bring("chat"));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
  if (room?.running) room.stop();
});
