// What the components need from the browser itself; wrapped in jsrs_portal/components/kit.py, which passes the classes.
import { createContext, createElement as h, useContext, useEffect, useLayoutEffect, useId, useRef, useState } from "react";

const focusOn = (id) => {
  const target = document.getElementById(id);
  if (!target) return;
  if (!target.matches("a,button,input,select,textarea,[tabindex]")) target.tabIndex = -1;
  const long = target.id === "main" || target.offsetHeight > window.innerHeight / 2;
  target.scrollIntoView({ block: long ? "start" : "center" });
  target.focus({ preventScroll: true });
};

// A native dialog. Esc and the close button (if it has a label) close it here at once; onClose tells whoever holds `open`.
// The browser says "close" later, when it may be open again: what was closed from here is not told back.
// With `ask` something begun inside is not thrown away before the question is answered; `data-close` marks buttons that leave.
const changed = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.type !== "file" && field.value !== field.defaultValue;
};

// A dialog that opened by itself has nothing to give the focus back to: it goes on where the content begins, unless a
// message that comes with its end takes it (Passing).
const landed = () =>
  setTimeout(() => document.activeElement === document.body && document.getElementById("main")?.focus({ preventScroll: true }), 120);

export function Dialog(props) {
  const { open, onClose, title, closeLabel, className, headClass, closeClass, children } = props;
  const { ask, begun, stayLabel, leaveLabel, askClass, stayClass, leaveClass } = props;
  const box = useRef(null);
  const told = useRef(0);
  const before = useRef(null);
  const [asking, setAsking] = useState(false);
  const id = useId();
  useEffect(() => {
    setAsking(false);
    if (open && !box.current.open) {
      box.current.showModal();
      if (box.current.scrollTop > 0) focusOn(id); // long: from its beginning
    }
    if (!open && box.current.open) {
      told.current += 1;
      box.current.close();
      landed();
    }
  }, [open]);
  const unsaved = () => Boolean(ask) && (begun || Array.from(box.current.querySelectorAll("input,textarea")).some(changed));
  const question = () => {
    before.current = document.activeElement;
    setAsking(true);
  };
  const stay = () => {
    setAsking(false);
    before.current?.focus();
  };
  const leave = () => (unsaved() && !asking ? question() : box.current.close());
  const head = h("h2", { id, className: headClass }, title);
  const close = closeLabel ? h("button", { type: "button", className: closeClass, onClick: leave }, closeLabel) : null;
  const asked = asking && h(
    "div",
    { role: "alert", className: askClass },
    h("p", null, ask),
    h("button", { type: "button", className: stayClass, autoFocus: true, onClick: stay }, stayLabel),
    h("button", { type: "button", className: leaveClass, onClick: () => box.current.close() }, leaveLabel),
  );
  const closed = (e) => {
    if (e.target !== box.current) return;
    if (told.current > 0) told.current -= 1;
    else {
      landed();
      onClose?.();
    }
  };
  const escaped = (e) => {
    if (e.target !== box.current || !unsaved()) return;
    e.preventDefault();
    if (asking) stay();
    else question();
  };
  const pressed = (e) => e.target.closest("[data-close]") && leave();
  const frame = { ref: box, className, "aria-labelledby": id, onClose: closed, onCancel: escaped, onClick: pressed };
  return h("dialog", frame, ...(open ? [head, asked, children, close] : []));
}

// A dialog that opens itself: the navigation and the search on a phone.
export function Sheet({ label, triggerClass, ...dialog }) {
  const [open, setOpen] = useState(false);
  const trigger = { type: "button", className: triggerClass, "aria-haspopup": "dialog", "aria-expanded": open };
  const leave = (e) => (e.target.tagName === "DIALOG" || e.target.closest("dialog a")) && setOpen(false);
  const opener = h("button", { ...trigger, onClick: () => setOpen(true) }, label);
  return h("div", { onClick: leave }, opener, h(Dialog, { ...dialog, open, onClose: () => setOpen(false) }));
}

