// Every erasure, for operators; the first page is live.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { AGAIN, sagaItem } from "./sagas.js";
import { keepAlive } from "./session.js";

const list = byId("sagas");
const note = byId("sagas-note");
const more = byId("sagas-more");
let cursor = null;
let isFirstPage = true;

const item = (saga) => sagaItem(saga, { linked: true });

function tell(alarms) {
  if (!list.children.length) note.textContent = t("sagas.none");
  else note.textContent = alarms ? tCount("sagas.alarms", alarms) : "";
}

async function read() {
  try {
    const { sagas, alarms, cursor: next } = await get("/ops/sagas?limit=50");
    list.replaceChildren(...sagas.map(item));
    cursor = next ?? null;
    more.hidden = !cursor;
    tell(alarms);
  } catch (error) {
    note.textContent = reasonOf(error);
  }
  if (isFirstPage) setTimeout(() => isFirstPage && read(), AGAIN);
}

async function readOn() {
  isFirstPage = false; // what was read on stays where the reader looks
  try {
    const { sagas, cursor: next } = await get(`/ops/sagas?limit=50&cursor=${cursor}`);
    list.append(...sagas.map(item));
    cursor = next ?? null;
    more.hidden = !cursor;
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

wireFrame();
keepAlive(() => {});
more.addEventListener("click", readOn);
read();
