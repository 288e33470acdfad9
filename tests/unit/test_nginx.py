"""The gateway's configuration is accepted by nginx, and refuses what nginx would read as syntax."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.web import Application
from hypothesis import given
from hypothesis import strategies as st

from chatstream.errors import HTTP_STATUS, ConfigurationError
from chatstream.front import create_front
from chatstream.settings import AuthSettings, load_settings
from infra.embedded.certificate import CertificateFiles
from infra.nginx.errors import OWN_ERRORS, OwnError
from infra.nginx.render import PRIVATE, GatewayConfig, GatewayTls, command, render, write
from infra.nginx.routes import OTHER, ROUTES, patterns
from infra.security import keys
from schemas.catalogue import CONTEXTS
from tests.unit.checked_gateway import gateway_in, nginx_takes

PATHS = [paths for context in CONTEXTS for paths in context.paths]


@pytest.fixture
def gateway(tmp_path: Path) -> GatewayConfig:
    return gateway_in(tmp_path, ("127.0.0.1:18090", "127.0.0.1:18091"), "127.0.0.1:18092")


@pytest.fixture
def tls(tmp_path: Path) -> GatewayTls:
    files = CertificateFiles(tmp_path / "tls of ours")
    files.ensure()
    return GatewayTls(files.leaf, files.leaf_key, hsts_seconds=300)


def test_nginx_accepts_tls_and_balancers(gateway: GatewayConfig, tls: GatewayTls) -> None:
    balancers = ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7")
    nginx_takes(replace(gateway, tls=tls, balancers=balancers))


def test_an_old_nginx_is_told_nothing_that_it_does_not_know(
    gateway: GatewayConfig, tls: GatewayTls
) -> None:
    text = render(replace(gateway, tls=tls, is_old=True))
    assert "keepalive_min_timeout" not in text
    assert "http2 on" not in text
    assert "listen 18080 ssl http2 " in text


def test_fronts_of_the_same_machine_may_be_at_unix_sockets(gateway: GatewayConfig) -> None:
    local = replace(gateway, front=("unix:/tmp/some-where/front-1.b", "127.0.0.1:18090"))
    nginx_takes(local)
    for path in ("unix:relative", "unix:/a b", 'unix:/a";', "unix:"):
        with pytest.raises(ConfigurationError):
            render(replace(gateway, front=(path,)))


def test_only_modern_protocols_are_spoken(gateway: GatewayConfig, tls: GatewayTls) -> None:
    text = render(replace(gateway, tls=tls))
    assert re.findall(r"ssl_protocols (.*);", text) == ["TLSv1.2 TLSv1.3"]
    [ciphers] = re.findall(r"ssl_ciphers (.*);", text)
    assert all(each.startswith("ECDHE-") for each in ciphers.split(":"))


@pytest.mark.parametrize("network", ["10.0.0.0/40", "all", "10.0.0.1; deny all"])
def test_what_is_no_network_is_refused(gateway: GatewayConfig, network: str) -> None:
    with pytest.raises(ConfigurationError, match="not an address or a network"):
        render(replace(gateway, balancers=(network,)))


def test_nginx_accepts_the_file(gateway: GatewayConfig) -> None:
    nginx_takes(gateway)


def test_nginx_refuses_a_broken_file(gateway: GatewayConfig) -> None:
    path = write(gateway)
    path.write_text(path.read_text().replace("ip_hash;", "ip_hush;"))
    checked = subprocess.run(command(path, check=True), capture_output=True, check=False)
    assert checked.returncode == 1


def test_each_front_is_in_its_pool_and_the_pool_goes_by_address(gateway: GatewayConfig) -> None:
    text = render(gateway)
    pools = dict(re.findall(r"upstream (\w+) \{(.*?)\}", text, re.DOTALL))
    assert "ip_hash" in pools["front"]
    assert re.findall(r"server (\S+)", pools["front"]) == list(gateway.front)
    assert re.findall(r"server (\S+)", pools["front_auth"]) == list(gateway.front_auth)
    assert re.findall(r"server (\S+)", pools["front_coupon"]) == [*gateway.others["front-coupon"]]


def test_one_login_stays_with_one_front_of_a_pool_that_is_apart(gateway: GatewayConfig) -> None:
    """Behind one address there may be a crowd."""
    pools = dict(re.findall(r"upstream (\w+) \{(.*?)\}", render(gateway), re.DOTALL))
    by_login = {name for name, text in pools.items() if "hash $http_authorization" in text}
    assert by_login == {"front_coupon"}


def test_where_a_pool_is_not_run_the_fronts_serve_its_paths(gateway: GatewayConfig) -> None:
    alone = replace(gateway, others={})
    nginx_takes(alone)
    text = render(alone)
    assert pool_of(text, "/coupon/usable") == "front"
    assert "front_coupon" not in text


def test_a_front_that_is_back_is_used_within_seconds(gateway: GatewayConfig) -> None:
    servers = re.findall(r"^ *server (?:\d+\.){3}\d+:\d+ ?(.*);$", render(gateway), re.MULTILINE)
    pools = (gateway.front, gateway.front_auth, *gateway.others.values())
    assert len(servers) == sum(map(len, pools))
    for told in servers:
        left = re.search(r"\bfail_timeout=(\d+)s", told)
        assert left is not None, "nginx leaves a front that failed once alone for 10 s by default"
        assert int(left[1]) < 5


def test_enough_connections_for_5000_sockets(gateway: GatewayConfig) -> None:
    match = re.search(r"worker_connections (\d+);", render(gateway))
    assert match is not None
    assert int(match[1]) >= 2 * 5000


def test_measurements_and_fausts_pages_are_private() -> None:
    assert {"metrics", "table", "router", "graph", "assignment"} <= set(PRIVATE)


def test_own_errors_keep_their_status_but_for_those_that_only_nginx_knows() -> None:
    shown = {error.status: error.shown for error in OWN_ERRORS if error.status != error.shown}
    away = {500: 503, 502: 503, 504: 503}
    assert shown == {494: 431, 495: 400, 496: 400, 497: 400, **away}
    assert all(error.retry_after for error in OWN_ERRORS if error.shown in (429, 503))


@pytest.mark.parametrize("error", OWN_ERRORS, ids=lambda error: str(error.status))
def test_the_code_of_an_own_error_is_of_the_same_kind_as_its_status(error: OwnError) -> None:
    usual = HTTP_STATUS[error.code]
    assert usual == error.shown or (usual // 100 == 4 and error.shown not in HTTP_STATUS.values())


def test_every_route_of_the_fronts_has_a_name_in_the_log(tmp_path: Path) -> None:
    for route in routes_of_the_fronts(tmp_path):
        asked = re.sub(r"\{\w+\}", "0190b6a1-0000", route)
        assert named(asked) == route
        assert named(asked + "?token=secret") == route


def test_a_path_is_told_once_and_only_when_the_fronts_have_it(tmp_path: Path) -> None:
    assert list(ROUTES) == sorted(routes_of_the_fronts(tmp_path))


def test_each_path_of_a_context_goes_to_its_pool(gateway: GatewayConfig) -> None:
    text = render(gateway)
    assert {pool_of(text, path) for paths in PATHS for path in paths.templates} == {
        "front",
        "front_auth",
        "front_coupon",
    }
    for paths in PATHS:
        for template in paths.templates:
            asked = re.sub(r"\{\w+\}", "0190b6a1-0000", template)
            assert pool_of(text, asked) == paths.pool.name.replace("-", "_"), template


def test_a_path_that_only_begins_alike_goes_to_the_fronts(gateway: GatewayConfig) -> None:
    text = render(gateway)
    for path in ("/coupons", "/couponing", "/users", "/ops/sagas-of-old"):
        assert pool_of(text, path) == "front", path


def pool_of(text: str, path: str) -> str:
    """Where nginx sends a path: an exact location, else that of the longest prefix."""
    found: list[tuple[str, str, str]] = re.findall(
        r"location (=|\^~)? ?(/\S*) \{[^}]*proxy_pass http://(\w+);", text
    )
    exact = [pool for kind, place, pool in found if kind == "=" and place == path]
    below = [(place, pool) for kind, place, pool in found if kind != "=" and path.startswith(place)]
    return exact[0] if exact else max(below, key=lambda each: len(each[0]))[1]


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"])))
def test_a_target_is_logged_by_a_route_or_not_at_all(target: str) -> None:
    assert named("/" + target) in {*ROUTES, OTHER}


def named(target: str) -> str:
    """The route that nginx would log."""
    return next((route for pattern, route in patterns() if re.search(pattern, target)), OTHER)


def routes_of_the_fronts(folder: Path) -> set[str]:
    """The templates of all pools: front-auth serves those of the others as well."""
    keys.ensure_keys(folder)
    away = "host=/nowhere dbname=chat"
    front = create_front(
        load_settings(
            service="front-auth",
            auth=AuthSettings(keys_dir=folder),
            postgres={
                "auth": away,
                "chat": {"chat0": away},
                "others": {name: {name: away} for name in ("friend", "coupon", "content")},
            },
        )
    )
    application = Application()
    for hook in front.web_hooks:
        hook(application)
    return {resource.canonical for resource in application.router.resources()}


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:1; evil", "a b:1", "x:1\n"])
def test_an_address_that_is_none_is_refused(gateway: GatewayConfig, address: str) -> None:
    with pytest.raises(ConfigurationError):
        render(replace(gateway, front=(address,)))


def test_an_empty_pool_is_refused(gateway: GatewayConfig) -> None:
    for change in ({"front_auth": ()}, {"others": {"front-coupon": ()}}):
        with pytest.raises(ConfigurationError, match="at least one front-"):
            render(replace(gateway, **change))


@pytest.mark.parametrize("folder", ["relative", '/srv/"quoted', "/srv/$variable"])
def test_a_folder_that_nginx_cannot_use_is_refused(gateway: GatewayConfig, folder: str) -> None:
    with pytest.raises(ConfigurationError):
        render(replace(gateway, directory=Path(folder)))
