"""A policy that operators send is taken as it is meant, or refused with the field that is wrong."""

from __future__ import annotations

import json

import pytest

from chatstream.domain.abuse.encoding import pack, unpack
from chatstream.domain.abuse.policy import DEFAULT, Limit
from chatstream.errors import ErrorCode, UserError


def test_a_policy_survives_json() -> None:
    assert unpack(json.loads(json.dumps(pack(DEFAULT)))) == DEFAULT


def test_what_is_left_out_is_as_in_the_default() -> None:
    policy = unpack({"version": "2", "room": {"messages": {"count": 1, "seconds": 5}}})
    assert policy.room.messages == Limit(1, 5.0)
    assert policy.room.links == DEFAULT.room.links
    assert policy.words == DEFAULT.words


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([], "policy"),
        ({"version": ""}, "policy.version"),
        ({"wurds": {}}, "policy.wurds"),
        ({"version": 1}, "policy.version"),
        ({"words": {"masked": "shit"}}, "policy.words.masked"),
        ({"words": {"masked": [1]}}, "policy.words.masked[0]"),
        ({"words": {"masked": ["x" * 61]}}, "policy.words.masked[0]"),
        ({"words": {"masked": ["[abcde][abcde][abcde]"]}}, "policy.words.masked[0]"),
        ({"words": {"masked": ["x"] * 2001}}, "policy.words.masked"),
        ({"room": {"messages": {"count": 1}}}, "policy.room.messages"),
        ({"room": {"messages": {"count": -1, "seconds": 1}}}, "policy.room.messages.count"),
        ({"room": {"messages": {"count": 1.5, "seconds": 1}}}, "policy.room.messages.count"),
        ({"room": {"messages": {"count": True, "seconds": 1}}}, "policy.room.messages.count"),
        ({"room": {"messages": {"count": 1, "seconds": 0}}}, "policy.room.messages.seconds"),
        (
            {"room": {"messages": {"count": 1, "seconds": float("nan")}}},
            "policy.room.messages.seconds",
        ),
        (
            {"escalation": {"ladder": [{"points": 2, "mute": 1}, {"points": 2, "mute": 9}]}},
            "policy.escalation.ladder",
        ),
    ],
)
def test_what_is_wrong_is_named(value: object, field: str) -> None:
    with pytest.raises(UserError) as raised:
        unpack(value)
    assert raised.value.code is ErrorCode.INVALID_INPUT
    assert raised.value.details["field"] == field
