// The writers' page: what is typed is previewed after a pause, and saved when one says so.

import { call, Refusal } from "./api.js";
import { el } from "./dom.js";
import { say } from "./say.js";
import { Answers } from "./widgets/answers.js";

const PAUSE = 700;
const root = document.getElementById("main");
const draft = root.dataset.draft;
const find = (name) => root.querySelector(`[data-${name}]`);
const [choice, text, state, told, list, seen] = ["file", "text", "state", "told", "problems", "seen"].map(find);
const typed = new Map();
let shown = choice.value;
let timer = 0;
let turn = 0;

/** Run what may be refused, and say why it was. */
async function trying(work) {
  told.hidden = true;
  try {
    return await work();
  } catch (error) {
    const words = error instanceof Refusal && error.words.message ? error.words : null;
    told.textContent = words ? `${words.message} ${words.help}` : say("writing.js.offline");
    told.hidden = false;
    return undefined;
  }
}

async function open(name, line = 0) {
  typed.set(shown, text.value);
  shown = name;
  if (!typed.has(name)) {
    const file = await trying(() => call("GET", `/writing/${draft}/file?name=${encodeURIComponent(name)}`));
    if (!file) return;
    typed.set(name, file.text);
  }
  choice.value = name;
  text.value = typed.get(name);
  state.textContent = "";
  if (line) goTo(line);
  look();
}

/** Put the cursor on a line, and bring it into sight. */
function goTo(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  text.scrollTop = (line - 5) * parseFloat(getComputedStyle(text).lineHeight);
}

async function look() {
  const mine = ++turn;
  const found = await trying(() => call("POST", `/writing/${draft}/preview`, { file: shown, text: text.value }));
  if (!found || mine !== turn) return;
  problems(found.problems, "writing.js.readable");
  seen.parentElement.classList.toggle("stale", found.title === null);
  if (found.title !== null) draw(found);
}

function problems(found, well) {
  list.replaceChildren(...found.map(problem));
  if (!found.length) list.append(el("li", { class: "well" }, say(well)));
}

function problem({ file, line, column, message, help, source }) {
  const where = line ? `${file}:${line}:${column}` : file;
  const known = [...choice.options].some((option) => option.value === file);
  const head = known ? el("button", { type: "button", onclick: () => open(file, line) }, where) : el("strong", {}, where);
  return el("li", {}, head, el("p", {}, message), source ? el("code", {}, source) : null, help ? el("p", { class: "soft" }, help) : null);
}

/** HTML that the server made of Markdown; tags that somebody typed came as text. */
function page(html) {
  const place = el("div", { class: "page" });
  place.innerHTML = html;
  return place;
}

function draw({ head, title, goal, task, papers, hints, widgets }) {
  const answers = new Answers({ widgets }, { begun: async () => null, latest: null }, () => {});
  answers.saver.put = () => {};
  seen.replaceChildren(
    el("h3", {}, `${head}. ${title}`),
    el("blockquote", {}, goal),
    page(task),
    ...papers.flatMap((paper) => [el("h3", {}, paper.title), page(paper.html)]),
    ...(widgets.length ? [el("h3", {}, say("writing.js.questions")), answers.node] : []),
    el("h3", {}, say("writing.js.hints")),
    ...hints.map((hint, nth) => el("details", {}, el("summary", {}, say("writing.js.hint", { number: nth + 1 })), page(hint))),
  );
}

async function save() {
  const name = shown;
  const done = await trying(async () => {
    await call("PUT", `/writing/${draft}/file`, { file: name, text: text.value });
    return true;
  });
  state.textContent = done ? say("writing.js.saved", { file: name }) : say("writing.js.unsaved");
  return done;
}

async function check() {
  state.textContent = say("writing.js.checking");
  if (!(await save())) return false;
  const found = await trying(() => call("POST", `/writing/${draft}/check`));
  if (!found) return false;
  problems(found, "writing.js.whole");
  state.textContent = found.length ? say("writing.js.found", { count: found.length }) : say("writing.js.whole");
  return !found.length;
}

async function publish() {
  if (!(await check())) return;
  const done = await trying(async () => {
    await call("POST", `/writing/${draft}/publish`);
    return true;
  });
  if (done) state.textContent = say("writing.js.published");
}

choice.addEventListener("change", () => open(choice.value));
text.addEventListener("input", () => {
  typed.set(shown, text.value);
  state.textContent = say("writing.js.unsaved");
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
});
find("save").addEventListener("click", save);
find("check").addEventListener("click", check);
find("publish").addEventListener("click", publish);
find("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = event.target.querySelector("input").value.trim();
  const made = await trying(async () => {
    await call("PUT", `/writing/${draft}/file`, { file: name, text: "" });
    return true;
  });
  if (!made) return;
  choice.append(el("option", {}, name));
  typed.set(name, "");
  open(name);
});
typed.clear();
(async () => {
  const name = shown;
  const file = await trying(() => call("GET", `/writing/${draft}/file?name=${encodeURIComponent(name)}`));
  if (!file) return;
  text.value = file.text;
  typed.set(name, file.text);
  look();
})();
