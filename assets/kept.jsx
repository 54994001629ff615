// What was typed outlasts the server; wrapped in jsrs_portal/components/kept.py, which passes the words and classes.
import { createElement as h, useContext, useEffect, useRef, useState } from "react";
import { app, eventLoop, EventLoopContext, StateStoreContext } from "$/utils/context-registry";
import { ReflexEvent } from "$/utils/state";

const ROOT = "reflex___state____state";
const HYDRATED = "is_hydrated_rx_state_";
const value = (state, name) => state?.[`${name}_rx_state_`];

// Every button's way to the server leads through here, so that `stops` can say no to one that is pressed.
let stops = null;
let send = eventLoop.addEvents;
const pressed = (events, args, actions) => {
  const by = [args].flat().find((one) => one?.nativeEvent)?.type;
  return (by === "click" || by === "submit") && stops?.() ? undefined : send(events, args, actions);
};
Object.defineProperty(eventLoop, "addEvents", { get: () => pressed, set: (way) => (send = way), configurable: true });

// The state as the page sees it: while it is held, as it was. `live` are states that are never held.
const seenThrough = (store, live) => {
  const listeners = new Set();
  let kept = null;
  const held = (name) => kept !== null && name !== ROOT && !live.includes(name) && kept[name] !== undefined;
  return {
    ...store,
    hold: () => {
      kept ??= Object.fromEntries(Object.keys(app.initialState).map((name) => [name, store.getSnapshot(name)]));
      document.documentElement.dataset.held = "yes"; // forms wait with what they would send (FormWatch)
    },
    kept: () => kept,
    release: () => {
      kept = null;
      delete document.documentElement.dataset.held;
      listeners.forEach((listener) => listener());
    },
    getSnapshot: (name) => (held(name) ? kept[name] : store.getSnapshot(name)),
    subscribe: (name, listener) => {
      const own = () => listener();
      const end = store.subscribe(name, own);
      listeners.add(own);
      return () => {
        listeners.delete(own);
        end();
      };
    },
  };
};

// Texts that were typed into a form, in words.
const typedTexts = () =>
  Array.from(document.querySelectorAll("form textarea, form input:not([type=radio],[type=checkbox],[type=password],[type=file],[type=hidden])"))
    .filter((field) => field.name && field.value.trim() && field.value !== field.defaultValue)
    .map((field) => ({ field, name: field.name, text: field.value, label: field.labels?.[0]?.textContent ?? "" }));
const stands = ({ field, name, text }) =>
  field.isConnected || Array.from(document.getElementsByName(name)).some((one) => one.value === text);

// While the server is away, and until it has the page's data again, the page stays as it was: a server that was started
// anew begins with nothing, which would take fields away and with them what stands in them. Before the page shows the
// state again, the forms tell the server what they hold (`again`). What is pressed meanwhile is not sent, and that is said.
export function Held({ live, banner, bannerClass, stopped, unfinished, gone, close, className, buttonClass, children }) {
  const store = useContext(StateStoreContext);
  const [, errors] = useContext(EventLoopContext);
  const [view] = useState(() => seenThrough(store, live));
  const [holding, setHolding] = useState(false);
  const [said, setSaid] = useState({ sentence: "", texts: [] });
  const box = useRef(null);
  const asked = useRef(false);
  useEffect(() => {
    if (!errors.length) return;
    view.hold();
    setHolding(true);
    asked.current = false;
  }, [errors, view]);
  useEffect(() => {
    let here = "";
    let broken = false; // a new server, while something was being done
    const look = () => {
      const address = location.pathname + location.search;
      if (!store.getSnapshot(ROOT)[HYDRATED]) {
        if (address === here) {
          view.hold(); // not for another page
          setHolding(true);
        }
        queueMicrotask(() => {
          const kept = Object.entries(view.kept() ?? {});
          const anew = kept.some(([name, was]) => value(was, "loaded") && !value(store.getSnapshot(name), "loaded"));
          broken ||= anew && kept.some(([, was]) => value(was, "busy"));
        });
        return;
      }
      const stayed = address === here; // forms of a page that was left are not asked
      here = address;
      if (!view.kept()) return;
      if (stayed && !asked.current) {
        asked.current = true;
        const forms = [];
        document.dispatchEvent(new CustomEvent("again", { detail: forms }));
        if (forms.length) {
          store.dispatchers[ROOT]({ [HYDRATED]: false });
          send([false, true].map((on) => ReflexEvent(`${ROOT}.set_is_hydrated`, { value: on })), [], {}); // answered in turn
          return;
        }
      }
      asked.current = false;
      const typed = stayed ? typedTexts() : [];
      view.release();
      setHolding(false);
      setTimeout(() => {
        const texts = typed.filter((one) => !stands(one));
        if (texts.length) setSaid((now) => ({ sentence: now.sentence, texts }));
        if (broken) setSaid((now) => ({ sentence: now.sentence || unfinished, texts: now.texts }));
        broken = false;
      }, 50);
    };
    look();
    return store.subscribe(ROOT, look);
  }, [store, view]);
  useEffect(() => {
    stops = () => {
      if (view.kept()) setSaid((now) => ({ sentence: stopped, texts: now.texts }));
      else setSaid((now) => (now.texts.length ? now : { sentence: "", texts: [] }));
      return Boolean(view.kept());
    };
    return () => (stops = null);
  }, [view, stopped]);
  const shown = Boolean(said.sentence || said.texts.length);
  useEffect(() => void (shown && box.current?.showPopover?.()), [shown]); // above an open dialog too
  const lost = said.texts.length
    ? [h("p", { key: "gone" }, gone), h("ul", { key: "texts" }, said.texts.map((one, n) => h("li", { key: n }, `${one.label}：${one.text}`)))]
    : null;
  const away = h("button", { type: "button", className: buttonClass, onClick: () => setSaid({ sentence: "", texts: [] }) }, close);
  const message = shown && h("div", { ref: box, popover: "manual", className }, said.sentence && h("p", null, said.sentence), lost, away);
  const waiting = h("div", { role: "status", className: bannerClass }, holding && banner);
  return h(StateStoreContext.Provider, { value: view }, waiting, children, h("div", { role: "alert" }, message));
}

// After a reconnection the server is told what stands in the form `target`, if it is there.
export function Again({ target, onAgain }) {
  const act = useRef(onAgain);
  act.current = onAgain;
  useEffect(() => {
    const again = ({ detail }) => {
      const form = document.getElementById(target);
      if (!form) return;
      act.current?.(Object.fromEntries(new FormData(form).entries()));
      detail.push(target);
    };
    document.addEventListener("again", again);
    return () => document.removeEventListener("again", again);
  }, [target]);
  return null;
}
