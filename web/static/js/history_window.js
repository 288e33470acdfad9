// Which messages of a room's history are shown: one piece of it, without a hole, none of them twice,
// whatever order pages and live messages come in.
//
// The numbers of a room's messages are dense, 1 to its head. So a page fits when it goes on where the
// shown piece ends; one that was asked for when another piece was shown does not, and gives nothing.

/** The shown piece: from `first` to `last` (both 0: nothing); `head` is the newest that is known of. */
export class HistoryWindow {
  constructor() {
    this.first = 0;
    this.last = 0;
    this.head = 0;
    this.pieces = 0; // how often another piece was opened
    this.known = 0; // the newest that was shown, or was there before the reader came
    this.readings = 0; // pages on their way
    this.changes = new Map(); // by seq: what changed while pages were on their way
  }

  /** Whether what comes live goes on where the shown piece ends. */
  get isLive() {
    return this.last >= this.head;
  }

  get hasBefore() {
    return this.first > 1;
  }

  /** How many live messages came that are not shown. */
  get waiting() {
    return this.head - this.known;
  }

  /** Whether all that lies before what is shown had been read by who has read up to `read`. */
  joins(read) {
    return this.first <= read + 1;
  }

  /** Show this page instead of all that was shown; `head` as far as it is known. Returns its messages. */
  open(messages, head = 0) {
    const isFirst = this.pieces === 0;
    this.pieces += 1;
    const now = messages.map((message) => this.#now(message));
    this.first = now[0]?.seq ?? 0;
    this.last = now.at(-1)?.seq ?? 0;
    this.head = Math.max(this.head, head, this.last);
    this.known = isFirst ? this.head : Math.max(this.known, this.last);
    return now;
  }

  /** The messages of a page that go before the first shown one, in order. */
  before(messages) {
    const older = messages.filter(({ seq }) => seq < this.first);
    const from = this.first - older.length;
    const fitting = older.filter(({ seq }, index) => seq === from + index);
    if (!fitting.length || fitting.length < older.length) return [];
    this.first = from;
    return fitting.map((message) => this.#now(message));
  }

  /** The messages of a page that go behind the last shown one, in order. */
  after(messages) {
    const newer = messages
      .filter(({ seq }) => seq > this.last)
      .filter(({ seq }, index) => seq === this.last + 1 + index);
    if (!newer.length) return [];
    this.first ||= newer[0].seq;
    this.#reach(newer.at(-1).seq);
    return newer.map((message) => this.#now(message));
  }

  /**
   * What becomes of a live message: "shown" behind the last, "known" already, or "held" until the
   * history has met it; "gap": what lies between was never told, and has to be read first.
   */
  hear({ seq }) {
    if (seq <= this.last) return "known";
    if (!this.isLive) {
      this.head = Math.max(this.head, seq);
      return "held";
    }
    if (seq > this.last + 1) return "gap";
    this.first ||= seq;
    this.#reach(seq);
    return "shown";
  }

  /** A message changed: a page that is on its way may not know it yet. */
  changed(message) {
    if (this.readings && (this.changes.get(message.seq)?.rev ?? 0) < message.rev)
      this.changes.set(message.seq, message);
  }

  /** Read a page, and take it, by `work()`; returns what it returns. */
  async reading(work) {
    this.readings += 1;
    try {
      return await work();
    } finally {
      this.readings -= 1;
      if (!this.readings) this.changes.clear();
    }
  }

  #reach(seq) {
    this.last = seq;
    this.head = Math.max(this.head, seq);
    this.known = Math.max(this.known, seq);
  }

  #now(message) {
    const changed = this.changes.get(message.seq);
    return changed && changed.rev > message.rev ? changed : message;
  }
}
