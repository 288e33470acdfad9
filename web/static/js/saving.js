// Saving messages for oneself: the star beside a bubble.

import { put, reasonOf, remove } from "./api.js";
import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";

export const savedPath = ({ roomId, messageId }) =>
  `/chat/saved/${encodeURIComponent(roomId)}/${encodeURIComponent(messageId)}`;

/** The same in the menu of the message, as a text and what it does. */
export function saveChoice(item) {
  const star = item.querySelector(".star");
  const isSaved = star.getAttribute("aria-pressed") === "true";
  return [t(isSaved ? "saved.remove" : "saved.save"), () => star.click()];
}

/** A button that saves a message; pressed again, it is saved no longer. */
export function saveButton(message) {
  const button = el(
    "button",
    { type: "button", class: "star", "aria-pressed": "false", "aria-label": t("saved.save"), title: t("saved.save") },
    icon("star"),
  );
  button.addEventListener("click", async () => {
    const isSaved = button.getAttribute("aria-pressed") === "true";
    const hadFocus = button === document.activeElement;
    button.disabled = true;
    try {
      await (isSaved ? remove(savedPath(message)) : put(savedPath(message)));
      button.setAttribute("aria-pressed", String(!isSaved));
      byId("announcer").textContent = t(isSaved ? "saved.removed" : "saved.done");
    } catch (error) {
      byId("announcer").textContent = reasonOf(error);
    } finally {
      button.disabled = false;
      if (hadFocus) button.focus();
    }
  });
  return button;
}
