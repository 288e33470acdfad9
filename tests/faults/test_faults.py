"""Nothing lost, nothing twice: what must hold of messages and rooms after faults under chat."""

from __future__ import annotations

import logging

import pytest

from tests.faults.reading import check_unread
from tests.faults.scene import Scene
from tests.faults.verify import (
    check_elasticsearch,
    check_members,
    check_postgres,
    check_sockets,
    check_tables,
    check_words,
    heads_of,
)

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.stack, pytest.mark.faults, pytest.mark.timeout(1800)]


async def test_every_acknowledged_message_is_stored_once_in_dense_lines(scene: Scene) -> None:
    """After all volleys each message, as last changed, has one row; no number is passed over."""
    traffic = scene.parties.traffic
    check_postgres(scene.stack, traffic)
    log.info("%d messages, %d sent again", len(traffic.sent), traffic.repeats.total())


async def test_every_member_was_shown_every_message_once_in_order(scene: Scene) -> None:
    """After all volleys every socket saw each `seq` once, and says what is there now."""
    traffic = scene.parties.traffic
    await check_sockets(scene.stack, traffic, heads_of(scene.stack, traffic))


async def test_every_message_is_searchable_as_it_is_and_logged_once(scene: Scene) -> None:
    """After all volleys Elasticsearch has one document and one event for each message."""
    traffic = scene.parties.traffic
    await check_elasticsearch(scene.stack, traffic, heads_of(scene.stack, traffic))


async def test_the_live_words_equal_a_recount(scene: Scene) -> None:
    """After all volleys what people read of this traffic's words is what Postgres has."""
    traffic = scene.parties.traffic
    await check_words(scene.stack, traffic, traffic.users[0])


async def test_every_table_equals_what_the_command_recounts(scene: Scene) -> None:
    """After all volleys no count of any table has drifted from Postgres."""
    await check_tables(scene.stack)


async def test_the_table_of_members_never_differed_from_postgres(scene: Scene) -> None:
    """Through all volleys the check beside the table found it right in the rooms of the scene."""
    await check_members(scene.stack, scene.parties.traffic)


async def test_who_was_removed_read_nothing_and_each_removal_was_once(scene: Scene) -> None:
    """Through all volleys nothing leaks to who is out; members are what the facts say."""
    await scene.parties.removals.check(scene.stack)


async def test_signups_and_blocks_held_right_after_their_answers(scene: Scene) -> None:
    """Through all volleys who signed up is invited at once, who is blocked refused at once."""
    scene.parties.newcomers.check()


async def test_every_acknowledged_read_position_is_kept(scene: Scene) -> None:
    """After all volleys no position went back, none is past its room, and unread numbers fit."""
    parties, stack = scene.parties, scene.stack
    parties.readers.check_positions(stack, list(parties.traffic.rooms))
    for room_id, people in parties.traffic.rooms.items():
        await check_unread(people[0], stack, room_id)


# For the same scene at full size.
RULES = (
    test_every_acknowledged_message_is_stored_once_in_dense_lines,
    test_every_member_was_shown_every_message_once_in_order,
    test_every_message_is_searchable_as_it_is_and_logged_once,
    test_the_live_words_equal_a_recount,
    test_every_table_equals_what_the_command_recounts,
    test_the_table_of_members_never_differed_from_postgres,
    test_who_was_removed_read_nothing_and_each_removal_was_once,
    test_signups_and_blocks_held_right_after_their_answers,
    test_every_acknowledged_read_position_is_kept,
)
