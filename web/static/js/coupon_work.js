// The work that a campaign may ask for before a claim: a number by which a challenge's SHA-256 begins
// with so many zero bits.

/** With how many zero bits these bytes begin. */
export function zeroBits(bytes) {
  let bits = 0;
  for (const byte of bytes) {
    if (byte) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}

/** The proof; `digest` gives the bytes of a text's SHA-256. */
export function solve({ challenge, bits }, digest) {
  for (let number = 0; ; number++) {
    const proof = `${challenge}.${number}`;
    if (zeroBits(digest(proof)) >= bits) return proof;
  }
}
