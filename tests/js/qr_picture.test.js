// The picture of a coupon's code: what a reader of QR codes needs is there.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import test from "node:test";

import { pathOf, squares } from "../../web/static/js/qr_picture.js";

const qrcode = createRequire(import.meta.url)("qrcode-generator");
// ISO/IEC 18004, 6.3.3: rings of dark, light and dark squares in three corners.
const FINDER = [
  "1111111",
  "1000001",
  "1011101",
  "1011101",
  "1011101",
  "1000001",
  "1111111",
];
const corner = (rows, y, x) =>
  FINDER.map((_, dy) => FINDER.map((__, dx) => Number(rows[y + dy][x + dx])).join(""));

test("three corners have the marks by which a reader finds the code", () => {
  for (const text of ["A", "7K3M-Q9XW-2PLD", "x".repeat(100)]) {
    const rows = squares(text, qrcode);
    const far = rows.length - 7;
    for (const [y, x] of [[0, 0], [0, far], [far, 0]]) assert.deepEqual(corner(rows, y, x), FINDER);
  }
});

test("each dark square is drawn once, inside a free border", () => {
  const rows = squares("7K3M-Q9XW-2PLD", qrcode);
  const drawn = [...pathOf(rows).matchAll(/M(\d+) (\d+)h1v1h-1z/g)];
  assert.equal(drawn.length, rows.flat().filter(Boolean).length);
  const places = drawn.map(([, x, y]) => `${x} ${y}`);
  assert.equal(new Set(places).size, places.length);
  for (const [, x, y] of drawn) {
    assert.ok(Math.min(x, y) >= 4 && Math.max(x, y) < rows.length + 4);
  }
});
