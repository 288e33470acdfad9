// What the overview tells: which text, with which numbers and times. Touches no document.

/** The page of each area; one without acts nowhere else. */
export const PAGES = {
  topics: "/ops/topics",
  lag: "/ops/lag",
  letters: "/ops/dlq",
  sagas: "/ops/sagas",
  sanctions: "/ops/sanctions",
  log: "/ops/log",
};

/** A finding as the end of its text's key, the count it has (null: none), and when it began. */
export function findingText({ code, facts }) {
  return {
    key: facts.since === undefined && SINCE.has(code) ? `${code}Ever` : code,
    count: facts.count ?? null,
    since: facts.since ?? null,
  };
}

// Codes that may be told without a time: nothing was ever heard.
const SINCE = new Set(["deaf", "noSamples", "linesStand"]);

/** What an area tells of itself, as ends of text keys, each with its values; empty: it is not known. */
export function cardFacts({ area, shows }) {
  if (!Object.keys(shows).length) return [];
  if (area === "lag") {
    const count = ["OK", "WARN", "REWIND", "STALL", "STOP"].reduce((sum, state) => sum + shows[state], 0);
    return [{ key: "lag", values: { well: shows.OK, count } }];
  }
  if (area !== "rebuilds") {
    const facts = [{ key: area, values: shows }];
    if (shows.oldest !== undefined) facts.push({ key: "oldest", since: shows.oldest });
    return facts;
  }
  return [
    { key: "generation", values: { generation: shows.generation } },
    shows.building === undefined ? null : { key: "building", values: { building: shows.building } },
    shows.toRecover === undefined ? null : { key: "toRecover", values: { toRecover: shows.toRecover } },
    shows.compared === undefined ? null : { key: "compared", since: shows.compared },
  ].filter(Boolean);
}

/** The key of a finding, equal as long as it is the same one. */
export const identity = ({ area, code, of }) => `${area} ${code} ${of}`;
