// What trainers and helpers say to a page of the practice room: over the conversation's upper edge,
// so that nothing that is read or typed moves. One stream; what was read stays read.

import { clock } from "./clock.js";
import { button, el, icon } from "./dom.js";
import { Hand } from "./hand.js";
import { listen } from "./lines.js";
import { say } from "./say.js";

const SECOND = 1000;
const OVER_SECONDS = 120;

/** The notices, the countdown, the pause and the raised hand of this page. */
export class Notices {
  constructor() {
    this.skew = 0;
    this.read = new Set();
    this.shown = new Map();
    this.data = null;
    this.counting = el("div", { class: "counting", role: "timer", hidden: true });
    this.held = el("div", { class: "card-notice is-held", hidden: true }, icon("pause"), el("p", {}, say("notices.js.held")));
    this.list = el("div", { class: "card-notices", role: "status" });
    this.hand = new Hand(() => this.now());
    this.node = el("div", { class: "notices" }, this.counting, this.hand.node, this.held, this.list);
    listen("/api/room/stream", { room: (data) => this.show(data), hand: (data) => this.hand.show(data) });
    setInterval(() => this.tick(), SECOND);
  }

  now() {
    return Date.now() / SECOND + this.skew;
  }

  /** Another exercise is on the page. */
  enter(room) {
    this.room = room;
    room.talk.querySelector(".scroll").append(this.node);
    this.hand.enter(room);
    if (this.data) this.paint();
  }

  show(data) {
    this.skew = data.now - Date.now() / SECOND;
    this.data = data;
    this.paint();
  }

  paint() {
    const { held, notices } = this.data;
    this.held.hidden = !held.some((each) => each === "" || each === this.room?.facts.exercise);
    const there = new Set(notices.map((each) => each.id));
    for (const [id, node] of this.shown) {
      if (there.has(id)) continue;
      node.remove();
      this.shown.delete(id);
    }
    for (const each of notices) {
      if (each.kind === "countdown" || this.read.has(each.id) || this.shown.has(each.id)) continue;
      const node = this.card(each);
      this.shown.set(each.id, node);
      this.list.prepend(node);
    }
    this.tick();
  }

  card(each) {
    const close = () => {
      this.read.add(each.id);
      node.remove();
    };
    const words = el("div", {}, el("p", {}, el("strong", {}, say(`notices.js.${each.kind}`))), el("p", { class: "notice-text" }, each.text));
    const node = el("div", { class: `card-notice is-${each.kind}` }, icon(each.kind === "hint" ? "info" : "say"), words, button("quiet round", "close", say("notices.js.close"), close, { title: say("notices.js.close") }));
    return node;
  }

  tick() {
    this.hand.tick();
    const found = this.data?.notices.filter((each) => each.kind === "countdown" && each.ends_at > this.now() - OVER_SECONDS).at(-1);
    this.counting.hidden = !found;
    if (!found) return;
    const left = found.ends_at - this.now();
    const words = left > 0 ? say("notices.js.left", { time: clock(left) }) : say("notices.js.over");
    this.counting.classList.toggle("is-over", left <= 0);
    this.counting.replaceChildren(icon("clock"), el("strong", {}, words), found.text ? el("span", {}, found.text) : "");
  }
}
