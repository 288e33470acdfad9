"""What errors say, in Korean and English: one text for every code, and the common reasons."""

from __future__ import annotations

from collections.abc import Mapping

from chatstream.errors import ErrorCode

MESSAGES: Mapping[ErrorCode, Mapping[str, str]] = {
    ErrorCode.INVALID_INPUT: {
        "en": "Something in the request is not right.",
        "ko": "요청 내용이 올바르지 않습니다.",
    },
    ErrorCode.CANNOT_ADD_SELF: {
        "en": "You cannot do this with your own account.",
        "ko": "자기 자신에게는 할 수 없습니다.",
    },
    ErrorCode.WEAK_PASSWORD: {
        "en": "This password is too easy to guess. Choose another one.",
        "ko": "너무 쉬운 비밀번호입니다. 다른 비밀번호를 사용해 주세요.",
    },
    ErrorCode.NOT_AUTHENTICATED: {"en": "Log in first.", "ko": "먼저 로그인해 주세요."},
    ErrorCode.BAD_CREDENTIALS: {
        "en": "The user ID or the password is wrong.",
        "ko": "아이디 또는 비밀번호가 맞지 않습니다.",
    },
    ErrorCode.ACCESS_DENIED: {"en": "You may not do this.", "ko": "권한이 없습니다."},
    ErrorCode.JOIN_REQUIRED: {"en": "Join the room first.", "ko": "먼저 채팅방에 참여해 주세요."},
    ErrorCode.NOT_A_MEMBER: {
        "en": "You are not a member of this room.",
        "ko": "이 채팅방의 멤버가 아닙니다.",
    },
    ErrorCode.BLOCKED: {
        "en": "One of you has blocked the other.",
        "ko": "차단 관계에 있는 사용자입니다.",
    },
    ErrorCode.NOT_FOUND: {"en": "There is nothing here.", "ko": "찾을 수 없습니다."},
    ErrorCode.ROOM_NOT_FOUND: {"en": "There is no such room.", "ko": "채팅방을 찾을 수 없습니다."},
    ErrorCode.USER_NOT_FOUND: {"en": "There is no such user.", "ko": "사용자를 찾을 수 없습니다."},
    ErrorCode.MESSAGE_NOT_FOUND: {
        "en": "There is no such message.",
        "ko": "메시지를 찾을 수 없습니다.",
    },
    ErrorCode.METHOD_NOT_ALLOWED: {
        "en": "This method is not allowed here.",
        "ko": "허용되지 않는 메서드입니다.",
    },
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: {
        "en": "The body must be application/json.",
        "ko": "본문은 application/json이어야 합니다.",
    },
    ErrorCode.TOO_LARGE: {"en": "The request is too large.", "ko": "요청이 너무 큽니다."},
    ErrorCode.USER_EXISTS: {
        "en": "This user ID is taken.",
        "ko": "이미 사용 중인 아이디입니다.",
    },
    ErrorCode.ALREADY_A_MEMBER: {
        "en": "This user is a member already.",
        "ko": "이미 채팅방의 멤버입니다.",
    },
    ErrorCode.MESSAGE_ID_REUSED: {
        "en": "This messageId was used for another message.",
        "ko": "다른 메시지에 이미 사용된 messageId입니다.",
    },
    ErrorCode.MESSAGE_REFUSED: {
        "en": "The message was not accepted.",
        "ko": "메시지가 거부되었습니다.",
    },
    ErrorCode.RATE_LIMITED: {
        "en": "Too many tries. Wait a little and try again.",
        "ko": "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
    },
    ErrorCode.BUSY: {
        "en": "The service is busy. Try again in a moment.",
        "ko": "서비스가 혼잡합니다. 잠시 후 다시 시도해 주세요.",
    },
    ErrorCode.STORE_UNAVAILABLE: {
        "en": "The service is not available now. Try again in a moment; it is safe to repeat.",
        "ko": "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요. 다시 보내도 안전합니다.",
    },
    ErrorCode.INTERNAL: {
        "en": "Something went wrong on our side.",
        "ko": "서버에 문제가 생겼습니다.",
    },
}

REASONS_KO: Mapping[str, str] = {
    "is required": "필수 항목입니다",
    "is not a known field": "알 수 없는 항목입니다",
    "must be a text": "문자열이어야 합니다",
    "must be a UUID": "UUID여야 합니다",
    "must be a whole number": "정수여야 합니다",
    "must be a JSON list of texts": "문자열로 이루어진 JSON 목록이어야 합니다",
    "must be a list": "목록이어야 합니다",
    "must be an object": "객체여야 합니다",
    "must be JSON": "JSON이어야 합니다",
    "must be given once": "한 번만 지정해야 합니다",
    "Content-Encoding must be gzip, deflate or left out": (
        "Content-Encoding은 gzip이나 deflate이거나 없어야 합니다"
    ),
    "must be UTF-8": "UTF-8이어야 합니다",
    "must be gzip, as its Content-Encoding says": "Content-Encoding대로 gzip이어야 합니다",
    "must be deflate, as its Content-Encoding says": "Content-Encoding대로 deflate여야 합니다",
    "must be a whole HTTP body": "끊기지 않은 HTTP 본문이어야 합니다",
    "must be an HTTP/1.1 request within its limits": "한도를 지킨 HTTP/1.1 요청이어야 합니다",
    "must be JSON in UTF-8": "UTF-8 JSON이어야 합니다",
    "must not be in a URL": "URL에 넣을 수 없습니다",
    "must not be empty": "비어 있을 수 없습니다",
    "must not contain control characters": "제어 문자를 쓸 수 없습니다",
    "must not contain NUL or lone surrogates": "저장할 수 없는 문자가 있습니다",
    "must be left out for one room": "채팅방 하나에는 쓸 수 없습니다",
    "must be a multiple of 60": "60의 배수여야 합니다",
    "must be a time in RFC 3339, with a zone": "시간대가 있는 RFC 3339 시각이어야 합니다",
    "must be before `to`": "`to`보다 앞서야 합니다",
    "must have a visible character": "보이는 글자가 있어야 합니다",
    "must not contain invisible characters that join nothing": (
        "보이지 않는 문자가 섞여 있습니다. 지우고 다시 입력해 주세요"
    ),
    "must not contain characters that turn the direction of the line": (
        "글의 방향을 바꾸는 문자는 쓸 수 없습니다"
    ),
    "must be left out for a direct room": "1:1 채팅방에는 쓸 수 없습니다",
    "must name the other user, and nobody else": "상대방 한 명만 지정해야 합니다",
    "must name another user": "다른 사용자를 지정해야 합니다",
    "must have name, ownerId or both": "name이나 ownerId가 있어야 합니다",
    "must have 1 to 40 characters": "1~40자여야 합니다",
    "must have 2 to 40 characters": "2~40자여야 합니다",
    "must have 8 to 256 characters": "8~256자여야 합니다",
    "must have at most 200 characters": "200자 이하여야 합니다",
    "must have at most 4000 characters": "4000자 이하여야 합니다",
    "must have 3 to 40 lower-case letters, digits, '.', '_' or '-', a letter first": (
        "영문 소문자로 시작하는 3~40자의 영문 소문자, 숫자, '.', '_', '-'여야 합니다"
    ),
}


def message_of(code: ErrorCode, language: str) -> str:
    """The text of a code in `ko` or `en`."""
    return MESSAGES[code][language]


def reason_in(reason: str, language: str) -> str:
    """A field's reason in `ko` or `en`; a reason without a translation stays English."""
    return REASONS_KO.get(reason, reason) if language == "ko" else reason
