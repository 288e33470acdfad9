// The interface's documentation, from the document that this very server gives.

import { byId } from "./dom.js";
import { followTheme } from "./theme.js";

window.SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  validatorUrl: null,
});

// Swagger UI has dark colours of its own, by a class of the document.
followTheme((isDark) => document.documentElement.classList.toggle("dark-mode", isDark));

// It leaves fields without a name: what stands over or beside one is its name.
const NAMES = [
  ["tr", ".parameter__name"],
  [".opblock-section", "h4"],
  [".scheme-container", ".servers-title"],
];

function nameOf(field) {
  for (const [around, name] of NAMES) {
    const found = field.closest(around)?.querySelector(name);
    if (found) return found.textContent.trim();
  }
  return field.placeholder || field.id;
}

function nameFields() {
  for (const field of byId("docs").querySelectorAll(":is(select, textarea):not([aria-label])"))
    field.setAttribute("aria-label", nameOf(field));
}

new MutationObserver(nameFields).observe(byId("docs"), { childList: true, subtree: true });
