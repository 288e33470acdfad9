"""Three brokers, of which any one may be away: nothing is lost, nothing twice, and it goes on.

One set of three for all tests. It is hurt in one scene; the tests look at what is left of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded import elasticsearch
from infra.embedded.attached import attach
from infra.embedded.stack import Stack
from schemas.catalogue import TOPICS
from schemas.contexts.log import APP
from schemas.streams import DAY
from tests.client.known import chat_dsns
from tests.client.waiting import eventually
from tests.faults.brokers import LINES, PARTITIONS, WRITTEN_TO, Brokers, chatting
from tests.faults.segments import end_of, log_of, partitions_of
from tests.faults.traffic import Traffic
from tests.faults.verify import check_postgres, check_sockets, check_words, heads_of
from tests.folders import server_folder
from tests.generated import homes_of
from tests.servers import three_brokers

pytestmark = [pytest.mark.operate, pytest.mark.timeout(1500)]


# What nobody of the scene needs.
LEFT_OUT = (elasticsearch.NAME, WRITTEN_TO)


@pytest.fixture(scope="module")
def three(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Three brokers with everything on top of them but the search."""
    with server_folder(request, "brokers") as root, three_brokers(root, LEFT_OUT) as stack:
        yield stack


@pytest.fixture(scope="module")
async def hurt(three: Stack) -> AsyncIterator[Brokers]:
    """After all that is done to the brokers; everything begun in it has been answered."""
    homes = homes_of(chat_dsns(three)[0])
    traffic = Traffic(three.base_url, homes, clients=6, messages=30, pace=0.4)
    async with chatting(three, traffic) as brokers:
        await brokers.lose_two()
        await brokers.pause_leader()
        await brokers.lose_folder()
        await brokers.finish()
        yield brokers


async def test_every_acknowledged_message_is_stored_once_in_dense_lines(hurt: Brokers) -> None:
    """What was refused and repeated with its id is there once as well."""
    assert len(hurt.refusals.said) == 3
    check_postgres(hurt.stack, hurt.traffic, others=hurt.refusals.said)


async def test_every_member_was_shown_every_message_once_in_order(hurt: Brokers) -> None:
    await check_sockets(hurt.stack, hurt.traffic, heads_of(hurt.stack, hurt.traffic))


async def test_the_live_words_equal_a_recount(hurt: Brokers) -> None:
    await check_words(hurt.stack, hurt.traffic, hurt.traffic.users[0])


async def test_with_one_broker_left_people_are_told_to_repeat_and_may_read(hurt: Brokers) -> None:
    told = hurt.refusals
    assert len(told.posts) == 2
    for answer in told.posts:
        assert (answer.status, answer.code in ("BUSY", "STORE_UNAVAILABLE")) == (503, True), answer
        assert float(str(answer.retry_after)) > 0
    assert [answer.status for answer in told.reads] == [200, 200]
    # A SEND is told of by its RECEIPT, when it is stored, or where the account listens.
    assert "RECEIPT" not in told.stomp


async def test_people_went_on_while_a_leader_slept(hurt: Brokers) -> None:
    assert hurt.acknowledged_while_paused > 0


async def test_a_broker_that_lost_its_folder_has_what_the_others_have(hurt: Brokers) -> None:
    """Every partition to its end at this moment, and byte by byte where nothing is compacted."""
    await hurt.until_in_sync()
    brokers = hurt.stack.servers.brokers.by_name()
    held = {name: partitions_of(each.folder) for name, each in brokers.items()}
    everything = held[hurt.rebuilt].keys()
    assert [each.keys() == everything for each in held.values()] == [True] * 3
    ends = {name: max(end_of(each[name]) for each in held.values()) for name in everything}
    assert sum(ends.values()) > len(hurt.traffic.sent)

    async def has_all() -> bool:
        own = held[hurt.rebuilt]
        return all(end_of(own[name]) >= end for name, end in ends.items())

    await eventually(has_all, 60)
    topics = {spec.name for spec in TOPICS if spec.retention is None or spec.retention >= DAY}
    compared = [name for name in everything if name.rpartition("-")[0] in topics]
    assert len(compared) == len(topics) * PARTITIONS
    for name in compared:
        logs = [log_of(each[name]) for each in held.values()]
        common = min(map(len, logs))
        assert len({log[:common] for log in logs}) == 1, name


async def test_every_topic_of_everybody_has_three_copies(hurt: Brokers) -> None:
    found = await hurt.replicas()
    assert {each.topic for each in found} >= {"__consumer_offsets"} | {t.name for t in TOPICS}
    assert [each for each in found if each.nodes != {1, 2, 3}] == []


async def test_no_process_ended_because_one_broker_was_away(hurt: Brokers) -> None:
    """Leaders, coordinators and controllers moved: nobody's producer or group was of no use."""
    assert hurt.ended == []


async def test_every_line_of_a_log_was_carried(hurt: Brokers) -> None:
    assert len(hurt.lines) >= 5 * LINES

    async def carried() -> bool:
        return set(hurt.lines) <= await hurt.keys_of(APP.event.name)

    await eventually(carried, 180, every=2.0)


async def test_the_command_says_what_each_broker_has(hurt: Brokers) -> None:
    await hurt.until_in_sync()
    lines = hurt.stack.command("brokers", "list").splitlines()
    assert [line.split(":")[0] for line in lines] == ["broker 1", "broker 2", "broker 3"]


def test_another_number_of_brokers_is_refused_where_three_were_laid(three: Stack) -> None:
    other = Stack(three.layout.root, three.port)
    with pytest.raises(ConfigurationError, match="already runs"):
        other.start_servers()
    with attach(three.layout.root) as attached:
        assert attached.bootstrap == three.bootstrap
