// What stands around the conversation: tokens, the library, the glossary, taking home, shortcuts.

import { button, el, icon } from "./dom.js";
import { glossary, library } from "./beside.js";
import { say } from "./say.js";
import { Shortcuts } from "./shortcuts.js";
import { takeHome } from "./take.js";
import { Usage } from "./usage.js";

/** The rail below "check my work". */
export class Around {
  constructor(room, place) {
    const count = new Usage(room);
    const take = takeHome(room);
    this.usage = {
      paint: () => {
        count.paint();
        take.paint();
      },
      soon: () => count.soon(),
    };
    const keys = new Shortcuts(room);
    const books = el(
      "section",
      { class: "beside", "aria-label": say("room.js.beside.title") },
      button("quiet small", "book", say("room.js.beside.library"), () => library(room)),
      button("quiet small", "search", say("room.js.beside.glossary"), () => glossary()),
      button("quiet small", "keys", say("room.js.keys.open"), () => keys.open()),
    );
    room.composer.more.append(button("quiet round", "book", say("room.js.beside.library"), () => library(room), { title: say("room.js.beside.library") }));
    place.append(books, count.node, take.node);
    this.usage.paint();
  }
}

/** Another computer: what was masked stays masked, and the page says why. */
export function away(room, before) {
  const kept = before.turns.flatMap((turn) => turn.findings.map((finding) => finding.placeholder).filter((label) => label && turn.prompt?.includes(label)));
  if (!kept.length) return;
  const words = el("div", {}, el("p", {}, el("strong", {}, say("room.js.away.title"))), el("p", {}, say("room.js.away.text", { example: kept[0] })));
  room.log.prepend(el("div", { class: "notice care away", role: "note" }, icon("info"), words));
}
