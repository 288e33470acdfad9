"""Records that a release wrote are read by this program, and mean what they meant."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.catalogue import TOPICS
from tests.records.files import Kept, add, kept_of, read, releases

KEPT = [(path.stem, each) for path in releases() for each in read(path)]
PRESENT = "0.1.0"
"""The release whose file has every type; a new type is added to it until it is released."""

DROPPED: Mapping[tuple[str, str], str] = {
    ("sendMessage", "mentions"): "the agent reads in the text whom it mentions",
}
"""Fields of earlier records that nobody reads any more, each with the reason."""

WRITE = f"python -m tests.records --write {PRESENT}"
MOST_BYTES = 200_000


def differences(old: Any, new: Any, at: str = "") -> list[str]:
    """What a record said that its reader does not know or takes for something else."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            found
            for name, value in old.items()
            for found in (
                differences(value, new[name], f"{at}.{name}" if at else name)
                if name in new
                else [f"{at}.{name}" if at else name]
            )
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            found
            for number, (one, other) in enumerate(zip(old, new, strict=True))
            for found in differences(one, other, f"{at}[{number}]")
        ]
    return [] if old == new else [at]


def lost(kept: Kept, dropped: Mapping[tuple[str, str], str] = DROPPED) -> Sequence[str]:
    """The fields whose meaning today's reader loses; AssertionError if it does not read it."""
    try:
        record = codec.decode(kept.topic, kept.value)
    except PoisonMessage as error:
        raise AssertionError(f"{error}: a reader of old records needs a default") from error
    again = records.encode(record)
    assert codec.decode(kept.topic, again) == record
    found = differences(json.loads(kept.value), json.loads(again))
    return [name for name in found if (kept.type, name) not in dropped]


@pytest.mark.parametrize("release", [path.stem for path in releases()])
def test_every_record_of_a_release_is_read_and_means_what_it_meant(release: str) -> None:
    for of, kept in KEPT:
        if of == release:
            assert not lost(kept), (
                f"{release}: {kept.type} of {kept.topic} lost {lost(kept)}: they lie on logs."
                " Keep the field (a new name is a new field with a default), or say in DROPPED why"
                " nobody reads it"
            )


def test_every_type_on_every_topic_has_a_record() -> None:
    known = {(kept.topic, kept.type) for release, kept in KEPT if release == PRESENT}
    wanted = {
        (topic.name, str(type_.__struct_config__.tag))
        for topic in TOPICS
        for type_ in topic.records
    }
    assert wanted <= known, f"{wanted - known} have no record: {WRITE}"


def test_files_are_small_and_of_lines_that_people_can_read() -> None:
    assert [path.stem for path in releases()] == [PRESENT, "before-0.1.0"]
    for path in releases():
        assert path.stat().st_size <= MOST_BYTES
        for line in path.read_text().splitlines():
            assert kept_of(line).line == line


def test_a_record_that_became_unreadable_or_lost_a_field_is_told() -> None:
    stored = next(kept for _, kept in KEPT if kept.type == "messageStored")
    body = json.loads(stored.value)
    unknown = json.dumps(body | {"colour": "red"}).encode()
    assert lost(Kept(stored.topic, stored.key, unknown)) == ["colour"]
    assert not lost(Kept(stored.topic, stored.key, unknown), {("messageStored", "colour"): "why"})
    del body["seq"]
    with pytest.raises(AssertionError, match="needs a default"):
        lost(Kept(stored.topic, stored.key, json.dumps(body).encode()))


def test_a_nested_value_that_is_taken_for_another_is_told() -> None:
    assert differences({"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}) == ["a[0].b"]
    assert differences({"a": [1, 2]}, {"a": [1]}) == ["a"]


def test_what_was_written_once_stays_as_it_is(tmp_path: Any) -> None:
    path = tmp_path / "1.tsv"
    first, other = (kept for _, kept in KEPT if kept.type == "accountCreated")
    assert add(path, [first]) == [first]
    assert add(path, [other]) == []
    assert list(read(path)) == [first]
