// Calls of the HTTP interface from a page: JSON, the error envelope, one renewal of the login.

import { t } from "./i18n.js";
import { language } from "./page_data.js";
import { LoggedOut, renewRefused, toLogin, tokenMark } from "./session.js";
import { repeated } from "./waiting.js";

/** A refusal of the server, or (status 0) no answer at all. `message` is for the reader. */
export class ApiError extends Error {
  constructor(status, { code = "", message = "", details = {} } = {}) {
    super(message || t("error.unknown", { status }));
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

const AWAY = [0, 502, 503, 504];
const PAUSES = [1000, 2000];

/** Whether a call failed because the server or what it needs is away: the same call may do later. */
export const isAway = (error) => error instanceof ApiError && AWAY.includes(error.status);

async function once(method, path, { body, headers, signal, keepalive }) {
  const init = { method, signal, keepalive, headers: { "Accept-Language": language, ...headers } };
  init.headers.Accept = "application/json";
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { message: t("error.network") });
  }
}

async function refusal(response) {
  const text = await response.text();
  try {
    return new ApiError(response.status, JSON.parse(text).error);
  } catch {
    return new ApiError(response.status); // the gateway itself answered, without an envelope
  }
}

async function renewedOrAway(mark) {
  try {
    await renewRefused(mark);
  } catch (error) {
    if (error instanceof LoggedOut) toLogin();
    else throw new ApiError(0, { message: t("error.network") });
    throw error;
  }
}

/** The answer's JSON (null for 204); throws ApiError. A bad login is renewed once. */
export async function call(method, path, options = {}) {
  const mark = tokenMark();
  let response = await once(method, path, options);
  if (response.status === 401 && !options.public) {
    await renewedOrAway(mark);
    response = await once(method, path, options);
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => call("GET", path, options);
/** A GET that is asked twice more when a store did not answer in time (503), as a search may. */
export const insist = (path) =>
  repeated(() => get(path), (error) => error instanceof ApiError && error.status === 503, PAUSES);
export const post = (path, body, options) => call("POST", path, { body, ...options });
export const put = (path, body, options) => call("PUT", path, { body, ...options });
export const patch = (path, body, options) => call("PATCH", path, { body, ...options });
export const remove = (path, options) => call("DELETE", path, options);

/** What to show for any failure of a call. */
export function reasonOf(error) {
  if (error instanceof ApiError) return error.message;
  if (error instanceof LoggedOut) return "";
  throw error;
}
