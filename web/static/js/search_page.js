// Search in the messages of one's rooms.

import { get, insist, reasonOf } from "./api.js";
import { avatar, byId, el } from "./dom.js";
import { clearFaults, isFilledIn, showFaults } from "./form_faults.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { highlighted } from "./highlight.js";
import { messagePath } from "./message_address.js";
import { keepPlace, returnToPlace } from "./return_place.js";
import { RoomNames } from "./room_names.js";
import { roomName } from "./rooms.js";
import { keepAlive } from "./session.js";
import { fullTime, listTime } from "./time.js";

const form = byId("search");
const list = byId("hits");
const note = byId("search-note");
const more = byId("hits-more");
const names = new RoomNames(
  (after) => get(`/chat?${new URLSearchParams({ limit: "100", ...(after && { cursor: after }) })}`),
  roomName,
);
let cursor = null;
let asked = 0;

function hitItem(hit) {
  const who = hit.userName ?? t("room.someone");
  const room = names.of(hit.roomId);
  const head = el(
    "span",
    { class: "hit-head" },
    el("bdi", { class: "who" }, who),
    el("time", { datetime: hit.createdAt, title: fullTime(hit.createdAt) }, listTime(hit.createdAt)),
  );
  const link = el(
    "a",
    { class: "hit", href: messagePath(hit.roomId, hit.seq) },
    avatar(who, hit.userId ?? ""),
    head,
    el("span", { class: "hit-text", dir: "auto" }, ...highlighted(hit)),
    room ? el("span", { class: "hit-room" }, t("search.inRoom", { room })) : null,
  );
  return el("li", {}, link);
}

// What may have been meant is only offered: it never adds to what was found.
function none(query, suggestion) {
  note.textContent = t("search.none", { query });
  if (!suggestion) return;
  const { sort } = Object.fromEntries(new FormData(form));
  const href = `/search?${new URLSearchParams({ q: suggestion, sort })}`;
  note.append(" ", el("a", { href, dir: "auto" }, t("search.didYouMean", { text: suggestion })));
}

function tell(query, suggestion) {
  const count = list.children.length;
  if (!count) none(query, suggestion);
  else if (cursor) note.textContent = t("search.found.more", { count: number(count) });
  else note.textContent = tCount("search.found", count);
}

function parameters() {
  const data = new FormData(form);
  return new URLSearchParams({ q: data.get("q").trim(), sort: data.get("sort"), limit: "20" });
}

async function search(isNextPage) {
  const query = parameters();
  if (!query.get("q")) return;
  const question = ++asked;
  note.textContent = t("search.busy");
  if (isNextPage) query.set("cursor", cursor);
  try {
    const answer = await insist(`/search/messages?${query}`);
    if (question !== asked) return;
    await names.learn(answer.hits.map(({ roomId }) => roomId));
    if (question !== asked) return;
    cursor = answer.cursor ?? null;
    if (!isNextPage) list.replaceChildren();
    list.append(...answer.hits.map(hitItem));
    more.hidden = !cursor;
    tell(query.get("q"), answer.suggestion);
  } catch (error) {
    if (question === asked) showFaults(form, note, error, reasonOf(error));
  }
}

/** The address names the search, so that it can be kept and the back button works. */
function searchAnew() {
  clearFaults(form);
  const query = parameters();
  query.delete("limit");
  if (query.get("q")) history.replaceState(null, "", `/search?${query}`);
  search(false);
}

async function begin() {
  const given = new URLSearchParams(location.search);
  byId("query").value = given.get("q") ?? "";
  const order = form.querySelector(`input[name="sort"][value="${given.get("sort") === "best" ? "best" : "newest"}"]`);
  order.checked = true;
  byId("query").focus();
  if (!byId("query").value) return;
  await search(false);
  await returnToPlace(list, () => cursor && search(true));
}

wireFrame();
keepAlive(() => {});
keepPlace(list);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  searchAnew();
  isFilledIn(form);
});
form.addEventListener("change", (event) => {
  if (event.target.name === "sort") searchAnew();
});
more.addEventListener("click", () => search(true));
begin();
