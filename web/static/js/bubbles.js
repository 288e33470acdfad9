// How messages look: bubbles, day separators, and the marks of what is being sent.

import { el, icon, spoken } from "./dom.js";
import { t } from "./i18n.js";
import { faceOf } from "./names.js";
import { me } from "./page_data.js";
import { refusalText } from "./refusals.js";
import { mentionsMe, nodesOf } from "./text.js";
import { clockTime, dayKey, dayText, fullTime, minuteKey } from "./time.js";

export const isOwn = (message) => message.userId !== null && message.userId === me.userId;
const nameOf = (message) => message.userName ?? t("room.someone");

function timeOf(at) {
  return el("time", { datetime: at, title: fullTime(at) }, clockTime(at));
}

function bubble(id, ...content) {
  return el("p", { class: "bubble", dir: "auto", id }, ...content);
}

/** What a reply quotes; the page listens for clicks on it. */
function quoteOf({ messageId, seq, userName, message }) {
  const name = el("strong", {}, el("bdi", {}, userName ?? t("room.someone")));
  const text = el("span", { class: "quote-text" }, message ?? t("message.isDeleted"));
  const label = spoken(`${t("reply.quotes")}: `);
  return el(
    "button",
    { type: "button", class: "quote", "data-quoted": messageId, "data-quoted-seq": seq },
    label,
    name,
    text,
  );
}

function contentOf(message) {
  if (message.deletedAt) return [t("message.isDeleted")];
  const text = nodesOf(message.message, message.mentions ?? []);
  return message.replyTo ? [quoteOf(message.replyTo), ...text] : [...text];
}

// What stands in a bubble is reached from its message; the focus does not go with what it was on.
function fill(item, message) {
  const shown = item.querySelector(".bubble");
  const isInside = shown.contains(document.activeElement);
  shown.replaceChildren(...contentOf(message));
  for (const control of shown.querySelectorAll("a, button")) control.tabIndex = -1;
  if (isInside) item.focus();
}

/** Show in its item what a message says now. */
export function showText(item, message) {
  fill(item, message);
  item.classList.toggle("gone", Boolean(message.deletedAt));
  item.classList.toggle("mentions-me", !message.deletedAt && mentionsMe(message));
  item.querySelector(".edited")?.remove();
  if (message.deletedAt) item.querySelectorAll(".unread, .is-stored").forEach((mark) => mark.remove());
  if (!message.editedAt) return;
  const edited = el("span", { class: "edited", title: fullTime(message.editedAt) }, t("message.edited"));
  item.querySelector(".meta").append(edited);
}

/** A stored message. */
export function messageItem(message) {
  const own = isOwn(message);
  const parts = [`author-${message.seq}`, `text-${message.seq}`, `meta-${message.seq}`];
  const author = el("span", { class: own ? "visually-hidden" : "author", id: parts[0] });
  author.append(own ? t("room.you") : el("bdi", { "data-name-of": message.userId }, nameOf(message)), spoken(": "));
  const meta = el("span", { class: "meta", id: parts[2] });
  if (own) meta.append(el("span", { class: "is-stored" }, icon("check"), spoken(`${t("send.stored")}, `)));
  meta.append(timeOf(message.createdAt));
  const item = el(
    "li",
    {
      class: own ? "said own" : "said",
      "data-seq": message.seq,
      "data-message": message.messageId,
      "data-author": message.userId ?? "",
      "aria-labelledby": parts.join(" "),
    },
    faceOf(message.userId, nameOf(message)),
    author,
    el("div", { class: "body" }, bubble(parts[1]), meta),
  );
  showText(item, message);
  return item;
}


/** The line between two days. */
export function dayItem(at) {
  return el("li", { class: "day", "data-day": dayKey(at) }, el("span", {}, dayText(at)));
}

/** True when `message` goes on under the name that `before` shows. */
const continues = (before, message) =>
  before?.userId === message.userId && minuteKey(before.createdAt) === minuteKey(message.createdAt);

/** Adjust a message's item, and the one before it, to what stands before it. */
export function follow(item, message, beforeItem, before) {
  const going = continues(before, message);
  item.classList.toggle("first", !going);
  const author = item.querySelector(".author");
  if (author) author.classList.toggle("visually-hidden", going);
  if (beforeItem) beforeItem.classList.toggle("same-time", going);
}

const MARKS = {
  waiting: ["clock", "send.waiting"],
  sending: ["clock", "send.sending"],
  stored: ["check", "send.stored"],
};

/** A message that is on its way; `actions` has `retry` and `discard`. */
export function waitingItem(entry, actions) {
  const item = el("li", { class: "said own first", "data-message": entry.messageId });
  const author = el("span", { class: "visually-hidden" }, `${t("room.you")}: `);
  item.append(author, el("div", { class: "body" }, bubble(null, entry.text), el("span", { class: "meta" })));
  markWaiting(item, entry, actions);
  return item;
}

/** Show the state of a message that is on its way. */
export function markWaiting(item, entry, actions) {
  const hasFailed = entry.state === "failed";
  item.dataset.state = entry.state;
  item.classList.toggle("sending", entry.state === "waiting" || entry.state === "sending");
  item.classList.toggle("refused", hasFailed);
  item.querySelector(".trouble")?.remove();
  const meta = item.querySelector(".meta");
  if (hasFailed) {
    meta.replaceChildren();
    item.append(trouble(entry, actions));
    return;
  }
  const [picture, key] = MARKS[entry.state];
  const words = entry.state === "stored" ? spoken(t(key)) : t(key);
  meta.replaceChildren(icon(picture), words);
}

function trouble(entry, { retry, discard }) {
  const reason = entry.refusal ? refusalText(entry.refusal) : t("send.timeout");
  const why = t("send.failed.why", { reason });
  const again = el("button", { type: "button", class: "retry" }, icon("again"), t("send.retry"));
  const away = el("button", { type: "button", class: "discard" }, t("send.discard"));
  again.addEventListener("click", () => retry(entry.messageId));
  away.addEventListener("click", () => discard(entry.messageId));
  return el("div", { class: "trouble" }, el("span", { class: "why" }, icon("alert"), why), again, away);
}
