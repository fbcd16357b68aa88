// Versions of a turn: asking again or editing makes a branch, and the original stays.
//
// Turns with the same parent are versions of each other. One of each is shown, and below it what
// followed it; the others are hidden, never thrown away. A turn that was stopped or that failed is
// no version of anything: it stays where it happened.

import { button, el, icon } from "./dom.js";
import { figure, say } from "./say.js";

/** Which turns are shown, and where a next prompt goes on. */
export class Versions {
  constructor(turned) {
    this.turned = turned;
    this.views = [];
    this.answered = new Set();
    this.chosen = new Map();
  }

  /** A turn on the screen; `view.parent` is the id of the turn that it follows, or "". */
  add(view) {
    this.views.push(view);
    this.arrange();
  }

  remove(view) {
    this.views = this.views.filter((each) => each !== view);
    this.answered.delete(view);
    this.arrange();
  }

  /** The assistant has words in it, or will: from now on it is a version, and the one shown. */
  answers(view) {
    this.answered.add(view);
    this.choose(view);
  }

  /** It came to nothing: it stays where it happened. */
  failed(view) {
    if (!this.answered.delete(view)) return;
    if (this.chosen.get(view.parent) === view) this.chosen.delete(view.parent);
    this.arrange();
  }

  choose(view) {
    this.chosen.set(view.parent, view);
    this.arrange();
  }

  of(view) {
    return this.views.filter((each) => this.answered.has(each) && each.parent === view.parent);
  }

  /** The turns that are shown and answered, oldest first. */
  get path() {
    const path = [];
    for (let parent = ""; ; parent = path.at(-1).id) {
      const here = this.views.filter((view) => this.answered.has(view) && view.parent === parent);
      const chosen = this.chosen.get(parent);
      const next = here.includes(chosen) ? chosen : here.at(-1);
      if (!next) return path;
      path.push(next);
    }
  }

  /** Where a next prompt goes on: the id of the last turn shown, or "". */
  get head() {
    return this.path.at(-1)?.id ?? "";
  }

  arrange() {
    const path = this.path;
    const shown = new Set(["", ...path.map((view) => view.id)]);
    for (const view of this.views) {
      const answered = this.answered.has(view);
      view.node.hidden = answered ? !path.includes(view) : !shown.has(view.parent);
      const versions = answered ? this.of(view) : [];
      this.paint(view, versions.length > 1 ? versions : []);
    }
  }

  /** ‹ 2/3 › beside the name of who speaks: it stays in its place while versions change below. */
  paint(view, versions) {
    const key = versions.length ? `${versions.indexOf(view)}/${versions.length}` : "";
    if (view.turner.dataset.key === key) return;
    view.turner.dataset.key = key;
    view.turner.replaceChildren();
    if (!versions.length) return;
    const at = versions.indexOf(view);
    const gaps = { number: figure(at + 1), total: figure(versions.length) };
    const step = (by, picture, label) => {
      const to = versions[at + by];
      return button("quiet turn-to", picture, label, () => this.turn(view, to, by), { disabled: !to, "data-by": by });
    };
    view.turner.append(
      step(-1, "left", say("room.js.version.before")),
      el("span", { "aria-hidden": "true" }, `${gaps.number}/${gaps.total}`),
      el("span", { class: "sr" }, say("room.js.version.which", gaps)),
      step(1, "right", say("room.js.version.after")),
    );
    if (this.turned.compare) view.turner.append(el("button", { type: "button", class: "quiet turn-to", onclick: () => this.turned.compare(versions, view) }, icon("columns"), el("span", {}, say("room.js.version.beside"))));
  }

  turn(from, to, by) {
    this.choose(to);
    const there = to.turner.querySelector(`[data-by="${by}"]:not(:disabled)`) ?? to.turner.querySelector("button:not(:disabled)");
    there?.focus({ preventScroll: true });
    this.turned.to(to);
  }
}

/** "You are editing an earlier prompt": a line above the composer, until it is sent or given up. */
export class Branch {
  constructor(given_up) {
    this.parent = null;
    this.words = el("span", {});
    const drop = button("see", null, say("room.js.branch.drop"), () => {
      this.end();
      given_up();
    });
    this.node = el("div", { class: "branching", role: "status", hidden: true }, icon("branch"), this.words, drop);
  }

  begin(parent, time) {
    this.parent = parent;
    this.words.textContent = time ? say("room.js.branch.editing", { time }) : say("room.js.branch.editing_earlier");
    this.node.hidden = false;
  }

  end() {
    this.parent = null;
    this.node.hidden = true;
  }
}
