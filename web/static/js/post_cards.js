// What is known of the posts that a room's messages lead to. Touches no document.

const AGAIN = 30_000;
const KEPT = 200;

/**
 * Posts by id as they were last read: `undefined` not yet, `null` there is none to see, else the post.
 * `read(contentId)` gives one or null, and throws when it cannot tell; `show(contentId, post)` is
 * called for each answer.
 */
export class PostCards {
  constructor({ read, show, now = Date.now }) {
    Object.assign(this, { readOne: read, show, now });
    this.known = new Map(); // {post, at} by id, the last read last
    this.asking = new Map();
  }

  /** What is known of it. */
  post(contentId) {
    return this.known.get(contentId)?.post;
  }

  /** Those of `ids` that are to be read now; `always`: all that nobody is reading. */
  due(ids, { always = false } = {}) {
    const isOld = (id) => always || !this.known.has(id) || this.now() - this.known.get(id).at >= AGAIN;
    return [...new Set(ids)].filter((id) => !this.asking.has(id) && isOld(id));
  }

  /** Read those of `ids` that are due. */
  refresh(ids, options) {
    return Promise.all(this.due(ids, options).map((id) => this.#read(id)));
  }

  async #read(contentId) {
    const asking = this.readOne(contentId);
    this.asking.set(contentId, asking);
    try {
      this.#keep(contentId, await asking);
      this.show(contentId, this.post(contentId));
    } catch {
      // What was known stays, and is asked for again at the next look.
    } finally {
      this.asking.delete(contentId);
    }
  }

  #keep(contentId, post) {
    this.known.delete(contentId);
    this.known.set(contentId, { post, at: this.now() });
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
  }
}
