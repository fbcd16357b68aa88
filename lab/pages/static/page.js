// What all pages do: the size of the text, the menu, the state of the lab on the landing page; for
// officers, wherever they are, a line as soon as somebody may have typed a real secret.

import { listen } from "./lines.js";

const YEAR = 31536000;

function chooseSize(button) {
  const size = button.dataset.size;
  document.documentElement.dataset.size = size;
  document.cookie = `lab_size=${size}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
  for (const each of button.parentElement.children) {
    each.setAttribute("aria-pressed", String(each === button));
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open], details.more[open]")) {
    if (menu !== except) menu.open = false;
  }
}

// Gradio sets the language of the page to the browser's; the page is in the language chosen here.
const root = document.documentElement;
new MutationObserver(() => {
  if (root.lang !== root.dataset.language) root.lang = root.dataset.language;
}).observe(root, { attributeFilter: ["lang"] });

document.addEventListener("click", (event) => {
  const button = event.target.closest(".sizes button");
  if (button) chooseSize(button);
  closeMenus(event.target.closest("details.menu, details.more"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(null);
});

/** Ask once a second until prompts can be checked; then say so. */
async function watchHealth(place) {
  const response = await fetch("/readyz", { cache: "no-store" }).catch(() => null);
  if (!response?.ok) {
    const error = response && (await response.json().catch(() => null))?.error;
    if (error && error.code !== "starting" && place.dataset.ready === "no") {
      place.dataset.ready = "closed";
      place.querySelector(".state").textContent = `${error.message} ${error.help}`;
    }
    setTimeout(watchHealth, place.dataset.ready === "closed" ? 15000 : 1500, place);
    return;
  }
  place.dataset.ready = "yes";
  place.querySelector(".state").textContent = place.dataset.textReady;
}

const health = document.getElementById("health");
if (health && health.dataset.ready !== "yes") watchHealth(health);

/** A page that is being prepared: look again soon, without the flicker of a reload. */
async function waitFor(address) {
  const response = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (response?.ok && !response.headers.has("Retry-After")) location.reload();
  else setTimeout(waitFor, 700, address);
}

const waiting = document.querySelector("main[data-wait]");
if (waiting) waitFor(waiting.dataset.wait);

const alarm = document.getElementById("alarm");
const title = document.title;

/** Hands about a possible secret that nobody has taken: a line on top, and a mark in the tab. */
function sound({ hands }) {
  const waiting = hands.filter((hand) => !hand.helper).length;
  const words = alarm.dataset.words.replace("{count}", String(waiting));
  alarm.querySelector("span").textContent = waiting ? words : "";
  alarm.hidden = !waiting;
  document.title = waiting ? `(${waiting}) ${title}` : title;
}

if (alarm) listen("/api/help/stream", { help: sound });

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
