// The HTTP API: requests with the CSRF token, and the stream of a turn.

let token = document.querySelector('meta[name="csrf"]')?.content ?? "";

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(status, error, seconds) {
    super(error.code);
    this.seconds = seconds;
    this.status = status;
    this.code = error.code;
    this.words = error;
  }
}

async function request(method, path, body, signal) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
  return answered(await fetch(`/api${path}`, { method, signal, cache: "no-store", headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

async function answered(response) {
  if (response.ok) return response;
  const sent = await response.json().catch(() => null);
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  throw new Refusal(response.status, sent?.error ?? { code: "internal" }, seconds);
}

/** One request and its JSON (null where there is none). */
export async function call(method, path, body) {
  const response = await request(method, path, body);
  return response.status === 204 ? null : response.json();
}

/** A last word while the page is being left: it goes out even so, and nobody waits for an answer. */
export function last(path, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
  fetch(`/api${path}`, { method: "POST", keepalive: true, headers, body: JSON.stringify(body) }).catch(() => {});
}

/** Send a file as it is; its name is a header. */
export async function give(url, file, name) {
  const headers = { "Content-Type": "application/octet-stream", "X-CSRF-Token": token, "X-File-Name": encodeURIComponent(name) };
  return answered(await fetch(url, { method: "POST", cache: "no-store", headers, body: file }));
}

/** Send a file to the API; its JSON. */
export async function upload(path, file, name) {
  return (await give(`/api${path}`, file, name)).json();
}

/** Somebody signed in again in another tab: this page goes on with that sign-in's token. */
export async function renew() {
  token = (await call("GET", "/me")).csrf;
}

/** Read server-sent events (WHATWG HTML 9.2) as they come: onEvent(name, data). */
export async function stream(path, body, signal, onEvent) {
  const response = await request("POST", path, body, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const rows = rest.split("\n\n");
    rest = rows.pop();
    for (const row of rows) hand(row, onEvent);
  }
}

function hand(row, onEvent) {
  let name = "message";
  let data = "";
  for (const line of row.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data += line.slice(5).trim();
  }
  if (data) onEvent(name, JSON.parse(data));
}
