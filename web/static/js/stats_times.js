// Times of the charts in the reader's zone and language.

import { language } from "./page_data.js";
import { isDays, offsetAt } from "./stats_ranges.js";

const DAY = { month: "short", day: "numeric" };
const CLOCK = { hour: "numeric", minute: "2-digit" };

const day = new Intl.DateTimeFormat(language, { ...DAY, weekday: "short" });
const shortDay = new Intl.DateTimeFormat(language, DAY);
const clock = new Intl.DateTimeFormat(language, CLOCK);
const moment = new Intl.DateTimeFormat(language, { ...DAY, ...CLOCK });
const momentInZone = new Intl.DateTimeFormat(language, { ...DAY, ...CLOCK, timeZoneName: "short" });

const ofDay = ({ from }) => day.format(from);
const ofMoments = ({ from, to }) => moment.formatRange(from, to);
const inZone = ({ from, to }) => momentInZone.formatRange(from, to);

/** How the times of buckets are told; they name the zone where the clock is changed among them. */
export function intervalsOf(buckets, step) {
  if (isDays(step)) return ofDay;
  const isChanged = buckets.length && offsetAt(buckets[0].from) !== offsetAt(buckets.at(-1).to);
  return isChanged ? inZone : ofMoments;
}

/** From when to when: days, or days and times. */
export const spanText = (from, to, step) =>
  isDays(step) ? shortDay.formatRange(from, to - 1) : moment.formatRange(from, to);

/** What stands below the ticks of an axis: the time, and the day below it where it begins. */
export function tickTexts(times, isWholeDays) {
  let before = null;
  return times.map((time) => {
    const date = shortDay.format(time);
    const isNew = date !== before;
    before = date;
    if (isWholeDays) return date;
    return isNew ? `${clock.format(time)}\n${date}` : clock.format(time);
  });
}

/** A length in minutes, as "5 min". */
export function lengthText(minutes) {
  const [unit, size] = minutes >= 1_440 ? ["day", 1_440] : minutes >= 60 ? ["hour", 60] : ["minute", 1];
  const options = { style: "unit", unit, unitDisplay: "short" };
  return new Intl.NumberFormat(language, options).format(minutes / size);
}
