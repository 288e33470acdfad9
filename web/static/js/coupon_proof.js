// The proof for a claim, made ahead: a challenge is worked on as soon as the page has it.

/** Makes proofs in a worker with the library at this address. */
export class Proofs {
  constructor(library) {
    this.worker = new URL("./coupon_worker.js", import.meta.url);
    this.worker.searchParams.set("library", new URL(library, location.href).href);
    this.made = new Map();
  }

  /** The proof for a challenge, made once; `undefined` where no work is asked for. */
  of(work) {
    if (!work) return Promise.resolve(undefined);
    if (!this.made.has(work.challenge)) {
      this.made.clear();
      this.made.set(work.challenge, this.#make(work));
    }
    return this.made.get(work.challenge);
  }

  #make(work) {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.worker);
      const end = (settle) => (event) => {
        worker.terminate();
        settle(event);
      };
      worker.addEventListener("message", end(({ data }) => resolve(data)));
      worker.addEventListener("error", end(({ message }) => reject(new Error(message))));
      worker.postMessage(work);
    });
  }
}
