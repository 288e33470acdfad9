// Files made in the browser from what it shows.

const MARK = "\uFEFF"; // tells Excel that it is UTF-8

// A sheet would take a text that begins so for a formula.
const FORMULA = /^[=+\-@\t\r]/;

function field(value) {
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, first line the names of the columns. */
export const csv = (columns, rows) =>
  MARK + [columns, ...rows].map((row) => row.map(field).join(",") + "\r\n").join("");

/** Give the reader a file to keep. */
export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The buttons of an element save what `table()` gives: {name, columns, rows, json}. */
export function wireExport(root, table) {
  root.querySelector("[data-csv]").addEventListener("click", () => {
    const { name, columns, rows } = table();
    save(`${name}.csv`, "text/csv", csv(columns, rows));
  });
  root.querySelector("[data-json]").addEventListener("click", () => {
    const { name, json } = table();
    save(`${name}.json`, "application/json", `${JSON.stringify(json, null, 2)}\n`);
  });
}
