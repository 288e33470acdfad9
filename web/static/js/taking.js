// What is dropped on a room or pasted there: text goes to the caret of the composer, files cannot be
// sent.

import { carried } from "./carried.js";
import { t } from "./i18n.js";
import { sayNote } from "./room_note.js";

const FIELD = "textarea, input";
const isField = (target) => Boolean(target.closest?.(FIELD));

/** Give `composer` what is dropped or pasted outside of other fields. */
export class Taking {
  constructor(composer) {
    this.composer = composer;
    document.addEventListener("dragover", (event) => this.#over(event));
    document.addEventListener("drop", (event) => this.#dropped(event));
    document.addEventListener("paste", (event) => this.#pasted(event));
  }

  // Before it is dropped nothing but the types can be seen.
  #over(event) {
    const { types } = event.dataTransfer;
    const hasFiles = types.includes("Files");
    if (!hasFiles && (isField(event.target) || !types.some((type) => type.startsWith("text/")))) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  }

  #dropped(event) {
    const { text, hasFiles } = carried(event.dataTransfer);
    if (!hasFiles && isField(event.target)) return; // the field takes it, where it was dropped
    event.preventDefault();
    this.#take(text, hasFiles);
  }

  // A field takes the text of the clipboard by itself, also where a picture of it comes along.
  #pasted(event) {
    const { text, hasFiles } = carried(event.clipboardData);
    if (isField(event.target) && (text || !hasFiles)) return;
    event.preventDefault();
    this.#take(text, hasFiles);
  }

  #take(text, hasFiles) {
    if (document.querySelector("dialog[open]")) return;
    if (text) this.composer.insert(text);
    else if (hasFiles) sayNote(t("room.noFiles"));
  }
}
