// Copying and taking home: every copy says that AI helped to draft it.

import { el, icon } from "./dom.js";
import { say } from "./say.js";

/** Copy a reply, formatted and plain; where the browser has no clipboard (plain http), by selection. */
export async function copyReply(body, text, label) {
  const line = el("p", {}, el("em", {}, label));
  if (navigator.clipboard?.write) {
    const html = `${line.outerHTML}${body.innerHTML}`;
    const item = new ClipboardItem({ "text/plain": new Blob([`${label}\n\n${text}`], { type: "text/plain" }), "text/html": new Blob([html], { type: "text/html" }) });
    const wrote = await navigator.clipboard.write([item]).then(() => true, () => false);
    if (wrote) return true;
  }
  const copy = el("div", { class: "sr", "aria-hidden": "true" }, line, ...[...body.childNodes].map((node) => node.cloneNode(true)));
  document.body.append(copy);
  getSelection().selectAllChildren(copy);
  const done = document.execCommand("copy");
  getSelection().removeAllRanges();
  copy.remove();
  return done;
}

function link(address, name, look) {
  return el("a", { class: look, href: address, download: "" }, icon("save"), el("span", {}, name));
}

/** A reply as a Word file. */
export function takeReply(view) {
  if (!view.id || !view.reply) return "";
  return link(`/api/sessions/${view.room.session}/turns/${view.id}/reply.docx`, say("room.js.take.reply"), "quiet small");
}

/** What proves what became of a prompt: a file that is checked without this lab. */
export function takeReceipt(view) {
  if (!view.id) return "";
  return link(`/api/sessions/${view.room.session}/turns/${view.id}/receipt`, say("room.js.take.receipt"), "quiet small");
}

/** One's own work, in the rail. */
export function takeHome(room) {
  const files = el("div", { class: "take-files" });
  const node = el("section", { class: "take", hidden: true, "aria-label": say("room.js.take.title") }, el("h3", {}, icon("save"), say("room.js.take.title")), files, el("p", { class: "soft" }, say("room.js.take.lead", { label: room.facts.ai_label })));
  const paint = () => {
    node.hidden = !room.session || !room.views.some((view) => view.id);
    if (node.hidden || files.childElementCount) return;
    const path = `/api/sessions/${room.session}/transcript`;
    files.append(link(`${path}.docx`, say("room.js.take.docx"), "secondary small"), link(`${path}.txt`, say("room.js.take.txt"), "quiet small"));
  };
  return { node, paint };
}
