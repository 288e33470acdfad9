// One series of counts as the server tells it, kept up to date by its newest minutes. Touches no
// document.

import { beginOf, bucketsOf, merged, MINUTE, pieceOf, RANGES } from "./stats_ranges.js";

const NEWEST = 60 * MINUTE; // as much as the news have

/** A point of an answer with its time as a number. */
const piece = ({ t, count }) => ({ t: Date.parse(t), count });

export class Series {
  /** The server's name of the series, and where it is read; `ask(path)` gives the answer. */
  constructor(name, path, ask) {
    this.name = name;
    this.path = path;
    this.ask = ask;
    this.choice = null;
    this.isFollowing = false;
    this.pieces = [];
    this.asOf = null;
    this.complete = true;
    this.partitions = null;
  }

  /** Read a range anew; an answer that comes after another question is dropped: then false. */
  async load(choice, now) {
    this.asked = choice;
    const { range, step } = choice;
    const from = new Date(beginOf(RANGES[range], step, now)).toISOString();
    const query = new URLSearchParams({ from, step: pieceOf(step) * 60 });
    const answer = await this.ask(`${this.path}?${query}`);
    if (this.asked !== choice) return false;
    this.choice = choice;
    this.pieces = answer.points.map(piece);
    Object.assign(this, { asOf: answer.asOf, complete: answer.complete });
    this.partitions = answer.partitions;
    return true;
  }

  /** Ask for the newest minutes; like `load` when there is more missing than they tell. */
  async follow(now) {
    const isBusy = !this.choice || this.asked !== this.choice; // a whole range is under way
    if (isBusy || this.isFollowing) return false;
    this.isFollowing = true;
    try {
      const from = new Date(now - NEWEST).toISOString();
      const answer = await this.ask(`${this.path}?${new URLSearchParams({ from })}`);
      return this.take(answer) || (await this.load(this.asked, now));
    } finally {
      this.isFollowing = false;
    }
  }

  /** Take the newest minutes over; false when there is more missing than they tell. */
  take({ points, asOf, complete, partitions }) {
    if (!this.choice || this.asked !== this.choice) return true; // a whole range is under way
    const { range, step } = this.choice;
    const isWholeAgain = complete && !this.complete;
    const pieces = isWholeAgain ? null : merged(this.pieces, points.map(piece), step);
    if (!pieces) return false;
    const begin = beginOf(RANGES[range], step, pieces.at(-1).t);
    this.pieces = pieces.filter(({ t }) => t >= begin);
    Object.assign(this, { asOf, complete, partitions });
    return true;
  }

  /** What is known, as buckets of the chosen step. */
  get buckets() {
    return this.choice ? bucketsOf(this.pieces, this.choice.step) : [];
  }
}
