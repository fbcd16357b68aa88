// Shortcuts, listed with `?`. Those of a single key can be turned off (WCAG 2.1.4).

import { button, el, icon } from "./dom.js";
import { say } from "./say.js";

const YEAR = 31536000;
const FIELDS = "input, textarea, select, [contenteditable]";
const THEMES = ["auto", "light", "dark"];

const cookie = (name, value) => (document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax`);

let current = null;

/** The list of shortcuts, and what listens for them. */
export class Shortcuts {
  constructor(room) {
    this.room = room;
    current = this;
  }

  open() {
    if (document.querySelector("dialog[open]")) return;
    const close = () => dialog.close();
    const row = (keys, words) => el("div", {}, el("dt", {}, ...keys.flatMap((key, nth) => (nth ? [" + ", el("kbd", {}, key)] : [el("kbd", {}, key)]))), el("dd", {}, words));
    const rows = [
      row(["Enter"], say("room.js.keys.send")),
      row(["Ctrl", "Enter"], say("room.js.keys.send_five")),
      row(["Shift", "Enter"], say("room.js.keys.line")),
      row(["Esc"], say("room.js.keys.stop")),
      row(["/"], say("room.js.keys.write")),
      row(["?"], say("room.js.keys.help")),
      row(["Tab"], say("room.js.keys.move")),
      row(["Alt", "← →"], say("room.js.keys.versions")),
    ];
    const single = el("input", { type: "checkbox", id: "single-keys", checked: on(), onchange: () => cookie("lab_keys", single.checked ? "on" : "off") });
    const dialog = el(
      "dialog",
      { class: "sheet-dialog", "aria-labelledby": "keys-head" },
      el("div", { class: "dialog-head" }, el("h2", { id: "keys-head" }, say("room.js.keys.title")), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("room.js.keys.close") }, icon("close"))),
      el("p", { class: "soft" }, say("room.js.keys.lead")),
      el("dl", { class: "keys-list" }, ...rows),
      el("label", { class: "keys-single", for: "single-keys" }, single, el("span", {}, say("room.js.keys.single"))),
      el("p", { class: "soft" }, say("room.js.keys.single_note")),
      el("div", { class: "keys-look" }, this.look(say("room.js.keys.size"), sizes()), this.look(say("room.js.keys.theme"), THEMES.map(theme))),
    );
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    document.body.append(dialog);
    dialog.showModal();
  }

  look(label, buttons) {
    return el("div", { class: "look" }, el("strong", {}, label), el("div", { class: "modes", role: "group", "aria-label": label }, ...buttons));
  }

  key(event) {
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const turn = document.activeElement?.closest?.(".turn") ?? [...document.querySelectorAll(".log .turn:not([hidden])")].at(-1);
      const to = turn?.querySelector(`.turner [data-by="${event.key === "ArrowLeft" ? -1 : 1}"]:not(:disabled)`);
      if (!to || event.target.matches(FIELDS)) return;
      event.preventDefault();
      to.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !on() || event.target.matches(FIELDS)) return;
    if (event.key === "?") this.open();
    else if (event.key === "/") {
      event.preventDefault();
      this.room.root.dispatchEvent(new CustomEvent("lab:edit", { bubbles: true }));
      this.room.composer.boxes[0].input.focus();
    }
  }
}

function on() {
  return !document.cookie.split("; ").includes("lab_keys=off");
}

/** The buttons of the bar on top, once more: a press here is a press there. */
function sizes() {
  return [...document.querySelectorAll(".bar .sizes button")].map((there) => {
    const here = el("button", { type: "button", "aria-pressed": there.getAttribute("aria-pressed"), onclick: () => {
      there.click();
      for (const each of here.parentElement.children) each.setAttribute("aria-pressed", String(each === here));
    } }, there.getAttribute("aria-label"));
    return here;
  });
}

function theme(name) {
  const root = document.documentElement;
  const here = button("", null, say(`room.js.theme.${name}`), () => {
    root.dataset.theme = name;
    cookie("lab_theme", name);
    for (const each of here.parentElement.children) each.setAttribute("aria-pressed", String(each === here));
  }, { "aria-pressed": String((root.dataset.theme || "auto") === name) });
  return here;
}

document.addEventListener("keydown", (event) => {
  if (!event.isComposing && !document.querySelector("dialog[open]")) current?.key(event);
});
