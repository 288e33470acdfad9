// The page's login. The tokens are in cookies that no script can read; a script only remembers when
// the access token ends, to renew it before that.

const KEY = "chatstream.login";
const MARGIN = 90_000;
const SHARE = 4; // a token that lives shorter is renewed in the last quarter of its life
const SOONEST = 2_000;

/** The login is over: the reader must log in again. */
export class LoggedOut extends Error {}

let remembered = null;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY));
  } catch {
    return null; // storage may be closed to us: then every page renews the login once
  }
}

function write(value) {
  try {
    if (value === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(value));
  } catch {
    remembered = value;
  }
}

const state = () => read() ?? remembered;

/** True when this browser has logged in before and not out since. */
export const mayHaveLogin = () => state() !== null;

/** Milliseconds until the access token ends; below 0 when it has. */
export const timeLeft = () => (state()?.expiresAt ?? 0) - Date.now();

/** Note a login or its renewal that holds for `seconds`. */
export const began = (seconds) => write({ expiresAt: Date.now() + seconds * 1000, seconds });

/** How long before its end, in ms, a token is renewed. */
const margin = () => Math.min(MARGIN, ((state()?.seconds ?? 0) * 1000) / SHARE);

/** Note that the login is over. */
export const ended = () => write(null);

let isLeaving = false;
let hasLeft = false;

/**
 * Do what ends the login on purpose. From then on nothing that finds the login over, before this is
 * answered or after, leads away from the page: whoever called goes on from here; and once it is
 * answered nobody asks for new tokens. When it has failed all is as before.
 */
export async function leave(work) {
  isLeaving = true;
  try {
    const answer = await work();
    hasLeft = true;
    return answer;
  } catch (error) {
    isLeaving = false;
    throw error;
  }
}

/** To the login page, and back here after it; not while the reader leaves. */
export function toLogin() {
  if (isLeaving) return;
  ended();
  const back = location.pathname + location.search;
  location.assign(`/login?${new URLSearchParams({ next: back })}`);
}

async function askForNewTokens() {
  // A connection that ends with the login would come back, until the next page is there.
  if (hasLeft) throw new LoggedOut();
  const response = await fetch("/user/refresh", { method: "POST" });
  if (response.status === 401 || response.status === 403) {
    throw new LoggedOut();
  }
  if (!response.ok) throw new Error(`refresh answered ${response.status}`);
  began((await response.json()).expiresIn);
}

// Tabs share the cookies, and a refresh token counts once: one tab renews, the others wait for it.
const alone = (work) =>
  navigator.locks ? navigator.locks.request("chatstream.refresh", work) : work();

/** Renew the tokens if they end soon, or `always`; throws LoggedOut when the login is over. */
export function renew({ always = false } = {}) {
  return alone(async () => {
    if (always || timeLeft() <= margin()) await askForNewTokens();
  });
}

/** Renew the tokens although they should still hold, since the server said they do not. */
export function renewRefused(refusedAt) {
  return alone(async () => {
    const renewedMeanwhile = timeLeft() > margin() && tokenMark() !== refusedAt;
    if (!renewedMeanwhile) await askForNewTokens();
  });
}

/** When the access token ends, as known now; names the token for `renewRefused`. */
export const tokenMark = () => state()?.expiresAt ?? 0;

/** Calls `over` when another tab has logged out. */
export function watchLogout(over) {
  addEventListener("storage", (event) => {
    if (event.key === KEY && event.newValue === null) over();
  });
}

/** Keep the login alive while the page is open; calls `renewed` each time it has been seen to. */
export function keepAlive(renewed) {
  const again = () => {
    const early = margin() * (1 - Math.random() / 6); // not all tabs at the same moment
    const wait = Math.max(timeLeft() - early, SOONEST);
    setTimeout(step, wait);
  };
  const step = async () => {
    try {
      await renew();
      renewed();
    } catch (error) {
      if (error instanceof LoggedOut) return toLogin();
    }
    return again();
  };
  again();
}
