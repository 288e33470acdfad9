// The times that the log's page shows: nearer, farther, earlier, later. Milliseconds since 1970.

const STEP = 2; // how much nearer or farther at once
const SHORTEST = 2_000; // fields of forms and bars know whole seconds

const second = (at) => Math.round(at / 1000) * 1000;

/** The range of whole seconds between two times in either order, never shorter than two seconds. */
export function between(one, other) {
  const [from, to] = [Math.min(one, other), Math.max(one, other)].map(second);
  return { from, to: Math.max(to, from + SHORTEST) };
}

/** Half as long about its middle. */
export function nearer({ from, to }) {
  const part = (to - from) / STEP / 2;
  const middle = (from + to) / 2;
  return between(middle - part, middle + part);
}

/** Twice as long about its middle. */
export function farther({ from, to }) {
  const part = (to - from) / STEP;
  return between(Math.max(0, from - part), to + part);
}

/** By half of it to the earlier (-1) or the later (1). */
export function moved({ from, to }, direction) {
  const by = Math.max((to - from) / 2, 1000) * direction;
  return between(Math.max(0, from + by), Math.max(to - from, to + by));
}

/** The range as a field of a form takes an end of it, in the reader's zone; "" for null. */
export function fieldTime(at) {
  if (at === null) return "";
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** What a field holds as RFC 3339 in UTC; null when it is empty or no time. */
export function timeOfField(value) {
  const at = value ? new Date(value) : new Date(Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Milliseconds from one time to another, both as texts. */
export const apart = (one, other) => new Date(other).getTime() - new Date(one).getTime();
