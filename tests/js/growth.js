// How the cost of something grows with the length of what it is given, by this process's CPU time.

import assert from "node:assert/strict";

const TRIES = 5;
const MOST = 3;
const FLOOR = 1_000; // microseconds; below it a figure is made of the clock and of the call

function best(work, text, times) {
  let least = Infinity;
  for (let n = 0; n < TRIES; n += 1) {
    const start = process.cpuUsage();
    for (let turn = 0; turn < times; turn += 1) work(text);
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, user + system);
  }
  return least;
}

/** Twice the length takes at most three times as long, from 1,000 characters on; best of five. */
export function assertLinear(work, textOf, name) {
  const times = 20; // as often as what is fast can be told
  best(work, textOf(1_000), times); // compiled by then
  let before = best(work, textOf(1_000), times);
  for (const length of [2_000, 4_000]) {
    const cost = best(work, textOf(length), times);
    const told = `${name}: ${before} µs, then ${cost} µs at ${length} characters`;
    assert.ok(cost <= MOST * Math.max(before, FLOOR), told);
    before = cost;
  }
}
