// How far consumer groups are behind, for operators; live.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { groupItem } from "./lag_groups.js";
import { keepAlive } from "./session.js";
import { fullTime } from "./time.js";

const AGAIN = 10_000; // milliseconds: as often as there is a sample
const list = byId("lag-groups");
const note = byId("lag-note");
const probeNote = byId("lag-probe");
let shown = "";

const opened = () => new Set([...list.querySelectorAll("[data-group]:has(> details[open])")].map((item) => item.dataset.group));

function told({ sampledAt, isCurrent, groups }) {
  if (sampledAt === null) return t("opsLag.none");
  if (!isCurrent) return t("opsLag.away", { time: fullTime(sampledAt) });
  const bad = groups.filter(({ state }) => state !== "OK").length;
  return bad ? tCount("opsLag.bad", bad) : t("opsLag.well");
}

function probeText({ sampledAt, isCurrent, probe }) {
  if (sampledAt === null || !isCurrent) return "";
  if (probe === null) return t("opsLag.probe.away");
  return t("opsLag.probe", { time: tCount("opsLag.milliseconds", Math.max(1, Math.round(probe * 1000))) });
}

// A table that is scrolled or a text that is selected stays as it is while nothing is new.
function show(found) {
  const text = JSON.stringify(found.groups);
  if (text !== shown) {
    const open = opened();
    const focused = document.activeElement?.closest("[data-group]")?.dataset.group;
    list.replaceChildren(...found.groups.map((group) => groupItem(group, open.has(group.group))));
    if (focused) list.querySelector(`[data-group="${CSS.escape(focused)}"] summary`)?.focus();
    shown = text;
  }
  note.textContent = told(found);
  probeNote.textContent = probeText(found);
}

async function read() {
  try {
    show(await get("/ops/lag"));
  } catch (error) {
    note.textContent = reasonOf(error);
  }
  setTimeout(read, AGAIN);
}

wireFrame();
keepAlive(() => {});
read();
