// Times in the reader's zone and language.

import { t } from "./i18n.js";
import { language } from "./page_data.js";

const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const clockSeconds = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const shortDay = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
const oldDay = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

/** 3:12 PM, 오후 3:12 */
export const clockTime = (text) => clock.format(new Date(text));

/** With seconds. */
export const exactTime = (text) => clockSeconds.format(new Date(text));

/** The whole day, as day separators show it. */
export const dayText = (text) => day.format(new Date(text));

/** Day and time. */
export const fullTime = (text) => full.format(new Date(text));

/** Equal for two times on the same day of the reader. */
export const dayKey = (text) => new Date(text).toDateString();

/** Equal for two times in the same minute of the reader. */
export const minuteKey = (text) => String(Math.floor(new Date(text).getTime() / 60_000));

/** As lists show it: the time today, "yesterday", else the day. */
export function listTime(text, now = new Date()) {
  const at = new Date(text);
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (at.toDateString() === yesterday.toDateString()) return t("rooms.yesterday");
  return (at.getFullYear() === now.getFullYear() ? shortDay : oldDay).format(at);
}
