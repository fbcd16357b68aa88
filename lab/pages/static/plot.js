// Privacy and usefulness: one's own way from the first prompt to the best, among the class.

import { call } from "./api.js";
import { el } from "./dom.js";
import { figure, say } from "./say.js";

const SVG = "http://www.w3.org/2000/svg";
const SIDE = 220;
const EDGE = 34;

const draw = (tag, attributes, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
};
const across = (point) => EDGE + 10 + point.usefulness * (SIDE - 20);
const up = (point) => 10 + (1 - point.privacy) * (SIDE - 20);
const percent = (share) => `${figure(share * 100)} %`;

/** Points that lie on each other are one, the bigger the more there are. */
const gathered = (points) => {
  const places = new Map();
  for (const point of points) {
    const key = `${point.privacy.toFixed(2)} ${point.usefulness.toFixed(2)}`;
    places.set(key, { point, count: (places.get(key)?.count ?? 0) + 1 });
  }
  return [...places.values()];
};

const middle = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

const sentence = ({ first, best }) => {
  const shown = best ?? first;
  const gaps = { privacy: percent(shown.privacy), usefulness: percent(shown.usefulness) };
  if (shown.privacy < 1) return say("plot.js.leaks", gaps);
  return say(shown.usefulness < 0.7 ? "plot.js.avoids" : "plot.js.rewrites", gaps);
};

const picture = ({ first, best, others }, words) => {
  const low = SIDE + 4;
  const parts = [
    draw("rect", { class: "goal", x: EDGE + SIDE * 0.7, y: 0, width: SIDE * 0.3, height: SIDE * 0.15, rx: 4 }),
    draw("path", { class: "axes", d: `M${EDGE} 0V${SIDE}H${EDGE + SIDE}` }),
    draw("text", { x: EDGE + SIDE, y: low + 18, "text-anchor": "end" }, `${say("plot.js.useful")} →`),
    draw("text", { x: 0, y: 0, "text-anchor": "end", transform: `translate(${EDGE - 10} 0) rotate(-90)` }, `${say("plot.js.private")} →`),
    ...gathered(others).map(({ point, count }) => draw("circle", { class: "other", cx: across(point), cy: up(point), r: Math.min(14, 6 + Math.sqrt(count) * 1.5) })),
  ];
  if (first && best) parts.push(draw("line", { class: "way", x1: across(first), y1: up(first), x2: across(best), y2: up(best) }));
  if (first) parts.push(draw("rect", { class: "first", x: across(first) - 4.5, y: up(first) - 4.5, width: 9, height: 9, transform: `rotate(45 ${across(first)} ${up(first)})` }));
  if (best) parts.push(draw("circle", { class: "best", cx: across(best), cy: up(best), r: 5.5 }));
  return draw("svg", { class: "plot", viewBox: `0 0 ${EDGE + SIDE + 12} ${SIDE + 32}`, role: "img", "aria-label": words }, ...parts);
};

const table = ({ first, best, others }) => {
  const row = (title, point) => el("tr", {}, el("th", { scope: "row" }, title), el("td", {}, percent(point.privacy)), el("td", {}, percent(point.usefulness)));
  const rows = [];
  if (first) rows.push(row(say("plot.js.first"), first));
  if (best) rows.push(row(say("plot.js.best"), best));
  if (others.length) {
    const typical = { privacy: middle(others.map((point) => point.privacy)), usefulness: middle(others.map((point) => point.usefulness)) };
    rows.push(row(say("plot.js.class", { count: others.length }), typical));
  }
  const head = el("tr", {}, el("td", {}), el("th", { scope: "col" }, say("plot.js.private")), el("th", { scope: "col" }, say("plot.js.useful")));
  return el("table", { class: "plot-table" }, el("caption", { class: "sr" }, say("plot.js.title")), el("thead", {}, head), el("tbody", {}, ...rows));
};

/** A section that fills itself; it stays empty where there is nothing to show. */
export function standing(exercise) {
  const section = el("section", { class: "standing", hidden: true });
  const fill = async () => {
    const found = await call("GET", `/exercises/${encodeURIComponent(exercise)}/standing`);
    if (!found.first && !found.best) return;
    const words = sentence(found);
    const key = el("ul", { class: "plot-key" }, el("li", { class: "first" }, say("plot.js.first")), el("li", { class: "best" }, say("plot.js.best")), el("li", { class: "goal" }, say("plot.js.goal")));
    if (found.others.length) key.append(el("li", { class: "other" }, say("plot.js.others")));
    section.replaceChildren(el("h3", {}, say("plot.js.title")), el("p", {}, words), picture(found, words), key, el("details", {}, el("summary", {}, say("plot.js.as_table")), table(found)));
    section.hidden = false;
  };
  fill().catch(() => section.remove());
  return section;
}
