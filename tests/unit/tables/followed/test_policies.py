"""The policy as workers follow it, and the records by which it changes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from click.testing import CliRunner

from chatstream.commands.cli import cli
from chatstream.domain.abuse.encoding import pack, unpack
from chatstream.domain.abuse.policy import DEFAULT, Limit, Policy, RoomLimits, own_policy
from chatstream.errors import UserError
from chatstream.settings import KafkaSettings, LimitSettings
from infra.kafka.single_partition import home, outgoing
from schemas import codec, records
from schemas.contexts.conduct import POLICY
from tables.followed import fold, policies
from tables.followed.policies import Policies
from tests.fakes.changes import Changes

STRICT = {"version": "strict-1", "room": {"messages": {"count": 1, "seconds": 5.0}}}


def encoded(value: object) -> bytes:
    return records.encode(policies.record_of(value))


def own_of(limits: LimitSettings) -> Policy:
    return own_policy(limits.message_burst, limits.messages_per_second)


class Watched(Policies):
    """Tells of every policy that comes into force."""

    def __init__(self) -> None:
        self.changes = Changes()
        super().__init__(KafkaSettings())

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "policy":
            self.changes.happened()


@pytest.fixture
def following() -> Watched:
    return Watched()


async def test_nothing_is_judged_before_the_topic_is_read(following: Watched) -> None:
    asked = asyncio.create_task(following.known())
    task = asyncio.create_task(_follow(following))
    following.followed.on_record(0, b"policy", encoded(STRICT))
    following.ready.set()
    assert (await asked).version == "strict-1"  # and not the default, which was there before
    task.cancel()


async def test_the_last_record_counts_and_what_cannot_be_read_changes_nothing(
    following: Watched,
) -> None:
    following.ready.set()
    task = asyncio.create_task(_follow(following))
    assert await following.known() == DEFAULT
    following.followed.on_record(0, b"policy", encoded(STRICT))
    following.followed.on_record(0, b"policy", b"{")
    following.followed.on_record(0, b"policy", records.encode(_broken("not json")))
    following.followed.on_record(0, b"policy", records.encode(_broken('{"room": 1}')))
    await following.changes.until(lambda: following.policy != DEFAULT)
    assert following.policy.room.messages == Limit(1, 5.0)
    task.cancel()


def test_a_record_reads_back_as_its_policy() -> None:
    policy = Policy(version="two", room=RoomLimits(messages=Limit(2, 3.0)))
    record = codec.decode(POLICY.event.name, encoded(pack(policy)))
    assert policies.policy_of(record) == policy
    assert policies.policy_of(policies.default_record()) == DEFAULT
    assert policies.policy_of(None) == DEFAULT


def test_a_policy_without_a_version_gets_one() -> None:
    record = policies.record_of({"room": {"texts": 3}})
    assert record.version == record.changed_at
    assert policies.policy_of(record).room.texts == 3


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([], "policy"),
        ({"rooms": {}}, "policy.rooms"),
        ({"room": {"messages": {"count": -1, "seconds": 1}}}, "policy.room.messages.count"),
        ({"words": {"masked": [1]}}, "policy.words.masked[0]"),
    ],
)
def test_a_wrong_policy_is_refused_by_the_name_of_its_field(value: Any, field: str) -> None:
    with pytest.raises(UserError) as caught:
        policies.record_of(value)
    assert caught.value.details["field"] == field


def test_a_policy_that_no_record_can_hold_is_refused() -> None:
    words = {name: [f"{'가' * 55}{n:04}" for n in range(2000)] for name in ("masked", "refused")}
    hosts = {name: [f"{'가' * 55}{n:04}" for n in range(2000)] for name in ("own", "banned")}
    with pytest.raises(UserError, match="bytes"):
        policies.record_of({"words": words, "hosts": hosts})


def test_every_record_goes_to_one_partition() -> None:
    topic = POLICY.event
    places = {outgoing(topic, policies.default_record(), 8).partition for _ in range(3)}
    assert places == {home(topic, 8)}


def test_a_load_tests_limits_switch_the_counting_off_but_for_a_policy_that_is_set() -> None:
    own = own_of(LimitSettings(messages_per_second=100.0))
    assert own_of(LimitSettings()) == DEFAULT
    assert own.words == DEFAULT.words
    assert own.room != DEFAULT.room
    assert policies.policy_of(policies.default_record(), own) == own
    assert policies.policy_of(policies.record_of(STRICT), own).version == "strict-1"


def test_the_edges_limits_are_those_of_all_fronts_together() -> None:
    own = own_of(LimitSettings(message_burst=5, messages_per_second=0.5))
    assert own.room.messages == Limit(5 + 5, 10.0)
    assert own.account.messages == Limit(5 + 10, 20.0)
    assert own.version != DEFAULT.version
    many = own_of(LimitSettings(message_burst=1000))
    assert many.room.messages.seconds < 1, "a burst for load tests is one"


def test_a_policy_is_readable_text_in_its_record() -> None:
    record = policies.record_of({"words": {"masked": ["바보"]}})
    assert record.policy is not None
    assert json.loads(record.policy)["words"]["masked"] == ["바보"]
    assert "바보" in record.policy


def test_the_command_shows_what_the_last_record_that_can_be_read_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = [encoded(STRICT), b"{"]
    asked: list[tuple[str, int]] = []

    async def all_values(_: KafkaSettings, topic: str, partition: int) -> list[bytes]:
        asked.append((topic, partition))
        return values

    monkeypatch.setattr(fold, "all_values", all_values)
    shown = json.loads(CliRunner().invoke(cli, ["policy", "show"]).output)
    assert unpack(shown) == unpack(STRICT)
    values.append(records.encode(policies.default_record()))
    assert unpack(json.loads(CliRunner().invoke(cli, ["policy", "show"]).output)) == DEFAULT
    topic = POLICY.event
    assert set(asked) == {(topic.name, home(topic, KafkaSettings().partitions))}


async def _follow(following: Policies) -> None:
    follow: Any = Policies._follow
    await follow.fun(following) if hasattr(follow, "fun") else await follow(following)


def _broken(text: str) -> records.PolicyChanged:
    return records.PolicyChanged(version="x", policy=text, changed_at="2026-11-21T00:00:00.000Z")