// A button with a panel below it, closed by Esc, by a click elsewhere and when the focus leaves.
export function Disclosure({ label, name, className, triggerClass, panelClass, children }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const outside = (e) => box.current.contains(e.target) || setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const escape = (e) => {
    if (e.key !== "Escape" || !open) return;
    setOpen(false);
    box.current.querySelector("button").focus();
  };
  const left = (e) => e.relatedTarget && !box.current.contains(e.relatedTarget) && setOpen(false);
  const chosen = (e) => e.target.closest("a,button") && setOpen(false);
  const trigger = { type: "button", className: triggerClass, "aria-label": name, "aria-expanded": open, "aria-controls": id };
  const opener = h("button", { ...trigger, onClick: () => setOpen(!open) }, label);
  const panel = h("div", { id, className: panelClass, hidden: !open, onClick: chosen }, children);
  return h("div", { ref: box, className, onKeyDown: escape, onBlur: left }, opener, panel);
}

// Calls onTick every `every` milliseconds while the page is visible and `active` is true.
export function Ticker({ every, active, onTick }) {
  const tick = useRef(onTick);
  tick.current = onTick;
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => document.hidden || tick.current?.(), every);
    return () => clearInterval(timer);
  }, [active, every]);
  return null;
}

const inWords = (ms) => {
  const s = Math.ceil(ms / 1000);
  const parts = [[Math.floor(s / 3600), "小时"], [Math.floor(s / 60) % 60, "分"], [s % 60, "秒"]];
  const shown = parts.slice(parts.findIndex(([n], i) => n || i === 2));
  return shown.filter(([n], i) => n || i === 0).map(([n, unit]) => `${n} ${unit}`).join(" ");
};

// Milliseconds left until `until`, null before the first measurement. `now` is the server's clock when it
// sent `until`: the clock of an office computer may be minutes off.
const useLeft = (until, now, onEnd) => {
  const [left, setLeft] = useState(null);
  const end = useRef(onEnd);
  end.current = onEnd;
  useEffect(() => {
    const skew = now ? now - Date.now() : 0;
    let running = false;
    let timer;
    const measure = () => {
      const rest = Math.max(0, (until || 0) - Date.now() - skew);
      setLeft(rest);
      if (rest > 0) timer = setTimeout(measure, rest % 1000 || 1000);
      else if (running) end.current?.();
      running = true;
    };
    measure();
    return () => clearTimeout(timer);
  }, [until, now]);
  return left;
};

export function Countdown({ until, now, before, after, ended, onEnd, className }) {
  const left = useLeft(until, now, onEnd);
  const ticking = h("span", { role: "timer", "aria-live": "off" }, left ? before + inWords(left) + after : null);
  return h("span", { className }, ticking, h("span", { role: "status" }, left === 0 && until ? ended : null));
}

// A button that waits: while time is left its text is the countdown. It hands over the named fields of its form.
export function TimedButton({ id, until, now, label, after, fields, pending, onSend, className }) {
  const left = useLeft(until, now);
  const send = (e) => {
    const data = e.currentTarget.form ? new FormData(e.currentTarget.form) : new Map();
    onSend?.(Object.fromEntries(fields.map((name) => [name, data.get(name) ?? ""])));
  };
  const text = left ? inWords(left) + after : label;
  return h("button", { id, type: "button", className, disabled: Boolean(left) || pending, onClick: send }, text);
}

export function CopyButton({ text, label, done, className }) {
  const [copied, setCopied] = useState(false);
  const copy = async (e) => {
    const button = e.currentTarget;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
      button.parentNode.append(area);
      area.select();
      document.execCommand("copy"); // no clipboard on http: the old way still works there
      area.remove();
      button.focus();
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return h("button", { type: "button", className, onClick: copy }, h("span", { role: "status" }, copied ? done : label));
}

// Shows and hides what stands in a password field.
export function Reveal({ target, show, hide, className }) {
  const [shown, setShown] = useState(false);
  const flip = () => {
    document.getElementById(target).type = shown ? "password" : "text";
    setShown(!shown);
  };
  return h("button", { type: "button", className, "aria-controls": target, "aria-pressed": shown, onClick: flip }, shown ? hide : show);
}

// Enter in the field with the id `target` does something of its own instead of sending the form; not while a word is
// still being composed.
export function OnEnter({ target, onEnter }) {
  const act = useRef(onEnter);
  act.current = onEnter;
  useEffect(() => {
    const field = document.getElementById(target);
    const pressed = (e) => {
      if (e.key !== "Enter" || e.isComposing) return;
      e.preventDefault();
      act.current?.({ [field.name]: field.value });
    };
    field?.addEventListener("keydown", pressed);
    return () => field?.removeEventListener("keydown", pressed);
  }, [target]);
  return null;
}

// Shows its children once the page has its data, and goes on doing so: fields take their values when they are made.
export function OnceLoaded({ loaded, waiting, children }) {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    if (loaded) setReady(true);
  }, [loaded]);
  return ready ? children : waiting;
}

