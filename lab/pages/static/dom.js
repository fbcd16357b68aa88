// Making elements. Text always goes in as text: nothing here reads HTML.

const SVG = "http://www.w3.org/2000/svg";
const icons = new URL("./icons.svg", import.meta.url).pathname;

/** An element: el("p", {class: "soft", onclick: go}, "text", child). */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A drawing of icons.svg; it says nothing that words beside it do not say. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${icons}#${name}`);
  svg.append(use);
  return svg;
}

/** A button with an icon and a word. */
export function button(look, picture, label, onclick, more = {}) {
  return el("button", { type: "button", class: look, onclick, ...more }, picture ? icon(picture) : null, el("span", {}, label));
}
