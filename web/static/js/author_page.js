// What somebody has published, and whether the reader subscribes.

import { ApiError, get, put, reasonOf, remove } from "./api.js";
import { byId, paintAvatar } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t } from "./i18n.js";
import { me, pageData } from "./page_data.js";
import { PostList, postItem } from "./post_items.js";
import { keepPlace, returnToPlace } from "./return_place.js";
import { keepAlive } from "./session.js";

const { authorId } = pageData;
const button = byId("subscribe");
const path = `/content/subscriptions/${encodeURIComponent(authorId)}`;
let isSubscribed = false;

function showButton() {
  button.textContent = t(isSubscribed ? "author.unsubscribe" : "author.subscribe");
  button.classList.toggle("primary", !isSubscribed);
}

function showAuthor({ userId, name, subscribed }) {
  byId("author-name").textContent = name;
  document.title = `${name} · ${t("app.name")}`;
  paintAvatar(byId("author-face"), name, userId);
  byId("author-face").dataset.avatarOf = userId;
  byId("author-name").dataset.nameOf = userId;
  isSubscribed = subscribed;
  showButton();
  button.hidden = userId === me.userId;
  byId("write").hidden = userId !== me.userId;
}

button.addEventListener("click", async () => {
  button.disabled = true;
  byId("author-problem").textContent = "";
  try {
    await (isSubscribed ? remove(path) : put(path));
    isSubscribed = !isSubscribed;
    showButton();
    byId("announcer").textContent = t(isSubscribed ? "author.subscribed" : "author.unsubscribed");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    byId("author-problem").textContent = reasonOf(error);
  } finally {
    button.disabled = false;
    button.focus();
  }
});

const posts = new PostList("posts", {
  pathOf: (cursor) => `/content?${new URLSearchParams({ author: authorId, ...(cursor && { cursor }) })}`,
  itemsOf: (answer) => {
    if (answer.author) showAuthor(answer.author);
    return answer.contents.map(postItem);
  },
  emptyText: () => t("author.none"),
});

/** Read again what others may have changed, while nobody has read on. */
function keepFresh() {
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible" || posts.list.children.length > 20) return;
    await get(`/content?${new URLSearchParams({ author: authorId, limit: "1" })}`).then(
      ({ author }) => author && showAuthor(author),
      (error) => {
        if (!(error instanceof ApiError)) throw error;
      },
    );
  });
}

wireFrame();
keepAlive(() => {});
keepPlace(posts.list);
keepFresh();
posts.read().then(() => returnToPlace(posts.list, () => posts.cursor && posts.read({ on: true })));
