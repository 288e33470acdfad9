// The feed, what is popular, whom one subscribes to, a tag, and the search: the address says which.

import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t } from "./i18n.js";
import { faceOf, nameOf } from "./names.js";
import { authorPath, callOf, listIn } from "./post_address.js";
import { PostList, postItem } from "./post_items.js";
import { keepPlace, returnToPlace } from "./return_place.js";
import { keepAlive } from "./session.js";

const EMPTY = {
  feed: "feed.none",
  popular: "feed.popular.none",
  authors: "feed.authors.none",
  tag: "feed.tag.none",
};

const list = listIn(location.search);

function authorItem({ userId, name }) {
  const who = el("span", { class: "who" }, nameOf(userId, name), el("span", { class: "quiet" }, `@${userId}`));
  return el("li", { class: "person" }, el("a", { href: authorPath(userId) }, faceOf(userId, name), who));
}

function itemsOf(answer) {
  if (answer.subscriptions) return answer.subscriptions.map(authorItem);
  return (answer.hits ?? answer.contents).map(postItem);
}

function emptyText() {
  if (list.kind === "search") return t("search.none", { query: list.query });
  return t(EMPTY[list.kind]);
}

function showWhich() {
  byId("query").value = list.query;
  const order = document.querySelector(`#search input[name="sort"][value="${list.sort}"]`);
  order.checked = true;
  byId("sorting").hidden = list.kind !== "search";
  for (const link of document.querySelectorAll("#lists a")) {
    if (link.dataset.list === list.kind) link.setAttribute("aria-current", "page");
  }
  if (list.tag) {
    byId("tag").textContent = `#${list.tag}`;
    byId("tag").hidden = false;
  }
}

function wireSearch() {
  const form = byId("search");
  const go = () => {
    const data = new FormData(form);
    const query = new URLSearchParams({ q: data.get("q").trim() });
    if (list.tag) query.set("tag", list.tag);
    if (data.get("sort") === "best") query.set("sort", "best");
    location.assign(query.get("q") ? `/feed?${query}` : "/feed");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  form.addEventListener("change", (event) => event.target.name === "sort" && go());
}

wireFrame();
keepAlive(() => {});
showWhich();
wireSearch();
const posts = new PostList("posts", { pathOf: (cursor) => callOf(list, cursor), itemsOf, emptyText });
keepPlace(posts.list);
posts.read().then(() => returnToPlace(posts.list, () => posts.cursor && posts.read({ on: true })));
