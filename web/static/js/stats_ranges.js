// Ranges and steps of the charts, as plain functions. Times are milliseconds since 1970, steps are
// minutes. A piece is what the server counts, {t, count}; a bucket what is shown, {from, to, count}.

export const MINUTE = 60_000;
const DAY = 1_440;
// Days are put together from half hours: only the browser knows when the reader's days begin, and
// that some have 23 or 25 hours.
const PIECE_OF_A_DAY = 30;

/** By name: how far back in minutes, the steps to choose from, and the one to begin with. */
export const RANGES = {
  "1h": { length: 60, steps: [1, 5], usual: 1 },
  "6h": { length: 360, steps: [1, 5, 15], usual: 5 },
  "24h": { length: DAY, steps: [1, 5, 15, 60], usual: 15 },
  "7d": { length: 7 * DAY, steps: [5, 15, 60, DAY], usual: 60 },
  "30d": { length: 30 * DAY, steps: [10, 60, DAY], usual: 60 },
};

/** The step to ask the server for. */
export const pieceOf = (step) => (step === DAY ? PIECE_OF_A_DAY : step);

/** Whether buckets are the reader's days. */
export const isDays = (step) => step === DAY;

/** How far the reader's clock is from UTC at a time. */
export const offsetAt = (time) => -new Date(time).getTimezoneOffset() * MINUTE;

const dayOf = (time) => new Date(time).setHours(0, 0, 0, 0);

function dayAfter(time) {
  const next = new Date(time);
  next.setDate(next.getDate() + 1);
  return dayOf(next);
}

/** When the first bucket begins, so that the one of `now` is the last of the range. */
export function beginOf({ length }, step, now) {
  if (isDays(step)) {
    const first = new Date(dayOf(now));
    first.setDate(first.getDate() - length / DAY + 1);
    return dayOf(first);
  }
  const [offset, width] = [offsetAt(now), step * MINUTE];
  return Math.floor((now + offset) / width) * width - offset - length * MINUTE + width;
}

/** The pieces after minutes were counted anew; null when the minutes do not reach back to them. */
export function merged(pieces, minutes, step) {
  if (!pieces.length || !minutes.length || minutes[0].t > pieces.at(-1).t) return null;
  const width = pieceOf(step) * MINUTE;
  const [{ t: first }] = pieces;
  const fresh = new Map();
  for (const { t, count } of minutes) {
    const start = first + Math.floor((t - first) / width) * width;
    fresh.set(start, (fresh.get(start) ?? 0) + count);
  }
  // Of a piece that began earlier than the minutes only a part is counted anew.
  const known = [...fresh].filter(([start]) => start >= minutes[0].t);
  const isOlder = ({ t }) => !known.length || t < known[0][0];
  return [...pieces.filter(isOlder), ...known.map(([t, count]) => ({ t, count }))];
}

/** The buckets of pieces, oldest first. */
export function bucketsOf(pieces, step) {
  if (!isDays(step)) {
    return pieces.map(({ t, count }) => ({ from: t, to: t + step * MINUTE, count }));
  }
  const days = new Map();
  for (const { t, count } of pieces) days.set(dayOf(t), (days.get(dayOf(t)) ?? 0) + count);
  return [...days].map(([from, count]) => ({ from, to: dayAfter(from), count }));
}

/** Those of the buckets that a view {from, to} shows; all without one. */
export const within = (buckets, view) =>
  view ? buckets.filter(({ from, to }) => to > view.from && from < view.to) : buckets;

/** The bucket of a time, or null; the buckets are in order. */
export function bucketAt(buckets, time) {
  let [low, high] = [0, buckets.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (time < buckets[middle].from) high = middle - 1;
    else if (time >= buckets[middle].to) low = middle + 1;
    else return buckets[middle];
  }
  return null;
}

export const sum = (buckets) => buckets.reduce((total, { count }) => total + count, 0);
