// A series of counts: its range in buckets, kept up by its newest minutes, in the reader's days.

import assert from "node:assert/strict";
import test from "node:test";

import fc from "fast-check";

import { fileOf } from "../../web/static/js/stats_file.js";
import { missingOf, newsOf } from "../../web/static/js/stats_news.js";
import { MINUTE, RANGES, beginOf, bucketAt, bucketsOf, pieceOf, sum, within } from "../../web/static/js/stats_ranges.js";
import { Series } from "../../web/static/js/stats_series.js";

const NOW = Date.UTC(2026, 2, 29, 12, 30);

/** What the server answers: a point for each step from `from` to now, counting `counts` by time. */
function answering(counts, { now = NOW, asked = [] } = {}) {
  return async (path) => {
    asked.push(path);
    const query = new URL(path, "http://host").searchParams;
    const step = Number(query.get("step") ?? 60) * 1_000;
    const points = [];
    for (let t = Date.parse(query.get("from")); t <= now; t += step) {
      const inside = Object.entries(counts).filter(([time]) => Date.parse(time) >= t && Date.parse(time) < t + step);
      points.push({ t: new Date(t).toISOString(), count: inside.reduce((all, [, count]) => all + count, 0) });
    }
    return { points, asOf: new Date(now).toISOString(), complete: true, partitions: { expected: 8, answered: 8 } };
  };
}

async function loaded(range, step, counts = {}, options = {}) {
  const series = new Series("chatAdd", "/stats/series/chatAdd", answering(counts, options));
  await series.load({ range, step }, options.now ?? NOW);
  return series;
}

const inZone = (zone, work) => async () => {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
};

test("a range has as many buckets as its length has steps", inZone("Asia/Seoul", async () => {
  for (const [name, { length, steps }] of Object.entries(RANGES))
    for (const step of steps) {
      const { buckets } = await loaded(name, step);
      assert.equal(buckets.length, length / step, `${name} by ${step}`);
      buckets.slice(1).forEach(({ from }, index) => assert.equal(from, buckets[index].to));
    }
}));

test("days begin at midnight where the reader is", inZone("Asia/Seoul", async () => {
  const { buckets } = await loaded("30d", 1_440);
  for (const { from } of buckets) assert.deepEqual([new Date(from).getHours(), new Date(from).getMinutes()], [0, 0]);
}));

