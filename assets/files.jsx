// Files of a case: sent in parts to our own route, gone on with after any interruption; their pages looked at.
// Wrapped in jsrs_portal/components/uploads.py, which passes words and classes; the routes are in api/case_files.py.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { Dialog } from "./kit.jsx";

const LONGEST_WAIT = 30000;
const underWay = new Map(); // the names of what is being sent, by upload field
const noteUnderWay = (field, names) => {
  if (names.length) underWay.set(field, names);
  else underWay.delete(field);
  window.dispatchEvent(new Event("uploads"));
};

// What the server says no to; `later` means that what is there stays and it may go on.
class Refused extends Error {
  constructor(code, message, later) {
    super(message);
    this.code = code;
    this.later = later;
  }
}

const ask = async (path, signal, method, body, type) => {
  const headers = type ? { "Content-Type": type } : {};
  const answer = await fetch(path, { method, body, headers, signal, credentials: "same-origin", redirect: "error" });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const said = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : {};
  if (!said.message) throw new TypeError(`status ${answer.status}`); // a proxy, or too late: as a lost connection
  throw new Refused(said.code, said.message, [429, 503, 507].includes(answer.status));
};

const digestOf = async (file) => {
  if (!crypto.subtle) return ""; // plain http other than localhost: the server computes it alone
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

// Ends after a while, when the connection is back, or when nobody waits any more.
const pause = (ms, signal) =>
  new Promise((go) => {
    const timer = setTimeout(go, ms);
    window.addEventListener("online", go, { once: true });
    signal.addEventListener("abort", () => go(clearTimeout(timer)), { once: true });
  });

// Sends one file; `tell` hears how far it is. A part is sent again until it is there: the server keeps the first.
async function send(one, { caseId, field, signal, tell }) {
  const { file } = one;
  tell({ state: "reading" });
  const digest = one.digest ?? (await digestOf(file));
  one.digest = digest;
  const begin = () => {
    const body = JSON.stringify({ case: caseId, field, name: file.name, size: file.size, digest });
    return ask("/files", signal, "POST", body, "application/json");
  };
  let upload = one.upload;
  let have = new Set(upload?.have);
  for (let tries = 0; ; ) {
    try {
      if (!upload || (tries && digest)) {
        upload = one.upload = await begin();
        have = new Set(upload.have);
        upload.have = have;
      }
      for (let part = 0; part < upload.parts; part += 1) {
        if (have.has(part)) continue;
        const start = part * upload.part_bytes;
        tell({ state: "sending", sent: Math.min(file.size, have.size * upload.part_bytes) });
        const bytes = await file.slice(start, start + upload.part_bytes).arrayBuffer();
        await ask(`/files/${upload.id}/parts/${part}`, signal, "PUT", bytes, "application/octet-stream");
        have.add(part);
        tries = 0;
      }
      tell({ state: "checking", sent: file.size });
      return await ask(`/files/${upload.id}/complete`, signal, "POST");
    } catch (error) {
      if (signal.aborted || error.name === "NotReadableError" || error.name === "NotFoundError") throw error;
      const again = error instanceof TypeError || ["busy", "incomplete"].includes(error.code);
      if (!again || (error.code && tries > 4)) throw error;
      tries += 1;
      tell({ state: error instanceof TypeError ? "waiting" : "checking" });
      await pause(Math.min(LONGEST_WAIT, 1000 * 2 ** (tries - 1)), signal);
      if (signal.aborted) throw error;
    }
  }
}

const inWords = (size) => (size >= 1048576 ? `${(size / 1048576).toFixed(1)} MB` : `${Math.ceil(size / 1024)} KB`);

// A button and a place to drop files on; below, what is under way. Files go one after the other.
export function FileUpload({ id, label, caseId, field, accept, most, disabled, words, classes, onChange }) {
  const [items, setItems] = useState([]);
  const [over, setOver] = useState(false);
  const [said, setSaid] = useState("");
  const input = useRef(null);
  const button = useRef(null);
  const queue = useRef([]);
  const busy = useRef(false);
  const mounted = useRef(true);
  const changed = useRef(onChange);
  changed.current = onChange;
  const hint = useId();
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
      queue.current.forEach((one) => one.stop.abort());
      noteUnderWay(field, []);
    };
  }, []);
  const show = () => {
    if (!mounted.current) return;
    setItems(queue.current.map((one) => ({ ...one })));
    noteUnderWay(field, queue.current.filter((one) => one.state !== "failed").map((one) => one.file.name));
  };
  const put = (one, news) => {
    Object.assign(one, news);
    show();
  };
  const drop = (one) => {
    queue.current = queue.current.filter((other) => other !== one);
    show();
  };
  const settle = (one, answer) => {
    drop(one);
    setSaid(`${one.file.name} ${answer.state === "REFUSED" ? answer.message : words.done}`);
    changed.current?.({ id: answer.id, field, state: answer.state, message: answer.message });
  };
  const fail = (one, error) => {
    if (one.stop.signal.aborted) return;
    const message = error instanceof Refused ? error.message : words.unreadable;
    put(one, { state: "failed", message, later: error instanceof Refused && error.later });
    setSaid(`${one.file.name} ${message}`);
  };
  const work = async () => {
    if (busy.current) return;
    busy.current = true;
    for (let one; (one = queue.current.find((other) => other.state === "queued")); ) {
      const tell = (news) => {
        if (news.state === "waiting" && one.state !== "waiting") setSaid(`${one.file.name} ${words.waiting}`);
        put(one, news);
      };
      try {
        settle(one, await send(one, { caseId, field, signal: one.stop.signal, tell }));
      } catch (error) {
        fail(one, error);
      }
    }
    busy.current = false;
  };
  const add = (files) => {
    for (const file of files) {
      const problem = file.size > most ? words.tooLarge : file.size === 0 ? words.empty : "";
      const one = { key: crypto.getRandomValues(new Uint32Array(2)).join("-"), file, sent: 0, stop: new AbortController() };
      queue.current.push(Object.assign(one, problem ? { state: "failed", message: problem } : { state: "queued" }));
      if (problem) setSaid(`${file.name} ${problem}`);
    }
    show();
    work();
  };
  const cancel = (key) => {
    const one = queue.current.find((other) => other.key === key);
    if (!one) return;
    one.stop.abort();
    drop(one);
    button.current?.focus();
    if (one.upload) {
      const gone = () => changed.current?.({ id: one.upload.id, field, state: "CANCELLED", message: "" });
      ask(`/files/${one.upload.id}`, new AbortController().signal, "DELETE").then(gone, () => {});
    }
  };
  const again = (key) => {
    const one = queue.current.find((other) => other.key === key);
    if (one) put(one, { state: "queued", message: "" });
    button.current?.focus();
    work();
  };
  const picked = (e) => {
    add([...e.target.files]);
    e.target.value = ""; // the same file can be picked again
  };
  const dragged = (e) => {
    if (disabled || ![...e.dataTransfer.types].includes("Files")) return;
    e.preventDefault();
    setOver(e.type !== "dragleave" && e.type !== "drop");
    if (e.type === "drop") add([...e.dataTransfer.files]);
  };
  const line = (one) => {
    const name = one.file.name;
    const failed = one.state === "failed";
    const text = failed ? one.message : `${words[one.state]} ${inWords(one.sent)} / ${inWords(one.file.size)}`;
    const act = (word, does) =>
      h("button", { type: "button", className: classes.act, "aria-label": `${word} ${name}`, onClick: () => does(one.key) }, word);
    return h(
      "li",
      { key: one.key, className: classes.item },
      h("p", { className: classes.name }, name),
      failed ? null : h("progress", { max: one.file.size, value: one.sent, "aria-label": name, className: classes.bar }),
      h("p", { className: failed ? classes.bad : classes.note }, text),
      h("div", { className: classes.acts }, one.later ? act(words.again, again) : null, act(failed ? words.dismiss : words.cancel, cancel)),
    );
  };
  const drags = { onDragEnter: dragged, onDragOver: dragged, onDragLeave: dragged, onDrop: dragged };
  const opener = { id, ref: button, type: "button", className: classes.button, disabled, "aria-describedby": hint };
  return h(
    "div",
    { className: classes.box },
    h(
      "div",
      { className: over ? classes.zoneOver : classes.zone, ...drags },
      h("input", { ref: input, type: "file", accept, multiple: true, hidden: true, onChange: picked, "aria-label": label }),
      h("button", { ...opener, "aria-label": `${words.choose} ${label}`, onClick: () => input.current.click() }, words.choose),
      h("p", { id: hint, className: classes.note }, words.hint),
    ),
    items.length ? h("ul", { className: classes.list }, items.map(line)) : null,
    h("p", { role: "status", className: "sr-only" }, said),
  );
}

