// The page's one STOMP connection: subscriptions that survive a lost connection, sends with receipt.
// Where WebSocket does not come through, SockJS streams or polls instead.

import { language, me } from "./page_data.js";
import { LoggedOut, keepAlive, renew, toLogin, tokenMark } from "./session.js";
import { traceparent } from "./traces.js";
import { told, wait, waitFor } from "./waiting.js";

const ASK_WITHIN = 3_000;

const { Client, Versions } = globalThis.StompJs;

function address(path) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}${path}`;
}

// A network that lets no WebSocket through shows as attempts that never open. Every other attempt
// from the third on is then SockJS', so that a server that was only away is found again by both.
const tries = (failures) => failures >= 2 && failures % 2 === 0;

let sockJs = null;

function loadSockJs() {
  sockJs ??= new Promise((resolve, reject) => {
    const { fallback, fallbackIntegrity } = document.querySelector("script[data-fallback]").dataset;
    const script = document.createElement("script");
    script.src = fallback;
    script.integrity = fallbackIntegrity;
    script.onload = resolve;
    script.onerror = () => {
      sockJs = null;
      reject(new Error("SockJS could not be loaded"));
    };
    document.head.append(script);
  });
  return sockJs;
}

function codeOf(body) {
  try {
    return JSON.parse(body).error.code;
  } catch {
    return "";
  }
}

let receipts = 0;

/**
 * Opens at `start()` and comes back by itself until `stop()`.
 * `onState("open" | "lost")` tells of changes; a handler set by `listen` sees every event of its
 * destination, and is subscribed anew, with the headers it asks for then, on every connection.
 */
export class Connection {
  constructor(path = "/stomp/chat") {
    this.listeners = [];
    this.watchers = [];
    this.refusals = [];
    this.path = path;
    this.failures = 0; // attempts in a row that never opened
    this.again = false; // whether the next attempt follows a connection that ended
    this.waiting = null; // for its turn
    this.blocked = !("WebSocket" in globalThis);
    const stompVersions = new Versions([Versions.V1_2, Versions.V1_1]);
    this.client = new Client({
      webSocketFactory: () => this.#socket(stompVersions.protocolVersions()),
      stompVersions,
      heartbeatIncoming: 10_000,
      heartbeatOutgoing: 10_000,
      connectionTimeout: 8_000,
      reconnectDelay: 1, // how long to wait is decided before each attempt
      discardWebsocketOnCommFailure: true,
      connectHeaders: { "accept-language": language },
      beforeConnect: () => this.#prepare(),
      onConnect: () => this.#opened(),
      onStompError: (frame) => this.#refused(frame),
      onWebSocketClose: () => this.#lost(),
      debug: () => {},
    });
  }

  get open() {
    return this.client.connected;
  }

  onState(watcher) {
    this.watchers.push(watcher);
  }

  /** The server refused something and ends the connection, with this code; it comes back. */
  onRefusal(watcher) {
    this.refusals.push(watcher);
  }

  /** Subscribe to `destination` no more, also on no later connection. */
  forget(destination) {
    this.listeners = this.listeners.filter((listener) => listener.destination !== destination);
  }

  /** Every event of `destination` goes to `onEvent`; `headersNow` and `onReady` are optional. */
  listen(destination, onEvent, { headersNow = () => ({}), onReady = () => {} } = {}) {
    const listener = { destination, onEvent, headersNow, onReady };
    this.listeners.push(listener);
    if (this.open) this.#subscribe(listener);
  }

  /** Events about the reader's own account; `options` as for `listen`. */
  listenToOwn(onEvent, options) {
    this.listen(`/sub/user/${me.userId}`, onEvent, options);
  }

  start() {
    this.client.activate();
    keepAlive(() => this.open && this.mark !== tokenMark() && this.reconnect());
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.open && this.client.forceDisconnect());
  }

  stop() {
    return this.client.deactivate();
  }

  /**
   * Change to a new connection: with a renewed token, since the server ends a connection with its
   * access token, or to be told anew what was missed.
   */
  async reconnect() {
    await this.stop();
    this.again = false;
    this.client.activate();
  }

  /** Send a JSON body, in a trace of its own; `onReceipt` is called when the server says it is done. */
  send(destination, body, onReceipt) {
    const receipt = `send-${++receipts}`;
    this.client.watchForReceipt(receipt, onReceipt);
    this.client.publish({
      destination,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", receipt, traceparent: traceparent() },
    });
  }

  /** Send what nobody waits for; whether it could be sent. */
  signal(destination) {
    const headers = { traceparent: traceparent() };
    if (this.open) this.client.publish({ destination, headers });
    return this.open;
  }

  async #prepare() {
    if (this.again) await this.#turn();
    await this.#freshLogin();
    this.polls = this.blocked || tries(this.failures);
    this.failures += 1;
    if (this.polls) await loadSockJs().catch(reportError);
  }

  async #turn() {
    const said = this.failures > 0 ? await this.#ask() : null;
    this.waiting = wait(waitFor(this.failures, said));
    await this.waiting.over;
    this.waiting = null;
  }

  /** Nothing of a refused handshake can be seen here, so it is asked for; see waiting.js. */
  async #ask() {
    try {
      const signal = AbortSignal.timeout(ASK_WITHIN);
      const { status, headers } = await fetch(`${this.path}/info`, { cache: "no-store", signal });
      return told(status, headers.get("Retry-After"));
    } catch {
      return null; // nobody answers
    }
  }

  #socket(protocols) {
    const { SockJS, WebSocket } = globalThis;
    if (!this.polls || !SockJS) return new WebSocket(address(this.path), protocols);
    return new SockJS(this.path, null, { transports: ["xhr-streaming", "xhr-polling"] });
  }

  async #freshLogin() {
    try {
      await renew();
    } catch (error) {
      if (!(error instanceof LoggedOut)) return; // no network: the connection fails and comes back
      this.stop();
      toLogin();
    }
  }

  #opened() {
    this.mark = tokenMark();
    this.failures = 0;
    this.blocked ||= this.polls;
    this.listeners.forEach((listener) => this.#subscribe(listener));
    this.#tell("open");
  }

  #subscribe({ destination, onEvent, headersNow, onReady }) {
    const receipt = `subscribe-${++receipts}`;
    this.client.watchForReceipt(receipt, onReady);
    this.client.subscribe(destination, (frame) => onEvent(JSON.parse(frame.body)), {
      ...headersNow(),
      receipt,
    });
  }

  #refused(frame) {
    const code = codeOf(frame.body);
    this.refusals.forEach((watcher) => watcher(code));
  }

  #lost() {
    this.again = true;
    this.#tell("lost");
  }

  #tell(state) {
    this.watchers.forEach((watcher) => watcher(state));
  }

  async #hurry() {
    if (this.waiting) this.waiting.wake();
    else if (!this.open) await this.reconnect();
  }
}
