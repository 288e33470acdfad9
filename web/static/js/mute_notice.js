// The line over the composer of somebody who may not write for now: until when, and how long still.

import { byId } from "./dom.js";
import { t } from "./i18n.js";
import { countdown, secondsLeft } from "./mutes.js";
import { endText, ruleText } from "./refusals.js";

const TICK = 1_000;

/** Shows `mute` while it lasts; `onChange(isMuted)` when it begins and ends, `onTry()` by its button. */
export class MuteNotice {
  constructor(mute, { onChange, onTry }) {
    this.mute = mute;
    this.onChange = onChange;
    this.shown = null;
    this.bar = byId("muted");
    byId("muted-try").addEventListener("click", () => {
      onTry();
      byId("draft").focus();
    });
    document.addEventListener("visibilitychange", () => this.look());
  }

  /** Show how it is now. */
  look() {
    clearTimeout(this.timer);
    const { current } = this.mute;
    if (current) {
      this.timer = setTimeout(() => this.look(), TICK);
      byId("muted-left").textContent = t("mute.left", { left: countdown(secondsLeft(current.until, Date.now())) });
    }
    if (current?.until === this.shown) return;
    const wasMuted = this.shown !== undefined && this.shown !== null;
    this.shown = current?.until;
    this.bar.hidden = !current;
    if (current) byId("muted-text").textContent = this.#text(current);
    else if (wasMuted) byId("announcer").textContent = t("mute.over");
    this.onChange(Boolean(current));
  }

  /** Say it again: somebody tried. */
  repeat() {
    byId("announcer").textContent = "";
    byId("announcer").textContent = byId("muted-text").textContent;
  }

  #text({ until, cause }) {
    const time = endText(until);
    return cause ? t("mute.why", { time, why: ruleText(cause) }) : t("mute.until", { time });
  }
}
