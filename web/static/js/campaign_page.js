// One campaign: the countdown by the server's clock, the button, and what has become of the claim.

import { get, isAway, post, reasonOf } from "./api.js";
import { Connection } from "./connection.js";
import { better, clockText, measured, partsOf, stateAt } from "./coupon_clock.js";
import { Proofs } from "./coupon_proof.js";
import { Rush } from "./coupon_rush.js";
import { campaignState, refusedText, worth } from "./coupon_texts.js";
import { byId } from "./dom.js";
import { wireFrame } from "./frame.js";
import { number, t, tCount } from "./i18n.js";
import { uuid } from "./ids.js";
import { pageData } from "./page_data.js";
import { fullTime } from "./time.js";

const TICK = 200;
const READ_AGAIN = 15_000;
const SHORT_OF_TIME = 30_000; // a challenge that runs out sooner is asked for anew

const { campaignId } = pageData;
const path = `/coupon/campaigns/${encodeURIComponent(campaignId)}`;
const button = byId("claim");
const problem = byId("problem");
const proofs = new Proofs(document.querySelector("script[data-sha256]").dataset.sha256);

let campaign = null;
let clock = null;

const serverNow = () => Date.now() + (clock?.offset ?? 0);

// -- what is kept for a reload --------------------------------------------------------------------

const KEY = `chatstream.claim.${campaignId}`;

function keep(claimId) {
  try {
    if (claimId) sessionStorage.setItem(KEY, claimId);
    else sessionStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing: after a reload the campaign tells of the claim.
  }
}

function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

// -- the campaign ---------------------------------------------------------------------------------

async function read() {
  const asked = Date.now();
  campaign = await get(path);
  clock = better(clock, measured(campaign.now, asked, Date.now()));
  if (campaign.proofOfWork) proofs.of(campaign.proofOfWork);
  show();
  return campaign;
}

async function readAndLearn() {
  try {
    const { mine } = await read();
    problem.textContent = "";
    if (mine) await rush.learn(mine);
    else if (kept()) await rush.resume(kept());
  } catch (error) {
    problem.textContent = reasonOf(error);
  }
}

function show() {
  byId("title").textContent = campaign.title;
  document.title = document.title.replace(/^.*(?= · )/, () => campaign.title);
  byId("benefit").textContent = worth(campaign.benefit);
  byId("benefit-text").textContent = campaign.benefit.text;
  const span = { from: fullTime(campaign.opensAt), to: fullTime(campaign.closesAt) };
  byId("span").textContent = t("campaign.span", span);
  showTime();
}

function countdownTo(time) {
  const parts = partsOf(new Date(time).getTime() - serverNow());
  const days = parts.days ? `${tCount("campaign.days", parts.days)} ` : "";
  return days + clockText(parts);
}

function showTime() {
  if (!campaign) return;
  const state = stateAt(campaign, serverNow());
  const isFree = ["idle", "early"].includes(rush.state.phase);
  byId("countdown").textContent =
    state === "scheduled" ? countdownTo(campaign.opensAt) : "";
  byId("stock").textContent =
    state === "open"
      ? tCount("campaign.left", campaign.stock - campaign.issued)
      : t("campaign.stateIs", { state: campaignState(state), stock: number(campaign.stock) });
  button.disabled = state !== "open" || !isFree;
  button.hidden = !isFree || ["closed", "cancelled", "soldOut"].includes(state);
}

// -- the claim ------------------------------------------------------------------------------------

async function proofNow() {
  if (!campaign.proofOfWork) return undefined;
  if (new Date(campaign.proofOfWork.until).getTime() - serverNow() < SHORT_OF_TIME) await read();
  return proofs.of(campaign.proofOfWork);
}

const calls = {
  async send(claimId) {
    const proof = await proofNow();
    return post(`${path}/claims`, { claimId, proof });
  },
  ask: (claimId) => get(`/coupon/claims/${encodeURIComponent(claimId)}`),
};

const HEADS = {
  asking: "campaign.asking",
  lost: "campaign.lost",
  waiting: "campaign.waiting",
  issued: "campaign.issued",
  refused: "campaign.refused",
};

function standingText({ phase, code, ahead }) {
  if (phase === "refused") return refusedText(code);
  if (phase === "issued") return t("campaign.issued.text");
  if (phase === "lost") return t("campaign.lost.text");
  return phase === "waiting" && ahead != null ? tCount("campaign.ahead", ahead) : "";
}

function showStanding(state) {
  const { phase, place, message } = state;
  byId("standing").hidden = !(phase in HEADS);
  problem.textContent = phase === "idle" ? (message ?? "") : "";
  if (phase in HEADS) {
    byId("standing-head").textContent = t(HEADS[phase]);
    byId("standing-text").textContent = standingText(state);
    byId("standing-place").textContent = place ? t("campaign.place", { place: number(place) }) : "";
    byId("standing-link").hidden = phase !== "issued" && state.code !== "ALREADY_ISSUED";
  }
  showTime();
}

function onChange(state, isOver) {
  showStanding(state);
  if (isOver) readAgain();
}

const rush = new Rush(campaignId, calls, { changed: onChange, kept: keep });

// -- the page -------------------------------------------------------------------------------------

function onOwnEvent(event) {
  if (event.type.startsWith("coupon")) rush.hear(event);
}

async function readAgain() {
  if (document.visibilityState !== "visible") return;
  try {
    await read();
  } catch (error) {
    if (!isAway(error)) problem.textContent = reasonOf(error);
  }
}

wireFrame();
button.addEventListener("click", () => rush.press(uuid()).catch(reportError));
addEventListener("online", () => rush.hurry());
document.addEventListener("visibilitychange", readAgain);
setInterval(showTime, TICK);
setInterval(readAgain, READ_AGAIN);
const connection = new Connection();
connection.listenToOwn(onOwnEvent, { onReady: () => rush.hurry() });
connection.start();
readAndLearn();
