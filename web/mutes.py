"""Who is muted is refused before a wish is produced, by what a front knows of the sanctions.

What a front has not heard of yet the store refuses. What a front knows may have been lifted since:
before it refuses somebody it looks at the copy that the store judges by.
"""

from __future__ import annotations

from chatstream.errors import ErrorCode, UserError, refused
from chatstream.ports.rooms import RoomReader
from schemas import records
from tables.followed.mutes import Mutes


class Muting:
    """What the calls ask: refuses who is muted, except for a message that is stored already."""

    def __init__(self, mutes: Mutes, rooms: RoomReader) -> None:
        self._mutes = mutes
        self._rooms = rooms

    def knows_of(self, account_id: str, room_id: str) -> bool:
        """Whether the account may be muted in the room: else `refusal` would give None."""
        return bool(self._mutes.in_force(account_id, room_id))

    async def refusal(
        self, account_id: str, room_id: str, message_id: str | None = None
    ) -> UserError | None:
        """Why a message, or (without an id) a change of one, is refused; None: it may be produced.

        A repeat of a stored message must get its outcome, and a lift that was answered counts at
        once: so for a muted account Postgres is asked.
        """
        held = self._mutes.in_force(account_id, room_id)
        if not held:
            return None
        if message_id and await self._rooms.has_message(room_id, account_id, message_id):
            return None
        lifted = await self._rooms.lifted(room_id, list(held))
        left = [refusal for sanction_id, refusal in held.items() if sanction_id not in lifted]
        return left[-1] if left else None


def refusal_of(outcome: records.MessageRefused | records.ChangeRefused) -> UserError:
    """The error that a refused message or change is answered with."""
    code = ErrorCode(outcome.code)
    if code is not ErrorCode.MESSAGE_REFUSED:
        return UserError(code, outcome.reason)
    return refused(outcome.reason, outcome.until, outcome.cause)
