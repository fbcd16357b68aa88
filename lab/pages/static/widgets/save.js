// Answers on their way to the server. They wait in memory, and nowhere else, until it has them.

import { call, last, Refusal, renew } from "../api.js";

const LONGEST = 30_000;
const LATER = new Set([401, 403, 408, 425, 429, 500, 502, 503, 504]);

/**
 * Keeps answers: each as soon as it is given, again and again while the connection is down.
 * `told(state, news)` hears of it: saving, saved, failed, refused.
 */
export class Saver {
  constructor(session, told) {
    this.session = session;
    this.told = told;
    this.waiting = new Map();
    this.stopped = new Set();
    this.tries = 0;
    this.timer = 0;
    this.flying = null;
    this.error = null;
    this.stranger = false;
    this.known = null;
    this.ends = new AbortController();
    const { signal } = this.ends;
    addEventListener("online", () => this.waiting.size && this.flush(), { signal });
    addEventListener("pagehide", () => this.leaving(), { signal });
    addEventListener("beforeunload", (event) => (this.unsaved ? event.preventDefault() : null), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.flush(), { signal });
  }

  /** Whether something would be lost were the page closed now. */
  get unsaved() {
    return this.waiting.size > 0 || this.stopped.size > 0;
  }

  /** An answer was given; it leaves after a pause in which it may change again. */
  put(widget, answer, pause) {
    this.waiting.set(widget, answer);
    this.after(pause);
  }

  after(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), pause);
  }

  /** Send what waits, now; it has arrived, or has failed, when this ends. */
  async flush() {
    clearTimeout(this.timer);
    while (this.flying) await this.flying;
    if (!this.waiting.size) return;
    this.flying = this.send(new Map(this.waiting)).finally(() => (this.flying = null));
    await this.flying;
  }

  async send(sent) {
    this.told("saving");
    try {
      if (this.stranger) await renew();
      this.stranger = false;
      const session = (this.known = await this.session());
      const { texts } = await call("POST", `/sessions/${session}/answers`, { answers: Object.fromEntries(sent) });
      this.tries = 0;
      for (const [widget, answer] of sent) {
        if (this.waiting.get(widget) === answer) this.waiting.delete(widget);
        if (texts[widget] && !texts[widget].kept) this.stopped.add(widget);
        else this.stopped.delete(widget);
      }
      this.told(this.waiting.size ? "saving" : "saved", { sent, texts });
    } catch (error) {
      this.failed(error);
    }
  }

  /** The page is being closed: what still waits goes out even so. */
  leaving() {
    if (this.known && this.waiting.size) last(`/sessions/${this.known}/answers`, { answers: Object.fromEntries(this.waiting) });
  }

  /** What failed is tried again, later each time; what the server will never take is not. */
  failed(error) {
    this.error = error;
    this.stranger = error.status === 401 || error.status === 403;
    const again = !(error instanceof Refusal) || LATER.has(error.status);
    if (again) {
      this.tries += 1;
      const pause = error.seconds ? error.seconds * 1000 : Math.min(LONGEST, 1000 * 2 ** this.tries);
      this.after(pause);
    }
    this.told(again ? "failed" : "refused", { error });
  }

  /** Another exercise was opened: send what waits, and listen no more. */
  leave() {
    this.ends.abort();
    return this.flush();
  }
}
