// "Trả lời": the questions of an exercise, in a place of their own beside the conversation.

import { Refusal } from "../api.js";
import { button, el, icon } from "../dom.js";
import { figure, say } from "../say.js";
import { Cards } from "./cards.js";
import { Choice } from "./choice.js";
import { Layers } from "./layers.js";
import { Mark } from "./mark.js";
import { Order } from "./order.js";
import { Saver } from "./save.js";
import { Table } from "./table.js";
import { Writing } from "./text.js";
import { Ticks } from "./ticks.js";

const KINDS = { ticks: Ticks, choice: Choice, mark: Mark, order: Order, layers: Layers, text: Writing };
const SLOW = 700;

function kindOf({ kind, layout }) {
  if (kind === "sort") return layout === "table" ? Table : Cards;
  return KINDS[kind];
}

/** All questions of one exercise. `room`: begun(), latest. `done`: check the work. */
export class Answers {
  constructor(facts, room, done) {
    this.counted = () => {};
    this.saver = new Saver(() => room.begun(), (state, news) => this.told(state, news ?? {}));
    this.voice = el("p", { class: "sr", role: "status" });
    const desk = {
      changed: (question, pause) => this.changed(question, pause),
      announce: (sentence) => (this.voice.textContent = sentence),
      leaving: () => this.saver.flush(),
      latest: () => room.latest,
    };
    const total = facts.widgets.length;
    this.questions = facts.widgets.map((widget, nth) => new (kindOf(widget))(widget, { number: nth + 1, total }, desk));
    this.saved = el("p", { class: "saved", role: "status" });
    this.retry = button("secondary small", "again", say("widgets.js.retry"), () => this.saver.flush(), { hidden: true });
    const check = button("secondary small to-check", "clear", say("widgets.js.check"), done);
    this.node = el("div", { class: "answers" }, this.voice, el("div", { class: "questions" }, ...this.questions.map((question) => question.node)), el("div", { class: "answers-bar" }, this.saved, this.retry, check));
    this.say("new");
  }

  get empty() {
    return this.questions.length === 0;
  }

  /** How many questions are answered, and of how many. */
  get progress() {
    return { done: this.questions.filter((question) => question.answered).length, total: this.questions.length };
  }

  changed(question, pause) {
    this.saver.put(question.id, question.given, pause);
    this.counted();
  }

  /** What was answered before, after a reload or on another day. */
  restore(answers) {
    for (const question of this.questions) if (question.id in answers) question.put(answers[question.id]);
    if (Object.keys(answers).length) this.say("saved");
    this.counted();
  }

  /** After a check: each question says in general what is left to mend. */
  heed(score) {
    for (const question of this.questions) {
      const { lines } = question.facts;
      const mine = score.criteria.filter((criterion) => criterion.id in lines);
      question.heed(mine.map((criterion) => ({ points: criterion.points, advice: lines[criterion.id] })));
    }
  }

  /** The question that a line of the rubric is about. */
  about(line) {
    return this.questions.find((question) => line in question.facts.lines);
  }

  /** Before a check: everything has arrived. Raises what kept it from arriving. */
  async settle() {
    await this.saver.flush();
    if (this.saver.waiting.size) throw this.saver.error;
  }

  leave() {
    return this.saver.leave();
  }

  // --- keeping ------------------------------------------------------------------------------

  told(state, { texts = {}, sent, error }) {
    clearTimeout(this.slow);
    for (const question of this.questions) if (question.id in texts) question.heard(sent.get(question.id), texts[question.id]);
    if (state === "saving") this.slow = setTimeout(() => this.say("saving"), SLOW);
    else if (state === "saved") this.say(this.saver.stopped.size ? "held" : "saved");
    else this.say(state, error);
  }

  say(state, error) {
    const look = { new: "info", saving: "info", saved: "clear", held: "stop", failed: "care", refused: "care" }[state];
    const words = error instanceof Refusal && error.words.message ? `${error.words.message} ${error.words.help ?? ""}` : say(`widgets.js.save.${state}`, { count: figure(this.saver.waiting.size) });
    const enter = error?.status === 401 ? el("a", { href: "/?next=practice", target: "_blank" }, say("widgets.js.sign_in")) : "";
    this.saved.dataset.state = state;
    this.saved.className = `saved ${look}`;
    this.saved.replaceChildren(icon(look), el("span", {}, words, " ", enter));
    this.retry.hidden = state !== "failed";
  }
}
