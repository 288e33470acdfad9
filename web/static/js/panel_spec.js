// A panel's chart fitted to a page: its size, its colours, and its numbers as a table.

const NARROW = 480; // CSS pixels
const STEP = 20; // CSS pixels of a step of Kibana's grid
const HEAD = 3; // steps that Kibana's title takes
const LEGEND = 150; // CSS pixels of an entry of the legend
const LINE = 40; // CSS pixels of a name with its number

/** The range of milliseconds that is shown: of the address, else the last so many seconds. */
export function rangeOf({ from, to }, seconds, now) {
  const until = to ? Date.parse(to) : now;
  return { from: from ? Date.parse(from) : until - seconds * 1000, to: until };
}

/** Numbers that stand side by side under their names; where it is narrow, below one another. */
function standing(spec, width) {
  const { x, y, ...other } = spec.encoding ?? {};
  if (width >= NARROW || y || x?.type !== "nominal") return { spec, lines: 0 };
  return { spec: { ...spec, encoding: { ...other, y: x } }, lines: LINE };
}

/** The specification for a place `width` wide and `steps` of Kibana's grid high. */
export function fitted(panel, { width, steps, colours, font }) {
  const { spec, lines } = standing(panel, width);
  const config = spec.config ?? {};
  const texts = { labelColor: colours.quiet, titleColor: colours.text };
  const lined = { gridColor: colours.line, domainColor: colours.line, tickColor: colours.line };
  return {
    ...spec,
    width,
    height: Math.max((steps - HEAD) * STEP, lines * 6, 80),
    autosize: { type: "fit", contains: "padding" },
    config: {
      ...config,
      font,
      aria: false, // the place has the name and the words, and a table has the numbers
      axis: { ...config.axis, ...texts, ...lined },
      legend: { ...config.legend, ...texts, columns: Math.max(1, Math.floor(width / LEGEND)) },
    },
  };
}

/** Every item of a scene, from its root. */
function* itemsOf(item) {
  yield item;
  for (const each of item.items ?? []) yield* itemsOf(each);
}

/** What the marks of a scene tell: columns, and rows of texts without repeats, in their order. */
export function tableOf(root) {
  const rows = new Map();
  for (const { tooltip } of itemsOf(root)) {
    if (tooltip && typeof tooltip === "object") rows.set(JSON.stringify(tooltip), tooltip);
  }
  const found = [...rows.values()];
  const columns = [...new Set(found.flatMap(Object.keys))];
  return { columns, rows: found.map((row) => columns.map((column) => String(row[column] ?? ""))) };
}
