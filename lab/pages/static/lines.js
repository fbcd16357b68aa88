// The one event stream of a page: it comes back by itself, and says when it is away.

const WAIT = 4000;
const SPREAD = 6000;

/** Listen to an event stream; `hear`: by name, what to do with its data; `state("live"|"lost"|"gone")`. */
export function listen(path, hear, state = () => {}) {
  let source = null;
  let ended = false;
  const open = () => {
    source = new EventSource(path);
    source.onopen = () => state("live");
    source.onerror = () => {
      if (ended) return;
      state("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(again, WAIT + Math.random() * SPREAD);
    };
    for (const [name, act] of Object.entries(hear)) source.addEventListener(name, (event) => act(JSON.parse(event.data)));
    source.addEventListener("gone", () => end("gone"));
  };
  const again = async () => {
    const answer = await fetch("/api/me", { cache: "no-store" }).catch(() => null);
    if (answer?.status === 401) end("gone");
    else if (!ended) open();
  };
  const end = (why) => {
    ended = true;
    source.close();
    state(why);
  };
  open();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && !ended && open());
}
