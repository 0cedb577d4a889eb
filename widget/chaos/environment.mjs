// A browser as far as the client needs one: the network is real, a window is an EventTarget, storage is memory.

import { WebSocket } from "ws";

const { clearTimeout, Date, Event, EventTarget, fetch, Math, setTimeout, URL } = globalThis;

/** What one browser keeps when a page is closed. */
export class Storage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }
  setItem(key, value) {
    this[key] = `${value}`;
  }
  removeItem(key) {
    Reflect.deleteProperty(this, key);
  }
  key(index) {
    return Object.keys(this)[index] ?? null;
  }
  get length() {
    return Object.keys(this).length;
  }
}

/** Nobody has a second tab here. */
class LonelyChannel {
  postMessage() {}
  close() {}
}

/**
 * One page of one browser. `counts` is added to: dials, welcomes, resumes, resets; `answered` gets the broadcastId of
 * every write that was answered with success. Waiting times drawn by chance are shortened to the share `haste`.
 */
export function createEnvironment({ storage, counts, answered, haste = 1 }) {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible", hidden: false });

  class Socket extends WebSocket {
    constructor(url) {
      super(url, { perMessageDeflate: false });
      counts.dials++;
      // In a browser an error nobody listens for is silent; `close` follows.
      this.on("error", () => {});
      this.on("message", (data) => {
        const message = JSON.parse(data);
        if (message.type === "welcome") counts.welcomes++;
        if (message.type === "watching") counts[message.result === "resumed" ? "resumes" : "resets"]++;
        if (Array.isArray(message)) counts.batches++;
      });
    }
  }

  const env = {
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    BroadcastChannel: LonelyChannel,
    requestAnimationFrame: (run) => setTimeout(run, 16),
    cancelAnimationFrame: clearTimeout,
    setTimeout,
    clearTimeout,
    Date,
    document,
    localStorage: storage,
    Math: Object.assign(Object.create(Math), { random: () => haste * Math.random() }),
    navigator: { onLine: true },
    WebSocket: Socket,
    async fetch(url, options) {
      const response = await fetch(url, options);
      const broadcastId = new URL(url).searchParams.get("broadcastId");
      if (!response.ok || options.method === "GET" || !broadcastId) return response;
      const body = await response.json();
      if (body.status === "success") answered.push(broadcastId);
      return { ok: true, status: response.status, headers: response.headers, json: async () => body };
    },
  };

  return {
    env,
    /** Fires an event of the window: online, offline, pageshow. */
    fire(type) {
      if (type === "online" || type === "offline") env.navigator.onLine = type === "online";
      window.dispatchEvent(new Event(type));
    },
    /** Shows or hides the page. */
    show(isVisible) {
      document.hidden = !isVisible;
      document.visibilityState = isVisible ? "visible" : "hidden";
      document.dispatchEvent(new Event("visibilitychange"));
    },
  };
}
