// The addresses of posts, and which list of them an address asks for. Touches no document.

const UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
const POST = new RegExp(`^/content/(${UUID})/?$`, "iu");

/** Where a post is shown, and what is asked of it, below the origin. */
export const postPath = (contentId) => `/content/${encodeURIComponent(contentId)}`;

/** Where what somebody has published is shown. */
export const authorPath = (userId) => `/people/${encodeURIComponent(userId)}`;

/** Where the posts with a tag are shown. */
export const tagPath = (tag) => `/feed?${new URLSearchParams({ tag })}`;

/** Where a post of one's own is changed. */
export const editPath = (contentId) => `/write?${new URLSearchParams({ content: contentId })}`;

/** The id of the post that an address of the site `origin` shows; null when it shows none. */
export function postIdIn(address, origin) {
  try {
    const url = new URL(address, origin);
    return url.origin === origin ? (POST.exec(url.pathname)?.[1].toLowerCase() ?? null) : null;
  } catch {
    return null;
  }
}

/** The id that the page for writing is to change; null: a new post, also when it names none. */
export function changedIn(query) {
  const given = new URLSearchParams(query).get("content") ?? "";
  return new RegExp(`^${UUID}$`, "iu").test(given) ? given.toLowerCase() : null;
}

/** The list that the query of the feed's page asks for: {kind, query, tag, sort}. */
export function listIn(query) {
  const given = new URLSearchParams(query);
  const q = (given.get("q") ?? "").trim();
  const tag = (given.get("tag") ?? "").trim();
  const sort = given.get("sort") === "best" ? "best" : "newest";
  if (q) return { kind: "search", query: q, tag, sort };
  if (tag) return { kind: "tag", query: "", tag, sort };
  const list = given.get("list");
  const kind = ["popular", "authors"].includes(list) ? list : "feed";
  return { kind, query: "", tag: "", sort };
}

/** The call that gives a page of such a list. */
export function callOf({ kind, query, tag, sort }, cursor = null) {
  const more = cursor ? { cursor } : {};
  const asked = (path, values) => {
    const text = `${new URLSearchParams({ ...values, ...more })}`;
    return text ? `${path}?${text}` : path;
  };
  if (kind === "search") return asked("/search/content", { q: query, ...(tag && { tag }), sort });
  if (kind === "tag") return asked("/content", { tag });
  if (kind === "popular") return "/content/popular";
  if (kind === "authors") return asked("/content/subscriptions", {});
  return asked("/content/feed", {});
}
