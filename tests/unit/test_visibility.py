"""Which fields of records are texts, and whose."""

from __future__ import annotations

import msgspec
import pytest

from schemas import records
from schemas.catalogue import TOPICS
from schemas.records.base import Record
from schemas.visibility import PLAIN, Visibility, rules_of, unclassified

KINDS = sorted({kind for topic in TOPICS for kind in topic.records}, key=lambda each: each.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_every_record_is_decided_about(kind: type[Record]) -> None:
    assert list(unclassified(kind)) == [], "say what it is by its type, or list it as plain"


def test_every_name_that_is_listed_as_plain_is_one_of_some_record() -> None:
    inner = (records.ReadPosition, records.MoveAnswer, records.TopicSampled, records.CampaignTerms)
    kinds: list[type[msgspec.Struct]] = [*KINDS, *inner]
    names = {name for kind in kinds for name in kind.__struct_fields__}
    assert names >= PLAIN


def of(struct: type[msgspec.Struct], name: str) -> Visibility | None:
    return next(rule.visibility for rule in rules_of(struct) if rule.name == name)


@pytest.mark.parametrize(
    ("struct", "name", "expected"),
    [
        (records.SendMessage, "message", Visibility.ROOM_TEXT),
        (records.MessageEdited, "former", Visibility.SECRET),
        (records.Quote, "message", Visibility.ROOM_TEXT),
        (records.RoomCreated, "name", Visibility.ROOM_TEXT),
        (records.CreateAccount, "name", Visibility.PERSON_NAME),
        (records.CreateAccount, "sealed_hash", Visibility.SECRET),
        (records.CreateRoom, "participants", Visibility.HANDLE),
        (records.MessageJudged, "gist", Visibility.SECRET),
        (records.MessageStored, "room_kind", None),
        (records.MessageStored, "seq", None),
        (records.ShownNotice, "text", Visibility.ROOM_TEXT),
    ],
)
def test_a_field_says_what_it_is(
    struct: type[msgspec.Struct], name: str, expected: Visibility | None
) -> None:
    assert of(struct, name) == expected


def test_a_text_that_nobody_has_decided_about_is_shown_to_nobody() -> None:
    class Novel(msgspec.Struct):
        diary: str

    assert of(Novel, "diary") is Visibility.SECRET
    assert list(unclassified(Novel)) == ["Novel.diary"]
