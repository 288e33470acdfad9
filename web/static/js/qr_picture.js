// The picture of a code: dark squares of a QR code as one path.

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; // the free border that readers of QR codes need, in squares

/** The squares of a text, row by row, as the library computes them; `make` is its function. */
export function squares(text, make = globalThis.qrcode) {
  const code = make(0, "M"); // as small as the text fits, a sixth of it may be dirty
  code.addData(text);
  code.make();
  const range = Array.from({ length: code.getModuleCount() }, (_, index) => index);
  return range.map((row) => range.map((column) => code.isDark(row, column)));
}

/** A path with a unit square for each dark one. */
export function pathOf(rows) {
  return rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : "")))
    .join("");
}

/** The picture, as an element. */
export function picture(text) {
  const rows = squares(text);
  const size = rows.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", pathOf(rows));
  svg.append(path);
  return svg;
}
