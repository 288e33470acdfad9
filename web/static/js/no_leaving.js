// On every page: a file that is dropped is not opened in the page's place.

import { mayLeadAway } from "./carried.js";

const EDITABLE = 'textarea, input, [contenteditable=""], [contenteditable="true"]';

// Text, and an address as text, may be dropped into a field; a file nowhere.
function leadsAway({ dataTransfer, target }) {
  if (!dataTransfer || !mayLeadAway(dataTransfer.types)) return false;
  return dataTransfer.types.includes("Files") || !target.closest?.(EDITABLE);
}

// Whoever has a use for it has said so on the way up.
addEventListener("dragover", (event) => {
  if (event.defaultPrevented || !leadsAway(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
});
addEventListener("drop", (event) => {
  if (leadsAway(event)) event.preventDefault();
});
