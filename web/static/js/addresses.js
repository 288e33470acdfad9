// Where a page may go, and what it may link, when somebody else says where: its own address, a
// message. Browsers forgive much in an address (https://url.spec.whatwg.org/#concept-basic-url-parser),
// so what counts is what they make of it, not how it begins.

const ROOMS = "/rooms";
const LOGIN = /^\/login(?:\/|$)/iu;
// A browser drops some of these, takes a backslash for a slash, and shows none of the others.
const UNSEEN = /[\\\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** The path with its escapes undone, as a server may read it; null when one is broken. */
function readable(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

const isPlain = (path) => path !== null && !path.startsWith("//") && !UNSEEN.test(path);

/**
 * `given` as path, query and fragment on the site `origin`; null when it is not plainly an address
 * there. What is returned begins with exactly one slash, before and after a browser resolves it, so
 * it names no scheme, host or login, and holds no backslash and no unseen character.
 */
export function ownAddress(given, origin) {
  if (typeof given !== "string" || !/^\/(?!\/)/u.test(given) || UNSEEN.test(given)) return null;
  const { pathname, search, hash } = new URL(given, origin);
  return isPlain(readable(pathname)) ? pathname + search + hash : null;
}

/** Where the login page leads by its own query: the page of ours it names, else the rooms. */
export function afterLogin(query, origin) {
  const address = ownAddress(new URLSearchParams(query).get("next"), origin);
  if (address === null || LOGIN.test(readable(new URL(address, origin).pathname))) return ROOMS;
  return address;
}

/** Whether a message may link `address`: a site by its name, without a login in it. */
export function isLinkable(address) {
  try {
    const { protocol, hostname, username, password } = new URL(address);
    return /^https?:$/u.test(protocol) && hostname !== "" && username === "" && password === "";
  } catch {
    return false;
  }
}
