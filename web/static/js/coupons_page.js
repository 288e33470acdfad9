// Campaigns, and one's own coupons with the picture of their code.

import { get, post, reasonOf } from "./api.js";
import { Connection } from "./connection.js";
import { stateAt } from "./coupon_clock.js";
import { campaignState, couponState, worth } from "./coupon_texts.js";
import { wireClosing } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { picture } from "./qr_picture.js";
import { fullTime, listTime } from "./time.js";

const AT_ONCE = 10;

// -- a list that is read page by page --------------------------------------------------------------

class Pages {
  constructor(ids, path, itemsOf, nothing) {
    Object.assign(this, { path, itemsOf, nothing, cursor: null, asked: 0 });
    this.list = byId(ids);
    this.note = byId(`${ids}-note`);
    this.more = byId(`${ids}-more`);
    this.more.addEventListener("click", () => this.read({ on: true }));
  }

  async read({ on = false } = {}) {
    const question = ++this.asked;
    const query = new URLSearchParams({ limit: AT_ONCE, ...this.path().query });
    if (on && this.cursor) query.set("cursor", this.cursor);
    try {
      const answer = await get(`${this.path().path}?${query}`);
      if (question !== this.asked) return;
      const items = this.itemsOf(answer);
      if (on) this.list.append(...items);
      else this.list.replaceChildren(...items);
      this.cursor = answer.cursor ?? null;
      this.more.hidden = !this.cursor;
      this.note.textContent = this.list.children.length ? "" : t(this.nothing);
    } catch (error) {
      if (question === this.asked) this.note.textContent = reasonOf(error);
    }
  }
}

// -- campaigns -------------------------------------------------------------------------------------

function campaignItem(campaign) {
  const state = stateAt(campaign, new Date(campaign.now).getTime());
  const time = state === "scheduled" ? campaign.opensAt : campaign.closesAt;
  const isOver = state === "closed" || state === "cancelled";
  const key = state === "scheduled" ? "coupons.opens" : "coupons.closes";
  return el(
    "li",
    {},
    el(
      "a",
      { href: `/coupons/${encodeURIComponent(campaign.campaignId)}` },
      el("span", { class: "name", dir: "auto" }, campaign.title),
      el("span", { class: "worth" }, worth(campaign.benefit)),
      el(
        "span",
        { class: "facts" },
        el("span", {}, campaignState(state)),
        isOver
          ? null
          : el("time", { datetime: time, title: fullTime(time) }, t(key, { time: listTime(time) })),
        el("span", {}, tCount("coupons.stock", campaign.stock)),
      ),
    ),
  );
}

const campaigns = new Pages(
  "campaigns",
  () => ({ path: "/coupon/campaigns", query: {} }),
  (answer) => answer.campaigns.map(campaignItem),
  "coupons.campaigns.none",
);

// -- one's own -------------------------------------------------------------------------------------

function couponItem(coupon) {
  const button = el(
    "button",
    { type: "button", "aria-haspopup": "dialog", disabled: coupon.state !== "usable" },
    el("span", { class: "name", dir: "auto" }, coupon.title),
    el("span", { class: "worth" }, worth(coupon.benefit)),
    el(
      "span",
      { class: "facts" },
      el("span", {}, couponState(coupon.state)),
      el("span", {}, t("coupons.until", { time: fullTime(coupon.validUntil) })),
    ),
  );
  button.addEventListener("click", () => shown.open(coupon));
  return el("li", {}, button);
}

const chosen = () => document.querySelector("#mine-state input:checked").value;

const mine = new Pages(
  "mine",
  () => ({ path: "/coupon", query: chosen() ? { state: chosen() } : {} }),
  (answer) => answer.coupons.map(couponItem),
  "coupons.mine.none",
);

/** The coupon that is shown to whoever takes it. */
const shown = {
  dialog: byId("coupon"),
  coupon: null,

  open(coupon) {
    this.coupon = coupon;
    byId("coupon-title").textContent = coupon.title;
    byId("coupon-picture").replaceChildren(picture(coupon.code));
    byId("coupon-code").textContent = coupon.code;
    byId("coupon-until").textContent = t("coupons.until", { time: fullTime(coupon.validUntil) });
    byId("coupon-problem").textContent = "";
    this.dialog.showModal();
  },

  wire() {
    const button = byId("coupon-return");
    wireClosing(this.dialog);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await post(`/coupon/${encodeURIComponent(this.coupon.couponId)}/return`);
        this.dialog.close();
        await mine.read();
        byId("main").focus();
      } catch (error) {
        byId("coupon-problem").textContent = reasonOf(error);
      } finally {
        button.disabled = false;
      }
    });
  },
};

// -- the page --------------------------------------------------------------------------------------

wireFrame();
shown.wire();
byId("mine-state").addEventListener("change", () => mine.read());
const connection = new Connection();
connection.listenToOwn(({ type }) => type === "couponIssued" && mine.read());
connection.start();
campaigns.read();
mine.read();
