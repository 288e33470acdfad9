// People's names on a page: marked when they are written, changed when somebody takes a new one.

import { avatar, el, paintAvatar } from "./dom.js";

const marked = (attribute, userId) =>
  document.querySelectorAll(`[${attribute}="${CSS.escape(userId)}"]`);

/** A name that follows its person; `userId` null (an erased account) is never called anew. */
export function nameOf(userId, name) {
  return el("bdi", { "data-name-of": userId }, name);
}

/** The avatar of a person, which follows the name. */
export function faceOf(userId, name) {
  const face = avatar(name, userId ?? "");
  if (userId) face.dataset.avatarOf = userId;
  return face;
}

/** Show the new name wherever the page shows this person. */
export function showName({ userId, userName }) {
  for (const element of marked("data-name-of", userId)) element.textContent = userName;
  for (const element of marked("data-avatar-of", userId)) paintAvatar(element, userName, userId);
}
