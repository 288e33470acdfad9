// One post: read, liked, shared into a room; to its author how it stands, to change and to delete.

import { ApiError, get, put, reasonOf, remove } from "./api.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { pageData } from "./page_data.js";
import { editPath, postPath } from "./post_address.js";
import { bodyNodes } from "./post_html.js";
import { authorLink, tagList, timesOf } from "./post_items.js";
import { wireSharing } from "./post_sharing.js";
import { Standing } from "./post_standing.js";
import { PostState } from "./post_state.js";
import { askFirst, wireSure } from "./sure.js";

const { contentId } = pageData;
const path = postPath(contentId);
const like = byId("like");
const state = new PostState(contentId);
let shown = null;

function gone(error) {
  byId("post").hidden = true;
  byId("standing").hidden = true;
  byId("post-note").textContent = reasonOf(error);
}

function showLikes() {
  like.setAttribute("aria-pressed", String(shown.liked));
  like.textContent = tCount("post.likes", shown.likes);
  like.setAttribute("aria-label", `${t("post.like")}, ${tCount("post.likes", shown.likes)}`);
}

function show(post) {
  const isSame = shown?.version === post.version && shown?.html === post.html;
  shown = post;
  byId("post").hidden = false;
  byId("post-note").textContent = "";
  byId("title").textContent = post.title;
  document.title = `${post.title} · ${t("app.name")}`;
  byId("by").replaceChildren(authorLink(post.author), ...timesOf(post));
  if (!isSame) byId("body").replaceChildren(...bodyNodes(post.html)); // else the reader's place stays
  byId("tags").replaceChildren(...[tagList(post.tags)].filter(Boolean));
  byId("views").textContent = tCount("post.views", post.views);
  byId("unpublished").hidden = Boolean(post.publishedAt);
  for (const id of ["like", "share"]) byId(id).hidden = !post.publishedAt;
  showLikes();
  for (const id of ["edit", "delete"]) byId(id).hidden = !post.mine;
  byId("edit").href = editPath(contentId);
}

async function read() {
  try {
    const post = await get(path);
    show(post);
    return post.mine ?? null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404 || !shown) gone(error);
    return null;
  }
}

const standing = new Standing(state, {
  ask: read,
  changed: async () => {
    await read();
    standing.show();
  },
  // The published version itself is what the page shows.
  isShown: ({ state: now, version }) => now !== "published" || version !== shown?.version,
});

// One call at a time: two under way may arrive in the other order.
function wireLike() {
  let isAsked = false;
  like.addEventListener("click", async () => {
    if (isAsked) return;
    isAsked = true;
    byId("post-problem").textContent = "";
    const { liked, likes } = shown;
    shown = { ...shown, liked: !liked, likes: Math.max(likes + (liked ? -1 : 1), 0) };
    showLikes();
    try {
      await (liked ? remove : put)(`${path}/like`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      shown = { ...shown, liked, likes };
      showLikes();
      byId("post-problem").textContent = reasonOf(error);
    } finally {
      isAsked = false;
    }
  });
}

function wireDelete() {
  byId("delete").addEventListener("click", () =>
    askFirst({
      title: t("post.delete"),
      text: t("post.delete.ask"),
      action: async () => {
        await remove(path);
        location.assign("/feed");
      },
    }),
  );
}

async function open() {
  wireFrame();
  wireSure();
  wireLike();
  wireDelete();
  wireSharing(() => location.origin + path);
  const mine = await read();
  state.read(mine);
  standing.show();
  const connection = new Connection();
  standing.follow(connection);
  connection.start();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && read());
}

open();
