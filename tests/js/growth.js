// How the cost of something grows with the length of what it is given, by this process's CPU time.

import assert from "node:assert/strict";

const TRIES = 5;
// A busy machine is slow for a while: what looks wrong is looked at again, and better figures count.
const TRIES_AT_MOST = 100;
const MOST = 3; // per doubling, over all of them
// Of one doubling: work that grows by the square from some length on takes four times as long there.
const MOST_AT_ONCE = 3.5;
const FLOOR = 1_000; // microseconds; below it a figure is made of the clock and of the call
const TIMES = 20; // as often as what is fast can be told
const LENGTHS = [1_000, 2_000, 4_000];

function cost(work, text) {
  const start = process.cpuUsage();
  for (let turn = 0; turn < TIMES; turn += 1) work(text);
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Whether these costs, in microseconds at doubling lengths, grow evenly enough. */
export function fits(best) {
  const costs = best.map((each) => Math.max(each, FLOOR));
  const isEven = costs.at(-1) <= MOST ** (costs.length - 1) * costs[0];
  return isEven && costs.slice(1).every((after, place) => after <= MOST_AT_ONCE * costs[place]);
}

/**
 * Twice the length takes at most three times as long, from 1,000 characters on; best of five. Over
 * all doublings the square is further above the bound than a busy machine moves a figure.
 */
export function assertLinear(work, textOf, name) {
  const texts = LENGTHS.map(textOf);
  cost(work, texts[0]); // compiled by then
  let best = texts.map(() => Infinity);
  for (let turn = 1; turn <= TRIES_AT_MOST; turn += 1) {
    best = texts.map((text, place) => Math.min(best[place], cost(work, text)));
    if (turn >= TRIES && fits(best)) return;
  }
  assert.fail(`${name}: ${best.join(", ")} µs at ${LENGTHS.join(", ")} characters`);
}
