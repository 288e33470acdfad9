"""rsyslog's configuration, made of the plan."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded import postgres
from infra.embedded.layout import Layout
from infra.embedded.shipping import CHOICE, Shipping, logs
from infra.shipping import keeper, rsyslog
from infra.shipping.followed import FollowedLog, ShippingPlan

FILES = [
    FollowedLog("/v/log/chat-1.log", "chatstream.app", "chatstream"),
    FollowedLog("/v/log/kafka.log", "kafka.server", "kafka"),
]


def plan(folder: str) -> ShippingPlan:
    return ShippingPlan("127.0.0.1:9,127.0.0.1:10", folder, FILES)


def test_every_file_is_followed_and_every_rotated_one() -> None:
    text = rsyslog.render(plan("/v/data"))
    for each in FILES:
        assert f'File="{each.path}"' in text
        assert f'File="/v/data/linked/{each.name}.*"' in text
        assert text.count(f'Tag="{each.dataset}|{each.service_type}"') == 2


def test_every_broker_is_named() -> None:
    text = rsyslog.render(plan("/v/data"))
    assert text.count('broker=["127.0.0.1:9", "127.0.0.1:10"]') == text.count('type="omkafka"') > 0


@pytest.mark.parametrize("folder", ['/v/"quoted', "/v/a*", "/v/new\nline", "/v/100%"])
def test_a_path_that_would_be_read_as_more_is_refused(folder: str) -> None:
    with pytest.raises(ConfigurationError, match="rsyslog cannot use this"):
        rsyslog.render(plan(folder))


@pytest.mark.skipif(rsyslog.binary() is None, reason="rsyslog and rsyslog-kafka are not installed")
def test_rsyslog_takes_it(tmp_path: Path) -> None:
    keeper.begin(tmp_path)
    conf = tmp_path / "rsyslog.conf"
    conf.write_text(rsyslog.render(plan(str(tmp_path))))
    command = [str(rsyslog.binary()), "-N1", "-f", str(conf)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in checked.stderr.splitlines() if line]
    assert checked.returncode == 0
    assert [line for line in said if "validation run" not in line] == []


def test_the_plan_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan("/v").write(path)
    assert ShippingPlan.read(path) == plan("/v")
    path.write_text("{}")
    with pytest.raises(ConfigurationError, match="no plan of a shipper"):
        ShippingPlan.read(path)


@pytest.mark.parametrize("choice", ["own", "rsyslog"])
def test_the_log_of_every_process_is_followed_once(
    choice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHOICE, choice)
    found = logs(Layout(tmp_path), ["chat-1", "front-auth"])
    names = {each.name: each.dataset for each in found}
    assert len(names) == len(found)
    assert names["chat-1.log"] == "chatstream.app"
    assert names["nginx-access.log"] == "nginx.access"
    assert names["postgres-chat-1.log"] == "postgresql.log"
    # rsyslog's own complaints about a file it follows would come back as lines.
    assert ("shipper.log" in names) == (choice == "own" or rsyslog.binary() is None)


def test_a_stack_ships_the_log_of_each_of_its_databases(tmp_path: Path) -> None:
    databases = [*postgres.SERVERS, "postgres-reporting"]
    shipping = Shipping(Layout(tmp_path), "127.0.0.1:1", [], tmp_path, {}, databases=databases)
    shipping.prepare()
    plan_of_it = ShippingPlan.read(Path(shipping.program().command[-1]))
    names = {each.name: each.dataset for each in plan_of_it.files}
    assert {f"{name}.log" for name in databases} <= names.keys()
    assert names["postgres-reporting.log"] == "postgresql.log"
