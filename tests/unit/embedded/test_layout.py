"""Folders and ports of a stack."""

import socket
from collections.abc import Iterator

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded import layout as layouts
from infra.embedded.layout import Layout, choose_ports, is_free, require_free

SERVERS = ("kafka", "elasticsearch")
SERVICES = ("front-1", "chat-1")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_the_same_stack_gets_the_same_ports() -> None:
    assert choose_ports(28000, SERVERS, SERVICES) == {
        "kafka": 28001,
        "elasticsearch": 28002,
        "front-1": 28010,
        "chat-1": 28011,
    }


def test_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "is_free", lambda port: port not in (28001, 28010))
    chosen = choose_ports(28000, SERVERS, SERVICES)
    assert chosen == {"kafka": 28002, "elasticsearch": 28003, "front-1": 28011, "chat-1": 28012}


def test_no_name_shares_a_port_when_servers_run_into_the_services() -> None:
    names = [f"server-{number}" for number in range(15)]
    chosen = choose_ports(28000, names, SERVICES)
    assert len(set(chosen.values())) == len(chosen)


def test_a_taken_public_port_names_its_holder_and_another_port(taken: int) -> None:
    assert not is_free(taken)
    with pytest.raises(ConfigurationError, match=rf"port {taken} is taken by \S+ \(process \d+\)"):
        require_free(taken)


def test_what_is_private_is_for_this_user_only(layout: Layout) -> None:
    for folder in (layout.keys, layout.sockets):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_two_clones_have_different_sockets_and_short_paths(layout: Layout) -> None:
    other = Layout(layout.root / ("deep/" * 30))
    assert other.sockets != layout.sockets
    longest = other.sockets / "postgres-chat-0" / ".s.PGSQL.5432"
    assert len(str(longest)) < 107
