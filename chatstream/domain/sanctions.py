"""Who may end which sanction."""

from __future__ import annotations

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode


def decide_lift(
    owner_id: str | None, account_id: str, lifted_by: str, *, is_lifted: bool
) -> Decision[str]:
    """Lift the sanction of `owner_id` (None: there is none) for the account, over or not.

    What was lifted stays as it was.
    """
    if owner_id != account_id:
        return Refuse(ErrorCode.NOT_FOUND, "there is no such sanction")
    return Unchanged() if is_lifted else Accept((lifted_by,))
