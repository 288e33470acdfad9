// What a lag is told as: which text, with which number. Touches no document.

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** A duration as its unit and a number of it, as a person would say it. */
export function duration(seconds) {
  if (seconds < 1) return { unit: "under", count: 1 };
  if (seconds < 2 * MINUTE) return { unit: "seconds", count: Math.round(seconds) };
  if (seconds < 2 * HOUR) return { unit: "minutes", count: Math.round(seconds / MINUTE) };
  if (seconds < 2 * DAY) return { unit: "hours", count: Math.round(seconds / HOUR) };
  return { unit: "days", count: Math.round(seconds / DAY) };
}

/** When a group has caught up: "keeps" up, "never" at this pace, or "in" so many seconds. */
export function catchUp({ records, catchUp: seconds }) {
  if (!records || seconds === 0) return { kind: "keeps" };
  return seconds === null ? { kind: "never" } : { kind: "in", seconds };
}

/**
 * Points of a line through `trend` ({ago, records}) in a box, as SVG's `points`: the newest at the
 * right, nothing behind at the bottom. Empty where there is no line to draw.
 */
export function trendPoints(trend, width, height) {
  const span = Math.max(0, ...trend.map(({ ago }) => ago));
  const most = Math.max(0, ...trend.map(({ records }) => records));
  if (trend.length < 2 || span === 0 || most === 0) return "";
  return trend
    .map(({ ago, records }) => [width * (1 - ago / span), height * (1 - records / most)])
    .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(" ");
}
