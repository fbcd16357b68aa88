// Attached files: chosen, dropped or pasted; what would leave of each, and taking it away.
//
// A file goes to the server at once, which reads, checks and masks it. Here are only its name, as the
// trainee's own computer has it, and what the server says would leave. Nothing is stored.

import { call, upload } from "./api.js";
import { button, el, icon } from "./dom.js";
import { reasons } from "./explain.js";
import { withPlaceholders } from "./marks.js";
import { figure, say } from "./say.js";

const TYPES = ".docx,.xlsx,.pdf,.txt,.md,.csv,.png,.jpg,.jpeg,.webp";
const LOOKS = { reading: "info", clear: "clear", mask: "mask", stop: "stop", refused: "care" };
const MEGA = 1_000_000;

/** What is said of a file that goes along in part, or no more. */
export function cutNote({ number, sent, left }) {
  return say(sent ? "attach.js.cut" : "attach.js.left_behind", { number: figure(number), sent: figure(sent), left: figure(left) });
}

/** The files of one exercise's session: `clip` and `list` are put into the composer. */
export class Files {
  constructor(facts, { session, changed }) {
    this.most = facts.file_mb;
    this.session = session;
    this.changed = changed;
    this.chips = [];
    this.pasted = 0;
    this.line = Promise.resolve();
    this.input = el("input", { type: "file", multiple: true, accept: TYPES, hidden: true, tabindex: "-1", "aria-hidden": "true" });
    this.input.addEventListener("change", () => {
      this.add([...this.input.files]);
      this.input.value = "";
    });
    this.clip = el("button", { type: "button", class: "quiet clip", onclick: () => this.input.click(), "aria-label": say("attach.js.attach"), title: say("attach.js.attach_hint") }, icon("clip"), this.input);
    this.row = el("ul", { class: "file-chips" });
    this.voice = el("p", { class: "sr", role: "status" });
    this.list = el("div", { class: "files", hidden: true }, this.row, this.voice);
    this.drop = el("p", { class: "drop", "aria-hidden": "true" }, icon("clip"), say("attach.js.drop"));
    this.input.addEventListener("click", (event) => event.stopPropagation());
  }

  /** Whether a file is still being read. */
  get reading() {
    return this.chips.some((chip) => chip.state === "reading");
  }

  /** Send was pressed while a file is being read: it would go without the file. */
  remind() {
    this.voice.textContent = "";
    this.row.classList.add("remind");
    this.say(say("attach.js.wait"));
    setTimeout(() => this.row.classList.remove("remind"), 2000);
  }

  say(words) {
    this.voice.textContent = words;
  }

  /** Files dropped anywhere on the page, and pictures pasted into the composer. */
  watch(composer) {
    composer.append(this.drop);
    const gone = new AbortController();
    const { signal } = gone;
    const here = (event) => {
      if (!composer.isConnected) gone.abort();
      return composer.isConnected && [...(event.dataTransfer?.types ?? [])].includes("Files");
    };
    const show = (on) => composer.classList.toggle("dropping", on);
    window.addEventListener("dragover", (event) => {
      if (!here(event)) return;
      event.preventDefault(); // else the browser would open the file in place of this page
      show(true);
    }, { signal });
    window.addEventListener("dragleave", (event) => event.relatedTarget || show(false), { signal });
    window.addEventListener("drop", (event) => {
      show(false);
      if (!here(event)) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    }, { signal });
    composer.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length || event.clipboardData.types.includes("text/plain")) return;
      event.preventDefault();
      this.add(files.map((file) => this.named(file)));
    });
  }

  /** A pasted picture has no name of its own. */
  named(file) {
    this.pasted += 1;
    const ending = file.name.split(".").pop();
    return new File([file], say("attach.js.pasted", { number: this.pasted, ending }), { type: file.type });
  }

  /** One after the other, so that they are numbered in this order. */
  add(files) {
    for (const file of files) {
      const chip = this.place(new Chip(this, file.name));
      this.line = this.line.then(() => this.send(chip, file));
    }
  }

  /** Files that the session has already. */
  restore(attachments) {
    for (const each of attachments) {
      if (each.removed || each.action === "block") continue;
      this.place(new Chip(this, each.name)).decided(each);
    }
  }

  place(chip) {
    this.chips.push(chip);
    this.row.append(chip.node);
    this.list.hidden = false;
    return chip;
  }

  async send(chip, file) {
    if (file.size > this.most * MEGA) {
      chip.refused({ message: say("attach.js.too_large", { most: figure(this.most) }), help: say("attach.js.too_large_help") });
      return;
    }
    try {
      const session = await this.session();
      chip.decided(await upload(`/sessions/${session}/attachments`, file, file.name));
      this.changed();
    } catch (error) {
      chip.refused(error.words?.message ? error.words : { message: say("attach.js.lost"), help: say("attach.js.lost_help") });
    }
  }

  async remove(chip) {
    if (chip.attached && chip.state !== "stop") {
      try {
        const session = await this.session();
        await call("DELETE", `/sessions/${session}/attachments/${chip.attached.number}`);
      } catch (error) {
        if (error.status !== 404) {
          this.say(say("attach.js.not_removed"));
          chip.note(say("attach.js.not_removed"));
          return;
        }
      }
      this.changed();
    }
    this.chips = this.chips.filter((each) => each !== chip);
    chip.node.remove();
    this.list.hidden = !this.chips.length;
    this.say(say("attach.js.removed", { name: chip.name }));
    this.clip.focus();
  }
}

