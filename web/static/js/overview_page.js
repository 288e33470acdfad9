// How the whole system does, for operators; live.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t } from "./i18n.js";
import { showCards, showFindings, showProcesses } from "./overview_cards.js";
import { keepAlive } from "./session.js";
import { exactTime } from "./time.js";

const AGAIN = 5_000; // milliseconds
const verdict = byId("verdict");
const note = byId("overview-note");

function show(found) {
  verdict.dataset.level = found.level;
  const text = t(`overview.verdict.${found.level}`);
  if (verdict.textContent !== text) verdict.textContent = text;
  note.textContent = t("overview.asOf", { time: exactTime(found.at) });
  showFindings(byId("findings"), found.findings);
  showCards(byId("cards"), found.cards);
  showProcesses(byId("processes"), found.processes);
}

async function read() {
  try {
    show(await get("/ops"));
  } catch (error) {
    note.textContent = reasonOf(error);
  }
  setTimeout(read, AGAIN);
}

wireFrame();
keepAlive(() => {});
read();
