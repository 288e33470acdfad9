// How long a page waits before its next attempt to connect. Touches no document.
//
// Thousands of pages lose their connection at the same moment when a server ends, and a page sees
// nothing of a refused WebSocket but that it failed. So it asks, and waits as it is told; without an
// answer it waits by full jitter (AWS, "Exponential Backoff And Jitter"), so that they spread.

export const LONGEST = 20_000; // milliseconds
const FIRST = 1_000;
const SPREAD = 1_000; // whoever was told the same second comes within one

/** What an answer says: the milliseconds to wait, 0 when it may come, null when it says nothing. */
export function told(status, retryAfter) {
  if (status >= 200 && status < 300) return 0;
  if (status !== 429 && status !== 503) return null;
  const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : NaN;
  return seconds > 0 ? seconds * 1_000 : null;
}

/**
 * Milliseconds until the next attempt: after `failures` in a row that never opened (0: the
 * connection was open and is lost), and what the server said as `told` gives it.
 */
export function waitFor(failures, said, random = Math.random) {
  if (said) return Math.min(said, LONGEST) + random() * SPREAD;
  return random() * Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 10));
}

/** A wait that `wake()` ends early; `over` is fulfilled when it ends. */
export function wait(milliseconds) {
  let wake;
  const over = new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, wake };
}

/** What `ask()` gives; asked again after each of the `pauses` (milliseconds) if what it threw passes. */
export async function repeated(ask, isPassing, pauses) {
  for (const pause of pauses) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await wait(pause).over;
  }
  return ask();
}
