"""Outsiders for sinks that are not tested for them."""

from __future__ import annotations

from typing import Any

from agents.messages.outsiders import Outsiders
from tables.members import RoomMembers
from tests.fakes.tables import FakeTable, fake_app


def nobody_outside() -> Outsiders:
    """Over a table that no partition can be read of."""
    table: Any = FakeTable()
    return Outsiders(RoomMembers(fake_app(), table), {})
