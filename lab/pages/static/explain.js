// "Xem": exactly what would leave, or why nothing would, with a way to mend it beside each finding.

import { button, el, icon } from "./dom.js";
import { marked, withPlaceholders } from "./marks.js";
import { figure, say } from "./say.js";

/** The words of the rules that found something, one row a rule; `more` adds to a row. */
export function reasons(text, spans, fix, more = () => null) {
  const rules = new Map();
  for (const span of spans) {
    const row = rules.get(span.finding.rule) ?? { finding: span.finding, spans: [] };
    row.spans.push(span);
    rules.set(span.finding.rule, row);
  }
  const rows = [...rules.values()].map(({ finding, spans: mine }) =>
    el(
      "li",
      { class: "reason" },
      el("p", { class: "reason-title" }, el("strong", {}, finding.title), ...quotes(text, mine)),
      el("p", { class: "soft" }, say("practice.js.source", { source: finding.source })),
      el("details", {}, el("summary", {}, say("practice.js.why")), el("p", {}, finding.why), el("p", {}, finding.advice), el("p", { class: "soft" }, how(finding))),
      fix && finding.tier === "T3" ? button("secondary small", "mask", say("practice.js.replace"), () => fix(mine)) : null,
      more(finding),
    ),
  );
  return el("ul", { class: "reasons" }, ...rows);
}

/** How it was found: the rule, its pattern, the word beside it, how sure the check is. */
function how(finding) {
  const gaps = { rule: finding.rule, pattern: finding.pattern ?? "–", context: finding.context ?? "", score: figure(finding.score * 100) };
  return say(finding.context ? "practice.js.how_context" : "practice.js.how", gaps);
}

function quotes(text, spans) {
  if (text === null) return [];
  const values = [...new Set(spans.map((span) => text.slice(span.start, span.end)))];
  return values.flatMap((value) => [" ", el("mark", { class: `find-${spans[0].action}` }, value)]);
}

/** The dialog of one live check. */
export function explain(seen, { edit, replace, mend }) {
  const stopped = seen.outgoing === null;
  const close = () => dialog.close();
  const fix = (spans) => {
    close();
    replace(spans);
  };
  const body = stopped
    ? el("p", { class: "quote" }, ...marked(seen.text, seen.spans))
    : el("p", { class: "quote" }, ...withPlaceholders(seen.outgoing, seen.findings.map((finding) => finding.placeholder)));
  const first = seen.spans.find((span) => span.action === "block") ?? seen.spans[0];
  const dialog = el(
    "dialog",
    { class: "sheet-dialog", "aria-labelledby": "leaving" },
    el("div", { class: "dialog-head" }, el("h2", { id: "leaving" }, say(stopped ? "practice.js.not_leaving" : "practice.js.leaving")), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("practice.js.close") }, icon("close"))),
    body,
    reasons(seen.text, seen.spans, fix),
    el(
      "div",
      { class: "actions" },
      button("primary", "edit", say("practice.js.edit"), () => {
        close();
        if (first) edit(first);
      }),
      seen.spans.some((span) => span.finding.tier === "T3")
        ? button("secondary", "mask", say("mend.js.do"), () => {
            close();
            mend();
          })
        : null,
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
}
