// How the cost of something grows with the length of what it is given, by this process's CPU time.

import assert from "node:assert/strict";

const TRIES = 5;
// A busy machine is slow for a while: what looks wrong is looked at again, and better figures count.
const TRIES_AT_MOST = 20;
const MOST = 3;
const FLOOR = 1_000; // microseconds; below it a figure is made of the clock and of the call
const TIMES = 20; // as often as what is fast can be told
const LENGTHS = [1_000, 2_000, 4_000];

function cost(work, text) {
  const start = process.cpuUsage();
  for (let turn = 0; turn < TIMES; turn += 1) work(text);
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

const fits = (best) => best.slice(1).every((after, place) => after <= MOST * Math.max(best[place], FLOOR));

/** Twice the length takes at most three times as long, from 1,000 characters on; best of five. */
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
