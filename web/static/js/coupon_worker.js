// Finds the proof for a claim beside the page, so that the countdown and the button go on.

import { solve } from "./coupon_work.js";

addEventListener("message", async ({ data }) => {
  await import(data.library); // js-sha256 puts itself into the global object
  postMessage(solve(data.work, globalThis.sha256.array));
});
