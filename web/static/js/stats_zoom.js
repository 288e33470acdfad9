// Which part of the range both charts show: whole buckets, told by the times of their borders. A
// part that touches the newest minute follows it.

const STEP = 2; // how much nearer or farther at once
const FEWEST = 4; // buckets that stay in sight

export class Zoom {
  /** `onChange()` when the reader chose to see something else. */
  constructor(onChange) {
    this.onChange = onChange;
    this.borders = [0, 0];
    this.part = null;
    this.wanted = null;
  }

  /** What is shown, {from, to}. */
  get view() {
    return this.part ?? this.#all;
  }

  /** The part as a link can tell it: {from, to}, or {last} buckets when it follows the newest. */
  get told() {
    if (!this.part) return this.wanted;
    const [first, last] = this.#indexes(this.part.from, this.part.to);
    return last === this.borders.length - 1 ? { last: last - first } : this.part;
  }

  /** Show what `told` has told once, as soon as the borders are known; null: everything. */
  restore(told) {
    this.wanted = told;
  }

  /** Whether it is known what there is to see. */
  get isSet() {
    return this.#all.to > 0;
  }

  get #all() {
    return { from: this.borders[0], to: this.borders.at(-1) };
  }

  /** Where the buckets begin, and where the last one ends; without a call of `onChange`. */
  setBorders(borders) {
    const before = this.borders.at(-1);
    this.borders = borders;
    if (this.wanted) {
      this.#showWanted();
      return;
    }
    if (!this.part) return;
    const { from, to } = this.part;
    const grown = to >= before ? borders.at(-1) - before : 0;
    this.part = this.#fit(from + grown, to + grown);
  }

  /** Show the part between two times; everything when it is no less. */
  to(from, to) {
    this.part = this.#fit(from, to);
    this.onChange();
  }

  /** Nearer, about `middle` or the middle of what is shown. */
  nearer(middle) {
    this.#scale(1 / STEP, middle);
  }

  farther(middle) {
    this.#scale(STEP, middle);
  }

  /** By half of what is shown to the earlier (-1) or the later (1). */
  move(direction) {
    const [first, last] = this.#indexes(this.view.from, this.view.to);
    const room = direction < 0 ? first : this.borders.length - 1 - last;
    const by = Math.min(Math.ceil((last - first) / 2), room) * direction;
    this.to(this.borders[first + by], this.borders[last + by]);
  }

  /** Everything. */
  all() {
    this.clear();
    this.onChange();
  }

  /** Everything; without a call of `onChange`. */
  clear() {
    this.part = null;
    this.wanted = null;
  }

  #showWanted() {
    const { from, to, last } = this.wanted;
    const all = this.#all;
    this.wanted = null;
    if (last) this.part = this.#fit(this.borders.at(-1 - last) ?? all.from, all.to);
    else if (to > all.from && from < all.to) this.part = this.#fit(from, to);
  }

  #scale(factor, middle = (this.view.from + this.view.to) / 2) {
    const { from, to } = this.view;
    const width = (to - from) * factor;
    const latest = this.#all.to - width;
    const begin = Math.max(this.#all.from, Math.min(middle - (middle - from) * factor, latest));
    this.to(begin, begin + width);
  }

  /** The last border up to `from` and the first one from `to` on. */
  #indexes(from, to) {
    const first = this.borders.findLastIndex((border) => border <= from);
    const last = this.borders.findIndex((border) => border >= to);
    return [Math.max(0, first), last < 0 ? this.borders.length - 1 : last];
  }

  #fit(from, to) {
    let [first, last] = this.#indexes(from, to);
    const end = this.borders.length - 1;
    first = Math.max(0, Math.min(first, Math.round((first + last - FEWEST) / 2), end - FEWEST));
    last = Math.min(end, Math.max(last, first + FEWEST));
    if (first === 0 && last === end) return null;
    return { from: this.borders[first], to: this.borders[last] };
  }
}
