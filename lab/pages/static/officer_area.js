// The officer's pages: save an edit, try a pattern, run the corpus, publish, approve, roll back.

import { call, give, Refusal } from "./api.js";
import { complete } from "./complete.js";

const $ = (what, from = document) => from.querySelector(what);
const all = (what, from = document) => [...from.querySelectorAll(what)];
const told = $("#told");
const tab = $(".tabs [aria-current]");
tab.parentElement.scrollLeft = tab.offsetLeft - 16;

function made(tag, text, kind = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = kind;
  return element;
}

function notice(kind, ...lines) {
  const box = made("div", "", `notice ${kind}`);
  const text = document.createElement("p");
  lines.filter(Boolean).forEach((line, nth) => text.append(...(nth ? [document.createElement("br")] : []), line));
  box.append(text);
  told.replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
}

function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  notice(error.code === "policy_second" ? "care" : "stop", made("strong", error.words.message ?? error.code), error.words.help);
}

/** Do something once, its button held meanwhile. */
async function act(button, work) {
  if (button) button.disabled = true;
  try {
    return await work();
  } catch (error) {
    refused(error);
    return error;
  } finally {
    if (button) button.disabled = false;
  }
}

const lines = (box) => (box?.value ?? "").split("\n").map((line) => line.trim()).filter(Boolean).map((line) => line.replaceAll(" ⏎ ", "\n"));

// --- editing ---------------------------------------------------------------------------------

function problems(found) {
  const place = $("[data-problems]");
  place.replaceChildren();
  for (const each of found) {
    const box = made("div", "", "notice stop");
    const text = made("p", each.line ? `${each.file}:${each.line} ` : `${each.file} `);
    text.append(made("strong", each.message), document.createElement("br"), each.help);
    box.append(text);
    place.append(box);
  }
  const wrong = new Set(found.map((each) => each.line));
  all(".numbered ol li").forEach((item, nth) => item.classList.toggle("wrong", wrong.has(nth + 1)));
  place.firstElementChild?.scrollIntoView({ block: "nearest" });
}

async function save(button, method, path, body, next) {
  const answer = await act(button, () => call(method, path, body));
  if (answer instanceof Error) return;
  if (answer.saved) location.assign(next);
  else problems(answer.problems);
}

function patternOf(form) {
  const exact = false;
  const written = form.elements.form?.value?.trim() ?? "";
  const words = lines(form.elements.words);
  return words.length ? { words, exact } : { form: written, exact };
}

for (const form of all("[data-form-rule]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = form.elements;
    const body = { mode: fields.mode.value, threshold: Number(fields.threshold.value), context: lines(fields.context), examples: { catch: lines(fields.catch), pass: lines(fields.pass) } };
    const patterns = all("[data-pattern]", form).map((box) => {
      const row = { name: box.dataset.pattern };
      const written = $("[name=form]", box);
      if (written) row.form = written.value.trim();
      else row.words = lines($("[name=words]", box));
      if (box.dataset.exact === "1") row.exact = true;
      row.score = Number(box.dataset.score);
      return row;
    });
    if (patterns.length) body.patterns = patterns;
    const rule = form.dataset.formRule;
    save(event.submitter, "PATCH", `/policy/draft/rules/${rule}`, { form: body, digest: form.dataset.digest }, `/officer/draft?rule=${rule}`);
  });
}

$("[data-new-rule]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const both = (name) => ({ vi: fields[name].value.trim(), en: fields[name].value.trim() });
  const rule = {
    id: fields.id.value.trim(), entity: fields.entity.value.trim(), recognizer: "pattern", tier: fields.tier.value, mode: fields.mode.value,
    title: both("title"), why: both("why"), advice: both("advice"), source: fields.source.value, placeholder: fields.placeholder.value.trim() || fields.title.value.trim().toUpperCase(),
    patterns: [{ name: "mau", ...patternOf(event.target) }], examples: { catch: lines(fields.catch), pass: lines(fields.pass) },
  };
  save(event.submitter, "POST", "/policy/draft/rules", { form: rule }, `/officer/draft?rule=${rule.id}`);
});

for (const form of all("[data-text]")) {
  const box = form.elements.text;
  const gutter = $(".numbered ol", form);
  const number = () => {
    const count = box.value.split("\n").length;
    while (gutter.children.length < count) gutter.append(made("li", gutter.children.length + 1));
    while (gutter.children.length > count) gutter.lastElementChild.remove();
  };
  box.addEventListener("input", number);
  box.addEventListener("scroll", () => { gutter.scrollTop = box.scrollTop; });
  number();
  call("GET", `/policy/schema?file=${encodeURIComponent(form.dataset.file)}`).then((root) => {
    const whole = form.dataset.text.startsWith("files/");
    complete(box, $("[data-offers]", form), root, whole ? root : root.properties.rules);
  });
  new ResizeObserver(() => { gutter.style.maxHeight = `${box.clientHeight}px`; }).observe(box);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save(event.submitter, "PUT", `/policy/draft/${form.dataset.text}`, { text: box.value, digest: form.dataset.digest }, location.href);
  });
}

