// The work that a campaign may ask for before a claim, beside the page, so that the countdown and the
// button go on: a number by which a challenge's SHA-256 begins with so many zero bits. A worker of
// the old kind, for it loads the library from the address that the page has of it.

importScripts(new URLSearchParams(location.search).get("library"));

/** With how many zero bits these bytes begin. */
function zeroBits(bytes) {
  let bits = 0;
  for (const byte of bytes) {
    if (byte) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/** The proof: the challenge with the smallest number that pays. */
function solve({ challenge, bits }) {
  for (let number = 0; ; number++) {
    const proof = `${challenge}.${number}`;
    if (zeroBits(sha256.array(proof)) >= bits) return proof;
  }
}

addEventListener("message", ({ data }) => postMessage(solve(data)));
