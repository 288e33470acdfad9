// Writing a post: kept while it is written, shown as it will be, sent, and followed until its verdict.

import { ApiError, get, patch, post, reasonOf } from "./api.js";
import { Connection } from "./connection.js";
import { wireForm, wireTabs } from "./dialogs.js";
import { byId } from "./dom.js";
import { lengthOf } from "./draft_rules.js";
import { wireFrame } from "./frame.js";
import { number, t } from "./i18n.js";
import { uuid } from "./ids.js";
import { me } from "./page_data.js";
import { changedIn, postPath } from "./post_address.js";
import { BODY_MOST, PostDraft, tagsIn, tagsText } from "./post_draft.js";
import { bodyNodes } from "./post_html.js";
import { Standing } from "./post_standing.js";
import { PostState } from "./post_state.js";
import { device } from "./typed.js";

const COUNT_FROM = BODY_MOST - 1_000;
const PAUSE = 500;
const CONFLICT = "VERSION_CONFLICT";
const NOTHING = { title: "", body: "", tags: "" };

const changed = changedIn(location.search);
const form = byId("write");
const fields = { title: byId("write-title"), body: byId("write-body"), tags: byId("write-tags") };
const draft = new PostDraft({ device, owner: me.userId, contentId: changed, newId: uuid });
let before = NOTHING; // what there was to begin with
let version = 0; // the latest that is known; 0: there is none yet
let follower = null;
let previewed = null;

const written = () => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value]));

function fill(text) {
  for (const [name, field] of Object.entries(fields)) field.value = text[name];
  count();
}

function count() {
  const left = BODY_MOST - lengthOf(fields.body.value);
  byId("write-left").textContent = left <= BODY_MOST - COUNT_FROM ? t("write.left", { count: number(left) }) : "";
}

// -- keeping it --------------------------------------------------------------------------------

let saving = null;

function keepSoon() {
  count();
  clearTimeout(saving);
  saving = setTimeout(keep, PAUSE);
}

function keep() {
  clearTimeout(saving);
  saving = null;
  draft.keep(written(), before, version);
  byId("write-kept").textContent = draft.kept ? t("write.kept") : "";
}

// It is sent: whatever is typed by then is not kept.
function forget() {
  clearTimeout(saving);
  saving = null;
  form.removeEventListener("input", keepSoon);
  draft.forget();
}

// -- the preview -------------------------------------------------------------------------------

async function preview() {
  const text = fields.body.value;
  if (!text.trim()) {
    byId("preview-body").replaceChildren();
    byId("preview-note").textContent = t("write.preview.none");
    return;
  }
  if (text === previewed) return;
  byId("preview-note").textContent = t("search.busy");
  try {
    const { html } = await post("/content/preview", { body: text });
    byId("preview-body").replaceChildren(...bodyNodes(html));
    byId("preview-note").textContent = "";
    previewed = text;
  } catch (error) {
    byId("preview-note").textContent = reasonOf(error);
  }
}

// -- sending it --------------------------------------------------------------------------------

function body() {
  const { title, body: text, tags } = written();
  return { title: title.trim(), body: text, tags: tagsIn(tags) };
}

const change = (id, latest) => patch(postPath(id), { version: latest, ...body() });

/** How one's own post stands; null when it is another's, or deleted. */
async function standingOf(id) {
  try {
    return (await get(`${postPath(id)}?view=false`)).mine ?? null;
  } catch (error) {
    if (error.code !== "CONTENT_NOT_FOUND") throw error;
    return null;
  }
}

// The post may be there already: an answer was lost, or another tab had the same draft. Then what is
// written here is its next version, once its author has read that.
async function create() {
  const write = () => post("/content", { contentId: draft.contentId, ...body() });
  try {
    return await write();
  } catch (error) {
    if (error.code !== "CONTENT_ID_REUSED") throw error;
    const mine = await standingOf(draft.contentId);
    if (mine) throw new ApiError(409, { code: CONFLICT, details: { version: mine.version } });
    draft.renew();
    return write();
  }
}

const send = () => (version ? change(changed ?? draft.contentId, version) : create());

function follow(state) {
  follower = new Standing(state, {
    ask: async () => {
      try {
        return (await get(`${postPath(state.contentId)}?view=false`)).mine ?? null;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return null;
      }
    },
  });
  const connection = new Connection();
  follower.follow(connection);
  connection.start();
}

// Who publishes again has read that it replaces another version; or takes that one.
function whyNot(error) {
  if (error.code !== CONFLICT) return reasonOf(error);
  version = error.details.version;
  keep();
  byId("write-latest").hidden = false;
  return t("write.conflict");
}

async function readLatest(id) {
  const [found] = (await get(`${postPath(id)}/versions`)).versions;
  version = found.version;
  before = { title: found.title, body: found.body, tags: tagsText(found.tags) };
}

function wireLatest() {
  byId("write-latest").addEventListener("click", async () => {
    try {
      await readLatest(changed ?? draft.contentId);
      fill(before);
      keep();
      byId("write-problem").textContent = "";
      byId("write-latest").hidden = true;
      fields.title.focus();
    } catch (error) {
      byId("write-problem").textContent = reasonOf(error);
    }
  });
}

function wireSending() {
  wireForm(
    form,
    byId("write-problem"),
    async () => {
      const answer = await send();
      forget();
      form.hidden = true;
      byId("tabs").hidden = true;
      byId("panel-preview").hidden = true;
      byId("again").hidden = false;
      const state = new PostState(answer.contentId);
      state.written(answer);
      follow(state);
      follower.show();
      byId("standing-head").focus();
    },
    whyNot,
  );
}

// -- the page ----------------------------------------------------------------------------------

function whyBehind() {
  byId("write-problem").textContent = t("write.conflict");
  byId("write-latest").hidden = false;
}

async function begin() {
  if (!changed) {
    const kept = draft.open();
    if (kept) fill(kept);
    version = kept?.version ?? 0;
    return true;
  }
  try {
    await readLatest(changed);
    fill(draft.open(before) ?? before);
    if (draft.isBehind(version)) whyBehind();
    return true;
  } catch (error) {
    byId("write-problem").textContent = reasonOf(error);
    return false;
  }
}

async function open() {
  wireFrame();
  wireTabs(byId("tabs"), (tab) => tab === "tab-preview" && preview());
  const isReady = await begin();
  for (const field of form.elements) field.disabled = !isReady;
  byId("panel-write").setAttribute("aria-busy", "false");
  if (!isReady) return;
  wireSending();
  wireLatest();
  form.addEventListener("input", keepSoon);
  addEventListener("pagehide", () => saving !== null && keep());
}

open();
