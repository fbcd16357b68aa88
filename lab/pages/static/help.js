// The help queue: who waits, who is helped. A card stays the same element while it changes, so that
// an answer that is being written is never lost.

import { call, Refusal } from "./api.js";
import { button, el, icon } from "./dom.js";
import { listen } from "./lines.js";
import { figure, say } from "./say.js";
import { waited } from "./waiting.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const LOOK = { technical: "off", task: "book", policy: "mask", secret: "stop" };
const SECOND = 1000;
const queue = document.getElementById("queue");
const line = document.getElementById("line");
const cards = new Map();
let skew = 0;
let ready = false;

const now = () => Date.now() / SECOND + skew;

/** One raised hand. */
class Card {
  constructor(hand) {
    this.id = hand.id;
    this.title = el("h3", {}, hand.name);
    this.tag = el("span", { class: `severity of-${hand.severity}` }, icon(LOOK[hand.severity]), say(`help.js.severity.${hand.severity}`));
    this.time = el("p", { class: "waited" });
    this.words = el("div", { class: "said" });
    this.acts = el("div", { class: "hand-acts" });
    this.more = el("div", {});
    this.wrong = el("div", { role: "alert" });
    const where = [hand.site, hand.class, facts.exercises[hand.exercise]].filter(Boolean).join(" · ");
    const first = hand.severity === "secret" ? el("p", { class: "first" }, icon("stop"), say("help.js.secret_first")) : null;
    this.node = el("article", { class: `hand of-${hand.severity}`, tabindex: "0" }, el("header", {}, this.title, this.tag, this.time), el("p", { class: "soft where-line" }, where), ...[first].filter(Boolean), this.words, this.acts, this.more, this.wrong);
  }

  show(hand) {
    const turned = this.hand?.mine !== hand.mine || this.hand?.helper !== hand.helper;
    this.hand = hand;
    this.tick();
    const said = hand.words.length ? hand.words : [{ text: "", staff: false, by: hand.name }];
    this.words.replaceChildren(...said.map((each) => this.word(each)));
    if (turned) this.turn(hand);
  }

  word({ text, staff, by }) {
    if (text === null) return el("p", { class: "soft" }, say("help.js.stopped_word"));
    if (!text) return el("p", { class: "soft" }, say("help.js.no_word"));
    return el("p", { class: staff ? "word is-staff" : "word" }, staff ? el("strong", {}, `${by}: `) : null, text);
  }

  turn(hand) {
    this.more.replaceChildren();
    this.form?.remove();
    if (!hand.helper) this.acts.replaceChildren(button("primary", "hand", say("help.js.claim"), () => this.do("claim")));
    else if (!hand.mine) this.acts.replaceChildren();
    else {
      this.acts.replaceChildren(button("quiet", "right", say("help.js.over"), () => this.over()), button("secondary", "tick", say("help.js.close"), () => this.done()));
      this.write();
    }
  }

