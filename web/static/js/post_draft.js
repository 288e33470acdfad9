// What is being written of a post, kept on the device until it is sent. Touches no document.

import { keysIn } from "./typed.js";

export const TITLE_MOST = 120;
export const BODY_MOST = 20_000;
export const TAGS_MOST = 10;
const NEW = "new";

/** The tags in what was typed into their field: without `#`, which begins another; each once in any case. */
export function tagsIn(text) {
  const found = new Map();
  for (const part of text.split(/[,\n\uff0c\u3001]|\s(?=[#\uff03])/u)) {
    const tag = part.replace(/^[\s#\uff03]+/u, "").trim();
    if (tag && !found.has(tag.toLowerCase())) found.set(tag.toLowerCase(), tag);
  }
  return [...found.values()];
}

/** How tags stand in their field. */
export const tagsText = (tags) => tags.join(", ");

const isEmpty = ({ title, body, tags }) => !(title.trim() || body.trim() || tags.trim());
const same = (one, other) => ["title", "body", "tags"].every((name) => one[name] === other[name]);

/**
 * The draft of one post: {contentId, version, title, body, tags}, `tags` as they are typed. A new post
 * gets its id with its first letter, so that sending it twice makes one.
 */
export class PostDraft {
  constructor({ device, owner, contentId = null, newId, now = Date.now }) {
    Object.assign(this, { device, newId, now });
    this.key = keysIn("post", owner, contentId ?? NEW) + "draft";
    this.kept = device.read(this.key);
    if (typeof this.kept?.contentId !== "string") this.kept = null;
  }

  /** What to go on with; nothing when it is what the post, given as `latest`, says by now. */
  open(latest = null) {
    if (this.kept && latest && same(this.kept, latest)) this.forget();
    return this.kept;
  }

  /** Whether the post has got another version since this was begun; it is never dropped for that. */
  isBehind(version) {
    return this.kept !== null && this.kept.version !== version;
  }

  /** Its id is another post's, or of one that is deleted: go on with one that nobody has. */
  renew() {
    this.id = this.newId();
    if (!this.kept) return;
    this.kept = { ...this.kept, contentId: this.id };
    this.device.write(this.key, this.kept);
  }

  /** The post's id; it stays the same until the draft is forgotten. */
  get contentId() {
    this.id ??= this.kept?.contentId ?? this.newId();
    return this.id;
  }

  /** Keep what is written now over `before`, what there was to begin with. */
  keep(text, before = { title: "", body: "", tags: "" }, version = 0) {
    if (isEmpty(text) || same(text, before)) {
      this.device.remove(this.key);
      this.kept = null;
      return;
    }
    this.kept = { ...text, version, contentId: this.contentId, at: this.now() };
    this.device.write(this.key, this.kept);
  }

  /** It is sent: the next one is another post. */
  forget() {
    this.device.remove(this.key);
    this.kept = null;
    this.id = null;
  }
}
