// Where findings stand in a text, and marking them.

import { el } from "./dom.js";

const RANK = { warn: 1, mask: 2, block: 3 };

/** Spans in UTF-16 units from findings in code points; rules in shadow mark nothing. */
export function spansOf(text, findings) {
  const units = [0];
  for (const letter of text) units.push(units.at(-1) + letter.length);
  const last = units.length - 1;
  return findings
    .map((finding, index) => ({
      start: units[Math.min(finding.start, last)],
      end: units[Math.min(finding.end, last)],
      action: finding.action,
      finding,
      index,
    }))
    .filter((span) => span.end > span.start && span.action in RANK)
    .sort((a, b) => a.start - b.start || RANK[b.action] - RANK[a.action]);
}

/** Spans of a text that was edited since: what stands before and after the edit moves along. */
export function follow(spans, before, now) {
  let head = 0;
  const shorter = Math.min(before.length, now.length);
  while (head < shorter && before[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const moved = now.length - before.length;
  return spans.flatMap((span) => {
    if (span.end <= head) return [span];
    if (span.start < before.length - tail) return [];
    return [{ ...span, start: span.start + moved, end: span.end + moved }];
  });
}

/** The text as nodes, findings in <mark>; where two overlap the stricter one wins. */
export function marked(text, spans) {
  const nodes = [];
  let at = 0;
  for (const span of spans) {
    if (span.end <= at) continue;
    const start = Math.max(span.start, at);
    if (start > at) nodes.push(text.slice(at, start));
    nodes.push(el("mark", { class: `find-${span.action}` }, text.slice(start, span.end)));
    at = span.end;
  }
  nodes.push(text.slice(at));
  return nodes;
}

/** An outgoing text as nodes: placeholders such as [HỌ TÊN 1] stand out. */
export function withPlaceholders(text, placeholders) {
  const known = new Set(placeholders.filter(Boolean));
  return text.split(/(\[[^[\]\n]{1,60}\])/).map((part) => (known.has(part) ? el("span", { class: "placeholder" }, part) : part));
}