// Sends what stands in a form: soon after a choice, a while after the last key, and when the page is left. How it stands is
// told to SaveState. Where answers are counted, what has none is sent again. After a reconnection (kept.jsx) the server is
// told what stands here and what it knew of it.
const UNANSWERED = 15000;
const tellOf = (target, news) => document.dispatchEvent(new CustomEvent("form-watch", { detail: { target, news } }));

export function FormWatch({ target, onValues, onAgain, answered, failed, anew }) {
  const act = useRef({});
  act.current = { onValues, onAgain };
  const retry = useRef(0);
  const under = useRef({ sent: "", known: {} }).current; // what was sent last; what the server knows to stand here
  const values = (form) => Object.fromEntries(new FormData(form).entries());
  useEffect(() => () => clearTimeout(retry.current), [answered]);
  useLayoutEffect(() => {
    const form = document.getElementById(target);
    if (form && !failed) under.known = { ...values(form), ...JSON.parse(under.sent || "{}") };
  }, [answered]);
  useLayoutEffect(() => {
    const form = document.getElementById(target);
    if (form) under.known = values(form);
  }, [anew, target]);
  useLayoutEffect(() => {
    let form = null;
    let timer = 0;
    const send = () => {
      clearTimeout(timer);
      timer = 0;
      if (!form?.isConnected) return;
      if (document.documentElement.dataset.held) return wait(500); // sent as it stands, once the page has its data again
      const now = values(form);
      if (JSON.stringify(now) === under.sent) return tellOf(target, "same");
      under.sent = JSON.stringify(now);
      tellOf(target, "sent");
      act.current.onValues?.(now);
      if (answered === undefined) return;
      clearTimeout(retry.current);
      retry.current = setTimeout(() => {
        under.sent = "";
        tellOf(target, "lost");
        send();
      }, UNANSWERED);
    };
    const wait = (delay) => {
      clearTimeout(timer);
      timer = setTimeout(send, delay);
    };
    const typed = (e) => {
      if (e.target.form?.id !== target) return; // a dialog's form is another's
      form = e.target.form;
      tellOf(target, "changed");
      wait(e.target.matches("select, [type=radio], [type=checkbox], [type=date]") ? 150 : 1200);
    };
    const left = () => timer && send();
    const moved = (e) => form && e.target.form === form && wait(150);
    const submitted = (e) => {
      if (e.target.id !== target) return;
      clearTimeout(timer);
      timer = 0;
      under.sent = JSON.stringify(values(e.target));
      tellOf(target, "sent");
    };
    const again = ({ detail }) => {
      const here = document.getElementById(target);
      if (!here || !act.current.onAgain) return;
      clearTimeout(timer);
      clearTimeout(retry.current);
      timer = 0;
      const now = values(here);
      under.sent = JSON.stringify(now);
      tellOf(target, "lost"); // whatever was on its way
      tellOf(target, "sent");
      act.current.onAgain(now, under.known);
      detail.push(target);
    };
    document.addEventListener("input", typed);
    document.addEventListener("focusout", moved);
    document.addEventListener("submit", submitted, true);
    document.addEventListener("visibilitychange", left);
    document.addEventListener("again", again);
    return () => {
      left();
      clearTimeout(retry.current);
      document.removeEventListener("input", typed);
      document.removeEventListener("focusout", moved);
      document.removeEventListener("submit", submitted, true);
      document.removeEventListener("visibilitychange", left);
      document.removeEventListener("again", again);
    };
  }, [target]);
  return null;
}

