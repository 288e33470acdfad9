"""What owners decide of their rooms, as contexts tell it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomSetting:
    """A setting: `name` in snake case, one of `choices`, the first as long as nothing was decided.

    `PATCH /chat/{roomId}` takes it and every answer with a room has it, in camel case, null for a
    direct room, which nobody owns; `rooms.settings` has what was decided.
    """

    name: str
    choices: tuple[str, ...]
    description: str

    def value(self, kind: str, decided: dict[str, str]) -> str | None:
        """What holds in a room of this kind."""
        return None if kind == "direct" else decided.get(self.name, self.choices[0])
