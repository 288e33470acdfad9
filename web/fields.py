"""What the fields of the public interface are called, in the words of whoever fills them in."""

from __future__ import annotations

from collections.abc import Mapping

from web.wording import all_words, together

_FIELDS: Mapping[str, tuple[str, str]] = {
    "after": ("the message to begin after", "기준 메시지 번호"),
    "around": ("the message to look around", "기준 메시지 번호"),
    "before": ("the message to end before", "기준 메시지 번호"),
    "body": ("the body of the request", "요청 본문"),
    "cursor": ("the cursor", "커서"),
    "from": ("the start time", "시작 시각"),
    "kind": ("the kind of room", "방 종류"),
    "limit": ("the number of results", "결과 수"),
    "name": ("the name", "이름"),
    "ownerId": ("the new owner", "새 방장"),
    "participants": ("the list of user IDs to invite", "초대할 아이디"),
    "password": ("the password", "비밀번호"),
    "path": ("the address", "주소"),
    "q": ("the search text", "검색어"),
    "query": ("the query", "검색 조건"),
    "refreshToken": ("the refresh token", "갱신 토큰"),
    "request": ("the request", "요청"),
    "roomId": ("the room ID", "방 ID"),
    "Sec-WebSocket-Protocol": ("the subprotocol", "서브프로토콜"),
    "sender": ("the sender", "보낸 사람"),
    "seq": ("the message number", "메시지 번호"),
    "sort": ("the order", "정렬 순서"),
    "state": ("the state", "상태"),
    "step": ("the step", "간격"),
    "to": ("the end time", "끝 시각"),
    "top": ("the number of words", "단어 수"),
    "userId": ("the user ID", "아이디"),
    "window": ("the window", "집계 기간"),
    "word": ("the word", "단어"),
}

FIELDS = together(_FIELDS, *(words.fields for words in all_words()))
"""English and Korean names of each field that a body, a query or a path has."""


def field_in(field: str, language: str) -> str:
    """The field's name in `ko` or `en`, as it stands in a sentence; an unknown one is quoted."""
    name = field.partition(".")[0]
    if name in FIELDS:
        return FIELDS[name][1 if language == "ko" else 0]
    return f"‘{name}’ 항목" if language == "ko" else f"the field “{name}”"
