"""Who may end which sanction."""

from __future__ import annotations

import pytest

from chatstream.domain.decisions import Accept, Refuse, Unchanged
from chatstream.domain.sanctions import decide_lift
from chatstream.errors import ErrorCode


def test_a_sanction_of_the_account_is_lifted_once() -> None:
    assert decide_lift("ann", "ann", "operator", is_lifted=False) == Accept(("operator",))
    assert decide_lift("ann", "ann", "operator", is_lifted=True) == Unchanged()


@pytest.mark.parametrize("owner", [None, "bob"])
@pytest.mark.parametrize("is_lifted", [True, False])
def test_no_sanction_and_one_of_somebody_else_are_not_there(
    owner: str | None, *, is_lifted: bool
) -> None:
    decision = decide_lift(owner, "ann", "operator", is_lifted=is_lifted)
    assert isinstance(decision, Refuse)
    assert decision.code is ErrorCode.NOT_FOUND
