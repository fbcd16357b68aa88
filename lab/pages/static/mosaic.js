// The mosaic: a meter that fills with the details that, together, tell who is meant.

import { button, el, icon } from "./dom.js";
import { figure, say } from "./say.js";

const TILES = 12;

/** Red is for what is stopped; a reminder is amber, however full. */
const look = (mosaic) => (mosaic.level === "some" ? "info" : mosaic.level === "full" && mosaic.blocks ? "stop" : "care");

/** One sentence on how the mosaic stands. */
export function sentence(mosaic) {
  const key = mosaic.level === "full" && mosaic.blocks ? "mosaic.js.stopped" : `mosaic.js.${mosaic.level}`;
  return say(key, { crowd: figure(mosaic.crowd), counted: mosaic.counted, title: mosaic.title });
}

/** What gives it away: each detail, where it stands, what to write in its place. */
export function details(mosaic) {
  const rows = mosaic.cues.map((cue) => {
    const place = cue.turn === 0 ? say("mosaic.js.file") : cue.now ? say("mosaic.js.now") : say("mosaic.js.turn", { turn: figure(cue.turn) });
    return el(
      "li",
      { class: cue.now ? "detail now" : "detail" },
      el("p", {}, el("strong", {}, cue.title), cue.words ? el("q", {}, cue.words) : null, el("span", { class: "soft detail-where" }, place)),
      el("p", { class: "soft" }, `${say("mosaic.js.soften")}: ${cue.soften}.`),
    );
  });
  return el("ul", { class: "details" }, ...rows);
}

/** The meter above the composer's own line. Hidden while there is nothing to tell. */
export class MosaicMeter {
  constructor() {
    this.tiles = Array.from({ length: TILES }, () => el("i"));
    this.bar = el("span", { class: "tiles", role: "meter", "aria-label": say("mosaic.js.label"), "aria-valuemin": "0", "aria-valuemax": "100" }, ...this.tiles);
    this.words = el("span", { class: "mosaic-words", role: "status" });
    this.see = button("see", null, say("mosaic.js.see"), () => this.open());
    this.see.append(el("span", { class: "sr" }, `: ${say("mosaic.js.label")}`));
    this.node = el("div", { class: "mosaic", hidden: true }, this.bar, this.words, this.see);
    this.mosaic = null;
  }

  show(mosaic) {
    this.mosaic = mosaic;
    this.node.hidden = !mosaic;
    if (!mosaic) return;
    const filled = Math.max(1, Math.round(mosaic.share * TILES));
    this.tiles.forEach((tile, nth) => tile.classList.toggle("on", nth < filled));
    this.node.dataset.level = mosaic.level;
    this.node.dataset.look = look(mosaic);
    this.bar.setAttribute("aria-valuenow", String(Math.round(mosaic.share * 100)));
    this.bar.setAttribute("aria-valuetext", sentence(mosaic));
    if (this.words.textContent !== sentence(mosaic)) this.words.textContent = sentence(mosaic);
  }

  open() {
    const { mosaic } = this;
    const close = () => dialog.close();
    const dialog = el(
      "dialog",
      { class: "sheet-dialog", "aria-labelledby": "mosaic-head" },
      el("div", { class: "dialog-head" }, el("h2", { id: "mosaic-head" }, say("mosaic.js.heading")), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("mosaic.js.close") }, icon("close"))),
      el("p", { class: `verdict-line ${look(mosaic)}` }, icon(look(mosaic)), el("span", {}, sentence(mosaic))),
      el("p", { class: "soft" }, say("mosaic.js.what")),
      details(mosaic),
      mosaic.cues.some((cue) => !cue.now) ? el("p", { class: "soft" }, say("mosaic.js.sent")) : null,
      el("p", { class: "soft" }, say("mosaic.js.masked")),
    );
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    document.body.append(dialog);
    dialog.showModal();
  }
}
