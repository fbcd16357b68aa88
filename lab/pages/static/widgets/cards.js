// Cards to sort: one card at a time on top, the piles below. A card in a pile can be taken again.

import { button, el, icon } from "../dom.js";
import { say } from "../say.js";
import { rove } from "./keys.js";
import { Question } from "./question.js";

/** Answer: {card: group}. */
export class Cards extends Question {
  constructor(facts, place, desk) {
    super(facts, place, desk);
    this.sorted = {};
    this.at = 0;
    this.cards = facts.options;
    this.text = el("p", { class: "card-text", id: `${this.titleId}-card` });
    this.where = el("p", { class: "card-where", id: `${this.titleId}-where`, tabindex: "-1" });
    this.back = el("button", { type: "button", class: "quiet round", onclick: () => this.turn(-1), "aria-label": say("widgets.js.card_before") }, icon("left"));
    this.on = el("button", { type: "button", class: "quiet round", onclick: () => this.turn(1), "aria-label": say("widgets.js.card_after") }, icon("right"));
    this.choices = facts.groups.map((group) => el("button", { type: "button", class: "group", "data-group": group.id, onclick: () => this.choose(group) }, icon("clear"), el("span", {}, group.title)));
    this.groups = el("div", { class: "groups", role: "group", "aria-label": say("widgets.js.which_group"), "aria-describedby": this.text.id }, ...this.choices);
    this.deck = el("div", { class: "deck" }, el("div", { class: "deck-head" }, this.where, this.back, this.on), this.text, this.groups);
    this.rest = el("details", { class: "rest" });
    this.piles = el("div", { class: "piles" });
    this.frame(this.deck, this.rest, this.piles);
    this.settle = rove(this.groups, "button");
    this.draw();
  }

  get given() {
    return { ...this.sorted };
  }

  get answered() {
    return Object.keys(this.sorted).length === this.cards.length;
  }

  put(given) {
    this.sorted = { ...given };
    this.at = this.open(0);
    this.draw();
  }

  /** The next card without a group, from here on and round; past the end where there is none. */
  open(from) {
    const all = this.cards.map((_card, nth) => (from + nth) % this.cards.length);
    return all.find((nth) => !(this.cards[nth].id in this.sorted)) ?? this.cards.length;
  }

  choose(group) {
    const card = this.cards[this.at];
    this.sorted[card.id] = group.id;
    this.at = this.open(this.at);
    this.draw();
    const next = this.cards[this.at];
    this.desk.announce(say(next ? "widgets.js.sorted_next" : "widgets.js.sorted_all", { group: group.title, card: next?.text, total: this.cards.length }));
    if (!next) this.where.focus();
    this.changed();
  }

  /** To the card before or after, sorted or not. */
  turn(step) {
    this.at = Math.max(0, Math.min(this.cards.length - 1, this.at + step));
    this.draw();
    this.desk.announce(`${this.where.textContent}. ${this.cards[this.at].text}`);
    const stuck = step < 0 ? this.back : this.on;
    if (stuck.disabled) (step < 0 ? this.on : this.back).focus();
  }

  /** A card was taken from a pile. */
  take(nth) {
    this.at = nth;
    this.draw();
    this.deck.scrollIntoView({ block: "nearest" });
    (this.choices.find((each) => each.getAttribute("aria-pressed") === "true") ?? this.choices[0]).focus();
  }

  draw() {
    const [card, total] = [this.cards[this.at], this.cards.length];
    const group = card && this.sorted[card.id];
    this.deck.dataset.all = card ? "no" : "yes";
    this.where.textContent = card ? say("widgets.js.card_of", { number: this.at + 1, total }) : say("widgets.js.sorted_full", { total });
    this.text.textContent = card ? card.text : say("widgets.js.sorted_again");
    this.groups.hidden = !card;
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at >= total - 1;
    for (const each of this.choices) each.setAttribute("aria-pressed", String(each.dataset.group === group));
    this.settle();
    this.drawPiles();
  }

  drawPiles() {
    const left = this.cards.filter((card) => !(card.id in this.sorted));
    this.rest.hidden = left.length === 0;
    this.rest.replaceChildren(el("summary", {}, say("widgets.js.cards_left", { count: left.length })), this.pile(left, null));
    this.piles.replaceChildren(
      ...this.facts.groups.map((group) => {
        const mine = this.cards.filter((card) => this.sorted[card.id] === group.id);
        const title = `${this.titleId}-${group.id}`;
        return el("section", { class: "pile", "data-group": group.id, "aria-labelledby": title }, el("h4", { id: title }, group.title, " ", el("span", { class: "count" }, say("widgets.js.cards", { count: mine.length }))), mine.length ? this.pile(mine, group) : el("p", { class: "soft empty" }, say("widgets.js.pile_empty")));
      }),
    );
  }

  pile(cards, group) {
    const list = el("ul", {}, ...cards.map((card) => {
      const nth = this.cards.indexOf(card);
      const now = nth === this.at ? "true" : null;
      return el("li", {}, el("button", { type: "button", class: "pile-card", "aria-current": now, "data-card": card.id, onclick: () => this.take(nth) }, el("span", {}, card.text), group ? el("span", { class: "sr" }, say("widgets.js.sort_again")) : null));
    }));
    rove(list, "button")();
    return list;
  }
}
