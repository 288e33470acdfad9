import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import fc from "fast-check";
import { parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";

import { fitted, rangeOf, tableOf } from "../../web/static/js/panel_spec.js";

const FOLDER = new URL("../../infra/kibana/panels/", import.meta.url);
const PLACE = { width: 600, steps: 14, colours: { text: "#111", quiet: "#222", line: "#333" }, font: "serif" };

function panelOf(file) {
  const inEnglish = (part) => {
    if (Array.isArray(part)) return part.map(inEnglish);
    if (part === null || typeof part !== "object") return part;
    if (Object.keys(part).sort().join() === "en,ko") return part.en;
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, inEnglish(each)]));
  };
  const { title, ...spec } = inEnglish(JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")));
  return { ...spec, data: { values: {} } };
}

async function viewOf(spec) {
  const view = new View(parse(compile(spec).spec, null, { ast: true }), { expr: expressionInterpreter, renderer: "none" });
  return view.runAsync();
}

test("the time shown is the address's, else the last of so long", () => {
  const now = Date.UTC(2026, 10, 21, 12);
  assert.deepEqual(rangeOf({ from: null, to: null }, 3600, now), { from: now - 3_600_000, to: now });
  const [from, to] = ["2026-11-20T00:00:00.000Z", "2026-11-20T06:00:00.000Z"];
  assert.deepEqual(rangeOf({ from, to }, 3600, now), { from: Date.parse(from), to: Date.parse(to) });
  assert.equal(rangeOf({ from: null, to }, 3600, now).from, Date.parse(to) - 3_600_000);
});

for (const file of readdirSync(FOLDER)) {
  test(`${file} is drawn without making code of texts, in any width, also with nothing in it`, async () => {
    const panel = panelOf(file);
    for (const width of [272, 1000]) {
      const view = await viewOf(fitted(panel, { ...PLACE, width }));
      const svg = await view.toSVG();
      assert.match(svg, /^<svg/);
      assert.doesNotMatch(svg, />[^<]*(NaN|undefined)/);
      assert.ok(view.width() <= width, `${view.width()} > ${width}`);
      view.finalize();
    }
  });
}

test("a panel keeps its own settings and takes the page's colours", () => {
  const spec = { mark: "bar", config: { axis: { labelPadding: 3 }, legend: { orient: "bottom" }, view: { stroke: null } } };
  const { config, width, height } = fitted(spec, PLACE);
  assert.deepEqual([width, height], [600, 220]);
  assert.equal(config.axis.labelPadding, 3);
  assert.equal(config.axis.labelColor, "#222");
  assert.equal(config.legend.orient, "bottom");
  assert.equal(config.view.stroke, null);
});

test("the legend has fewer columns where it is narrow, and never none", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), (width) => {
    const { columns } = fitted({}, { ...PLACE, width }).config.legend;
    assert.ok(columns >= 1 && (columns === 1 || columns * 150 <= width));
  }));
});

test("numbers under their names stand below one another where it is narrow", () => {
  const panel = panelOf("overview.json");
  assert.ok(fitted(panel, { ...PLACE, width: 600 }).encoding.x);
  const narrow = fitted(panel, { ...PLACE, width: 272 });
  assert.deepEqual([narrow.encoding.x, narrow.encoding.y.field], [undefined, "name"]);
});

test("a table has what the marks tell, each once, in their order", async () => {
  const values = [{ a: "x", n: 1200 }, { a: "y", n: 2 }];
  const tooltip = [{ field: "a", title: "Name" }, { field: "n", type: "quantitative", title: "Number", format: ",d" }];
  const encoding = { x: { field: "a" }, y: { field: "n", type: "quantitative" }, tooltip };
  const layer = [{ mark: "bar" }, { mark: "point" }];
  const view = await viewOf(fitted({ data: { values }, encoding, layer }, PLACE));
  assert.deepEqual(tableOf(view.scenegraph().root), {
    columns: ["Name", "Number"], rows: [["x", "1,200"], ["y", "2"]],
  });
  const none = await viewOf(fitted(panelOf("errors.json"), PLACE));
  assert.deepEqual(tableOf(none.scenegraph().root).rows, []);
});
