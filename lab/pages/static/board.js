// The live board: the map of all sites, or the seats of one. One stream; nothing is asked again.
//
// What is being looked at does not move: the order changes only while nobody points at it or has
// the focus in it.

import { Control } from "./control.js";
import { el, icon } from "./dom.js";
import { listen } from "./lines.js";
import { askName } from "./naming.js";
import { figure, say } from "./say.js";

const facts = JSON.parse(document.getElementById("facts").textContent);
const STATES = ["urgent", "hand", "stuck", "away", "stopped", "working", "passed", "new"];
const LOOK = { urgent: "stop", hand: "hand", stuck: "care", away: "off", stopped: "halt", passed: "tick", working: "edit", new: "seat" };
const SORT_MS = 4000;
const AGE_MS = 15000;
const MINUTE = 60;
const floor = document.getElementById("floor");
const exercises = new Map(facts.exercises.map((each) => [each.id, each]));

const rows = new Map();
const nodes = new Map();
const names = new Map(); // person -> name that was asked for with a reason; this page only
let skew = 0;
let only = null;

const now = () => Date.now() / 1000 + skew;
const key = (row) => row.place ?? row.person;

function ago(at) {
  const minutes = Math.floor(Math.max(0, now() - at) / MINUTE);
  if (minutes < 1) return say("board.js.now");
  if (minutes < MINUTE) return say("board.js.minutes", { count: figure(minutes) });
  return say("board.js.hours", { count: figure(Math.floor(minutes / MINUTE)) });
}

// --- one tile, one seat ----------------------------------------------------------------------

/** The number that a tile says: how many are in its state. */
const counted = (row) => (row.state === "new" ? row.people : row.counts[row.state]);

function tile(row) {
  const words = say(`board.js.state.${row.state}`);
  const gaps = { place: row.title, count: figure(counted(row)), state: words, here: figure(row.here), people: figure(row.people) };
  return el(
    "a",
    { class: `tile is-${row.state}`, href: `/board/?place=${encodeURIComponent(row.place)}`, "aria-label": say("board.js.tile", gaps), title: row.title },
    el("span", { class: "tile-count" }, icon(LOOK[row.state]), el("strong", {}, figure(counted(row))), el("span", {}, words)),
    el("span", { class: "tile-title" }, row.title),
    el("span", { class: "tile-here" }, say("board.js.here", { here: figure(row.here), people: figure(row.people) })),
  );
}

function seat(row) {
  const doing = exercises.get(row.exercise);
  const lines = [];
  if (doing) {
    lines.push(el("p", { class: "seat-doing", title: doing.title }, el("strong", {}, say("board.js.exercise", { number: figure(doing.number) })), ` · ${say(`board.js.step.${row.step}`)}`));
    const sums = [say("board.js.turns", { count: figure(row.turns) })];
    if (row.blocked) sums.push(say("board.js.blocked", { count: figure(row.blocked) }));
    if (row.score !== null) sums.push(say("board.js.score", { score: figure(row.score * 100) }));
    lines.push(el("p", { class: "seat-sums" }, sums.join(" · ")));
  }
  if (row.stuck) lines.push(el("p", { class: "seat-why" }, icon("care"), say(`board.js.stuck.${row.stuck[0]}`, { count: figure(row.stuck[1]) })));
  const when = doing ? ago(row.at) : "";
  const foot = row.here || row.state === "new" || row.state === "away" ? when : [when, say("board.js.absent")].filter(Boolean).join(" · ");
  const state = [icon(LOOK[row.state]), el("span", {}, say(`board.js.state.${row.state}`))];
  const help = row.hand ? el("a", { class: "seat-help", href: "/help/" }, ...state) : el("span", { class: "seat-state" }, ...state);
  const title = names.has(row.person) ? `${names.get(row.person)} · ${row.name}` : row.name;
  return el("article", { class: `seat is-${row.state}`, tabindex: "-1" }, el("header", {}, el("div", { class: "seat-title" }, el("h2", {}, title), naming(row)), help), ...lines, el("p", { class: "seat-when" }, foot));
}

/** The way to the name of a pseudonym; who has not begun to work has none to be asked for. */
function naming(row) {
  if (row.named || !row.exercise || names.has(row.person)) return null;
  const ask = () =>
    askName(row, (name) => {
      names.set(row.person, name);
      put(rows.get(row.person));
    });
  return el("button", { type: "button", class: "quiet seat-name", "aria-label": say("board.js.name_of", { name: row.name }), title: say("board.js.name_of", { name: row.name }), onclick: ask }, icon("eye"));
}

