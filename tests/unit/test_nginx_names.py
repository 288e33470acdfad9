"""A gateway that follows names: nginx accepts its file, and looks up where the machine does."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.nginx.render import GatewayConfig, render, resolvers
from tests.unit.checked_gateway import gateway_in, nginx_takes


@pytest.fixture
def gateway(tmp_path: Path) -> GatewayConfig:
    fronts = ("front.chat.test:18090", "others.chat.test:18091")
    return gateway_in(tmp_path, fronts, "auth.chat.test:18092", ("127.0.0.1", "[::1]"))


def test_nginx_accepts_names_that_nobody_knows_yet(gateway: GatewayConfig) -> None:
    nginx_takes(gateway)


def test_the_name_servers_are_those_of_the_machine() -> None:
    text = "search a\n# nameserver 9.9.9.9\nnameserver 10.96.0.10\n nameserver fd00::a\noptions x\n"
    assert resolvers(text) == ["10.96.0.10", "[fd00::a]"]
    for wrong in ("search a.b\n", "nameserver ; \n"):
        with pytest.raises(ConfigurationError, match=r"resolv\.conf"):
            resolvers(wrong)


def test_names_are_looked_up_again_only_where_there_are_name_servers(
    gateway: GatewayConfig,
) -> None:
    assert not re.search(r"\bresolve", render(replace(gateway, resolvers=())))
    followed = render(gateway)
    assert "resolver 127.0.0.1 [::1] valid=2s;" in followed
    pools = (gateway.front, gateway.front_auth, *gateway.others.values())
    assert followed.count(" resolve max_fails=1") == sum(map(len, pools))
    assert "ip_hash;" in followed
