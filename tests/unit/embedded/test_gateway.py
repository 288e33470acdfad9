"""How a stack describes its gateway to nginx."""

import tempfile
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from infra.embedded.gateway import Gateway, GatewaySettings
from infra.embedded.layout import Layout


@pytest.fixture(autouse=True)
def own_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def gateway(root: Path, fronts: list[int]) -> Gateway:
    pools = {"front": fronts, "front-auth": [18012], "front-coupon": [18013]}
    return Gateway(Layout(root), GatewaySettings(18099, pools))


def test_nginx_accepts_the_written_configuration_and_all_pools_are_in_it(tmp_path: Path) -> None:
    made = gateway(tmp_path, [18010, 18011])
    made.layout.create()
    made.prepare()
    text = (tmp_path / "var/run/nginx/nginx.conf").read_text()
    for port in (18010, 18011, 18012, 18013):
        assert f"server 127.0.0.1:{port} " in text
    assert "listen 18099 " in text
    assert 'access_log "/dev/stdout"' in text  # whose file the supervisor rotates
    assert made.program().output == "nginx-access"


def test_fronts_may_be_at_unix_sockets(tmp_path: Path) -> None:
    pools: dict[str, list[int | Path]] = {
        "front": [Path("/run/web/front-1"), 18010],
        "front-auth": [Path("/run/web/auth.b")],
    }
    made = Gateway(Layout(tmp_path), GatewaySettings(18099, pools))
    made.layout.create()
    made.prepare()
    text = (tmp_path / "var/run/nginx/nginx.conf").read_text()
    for place in ("unix:/run/web/front-1", "unix:/run/web/auth.b", "127.0.0.1:18010"):
        assert f"server {place} " in text


def test_with_tls_its_certificate_is_made_and_named(tmp_path: Path) -> None:
    pools = {"front": [18010], "front-auth": [18012]}
    made = Gateway(Layout(tmp_path), GatewaySettings(18099, pools, tls=True))
    made.layout.create()
    made.prepare()
    text = (tmp_path / "var/run/nginx/nginx.conf").read_text()
    assert "listen 18099 ssl " in text
    assert f'ssl_certificate "{tmp_path}/var/tls/server.crt";' in text
    before = made.certificate.leaf.read_bytes()
    made.prepare()
    assert made.certificate.leaf.read_bytes() == before
    assert str(made.certificate.authority) in "".join(made.certificate.told())


def test_a_stack_without_a_front_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="at least one front"):
        gateway(tmp_path, []).prepare()


def test_a_gateway_that_is_not_started_is_not_ready(tmp_path: Path) -> None:
    assert not gateway(tmp_path, [18010]).is_ready()
