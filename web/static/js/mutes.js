// Until when the reader may not write in a room, as a refusal told: kept on the device, so that a
// reload and another tab know it. Touches no document.

import { keysIn } from "./typed.js";

const SECOND = 1_000;
const [MINUTE, HOUR] = [60, 3_600];

/** Seconds until the end of a mute, 0 when it is over; `until` as the server writes times. */
export const secondsLeft = (until, now) => Math.max(0, Math.ceil((Date.parse(until) - now) / SECOND)) || 0;

const two = (number) => String(number).padStart(2, "0");

/** 0:42, 9:05, 1:00:00. */
export function countdown(seconds) {
  const [hours, rest] = [Math.floor(seconds / HOUR), seconds % HOUR];
  const [minutes, last] = [Math.floor(rest / MINUTE), two(rest % MINUTE)];
  return hours ? `${hours}:${two(minutes)}:${last}` : `${minutes}:${last}`;
}

/** The mute of one account in one room. */
export class Mute {
  constructor({ device, owner, roomId, now = Date.now }) {
    this.device = device;
    this.key = `${keysIn("mute", owner, roomId)}until`;
    this.now = now;
  }

  /** A refusal came: true when it tells of a mute that is not over. */
  heard({ reason, until, cause }) {
    if (reason !== "muted" || !until || secondsLeft(until, this.now()) === 0) return false;
    this.device.write(this.key, { until, cause: cause ?? null });
    return true;
  }

  /** {until, cause} while it lasts; else null, and nothing is kept. */
  get current() {
    const kept = this.device.read(this.key);
    if (kept && secondsLeft(kept.until, this.now()) > 0) return kept;
    this.end();
    return null;
  }

  /** It is over, or lifted. */
  end() {
    this.device.remove(this.key);
  }
}
