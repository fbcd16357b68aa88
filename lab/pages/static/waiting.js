// How long somebody has waited, in words.

import { figure, say } from "./say.js";

const MINUTE = 60;

/** 40 giây, 5 phút, 1 giờ 10 phút. */
export function waited(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return say("help.js.seconds", { count: figure(whole) });
  const minutes = Math.floor(whole / MINUTE);
  if (minutes < MINUTE) return say("help.js.minutes", { count: figure(minutes) });
  return say("help.js.hours", { hours: figure(Math.floor(minutes / MINUTE)), minutes: figure(minutes % MINUTE) });
}
