// One erasure, live until it is done.

import { get, reasonOf } from "./api.js";
import { byId } from "./dom.js";
import { pageData } from "./page_data.js";
import { AGAIN, sagaItem } from "./sagas.js";

const note = byId("saga-note");

async function read() {
  try {
    const saga = await get(`/ops/sagas/${encodeURIComponent(pageData.sagaId)}`, { public: true });
    note.textContent = "";
    byId("saga").replaceChildren(sagaItem(saga));
    if (saga.state !== "done") setTimeout(read, AGAIN);
  } catch (error) {
    note.textContent = reasonOf(error);
    if (error.status === 0 || error.status >= 500) setTimeout(read, AGAIN);
  }
}

read();
