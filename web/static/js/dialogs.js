// Dialogs, tabs and forms. The browser's own <dialog> keeps the focus inside and closes on Escape.

import { clearFaults, isFilledIn, showFaults } from "./form_faults.js";

/** The close buttons of `dialog` close it. */
export function wireClosing(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => dialog.close());
  }
}

/** `opener` shows `dialog`; its close buttons and a click beside it close it. */
export function wireDialog(dialog, opener, onOpen = () => {}) {
  opener.addEventListener("click", () => {
    onOpen();
    dialog.showModal();
  });
  wireClosing(dialog);
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog && !isInside(dialog, event)) dialog.close();
  });
}

function isInside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

/** Tabs as screen readers and keyboards expect them; `onShow(tab id)` when one is chosen. */
export function wireTabs(list, onShow = () => {}) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const show = (chosen, focus) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    if (focus) chosen.focus();
    onShow(chosen.id);
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => show(tab, false));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) show(tabs[(index + step + tabs.length) % tabs.length], true);
    });
  });
}

/** Run `work` for a form once it is filled in: its button waits meanwhile, a failure is shown at the
 *  fields it is about, what is about none at `problem`. */
export function wireForm(form, problem, work, reasonOf) {
  form.addEventListener("reset", () => clearFaults(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    clearFaults(form);
    if (!isFilledIn(form)) return;
    const button = form.querySelector('button[type="submit"]');
    button.disabled = true;
    try {
      await work(new FormData(form));
    } catch (error) {
      showFaults(form, problem, error, reasonOf(error));
    } finally {
      button.disabled = false;
    }
  });
}