const draw = facts.place ? seat : tile;

// --- all of them -----------------------------------------------------------------------------

function put(row) {
  rows.set(key(row), row);
  const node = draw(row);
  const before = nodes.get(key(row));
  const focused = before?.contains(document.activeElement);
  nodes.set(key(row), node);
  node.hidden = !shown(row);
  if (before) before.replaceWith(node);
  else floor.append(node);
  if (focused) (node.matches("a") ? node : (node.querySelector("a") ?? node)).focus({ preventScroll: true });
}

function shown(row) {
  if (!only) return true;
  return facts.place ? row.state === only : (row.counts[only] ?? 0) > 0;
}

const name = (row) => row.title ?? row.name;
const weight = (row) => STATES.indexOf(row.state);
const order = (a, b) => weight(a) - weight(b) || (facts.place ? 0 : counted(b) - counted(a)) || name(a).localeCompare(name(b), document.documentElement.lang);

/** Who needs help comes first; not while somebody points there. */
function sort(forced = false) {
  if (!forced && (floor.matches(":hover") || floor.contains(document.activeElement))) return;
  const wanted = [...rows.values()].sort(order).map((row) => nodes.get(key(row)));
  if (wanted.some((node, nth) => floor.children[nth] !== node)) floor.replaceChildren(...wanted);
}

const sums = document.getElementById("sums");
const chips = new Map(STATES.map((state) => [state, chip(state)]));

function chip(state) {
  const count = el("strong", {});
  const press = () => {
    only = only === state ? null : state;
    paint();
  };
  const node = el("button", { type: "button", class: `chip is-${state}`, "aria-pressed": "false", onclick: press }, icon(LOOK[state]), count, el("span", {}, say(`board.js.state.${state}`)));
  return { node, count };
}

/** The sums on top, and what the filter lets through. */
function paint() {
  const totals = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const row of rows.values()) {
    if (row.counts) for (const [state, count] of Object.entries(row.counts)) totals[state] += count;
    else totals[row.state] += 1;
  }
  for (const [state, { node, count }] of chips) {
    count.textContent = figure(totals[state]);
    node.setAttribute("aria-pressed", String(only === state));
    node.classList.toggle("is-none", !totals[state]);
  }
  let some = false;
  for (const [id, row] of rows) some = !(nodes.get(id).hidden = !shown(row)) || some;
  empty.hidden = some;
  empty.textContent = say(rows.size ? "board.js.none" : facts.place ? "board.js.empty_seats" : "board.js.empty_map");
  floor.classList.toggle("many", rows.size > 60);
}

const empty = el("p", { class: "empty soft", hidden: true });
floor.after(empty);
sums.append(...[...chips.values()].map(({ node }) => node));

function hear(data) {
  skew = data.now - Date.now() / 1000;
  const told = data.tiles ?? data.seats;
  if (data.full) {
    rows.clear();
    nodes.clear();
    floor.replaceChildren();
  }
  for (const row of told) put(row);
  if (data.full) sort(true);
  paint();
  floor.dataset.ready = "yes";
}

// --- keys, the line --------------------------------------------------------------------------

floor.addEventListener("keydown", (event) => {
  const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
  if (!step) return;
  const all = [...floor.children].filter((node) => !node.hidden);
  const at = all.findIndex((node) => node.contains(document.activeElement));
  if (at < 0) return;
  event.preventDefault();
  const wide = all.filter((node) => node.offsetTop === all[0].offsetTop).length;
  all[Math.min(all.length - 1, Math.max(0, at + step[0] + step[1] * wide))].focus();
});

const line = document.getElementById("line");

function said(state) {
  if (state === "live") {
    line.replaceChildren();
    return;
  }
  const enter = state === "gone" ? el("a", { class: "secondary", href: "/?next=board" }, say("board.js.sign_in")) : null;
  line.replaceChildren(el("div", { class: "notice care" }, icon("off"), el("p", {}, say(`board.js.${state}`)), enter));
}

const control = new Control(facts, now);
const place = facts.place ? `?place=${encodeURIComponent(facts.place)}` : "";
listen(`/api/board/stream${place}`, { board: hear, control: (data) => control.show(data) }, said);
setInterval(sort, SORT_MS);
if (facts.place) setInterval(() => [...rows.values()].forEach(put), AGE_MS);
