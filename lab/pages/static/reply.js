// A model's reply as elements: a small, safe part of Markdown. Text only ever becomes text;
// links, pictures and HTML stay as they were written.

import { el } from "./dom.js";

const BULLET = /^\s*[-*+•]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,3})[.)]\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*)$/;
const FENCE = /^\s*```/;
const ROW = /^\s*\|.*\|\s*$/;
const RULE = /^\s*\|?[\s:|-]+\|?\s*$/;

const OPEN = 2;
const sources = new WeakMap();
const shown = new WeakMap();

/** Bold, emphasis and code within a line. */
function inline(text) {
  const parts = text.split(/(\*\*[^*\n]+\*\*|__[^_\n]+__|`[^`\n]+`|(?<![\w*])\*[^*\s][^*\n]*\*(?!\w))/);
  return parts.filter(Boolean).map((part) => {
    if (/^(\*\*|__).+(\*\*|__)$/.test(part)) return el("strong", {}, part.slice(2, -2));
    if (/^`.+`$/.test(part)) return el("code", {}, part.slice(1, -1));
    if (/^\*[^*]+\*$/.test(part)) return el("em", {}, part.slice(1, -1));
    return part;
  });
}

/** Lines of text with breaks between them. */
function lines(rows) {
  return rows.flatMap((row, nth) => (nth ? [el("br"), ...inline(row)] : inline(row)));
}

function cells(row) {
  return row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
}

function table(rows) {
  const body = rows.filter((row, nth) => !(nth === 1 && RULE.test(row)));
  const [head, ...rest] = body.map(cells);
  return el(
    "div",
    { class: "table", tabindex: "0", role: "group" },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((cell) => el("th", { scope: "col" }, ...inline(cell))))),
      el("tbody", {}, ...rest.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, ...inline(cell)))))),
    ),
  );
}

function list(rows) {
  const first = NUMBER.exec(rows[0]);
  const items = [];
  for (const row of rows) {
    const item = first ? NUMBER.exec(row)?.[2] : BULLET.exec(row)?.[1];
    if (item !== undefined) items.push([item]);
    else items.at(-1).push(row.trim());
  }
  const nodes = items.map((item) => el("li", {}, ...lines(item)));
  return first ? el("ol", { start: first[1] }, ...nodes) : el("ul", {}, ...nodes);
}

function kind(row) {
  if (FENCE.test(row)) return "code";
  if (HEADING.test(row)) return "heading";
  if (BULLET.test(row)) return "bullets";
  if (NUMBER.test(row)) return "numbers";
  if (ROW.test(row)) return "table";
  return row.trim() ? "text" : "blank";
}

/** A reply cut into blocks, each with its kind, its source and where it begins. */
export function blocks(text) {
  const found = [];
  let open = null;
  let next = 0;
  for (const row of text.split("\n")) {
    const at = next;
    next += row.length + 1;
    const now = kind(row);
    if (open?.kind === "code") {
      open.rows.push(row);
      if (now === "code") open = null;
      continue;
    }
    const list_goes_on = open && ["bullets", "numbers"].includes(open.kind) && now === "text" && /^\s{2,}/.test(row);
    if (now === "blank") open = null;
    else if (open && (open.kind === now || list_goes_on) && now !== "heading") open.rows.push(row);
    else found.push((open = { kind: now, rows: [row], at }));
  }
  return found.map((block) => ({ ...block, source: block.rows.join("\n") }));
}

function element(block) {
  if (block.kind === "heading") {
    const [, signs, title] = HEADING.exec(block.rows[0]);
    return el(`h${Math.min(signs.length + 3, 6)}`, {}, ...inline(title));
  }
  if (block.kind === "code") {
    const rows = block.rows.slice(1).filter((row) => !FENCE.test(row));
    return el("pre", { tabindex: "0" }, el("code", {}, rows.join("\n")));
  }
  if (block.kind === "table" && block.rows.length > 1) return table(block.rows);
  if (block.kind === "bullets" || block.kind === "numbers") return list(block.rows);
  return el("p", {}, ...lines(block.rows));
}

/**
 * Show a reply in `place`, touching only what changed: blocks already read stay the same nodes. Of a
 * text that only grew, what stands before its last two blocks is not even read again
 * (half a line such as `2` may yet join the list before it).
 */
export function show(place, text) {
  const before = shown.get(place);
  const grown = before && before.count === place.children.length && text.startsWith(before.text);
  const [from, first] = grown ? [before.from, before.first] : [0, 0];
  const wanted = blocks(text.slice(from));
  wanted.forEach((block, tail) => {
    const nth = first + tail;
    const there = place.children[nth];
    if (there && sources.get(there) === block.source) return;
    const fresh = element(block);
    sources.set(fresh, block.source);
    if (there) there.replaceWith(fresh);
    else place.append(fresh);
  });
  while (place.children.length > first + wanted.length) place.lastElementChild.remove();
  const open = Math.max(0, wanted.length - OPEN);
  shown.set(place, { text, from: from + (wanted[open]?.at ?? 0), first: first + open, count: place.children.length });
}
