// Two prompts side by side on the same task: both pass the same gate and answer at the same time.
//
// They are versions of one turn: afterwards both are in the conversation, and one goes on with
// either. Versions that are there already are shown side by side by the same dialog.

import { call, Refusal, stream } from "./api.js";
import { Box } from "./box.js";
import { button, el, icon } from "./dom.js";
import { spansOf } from "./marks.js";
import { LOOK, verdict } from "./meter.js";
import * as mend from "./mend.js";
import { show } from "./reply.js";
import { figure, say } from "./say.js";
import { TurnView } from "./turns.js";

const SIDES = ["A", "B"];
const PAUSE = 900;

function frame(heading, lead, columns, actions, close) {
  const head = el("div", { class: "dialog-head" }, el("h2", { id: "compare-head" }, heading), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("room.js.compare.close") }, icon("close")));
  return el("dialog", { class: "sheet-dialog compare", "aria-labelledby": "compare-head" }, head, el("p", { class: "soft" }, lead), el("div", { class: "sides" }, ...columns), ...actions);
}

/** One of the two prompts: its box, its check, its turn. It is the `room` of its turn's buttons. */
class Side {
  constructor(pair, name) {
    this.pair = pair;
    this.name = name;
    this.view = null;
    this.cut = null;
    this.views = [];
    const label = el("label", { for: `side-${name}` }, say("room.js.compare.side", { side: name }));
    this.box = new Box(`side-${name}`, label, say("practice.js.placeholder"), 5, () => this.typed());
    this.meter = el("p", { class: "meter", role: "status" });
    this.turn = el("div", { class: "side-turn" });
    this.keep = button("secondary", "clear", say("room.js.compare.keep", { side: name }), () => pair.goOn(this), { hidden: true });
    this.node = el("section", { class: "side", "aria-label": say("room.js.compare.side", { side: name }) }, this.box.node, this.meter, this.turn, this.keep);
    this.say("idle");
  }

  // --- the live check -----------------------------------------------------------------------

  say(state, count = 0) {
    this.meter.className = `meter ${LOOK[state]}`;
    this.meter.dataset.state = state;
    this.meter.replaceChildren(icon(LOOK[state]), el("span", {}, say(`practice.js.meter.${state}`, { count: figure(count) })));
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE);
  }

  async check() {
    const text = this.box.value;
    if (!text.trim()) return this.say("idle");
    try {
      const session = await this.pair.room.begun();
      const seen = await call("POST", `/sessions/${session}/preview`, { text });
      if (text !== this.box.value) return;
      const spans = spansOf(text, seen.findings);
      this.box.mark(spans);
      const { state, count } = verdict(text, seen, spans);
      this.say(state, count);
    } catch (error) {
      if (error instanceof Refusal && error.seconds) this.timer = setTimeout(() => this.check(), error.seconds * 1000);
      else this.say("unknown");
    }
  }

  // --- its turn -----------------------------------------------------------------------------

  async send() {
    const { pair } = this;
    const text = this.box.value;
    clearTimeout(this.timer);
    this.view = new TurnView(this, { text, parent: pair.parent, at: Date.now(), recorded: pair.room.facts.assistant === "recorded" });
    this.views.push(this.view);
    this.turn.replaceChildren(this.view.node);
    this.keep.hidden = true;
    this.cut = new AbortController();
    pair.running();
    const { view } = this;
    let ended = null;
    try {
      const session = await pair.room.begun();
      await stream(`/sessions/${session}/prompts`, { text, parent: pair.parent, beside: true }, this.cut.signal, (name, data) => {
        if (name === "done") ended = data;
        else view.hear(name, data);
      });
      if (!ended) throw new TypeError("the stream ended early");
      view.done(ended.status, ended.usage);
    } catch (error) {
      const words = error instanceof Refusal && error.words.message ? error.words : { message: say("practice.js.offline"), help: say("practice.js.offline_help") };
      view.failed({ ...words, retry: true });
      view.done("failed");
      if (!view.id) this.views.pop();
    } finally {
      this.cut = null;
      view.ended = ended?.status ?? "failed";
      this.keep.hidden = !this.answered;
      pair.running();
    }
  }

  get answered() {
    return Boolean(this.view?.reply) && this.view.ended !== "failed";
  }

  stop() {
    if (!this.cut) return;
    const { cut, view } = this;
    if (view.id) call("DELETE", `/sessions/${this.pair.room.session}/turns/${view.id}`).catch(() => cut.abort());
    else cut.abort();
  }

  // --- what the turn's buttons ask ----------------------------------------------------------

  get facts() {
    return this.pair.room.facts;
  }

  get session() {
    return this.pair.room.session;
  }

  get disputed() {
    return this.pair.room.disputed;
  }

  grown() {}

  again() {
    if (!this.cut) this.send();
  }

  recorded() {
    this.again();
  }

  edit(_view, span) {
    this.box.input.focus();
    if (span) this.box.input.setSelectionRange(span.start, span.end);
  }

  async mend() {
    const text = this.box.value;
    try {
      const mended = await mend.ask(await this.pair.room.begun(), text);
      mend.show(text, mended, (changes) => {
        this.box.fill(mend.rewritten(text, changes));
        this.check();
      });
    } catch {
      this.say("unknown");
    }
  }
}

