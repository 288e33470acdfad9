// Posts in a list, and what every view of a post shows of it.

import { el } from "./dom.js";
import { t, tCount } from "./i18n.js";
import { faceOf, nameOf } from "./names.js";
import { PagedList } from "./paged_list.js";
import { authorPath, postPath, tagPath } from "./post_address.js";
import { markedParts } from "./text_parts.js";
import { fullTime, listTime } from "./time.js";

const marked = (text) =>
  markedParts(text).map((part) => (part.marked ? el("mark", {}, part.text) : part.text));

/** Who wrote it, as a link to what else they have published; an erased author is somebody. */
export function authorLink(author) {
  if (!author) return el("span", { class: "who" }, t("room.someone"));
  return el("a", { class: "who", href: authorPath(author.userId) }, nameOf(author.userId, author.name));
}

/** When it was published, and that it was changed since. */
export function timesOf({ publishedAt, editedAt }) {
  if (!publishedAt) return [];
  const at = el("time", { datetime: publishedAt, title: fullTime(publishedAt) }, listTime(publishedAt));
  return editedAt ? [at, el("span", { class: "edited", title: fullTime(editedAt) }, t("message.edited"))] : [at];
}

/** Its tags, each as a link to what else has it. */
export function tagList(tags) {
  if (!tags.length) return null;
  const items = tags.map((tag) => el("li", {}, el("a", { href: tagPath(tag), dir: "auto" }, `#${tag}`)));
  return el("ul", { class: "tags", "aria-label": t("post.tags") }, ...items);
}

/** A post in a list; of a found one the matches are marked. */
export function postItem(post) {
  const title = post.titleHighlight ? marked(post.titleHighlight) : [post.title];
  const excerpt = post.highlight ? marked(post.highlight) : [post.excerpt];
  const facts = el(
    "p",
    { class: "post-facts" },
    authorLink(post.author),
    ...timesOf(post),
    el("span", {}, tCount("post.likes", post.likes)),
    el("span", {}, tCount("post.views", post.views)),
  );
  const face = faceOf(post.author?.userId ?? null, post.author?.name ?? t("room.someone"));
  return el(
    "li",
    { class: "post", "data-content": post.contentId },
    face,
    el("h2", { class: "post-title", dir: "auto" }, el("a", { href: postPath(post.contentId) }, ...title)),
    el("p", { class: "post-excerpt", dir: "auto" }, ...excerpt),
    tagList(post.tags),
    facts,
  );
}

/** A list of posts, read page by page. */
export class PostList extends PagedList {
  // A post that has moved between two pages is on both: it stays where it is.
  show(items, on) {
    if (!on) return super.show(items, on);
    const known = new Set([...this.list.children].map(({ dataset }) => dataset.content));
    const news = items.filter(({ dataset }) => !dataset.content || !known.has(dataset.content));
    super.show(news, on);
    news[0]?.querySelector("a")?.focus({ preventScroll: true });
  }
}
