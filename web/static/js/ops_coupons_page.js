// How campaigns stand, for operators: the numbers live; campaigns are made, changed and cancelled.

import { get, patch, post, reasonOf } from "./api.js";
import { campaignState, refusedText } from "./coupon_texts.js";
import { wireClosing, wireDialog, wireForm } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { number, t } from "./i18n.js";
import { uuid } from "./ids.js";
import { keepAlive } from "./session.js";
import { askFirst, wireSure } from "./sure.js";
import { fullTime } from "./time.js";

const AGAIN = 2_000;
const OVER = ["closed", "cancelled"];
const list = byId("campaigns");
const note = byId("campaigns-note");
const more = byId("campaigns-more");
const pathOf = ({ campaignId }) => `/coupon/campaigns/${encodeURIComponent(campaignId)}`;

let cursor = null;
let isFirstPage = true;

// -- the table --------------------------------------------------------------------------------------

function refusals(refused) {
  const codes = Object.entries(refused).sort();
  const told = codes.map(([code, count]) => `${refusedText(code)} ${number(count)}`).join(" ");
  const sum = codes.reduce((total, [, count]) => total + count, 0);
  return el("td", { title: told || null }, number(sum));
}

function act(key, campaign, work) {
  const label = t("opsCoupons.act", { act: t(key), name: campaign.title });
  const button = el("button", { type: "button", class: "button small", "aria-label": label }, t(key));
  button.addEventListener("click", () => work(campaign));
  return button;
}

function auditText({ state, audit }) {
  if (!audit) return OVER.includes(state) ? t("opsCoupons.audit.waits") : "";
  if (!audit.differenceCount) return t("opsCoupons.audit.right");
  return t("opsCoupons.audit.differs", { count: number(audit.differenceCount) });
}

function actsOf(campaign) {
  if (!OVER.includes(campaign.state)) {
    return [act("opsCoupons.extend", campaign, extend), act("opsCoupons.cancel", campaign, cancel)];
  }
  return campaign.audit ? [act("opsCoupons.audit", campaign, showAudit)] : [];
}

function rowOf(campaign) {
  const span = t("campaign.span", { from: fullTime(campaign.opensAt), to: fullTime(campaign.closesAt) });
  const waits = campaign.waiting === null ? t("opsCoupons.unknown") : number(campaign.waiting);
  return el(
    "tr",
    { "data-campaign": campaign.campaignId },
    el(
      "th",
      { scope: "row" },
      el("a", { href: `/coupons/${encodeURIComponent(campaign.campaignId)}`, dir: "auto" }, campaign.title),
      el("br"),
      el("span", { class: "quiet" }, span),
    ),
    el("td", {}, campaignState(campaign.state)),
    el("td", {}, number(campaign.issued)),
    el("td", {}, number(campaign.left)),
    refusals(campaign.refused),
    el("td", {}, number(Math.round(campaign.rate * 10) / 10)),
    el("td", {}, waits),
    el("td", {}, auditText(campaign)),
    el("td", {}, ...actsOf(campaign)),
  );
}

// A row whose numbers are the same stays, with the focus that may be in it.
function show(campaigns) {
  const rows = campaigns.map(rowOf);
  const focused = document.activeElement?.closest("tr")?.dataset.campaign;
  const place = [...(document.activeElement?.closest("td")?.children ?? [])].indexOf(document.activeElement);
  list.replaceChildren(...rows);
  if (!focused || place < 0) return;
  list.querySelector(`[data-campaign="${focused}"]`)?.querySelectorAll("button")[place]?.focus();
}

async function read() {
  try {
    const { campaigns, cursor: next } = await get("/ops/coupons");
    show(campaigns);
    cursor = next ?? null;
    more.hidden = !cursor;
    note.textContent = campaigns.length ? "" : t("coupons.campaigns.none");
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

async function live() {
  if (isFirstPage && document.visibilityState === "visible") await read();
  setTimeout(live, AGAIN);
}

async function readOn() {
  isFirstPage = false; // what was read on stays where the reader looks
  try {
    const { campaigns, cursor: next } = await get(`/ops/coupons?cursor=${encodeURIComponent(cursor)}`);
    list.append(...campaigns.map(rowOf));
    cursor = next ?? null;
    more.hidden = !cursor;
  } catch (error) {
    note.textContent = reasonOf(error);
  }
}

// -- making and changing ----------------------------------------------------------------------------

const moment = (text) => (text ? new Date(text).toISOString() : "");

function wireMaking() {
  const dialog = byId("make");
  const form = byId("make-form");
  let campaignId = uuid(); // one id until it is made: a repeat after a lost answer makes no second one
  wireDialog(dialog, byId("open-make"));
  wireForm(
    form,
    byId("make-problem"),
    async (data) => {
      const whole = (name) => Number(data.get(name));
      await post("/coupon/campaigns", {
        campaignId,
        title: data.get("title"),
        benefit: { kind: data.get("kind"), value: whole("value"), text: data.get("text") },
        stock: whole("stock"),
        perAccount: whole("perAccount"),
        opensAt: moment(data.get("opensAt")),
        closesAt: moment(data.get("closesAt")),
        validDays: whole("validDays"),
        proofOfWork: whole("proofOfWork"),
      });
      campaignId = uuid();
      form.reset();
      dialog.close();
      await read();
    },
    reasonOf,
  );
}

let extended = null;

function extend(campaign) {
  extended = campaign;
  byId("extend-form").reset();
  byId("extend").showModal();
}

function wireExtending() {
  wireClosing(byId("extend"));
  wireForm(
    byId("extend-form"),
    byId("extend-problem"),
    async (data) => {
      await patch(pathOf(extended), { closesAt: moment(data.get("closesAt")) });
      byId("extend").close();
      await read();
    },
    reasonOf,
  );
}

function cancel(campaign) {
  askFirst({
    title: t("opsCoupons.cancel"),
    text: t("opsCoupons.cancel.ask", { name: campaign.title }),
    action: async () => {
      await post(`${pathOf(campaign)}/cancel`);
      await read();
    },
  });
}

// -- the audit of one that is over --------------------------------------------------------------------

function showAudit(campaign) {
  const { audit } = campaign;
  const facts = [
    [t("opsCoupons.audit.claims"), number(audit.claims)],
    [t("opsCoupons.issued"), number(audit.issued)],
    [t("opsCoupons.audit.digest"), audit.digest],
    [t("opsCoupons.audit.key"), audit.kid],
    [t("opsCoupons.audit.signature"), audit.signature],
    [t("opsCoupons.audit.at"), fullTime(audit.auditedAt)],
  ];
  byId("audit-name").textContent = campaign.title;
  byId("audit-told").textContent = auditText(campaign);
  byId("audit-facts").replaceChildren(
    ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
  byId("audit-differences").replaceChildren(...audit.differences.map((each) => el("li", {}, each)));
  byId("audit").showModal();
}

// -- the page ---------------------------------------------------------------------------------------

wireFrame();
wireSure();
wireMaking();
wireExtending();
wireClosing(byId("audit"));
keepAlive(() => {});
more.addEventListener("click", readOn);
live();
