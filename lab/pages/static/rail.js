// The rail: "check my work", beginning anew.

import { call, Refusal } from "./api.js";
import { button, el, icon } from "./dom.js";
import { bring } from "./panes.js";
import { opinion } from "./opinion.js";
import { standing } from "./plot.js";
import { figure, say } from "./say.js";

const LOOK = { 2: "clear", 1: "care", 0: "edit" };

/** Beside the conversation. */
export class Rail {
  constructor(root, facts, room) {
    this.facts = facts;
    this.room = room;
    this.onscored = () => {};
    this.result = el("div", { class: "result", role: "status" });
    this.check = button("secondary", "clear", say("practice.js.check"), () => this.score());
    this.anew = button("quiet small", "again", say("practice.js.anew"), () => this.begin());
    const lead = el("p", { class: "soft" }, say("practice.js.check_lead"));
    root.replaceChildren(el("section", { class: "grading", "aria-label": say("practice.js.check") }, this.check, lead, this.result, this.anew));
  }

  restore(before) {
    if (!before) return;
    this.room.answers.restore(before.answers);
    if (before.score) this.show(before.score);
  }

  async score() {
    this.check.disabled = true;
    try {
      await this.room.answers.settle();
      const session = await this.room.begun();
      this.show(await call("POST", `/sessions/${session}/check`));
      this.onscored();
      this.result.querySelector("h2").focus();
    } catch (error) {
      const words = error instanceof Refusal && error.words.message ? error.words : { message: say("practice.js.offline"), help: say("practice.js.offline_help") };
      this.result.replaceChildren(el("div", { class: "notice care" }, icon("care"), el("p", {}, el("strong", {}, words.message), " ", words.help)));
    } finally {
      this.check.disabled = false;
    }
  }

  /** First what is good, then the rest, then one thing to do. */
  show(score) {
    const rows = score.criteria.toSorted((a, b) => b.points - a.points).map((criterion) =>
      el("li", { class: LOOK[criterion.points] }, icon(LOOK[criterion.points]), el("div", {}, el("p", { class: "criterion" }, el("strong", {}, criterion.title), el("span", { class: "points" }, say("practice.js.points", { points: criterion.points }))), el("p", { class: "soft" }, criterion.reason), this.way(criterion))),
    );
    const share = figure(score.share * 100);
    this.result.replaceChildren(
      el("h2", { tabindex: "-1" }, say(score.passed ? "practice.js.passed" : "practice.js.not_yet", { share })),
      el("div", { class: "next-step" }, el("h3", {}, say("practice.js.next_step")), el("p", {}, score.next_step)),
      el("ul", { class: "criteria" }, ...rows),
    );
    if (this.facts.opinion) this.result.append(opinion(this.room));
    if (typeof score.privacy === "number") this.result.append(standing(this.facts.exercise));
    this.result.dataset.passed = score.passed ? "yes" : "no";
    this.room.answers.heed(score);
  }

  /** From a line that lacks points to the question that it is about. */
  way(criterion) {
    const question = this.room.answers.about(criterion.id);
    if (!question || criterion.points === 2) return null;
    const go = () => {
      bring("answer");
      question.heading.focus();
      question.node.scrollIntoView({ block: "start" });
    };
    return el("button", { type: "button", class: "to-question", onclick: go }, say("widgets.js.to_question", { number: question.place.number }));
  }

  /** A new session; the earlier ones stay in the log. */
  async begin() {
    await this.room.answers.leave();
    const row = await call("POST", "/sessions", { exercise: this.facts.exercise });
    const { root, facts } = this.room;
    if (facts.own_values) {  // its material has values of its own
      location.assign(`/practice/?exercise=${encodeURIComponent(facts.exercise)}`);
      return;
    }
    root.replaceChildren();
    root.dataset.room = JSON.stringify({ ...facts, session: row.session });
    root.removeAttribute("data-exercise");
    root.parentElement.append(root);
  }
}
