"""The record that a dead letter keeps, decoded as far as it can be."""

from __future__ import annotations

from typing import Any

import msgspec

from chatstream.domain.dead_letters import TOPIC
from chatstream.ports.dead_letters import WholeLetter
from chatstream.ports.topics import HeldRecord
from web.shown_records import Decoded, Eyes, decoded, shown

NOBODY = Eyes(frozenset())


def decoded_letter(found: WholeLetter) -> Decoded:
    """The record as what it was meant to be."""
    letter, original = found.kept.letter, found.original
    source = b"" if letter.source is None else letter.source.topic.encode()
    held = HeldRecord(
        letter.place.partition,
        letter.place.offset,
        letter.at,
        original.key,
        original.value,
        ((TOPIC, source), *original.headers),
    )
    return decoded(letter.place.topic, held)


def record_of(found: WholeLetter, *, texts: bool) -> Any:
    """The record as JSON: with `texts` as it lies there, else without what people wrote."""
    each = decoded_letter(found)
    if texts:
        value = msgspec.to_builtins(each.value) if each.is_typed else each.value
        return (found.original.value or b"").decode(errors="replace") if value is None else value
    return shown(each, NOBODY).value
