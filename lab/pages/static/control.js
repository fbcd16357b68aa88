// What a trainer does with a whole class: say something, count down, put an exercise on hold.

import { call, Refusal } from "./api.js";
import { clock } from "./clock.js";
import { button, el, icon } from "./dom.js";
import { figure, say } from "./say.js";

/** The buttons of the board and what is in force. */
export class Control {
  constructor(facts, now) {
    this.facts = facts;
    this.now = now;
    this.force = document.getElementById("force");
    this.data = { held: [], notices: [] };
    const acts = document.getElementById("acts");
    if (facts.keeper) {
      acts.append(
        button("secondary", "say", say("board.js.say"), () => this.ask("say")),
        button("secondary", "clock", say("board.js.count"), () => this.ask("count")),
        button("secondary", "pause", say("board.js.hold"), () => this.ask("hold")),
      );
    }
    acts.append(el("a", { class: "secondary", href: "/help/" }, icon("hand"), el("span", {}, say("board.js.help"))));
    setInterval(() => this.tick(), 1000);
  }

  // --- what is in force ---------------------------------------------------------------------

  show(data) {
    this.data = data;
    this.counts = [];
    const rows = [...data.held.map((each) => this.held(each)), ...data.notices.map((each) => this.notice(each))];
    this.force.replaceChildren(...rows);
    this.force.hidden = !rows.length;
    this.tick();
  }

  to({ class_id: room, site }) {
    const found = this.facts.rooms.find((each) => each.id === room);
    if (found) return say("board.js.to_class", { name: found.name });
    return site ? say("board.js.to_site", { name: site }) : say("board.js.to_all");
  }

  named(exercise) {
    const found = this.facts.exercises.find((each) => each.id === exercise);
    return found ? `${say("board.js.exercise", { number: figure(found.number) })}. ${found.title}` : say("board.js.every");
  }

  held(each) {
    const words = el("span", {}, say("board.js.held", { what: this.named(each.exercise), to: this.to(each) }));
    const body = { exercise: each.exercise, class_id: each.class_id, site: each.site };
    const end = this.may(each) ? button("quiet", null, say("board.js.release"), () => this.do("POST", "/board/releases", body)) : null;
    return el("div", { class: "in-force is-held" }, icon("pause"), words, end);
  }

  notice(each) {
    const words = el("span", {});
    const counting = each.kind === "countdown";
    if (counting) this.counts.push({ each, words });
    else words.textContent = say("board.js.said", { kind: say(`board.js.${each.kind}`), text: each.text, to: this.to(each) });
    const end = this.may(each) ? button("quiet", null, say(counting ? "board.js.end" : "board.js.take_back"), () => this.do("DELETE", `/board/notices/${each.id}`)) : null;
    return el("div", { class: "in-force" }, icon(counting ? "clock" : "say"), words, end);
  }

  may(each) {
    return this.facts.keeper && each.mine;
  }

  tick() {
    for (const { each, words } of this.counts ?? []) {
      const left = each.ends_at - this.now();
      const gaps = { time: clock(left), text: each.text, to: this.to(each) };
      words.textContent = left <= 0 ? [say("board.js.over"), each.text, this.to(each)].filter(Boolean).join(" · ") : say(each.text ? "board.js.counting" : "board.js.counting_plain", gaps);
    }
  }

  async do(method, path, body) {
    try {
      await call(method, path, body);
    } catch (error) {
      this.force.append(this.wrong(error));
    }
  }

  wrong(error) {
    const words = error instanceof Refusal && error.words.message ? `${error.words.message} ${error.words.help}` : say("board.js.failed");
    return el("div", { class: "notice care", role: "alert" }, icon("care"), el("p", {}, words));
  }

  // --- asking -------------------------------------------------------------------------------

  ask(what) {
    const form = el("form", { method: "dialog", class: "fields" }, el("h2", {}, say(`board.js.${what}`)));
    const fields = this[`${what}Fields`]();
    const reach = this.reach();
    const wrong = el("div", {});
    const go = el("button", { type: "submit", class: "primary" }, say({ say: "board.js.send", count: "board.js.begin", hold: "board.js.do_hold" }[what]));
    const dialog = el("dialog", { class: "ask", "aria-label": say(`board.js.${what}`) }, form);
    form.append(label("board.js.to", reach), ...fields.nodes, wrong, el("div", { class: "ask-acts" }, go, button("quiet", null, say("board.js.cancel"), () => dialog.close())));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      try {
        await call("POST", fields.path, { ...JSON.parse(reach.value), ...fields.body() });
        dialog.close();
      } catch (error) {
        wrong.replaceChildren(this.wrong(error));
        go.disabled = false;
      }
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    fields.nodes[0].querySelector("input, textarea, select").focus();
  }

  /** A class, a site or all; where a place is open, that one first. */
  reach() {
    const option = (value, words) => el("option", { value: JSON.stringify(value), selected: value.site && `site:${value.site}` === this.facts.place }, words);
    const sites = [...new Set(this.facts.rooms.map((room) => room.site).filter(Boolean))];
    const rooms = this.facts.rooms.map((room) => option({ class_id: room.id }, say("board.js.to_class", { name: room.name })));
    return el("select", {}, option({}, say("board.js.to_all")), ...sites.map((site) => option({ site }, say("board.js.to_site", { name: site }))), ...rooms);
  }

  sayFields() {
    const text = el("textarea", { rows: "3", maxlength: String(this.facts.chars), required: true });
    const kind = el("select", {}, ...["notice", "hint"].map((each) => el("option", { value: each }, say(`board.js.${each}`))));
    const nodes = [label("board.js.text", text), el("p", { class: "hint" }, say("board.js.text_hint")), label("board.js.kind", kind)];
    return { nodes, path: "/board/notices", body: () => ({ kind: kind.value, text: text.value }) };
  }

  countFields() {
    const minutes = el("input", { type: "number", min: "1", max: String(this.facts.minutes), value: "10", required: true });
    const text = el("input", { maxlength: "200" });
    return { nodes: [label("board.js.minutes_label", minutes), label("board.js.until", text)], path: "/board/countdowns", body: () => ({ minutes: Number(minutes.value), text: text.value }) };
  }

  holdFields() {
    const which = el("select", {}, el("option", { value: "" }, say("board.js.every")), ...this.facts.exercises.map((each) => el("option", { value: each.id }, this.named(each.id))));
    return { nodes: [label("board.js.which", which), el("p", { class: "hint" }, say("board.js.hold_hint"))], path: "/board/holds", body: () => ({ exercise: which.value }) };
  }
}

function label(key, field) {
  return el("label", {}, el("span", {}, say(key)), field);
}
