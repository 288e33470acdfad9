"""Every refusal of the edge in both languages: a sentence about the field, and how to mend it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

import pytest
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from tests.unit.web.edge import bearer
from tests.unit.web.korean_text import is_english, is_korean
from tests.unit.web.served import Call, Served, filled
from web.fields import FIELDS, field_in

JSON = {"Content-Type": "application/json"}
WRONG: dict[str, object] = {
    "number": 7,
    "text": "x",
    "list": [],
    "object": {},
    "flag": True,
    "fraction": 1.5,
    "nothing": None,
    "empty": "",
    "NUL": "a\0b",
    "control": "a\x07b",
    "entries": [7],
    "long entries": ["x" * 300],
}
# What pydantic says by itself, none of which may get through.
RAW = ("Input should", "String should", "List should", "Value error", "pydantic", "Field required")


def limits_of(info: FieldInfo) -> Iterator[tuple[str, object]]:
    """A value beyond each limit of the field."""
    for limit in info.metadata:
        if isinstance(limit, MaxLen | MinLen) or getattr(limit, "max_length", None):
            most = getattr(limit, "max_length", None)
            is_list = typing.get_origin(info.annotation) is list
            if most is not None:
                yield "too long", ["jieun"] * (most + 1) if is_list else "x" * (most + 1)
        elif isinstance(limit, Ge):
            yield "too small", typing.cast(int, limit.ge) - 1
        elif isinstance(limit, Le):
            yield "too large", typing.cast(int, limit.le) + 1


def bad_bodies(model: type[BaseModel], good: dict[str, object]) -> Iterator[tuple[str, object]]:
    """(field, body) with one field that may be wrong; what a call takes is no matter here."""
    yield "unheard", good | {"unheard": 1}
    for name, info in model.model_fields.items():
        shown = info.alias or name
        if info.is_required():
            yield shown, {key: value for key, value in good.items() if key != shown}
        values = dict(WRONG) | dict(limits_of(info))
        for value in values.values():
            if not (value == WRONG["NUL"] and info.annotation is SecretStr):
                yield shown, good | {shown: value}


def check(told: dict[str, Any], language: str, field: str | None) -> None:
    """A refusal is in its language from end to end, and about the field when it is of one."""
    message, details = told["message"], told["details"]
    fits = is_korean if language == "ko" else is_english
    assert fits(message), (language, message)
    assert message.endswith("."), message
    assert not any(raw in message for raw in RAW), message
    assert not any(odd in message for odd in ("  ", "{", "}")), message
    if told["code"] == "INVALID_INPUT":
        assert fits(details["reason"]), details
        named = field_in(details["field"], language)
        assert named.lower() in message.lower(), (named, message)
        assert field is None or details["field"].split(".")[0] == field, (field, details)
        for one in details.get("problems", ()):
            assert fits(one["message"]), one
            assert {"field", "reason", "message"} <= one.keys()
    for one in {"index"} & details.keys():
        assert details["field"].endswith(f".{details[one]}")


async def told_of(served: Served, call: Call, language: str, **more: Any) -> dict[str, Any] | None:
    """The error of a call's answer; None when it was taken or the stores are away."""
    headers = {"Accept-Language": language} | bearer(served.tokens[0]) | more.pop("headers", {})
    path = filled(call[1])
    async with served.client.request(call[0], path, headers=headers, **more) as response:
        if response.status < 400:
            return None
        body: dict[str, Any] = await response.json()
    return body["error"]  # type: ignore[no-any-return]  # the envelope


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_every_bad_body_is_told_in_the_language(served: Served, language: str) -> None:
    refused = 0
    for call in served.with_body:
        model = served.calls[call].body
        assert model is not None
        for field, body in bad_bodies(model, served.body_of(call)):
            told = await told_of(served, call, language, json=body)
            if told is not None:
                is_one = told["code"] == "INVALID_INPUT" and told["details"]["field"] != "body"
                check(told, language, field if is_one else None)
                refused += told["code"] == "INVALID_INPUT"
    assert refused > 100


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_every_bad_query_is_told_in_the_language(served: Served, language: str) -> None:
    refused = 0
    for call, described in served.calls.items():
        fields = described.query.model_fields if described.query else {}
        for name, info in fields.items():
            shown = info.alias or name
            beyond = [str(value) for _, value in limits_of(info)]
            for value in ("", "x", "-1", "9" * 5000, "a\0b", "1.5", *beyond):
                needed = {name: "ab" for name in ("q", "tag") if name in fields}
                asked = needed | {shown: value}
                told = await told_of(served, call, language, params=asked)
                if told is not None:
                    is_one = told["code"] == "INVALID_INPUT"
                    check(told, language, shown if is_one else None)
                    refused += is_one
    assert refused > 60


