// The keys of the reviewers' page, and the reading part fetched alone. Without this script every
// link and form works as it stands.

const FIELDS = "input:not([type=radio]), textarea, select, [contenteditable]";
const RENEW_MS = 240_000;
const page = document.querySelector(".review");
const reader = document.getElementById("reader");
const dialog = document.getElementById("keys");
const token = document.querySelector('meta[name="csrf"]').content;

const lines = () => [...document.querySelectorAll("#lines a")];
const current = () => document.querySelector("#lines a[aria-current]");
const marking = () => reader.querySelector(".marking");
let wanted = 0; // number of the last fetch: an older answer is not shown

/** Show the session of a line. */
async function open(line, { push = true } = {}) {
  const mine = ++wanted;
  for (const each of lines()) each.toggleAttribute("aria-current", each === line);
  line.setAttribute("aria-current", "true");
  line.scrollIntoView({ block: "nearest" });
  const answer = await fetch(line.href, { headers: { "X-Part": "reader" }, cache: "no-store" });
  if (mine !== wanted) return;
  if (answer.status === 401 || answer.redirected) return void location.assign(line.href);
  fill(await answer.text());
  if (push) history.replaceState(null, "", line.href);
}

function fill(html) {
  reader.innerHTML = html;
  page.classList.add("reading");
  begin();
  document.getElementById("text").scrollTop = 0;
}

/** What belongs to the session that has just been shown. */
function begin() {
  claim();
}

/** Reserve the session; where somebody else has it, say so. */
async function claim() {
  const session = marking()?.dataset.session;
  if (!session) return;
  const answer = await fetch("/review/claim", { method: "POST", body: new URLSearchParams({ csrf: token, session }) });
  if (marking()?.dataset.session !== session) return;
  document.getElementById("held").hidden = answer.status !== 409;
}

function step(by) {
  const all = lines();
  const at = all.indexOf(current());
  const to = all[at === -1 ? 0 : at + by];
  if (to) return open(to);
  if (by > 0 && at === all.length - 1) document.getElementById("further")?.click();
}

/** The next mark of a criterion, the best one first: 2, 1, 0, 2 ... */
function mark(number) {
  const scale = reader.querySelectorAll(".scale")[number - 1];
  if (!scale) return;
  const boxes = [...scale.querySelectorAll("input")].reverse();
  const box = boxes[(boxes.findIndex((each) => each.checked) + 1) % boxes.length];
  box.checked = true;
  box.focus({ preventScroll: true });
  scale.scrollIntoView({ block: "nearest" });
}

function nextTurn() {
  const target = document.getElementById("target");
  if (!target) return;
  target.selectedIndex = (target.selectedIndex + 1) % target.options.length;
  target.dispatchEvent(new Event("change", { bubbles: true }));
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "reader" } });
  if (answer.status === 401) return void location.reload();
  fill(await answer.text());
  return answer.ok;
}

async function submit(form) {
  const button = form.querySelector("button:not([type=button])");
  button.disabled = true;
  const whole = !form.elements.turn?.value;
  const done = await send(form);
  if (done && form.id === "mark" && whole) step(1);
}

page.addEventListener("click", (event) => {
  const line = event.target.closest("#lines a");
  if (line && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(line);
  }
  const snippet = event.target.closest("[data-snippet]");
  if (snippet) {
    const box = document.getElementById("comment");
    box.value = [box.value.trim(), snippet.textContent].filter(Boolean).join(" ");
    box.focus();
  }
  if (event.target.closest("#keys-open")) dialog.showModal();
});

page.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  event.preventDefault();
  submit(event.target);
});

page.addEventListener("change", (event) => {
  if (event.target.matches("#find select")) event.target.form.requestSubmit();
  if (event.target.id === "target") {
    for (const box of reader.querySelectorAll(".scale input")) box.checked = false;
    for (const each of reader.querySelectorAll(".reading-turn")) each.classList.toggle("now", each.dataset.turn === event.target.value);
    reader.querySelector(".reading-turn.now")?.scrollIntoView({ block: "nearest" });
  }
});

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  c: () => document.getElementById("comment")?.focus(),
  t: nextTurn,
  u: () => document.getElementById("undo")?.requestSubmit(),
  "/": () => document.getElementById("q").focus(),
  "?": () => dialog.showModal(),
  Enter: () => document.getElementById("mark")?.requestSubmit(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || dialog.open || event.altKey) return;
  if (event.target.id === "comment" && event.key === "Escape") return void event.target.blur();
  if (event.target.id === "comment" && event.ctrlKey && event.key === "Enter") return void document.getElementById("mark").requestSubmit();
  if (event.ctrlKey || event.metaKey || event.target.matches(FIELDS)) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  if (event.key.length === 1 && document.cookie.split("; ").includes("lab_keys=off")) return;
  if (/^[1-9]$/.test(event.key)) mark(Number(event.key));
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

setInterval(claim, RENEW_MS);
begin();
