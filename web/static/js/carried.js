// What a drop or a paste brings. Touches no document.

const isFileAddress = (text) => /^\s*file:/i.test(text);

/** Whether it may bring a file, or an address that a browser would go to; `types` as of a transfer. */
export const mayLeadAway = (types) => ["Files", "text/uri-list"].some((type) => [...types].includes(type));

/** The addresses of a list, without its comments (RFC 2483). */
const addresses = (list) => list.split(/\r?\n/).filter((line) => line && !line.startsWith("#")).join("\n");

/** {text, hasFiles} of a transfer: its text where there is one, "" else. */
export function carried(transfer) {
  const hasFiles = [...transfer.types].includes("Files");
  const text = transfer.getData("text/plain") || addresses(transfer.getData("text/uri-list"));
  // Some file managers give the place of the file as its text.
  if (isFileAddress(text)) return { text: "", hasFiles: true };
  return { text, hasFiles };
}
