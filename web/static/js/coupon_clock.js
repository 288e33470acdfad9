// The server's clock as a page knows it, and what is left until a time.

/**
 * How far this device's clock is behind the server's, in milliseconds: by an answer that was asked
 * for at `asked` and came at `came`, both by this device's clock. It is wrong by half the way at most.
 */
export const offsetOf = (now, asked, came) => new Date(now).getTime() - (asked + came) / 2;

/** Of two measured offsets the one that took the shorter way. */
export const better = (old, next) => (old && old.way <= next.way ? old : next);

/** An offset with the way it took. */
export const measured = (now, asked, came) => ({ offset: offsetOf(now, asked, came), way: came - asked });

/** Days, hours, minutes and seconds of so many milliseconds; a begun second counts as a whole one. */
export function partsOf(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000));
  return {
    days: Math.floor(seconds / 86_400),
    hours: Math.floor(seconds / 3_600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
}

/** As a clock shows it: 1:02:03, 02:03; days are told beside it. */
export function clockText({ hours, minutes, seconds, days }) {
  const two = (number) => String(number).padStart(2, "0");
  const rest = `${two(minutes)}:${two(seconds)}`;
  return days || hours ? `${hours}:${rest}` : rest;
}

/**
 * What a campaign is at `now` (milliseconds by the server's clock): as the server said, but that it
 * opens and closes by itself.
 */
export function stateAt({ state, opensAt, closesAt }, now) {
  if (state === "cancelled") return state;
  if (now >= new Date(closesAt).getTime()) return "closed";
  if (state === "soldOut") return state;
  return now >= new Date(opensAt).getTime() ? "open" : "scheduled";
}
