// The trainee's raised hand: asked for beside the composer; what the helper writes comes here.

import { call, Refusal } from "./api.js";
import { button, el, icon } from "./dom.js";
import { figure, say } from "./say.js";
import { waited } from "./waiting.js";

const SEVERITIES = ["technical", "task", "policy", "secret"];

/** One's own hand, on every exercise of the page. */
export class Hand {
  constructor(now) {
    this.now = now;
    this.hand = null;
    this.put = "";
    this.state = el("p", { class: "hand-state" });
    this.said = el("div", { class: "hand-said", role: "log" });
    this.told = el("p", { class: "soft", role: "status", hidden: true });
    this.down = button("quiet small", null, say("help.js.hand.down"), () => this.lower());
    this.node = el("div", { class: "card-notice is-hand", hidden: true }, icon("hand"), el("div", { class: "hand-body" }, this.state, this.told, this.said), this.down);
  }

  /** The button stands beside the composer of each exercise. */
  enter(room) {
    this.room = room;
    room.hand = this;
    this.button = button("quiet round", "hand", say("help.js.hand.open"), () => this.open(), { title: say("help.js.hand.open") });
    room.composer.more.append(this.button);
    this.mark();
  }

  mark() {
    this.button?.setAttribute("aria-pressed", String(Boolean(this.hand && !this.hand.closed_at)));
  }

  show({ hand }) {
    this.hand = hand;
    this.node.hidden = !hand || hand.id === this.put;
    this.mark();
    if (!hand) return;
    this.down.lastChild.textContent = say(hand.closed_at ? "help.js.hand.hide" : "help.js.hand.down");
    this.said.replaceChildren(...hand.words.filter((each) => each.text).map((each) => el("p", { class: each.staff ? "word is-staff" : "word" }, el("strong", {}, `${each.staff ? each.by : say("help.js.hand.said_mine")}: `), each.text)));
    this.said.scrollTop = this.said.scrollHeight;
    this.tick();
  }

  tick() {
    const { hand } = this;
    if (!hand || this.node.hidden) return;
    const words = [];
    if (hand.closed_at) words.push(say("help.js.hand.closed"));
    else if (hand.helper) words.push(say("help.js.hand.taken", { helper: hand.helper }));
    else {
      const place = hand.ahead ? say("help.js.hand.ahead", { count: figure(hand.ahead) }) : say("help.js.hand.first");
      words.push(`${say("help.js.hand.up")}. ${place} ${say("help.js.hand.waited", { time: waited(this.now() - hand.at) })}`);
    }
    const text = words.join(" ");
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  async lower() {
    if (this.hand?.closed_at) {
      this.put = this.hand.id;
      this.node.hidden = true;
      return;
    }
    await call("DELETE", "/room/hand").catch(() => {});
  }

  // --- asking -------------------------------------------------------------------------------

  /** Ask what it is about; `about` is chosen already. */
  open(about = "task") {
    if (this.hand && !this.hand.closed_at) {
      this.node.hidden = false;
      this.down.focus();
      return;
    }
    const choices = SEVERITIES.map((each) => el("label", { class: "choice" }, el("input", { type: "radio", name: "severity", value: each, required: true, checked: each === about }), el("span", {}, say(`help.js.hand.severity.${each}`))));
    const word = el("textarea", { rows: "2", maxlength: "600", id: "hand-word" });
    const asked = el("div", { class: "asked" }, el("label", { for: "hand-word" }, say("help.js.hand.word")), word, el("p", { class: "soft" }, say("help.js.hand.word_hint")));
    const calm = el("p", { class: "notice stop", hidden: true }, icon("stop"), say("help.js.hand.secret_do"));
    const wrong = el("div", { role: "alert" });
    const go = el("button", { type: "submit", class: "primary" }, icon("hand"), el("span", {}, say("help.js.hand.raise")));
    const form = el("form", { class: "hand-form" }, el("h2", {}, say("help.js.hand.heading")), el("p", { class: "soft" }, say("help.js.hand.lead")), el("fieldset", {}, ...choices), calm, asked, wrong, el("div", { class: "actions" }, go, button("quiet", null, say("help.js.hand.cancel"), () => dialog.close())));
    const dialog = el("dialog", { class: "hand-dialog", "aria-label": say("help.js.hand.heading") }, form);
    const turn = () => {
      const secret = form.elements.severity.value === "secret";
      calm.hidden = !secret;
      asked.hidden = secret;
    };
    form.addEventListener("change", turn);
    turn();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      const severity = form.elements.severity.value;
      try {
        await this.raise(severity, severity === "secret" ? "" : word.value);
        dialog.close();
      } catch (error) {
        const words = error instanceof Refusal && error.words.message ? `${error.words.message} ${error.words.help}` : say("help.js.hand.failed");
        wrong.replaceChildren(el("p", { class: "notice care" }, icon("care"), words));
        go.disabled = false;
      }
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  async raise(severity, word) {
    const session = await this.room.begun();
    const kept = await call("POST", "/room/hand", { session, severity, word });
    this.told.textContent = say(`help.js.hand.${kept.word === "none" ? "kept" : kept.word}`);
    this.told.hidden = !["stopped", "masked"].includes(kept.word);
  }
}
