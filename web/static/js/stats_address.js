// What the reader chose to see, in the page's address, so that a reload and a shared link show the
// same. What an address does not say, or says wrongly, is as usual.

import { RANGES } from "./stats_ranges.js";

const RANGE = "1h";
const WINDOWS = ["all", "day", "hour"];

const timeText = (time) => new Date(time).toISOString().replace(".000Z", "Z");

function zoomIn(asked) {
  const last = Number(asked.get("last"));
  if (Number.isInteger(last) && last > 0) return { last };
  const [from, to] = ["from", "to"].map((name) => Date.parse(asked.get(name)));
  return from < to ? { from, to } : null;
}

/** {range, step, zoom, window, roomId, watched} of an address's query. `zoom` is what Zoom.told is,
 *  `watched` the words whose charts are open, null: as usual. */
export function chosenIn(query) {
  const asked = new URLSearchParams(query);
  const range = Object.hasOwn(RANGES, asked.get("range")) ? asked.get("range") : RANGE;
  const { steps, usual } = RANGES[range];
  return {
    range,
    step: steps.find((step) => String(step) === asked.get("step")) ?? usual,
    zoom: zoomIn(asked),
    window: WINDOWS.includes(asked.get("window")) ? asked.get("window") : WINDOWS[0],
    roomId: asked.get("room") ?? "",
    watched: asked.has("watch") ? asked.getAll("watch").filter(Boolean) : null,
  };
}

/** The query that says it, "" where everything is as usual. */
export function queryOf({ range, step, zoom, window, roomId, watched }) {
  const said = new URLSearchParams();
  if (range !== RANGE) said.set("range", range);
  if (step !== RANGES[range].usual) said.set("step", step);
  if (zoom?.last) said.set("last", zoom.last);
  else if (zoom) for (const name of ["from", "to"]) said.set(name, timeText(zoom[name]));
  if (roomId) said.set("room", roomId);
  else if (window !== WINDOWS[0]) said.set("window", window);
  for (const word of watched?.length === 0 ? [""] : (watched ?? [])) said.append("watch", word);
  return String(said) && `?${said}`;
}

/** Put it into the address, without a step in the browser's history. */
export function tell(chosen) {
  const query = queryOf(chosen);
  if (query !== location.search) history.replaceState(history.state, "", location.pathname + query);
}
