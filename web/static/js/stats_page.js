// The statistics: charts of messages and signups, the most used words, the count of any word.

import { get, reasonOf } from "./api.js";
import { wireForm } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { roomName } from "./rooms.js";
import { keepAlive } from "./session.js";
import { SeriesCard } from "./stats_card.js";
import { Feed } from "./stats_feed.js";
import { RANGES } from "./stats_ranges.js";
import { Series } from "./stats_series.js";
import { lengthText } from "./stats_times.js";
import { Words } from "./stats_words.js";
import { Zoom } from "./stats_zoom.js";

const ANEW = 300_000; // ms after which the ranges are read again: something late may have come
const MOST_PAGES = 5; // of the reader's rooms
const KEEP_UP = 5_000;

const words = new Words();
const zoom = new Zoom(show);
const series = [new Series("chatAdd"), new Series("userAdd")];
const cards = series.map((one) => new SeriesCard(one, zoom, pointAt));
const feed = new Feed(onNews, onFailure);
let choice = { range: "1h", step: RANGES["1h"].usual };
let skew = 0; // how far this clock is from the server's
let loadedAt = 0;

function warn(text) {
  const warning = byId("stats-warning");
  if (warning.textContent !== text) warning.textContent = text;
  warning.hidden = !text;
}

function pointAt(time) {
  for (const card of cards) card.pointAt(time);
}

function setBorders() {
  const [longest] = series.map(({ buckets }) => buckets).sort((a, b) => b.length - a.length);
  if (longest.length) zoom.setBorders([...longest.map(({ from }) => from), longest.at(-1).to]);
}

function show() {
  for (const card of cards) card.show();
  byId("zoom-all").setAttribute("aria-disabled", String(!zoom.part));
}

/** Read the chosen range of both series. */
async function load() {
  loadedAt = Date.now();
  try {
    const now = Date.now() + skew;
    const came = await Promise.all(series.map((one) => one.load(choice, now)));
    if (!came.every(Boolean)) return;
    warn("");
    setBorders();
    show();
  } catch (error) {
    loadedAt = 0;
    warn(`${t("words.failed")} ${reasonOf(error)}`);
  }
}

function onNews(news) {
  skew = Date.parse(news.chatAdd.asOf) - Date.now();
  words.onNews(news.words);
  const took = series.map((one) => one.take(news[one.name]));
  if (!took.every(Boolean) || Date.now() - loadedAt > ANEW) {
    load();
    return;
  }
  warn("");
  setBorders();
  show();
}

function onFailure() {
  warn(t("words.failed"));
}

/** Another range or step; everything of it is shown. */
function choose(range, step) {
  choice = { range, step };
  zoom.part = null;
  load();
}

function offerSteps() {
  const options = RANGES[choice.range].steps.map((step) => el("option", { value: step }, lengthText(step)));
  byId("step").replaceChildren(...options);
  byId("step").value = String(choice.step);
}

function wireCharts() {
  for (const input of document.querySelectorAll('input[name="range"]')) {
    input.addEventListener("change", () => {
      choose(input.value, RANGES[input.value].usual);
      offerSteps();
    });
    if (input.checked) choice = { range: input.value, step: RANGES[input.value].usual };
  }
  byId("step").addEventListener("change", () => choose(choice.range, Number(byId("step").value)));
  byId("zoom-in").addEventListener("click", () => zoom.nearer());
  byId("zoom-out").addEventListener("click", () => zoom.farther());
  byId("zoom-earlier").addEventListener("click", () => zoom.move(-1));
  byId("zoom-later").addEventListener("click", () => zoom.move(1));
  byId("zoom-all").addEventListener("click", () => zoom.all());
  offerSteps();
}

function wirePause() {
  const button = byId("pause");
  button.addEventListener("click", () => {
    const isPaused = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(isPaused));
    button.textContent = t(isPaused ? "words.resume" : "words.pause");
    if (isPaused) feed.pause();
    else feed.start();
  });
}

async function offerRooms() {
  const select = byId("words-room");
  let cursor = null;
  try {
    for (let page = 0; page < MOST_PAGES && (page === 0 || cursor); page++) {
      const answer = await get(`/chat?${new URLSearchParams({ limit: 100, ...(cursor && { cursor }) })}`);
      select.append(...answer.rooms.map((room) => el("option", { value: room.roomId }, roomName(room))));
      cursor = answer.cursor ?? null;
    }
  } catch (error) {
    words.warn(reasonOf(error));
  }
}

function wireWords() {
  const windows = [...document.querySelectorAll('input[name="window"]')];
  const select = byId("words-room");
  const chosen = () => {
    const roomId = select.value;
    const window = roomId ? "all" : windows.find(({ checked }) => checked).value;
    for (const input of windows) {
      input.disabled = Boolean(roomId); // a room's words are those of all time
      if (roomId) input.checked = input.value === "all";
    }
    words.choose({ roomId, window });
  };
  for (const input of windows) input.addEventListener("change", chosen);
  select.addEventListener("change", chosen);
  setInterval(() => {
    if (!feed.isPaused && document.visibilityState === "visible") words.keepUp();
  }, KEEP_UP);
  chosen();
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
wireCharts();
wirePause();
wireWords();
wireForm(byId("look"), byId("look-result"), lookUp, reasonOf);
offerRooms();
load();
feed.start();
