// What pages keep on the device, by key, as JSON. Touches no document.
//
// A browser may forbid to keep anything, or have no place left: then the next storage is used, at
// last this page's own memory, and whoever writes notices nothing.

/** What is kept only as long as the page lives; as much of Storage as is used here. */
export class PageMemory {
  #kept = new Map();

  get length() {
    return this.#kept.size;
  }

  key(index) {
    return [...this.#kept.keys()][index] ?? null;
  }

  getItem(key) {
    return this.#kept.get(key) ?? null;
  }

  setItem(key, value) {
    this.#kept.set(key, value);
  }

  removeItem(key) {
    this.#kept.delete(key);
  }
}

const quietly = (work, otherwise) => {
  try {
    return work();
  } catch {
    return otherwise; // forbidden or full
  }
};

const keysOf = (storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index));

/**
 * Keeps values in the first of `storages` that takes them; the page's memory is the last. What one
 * did not take is newer than what it holds, so they are read from the last to the first.
 */
export class Device {
  #storages;
  #isClosed = false;

  constructor(storages) {
    this.#storages = [...storages, new PageMemory()];
  }

  /** The value, or null: also of what is no JSON. */
  read(key) {
    for (const storage of [...this.#storages].reverse()) {
      const text = quietly(() => storage.getItem(key), null);
      if (text !== null) return quietly(() => JSON.parse(text), null);
    }
    return null;
  }

  /** Keep it. */
  write(key, value) {
    if (this.#isClosed) return;
    const text = JSON.stringify(value);
    let isKept = false;
    for (const storage of this.#storages) {
      if (!isKept) isKept = quietly(() => (storage.setItem(key, text), true), false);
      else quietly(() => storage.removeItem(key));
    }
  }

  remove(key) {
    for (const storage of this.#storages) quietly(() => storage.removeItem(key));
  }

  /** The keys that begin so. */
  keys(prefix) {
    const all = this.#storages.flatMap((storage) => quietly(() => keysOf(storage), []));
    return [...new Set(all)].filter((key) => key?.startsWith(prefix));
  }

  /** Keep nothing more: whoever is leaving is not to leave anything behind. */
  close() {
    this.#isClosed = true;
  }
}

const opened = (...opens) => opens.map((open) => quietly(open, null)).filter(Boolean);
const ofAllTabs = () => globalThis.localStorage;
const ofThisTab = () => globalThis.sessionStorage;

/** The browser's own storages, as far as they are open to us: of all tabs, then of this tab. */
export const browserStorages = () => opened(ofAllTabs, ofThisTab);

/** The storage of this tab alone, if it is open to us. */
export const tabStorages = () => opened(ofThisTab);
