// Moving within a row of controls by keyboard.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * One stop of the Tab key for all controls of a place; arrows, Home and End move among them.
 * Call what it returns after controls came or went.
 */
export function rove(place, selector) {
  const every = () => [...place.querySelectorAll(selector)];
  const only = (one) => every().forEach((each) => (each.tabIndex = each === one ? 0 : -1));
  place.addEventListener("focusin", (event) => event.target.matches(selector) && only(event.target));
  place.addEventListener("keydown", (event) => {
    if (!event.target.matches(selector) || event.altKey || event.ctrlKey || event.metaKey) return;
    const list = every().filter((each) => each.offsetParent);
    const to = { Home: 0, End: list.length - 1 }[event.key] ?? list.indexOf(event.target) + (STEPS[event.key] ?? NaN);
    if (Number.isNaN(to)) return;
    event.preventDefault();
    list.at(Math.min(to, list.length - 1) % list.length).focus();
  });
  return () => {
    const list = every();
    if (!list.some((each) => each.tabIndex === 0) || list.filter((each) => each.tabIndex === 0).length > 1) only(list[0]);
  };
}
