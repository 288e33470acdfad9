"""The settings that contexts declare, in bodies and answers of any shape."""

from __future__ import annotations

from typing import Any

import pytest

from chatstream.errors import InvalidInput
from schemas.room_settings import RoomSetting
from web.edge.bodies import Shape, body_of
from web.room_settings import settings_in, settings_of, with_settings

SETTINGS = (RoomSetting("notes_by", ("members", "owner"), "who writes notes"),)


class Body(Shape):
    """A body."""

    name: str | None = None


Asked: Any = with_settings(Body, SETTINGS)


@pytest.mark.parametrize(
    ("raw", "decided"),
    [
        (b"{}", {}),
        (b'{"notesBy": null, "name": "x"}', {}),
        (b'{"notesBy": "owner"}', {"notes_by": "owner"}),
    ],
)
def test_a_body_decides_what_it_has(raw: bytes, decided: dict[str, str]) -> None:
    assert settings_in(body_of(raw, Asked), SETTINGS) == decided


def test_another_value_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput) as caught:
        body_of(b'{"notesBy": "guests"}', Asked)
    [problem] = caught.value.problems
    assert (problem.field, problem.reason) == ("notesBy", "must be {choices}")
    assert problem.values["choices"] == ["members", "owner"]


def test_the_document_keeps_the_name_of_the_shape() -> None:
    schema = Asked.model_json_schema(by_alias=True)
    assert (schema["title"], schema["description"]) == ("Body", "A body.")
    assert schema["properties"]["notesBy"]["description"] == "who writes notes"


@pytest.mark.parametrize(
    ("kind", "decided", "value"),
    [
        ("group", {}, "members"),
        ("open", {"notes_by": "owner"}, "owner"),
        ("direct", {"notes_by": "owner"}, None),
    ],
)
def test_the_first_choice_holds_until_the_owner_decides(
    kind: str, decided: dict[str, str], value: str | None
) -> None:
    assert settings_of(kind, decided, SETTINGS) == {"notes_by": value}
