// Why a message was not taken, in the reader's language.

import { t } from "./i18n.js";
import { exactTime, fullTime } from "./time.js";

const CODES = {
  NOT_A_MEMBER: "refused.member",
  ROOM_NOT_FOUND: "refused.room",
  RATE_LIMITED: "refused.rate",
  INVALID_INPUT: "refused.text",
  BUSY: "refused.busy",
  STORE_UNAVAILABLE: "refused.busy",
};
const RULES = {
  muted: "refused.muted",
  rate: "refused.rate",
  repeat: "refused.repeat",
  banned_word: "refused.word",
  banned_link: "refused.link",
  links: "refused.links",
  invitations: "refused.invitations",
  many_rooms: "refused.rooms",
};

const DAY = 86_400_000;

/** The name of a rule that was broken; of one that this page does not know, that there was one. */
export const ruleText = (reason) => t(RULES[reason] ?? "refused.unknown");

/** When a mute ends: the time of the reader, with the day where it is far. */
export function endText(until) {
  return new Date(until) - Date.now() < DAY ? exactTime(until) : fullTime(until);
}

/** What the sender of a refused message is told. */
export function refusalText({ code, reason, until, cause }) {
  if (code in CODES) return t(CODES[code]);
  if (reason !== "muted") return ruleText(reason);
  if (!until) return t("refused.muted");
  const time = endText(until);
  return cause ? t("refused.muted.why", { time, why: ruleText(cause) }) : t("refused.muted.until", { time });
}
