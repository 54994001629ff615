// What the phone's page needs from the browser: a key of its own that no script can read out, and signatures by it.
// Wrapped in jsrs_portal/components/device_key.py.
import { createElement as h, useEffect, useRef, useState } from "react";

const STORE = "keys";
const NAME = "phone";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const open = () => {
  const request = indexedDB.open("jsrs", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
};

const stored = async (mode, work) => {
  const database = await open();
  try {
    return await done(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
};

const find = () => stored("readonly", (keys) => keys.get(NAME));

// The private half cannot be exported: it is used here and never leaves.
const make = async () => {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
  await stored("readwrite", (keys) => keys.put(pair, NAME));
  return pair;
};

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

const sign = async (pair, text) => ({
  key: base64(await crypto.subtle.exportKey("spki", pair.publicKey)),
  signature: base64(await crypto.subtle.sign(SIGNING, pair.privateKey, new TextEncoder().encode(text))),
});

const NONE = { key: "", signature: "" };

// Answers every new `challenge` with a signature by the phone's key; with empty texts when it has none.
export function DeviceKey({ challenge, onSigned }) {
  const answer = useRef(onSigned);
  answer.current = onSigned;
  useEffect(() => {
    if (!challenge) return;
    let current = true;
    (async () => {
      const pair = await find();
      return pair ? sign(pair, challenge) : NONE;
    })()
      .catch(() => NONE) // storage forbidden, or no secure address: the page says what to do
      .then((signed) => current && answer.current?.(signed));
    return () => {
      current = false;
    };
  }, [challenge]);
  return null;
}

// A button whose press is signed; with `fresh` by a key that is made for it.
export function SignButton({ challenge, fresh, label, className, onSigned }) {
  const [busy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    try {
      const pair = fresh ? await make() : await find();
      onSigned?.(pair ? await sign(pair, challenge) : NONE);
    } catch {
      onSigned?.(NONE);
    }
    setBusy(false);
  };
  return h("button", { type: "button", className, disabled: busy || !challenge, onClick: press }, label);
}
