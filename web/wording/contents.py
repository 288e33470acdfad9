"""The words of what people publish."""

from __future__ import annotations

from chatstream.errors import ErrorCode, Problem
from web.wording.texts import Wording

WORDS = Wording(
    codes={
        ErrorCode.CONTENT_NOT_FOUND: {
            "en": "This post does not exist.",
            "ko": "없는 글이에요.",
        },
        ErrorCode.CONTENT_ID_REUSED: {
            "en": "Another post has this ID. Use a new one.",
            "ko": "다른 글이 쓰는 번호예요. 새 번호로 올려 주세요.",
        },
        ErrorCode.NOT_THE_AUTHOR: {
            "en": "Only the author can do this.",
            "ko": "글쓴이만 할 수 있어요.",
        },
        ErrorCode.VERSION_CONFLICT: {
            "en": "The post has changed meanwhile. Look at it again.",
            "ko": "그사이 글이 바뀌었어요. 다시 확인해 주세요.",
        },
        ErrorCode.ALREADY_APPEALED: {
            "en": "You have already asked for another look.",
            "ko": "이미 다시 봐 달라고 요청했어요.",
        },
        ErrorCode.ALREADY_DECIDED: {
            "en": "Somebody has already decided about this version.",
            "ko": "이미 처리된 글이에요.",
        },
        ErrorCode.CANNOT_SUBSCRIBE_SELF: {
            "en": "You cannot subscribe to yourself.",
            "ko": "자기 자신은 구독할 수 없어요.",
        },
    },
    reasons={
        "must be given, or `tag` instead": "`tag`가 없으면 꼭 있어야 해요",
        "must not be given together with `tag`": "`tag`와 함께 쓸 수 없어요",
        "must be a refused one": "통과하지 못한 버전이어야 해요",
    },
    fields={
        "author": ("the author", "글쓴이"),
        "contentId": ("the post ID", "글 번호"),
        "decision": ("the decision", "결정"),
        "tag": ("the tag", "태그"),
        "tags": ("the list of tags", "태그"),
        "version": ("the version", "버전"),
        "view": ("whether it is a view", "조회 여부"),
    },
    problems={
        "only a refused version is appealed": Problem("version", "must be a refused one"),
    },
)
