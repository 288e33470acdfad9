"""What is said of a refusal beyond its code: by our reason, or by the rule that was broken."""

from __future__ import annotations

from collections.abc import Mapping

from chatstream.domain.abuse.verdicts import Reason
from chatstream.errors import Problem
from web.wording import all_words, together

_EXPLANATIONS: Mapping[str, tuple[str, str]] = {
    "Content-Encoding must be gzip, deflate or left out": (
        "Set Content-Encoding to gzip or deflate, or leave it out.",
        "Content-Encoding은 gzip이나 deflate로 쓰거나 빼 주세요.",
    ),
    "Origin is missing or another site's": (
        "This works only from a page of this site.",
        "이 사이트의 페이지에서만 할 수 있어요.",
    ),
    "nobody can be invited to a direct room": (
        "Nobody can be invited to a direct chat. Start a group chat instead.",
        "1:1 채팅에는 초대할 수 없어요. 그룹 채팅을 만들어 주세요.",
    ),
    "only operators may do this": ("Only operators may do this.", "운영자만 할 수 있어요."),
    "only the own account can be subscribed to": (
        "You can follow only your own account.",
        "내 계정의 소식만 받을 수 있어요.",
    ),
    "only the owner may do this": (
        "Only the owner of the room may do this.",
        "방장만 할 수 있어요.",
    ),
    "only the owner removes others": (
        "Only the owner of the room may remove others.",
        "방장만 다른 멤버를 내보낼 수 있어요.",
    ),
    "the own block of this user must end first": (
        "Unblock this person first.",
        "먼저 차단을 해제해 주세요.",
    ),
    "the password is wrong": ("The password is wrong.", "비밀번호가 맞지 않아요."),
    "the room has no such member": (
        "This person is not a member of the room.",
        "이 방의 멤버가 아닌 사람이에요.",
    ),
    "this address speaks WebSocket only": (
        "This address speaks WebSocket only.",
        "이 주소는 WebSocket만 지원해요.",
    ),
    "too many sockets of this account": (
        "Too many connections are open. Close one and try again.",
        "열려 있는 연결이 너무 많아요. 하나를 닫고 다시 시도해 주세요.",
    ),
    "too many sockets of this address": (
        "Too many connections are open. Close one and try again.",
        "열려 있는 연결이 너무 많아요. 하나를 닫고 다시 시도해 주세요.",
    ),
    "too many streams": (
        "Too many connections are open. Close one and try again.",
        "열려 있는 연결이 너무 많아요. 하나를 닫고 다시 시도해 주세요.",
    ),
    "too many subscriptions on this connection": (
        "There are too many subscriptions on this connection. End one first.",
        "이 연결의 구독이 너무 많아요. 먼저 하나를 해제해 주세요.",
    ),
}

EXPLANATIONS = together(_EXPLANATIONS, *(words.explanations for words in all_words()))
"""English and Korean by the `reason` of a UserError; one that is not here is told by its code."""

RULES: Mapping[str, tuple[str, str]] = {
    Reason.MUTED: (
        "You may not write for now.",
        "지금은 메시지를 보낼 수 없어요.",
    ),
    Reason.RATE: (
        "You sent too many messages in a short time. Wait a moment.",
        "짧은 시간에 메시지를 너무 많이 보냈어요. 잠시 기다려 주세요.",
    ),
    Reason.REPEAT: (
        "You sent the same message too often.",
        "같은 메시지를 너무 자주 보냈어요.",
    ),
    Reason.BANNED_WORD: (
        "The message has a word that is not allowed here.",
        "쓸 수 없는 표현이 메시지에 있어요.",
    ),
    Reason.BANNED_LINK: (
        "The message has a link that is not allowed here.",
        "쓸 수 없는 링크가 메시지에 있어요.",
    ),
    Reason.LINKS: (
        "You sent too many links in a short time.",
        "짧은 시간에 링크를 너무 많이 보냈어요.",
    ),
    Reason.INVITATIONS: (
        "You invited too many people in a short time.",
        "짧은 시간에 너무 많은 사람을 초대했어요.",
    ),
    Reason.MANY_ROOMS: (
        "You sent the same message to too many rooms.",
        "너무 많은 방에 같은 메시지를 보냈어요.",
    ),
}
"""English and Korean by the rule that refused a message."""

_PROBLEMS: Mapping[str, Problem] = {
    "a direct room needs another user": Problem("participants", "must name another user"),
    "an open room needs a name": Problem("name", "must not be empty"),
}

PROBLEMS = together(_PROBLEMS, *(words.problems for words in all_words()))
"""Which field an outcome that is INVALID_INPUT is about: its record has the reason only."""