  write() {
    const text = el("textarea", { rows: "2", maxlength: String(facts.chars), "aria-label": say("help.js.answer_label", { name: this.hand.name }), placeholder: say("help.js.answer_label", { name: this.hand.name }) });
    const send = async (event) => {
      event?.preventDefault();
      if (text.value.trim() && (await this.do("answers", { text: text.value }))) text.value = "";
    };
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) send(event);
    });
    this.answer = text;
    this.acts.before((this.form = el("form", { class: "answering", onsubmit: send }, text, el("button", { class: "primary" }, icon("send"), el("span", {}, say("help.js.send"))))));
  }

  over() {
    const fitting = facts.helpers.filter((each) => !each.officer || this.hand.severity === "secret");
    const to = el("select", { "aria-label": say("help.js.over_to") }, el("option", { value: "" }, say("help.js.over_queue")), ...fitting.map((each) => el("option", { value: each.id }, each.name)));
    this.pick(to, say("help.js.over_do"), () => this.do("hand-over", { to: to.value || null }));
  }

  done() {
    const reason = el("select", { "aria-label": say("help.js.reason") }, ...facts.reasons.map((each) => el("option", { value: each }, say(`help.js.reasons.${each}`))));
    this.pick(reason, say("help.js.close"), () => this.do("close", { reason: reason.value }));
  }

  pick(select, words, act) {
    this.more.replaceChildren(el("div", { class: "picking" }, select, button("secondary", null, words, act)));
    select.focus();
  }

  async do(act, body) {
    this.wrong.replaceChildren();
    try {
      await call("POST", `/help/${this.id}/${act}`, body);
      return true;
    } catch (error) {
      const words = error instanceof Refusal && error.words.message ? `${error.words.message} ${error.words.help}` : say("help.js.failed");
      this.wrong.replaceChildren(el("p", { class: "notice care" }, icon("care"), words));
      return false;
    }
  }

  tick() {
    const { hand } = this;
    const until = hand.claimed_at ?? now();
    const waiting = waited(until - hand.at);
    if (!hand.helper) this.time.textContent = say("help.js.waited", { time: waiting });
    else if (hand.mine) this.time.textContent = say("help.js.since", { time: waited(now() - hand.claimed_at) });
    else this.time.textContent = say("help.js.taken", { helper: hand.helper, time: waiting });
  }
}

const groups = ["mine", "waiting", "others"].map((name) => {
  const title = el("h2", {});
  const list = el("div", { class: "hands" });
  const node = el("section", { hidden: true }, title, list);
  return { name, title, list, node };
});
const empty = el("p", { class: "empty lead", hidden: true }, icon("clear"), say("help.js.empty"));
queue.append(...groups.map((each) => each.node), empty);

const groupOf = (hand) => (hand.mine ? "mine" : hand.helper ? "others" : "waiting");

function hear(data) {
  skew = data.now - Date.now() / SECOND;
  const there = new Set(data.hands.map((each) => each.id));
  for (const [id, card] of cards) {
    if (there.has(id)) continue;
    card.node.remove();
    cards.delete(id);
  }
  for (const hand of data.hands) {
    let card = cards.get(hand.id);
    if (!card) cards.set(hand.id, (card = new Card(hand)));
    card.show(hand);
  }
  for (const { name, title, list, node } of groups) {
    const wanted = data.hands.filter((hand) => groupOf(hand) === name).map((hand) => cards.get(hand.id).node);
    wanted.forEach((each, nth) => list.children[nth] !== each && place(list, each, nth));
    node.hidden = !wanted.length;
    title.textContent = say(`help.js.${name}`, { count: figure(wanted.length) });
  }
  empty.hidden = data.hands.length > 0;
  ready = true;
  queue.dataset.ready = "yes";
}

/** Put a card in its place; what is focused in it stays focused. */
function place(list, node, nth) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(node, list.children[nth] ?? null);
  focused?.focus({ preventScroll: true });
}

function said(state) {
  if (state === "live") {
    line.replaceChildren();
    return;
  }
  const enter = state === "gone" ? el("a", { class: "secondary", href: "/?next=help" }, say("help.js.sign_in")) : null;
  line.replaceChildren(el("div", { class: "notice care" }, icon("off"), el("p", {}, say(`help.js.${state}`)), enter));
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = [...queue.querySelectorAll(".hand")];
  const at = all.indexOf(document.activeElement?.closest(".hand"));
  const card = [...cards.values()].find((each) => each.node === all[at]);
  if (event.key === "j" || event.key === "k") all[Math.min(all.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))]?.focus();
  else if (event.key === "c" && card && !card.hand.helper) card.do("claim");
  else if (event.key === "a" && card?.hand.mine) card.answer.focus();
  else return;
  event.preventDefault();
});

listen("/api/help/stream", { help: hear }, said);
setInterval(() => ready && cards.forEach((card) => card.tick()), SECOND);
