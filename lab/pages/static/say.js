// Sentences and numbers, in the language of the page. The server put them into the page.

const place = document.getElementById("words");
const words = place ? JSON.parse(place.textContent) : {};
export const language = document.documentElement.dataset.language;

/** The sentence of a key, its gaps filled. */
export function say(key, gaps = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_all, name) => String(gaps[name] ?? "…"));
}

/** A number as people write it: 3.032 in Vietnamese, 3,032 in English. */
export function figure(value, digits = 0) {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}
