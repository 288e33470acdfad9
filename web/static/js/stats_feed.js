// What is new: the most used words and the last hour of both series, while the page is seen.

import { LoggedOut, renew, toLogin } from "./session.js";
import { newsOf } from "./stats_news.js";
import { waitFor } from "./waiting.js";

const REFUSED = 3; // a refused stream waits as after three failures: pages come back spread out

export class Feed {
  /** `onNews({words, chatAdd, userAdd})`, each as the server's answer; `onFailure()`. */
  constructor(onNews, onFailure) {
    this.onNews = onNews;
    this.onFailure = onFailure;
    this.timer = null;
    this.source = null;
    this.isPaused = false;
    document.addEventListener("visibilitychange", () => this.#turn());
  }

  /** Begin; goes on until it is paused or the page is hidden. */
  start() {
    this.isPaused = false;
    this.#turn();
  }

  pause() {
    this.isPaused = true;
    this.#turn();
  }

  #turn() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
    if (!this.isPaused && document.visibilityState === "visible") this.#listen();
  }

  #listen() {
    const source = new EventSource("/stats/live");
    this.source = source;
    source.addEventListener("stats", ({ data }) => this.onNews(newsOf(JSON.parse(data))));
    source.addEventListener("unavailable", () => this.onFailure());
    source.addEventListener("error", () => {
      if (this.source !== source) return;
      // A lost stream comes back by itself, a refused one does not: the login may have ended.
      if (source.readyState !== EventSource.CLOSED) return;
      this.onFailure();
      this.timer = setTimeout(() => this.#renewed(source), waitFor(REFUSED, null));
    });
  }

  async #renewed(source) {
    try {
      await renew();
    } catch (error) {
      if (error instanceof LoggedOut) toLogin();
    }
    if (this.source === source) this.#turn();
  }
}
