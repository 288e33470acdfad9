"""Everything is up after one command, as the files say: jobs done, health, confinement, doors."""

from __future__ import annotations

import pytest

from infra.embedded.run import DEMO_ACCOUNTS
from schemas.catalogue import TOPICS
from tests.client.api import User
from tests.compose.composed import Composed
from tests.unit.compose.declared import SERVICES, ours

pytestmark = [pytest.mark.compose, pytest.mark.timeout(3600)]

# What stays, of what is up without a profile.
STAY = [n for n in ours() if SERVICES[n]["restart"] != "no" and "profiles" not in SERVICES[n]]
JOBS = ("secrets", "keys", "databases", "topics", "templates", "demo-accounts")


def test_every_job_ended_well_and_everything_else_serves(composed: Composed) -> None:
    for job in JOBS:
        assert composed.ended(job) == 0, job
    running = composed.services()
    assert {"gateway", "kafka-3", "postgres-friend", "elasticsearch", "log-1"} <= set(running)
    for name in running:
        composed.wait_healthy(name)


@pytest.mark.parametrize("name", STAY)
def test_a_container_of_ours_is_confined(composed: Composed, name: str) -> None:
    """Inside, too: another user, no way to write, no capability."""
    host = composed.state(name)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["Memory"] > 0
    told = composed.inside(name, "cat", "/proc/self/status")
    fields = dict(line.split(":", 1) for line in told.splitlines())
    assert fields["Uid"].split() == ["10001"] * 4
    assert int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"].strip() == "1"
    with pytest.raises(AssertionError, match="Read-only file system"):
        composed.inside(name, "touch", "/srv/chatstream/written")


def test_no_secret_is_told_by_a_variable(composed: Composed) -> None:
    password = composed.dsns["auth"].split("password=")[1].split()[0]
    assert len(password) == 32
    for name in composed.services():
        assert password not in str(composed.state(name)["Config"]), name


def test_only_the_gateway_listens_beyond_loopback(composed: Composed) -> None:
    for name in composed.services():
        bindings = composed.state(name)["HostConfig"]["PortBindings"] or {}
        hosts = {each["HostIp"] for bound in bindings.values() for each in bound}
        assert hosts <= ({""} if name == "gateway" else {"127.0.0.1"}), name


def test_topics_have_three_copies_of_which_two_are_needed(composed: Composed) -> None:
    told = composed.command("topics", "list").splitlines()
    assert len(told) == len(TOPICS)
    assert all(line.endswith(" ok") for line in told)
    tool = ("java", "-cp", "/opt/kafka/libs/*", "org.apache.kafka.tools.TopicCommand")
    describe = (*tool, "--bootstrap-server", "kafka-1:9092", "--describe")
    lines = composed.inside("kafka-1", *describe).splitlines()
    heads = [line for line in lines if "ReplicationFactor" in line and "kakao." in line]
    assert len(heads) == len(TOPICS)
    for head in heads:
        assert "ReplicationFactor: 3" in head
        assert "min.insync.replicas=2" in head


async def test_a_demo_account_logs_in(composed: Composed) -> None:
    user = User(composed.base_url, DEMO_ACCOUNTS[0].user_id)
    try:
        account = {"userId": user.user_id, "password": DEMO_ACCOUNTS[0].password}
        assert (await user.call("POST", "/user/login", account))["accessToken"]
    finally:
        await user.close()


def test_up_again_does_no_harm(composed: Composed) -> None:
    """The jobs run once more; who runs stays the same process."""
    names = ("gateway", "chat-1", "kafka-2", "postgres-auth")
    before = {name: composed.state(name)["State"]["Pid"] for name in names}
    composed.up()
    for job in JOBS:
        assert composed.ended(job) == 0, job
    assert {name: composed.state(name)["State"]["Pid"] for name in names} == before
