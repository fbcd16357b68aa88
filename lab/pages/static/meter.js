// What a live check means, in one word: which sentence of the meter says it.

function topic(spans) {
  const tiers = spans.filter((span) => span.action === "block").map((span) => span.finding.tier);
  if (tiers.includes("T1")) return "secret";
  return tiers.includes("T2") ? "internal" : "block";
}

/** The state of the meter, and what it counts. */
export function verdict(text, seen, spans) {
  if (seen.fault) return { state: "fault", count: 0 };
  if (seen.action === "block") return { state: topic(spans), count: 0 };
  if (seen.action === "mask") {
    const values = spans.filter((span) => span.action === "mask").map((span) => text.slice(span.start, span.end));
    return { state: "mask", count: new Set(values).size };
  }
  if (seen.action === "warn") return { state: "warn", count: spans.length };
  return { state: "clear", count: 0 };
}

/** The colour and the drawing of a state. */
export const LOOK = { clear: "clear", mask: "care", warn: "care", secret: "stop", internal: "stop", block: "stop", fault: "stop", unknown: "info", idle: "info" };
