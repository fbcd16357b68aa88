// "Ẩn danh giúp tôi": the server's rewrite, shown as a difference before it replaces anything.

import { call } from "./api.js";
import { button, el, icon } from "./dom.js";
import { reasons } from "./explain.js";
import { spansOf, withPlaceholders } from "./marks.js";
import { figure, say } from "./say.js";

/** Offsets in code points as offsets in UTF-16. */
function unitsOf(text) {
  const units = [0];
  for (const letter of text) units.push(units.at(-1) + letter.length);
  return units;
}

/** Ask for a rewrite; changes come back with offsets in UTF-16. */
export async function ask(session, text) {
  const mended = await call("POST", `/sessions/${session}/mend`, { text });
  const units = unitsOf(text);
  return { ...mended, changes: mended.changes.map((change) => ({ ...change, start: units[change.start], end: units[change.end] })) };
}

/** The text with these changes made. */
export function rewritten(text, changes) {
  return changes.toReversed().reduce((made, change) => made.slice(0, change.start) + change.text + made.slice(change.end), text);
}

/** Both versions in one: colour, a line or a sign, and words for those who listen. */
export function difference(text, changes) {
  const nodes = [];
  let at = 0;
  for (const change of changes) {
    nodes.push(text.slice(at, change.start));
    nodes.push(el("del", {}, el("span", { class: "sr" }, say("mend.js.removed")), el("span", { class: "sign", "aria-hidden": "true" }, "−"), text.slice(change.start, change.end)), " ");
    nodes.push(el("ins", {}, el("span", { class: "sr" }, say("mend.js.added")), el("span", { class: "sign", "aria-hidden": "true" }, "+"), change.text));
    at = change.end;
  }
  nodes.push(text.slice(at));
  return el("p", { class: "quote difference", tabindex: "0" }, ...nodes);
}

/** The dialog: what was changed, what would leave, what stays in the way. */
export function show(text, mended, use) {
  const { state, changes, after } = mended;
  const better = changes.length > 0;
  const close = () => dialog.close();
  const heading = state === "mended" ? say("mend.js.heading") : say(`mend.js.${state}_heading`);
  const now = rewritten(text, changes);
  const stops = spansOf(now, after.findings).filter((span) => span.action === "block");
  const body = [];
  if (state !== "mended") body.push(el("p", { class: "notice-line" }, icon(state === "clean" ? "clear" : "stop"), el("span", {}, say(`mend.js.${state}`))));
  if (better) body.push(el("p", { class: "soft" }, say("mend.js.lead", { count: figure(changes.length) })), difference(text, changes));
  if (stops.length) body.push(reasons(now, stops, null));
  if (state === "part" || state === "stuck") body.push(el("p", { class: "next" }, say("mend.js.instead")));
  if (better && after.outgoing !== null) {
    body.push(el("h3", {}, say("mend.js.leaves")), el("p", { class: "quote leaving" }, ...withPlaceholders(after.outgoing, [...changes.map((change) => change.text), ...after.findings.map((finding) => finding.placeholder)])));
  }
  const put = () => {
    close();
    use(changes);
  };
  const actions = better
    ? [button("primary", "mask", say("mend.js.use"), put), button("secondary", null, say("mend.js.keep"), close)]
    : [button("primary", null, say("mend.js.keep"), close)];
  const dialog = el(
    "dialog",
    { class: "sheet-dialog", "data-mend": state, "aria-labelledby": "mend-head" },
    el("div", { class: "dialog-head" }, el("h2", { id: "mend-head" }, heading), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("mend.js.close") }, icon("close"))),
    ...body,
    el("div", { class: "actions" }, ...actions),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
}