// How it stands with what is typed: not saved, being saved, saved. A word, said politely; the server's answer decides.
export function SaveState({ target, saved, answered, failed, changed, sending, className }) {
  const [state, setState] = useState("saved");
  const under = useRef({ way: 0, newer: false, failed, first: true }).current; // what is on its way, typed since, refused
  useEffect(() => {
    const heard = ({ detail }) => {
      if (detail.target !== target) return;
      under.newer = detail.news === "changed" || detail.news === "lost";
      if (detail.news === "sent") under.way += 1;
      if (detail.news === "lost") under.way = 0;
      if (detail.news !== "same") setState(detail.news === "sent" ? "sending" : "changed");
      else setState((now) => (now === "changed" && !under.failed && !under.way ? "saved" : now));
    };
    document.addEventListener("form-watch", heard);
    return () => document.removeEventListener("form-watch", heard);
  }, [target]);
  useEffect(() => {
    if (!under.first) {
      under.way = Math.max(0, under.way - 1);
      under.failed = failed;
      setState(failed || under.newer ? "changed" : under.way ? "sending" : "saved");
    }
    under.first = false;
  }, [answered]);
  return h("p", { role: "status", className }, { changed, sending, saved }[state]);
}

// A button that gives way to what it stands for; on paper that is there in any case.
export function Unfold({ label, buttonClass, children }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const show = () => {
    setOpen(true);
    setTimeout(() => box.current?.focus({ preventScroll: true }), 0);
  };
  const opener = h("button", { type: "button", className: buttonClass, onClick: show }, label);
  return h("div", null, open ? null : opener, h("div", { ref: box, tabIndex: -1, className: open ? "" : "folded" }, children));
}

// Not when the first value arrives, and not when it comes back after a reconnection.
export function FocusOnChange({ value, target }) {
  const known = useRef("");
  useEffect(() => {
    if (!value || value === known.current) return;
    if (known.current) focusOn(target);
    known.current = value;
  }, [value, target]);
  return null;
}

// Asks for what goes with a value when it becomes another; not when the first arrives, nor by reconnecting.
export function OnChange({ value, onTurn }) {
  const known = useRef(0);
  const turn = useRef(onTurn);
  turn.current = onTurn;
  useEffect(() => {
    if (!value || value === known.current) return;
    if (known.current) turn.current?.();
    known.current = value;
  }, [value]);
  return null;
}

// Takes a word out of the address once it was said: loaded again, the page must not say it again.
export function Unsaid({ name }) {
  useEffect(() => {
    const here = new URL(location.href);
    here.searchParams.delete(name);
    history.replaceState(history.state, "", here);
  }, [name]);
  return null;
}

export function FocusWhen({ when, target }) {
  useEffect(() => void (when && focusOn(target)), [when, target]);
  return null;
}

// 长者版 and 高对比度: an attribute on <html>, remembered. display_script() sets it before the first paint.
export function DisplaySwitch({ attribute, value, label, className }) {
  const [on, setOn] = useState(false);
  useEffect(() => setOn(document.documentElement.dataset[attribute] === value), [attribute, value]);
  const flip = () => {
    document.documentElement.dataset[attribute] = on ? "" : value;
    try { localStorage.setItem(attribute, on ? "" : value); } catch {} // storage forbidden: holds on this page only
    setOn(!on);
  };
  return h("button", { type: "button", className, "aria-pressed": on, onClick: flip }, label);
}

// A picture with a gap and a slider that moves the piece; hands over how it was moved as [milliseconds, place] pairs.
// Letting go of the pointer answers, so does Enter after the arrow keys.
export function SliderPuzzle({ picture, y, width, height, piece, farthest, label, hint, confirm, onAnswer, classes }) {
  const [x, setX] = useState(0);
  const [byKeys, setByKeys] = useState(false);
  const moved = useRef([]);
  const hintId = useId();
  useEffect(() => {
    setX(0);
    moved.current = [];
  }, [picture]);
  const begin = () => (moved.current = [[performance.now(), x]]);
  const follow = (e) => {
    const place = Number(e.target.value);
    if (!moved.current.length) begin();
    moved.current.push([performance.now(), place]);
    setX(place);
  };
  const answer = () => {
    const [first] = moved.current;
    if (!first || moved.current.length < 2) return;
    const trail = moved.current.slice(-600).map(([at, place]) => [Math.min(60000, Math.round(at - first[0])), place]);
    moved.current = [];
    onAnswer?.(trail);
  };
  const pressed = (e) => {
    if (e.key === "Enter") answer();
    else if (e.key.startsWith("Arrow") || e.key.startsWith("Page")) setByKeys(true);
  };
  const share = (part, whole) => `${(part / whole) * 100}%`;
  const source = (part) => `/puzzle/${picture}/${part}`;
  const stage = h(
    "div",
    { className: classes.stage, style: { aspectRatio: `${width} / ${height}` } },
    picture && h("img", { src: source("ground"), alt: "", draggable: false, className: classes.ground }),
    picture &&
      h("img", {
        src: source("piece"),
        alt: "",
        draggable: false,
        className: classes.piece,
        style: { left: share(x, width), top: share(y, height), width: share(piece, width) },
      }),
  );
  const slider = h("input", {
    type: "range",
    min: 0,
    max: farthest,
    value: x,
    disabled: !picture,
    "aria-label": label,
    "aria-describedby": hintId,
    className: classes.slider,
    onPointerDown: begin,
    onPointerUp: answer,
    onChange: follow,
    onKeyDown: pressed,
  });
  const button = byKeys && h("button", { type: "button", className: classes.button, onClick: answer }, confirm);
  return h(
    "div",
    { className: classes.box },
    stage,
    h("p", { "aria-hidden": true, className: classes.label }, label),
    slider,
    h("p", { id: hintId, className: classes.hint }, hint),
    button,
  );
}

