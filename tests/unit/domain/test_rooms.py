"""Who may do what in a room, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.rooms import (
    Change,
    Configure,
    Create,
    Delete,
    HandOver,
    Join,
    Leave,
    Person,
    Rename,
    RoomState,
    apply,
    decide_change,
    decide_create,
    decide_delete,
    decide_direct,
    decide_enter,
    decide_invite,
    decide_remove,
    direct_room_id,
)
from chatstream.errors import ErrorCode

MIN, JUN, EVE = (Person(each, each, each.title()) for each in ("min", "jun", "eve"))
STRANGER = Person("stranger", "stranger", "Stranger")
DIRECT = direct_room_id("min", "jun")


def room(kind: str = "group", *members: Person) -> RoomState:
    """A room of these members, the first of whom owns it."""
    state = RoomState("r", kind, "room", members[0].account_id if members else "min", 1, 0)
    apply(state, Create(members))
    return state


def code(decision: Decision[Change]) -> ErrorCode | None:
    return decision.code if isinstance(decision, Refuse) else None


# -- direct rooms ------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_a_direct_room_has_one_id_whichever_of_the_two_asks(one: str, other: str) -> None:
    assert direct_room_id(one, other) == direct_room_id(other, one)


def test_other_people_have_another_direct_room() -> None:
    assert len({direct_room_id("a", "b"), direct_room_id("a", "c"), direct_room_id("b", "c")}) == 3


def test_a_direct_room_is_made_once_and_found_after_that() -> None:
    made = decide_direct(None, DIRECT, MIN, JUN)
    assert made == Accept((Create((MIN, JUN)),))
    assert decide_direct(room("direct", MIN, JUN), DIRECT, JUN, MIN) == Unchanged()


def test_who_left_a_direct_room_is_back_when_either_opens_it() -> None:
    left = room("direct", MIN, JUN)
    apply(left, Leave(JUN))
    assert decide_direct(left, DIRECT, JUN, MIN) == Accept((Join(JUN),))
    assert decide_direct(left, DIRECT, MIN, JUN) == Accept((Join(JUN),))
    apply(left, Leave(MIN))
    assert decide_direct(left, DIRECT, MIN, JUN) == Accept((Join(MIN), Join(JUN)))


@pytest.mark.parametrize("blocks", [{("min", "jun")}, {("jun", "min")}])
@pytest.mark.parametrize("state", [None, room("direct", MIN, JUN)])
def test_a_block_either_way_closes_the_direct_room(
    state: RoomState | None, blocks: set[tuple[str, str]]
) -> None:
    assert code(decide_direct(state, DIRECT, MIN, JUN, blocks)) is ErrorCode.BLOCKED


@pytest.mark.parametrize(
    ("room_id", "other", "why"),
    [
        pytest.param(DIRECT, None, ErrorCode.USER_NOT_FOUND, id="nobody"),
        pytest.param(direct_room_id("min", "min"), MIN, ErrorCode.INVALID_INPUT, id="oneself"),
        pytest.param(direct_room_id("min", "eve"), JUN, ErrorCode.INVALID_INPUT, id="id of others"),
    ],
)
def test_a_direct_room_needs_another_user_and_its_own_id(
    room_id: str, other: Person | None, why: ErrorCode
) -> None:
    assert code(decide_direct(None, room_id, MIN, other)) is why


def test_nobody_owns_a_direct_room() -> None:
    direct = room("direct", MIN, JUN)
    assert code(decide_delete(direct, MIN)) is ErrorCode.ACCESS_DENIED
    assert code(decide_change(direct, MIN, "x", None, hands_over=False)) is ErrorCode.ACCESS_DENIED
    assert code(decide_remove(direct, MIN, JUN)) is ErrorCode.ACCESS_DENIED
    assert code(decide_invite(direct, MIN, EVE)) is ErrorCode.ACCESS_DENIED


def test_a_direct_room_stays_when_both_have_left() -> None:
    direct = room("direct", MIN, JUN)
    assert decide_remove(direct, MIN, MIN) == Accept((Leave(MIN),))
    apply(direct, Leave(MIN))
    assert decide_remove(direct, JUN, JUN) == Accept((Leave(JUN),))


# -- blocks and invitations ----------------------------------------------------------------------


def test_who_blocked_somebody_is_invited_by_others_only() -> None:
    blocks = {("eve", "min")}
    group = room("group", MIN, JUN)
    assert code(decide_invite(group, MIN, EVE, blocks)) is ErrorCode.BLOCKED
    assert decide_invite(group, JUN, EVE, blocks) == Accept((Join(EVE),))
    found = {"eve": EVE, "jun": JUN}
    assert code(decide_create(None, MIN, found, ("jun", "eve"), blocks)) is ErrorCode.BLOCKED
    assert decide_create(None, MIN, found, ("jun",), blocks) == Accept((Create((MIN, JUN)),))


def test_a_room_that_is_not_made_names_all_whom_it_is_about() -> None:
    found = {"eve": EVE, "jun": JUN}
    asked = ("jun", "nobody", "eve", "no-one")
    unknown = decide_create(None, MIN, found, asked, {("eve", "min")})
    assert isinstance(unknown, Refuse)
    assert (unknown.code, unknown.user_ids) == (ErrorCode.USER_NOT_FOUND, ("nobody", "no-one"))
    unwilling = decide_create(None, MIN, found, ("jun", "eve"), {("eve", "min"), ("jun", "min")})
    assert isinstance(unwilling, Refuse)
    assert (unwilling.code, unwilling.user_ids) == (ErrorCode.BLOCKED, ("jun", "eve"))


# -- the owner -----------------------------------------------------------------------------------


def test_an_owner_who_leaves_hands_over_to_the_longest_member() -> None:
    group = room("group", MIN, JUN, EVE)
    assert decide_remove(group, MIN, MIN) == Accept((Leave(MIN), HandOver(JUN)))
    assert decide_remove(group, JUN, JUN) == Accept((Leave(JUN),))
    apply(group, Leave(JUN))
    assert decide_remove(group, MIN, MIN) == Accept((Leave(MIN), HandOver(EVE)))


@pytest.mark.parametrize("kind", ["group", "open"])
def test_the_last_one_to_leave_deletes_the_room(kind: str) -> None:
    assert decide_remove(room(kind, MIN), MIN, MIN) == Accept((Leave(MIN), Delete()))


def test_the_owner_renames_hands_over_or_both() -> None:
    group = room("group", MIN, JUN)
    assert decide_change(group, MIN, "x", None, hands_over=False) == Accept((Rename("x"),))
    assert decide_change(group, MIN, None, JUN, hands_over=True) == Accept((HandOver(JUN),))
    both = decide_change(group, MIN, "x", JUN, hands_over=True)
    assert both == Accept((Rename("x"), HandOver(JUN)))


def test_the_owner_decides_settings_with_the_rest_or_alone() -> None:
    group = room("group", MIN, JUN)
    decided = [("notes_by", "owner"), ("slow", "off")]
    alone = decide_change(group, MIN, None, None, hands_over=False, settings=decided)
    assert alone == Accept((Configure("notes_by", "owner"), Configure("slow", "off")))
    apply(group, Configure("notes_by", "owner"))
    with_all = decide_change(group, MIN, "x", JUN, hands_over=True, settings=decided)
    assert with_all == Accept((Rename("x"), Configure("slow", "off"), HandOver(JUN)))
    apply(group, Configure("slow", "off"))
    again = decide_change(group, MIN, None, None, hands_over=False, settings=decided)
    assert again == Unchanged()
    theirs = decide_change(group, JUN, None, None, hands_over=False, settings=decided)
    assert code(theirs) is ErrorCode.ACCESS_DENIED


def test_what_is_so_already_is_no_change() -> None:
    group = room("group", MIN, JUN)
    assert decide_change(group, MIN, "room", MIN, hands_over=True) == Unchanged()
    assert decide_enter(group, JUN) == Unchanged()
    assert decide_invite(group, MIN, JUN) == Unchanged()
    assert decide_remove(group, MIN, EVE) == Unchanged()


@pytest.mark.parametrize("heir", [None, STRANGER])
def test_a_room_is_handed_over_to_a_member(heir: Person | None) -> None:
    refused = decide_change(room("group", MIN, JUN), MIN, "x", heir, hands_over=True)
    assert code(refused) is ErrorCode.USER_NOT_FOUND


def test_only_an_open_room_needs_a_name() -> None:
    refused = decide_change(room("open", MIN), MIN, "", None, hands_over=False)
    assert code(refused) is ErrorCode.INVALID_INPUT
    assert decide_change(room("group", MIN), MIN, "", None, hands_over=False) == Accept(
        (Rename(""),)
    )


@pytest.mark.parametrize(
    ("state", "actor", "why"),
    [
        pytest.param(None, MIN, ErrorCode.ROOM_NOT_FOUND, id="no room"),
        pytest.param(room("group", MIN, JUN), STRANGER, ErrorCode.NOT_A_MEMBER, id="stranger"),
        pytest.param(room("open", MIN, JUN), STRANGER, ErrorCode.NOT_A_MEMBER, id="not joined"),
        pytest.param(room("group", MIN, JUN), JUN, ErrorCode.ACCESS_DENIED, id="member"),
    ],
)
def test_only_the_owner_changes_deletes_and_removes(
    state: RoomState | None, actor: Person, why: ErrorCode
) -> None:
    assert code(decide_delete(state, actor)) is why
    assert code(decide_change(state, actor, "x", None, hands_over=False)) is why
    assert code(decide_remove(state, actor, MIN)) is why


def test_only_what_takes_a_right_away_raises_the_access_version() -> None:
    state = room("group", MIN, JUN)
    versions = [state.access_version]
    for change in (Join(EVE), Rename("x"), HandOver(JUN), Leave(EVE), Delete()):
        apply(state, change)
        versions.append(state.access_version)
    assert versions == [1, 1, 1, 1, 2, 3]
