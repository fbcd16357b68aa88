// Tokens and cost as they grow: of each turn, and of the session.
//
// The model's own counts where it tells them; while a reply comes, and where it was cut, they are
// estimated from the counts so far, and the words say "about".

import { el, icon } from "./dom.js";
import { figure, language, say } from "./say.js";

const LETTERS = 2.6;
const MILLION = 1e6;
const PAUSE = 500;

/** What one turn used: whole counts, or an estimate of what came back. */
function count(view, letters) {
  if (view.recorded || view.text === null) return { sent: 0, received: 0, about: false };
  const { prompt_tokens: sent, completion_tokens: received } = view.usage ?? {};
  const known = Number.isInteger(sent) && Number.isInteger(received);
  return { sent: sent ?? 0, received: received ?? Math.round(view.reply.length / letters), about: !known && Boolean(view.id && view.reply) };
}

/** The line under a reply. */
export function spent(view) {
  if (!view.reply) return [];
  if (view.recorded) return [say("room.js.usage.turn_free")];
  const { sent, received, about } = count(view, LETTERS);
  return [about ? say("room.js.usage.turn_about", { received: figure(received) }) : say("room.js.usage.turn", { sent: figure(sent), received: figure(received) })];
}

/** The session's own count, in the rail. */
export class Usage {
  constructor(room) {
    this.room = room;
    this.total = el("p", { class: "usage-total" });
    this.split = el("p", { class: "soft" });
    this.cost = el("p", { class: "usage-cost", hidden: true });
    this.bar = el("meter", { min: 0, max: room.facts.budget, "aria-label": say("room.js.usage.title") });
    this.prompt = el("p", { class: "soft" });
    this.about = el("p", { class: "soft", hidden: true }, say("room.js.usage.about"));
    const more = el("details", {}, el("summary", {}, say("practice.js.why")), el("p", { class: "soft" }, say("room.js.usage.what")));
    this.node = el("section", { class: "usage", "aria-label": say("room.js.usage.title") }, el("h3", {}, icon("coins"), say("room.js.usage.title")), this.total, this.split, this.cost, this.bar, this.prompt, this.about, more);
    this.paint();
  }

  /** A reply grows: not with every word, so that nothing flickers. */
  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.paint();
    }, PAUSE);
  }

  paint() {
    const { views, facts } = this.room;
    const told = views.filter((view) => view.usage?.completion_tokens > 0 && view.reply);
    const letters = told.length ? told.reduce((sum, view) => sum + view.reply.length, 0) / told.reduce((sum, view) => sum + view.usage.completion_tokens, 0) : LETTERS;
    const counts = views.map((view) => count(view, letters));
    const sent = counts.reduce((sum, each) => sum + each.sent, 0);
    const received = counts.reduce((sum, each) => sum + each.received, 0);
    const longest = Math.max(0, ...views.filter((view) => view.text !== null).map((view) => view.tokens ?? Math.round(view.text.length / letters)));
    this.total.textContent = sent + received ? say("room.js.usage.total", { total: figure(sent + received) }) : say("room.js.usage.none");
    this.split.textContent = sent + received ? say("room.js.usage.split", { sent: figure(sent), received: figure(received) }) : "";
    this.about.hidden = !counts.some((each) => each.about);
    this.bar.value = longest;
    this.bar.hidden = this.prompt.hidden = !longest;
    const over = longest > facts.budget;
    this.prompt.textContent = say(over ? "room.js.usage.prompt_over" : "room.js.usage.prompt", { tokens: figure(longest), budget: figure(facts.budget) });
    this.prompt.classList.toggle("over", over);
    if (!facts.price) return;
    const { price } = facts;
    const cost = (sent * price.sent + received * price.received) / MILLION;
    const written = new Intl.NumberFormat(language, { style: "currency", currency: price.currency, maximumSignificantDigits: 3 }).format(cost);
    this.cost.hidden = false;
    this.cost.textContent = say("room.js.usage.cost", { cost: written });
  }
}
