// What all questions of an exercise share: title, help, what to mend after a check.

import { el, icon } from "../dom.js";
import { say } from "../say.js";

/** Pause before an answer is kept: long enough for a run of arrow keys. */
export const SOON = 400;

/** One question. A kind builds its controls, reads them (`given`) and fills them (`put`). */
export class Question {
  /** `desk`: changed(question, pause), announce(sentence), latest(): the assistant's last reply. */
  constructor(facts, place, desk) {
    this.facts = facts;
    this.id = facts.id;
    this.desk = desk;
    this.role = "group";
    this.titleId = `w-${facts.id}`;
    this.helpId = facts.help ? `w-${facts.id}-help` : null;
    this.heading = el("h3", { id: this.titleId, tabindex: "-1" }, facts.title);
    this.note = el("div", { class: "note", hidden: true });
    this.place = place;
  }

  /** Put the parts together; a kind calls it when its own parts are there. */
  frame(...body) {
    const { number, total } = this.place;
    const eyebrow = total > 1 ? el("p", { class: "eyebrow-small soft" }, say("widgets.js.question", { number, total })) : null;
    const help = this.helpId ? el("p", { class: "help soft", id: this.helpId }, this.facts.help) : null;
    this.node = el("section", { class: `widget of-${this.facts.kind}`, "data-widget": this.id, role: this.role, "aria-labelledby": this.titleId, "aria-describedby": this.helpId }, el("header", {}, eyebrow, this.heading, help), this.note, ...body);
  }

  /** Whether nothing is left to answer. */
  get answered() {
    const { given } = this;
    return given !== undefined && given !== null && Object.keys(given).length > 0;
  }

  changed(pause = SOON) {
    this.note.classList.add("stale");
    this.desk.changed(this, pause);
  }

  /** After a check: the general advice of the lines that lack points, never what is right. */
  heed(lines) {
    this.note.hidden = lines.length === 0;
    this.note.classList.remove("stale");
    const rest = lines.filter((line) => line.points < 2);
    this.note.dataset.done = rest.length ? "no" : "yes";
    if (!rest.length) this.note.replaceChildren(el("p", {}, icon("clear"), say("widgets.js.done")));
    else this.note.replaceChildren(el("p", { class: "note-head" }, icon("edit"), el("strong", {}, say("widgets.js.mend"))), el("ul", {}, ...rest.map((line) => el("li", {}, line.advice))), el("p", { class: "again soft" }, say("widgets.js.changed_since")));
  }
}
