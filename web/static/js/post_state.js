// How a post of one's own stands: what calls answer and what comes live, in any order. Touches no
// document.

const EVENTS = {
  contentPublished: "published",
  contentRefused: "refused",
  contentInReview: "review",
};

/** The kinds of events that tell of it. */
export const isOfPost = ({ type }) => type in EVENTS;

/** How the latest version of one post stands. */
export class PostState {
  constructor(contentId) {
    Object.assign(this, { contentId, version: 0, state: null, reasons: [], note: "", appealed: false });
  }

  /** A version was written, or there before. */
  written({ version, state }) {
    if (version < this.version) return;
    const isNew = version > this.version || this.state === null;
    if (isNew) Object.assign(this, { version, state, reasons: [], note: "", appealed: false });
    else if (this.state === "inspecting") this.state = state;
  }

  /** What the post says of its latest version; true when that is news. */
  read(mine) {
    if (!mine || mine.version < this.version) return false;
    const before = this.#told();
    const { version, state, reasons = [], note = "", appealed = false } = mine;
    Object.assign(this, { version, state, reasons, note, appealed });
    return this.#told() !== before;
  }

  /** An event; false when it is of another post, of an older version, or tells nothing new. */
  take(event) {
    if (event.contentId !== this.contentId || !isOfPost(event) || event.version < this.version) return false;
    const before = this.#told();
    const appealed = event.version === this.version && (this.appealed || this.#reopens(event));
    const { version, reasons = [], note = "" } = event;
    Object.assign(this, { version, state: EVENTS[event.type], reasons, note, appealed });
    return this.#told() !== before;
  }

  /** Another look was asked for. */
  asked() {
    Object.assign(this, { state: "review", appealed: true });
  }

  /** Whether it is worth asking again how it stands. */
  get isOpen() {
    return this.state === "inspecting" || this.state === "review";
  }

  /** Whether its author may ask for another look. */
  get mayAppeal() {
    return this.state === "refused" && !this.appealed;
  }

  // Only an appeal leads from a refusal back to a person.
  #reopens({ type }) {
    return type === "contentInReview" && this.state === "refused";
  }

  #told() {
    return JSON.stringify([this.version, this.state, this.reasons, this.note, this.appealed]);
  }
}

const REASONS = {
  banned_word: "post.reason.bannedWord",
  banned_link: "post.reason.bannedLink",
  links: "post.reason.links",
  repeat: "post.reason.repeat",
  invitations: "post.reason.invitations",
  other: "post.reason.unknown",
  hate: "post.reason.hate",
  harassment: "post.reason.harassment",
  sexual: "post.reason.sexual",
  violence: "post.reason.violence",
  self_harm: "post.reason.selfHarm",
  spam: "post.reason.spam",
  fraud: "post.reason.fraud",
  illegal: "post.reason.illegal",
  personal_data: "post.reason.personalData",
  second_opinion: "post.reason.doubtful",
  model_unclear: "post.reason.doubtful",
  model_addressed: "post.reason.doubtful",
};

/** The keys of the texts that say why, each once; of a rule that this page does not know, that. */
export const reasonKeys = (reasons) => [
  ...new Set(reasons.map((reason) => REASONS[reason] ?? "post.reason.unknown")),
];