// A button that leads on once nothing is being sent any more; before, it says what is.
export function AfterUploads({ label, sentence, className, saidClass, onGo }) {
  const [names, setNames] = useState([]);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const changed = () => setNames((told) => (told.length ? [...underWay.values()].flat() : told));
    window.addEventListener("uploads", changed);
    return () => window.removeEventListener("uploads", changed);
  }, []);
  const go = () => {
    const waiting = [...underWay.values()].flat();
    setNames(waiting);
    setAsked(asked + 1);
    if (!waiting.length) onGo?.();
  };
  const told = names.length ? sentence.replace("{n}", names.length).replace("{names}", names.map((name) => `「${name}」`).join("、")) : "";
  return h(
    "div",
    { className: "contents" },
    h("button", { type: "button", className, onClick: go }, label),
    h("p", { role: "alert", className: told ? saidClass : "sr-only" }, told && h("span", { key: asked }, told)),
  );
}

// A button that opens a dialog with the pages of a document, one at a time, as the server drew them.
export function Pages({ href, pages, title, words, classes }) {
  const [open, setOpen] = useState(false);
  const [page, setPage] = useState(1);
  const [broken, setBroken] = useState(false);
  const turn = (to) => {
    setBroken(false);
    setPage(to);
  };
  const show = () => {
    turn(1);
    setOpen(true);
  };
  const where = words.page.replace("{n}", page).replace("{all}", pages);
  const go = (word, to) =>
    h("button", { type: "button", className: classes.act, disabled: to < 1 || to > pages, onClick: () => turn(to) }, word);
  const picture = { src: `${href}/pages/${page}`, alt: `${title} ${where}`, className: classes.page, onError: () => setBroken(true) };
  const dialog = { open, onClose: () => setOpen(false), title, closeLabel: words.close };
  const looks = { className: classes.dialog, headClass: classes.head, closeClass: classes.close };
  return h(
    "span",
    null,
    h("button", { type: "button", className: classes.act, "aria-haspopup": "dialog", "aria-label": `${words.look} ${title}`, onClick: show }, words.look),
    h(
      Dialog,
      { ...dialog, ...looks },
      pages > 1 ? h("div", { key: "turn", className: classes.turn }, go(words.before, page - 1), h("p", { role: "status" }, where), go(words.after, page + 1)) : null,
      broken ? h("p", { key: "bad", role: "alert", className: classes.bad }, words.broken) : h("img", { key: page, ...picture }),
    ),
  );
}
