// Going through the hits of one search, newest first, page after page. Touches no document.
//
// The hits are those of the moment the search was asked: each page goes on behind the last hit by a
// cursor, so what is said meanwhile stands before the first and moves no number.

/** `ask(cursor)` gives a page: {hits, cursor, suggestion}; `cursor` is null for the first one. */
export class HitWalk {
  constructor(ask) {
    this.ask = ask;
    this.hits = [];
    this.at = -1; // where the present hit is; when it is gone, where the next newer one is
    this.isThere = false; // whether there is a present hit
    this.cursor = null;
    this.suggestion = null;
    this.gone = new Set();
    this.steps = Promise.resolve();
  }

  /** The present hit; null: none. */
  get hit() {
    return this.isThere ? this.hits[this.at] : null;
  }

  /** {at, of}: the number of the present hit from 1 (null: none), and of all (null: not known). */
  get count() {
    return { at: this.isThere ? this.at + 1 : null, of: this.cursor === null ? this.hits.length : null };
  }

  /** Ask for the first page; gives the newest hit, null when nothing is found. */
  begin() {
    return this.#next(async () => {
      await this.#read(null);
      return this.#older();
    });
  }

  /** Go to the next older hit; null: the present one is the oldest, and stays. */
  older() {
    return this.#next(() => this.#older());
  }

  /** Go to the next newer hit; null: the present one is the newest, and stays. */
  newer() {
    return this.#next(() => this.#newer());
  }

  /** A message is not there any more; whether it was the present hit. */
  drop(seq) {
    this.gone.add(seq);
    const place = this.hits.findIndex((hit) => hit.seq === seq);
    if (place < 0) return false;
    const wasPresent = this.isThere && place === this.at;
    this.hits.splice(place, 1);
    if (wasPresent) this.isThere = false;
    if (place <= this.at) this.at -= 1;
    return wasPresent;
  }

  // One step after the other, however fast they are asked for; what fails can be asked for again.
  #next(step) {
    const result = this.steps.then(step);
    this.steps = result.catch(() => {});
    return result;
  }

  async #older() {
    while (this.at + 1 >= this.hits.length && this.cursor !== null) await this.#read(this.cursor);
    return this.#to(this.at + 1);
  }

  #newer() {
    return this.#to(this.isThere ? this.at - 1 : this.at);
  }

  #to(place) {
    if (place < 0 || place >= this.hits.length) return null;
    this.at = place;
    this.isThere = true;
    return this.hit;
  }

  async #read(cursor) {
    const page = await this.ask(cursor);
    const known = new Set(this.hits.map(({ seq }) => seq));
    this.hits.push(...page.hits.filter(({ seq }) => !known.has(seq) && !this.gone.has(seq)));
    this.cursor = page.cursor ?? null;
    this.suggestion = page.suggestion ?? null;
  }
}
