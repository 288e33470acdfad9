"""The settings of rooms, as contexts declare them, in bodies and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import Field, create_model

from schemas.catalogue import ROOM_SETTINGS
from schemas.room_settings import RoomSetting
from web.edge.bodies import Shape

S = TypeVar("S", bound=Shape)


def with_settings(model: type[S], settings: Sequence[RoomSetting] = ROOM_SETTINGS) -> type[S]:
    """The model with a field for each setting; null: as it is, or none of a direct room."""
    fields: dict[str, Any] = {
        each.name: (Literal[each.choices] | None, Field(None, description=each.description))
        for each in settings
    }
    return create_model(
        model.__name__, __base__=model, __doc__=model.__doc__, __module__=model.__module__, **fields
    )


def settings_in(body: Shape, settings: Sequence[RoomSetting] = ROOM_SETTINGS) -> dict[str, str]:
    """What the body decides, by name."""
    given = {each.name: getattr(body, each.name) for each in settings}
    return {name: value for name, value in given.items() if value is not None}


def settings_of(
    kind: str, decided: Mapping[str, str], settings: Sequence[RoomSetting] = ROOM_SETTINGS
) -> dict[str, Any]:
    """The fields of a room's answer."""
    return {each.name: each.value(kind, dict(decided)) for each in settings}
