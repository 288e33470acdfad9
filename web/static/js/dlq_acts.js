// Putting the record of a dead letter back, and giving one up: each is asked first.

import { ApiError, get, post, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { clearFaults, isFilledIn, showFaults } from "./form_faults.js";
import { letterAddress } from "./ops_query.js";
import { LoggedOut } from "./session.js";

const ROUNDS = 10; // so often an outcome is waited for; each waits some seconds
const AGAIN = 3_000; // milliseconds before one that failed is tried again

let letter = null;
let settled = null;

const isWish = ({ topic }) => topic?.endsWith(".REQUEST") ?? false;

/** Ask before `act` ("replay", "drop") is done to a letter; `then` gets the letter as it is afterwards. */
export function askLetter(act, which, then) {
  letter = which;
  settled = then;
  const form = byId(`${act}-form`);
  form.reset();
  clearFaults(form);
  byId(`${act}-letter`).textContent = which.id;
  byId(`${act}-problem`).textContent = "";
  if (act === "replay") {
    const isNamed = Boolean(which.reader) || isWish(which);
    byId("replay-reader-field").hidden = isNamed;
    byId("replay-reader").required = !isNamed;
  }
  byId(act).showModal();
}

function bodyOf(form) {
  const given = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
  return Object.fromEntries(given.filter(([, value]) => value));
}

function wire(act) {
  const dialog = byId(act);
  const form = byId(`${act}-form`);
  const wait = byId(`${act}-wait`);
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = byId(`${act}-problem`);
    if (dialog.dataset.busy || !isFilledIn(form)) return;
    const [which, then] = [letter, settled];
    dialog.dataset.busy = "true";
    wait.hidden = false;
    problem.textContent = "";
    try {
      const told = await post(`${letterAddress(which.id)}/${act}`, bodyOf(form));
      dialog.close();
      then(told);
    } catch (error) {
      if (letter === which) showFaults(form, problem, error, reasonOf(error));
    } finally {
      delete dialog.dataset.busy;
      wait.hidden = true;
    }
  });
}

/** Wire both dialogs, once a page. */
export function wireLetterActs() {
  for (const act of ["replay", "drop"]) wire(act);
}

/**
 * Wait for what becomes of a replay under way. `shown` gets the letter then, or as it is when nothing
 * was known for a minute; `isLooked` says whether anybody still wants to know.
 */
export async function follow(which, isLooked, shown) {
  let found = which;
  for (let round = 0; round < ROUNDS && found.outcome === "unknown" && isLooked(); round += 1) {
    try {
      ({ letter: found } = await get(`${letterAddress(which.id)}?wait=true`));
    } catch (error) {
      if (error instanceof LoggedOut) return;
      if (!(error instanceof ApiError)) throw error;
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
  if (isLooked()) shown(found);
}
