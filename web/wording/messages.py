"""The words of messages."""

from __future__ import annotations

from chatstream.errors import ErrorCode, Problem
from web.wording.texts import Wording

WORDS = Wording(
    codes={
        ErrorCode.MESSAGE_NOT_FOUND: {
            "en": "There is no such message.",
            "ko": "메시지를 찾을 수 없어요.",
        },
        ErrorCode.MESSAGE_ID_REUSED: {
            "en": "This message ID was used for another message. Use a new one.",
            "ko": "다른 메시지에 이미 쓴 메시지 ID예요. 새 ID를 사용해 주세요.",
        },
        ErrorCode.MESSAGE_REFUSED: {
            "en": "The message was not accepted.",
            "ko": "메시지를 보낼 수 없어요.",
        },
    },
    reasons={"must be a message of this room": "이 방의 메시지여야 해요"},
    fields={
        "mentions": ("the list of mentions", "언급한 아이디"),
        "message": ("the message", "메시지"),
        "messageId": ("the message ID", "메시지 ID"),
        "replyTo": ("the message replied to", "답장할 메시지"),
    },
    explanations={
        "a message can be changed for 24 hours": (
            "A message can be changed for 24 hours after it was sent.",
            "메시지는 보낸 지 24시간 안에만 바꿀 수 있어요.",
        ),
        "only the own messages can be changed": (
            "You can change only your own messages.",
            "내가 보낸 메시지만 바꿀 수 있어요.",
        ),
    },
    problems={
        "replyTo names no message of the room": Problem("replyTo", "must be a message of this room")
    },
)
