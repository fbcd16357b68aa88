// A session replayed: j and k go from step to step, the space bar plays.

const FASTER = 8; // times as fast as it happened
const LONGEST_MS = 3000;
const steps = [...document.querySelectorAll(".timeline .step")];
const marks = [...document.querySelectorAll(".strip rect")];
const play = document.getElementById("play");
let at = -1;
let timer = 0;

function go(to) {
  at = Math.max(0, Math.min(steps.length - 1, to));
  steps.forEach((each, nth) => each.classList.toggle("now", nth === at));
  marks.forEach((each, nth) => each.classList.toggle("now", nth === at));
  steps[at]?.scrollIntoView({ block: "center" });
}

function halt() {
  clearTimeout(timer);
  timer = 0;
  play.textContent = play.dataset.play;
}

function next() {
  go(at + 1);
  if (at >= steps.length - 1) return halt();
  const seconds = Number(steps[at + 1].dataset.place) - Number(steps[at].dataset.place);
  timer = setTimeout(next, Math.min(LONGEST_MS, Math.max(300, (seconds * 1000) / FASTER)));
}

function toggle() {
  if (timer) return halt();
  if (at >= steps.length - 1) at = -1;
  play.textContent = play.dataset.halt;
  next();
}

play.hidden = false;
play.addEventListener("click", toggle);
document.querySelector(".strip").addEventListener("click", (event) => {
  const mark = event.target.closest("rect");
  if (mark) go(Number(mark.dataset.step));
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select, button, a, summary")) return;
  if (document.cookie.split("; ").includes("lab_keys=off")) return;
  const act = { j: () => go(at + 1), k: () => go(at - 1), " ": toggle }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
