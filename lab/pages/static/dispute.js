// "Tôi nghĩ là nhầm": a finding is held to be a mistake. Only rule and kind are told, no text.

import { call } from "./api.js";
import { button, el } from "./dom.js";
import { say } from "./say.js";

/** The button beside one finding of a turn. */
export function dispute(view, finding) {
  const key = `${view.id} ${finding.rule}`;
  const told = el("span", { class: "soft", role: "status" });
  const ask = button("quiet small", "flag", say("room.js.dispute.do"), async () => {
    ask.disabled = true;
    try {
      await call("POST", `/sessions/${view.room.session}/turns/${view.id}/disputes`, { rule: finding.rule });
      view.room.disputed.add(key);
      noted();
    } catch {
      ask.disabled = false;
      told.textContent = say("room.js.dispute.lost");
    }
  }, { title: say("room.js.dispute.note") });
  const noted = () => {
    ask.hidden = true;
    told.textContent = say("room.js.dispute.done");
  };
  if (view.room.disputed.has(key)) noted();
  return el("p", { class: "dispute" }, ask, told);
}
