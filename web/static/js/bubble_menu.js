// The menu of a message: a button beside the bubble, and a list that the keyboard can walk.

import { el, icon } from "./dom.js";
import { t } from "./i18n.js";

const CHANGEABLE = 24 * 60 * 60 * 1000;

let open = null; // {menu, button} of the one menu that is open

// The focus goes back to the message: it stays when the button goes with a deleted text.
function close(focusBack) {
  if (!open) return;
  const { menu, button } = open;
  open = null;
  menu.remove();
  button.setAttribute("aria-expanded", "false");
  if (focusBack) button.closest(".said").focus();
}

document.addEventListener("click", (event) => {
  if (open && !open.menu.contains(event.target) && !open.button.contains(event.target)) close(false);
});

/** What the author may do while the server still allows it. */
export const isChangeable = ({ createdAt, deletedAt }) =>
  !deletedAt && Date.now() - new Date(createdAt).getTime() < CHANGEABLE;

function entry(text, work) {
  const button = el("button", { type: "button", role: "menuitem", tabindex: "-1" }, text);
  button.addEventListener("click", () => {
    close(true);
    work();
  });
  return button;
}

function onKey(event, entries) {
  const at = entries.indexOf(document.activeElement);
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: entries.length - 1,
  }[event.key];
  if (event.key === "Escape") close(true);
  else if (event.key === "Tab") close(false);
  else if (to !== undefined) entries.at(to % entries.length).focus();
  else return;
  if (event.key !== "Tab") event.preventDefault();
}

function show(button, choices) {
  const entries = choices.map(([text, work]) => entry(text, work));
  const menu = el("div", { class: "bubble-menu", role: "menu", "aria-label": t("message.menu") }, ...entries);
  menu.addEventListener("keydown", (event) => onKey(event, entries));
  button.after(menu);
  button.setAttribute("aria-expanded", "true");
  open = { menu, button };
  menu.scrollIntoView({ block: "nearest" });
  entries[0].focus();
}

/** Open the menu of a message, which has one unless it is deleted. */
export function openMenu(item) {
  const button = item.querySelector(".bubble-more");
  if (button?.checkVisibility() && open?.button !== button) button.click();
}

/** The button that opens the menu, and the menu's place; `choices()` gives [text, work] pairs, asked when it opens. */
export function menuButton(choices) {
  const button = el(
    "button",
    {
      type: "button",
      class: "bubble-more",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": t("message.menu"),
      title: t("message.menu"),
    },
    icon("more"),
  );
  button.addEventListener("click", () => {
    const wasOpen = open?.button === button;
    close(false);
    if (!wasOpen) show(button, choices());
  });
  return el("span", { class: "more-of" }, button);
}
