// What a coupon is worth and how it stands, in the reader's language.

import { number, t } from "./i18n.js";

const REFUSED = {
  SOLD_OUT: "campaign.refused.soldOut",
  ALREADY_ISSUED: "campaign.refused.already",
  NOT_ELIGIBLE: "campaign.refused.notEligible",
  CLOSED: "campaign.refused.closed",
};

/** What a coupon is worth. */
export const worth = ({ kind, value }) =>
  t(kind === "percent" ? "coupons.percent" : "coupons.amount", { value: number(value) });

/** Why a claim got nothing; of a code that this page does not know, that it did not. */
export const refusedText = (code) => t(REFUSED[code] ?? "campaign.refused.unknown");

/** The state of a campaign in a word. */
export const campaignState = (state) => t(`coupons.campaign.${state}`);

/** The state of a coupon in a word. */
export const couponState = (state) => t(`coupons.state.${state}`);