/** One file in the composer. */
class Chip {
  constructor(files, name) {
    this.files = files;
    this.name = name;
    this.attached = null;
    this.picture = el("span", { class: "file-look" });
    this.words = el("span", { class: "file-state" });
    this.see = button("see", null, say("attach.js.see"), () => this.open(), { hidden: true, "aria-label": say("attach.js.see_name", { name }) });
    this.off = el("button", { type: "button", class: "quiet round", hidden: true, onclick: () => files.remove(this), "aria-label": say("attach.js.remove_name", { name }) }, icon("close"));
    this.node = el("li", { class: "file-chip" }, this.picture, el("span", { class: "file-text" }, el("strong", { class: "file-name", title: name }, name), this.words), this.see, this.off);
    this.show("reading", say("attach.js.state.reading"));
  }

  show(state, words) {
    this.state = state;
    this.node.dataset.state = state;
    this.picture.replaceChildren(icon(LOOKS[state]));
    this.note(words);
    this.off.hidden = state === "reading";
  }

  note(words) {
    this.words.replaceChildren(words);
  }

  decided(attached) {
    this.attached = attached;
    const masked = new Set(found(attached).filter((each) => each.placeholder).map((each) => each.placeholder)).size;
    if (attached.action === "block") this.show("stop", say(attached.fault ? "attach.js.state.fault" : "attach.js.state.stop"));
    else if (masked) this.show("mask", say("attach.js.state.mask", { count: figure(masked) }));
    else this.show("clear", say("attach.js.state.clear"));
    this.see.hidden = false;
    this.files.say(`${this.name}: ${this.words.textContent}`);
  }

  refused({ message, help }) {
    this.show("refused", message);
    this.words.append(el("span", { class: "file-help" }, ` ${help}`));
    this.files.say(`${this.name}: ${message} ${help}`);
  }

  open() {
    sheet(this.name, this.attached, () => this.files.remove(this));
  }
}

function found(attached) {
  return attached.parts.flatMap((part) => part.findings).filter((finding) => finding.action !== "allow");
}

/** The dialog of one file: part by part what would leave, and what stays here. */
function sheet(name, attached, remove) {
  const stopped = attached.action === "block";
  const close = () => dialog.close();
  const body = stopped ? held(attached) : leaving(attached);
  const dialog = el(
    "dialog",
    { class: "sheet-dialog file-dialog", "data-action": attached.action, "aria-labelledby": "file-head" },
    el("div", { class: "dialog-head" }, el("h2", { id: "file-head" }, say(stopped ? "attach.js.not_leaving" : "attach.js.leaving")), el("button", { type: "button", class: "quiet round", onclick: close, "aria-label": say("practice.js.close") }, icon("close"))),
    el("p", { class: "dialog-file" }, icon("clip"), name),
    ...body,
    el(
      "div",
      { class: "actions" },
      button("primary", null, say("practice.js.close"), close),
      button("secondary", "close", say("attach.js.remove"), () => {
        close();
        remove();
      }),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
}

/** A file that was stopped: nothing of it is here any more, only where the signs stood. */
function held(attached) {
  const signs = attached.parts.filter((part) => part.findings.some((finding) => finding.action === "block"));
  const stops = found(attached).filter((finding) => finding.action === "block");
  const secret = stops.some((finding) => finding.tier === "T1");
  const next = attached.fault ? "practice.js.card.fault_why" : secret ? "attach.js.next_secret" : "attach.js.next";
  return [
    el("p", { class: "still-here" }, icon("shield"), say("attach.js.nothing_left")),
    signs.length ? el("p", {}, say("attach.js.signs"), " ", el("strong", {}, signs.map((part) => part.where).join("; "))) : null,
    reasons(null, stops.map((finding) => ({ finding, action: finding.action })), null),
    el("p", { class: "next" }, say(next)),
    el("p", { class: "reference soft" }, say("practice.js.card.reference", { reference: attached.reference })),
  ].filter(Boolean);
}

/** A file that goes along: its parts as they leave, what stays, and why something is masked. */
function leaving(attached) {
  const goes = attached.parts.filter((part) => part.leaves && part.text);
  const stays = attached.parts.filter((part) => !part.leaves && part.text);
  const masked = found(attached);
  const told = [say("attach.js.lead")];
  if (attached.left_out) told.push(say("attach.js.left_out", { count: figure(attached.left_out) }));
  const rows = [el("p", { class: "soft" }, told.join(" ")), ...goes.map((part) => piece(part))];
  for (const sentence of attached.unread) rows.push(el("p", { class: "notice-line" }, icon("info"), el("span", {}, sentence)));
  if (stays.length) {
    rows.push(el("details", { class: "stays" }, el("summary", {}, icon("shield"), el("span", {}, say("attach.js.stays", { count: figure(stays.length) }))), el("p", { class: "soft" }, say("attach.js.stays_why")), ...stays.map((part) => piece(part))));
  }
  if (masked.length) rows.push(el("details", {}, el("summary", {}, icon("mask"), el("span", {}, say("attach.js.why"))), reasons(null, masked.map((finding) => ({ finding, action: finding.action })), null)));
  rows.push(el("details", {}, el("summary", {}, icon("eye"), el("span", {}, say("attach.js.verbatim"))), el("p", { class: "quote verbatim" }, ...withPlaceholders(attached.outgoing, masked.map((each) => each.placeholder)))));
  return rows;
}

function piece(part) {
  const placeholders = part.findings.map((finding) => finding.placeholder);
  return el("section", { class: "file-part" }, el("h3", {}, part.where), el("p", { class: "quote", tabindex: "0" }, ...withPlaceholders(part.text, placeholders)));
}