// Submits a form, or presses a button, each time `count` grows.
export function Retry({ count, target }) {
  const known = useRef(count);
  useEffect(() => {
    if (count > known.current) {
      const element = document.getElementById(target);
      if (element?.requestSubmit) element.requestSubmit();
      else element?.click();
    }
    known.current = count;
  }, [count, target]);
  return null;
}

// Opens the browser's own dialog for printing.
export function PrintButton({ className, children }) {
  return h("button", { type: "button", className, onClick: () => window.print() }, children);
}

// Reads a file in the browser and hands it over as base64, piece by piece (each with its number, and how many there are):
// no message of a page is longer than the server takes. What is too large is not read at all.
const PIECE = 60000; // a multiple of four: every piece is base64 of its own
export function FilePick({ id, label, accept, most, className, onRead }) {
  const input = useRef(null);
  const picked = async (e) => {
    const file = e.target.files[0];
    e.target.value = ""; // the same file can be picked again once it is mended
    if (!file) return;
    if (file.size > most) return onRead?.("", 0, 1);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const of = Math.max(1, Math.ceil(text.length / PIECE));
    for (let number = 0; number < of; number++) onRead?.(text.slice(number * PIECE, (number + 1) * PIECE), number, of);
  };
  return h(
    "span",
    null,
    h("input", { id, ref: input, type: "file", accept, hidden: true, onChange: picked, "aria-label": label }),
    h("button", { type: "button", className, onClick: () => input.current.click() }, label),
  );
}

