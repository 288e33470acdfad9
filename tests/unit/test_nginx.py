"""The gateway's configuration is accepted by nginx, and refuses what nginx would read as syntax."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from chatstream.errors import HTTP_STATUS, ConfigurationError
from infra.nginx.render import OWN_ERRORS, PRIVATE, Gateway, command, render, write


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(
        port=18080,
        front=("127.0.0.1:18090", "127.0.0.1:18091"),
        front_auth=("127.0.0.1:18092",),
        directory=tmp_path / "run with a space",
        logs=tmp_path / "log",
    )


def test_nginx_accepts_the_file(gateway: Gateway) -> None:
    checked = subprocess.run(
        command(write(gateway), check=True), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    assert "[emerg]" not in checked.stderr


def test_nginx_refuses_a_broken_file(gateway: Gateway) -> None:
    path = write(gateway)
    path.write_text(path.read_text().replace("ip_hash;", "ip_hush;"))
    checked = subprocess.run(command(path, check=True), capture_output=True, check=False)
    assert checked.returncode == 1


def test_each_front_is_in_its_pool_and_the_pool_goes_by_address(gateway: Gateway) -> None:
    text = render(gateway)
    pools = dict(re.findall(r"upstream (\w+) \{(.*?)\}", text, re.DOTALL))
    assert "ip_hash" in pools["front"]
    assert re.findall(r"server (\S+)", pools["front"]) == list(gateway.front)
    assert re.findall(r"server (\S+)", pools["front_auth"]) == list(gateway.front_auth)


def test_enough_connections_for_5000_sockets(gateway: Gateway) -> None:
    match = re.search(r"worker_connections (\d+);", render(gateway))
    assert match is not None
    assert int(match[1]) >= 2 * 5000


def test_measurements_and_fausts_pages_are_private() -> None:
    assert {"metrics", "table", "router", "graph", "assignment"} <= set(PRIVATE)


def test_own_errors_show_the_status_that_the_contract_gives_their_code() -> None:
    assert all(error.shown == HTTP_STATUS[error.code] for error in OWN_ERRORS)


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:1; evil", "a b:1", "x:1\n"])
def test_an_address_that_is_none_is_refused(gateway: Gateway, address: str) -> None:
    with pytest.raises(ConfigurationError):
        render(replace(gateway, front=(address,)))


def test_an_empty_pool_is_refused(gateway: Gateway) -> None:
    with pytest.raises(ConfigurationError):
        render(replace(gateway, front_auth=()))


@pytest.mark.parametrize("folder", ["relative", '/srv/"quoted', "/srv/$variable"])
def test_a_folder_that_nginx_cannot_use_is_refused(gateway: Gateway, folder: str) -> None:
    with pytest.raises(ConfigurationError):
        render(replace(gateway, directory=Path(folder)))