NO_CALL_TAKES: dict[str, dict[str, Any]] = {
    "no JSON": {"data": b"{", "headers": JSON},
    "a list": {"data": b"[]", "headers": JSON},
    "nothing": {"data": b"", "headers": JSON},
    "no JSON's type": {"data": b"{}"},
    "too large": {"data": b"x" * 270_000, "headers": JSON},
    "a coding": {"data": b"x", "headers": JSON | {"Content-Encoding": "br"}},
    "no gzip": {"data": b"x", "headers": JSON | {"Content-Encoding": "gzip"}},
    "a token in the URL": {"json": {}, "params": {"token": "x"}},
    "no login": {"json": {}, "headers": {"Authorization": "Bearer x"}},
    "no Bearer": {"json": {}, "headers": {"Authorization": "Basic x"}},
    "a field twice": {"data": b'{"name":"a","name":"b"}', "headers": JSON},
}


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_what_no_call_takes_is_told_in_the_language(served: Served, language: str) -> None:
    for kind, more in NO_CALL_TAKES.items():
        for call in served.with_body:
            told = await told_of(served, call, language, **more)
            assert told is not None, (kind, call)
            check(told, language, None)


NOWHERE = [
    ("GET", "/nowhere"),
    ("PROPFIND", "/user/me"),
    ("GET", "/chat/no-room"),
    ("GET", "/chat/%FF"),
    ("PUT", "/user/friends/No%20Handle"),
    ("DELETE", "/chat/saved/x/y"),
    ("DELETE", "/ops/sanctions/x"),
    ("GET", "/ops/sagas/x"),
    ("GET", "/stomp/chat/websocket"),
    ("PUT", f"/stats/watched/{'x' * 300}"),
]


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_path_that_leads_nowhere_is_told_in_the_language(
    served: Served, language: str
) -> None:
    for call in NOWHERE:
        told = await told_of(served, call, language)
        assert told is not None, call
        check(told, language, None)


async def test_three_invited_ids_of_which_one_can_be_nobodys(served: Served) -> None:
    body = {"kind": "group", "participants": ["jieun", "No Handle", "alex"]}
    for language, said in (
        ("en", "Nobody has the user ID No Handle."),
        ("ko", "‘No Handle’: 이 아이디를 쓰는 사람이 없어요."),
    ):
        told = await told_of(served, ("POST", "/chat"), language, json=body)
        assert told is not None
        assert (told["code"], told["message"]) == ("USER_NOT_FOUND", said)
        assert told["details"] == {"field": "participants", "userIds": ["No Handle"]}


WRITTEN: list[tuple[Call, dict[str, object], str, str]] = [
    (  # an open room without a name
        ("POST", "/chat"),
        {"kind": "open"},
        "The name must not be empty.",
        "이름은 비워 둘 수 없어요.",
    ),
    (  # a long name
        ("POST", "/chat"),
        {"kind": "group", "name": "x" * 61},
        "The name must have at most 60 characters.",
        "이름은 60자까지 쓸 수 있어요.",
    ),
    (  # 101 invited
        ("POST", "/chat"),
        {"kind": "group", "participants": ["jieun"] * 101},
        "The list of user IDs to invite must have at most 100 entries.",
        "초대할 아이디는 100개까지 넣을 수 있어요.",
    ),
    (  # a long id
        ("POST", "/chat"),
        {"kind": "group", "participants": ["jieun", "y" * 41]},
        f"“{'y' * 40}…” in the list of user IDs to invite must have at most 40 characters.",
        f"초대할 아이디 중 ‘{'y' * 40}…’ 항목은 40자까지 쓸 수 있어요.",
    ),
    (  # a kind
        ("POST", "/chat"),
        {"kind": "secret"},
        "The kind of room must be open, group, or direct.",
        "방 종류는 ‘open’, ‘group’, ‘direct’ 중 하나여야 해요.",
    ),
    (  # a long message
        ("POST", "/chat/{roomId}"),
        {"message": "x" * 4001},
        "The message must have at most 4,000 characters.",
        "메시지는 4,000자까지 쓸 수 있어요.",
    ),
    (  # a mention
        ("POST", "/chat/{roomId}"),
        {"message": "x", "mentions": ["jieun", "No"]},
        "“No” in the list of mentions must be a user ID.",
        "언급한 아이디 중 ‘No’ 항목은 아이디여야 해요.",
    ),
]


async def test_the_sentence_is_as_a_writer_would_write_it(served: Served) -> None:
    for call, body, english, korean in WRITTEN:
        for language, said in (("en", english), ("ko", korean)):
            told = await told_of(served, call, language, json=body)
            assert told is not None, body
            assert (told["code"], told["message"]) == ("INVALID_INPUT", said)


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_signup_names_all_wrong_fields_at_once(served: Served, language: str) -> None:
    body = {"userId": "No Handle", "name": "", "password": "short"}
    told = await told_of(served, ("POST", "/user"), language, json=body)
    assert told is not None
    check(told, language, "name")
    assert [one["field"] for one in told["details"]["problems"]] == ["name", "userId", "password"]
    told = await told_of(served, ("POST", "/user"), language, json={"x": 1})
    assert told is not None
    fields = [one["field"] for one in told["details"]["problems"]]
    assert sorted(fields) == ["name", "password", "userId", "x"]


async def test_every_field_of_the_interface_has_a_name(served: Served) -> None:
    models = [each for one in served.calls.values() for each in (one.body, one.query) if each]
    fields = {info.alias or name for model in models for name, info in model.model_fields.items()}
    assert fields - FIELDS.keys() == set()
