// Campaigns, and one's own coupons with the picture of their code.

import { get, post, reasonOf } from "./api.js";
import { Connection } from "./connection.js";
import { stateAt } from "./coupon_clock.js";
import { campaignState, couponState, worth } from "./coupon_texts.js";
import { wireClosing } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { wireFrame } from "./frame.js";
import { t, tCount } from "./i18n.js";
import { PagedList } from "./paged_list.js";
import { picture } from "./qr_picture.js";
import { fullTime, listTime } from "./time.js";

const AT_ONCE = 10;

const pageOf = (path, filters, cursor) =>
  `${path}?${new URLSearchParams({ limit: AT_ONCE, ...filters, ...(cursor && { cursor }) })}`;

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

const campaigns = new PagedList("campaigns", {
  pathOf: (cursor) => pageOf("/coupon/campaigns", {}, cursor),
  itemsOf: (answer) => answer.campaigns.map(campaignItem),
  emptyText: () => t("coupons.campaigns.none"),
});

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

const mine = new PagedList("mine", {
  pathOf: (cursor) => pageOf("/coupon", chosen() ? { state: chosen() } : {}, cursor),
  itemsOf: (answer) => answer.coupons.map(couponItem),
  emptyText: () => t("coupons.mine.none"),
});

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
