// What the login by a CA's key needs from the browser: the driver on this computer, asked through a thin adapter.
// Wrapped in jsrs_portal/components/ca_driver.py; what the driver answers is described in docs/ca-login.md.
import { useEffect, useRef } from "react";

const LIST_WAIT = 10000; // a token that hangs must not keep the page waiting for ever
const SIGN_WAIT = 180000; // so long somebody may look for their PIN

class Trouble extends Error {
  constructor(code, left = -1) {
    super(code);
    this.code = code;
    this.left = left;
  }
}

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const parts = (version) => version.split(".").map(Number);
const older = (version, least) => {
  const [have, want] = [parts(version), parts(least)];
  const differs = want.findIndex((number, i) => (have[i] || 0) !== number);
  return differs >= 0 && (have[differs] || 0) < want[differs];
};

// Return values of the key's interface (GM/T 0016), and four of ours.
const CODES = {
  0x0a000023: "no_key",
  0x0a000024: "pin_wrong",
  0x0a000025: "pin_locked",
  0x0a100001: "refused",
  0x0a100002: "cancelled",
  0x0a100003: "no_window",
  0x0a100004: "unanswered",
};
const MOST_KEYS = 9; // one more than are shown, so that it can be said; what is sent has a limit
const ISSUER = 0x21;
const ISSUER_UNIT = 0x22;
const NOT_AFTER = 0x10008;

// The middleware of GM/T 0020's function names: POST, one form field with JSON, JSON back. Another vendor's is another
// object with the same three: list(), cert(id), sign(id, text).
// `left` ends what is being asked: the driver then closes its window.
const sof = (port, least, left) => {
  const address = `http://127.0.0.1:${port}/`;
  const post = async (body, wait, mode = "cors") => {
    const waiting = new AbortController(); // AbortSignal.timeout is younger than many of the browsers in use
    const end = () => waiting.abort();
    const timer = setTimeout(end, wait);
    left.addEventListener("abort", end);
    const how = { method: "POST", body, mode, credentials: "omit", cache: "no-store", signal: waiting.signal };
    try {
      return await fetch(address, how);
    } finally {
      clearTimeout(timer);
      left.removeEventListener("abort", end);
    }
  };
  const call = async (name, parameters = {}, wait = LIST_WAIT) => {
    const body = new URLSearchParams({ json: JSON.stringify({ function: name, ...parameters }) });
    let answer;
    try {
      answer = await post(body, wait);
    } catch (failure) {
      if (failure.name === "AbortError") throw new Trouble("failed");
      // Somebody who answers, but not to us, is a driver that was not told of this site.
      const there = await post("", LIST_WAIT, "no-cors").then(() => true, () => false);
      throw new Trouble(there ? "refused" : "absent");
    }
    const said = await answer.json().catch(() => ({}));
    if (said.rtn !== 0) throw new Trouble(CODES[said.rtn] || "failed", said.retryCount);
    return said.outData;
  };
  const ready = async () => {
    if (older(String(await call("SOF_GetVersion")), least)) throw new Trouble("old");
  };
  const cert = (id) => call("SOF_ExportUserCert", { certID: id });
  const described = async (line) => {
    const at = line.lastIndexOf("||");
    const id = line.slice(at + 2);
    const [own, exchange] = [await cert(id), await call("SOF_ExportExChangeUserCert", { certID: id })];
    const info = (type) => call("SOF_GetCertInfo", { cert: own || exchange, type });
    const issuer = (await info(ISSUER)) || (await info(ISSUER_UNIT));
    const until = `${(await info(NOT_AFTER)).replace(" ", "T")}+08:00`;
    const left = String(await call("SOF_GetPinRetryCount", { certID: id }));
    return { id, name: line.slice(0, at), issuer, not_after: until, left, certificate: own, exchange };
  };
  return {
    list: async () => {
      await ready();
      const said = await call("SOF_GetUserList");
      if (!said) throw new Trouble("no_key");
      const found = [];
      for (const line of said.split("&&&").slice(0, MOST_KEYS)) found.push(await described(line));
      return found;
    },
    cert,
    sign: async (id, text) => {
      await ready();
      await call("SOF_Login", { certID: id, passWd: "" }, SIGN_WAIT); // the driver asks for the PIN, no page does
      return call("SOF_SignData", { certID: id, inData: base64(new TextEncoder().encode(text)) }, LIST_WAIT);
    },
  };
};

// The policy that lets a page reach the driver belongs to the document. One that was loaded for another page has none.
const loadedFor = (pages) => {
  const [loaded] = performance.getEntriesByType("navigation");
  return !loaded || pages.includes(new URL(loaded.name).pathname.replace(/\/$/, ""));
};

// Does what is `wanted`, once for each time that it is said anew, and tells the state how it went.
export function CaDriver({ port, least, pages, wanted, certificateId, challenge, onFound, onSigned, onTrouble }) {
  const latest = useRef({});
  latest.current = { onFound, onSigned, onTrouble };
  useEffect(() => {
    if (!loadedFor(pages)) window.location.reload(); // at once: nothing has been begun here yet
  }, []);
  useEffect(() => {
    if (!wanted || (wanted === "sign" && !challenge) || !loadedFor(pages)) return;
    let current = true;
    const tell = (name, ...said) => current && latest.current[name]?.(...said);
    const leaving = new AbortController();
    const driver = sof(port, least, leaving.signal);
    const work = async () => {
      if (wanted === "list") return tell("onFound", await driver.list());
      const certificate = await driver.cert(certificateId);
      const signature = await driver.sign(certificateId, challenge);
      return tell("onSigned", { certificate, signature, format: "raw" });
    };
    work().catch((failure) => tell("onTrouble", failure.code || "failed", failure.left ?? -1));
    return () => {
      current = false;
      leaving.abort();
    };
  }, [wanted, challenge]);
  return null;
}
