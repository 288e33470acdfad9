"""The words of notices."""

from __future__ import annotations

from chatstream.errors import ErrorCode, Problem
from web.wording.texts import Wording

WORDS = Wording(
    codes={
        ErrorCode.NOTICE_LOCKED: {
            "en": "Only the owner of the room may set or end its notice.",
            "ko": "방장만 공지를 등록하거나 내릴 수 있어요.",
        }
    },
    reasons={
        "must be given, or `messageId` instead": "`messageId`가 없으면 꼭 있어야 해요",
        "must not be given together with `text`": "`text`와 함께 쓸 수 없어요",
        "must be that of a group or an open room": "그룹 채팅이나 오픈채팅의 것이어야 해요",
    },
    fields={
        "noticeBy": ("the setting of who sets the notice", "공지 권한"),
        "text": ("the text", "내용"),
    },
    problems={
        "a direct room has no notice": Problem("roomId", "must be that of a group or an open room")
    },
)
