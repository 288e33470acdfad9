"""By which name a worker that comes back is known to its group."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.app import create_app
from chatstream.settings import Settings, load_settings
from infra.faust.app import ChatStreamApp, new_app
from infra.faust.membership import instance_id
from schemas.services import CHAT, STATS, Service

TOPICS = st.sets(st.from_regex(r"kakao\.[a-zA-Z.]{1,20}", fullmatch=True), min_size=1)
# https://kafka.apache.org/41/javadoc/: what a name of a topic may be, and 249 letters at most.
LEGAL = re.compile(r"[a-zA-Z0-9._-]{1,249}")


def settings_of(folder: Path, service: Service, *, is_static: bool = True) -> Settings:
    kafka = {"static_membership": is_static}
    return load_settings(data_dir=folder, service=service.name, worker="a-0", kafka=kafka)


def member(app: ChatStreamApp) -> str | None:
    """As whom the app joins its group."""
    app._say_what_it_reads()
    name: str | None = app.conf.consumer_group_instance_id
    return name


@given(TOPICS)
def test_who_reads_the_same_comes_back_under_the_same_name(topics: set[str]) -> None:
    order = sorted(topics)
    assert instance_id("chat-0", order) == instance_id("chat-0", [*reversed(order), order[0]])
    assert instance_id("chat-0", order) != instance_id("chat-1", order)
    assert LEGAL.fullmatch(instance_id("chat-0", order))


@given(TOPICS, TOPICS)
def test_who_reads_something_else_is_somebody_else(topics: set[str], others: set[str]) -> None:
    same = instance_id("chat-0", topics) == instance_id("chat-0", others)
    assert same == (topics == others)


@pytest.mark.parametrize("service", [CHAT, STATS])
async def test_a_service_is_known_by_its_topics_and_changelogs(
    tmp_path: Path, service: Service
) -> None:
    name = member(create_app(settings_of(tmp_path, service)))
    assert re.fullmatch(r"a-0\.[0-9a-f]{8}", name or "")
    assert name == member(create_app(settings_of(tmp_path, service)))


async def test_another_topic_or_table_makes_another_name(tmp_path: Path) -> None:
    names = []
    for topics, tables in ((["a"], []), (["a", "b"], []), (["a"], ["counts"])):
        app = new_app(settings_of(tmp_path, CHAT), "chat")
        for table in tables:
            app.Table(table)

        @app.agent(app.topic(*topics), name="reader")
        async def read(stream: object) -> None:
            """Nothing."""

        names.append(member(app))
    assert len(set(names)) == 3


async def test_a_member_that_is_not_static_stays_so(tmp_path: Path) -> None:
    assert member(create_app(settings_of(tmp_path, CHAT, is_static=False))) is None
