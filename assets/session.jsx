// When the session ends, said in all tabs before it does; wrapped in jsrs_portal/components/session_clock.py.
import { createElement as h, useEffect, useRef, useState } from "react";
import { Countdown, Dialog } from "./kit.jsx";

const LATE = 5000; // so long the server may take to say whether the session is over
const SPARE = 1000; // the last instant still counts
let heard = { now: 0, skew: 0 }; // the server's clock, compared with this one's when its word came

// While the end is far there is one timer and no question. Near it the server is asked, since another tab may have
// prolonged the session; what it says goes to all tabs of this browser. A tab that hears of another session, or of none,
// asks as well: its own may be over, and what it shows is no longer for whoever sits there.
export function SessionClock({ loaded, mark, until, now, final, lead, onAsk, onStay, onLeave, words, classes }) {
  const [word, setWord] = useState({ mark: "", end: 0, final: false });
  const [near, setNear] = useState(false);
  const [read, setRead] = useState(false);
  const latest = useRef({});
  latest.current = { word, onAsk };
  const tabs = useRef(null);

  useEffect(() => {
    const others = new Set();
    tabs.current = new BroadcastChannel("jsrs-session");
    tabs.current.onmessage = ({ data }) => {
      const mine = latest.current.word;
      if (!mine.mark) return;
      if (data.mark === mine.mark) {
        if (data.end > mine.end + SPARE) setWord(data);
      } else if (!others.has(data.mark)) {
        others.add(data.mark); // once: two living sessions must not ask each other for ever
        latest.current.onAsk?.();
      }
    };
    return () => tabs.current.close();
  }, []);

  useEffect(() => {
    if (!loaded) return;
    if (now !== heard.now) heard = { now, skew: now - Date.now() };
    const said = { mark, end: until - heard.skew, final };
    setWord(said);
    tabs.current.postMessage(said);
  }, [loaded, mark, until, now, final]);

  useEffect(() => {
    setNear(false);
    if (!word.mark) return;
    let timer;
    let asked = false;
    let over = false;
    const wait = (ms, then) => {
      clearTimeout(timer);
      timer = setTimeout(then, ms);
    };
    const ask = () => latest.current.onAsk?.();
    const measure = (fresh) => {
      const rest = word.end - Date.now();
      if (rest <= -SPARE) {
        if (over) return;
        over = true;
        document.body.style.visibility = "hidden"; // a computer that slept wakes with the page on its screen
        ask();
        wait(LATE, () => window.location.assign(`/session/ended?because=${word.final ? "absolute" : "idle"}`));
        return;
      }
      document.body.style.visibility = "";
      if (rest > lead) wait(rest - lead, () => measure(false));
      else if (fresh || asked) {
        asked = true;
        setNear(true);
        wait(rest + SPARE, () => measure(false));
      } else {
        asked = true;
        ask();
        wait(Math.min(LATE, rest + SPARE), () => measure(false));
      }
    };
    const woke = () => document.hidden || over || measure(false);
    measure(true);
    const signs = [[document, "visibilitychange"], [window, "focus"], [window, "pageshow"]];
    for (const [target, name] of signs) target.addEventListener(name, woke);
    return () => {
      clearTimeout(timer);
      for (const [target, name] of signs) target.removeEventListener(name, woke);
    };
  }, [word, lead]);

  const go = () => (word.final ? setRead(true) : onStay?.());
  const dialog = { open: near && !(word.final && read), onClose: go, title: words.title, ...classes.dialog };
  return h(
    Dialog,
    dialog,
    h("p", { className: classes.text }, word.final ? words.final : words.idle),
    h(Countdown, { until: word.end, before: words.before, after: words.after, ended: words.ended, className: classes.text }),
    h(
      "div",
      { className: classes.actions },
      h("button", { type: "button", className: classes.stay, onClick: go }, word.final ? words.read : words.stay),
      h("button", { type: "button", className: classes.leave, onClick: () => onLeave?.() }, words.leave),
    ),
  );
}