/** The dialog in which two prompts are written, sent and read. */
export class Pair {
  constructor(room) {
    this.room = room;
    this.sides = null;
    this.dialog = null;
  }

  open() {
    if (this.room.running) return;
    const { room } = this;
    this.parent = room.branch.parent ?? room.head;
    this.chosen = null;
    this.sides = SIDES.map((name) => new Side(this, name));
    const text = room.composer.text || (room.versions.path.at(-1)?.text ?? "");
    for (const side of this.sides) if (text) side.box.fill(text);
    this.go = button("primary", "send", say("room.js.compare.send"), () => this.send());
    this.halt = button("secondary", "halt", say("room.js.compare.stop"), () => this.stop(), { hidden: true });
    this.note = el("p", { class: "aside", role: "status" });
    this.dialog = frame(say("room.js.compare.heading"), say("room.js.compare.lead"), this.sides.map((side) => side.node), [this.note, el("div", { class: "actions" }, this.halt, this.go)], () => this.close());
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (this.busy) this.stop();
      else this.close();
    });
    this.dialog.addEventListener("close", () => this.closed());
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.sides[text ? 1 : 0].box.input.focus();
  }

  get busy() {
    return this.sides.some((side) => side.cut);
  }

  running() {
    this.go.hidden = this.busy;
    this.halt.hidden = !this.busy;
    if (!this.busy && this.sides.some((side) => side.answered)) this.note.textContent = say("room.js.compare.kept");
  }

  send() {
    const [one, two] = this.sides.map((side) => side.box.value.trim());
    this.note.textContent = "";
    if (!one || !two) this.note.textContent = say("room.js.compare.empty");
    else if (one === two) this.note.textContent = say("room.js.compare.same");
    else for (const side of this.sides) side.send();
  }

  stop() {
    for (const side of this.sides) side.stop();
  }

  goOn(side) {
    this.chosen = side.view;
    this.close();
  }

  close() {
    this.stop();
    this.dialog.close();
  }

  /** What was said moves into the conversation. */
  closed() {
    const { room } = this;
    for (const view of this.sides.flatMap((side) => side.views).toSorted((a, b) => a.at - b.at)) {
      view.room = room;
      room.take(view, Boolean(view.reply) && view.ended !== "failed");
    }
    if (this.chosen) room.versions.choose(this.chosen);
    if (this.sides.some((side) => side.answered)) {
      room.branch.end();
      room.composer.clear();
    }
    this.dialog.remove();
    room.toEnd();
    room.composer.refresh();
    room.composer.boxes[0].input.focus({ preventScroll: true });
  }
}

/** Versions that are there already, two of them beside each other. */
export function beside(room, versions, view) {
  const at = versions.indexOf(view);
  const first = [at > 0 ? at - 1 : at, at > 0 ? at : at + 1];
  const close = () => dialog.close();
  const columns = first.map((start, nth) => {
    const body = el("div", { class: "prose-reply" });
    const words = el("p", { class: "words" });
    const pick = el("select", { id: `version-${nth}`, onchange: () => paint() }, ...versions.map((_each, n) => el("option", { value: n, selected: n === start }, say("room.js.version.which", { number: figure(n + 1), total: figure(versions.length) }))));
    const keep = button("secondary", "clear", "", () => {
      room.versions.choose(versions[pick.value]);
      close();
    });
    const paint = () => {
      const shown = versions[pick.value];
      words.textContent = shown.text ?? say("practice.js.not_kept");
      body.replaceChildren();
      show(body, shown.reply);
      keep.lastElementChild.textContent = say("room.js.compare.keep", { side: figure(Number(pick.value) + 1) });
    };
    paint();
    return el("section", { class: "side" }, el("label", { class: "sr", for: `version-${nth}` }, say("room.js.compare.heading_seen")), pick, words, body, keep);
  });
  const dialog = frame(say("room.js.compare.heading_seen"), say("room.js.compare.kept"), columns, [], close);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
}
