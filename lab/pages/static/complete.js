// Completion of the policy's YAML: what may stand where the caret is, by the JSON schema of the file.

const KEY = /^([ ]*(?:- +)*)([\w-]+):(.*)$/;
const HERE = /^([ ]*(?:- +)*)([\w-]*)$/;

/** The schema behind references; of a list, that of what it holds. */
function meant(schema, root) {
  let node = schema;
  while (node) {
    if (node.$ref) node = root.$defs[node.$ref.split("/").pop()];
    else if (node.items) node = node.items;
    else if (node.anyOf) node = node.anyOf.find((each) => each.type !== "null");
    else return node;
  }
  return {};
}

/** Lines of one mapping around line `at` whose keys begin in this column: the keys that are there. */
function siblings(lines, at, column) {
  const found = new Set();
  for (const step of [-1, 1]) {
    for (let nth = at + step; nth >= 0 && nth < lines.length; nth += step) {
      const key = KEY.exec(lines[nth]);
      const starts = lines[nth].search(/[^ -]/);
      if (starts >= 0 && starts < column) break;
      const begins = /^ *- /.test(lines[nth]) && starts === column;
      if (step > 0 && begins) break;
      if (key && key[1].length === column) found.add(key[2]);
      if (begins) break;
    }
  }
  return found;
}

/** Names of the mappings around line `at`, outermost first. */
function path(lines, at, column) {
  const names = [];
  let least = column;
  for (let nth = at - 1; nth >= 0 && least > 0; nth -= 1) {
    const key = KEY.exec(lines[nth]);
    if (key && key[1].length < least) {
      names.unshift(key[2]);
      least = key[1].length;
    }
  }
  return names;
}

/** What may be written at `caret`: `{ from, texts }`, each text to stand from there to the caret.
 *
 * @param root JSON schema of the whole file
 * @param top schema of what the text holds: the file itself, or one rule of it
 */
export function offers(text, caret, root, top) {
  const lines = text.split("\n");
  const at = text.slice(0, caret).split("\n").length - 1;
  const line = text.slice(text.lastIndexOf("\n", caret - 1) + 1, caret);
  const key = KEY.exec(line);
  const word = key ? /^ *([\w-]*)$/.exec(key[3]) : HERE.exec(line);
  if (!word || !root.properties) return { from: caret, texts: [] };
  const column = (key ?? word)[1].length;
  let node = meant(top, root);
  for (const name of path(lines, at, column)) node = meant(node.properties?.[name] ?? node.additionalProperties, root);
  const begun = key ? word[1] : word[2];
  const values = () => {
    const of = meant(node.properties?.[key[2]], root);
    return of.enum ?? (of.type === "boolean" ? ["true", "false"] : []);
  };
  const there = key ? null : siblings(lines, at, column);
  const keys = () => Object.keys(node.properties ?? {}).filter((name) => !there.has(name)).map((name) => `${name}: `);
  const texts = (key ? values() : keys()).filter((each) => each.startsWith(begun) && each !== begun);
  return { from: caret - begun.length, texts };
}

/** Offer while somebody types in `box`; `place` holds the hint and a list. */
export function complete(box, place, root, top) {
  const list = place.querySelector("ul");
  let found = { from: 0, texts: [] };
  const take = (each) => {
    box.setRangeText(each, found.from, box.selectionStart, "end");
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const look = () => {
    found = offers(box.value, box.selectionStart, root, top);
    place.hidden = found.texts.length === 0;
    const items = found.texts.map((each) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "secondary small code";
      button.textContent = each.trim();
      button.addEventListener("click", () => take(each));
      item.append(button);
      return item;
    });
    list.replaceChildren(...items);
  };
  for (const event of ["input", "click", "keyup"]) box.addEventListener(event, look);
  box.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.code !== "Space" || !found.texts.length) return;
    event.preventDefault();
    take(found.texts[0]);
  });
}
