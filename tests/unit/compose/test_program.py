"""What the compose file says of the program is what it has: services, settings, commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.commands.cli import cli
from chatstream.commands.variables import variables
from chatstream.settings import Settings, load_settings
from infra.embedded.postgres import DATABASES, OPTIONAL
from schemas.catalogue import POOLS
from schemas.catalogue import SERVICES as PROGRAM
from schemas.databases import CHAT
from schemas.services import CONTENT, STATS
from tests.unit.compose.declared import (
    EXAMPLE,
    LOCAL,
    MAIN,
    SERVICES,
    choices,
    command,
    environment,
    ours,
    workers,
)

KNOWN = {variable.name for variable in variables()}
WEB_PORT = 8090


def told_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The program's settings in a service's container."""
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    return load_settings(_secrets_dir="/nowhere")


def test_every_service_of_the_program_has_its_workers() -> None:
    assert set(workers().values()) == {each.name for each in PROGRAM}
    counts = {name: [*workers().values()].count(name) for name in ("chat", "front")}
    assert counts == {"chat": 2, "front": 2}
    singles = [each.name for each in PROGRAM if each.is_single]
    assert [name for name in workers() if name in singles] == singles


def everywhere() -> list[str]:
    """The workers that are there without a profile."""
    return [name for name in workers() if "profiles" not in SERVICES[name]]


def test_what_is_optional_is_in_its_profile_and_settings_say_so() -> None:
    optional = {each.name for each in PROGRAM if each.is_optional}
    assert {workers()[name] for name in workers() if name not in everywhere()} == optional
    assert environment("user-1")["CHATSTREAM_CDC__IS_RUN"] == "false"
    assert "CDC" in choices(MAIN)


@pytest.mark.parametrize("name", SERVICES)
def test_every_setting_is_one_of_the_program(name: str) -> None:
    told = {key for key in environment(name) if key.startswith("CHATSTREAM_")}
    assert told <= KNOWN, f"{name}: the program has no {told - KNOWN}"
    if name in workers():
        assert "CHATSTREAM_SERVICE" not in told, "the command says which service it is"


@pytest.mark.parametrize("name", workers())
def test_a_workers_settings_are_read_as_they_are_meant(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = told_settings(name, monkeypatch)
    assert settings.worker_name == name
    assert settings.web.host == "0.0.0.0"
    assert settings.web.port == WEB_PORT
    assert settings.kafka.replication == 3
    assert settings.kafka.static_membership
    lineages = {lineage: list(found) for lineage, found in settings.postgres.lineages.items()}
    assert lineages == (DATABASES if name in everywhere() else {**DATABASES, **OPTIONAL})
    dsns = [dsn for each in settings.postgres.lineages.values() for dsn in each.values()]
    for dsn in dsns:
        told = dict(word.split("=", 1) for word in dsn.split())
        assert environment(told["host"])["POSTGRES_DB"] == told["dbname"]
        assert environment(told["host"])["POSTGRES_USER"] == told["user"]
    for host in (*settings.kafka.bootstrap_servers.split(","), settings.elastic.url):
        assert re.sub(r"^http://|:\d+$", "", host) in SERVICES


def test_every_stats_worker_is_known_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [name for name, service in workers().items() if service == STATS.name]
    urls = tuple(f"http://{name}:{WEB_PORT}" for name in there)
    assert told_settings("front-1", monkeypatch).stats.workers == urls


def test_every_content_worker_is_known_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [name for name, service in workers().items() if service == CONTENT.name]
    urls = [f"http://{name}:{WEB_PORT}" for name in there]
    assert told_settings("front-1", monkeypatch).feed.workers == urls


def test_there_are_two_chat_databases_and_one_of_each_other_lineage() -> None:
    there = {name for name in SERVICES if name.startswith("postgres-")}
    lineages = {**DATABASES, **OPTIONAL}
    assert there == {f"postgres-{name}" for found in lineages.values() for name in found}
    assert len(DATABASES[CHAT.name]) == 2


def option(words: list[str], name: str) -> list[str]:
    return [word.removeprefix(f"--{name}=") for word in words if word.startswith(f"--{name}=")]


def addresses(service: str) -> list[str]:
    """Where the workers of a service are on the gateway's network."""
    there = [SERVICES[name]["networks"]["edge"] for name in workers() if workers()[name] == service]
    return [f"{each['ipv4_address']}:{WEB_PORT}" for each in there]


def test_the_gateway_knows_every_front_and_the_fronts_believe_it_alone() -> None:
    words = command("gateway")
    for pool in POOLS:
        assert option(words, pool.name) == addresses(pool.name)
    gateway = SERVICES["gateway"]["networks"]["edge"]["ipv4_address"]
    pools = {pool.name for pool in POOLS}
    fronts = {name for name, each in workers().items() if each in pools}
    for name in fronts:
        told = SERVICES[name]["environment"]["CHATSTREAM_WEB__TRUSTED_PROXIES"]
        assert json.loads(told) == [gateway]
    on_edge = {name for name, each in SERVICES.items() if "edge" in each["networks"]}
    assert on_edge == {"gateway", "demo-accounts", *fronts}


def test_what_is_apart_has_a_smaller_share_of_the_processors_than_all_others() -> None:
    apart = {pool.name for pool in POOLS if pool.is_apart}
    lower = {name for name, each in SERVICES.items() if each.get("cpu_shares", 1024) < 1024}
    assert lower == {name for name, each in workers().items() if each in apart}


@pytest.mark.parametrize("name", [each for each in ours() if "entrypoint" not in SERVICES[each]])
def test_every_command_is_one_of_the_program(name: str) -> None:
    """Its words are parsed as the program would, up to where it would begin."""
    group: Any = cli
    words = command(name)
    while isinstance(group, click.Group):
        group = group.commands[words.pop(0)]
    with group.make_context("chatstream", [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", w) for w in words]):
        pass


def test_all_that_workers_find_made_is_made_before_they_start() -> None:
    parts = {command(name)[2] for name in ours() if command(name)[:2] == ["migrate", "--only"]}
    assert parts == {"keys", "databases", "templates"}
    for name in everywhere():
        before = SERVICES[name]["depends_on"]
        assert {each: dict(how)["condition"] for each, how in before.items()} == dict.fromkeys(
            ("keys", "databases", "topics", "templates"), "service_completed_successfully"
        )


def test_a_choice_is_in_the_example_with_the_default_that_holds() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"]
    example = dict(line.split("=", 1) for line in lines)
    asked = choices(MAIN)
    assert {name: {value} for name, value in example.items()} == asked
    assert choices(LOCAL).keys() <= asked.keys()


@given(st.sampled_from(sorted(choices(MAIN))))
def test_no_choice_looks_like_a_secret(name: str) -> None:
    assert not re.search("PASSWORD|SECRET|TOKEN|API_KEY", name)


def test_no_password_stands_in_a_file() -> None:
    for path in (MAIN, LOCAL, EXAMPLE):
        for line in path.read_text().splitlines():
            assert not re.search(r"(?i)password\S*\s*[:=]\s*(?!/run/secrets/|\{\})\S", line), line


def test_the_files_that_are_mounted_are_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = str(volume).partition(":")[0]
            if source.startswith("./") and not source.startswith(LATER):
                assert Path(MAIN.parent / source).exists(), f"{name}: {source}"


LATER = ("./infra/prometheus", "./infra/alertmanager", "./infra/grafana")
"""Configuration of measurements, which has tests of its own."""
