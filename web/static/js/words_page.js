// The most used words, read every second while the page is seen; bars move when the order changes.

import { get, reasonOf } from "./api.js";
import { arrange, byId, el } from "./dom.js";
import { wireForm } from "./dialogs.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { keepAlive } from "./session.js";
import { exactTime } from "./time.js";

const EVERY = 1_000;
const AFTER_FAILURE = 4_000;
const TOP = 20;
const MOVE = { duration: 500, easing: "ease" };

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const rows = new Map();
let isPaused = false;
let timer = null;

// The roles are spelt out: browsers drop those of a table whose rows are laid out as grids.
function newRow(word) {
  const bar = el("span");
  const cells = {
    rank: el("td", { class: "rank", role: "cell" }),
    word: el("th", { scope: "row", class: "word", role: "rowheader", dir: "auto" }, word),
    count: el("td", { class: "count", role: "cell" }),
  };
  const item = el("tr", { role: "row" }, cells.rank, cells.word, cells.count);
  item.append(el("td", { class: "bar", "aria-hidden": "true" }, bar));
  return { ...cells, item, bar, value: null };
}

function showRow({ word, count }, index, most) {
  if (!rows.has(word)) rows.set(word, newRow(word));
  const row = rows.get(word);
  row.rank.textContent = number(index + 1);
  row.bar.style.setProperty("--share", String(count / most));
  if (row.value !== count) {
    row.count.textContent = number(count);
    row.item.classList.toggle("grew", row.value !== null);
    row.value = count;
  }
  return row.item;
}

function places() {
  return new Map([...rows.values()].map(({ item }) => [item, item.getBoundingClientRect().top]));
}

/** Let each row glide from where it was to where it is. */
function glide(before) {
  if (calm.matches) return;
  for (const { item } of rows.values()) {
    const from = before.get(item);
    if (from === undefined || !item.isConnected) continue;
    const distance = from - item.getBoundingClientRect().top;
    if (distance) {
      item.animate([{ transform: `translateY(${distance}px)` }, { transform: "none" }], MOVE);
    }
  }
}

function showWords(words) {
  const before = places();
  const most = words[0]?.count || 1;
  arrange(
    byId("words"),
    words.map((entry, index) => showRow(entry, index, most)),
  );
  const shown = new Set(words.map(({ word }) => word));
  for (const word of [...rows.keys()]) {
    if (!shown.has(word)) rows.delete(word);
  }
  glide(before);
  byId("words-none").hidden = words.length > 0;
}

function warn(text) {
  const warning = byId("words-warning");
  if (warning.textContent !== text) warning.textContent = text;
  warning.hidden = !text;
}

function missing({ complete, partitions }) {
  if (complete) return "";
  return partitions ? t("words.incomplete", partitions) : t("words.incomplete.unknown");
}

async function refresh() {
  let wait = EVERY;
  try {
    const answer = await get(`/stats/words?top=${TOP}`);
    showWords(answer.words);
    byId("words-as-of").textContent = t("words.asOf", { time: exactTime(answer.asOf) });
    warn(missing(answer));
  } catch (error) {
    warn(`${t("words.failed")} ${reasonOf(error)}`);
    wait = AFTER_FAILURE;
  }
  clearTimeout(timer);
  if (!isPaused && document.visibilityState === "visible") timer = setTimeout(refresh, wait);
}

function wirePause() {
  const button = byId("pause");
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    button.textContent = t(isPaused ? "words.resume" : "words.pause");
    clearTimeout(timer);
    if (!isPaused) refresh();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible" && !isPaused) refresh();
  });
}

async function lookUp(form) {
  const asked = form.get("word").trim();
  if (!asked) return;
  const { word, count, complete } = await get(`/stats/words/${encodeURIComponent(asked)}`);
  byId("look-result").textContent = complete
    ? tCount("words.look.result", count, { word })
    : t("words.look.partial", { word, count: number(count) });
}

wireFrame();
keepAlive(() => {});
wirePause();
wireForm(byId("look"), byId("look-result"), lookUp, reasonOf);
refresh();
