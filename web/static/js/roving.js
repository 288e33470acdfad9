// Arrow keys in a list that is one stop of the Tab key: numbers only, nothing of a page.

/** The place in a list of `count` to which a key leads from `at`; null when it leads nowhere else. */
export function stepTo(key, at, count) {
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: count - 1 }[key];
  return to === undefined || to === at || to < 0 || to >= count ? null : to;
}

/**
 * The control to which a key leads within an item of `count` controls, from `at` (-1: the item
 * itself); -1 for the item, null when the key leads nowhere.
 */
export function stepWithin(key, at, count) {
  if (key === "Escape") return at < 0 ? null : -1;
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1 }[key];
  if (to === undefined || !count) return null;
  if (to < -1) return count - 1;
  return to < count ? to : -1;
}

/** The last of `count` places, in rising order of `bottomOf`, that ends above `edge`; -1 for none. */
export function lastAbove(edge, count, bottomOf) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bottomOf(middle) <= edge) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Whether anything of a box shows in a view, both of `top` and `bottom`. */
export const isInView = (box, view) => box.bottom > view.top && box.top < view.bottom;

/** The place in rising `numbers` of the one nearest to `number`, of two as near the later; -1: none. */
export function nearest(numbers, number) {
  const before = lastAbove(number, numbers.length, (at) => numbers[at]);
  const after = before + 1;
  if (after >= numbers.length) return before;
  if (before < 0) return after;
  if (numbers[before] === number) return before;
  return number - numbers[before] < numbers[after] - number ? before : after;
}
