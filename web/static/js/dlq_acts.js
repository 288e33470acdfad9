// Putting the record of a dead letter back, and giving one up: each is asked first.

import { ApiError, get, post, reasonOf } from "./api.js";
import { wireClosing, wireForm } from "./dialogs.js";
import { byId } from "./dom.js";
import { letterAddress } from "./ops_query.js";
import { LoggedOut } from "./session.js";

const ROUNDS = 10; // so often an outcome is waited for; each waits some seconds
const AGAIN = 3_000; // milliseconds before one that failed is tried again

const asked = {}; // by act: the letter that its dialog is about, and who is told

const isWish = ({ topic }) => topic?.endsWith(".REQUEST") ?? false;

/**
 * Ask before `act` ("replay", "drop") is done to a letter. `settled` gets the letter as it is afterwards,
 * `failed` the reason of a refusal that comes when the dialog is closed or about another letter.
 */
export function askLetter(act, which, { settled, failed }) {
  asked[act] = { which, settled, failed };
  const form = byId(`${act}-form`);
  form.reset();
  byId(`${act}-letter`).textContent = which.id;
  byId(`${act}-problem`).textContent = "";
  if (act === "replay") {
    const isNamed = Boolean(which.reader) || isWish(which);
    byId("replay-reader-field").hidden = isNamed;
    byId("replay-reader").required = !isNamed;
  }
  byId(act).showModal();
}

function bodyOf(data) {
  const given = [...data].map(([name, value]) => [name, value.trim()]);
  return Object.fromEntries(given.filter(([, value]) => value));
}

/** Do it; null when it was refused and nobody looks at its dialog any more, so that it is told elsewhere. */
async function done(act, { which, failed }, data, isLooked) {
  const wait = byId(`${act}-wait`);
  wait.hidden = false;
  try {
    return await post(`${letterAddress(which.id)}/${act}`, bodyOf(data));
  } catch (error) {
    if (isLooked()) throw error;
    failed(reasonOf(error));
    return null;
  } finally {
    wait.hidden = true;
  }
}

function wire(act) {
  const dialog = byId(act);
  const work = async (data) => {
    const about = asked[act];
    const isLooked = () => dialog.open && asked[act].which === about.which;
    const told = await done(act, about, data, isLooked);
    if (!told) return;
    if (isLooked()) dialog.close();
    about.settled(told);
  };
  wireClosing(dialog);
  wireForm(byId(`${act}-form`), byId(`${act}-problem`), work, reasonOf);
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
