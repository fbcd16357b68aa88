// A second opinion by the model: asked for by a button, shown as advice, never as the mark.

import { call, Refusal } from "./api.js";
import { button, el, icon } from "./dom.js";
import { say } from "./say.js";

const PARTS = ["good", "better", "example"];
const title = { good: () => say("advice.js.good"), better: () => say("advice.js.better"), example: () => say("advice.js.example") };

/** A section with a button; what the model says comes below it. */
export function opinion(room) {
  const said = el("div", { role: "status" });
  const ask = button("secondary", "reply", say("advice.js.ask"), async () => {
    ask.disabled = true;
    said.replaceChildren(el("p", { class: "soft" }, say("advice.js.waiting")));
    try {
      const found = await call("POST", `/sessions/${await room.begun()}/opinion`);
      const rows = PARTS.flatMap((part) => [el("dt", {}, title[part]()), el("dd", {}, found[part])]);
      said.replaceChildren(el("p", { class: "soft" }, say("advice.js.label")), el("dl", { class: "opinion" }, ...rows));
    } catch (error) {
      const words = error instanceof Refusal && error.words.message ? error.words : { message: say("practice.js.offline"), help: say("practice.js.offline_help") };
      said.replaceChildren(el("div", { class: "notice care" }, icon("care"), el("p", {}, el("strong", {}, words.message), " ", words.help)));
    } finally {
      ask.disabled = false;
    }
  });
  return el("section", { class: "standing second-opinion" }, el("h3", {}, say("advice.js.title")), ask, said);
}
