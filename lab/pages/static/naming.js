// The name of one seat: for a reason, which its trainee reads.

import { call, Refusal } from "./api.js";
import { button, el, icon } from "./dom.js";
import { say } from "./say.js";

const LEAST = "10";
const MOST = "300";

/** Ask why, then tell `done` the name. */
export function askName(row, done) {
  const reason = el("input", { required: true, minlength: LEAST, maxlength: MOST });
  const wrong = el("div", {});
  const go = el("button", { type: "submit", class: "primary" }, say("board.js.name_do"));
  const title = say("board.js.name_of", { name: row.name });
  const form = el("form", { method: "dialog", class: "fields" }, el("h2", {}, title), el("label", {}, say("board.js.name_reason"), reason), el("p", { class: "hint" }, say("board.js.name_hint")), wrong);
  const dialog = el("dialog", { class: "ask", "aria-label": title }, form);
  form.append(el("div", { class: "ask-acts" }, go, button("quiet", null, say("board.js.cancel"), () => dialog.close())));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      done((await call("POST", "/board/names", { person: row.person, reason: reason.value })).name);
      dialog.close();
    } catch (error) {
      const words = error instanceof Refusal && error.words.message ? `${error.words.message} ${error.words.help}` : say("board.js.failed");
      wrong.replaceChildren(el("div", { class: "notice care", role: "alert" }, icon("care"), el("p", {}, words)));
      go.disabled = false;
    }
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