// Saves a file of ours without going to its address: following a link, even one that only downloads, tells the page that
// it is being left, and its connection ends. What the server says no to stands beside the link.
export function Download({ label, href, name, busy, failed, className, saidClass }) {
  const [said, setSaid] = useState("");
  const [waits, setWaits] = useState(false);
  const save = async (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    if (waits) return;
    setSaid("");
    setWaits(true);
    try {
      const answer = await fetch(href, { credentials: "same-origin" });
      if (!answer.ok) {
        const plain = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
        setSaid((plain && (await answer.text())) || failed);
        return;
      }
      const kept = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") || "");
      const address = URL.createObjectURL(await answer.blob());
      Object.assign(document.createElement("a"), { href: address, download: kept ? decodeURIComponent(kept[1]) : "" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
    } catch {
      setSaid(failed);
    } finally {
      setWaits(false);
    }
  };
  return h(
    "span",
    null,
    h("a", { href, className, "aria-label": name, "aria-busy": waits, onClick: save }, waits ? busy : label),
    h("span", { role: "alert", className: said ? saidClass : undefined }, said),
  );
}

// A row that scrolls sideways, with the current item in view.
export function ScrollRow({ className, children }) {
  const row = useRef(null);
  useEffect(() => {
    const item = row.current.querySelector("[aria-current],[aria-pressed=true]");
    if (item) row.current.scrollLeft = item.offsetLeft - (row.current.clientWidth - item.clientWidth) / 2;
  });
  return h("div", { ref: row, className }, children);
}

// A message of what was done: it goes when the next thing is done, and takes the focus if what had it is gone.
export function Passing({ text, onNext, className, children }) {
  const box = useRef(null);
  const next = useRef(onNext);
  next.current = onNext;
  useEffect(() => {
    if (!text) return;
    const lost = setTimeout(() => document.activeElement === document.body && box.current?.focus({ preventScroll: true }), 50);
    const acts = (e) => {
      if (box.current?.contains(e.target)) return;
      if (e.type === "submit" || e.target.closest?.("button,a,summary")) next.current?.();
    };
    document.addEventListener("click", acts, true);
    document.addEventListener("submit", acts, true);
    return () => {
      clearTimeout(lost);
      document.removeEventListener("click", acts, true);
      document.removeEventListener("submit", acts, true);
    };
  }, [text]);
  return h("div", { ref: box, className, tabIndex: -1 }, children);
}

let known = ""; // whose session this document was first filled for

// Says that the browser is somebody else's now, or in another role, than this document was made for. It cannot be closed,
// only loaded anew: nothing of it may be done in another's name.
export function OneRole({ told, mark, title, sentence, label, className, headClass, buttonClass }) {
  const [over, setOver] = useState(false);
  const box = useRef(null);
  const id = useId();
  useEffect(() => {
    if (mark && !known) known = mark;
    if (told || (mark && mark !== known)) setOver(true);
  }, [told, mark]);
  useEffect(() => void (over && !box.current.open && box.current.showModal()), [over]);
  const head = h("h2", { id, className: headClass }, title);
  const again = h("button", { type: "button", className: buttonClass, onClick: () => location.reload() }, label);
  const frame = { ref: box, className, role: "alertdialog", "aria-labelledby": id, "aria-describedby": `${id}-text` };
  const keep = (e) => e.preventDefault();
  return h("dialog", { ...frame, onCancel: keep }, ...(over ? [head, h("p", { id: `${id}-text` }, sentence), again] : []));
}

let visited = false;

// After a change of page the focus starts at the content; links to a part of the page move it there
// without touching the address (Reflex would load the page's data again).
export function Arrival() {
  useEffect(() => {
    document.querySelector("title[data-served]")?.remove(); // what the document brought; the page has its own now
    if (visited) document.getElementById("main")?.focus({ preventScroll: true });
    visited = true;
    const jump = (e) => {
      const link = e.target.closest?.('a[href^="#"]');
      if (!link) return;
      e.preventDefault();
      history.replaceState(history.state, "", link.hash); // a part of a page can be shared
      focusOn(decodeURIComponent(link.hash.slice(1)));
    };
    document.addEventListener("click", jump);
    return () => document.removeEventListener("click", jump);
  }, []);
  return null;
}

// Loads a whole new document of this portal: a websocket's cookie cannot change while it is open.
export function Departure({ to }) {
  useEffect(() => {
    if (typeof to === "string" && /^\/(?![/\\])/.test(to)) window.location.assign(to);
  }, [to]);
  return null;
}

// One of several contents by a value; an empty value, as after a reconnection, changes nothing.
const Remembered = createContext("");
export function Steady({ value, children }) {
  const [kept, setKept] = useState(value);
  if (value && value !== kept) setKept(value);
  return h(Remembered.Provider, { value: value || kept }, children);
}
export function SteadyCase({ when, children }) {
  return useContext(Remembered) === when ? children : null;
}

// What fields with a list of answers share: they ask after a pause in typing, arrow keys walk through what came, Enter
// picks, Esc closes. With `whole` nothing typed means the whole list.
function useAnswers({ id, text, found, foundFor, whole, onAsk, onPick }) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const timer = useRef(null);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => void (chosen >= 0 && document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: "nearest" })), [chosen]);
  const fresh = open && foundFor === text && Boolean(whole || text.trim());
  const shown = fresh ? found : [];
  const ask = (now, pause, composing) => {
    setOpen(true);
    setChosen(-1);
    clearTimeout(timer.current);
    if ((whole || now.trim()) && !composing) timer.current = setTimeout(() => onAsk?.(now), pause);
  };
  const pick = (one) => {
    clearTimeout(timer.current);
    setOpen(false);
    setChosen(-1);
    onPick(one);
  };
  const key = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && shown.length) {
      e.preventDefault();
      const places = shown.length + 1; // one for the text itself
      setChosen(((chosen + 1 + step + places) % places) - 1);
    } else if (step && whole) {
      e.preventDefault();
      ask(text, 0);
    } else if (e.key === "Escape" && shown.length) {
      e.preventDefault(); // the browser would empty a search field
      e.stopPropagation();
      setOpen(false);
    } else if (e.key === "Enter" && chosen >= 0 && shown[chosen]) {
      e.preventDefault();
      pick(shown[chosen]);
    }
  };
  const field = {
    id,
    autoComplete: "off",
    role: "combobox",
    "aria-expanded": shown.length > 0,
    "aria-controls": `${id}-list`,
    "aria-autocomplete": "list",
    "aria-activedescendant": chosen >= 0 && shown[chosen] ? `${id}-${chosen}` : undefined,
    onKeyDown: key,
  };
  const list = (label, classes, content) => {
    const one = (answer, place) =>
      h(
        "li",
        {
          key: place,
          id: `${id}-${place}`,
          role: "option",
          "aria-selected": place === chosen,
          className: place === chosen ? classes.chosen : classes.option,
          onPointerDown: (e) => {
            e.preventDefault();
            pick(answer);
          },
        },
        ...content(answer),
      );
    const frame = { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: !shown.length, className: classes.list };
    return h("ul", frame, shown.map(one));
  };
  return { fresh, shown, ask, field, list, setOpen };
}