for (const button of all("[data-try]")) {
  button.addEventListener("click", async () => {
    const form = button.closest("form");
    const body = { ...patternOf(form), must: lines(form.elements.catch), must_not: lines(form.elements.pass) };
    const rows = await act(button, () => call("POST", "/policy/patterns/try", body));
    if (rows instanceof Error) return;
    const list = made("ul", "", "tried");
    for (const row of rows) {
      const item = made("li", `${row.right ? "✓" : "✗"} ${row.text}`, row.right ? "" : "wrong");
      if (row.found.length) item.append(" → ", made("strong", row.found.map((each) => `«${each}»`).join(" ")));
      list.append(item);
    }
    $("[data-tried]").replaceChildren(list);
  });
}

// --- a file ----------------------------------------------------------------------------------

for (const zone of all("[data-try-file]")) {
  const input = $("input", zone);
  const show = (on) => zone.classList.toggle("dropping", on);
  const read = (file) => act(null, async () => {
    const reading = $("[data-reading]");
    const place = $("[data-tried-file]");
    reading.hidden = false;
    place.replaceChildren();
    told.replaceChildren();
    try {
      place.innerHTML = await (await give("/officer/file", file, file.name)).text();
      place.focus();
    } finally {
      reading.hidden = true;
      input.value = "";
    }
  });
  input.addEventListener("change", () => input.files.length && read(input.files[0]));
  zone.addEventListener("dragover", (event) => { event.preventDefault(); show(true); });
  zone.addEventListener("dragleave", () => show(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    show(false);
    if (event.dataTransfer.files.length) read(event.dataTransfer.files[0]);
  });
}

// --- effect ----------------------------------------------------------------------------------

for (const box of all("[data-run]")) {
  const bar = $("progress", box);
  const follow = async () => {
    const run = await call("GET", "/policy/runs/last");
    bar.hidden = !run.running;
    if (run.total) bar.value = run.done / run.total;
    if (run.running) return void setTimeout(follow, 500);
    if (run.error) return notice("stop", run.error);
    if ("reload" in box.dataset) return location.reload();
    const result = run.result;
    const list = made("ul", "", "totals");
    for (const kind of ["stopped", "passed", "labels"]) {
      const item = document.createElement("li");
      item.append(made("strong", result[kind]), ` ${box.closest("[data-words]")?.dataset[kind] ?? ""}`);
      list.append(item);
    }
    const parts = [list];
    if (result.lost.length) parts.push(made("div", `T1, T2: −${result.lost.length} (${result.lost.join(", ")})`, "notice stop"));
    $("[data-run-told]", box).replaceChildren(...parts);
  };
  $("[data-start-run]", box).addEventListener("click", (event) => act(event.target, async () => {
    await call("POST", "/policy/runs");
    bar.hidden = false;
    await follow();
  }));
  if ("running" in box.dataset) follow();
}

// --- publishing ------------------------------------------------------------------------------

const published = (version) => {
  sessionStorage.setItem("published", version.version);
  location.assign("/officer/publish");
};

$("[data-publish]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const people = Number(fields.people.value);
  const body = { reason: fields.reason.value, acknowledge: lines(fields.acknowledge), limit: people ? { people, hours: Number(fields.hours.value) || 24 } : null };
  const answer = await act(event.submitter, () => call("POST", "/policy/publish", body));
  if (answer.code === "policy_recall") $("[data-acknowledge]").hidden = false;
  if (answer.code === "policy_second") setTimeout(() => location.reload(), 2500);
  if (!(answer instanceof Error)) published(answer);
});

for (const form of all("[data-approve]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { password: form.elements.password.value };
    const answer = await act(event.submitter, () => call("POST", `/policy/proposals/${form.dataset.approve}/approve`, body));
    if (!(answer instanceof Error)) published(answer);
  });
}

for (const button of all("[data-withdraw]")) {
  button.addEventListener("click", async () => {
    const answer = await act(button, () => call("POST", `/policy/proposals/${button.dataset.withdraw}/withdraw`));
    if (!(answer instanceof Error)) location.reload();
  });
}

for (const button of all("[data-restore]")) {
  button.addEventListener("click", async () => {
    const answer = await act(button, () => call("POST", `/policy/versions/${button.dataset.restore}/restore`, { reason: "" }));
    if (!(answer instanceof Error)) published(answer);
    else if (answer.code === "policy_second") setTimeout(() => location.reload(), 2500);
  });
}
