// The statistics: charts of messages and signups, the most used words, the count of any word.

import { get, reasonOf } from "./api.js";
import { wireForm } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { pageData } from "./page_data.js";
import { roomName } from "./rooms.js";
import { keepAlive } from "./session.js";
import { chosenIn, tell } from "./stats_address.js";
import { Charts } from "./stats_charts.js";
import { Feed } from "./stats_feed.js";
import { RANGES } from "./stats_ranges.js";
import { lengthText } from "./stats_times.js";
import { Watched } from "./stats_watched.js";
import { Words } from "./stats_words.js";

const MOST_PAGES = 5; // of the reader's rooms
const KEEP_UP = 5_000;

const chosen = chosenIn(location.search);
const words = new Words(chosen);
const charts = new Charts(chosen, onChange, warn);
const watched = pageData.mostWatched ? new Watched(charts, chosen.watched, onChange) : null;
const feed = new Feed(onNews, () => warn(t("words.failed")));

function warn(text) {
  const warning = byId("stats-warning");
  if (warning.textContent !== text) warning.textContent = text;
  warning.hidden = !text;
}

function onNews(news) {
  words.onNews(news.words);
  charts.onNews(news);
}

/** The reader chose to see something else. */
function onChange() {
  const { window, roomId } = words;
  tell({ ...charts.choice, zoom: charts.zoom.told, window, roomId, watched: watched?.told ?? null });
}

function offerSteps() {
  const { range, step } = charts.choice;
  const options = RANGES[range].steps.map((one) => el("option", { value: one }, lengthText(one)));
  byId("step").replaceChildren(...options);
  byId("step").value = String(step);
}

function wireCharts() {
  for (const input of document.querySelectorAll('input[name="range"]')) {
    input.checked = input.value === charts.choice.range;
    input.addEventListener("change", () => {
      charts.choose(input.value, RANGES[input.value].usual);
      offerSteps();
    });
  }
  const { zoom } = charts;
  byId("step").addEventListener("change", () => {
    charts.choose(charts.choice.range, Number(byId("step").value));
  });
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

/** The choice of the words; a room of the address waits until the reader's rooms are known. */
async function wireWords() {
  const windows = [...document.querySelectorAll('input[name="window"]')];
  const select = byId("words-room");
  const choose = () => {
    const roomId = select.value;
    const window = roomId ? "all" : windows.find(({ checked }) => checked).value;
    for (const input of windows) {
      input.disabled = Boolean(roomId); // a room's words are those of all time
      if (roomId) input.checked = input.value === "all";
    }
    words.choose({ roomId, window });
  };
  let isOpen = Boolean(chosen.roomId);
  const changed = () => {
    isOpen = false;
    choose();
    onChange();
  };
  for (const input of windows) {
    input.checked = input.value === chosen.window;
    input.addEventListener("change", changed);
  }
  select.addEventListener("change", changed);
  if (!isOpen) choose();
  await offerRooms();
  if (!isOpen) return;
  select.value = chosen.roomId;
  if (!select.value) select.value = ""; // none of the reader's rooms
  choose();
}

function keepUp() {
  if (feed.isPaused || document.visibilityState !== "visible") return;
  words.keepUp();
  charts.keepUp();
  watched?.keepUp();
}

async function lookUp(form) {
  const asked = form.get("word").trim();
  if (!asked) return;
  const { word, count, complete } = await get(`/stats/words/${encodeURIComponent(asked)}`);
  byId("look-result").textContent = complete
    ? tCount("words.look.result", count, { word })
    : tCount("words.look.partial", count, { word });
}

wireFrame();
keepAlive(() => {});
wireCharts();
wirePause();
wireWords();
wireForm(byId("look"), byId("look-result"), lookUp, reasonOf);
charts.load();
watched?.start();
feed.start();
setInterval(keepUp, KEEP_UP);
