"""One record of each type of each topic, made of the types alone; the same at every run.

Two of each: `whole` has a value in every field, `bare` only what has no default, and null where
that is allowed. Values are such as people and processes give: readable, and none is a default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from msgspec import inspect

from schemas.records.base import Record
from schemas.streams import Key, TopicSpec

MOMENT = "2026-11-29T08:30:00.125Z"
TEXTS = {
    "userId": "ara",
    "name": "아라",
    "userName": "아라",
    "message": "점심 먹었어? ☕",
    "former": "점심 먹었니?",
    "code": "NOT_A_MEMBER",
    "topic": "kakao.chat.chatMessage.RESPONSE",
    "until": MOMENT,
    "since": MOMENT,
}
"""Texts by the name of their field, where it says more than the name itself."""


def examples(type_: type[Record]) -> Iterator[Record]:
    """The whole record of a type, then the bare one where it is another."""
    made = [
        _Maker(is_whole=is_whole).struct(inspect.type_info(type_)) for is_whole in (True, False)
    ]
    yield from made if made[0] != made[1] else made[:1]


def key_of(topic: TopicSpec, record: Record) -> str:
    """What the record is keyed by on that topic."""
    names: Mapping[str, str] = {Key.ROOM: "room_id", Key.ACCOUNT: "account_id"}
    name = names.get(topic.key)
    known = getattr(record, "key", None) or (None if name is None else getattr(record, name, None))
    return str(topic.key) if known is None else str(known)


class _Maker:
    """The values of one record; ids count from one on."""

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._ids = count(1)

    def struct(self, info: Any) -> Any:
        """A struct of which each field has a value of its own."""
        given = {
            field.name: self.value(field.type, field.encode_name)
            for field in info.fields
            if field.required or (self._is_whole and field.name != "schema_version")
        }
        return info.cls(**given)

    def value(self, info: Any, name: str) -> Any:
        """A value of a type, for the field of that name."""
        match info:
            case inspect.Metadata(type=inner):
                return self.value(inner, name)
            case inspect.UnionType(types=types):
                kinds = [each for each in types if not isinstance(each, inspect.NoneType)]
                has_null = len(kinds) < len(types)
                if has_null and not self._is_whole:
                    return None
                return self.value(kinds[0], name)
            case inspect.StructType():
                return self.struct(info)
            case inspect.StrType(pattern=pattern):
                return self._text(name, is_id=bool(pattern))
            case inspect.LiteralType(values=values):
                return values[0]
            case inspect.EnumType(cls=cls):
                return next(iter(cls))
            case inspect.BoolType():
                return True
            case inspect.IntType():
                return 7
            case inspect.FloatType():
                return 1.5
        return self._many(info, name)

    def _many(self, info: Any, name: str) -> Any:
        match info:
            case inspect.DictType(key_type=key, value_type=value):
                return {self.value(key, "key"): self.value(value, name)}
            case inspect.ListType(item_type=item):
                return [self.value(item, name)]
            case inspect.VarTupleType(item_type=item):
                return (self.value(item, name),)
            case inspect.TupleType(item_types=items):
                return tuple(self.value(each, name) for each in items)
            case inspect.AnyType():
                return "any"
        raise TypeError(f"{name}: no example of {info}")

    def _text(self, name: str, *, is_id: bool) -> str:
        if is_id or (name.endswith(("Id", "By")) and name != "userId"):
            return str(UUID(int=(0x0199_0000_0000_7000_8000 << 48) + next(self._ids)))
        if name == "at" or name.endswith("At"):
            return MOMENT
        return TEXTS.get(name, name)


def encoded(record: Record) -> bytes:
    """The record as a producer writes it."""
    return msgspec.json.encode(record)
