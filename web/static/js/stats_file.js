// What of a series is in the reader's files: the buckets that are shown. Touches no document.

import { MINUTE, offsetAt } from "./stats_ranges.js";

const two = (value) => String(Math.trunc(value)).padStart(2, "0");

/** RFC 3339 with the reader's offset: 2026-03-29T01:00:00+01:00. */
export function zonedTime(time) {
  const offset = offsetAt(time);
  const local = new Date(time + offset).toISOString().slice(0, 19);
  const minutes = Math.abs(offset) / MINUTE;
  return `${local}${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/**
 * The files of a series as `wireExport` takes them; `shown` are its buckets on the page, `mark` is
 * the part of the name that tells of counts that are not complete.
 */
export function fileOf({ name, choice, asOf, complete }, shown, mark) {
  const { step, range } = choice ?? {};
  return {
    name: `chatstream-${name.replaceAll("/", "-")}-${range}${complete ? "" : `-${mark}`}`,
    columns: ["from", "to", "count"],
    rows: shown.map(({ from, to, count }) => [zonedTime(from), zonedTime(to), count]),
    json: {
      series: name,
      step: step * 60,
      points: shown.map(({ from, count }) => ({ t: zonedTime(from), count })),
      asOf,
      complete,
    },
  };
}
