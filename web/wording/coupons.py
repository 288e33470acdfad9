"""The words of coupons."""

from __future__ import annotations

from chatstream.errors import ErrorCode, Problem
from web.wording.texts import Wording

WORDS = Wording(
    codes={
        ErrorCode.CAMPAIGN_NOT_FOUND: {
            "en": "This campaign does not exist.",
            "ko": "없는 캠페인이에요.",
        },
        ErrorCode.CLAIM_NOT_FOUND: {
            "en": "This claim is not known.",
            "ko": "알 수 없는 신청이에요.",
        },
        ErrorCode.COUPON_NOT_FOUND: {
            "en": "This coupon does not exist.",
            "ko": "없는 쿠폰이에요.",
        },
        ErrorCode.CAMPAIGN_OPEN: {
            "en": "The campaign has opened: only its end may change, to a later time.",
            "ko": "캠페인이 시작돼서 종료 시각을 미루는 것만 할 수 있어요.",
        },
        ErrorCode.SOLD_OUT: {
            "en": "All coupons are gone.",
            "ko": "쿠폰이 모두 소진됐어요.",
        },
        ErrorCode.ALREADY_ISSUED: {
            "en": "You already have this coupon.",
            "ko": "이미 받은 쿠폰이에요.",
        },
        ErrorCode.CLAIM_ID_REUSED: {
            "en": "Another claim has this ID. Use a new one.",
            "ko": "다른 신청이 쓰는 번호예요. 새 번호로 신청해 주세요.",
        },
        ErrorCode.NOT_OPEN_YET: {
            "en": "The campaign has not opened yet.",
            "ko": "캠페인이 아직 시작되지 않았어요.",
        },
        ErrorCode.NOT_ELIGIBLE: {
            "en": "Your account does not meet the campaign’s conditions.",
            "ko": "캠페인의 조건에 맞지 않는 계정이에요.",
        },
        ErrorCode.CLOSED: {
            "en": "The campaign is over.",
            "ko": "캠페인이 끝났어요.",
        },
        ErrorCode.ALREADY_USED: {
            "en": "The coupon has been used.",
            "ko": "이미 사용한 쿠폰이에요.",
        },
        ErrorCode.EXPIRED: {
            "en": "The coupon is no longer valid.",
            "ko": "더 쓸 수 없는 쿠폰이에요.",
        },
        ErrorCode.NOT_CLOSED: {
            "en": "The campaign is not over yet, or its audit is still being made.",
            "ko": "캠페인이 아직 끝나지 않았거나 검증하고 있어요.",
        },
    },
    reasons={
        "must be given for this campaign": "이 캠페인에는 꼭 있어야 해요",
        "must be a challenge of this campaign and a number": (
            "이 캠페인의 문제와 숫자로 이루어져야 해요"
        ),
        "must answer a newer challenge: this one has run out": (
            "시간이 지났으니 새 문제의 답이어야 해요"
        ),
        "must begin with more zero bits": "0비트가 더 많은 값으로 시작해야 해요",
        "must have {least} to {most} characters": "{least}자에서 {most}자까지여야 해요",
        "must be from {least} to {most}": "{least}에서 {most}까지여야 해요",
        "must be amount or percent": "금액이나 비율이어야 해요",
        "must be a power of two, at most {most}": "{most} 이하인 2의 거듭제곱이어야 해요",
        "must be later than opensAt": "시작 시각보다 늦어야 해요",
        "must be at most {days} days after opensAt": "시작 시각에서 {days}일 안이어야 해요",
        "exactly one of validUntil and validDays is needed": (
            "`validDays`와 둘 중 하나만 있어야 해요"
        ),
        "must be later than closesAt": "종료 시각보다 늦어야 해요",
        "must be given, or `validUntil` instead": "`validUntil`이 없으면 꼭 있어야 해요",
        "must be later than now": "지금보다 늦어야 해요",
        "cannot change": "바꿀 수 없어요",
        "is that of another campaign": "다른 캠페인이 쓰고 있어요",
    },
    fields={
        "benefit": ("the benefit", "혜택"),
        "benefit.kind": ("the kind of benefit", "혜택 종류"),
        "benefit.text": ("the text of the benefit", "혜택 설명"),
        "benefit.value": ("the value of the benefit", "혜택 값"),
        "cancelKeeps": ("whether coupons stay good when it is cancelled", "취소 뒤 쿠폰 유지"),
        "campaignId": ("the campaign ID", "캠페인 번호"),
        "claimId": ("the claim ID", "신청 번호"),
        "closesAt": ("the closing time", "종료 시각"),
        "couponId": ("the coupon ID", "쿠폰 번호"),
        "erasedKeep": ("whether coupons of deleted accounts stay good", "계정 삭제 뒤 쿠폰 유지"),
        "minAccountAge": ("the age of accounts", "계정 나이"),
        "mutedMay": ("whether muted members may claim", "이용 제한 계정의 신청 여부"),
        "opensAt": ("the opening time", "시작 시각"),
        "partitions": ("the number of partitions", "파티션 수"),
        "perAccount": ("the number for each account", "계정마다 받을 수 있는 수"),
        "proof": ("the proof of work", "작업 증명"),
        "proofOfWork": ("the work of a claim", "신청에 드는 작업량"),
        "reference": ("the reference", "사용처"),
        "stock": ("the number of coupons", "쿠폰 수"),
        "title": ("the title", "제목"),
        "validDays": ("the number of days", "사용 기간"),
        "validUntil": ("the end of validity", "사용 기한"),
    },
    problems={
        "another campaign has this campaignId": Problem(
            "campaignId", "is that of another campaign"
        ),
        "partitions cannot change": Problem("partitions", "cannot change"),
        "opensAt must be later than now": Problem("opensAt", "must be later than now"),
    },
)