// The search field with suggestions; picking one goes there, Enter without one searches.
export function SearchField({ id, action, label, placeholder, value, kept, button, found, foundFor, onAsk, classes }) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  const onPick = (one) => location.assign(one.href);
  const answers = useAnswers({ id, text, found, foundFor, onAsk, onPick });
  const typed = (e) => {
    setText(e.target.value);
    answers.ask(e.target.value, 250, e.nativeEvent.isComposing);
  };
  const shape = { type: "search", name: "q", value: text, placeholder, maxLength: 60, className: classes.field };
  const acts = { onChange: typed, onCompositionEnd: typed, onFocus: () => answers.setOpen(true) };
  const content = (one) => [
    h("span", null, one.title.map(([part, hit], n) => (hit ? h("mark", { key: n, className: classes.mark }, part) : part))),
    h("span", { className: classes.kind }, one.kind_name),
  ];
  return h(
    "form",
    { action, method: "get", role: "search", className: classes.form, onBlur: () => answers.setOpen(false) },
    h("label", { htmlFor: id, className: "sr-only" }, label),
    Object.entries(kept ?? {}).map(([name, value]) => value && h("input", { key: name, type: "hidden", name, value })),
    h("input", { ...answers.field, ...shape, ...acts }),
    h("button", { type: "submit", className: classes.button }, button),
    answers.list(label, classes, content),
  );
}

// A field whose value is one of very many, looked for on the server; what is typed is sent like any field's. A click or
// an arrow key shows the list from its start while nothing else is typed than what stood there.
export function LookupField({ id, name, label, placeholder, value, found, foundFor, none, some, onAsk, classes, ...ties }) {
  const [text, setText] = useState(value ?? "");
  const [kept, setKept] = useState(value ?? "");
  const put = (words) => {
    setText(words);
    setKept(words);
  };
  useEffect(() => put(value ?? ""), [value]);
  const asked = text === kept ? "" : text;
  const answers = useAnswers({ id, text: asked, found, foundFor, whole: true, onAsk, onPick: (one) => put(one.label) });
  const typed = (e) => {
    setText(e.target.value);
    answers.ask(e.target.value === kept ? "" : e.target.value, 250, e.nativeEvent.isComposing);
  };
  const shape = { type: "text", name, value: text, placeholder, maxLength: 80, className: classes.field };
  const acts = { onChange: typed, onCompositionEnd: typed, onClick: () => answers.ask(asked, 0) };
  const content = (one) => [h("span", null, one.label), one.note && h("span", { className: classes.kind }, one.note)];
  const said = answers.fresh ? (answers.shown.length ? `${answers.shown.length} ${some}` : none) : "";
  return h(
    "div",
    { className: classes.form, onBlur: () => answers.setOpen(false) },
    h("input", { ...ties, ...answers.field, ...shape, ...acts }),
    answers.list(label, classes, content),
    h("p", { role: "status", className: answers.fresh && !answers.shown.length ? classes.none : "sr-only" }, said),
  );
}
