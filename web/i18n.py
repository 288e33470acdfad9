"""What errors say, in Korean and English: one text for every code, and the Korean of each reason.

Here is what contexts share; their own texts are in `web/wording/`. How to write one: docs/texts.md.
`web/explaining.py` makes the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from chatstream.errors import ErrorCode
from web.wording import all_words, together

_MESSAGES: Mapping[ErrorCode, Mapping[str, str]] = {
    ErrorCode.INVALID_INPUT: {
        "en": "Something in the request is not right.",
        "ko": "요청 내용이 올바르지 않아요.",
    },
    ErrorCode.CANNOT_ADD_SELF: {
        "en": "You cannot do this with your own account.",
        "ko": "자기 자신에게는 할 수 없어요.",
    },
    ErrorCode.WEAK_PASSWORD: {
        "en": "This password is too easy to guess. Choose another one.",
        "ko": "너무 쉬운 비밀번호예요. 다른 비밀번호를 사용해 주세요.",
    },
    ErrorCode.NOT_AUTHENTICATED: {"en": "Log in first.", "ko": "먼저 로그인해 주세요."},
    ErrorCode.BAD_CREDENTIALS: {
        "en": "The user ID or the password is wrong.",
        "ko": "아이디 또는 비밀번호가 맞지 않아요.",
    },
    ErrorCode.ACCESS_DENIED: {
        "en": "You are not allowed to do this.",
        "ko": "이 작업을 할 권한이 없어요.",
    },
    ErrorCode.JOIN_REQUIRED: {"en": "Join the room first.", "ko": "먼저 방에 참여해 주세요."},
    ErrorCode.NOT_A_MEMBER: {
        "en": "You are not a member of this room.",
        "ko": "이 방의 멤버가 아니에요.",
    },
    ErrorCode.BLOCKED: {
        "en": "One of you has blocked the other.",
        "ko": "차단했거나 차단한 상대여서 할 수 없어요.",
    },
    ErrorCode.NOT_FOUND: {"en": "There is nothing here.", "ko": "찾을 수 없어요."},
    ErrorCode.ROOM_NOT_FOUND: {"en": "There is no such room.", "ko": "방을 찾을 수 없어요."},
    ErrorCode.USER_NOT_FOUND: {
        "en": "Nobody has this user ID.",
        "ko": "이 아이디를 쓰는 사람이 없어요.",
    },
    ErrorCode.METHOD_NOT_ALLOWED: {
        "en": "This method is not allowed here.",
        "ko": "여기서는 쓸 수 없는 메서드예요.",
    },
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: {
        "en": "Send the body as application/json.",
        "ko": "본문을 application/json으로 보내 주세요.",
    },
    ErrorCode.TOO_LARGE: {"en": "The request is too large.", "ko": "요청이 너무 커요."},
    ErrorCode.USER_EXISTS: {
        "en": "This user ID is taken. Choose another one.",
        "ko": "이미 사용 중인 아이디예요. 다른 아이디를 사용해 주세요.",
    },
    ErrorCode.ALREADY_A_MEMBER: {
        "en": "This person is a member already.",
        "ko": "이미 방의 멤버예요.",
    },
    ErrorCode.RATE_LIMITED: {
        "en": "Too many tries. Wait a moment and try again.",
        "ko": "너무 자주 시도했어요. 잠시 뒤에 다시 시도해 주세요.",
    },
    ErrorCode.BUSY: {
        "en": "The service is busy. Try again in a moment.",
        "ko": "지금은 서비스가 혼잡해요. 잠시 뒤에 다시 시도해 주세요.",
    },
    ErrorCode.STORE_UNAVAILABLE: {
        "en": "The service is not available right now. Try again in a moment; repeating is safe.",
        "ko": "지금은 처리할 수 없어요. 잠시 뒤에 다시 시도해 주세요. 다시 보내도 안전해요.",
    },
    ErrorCode.INTERNAL: {
        "en": "Something went wrong on our side. Try again later.",
        "ko": "서버에 문제가 생겼어요. 나중에 다시 시도해 주세요.",
    },
}

MESSAGES = together(_MESSAGES, *(words.codes for words in all_words()))
"""English and Korean of every code; a code without them fails a test."""

BROKEN_STOMP: Mapping[str, str] = {
    "en": "The client does not follow STOMP 1.1 or 1.2. The header `message` says where.",
    "ko": "STOMP 1.1이나 1.2에 맞지 않아요. 자세한 내용은 `message` 헤더에 있어요.",
}

_REASONS_KO: Mapping[str, str] = {
    "is required": "꼭 있어야 해요",
    "is not a known field": "여기서 쓰지 않는 항목이에요",
    "is not a known parameter": "여기서 쓰지 않는 검색 조건이에요",
    "is not valid": "올바르지 않아요",
    "must be a text": "문자열이어야 해요",
    "must be a UUID": "UUID여야 해요",
    "must be a number": "숫자여야 해요",
    "must be a whole number": "정수여야 해요",
    "must be true or false": "참 또는 거짓이어야 해요",
    "must be a JSON list of texts": "문자열로 이루어진 JSON 목록이어야 해요",
    "must be a list": "목록이어야 해요",
    "must be an object": "객체여야 해요",
    "must be given once": "한 번만 쓸 수 있어요",
    "must be UTF-8": "UTF-8이어야 해요",
    "must be gzip, as its Content-Encoding says": "Content-Encoding에 적은 대로 gzip이어야 해요",
    "must be deflate, as its Content-Encoding says": (
        "Content-Encoding에 적은 대로 deflate여야 해요"
    ),
    "must be a whole HTTP body": "끊기지 않은 HTTP 본문이어야 해요",
    "must be an HTTP/1.1 request within its limits": "한도를 지킨 HTTP/1.1 요청이어야 해요",
    "must be JSON in UTF-8": "UTF-8로 쓴 JSON이어야 해요",
    "must not be in a URL": "주소에 넣을 수 없어요",
    "must not be given: the token goes into CONNECT": "쓸 수 없어요. 토큰은 CONNECT에 넣어 주세요",
    "must not be empty": "비워 둘 수 없어요",
    "must not contain control characters": "제어 문자를 쓸 수 없어요",
    "must not contain NUL or lone surrogates": "저장할 수 없는 글자가 들어 있어요",
    "must be left out for one room": "방 하나만 볼 때는 쓸 수 없어요",
    "must be a multiple of 60": "60의 배수여야 해요",
    "must be a time in RFC 3339, with a zone": "시간대가 있는 RFC 3339 시각이어야 해요",
    "must be a time like 2026-01-31T09:00:00Z, with a zone": (
        "2026-01-31T09:00:00Z처럼 시간대가 있는 시각이어야 해요"
    ),
    "must not be before {year}": "{year}년보다 앞설 수 없어요",
    "must be before the end time": "끝 시각보다 앞서야 해요",
    "must be after the start time": "시작 시각보다 뒤여야 해요",
    "gives more than {most} points: ask for less time or a longer step": (
        "결과가 {most}개를 넘어요. 기간을 줄이거나 간격을 늘려 주세요"
    ),
    "must have a visible character": "보이는 글자가 있어야 해요",
    "must not contain invisible characters that join nothing": (
        "보이지 않는 문자를 쓸 수 없어요. 지우고 다시 입력해 주세요"
    ),
    "must not contain characters that turn the direction of the line": (
        "글의 방향을 바꾸는 문자를 쓸 수 없어요"
    ),
    "must be left out for a direct room": "1:1 채팅에는 쓸 수 없어요",
    "must name the other user, and nobody else": "대화할 상대 한 명이어야 해요",
    "must name another user": "내가 아닌 다른 사람이어야 해요",
    "must have something to change": "바꿀 항목이 하나는 있어야 해요",
    "must have 1 to 40 characters": "1~40자여야 해요",
    "must have 2 to 40 characters": "2~40자여야 해요",
    "must have 8 to 256 characters": "8~256자여야 해요",
    "must have at least {least} characters": "{least}자 이상이어야 해요",
    "must have at most {most} characters": "{most}자까지 쓸 수 있어요",
    "must have at most {most} letters when written out": "풀어 썼을 때 {most}자까지 쓸 수 있어요",
    "must have at least {least} entries": "{least}개 이상이어야 해요",
    "must have at most {most} entries": "{most}개까지 넣을 수 있어요",
    "must be at least {least}": "{least} 이상이어야 해요",
    "must be at most {most}": "{most} 이하여야 해요",
    "must be above {least}": "{least}보다 커야 해요",
    "must be below {most}": "{most}보다 작아야 해요",
    "must be a multiple of {step}": "{step}의 배수여야 해요",
    "must be a number from 0 to {most}": "0부터 {most}까지의 숫자여야 해요",
    "must be {choices}": "{choices} 중 하나여야 해요",
    "must be a user ID": "아이디여야 해요",
    "must have 3 to 40 lower-case letters, digits, '.', '_' or '-', a letter first": (
        "영문 소문자로 시작하고, 영문 소문자, 숫자, '.', '_', '-'로 3~40자여야 해요"
    ),
    "must end with a letter or a digit: leave out the sign at its end": (
        "영문 소문자나 숫자로 끝나야 해요. 끝의 기호를 빼 주세요"
    ),
    "must be one word that is counted": "집계하는 단어 하나여야 해요. 흔한 말과 숫자는 세지 않아요",
    "must not be one more than {most}": "{most}개까지 지켜볼 수 있어요",
    "must be that of the former page of the same list, unchanged": (
        "같은 목록의 앞 페이지에서 받은 그대로여야 해요"
    ),
    "must not be given together with `before`": "`before`와 함께 쓸 수 없어요",
    "must not be given together with `before` or `after`": "`before`나 `after`와 함께 쓸 수 없어요",
}

REASONS_KO = together(_REASONS_KO, *(words.reasons for words in all_words()))
"""The Korean of each reason of a `Problem`; a reason without one fails a test."""

ONE: Mapping[str, str] = {
    "must have at least {least} characters": "must have at least {least} character",
    "must have at most {most} characters": "must have at most {most} character",
    "must have at least {least} entries": "must have at least {least} entry",
    "must have at most {most} entries": "must have at most {most} entry",
}
"""English reasons as they are said of one; Korean has one form for all numbers."""
