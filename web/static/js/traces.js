// Trace contexts of our own, as W3C Trace Context writes them.

function hex(length) {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  // All zeros name nothing; a source of chance that gives them gives no id.
  if (bytes.every((byte) => byte === 0)) bytes[length - 1] = 1;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A `traceparent` with which a trace begins; the server does not go by its flags. */
export function traceparent() {
  return `00-${hex(16)}-${hex(8)}-00`;
}