test("a day's bar has the hours of the reader's own day", inZone("Europe/Berlin", async () => {
  // 29 March 2026 has 23 hours in Berlin: it begins at 23:00 UTC and ends at 22:00 UTC.
  const counts = { "2026-03-28T22:59:00Z": 1, "2026-03-28T23:00:00Z": 10 };
  const { buckets } = await loaded("7d", 1_440, counts);
  assert.deepEqual(buckets.map(({ count }) => count), [0, 0, 0, 0, 0, 1, 10]);
  const last = buckets.at(-1);
  assert.equal(last.to - last.from, 23 * 60 * MINUTE);
  const { rows } = fileOf(await loaded("7d", 1_440, counts), buckets, "incomplete");
  assert.deepEqual(rows.at(-1), ["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 10]);
}));

test("half hours are asked for where days are shown, from the first day on", inZone("Europe/Berlin", async () => {
  const asked = [];
  await loaded("7d", 1_440, {}, { asked });
  assert.deepEqual(asked, [`/stats/series/chatAdd?from=${encodeURIComponent("2026-03-22T23:00:00.000Z")}&step=1800`]);
  assert.equal(pieceOf(60), 60);
}));

test("the newest minutes leave what a range read anew would show", async () => {
  const minutes = fc.array(fc.tuple(fc.integer({ min: -400, max: 0 }), fc.nat({ max: 9 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("1h", "6h"), minutes, fc.integer({ min: 0, max: 30 }), async (range, told, later) => {
      const step = RANGES[range].usual;
      const at = (minute) => new Date(NOW + minute * MINUTE).toISOString();
      const before = Object.fromEntries(told.map(([minute, count]) => [at(minute), count]));
      const now = NOW + later * MINUTE;
      const after = { ...before, [new Date(now).toISOString()]: 5 };
      const series = await loaded(range, step, before);
      series.ask = answering(after, { now });
      await series.follow(now);
      assert.deepEqual(series.buckets, (await loaded(range, step, after, { now })).buckets);
    }),
  );
});

test("when more is missing than the news tell the range is read anew", async () => {
  const asked = [];
  const series = await loaded("1h", 1);
  const now = NOW + 3 * 60 * MINUTE;
  series.ask = answering({}, { now, asked });
  assert.equal(await series.follow(now), true);
  assert.equal(asked.length, 2);
  assert.equal(series.buckets.at(-1).from, beginOf(RANGES["1h"], 1, now) + 59 * MINUTE);
});

test("an answer that comes after another question is dropped", async () => {
  const waiting = [];
  const series = new Series("chatAdd", "/x", (path) => new Promise((done) => waiting.push(() => done(answering({})(path)))));
  const [first, second] = [series.load({ range: "1h", step: 1 }, NOW), series.load({ range: "6h", step: 5 }, NOW)];
  waiting[1]();
  assert.equal(await second, true);
  waiting[0]();
  assert.equal(await first, false);
  assert.equal(series.choice.range, "6h");
  assert.equal(series.buckets.length, 72);
});

test("a time is read in the one bucket that holds it", async () => {
  const { buckets } = await loaded("1h", 1, { "2026-03-29T12:00:00Z": 1, "2026-03-29T12:01:00Z": 1234 });
  assert.equal(bucketAt(buckets, Date.parse("2026-03-29T12:01:59.999Z")).count, 1234);
  assert.equal(bucketAt(buckets, buckets[0].from - 1), null);
  assert.equal(sum(buckets), 1235);
  for (const each of buckets) assert.equal(bucketAt(buckets, (each.from + each.to) / 2), each);
});

test("a file has what is shown, oldest first, and says whether it is complete", inZone("Asia/Seoul", async () => {
  const series = await loaded("1h", 1, { "2026-03-29T12:00:00Z": 3, "2026-03-29T12:29:00Z": 1234 });
  const shown = within(series.buckets, { from: NOW - 29 * MINUTE, to: NOW + MINUTE });
  const file = fileOf(series, shown, "incomplete");
  assert.equal(file.name, "chatstream-chatAdd-1h");
  assert.deepEqual(file.columns, ["from", "to", "count"]);
  assert.equal(file.rows.length, 30);
  assert.deepEqual(file.rows.slice(1).map(([from]) => from), file.rows.slice(0, -1).map(([, to]) => to));
  assert.deepEqual(file.rows.at(-2), ["2026-03-29T21:29:00+09:00", "2026-03-29T21:30:00+09:00", 1234]);
  const { points, ...told } = file.json;
  assert.deepEqual(told, { series: "chatAdd", step: 60, asOf: "2026-03-29T12:30:00.000Z", complete: true });
  assert.deepEqual(points.map(({ t, count }) => [t, count]), file.rows.map(([from, , count]) => [from, count]));
  Object.assign(series, { name: "word/커피", complete: false });
  assert.equal(fileOf(series, shown, "incomplete").name, "chatstream-word-커피-1h-incomplete");
}));

test("offsets west of Greenwich and of half hours are written as RFC 3339 has them", inZone("America/St_Johns", async () => {
  const [{ from }] = bucketsOf([{ t: Date.UTC(2026, 0, 1, 12), count: 0 }], 1);
  const [[written]] = fileOf({ name: "x", complete: true }, [{ from, to: from, count: 0 }], "").rows;
  assert.equal(written, "2026-01-01T08:30:00-03:30");
}));

test("the news are told part by part, and what is missing of each", () => {
  const part = (answered) => ({ complete: answered === 8, partitions: { expected: 8, answered } });
  const event = {
    words: [{ word: "coffee", count: 3 }],
    chatAdd: [{ t: "2026-03-29T12:30:00.000Z", count: 1 }],
    userAdd: [],
    asOf: "2026-03-29T12:30:00.000Z",
    complete: false,
    coverage: { words: part(6), chatAdd: part(5), userAdd: part(8) },
  };
  const news = newsOf(event);
  assert.deepEqual(missingOf(news.words), { expected: 8, answered: 6 });
  assert.deepEqual(missingOf(news.chatAdd), { expected: 8, answered: 5 });
  assert.equal(missingOf(news.userAdd), null);
  assert.deepEqual([news.chatAdd.points, news.words.words, news.userAdd.asOf], [event.chatAdd, event.words, event.asOf]);
  // All have answered, and rarer words may be missing all the same.
  assert.deepEqual(missingOf({ complete: false, partitions: { expected: 8, answered: 8 } }), {});
});

test("what is not complete is read anew once it is", async () => {
  const series = await loaded("1h", 1);
  series.complete = false;
  assert.equal(series.take(await answering({})(`/x?from=${new Date(NOW - 60 * MINUTE).toISOString()}`)), false);
});
