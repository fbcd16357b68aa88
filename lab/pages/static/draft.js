// The draft: what is being written comes back after a reload, a sign-out or a dropped line.
//
// The server keeps it, sealed; the live check hands it over. Nothing is kept in the browser.

import { call, last } from "./api.js";
import { button, el, icon } from "./dom.js";
import { say } from "./say.js";

/** The draft of one conversation. */
export class Draft {
  constructor(room) {
    this.room = room;
    this.composer = room.composer;
    this.composer.parent = () => room.branch.parent;
    this.words = el("span", {});
    this.look = el("span", {});
    const drop = button("see", null, say("room.js.draft.drop"), () => this.drop());
    this.node = el("div", { class: "branching drafted", role: "status", hidden: true }, icon("edit"), this.words, drop);
    this.composer.node.addEventListener("input", () => (this.node.hidden = true));
    this.composer.node.addEventListener("submit", () => (this.node.hidden = true));
  }

  /** Put back what was being written, unless it was sent meanwhile. */
  async restore() {
    const kept = await call("GET", `/sessions/${this.room.session}/draft`);
    if (!kept || this.composer.text) return;
    const { composer, room } = this;
    composer.fill(kept.five && room.facts.boxes.length > 0, kept.fields);
    composer.checked = composer.text;
    const sent = room.versions.path.at(-1)?.text === composer.text;
    if (sent) {
      if (composer.boxed) composer.fold(true);
      else composer.clear();
      return;
    }
    const edited = kept.parent !== null && room.versions.views.some((view) => view.parent === kept.parent);
    if (edited) room.branch.begin(kept.parent, null);
    this.words.textContent = say(kept.on_disk ? "room.js.draft.back" : "room.js.draft.back_memory");
    this.node.hidden = false;
  }

  drop() {
    this.node.hidden = true;
    this.room.branch.end();
    this.composer.clear();
    this.composer.boxes[0].input.focus();
    call("DELETE", `/sessions/${this.room.session}/draft`).catch(() => this.composer.refresh());
  }

  /** The page is being left: the last words too, or that there are none any more. */
  leave() {
    const { text } = this.composer;
    if (this.room.session && text !== this.composer.checked) {
      last(`/sessions/${this.room.session}/draft`, { text, ...this.composer.written });
    }
  }
}
