// The lines of a room's history that no message is: which are known, each once, in order.
//
// They come with pages and live, in any order, and again. Each stands behind a message (0: before
// the first), and is shown when that message is.

/** So many behind one message are kept: the newest. A page of the server has no more either. */
export const MOST = 100;

/** So many of a kind in a row become one line. */
const FOLDED = 3;
const FOLDS = new Set(["joined", "left"]);

/** The lines that are known, by the message they stand behind. */
export class RoomEvents {
  constructor() {
    this.gaps = new Map(); // by `after`: events by rising rev
  }

  /** Keep these events; returns the messages behind which something is new, by rising seq. */
  keep(events) {
    const news = new Set();
    for (const event of events) if (this.#add(event)) news.add(event.after);
    return [...news].sort((one, other) => one - other);
  }

  /** What stands behind a message, by rising rev. */
  behind(after) {
    return this.gaps.get(after) ?? [];
  }

  /** How many older ones stand behind a message that are not kept. */
  leftOut(after) {
    return leftOutOf(this.behind(after));
  }

  /**
   * What stands behind a message as it is shown: {key, type, event, others}, where `others` of the
   * same kind are folded into the first of them; `earlier` first, with how many are not shown.
   */
  lines(after) {
    const lines = [];
    const earlier = this.leftOut(after);
    if (earlier) lines.push({ key: `earlier-${earlier}`, type: "earlier", count: earlier });
    for (const run of runsOf(this.behind(after))) {
      if (run.length >= FOLDED && FOLDS.has(run[0].type)) lines.push(line(run[0], run.length - 1));
      else for (const event of run) lines.push(line(event, 0));
    }
    return lines;
  }

  #add(event) {
    const gap = this.behind(event.after);
    const place = gap.findLastIndex(({ rev }) => rev <= event.rev);
    if (gap[place]?.rev === event.rev) return this.#learn(gap, place, event);
    if (gap.length >= MOST && place < 0) return false; // older than all that are kept
    this.gaps.set(event.after, newest(gap.toSpliced(place + 1, 0, event)));
    return true;
  }

  // A page tells what a live event cannot: how many stand before it.
  #learn(gap, place, event) {
    if (!event.earlier || leftOutOf(gap)) return false;
    gap[place] = event;
    return leftOutOf(gap) > 0;
  }
}

function newest(events) {
  const cut = events.length - MOST;
  if (cut <= 0) return events;
  const kept = events.slice(cut);
  return [{ ...kept[0], earlier: leftOutOf(events) + cut }, ...kept.slice(1)];
}

function leftOutOf(events) {
  const place = events.findIndex(({ earlier }) => earlier);
  return place < 0 ? 0 : Math.max(0, events[place].earlier - place);
}

function* runsOf(events) {
  let run = [];
  for (const event of events) {
    if (run.length && run[0].type !== event.type) {
      yield run;
      run = [];
    }
    run.push(event);
  }
  if (run.length) yield run;
}

const line = (event, others) => ({ key: `${event.rev}-${others}`, type: event.type, event, others });
