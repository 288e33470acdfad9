// A list that loads on by itself when its end comes near; its button does the same by hand.

const AHEAD = "0px 0px 400px 0px";

/**
 * Calls `more()` when `button` comes near the lower edge of `scroller`, and when it is pressed, until
 * it gives false: then only a press, or `look()`, goes on.
 */
export class LoadOn {
  constructor(scroller, button, more) {
    this.button = button;
    this.more = more;
    this.watcher = new IntersectionObserver((entries) => this.#near(entries), {
      root: scroller,
      rootMargin: AHEAD,
    });
    this.watcher.observe(button);
    button.addEventListener("click", async () => (await more()) && this.look());
  }

  async #near(entries) {
    if (!entries.some((each) => each.isIntersecting) || this.button.hidden) return;
    if (await this.more()) this.look();
  }

  /** Look anew whether the end is near: after a short page it may be as near as it was. */
  look() {
    this.watcher.unobserve(this.button);
    this.watcher.observe(this.button);
  }
}
