"""Which address a command talks to, and whose certificate it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstream.commands.target import target_of
from infra.embedded.certificate import CertificateFiles
from infra.embedded.instance import InstanceLock
from infra.embedded.layout import Layout

OWN = "https://127.0.0.1:28000"


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Path]:
    """A clone whose stack runs with TLS."""
    layout = Layout(tmp_path)
    CertificateFiles.of(layout).ensure()
    lock = InstanceLock(layout)
    lock.acquire(OWN)
    yield tmp_path
    lock.release()


@pytest.mark.parametrize("port", [None, 28000])
def test_the_stack_that_runs_here_is_meant_and_its_authority_trusted(
    clone: Path, port: int | None
) -> None:
    target = target_of(None, port, None, clone)
    assert target.url == OWN
    assert target.trusting is not None
    [authority] = target.trusting.get_ca_certs()
    assert "ChatStream" in str(authority["subject"])


def test_another_address_is_not_trusted_for_it(clone: Path) -> None:
    for url in ("https://chat.example", "https://127.0.0.1:28001"):
        target = target_of(url, None, None, clone)
        assert (target.url, target.trusting) == (url, None)
    assert target_of(None, 9000, None, clone).url == "http://127.0.0.1:9000"


def test_an_authority_that_is_named_is_taken(clone: Path, tmp_path: Path) -> None:
    authority = CertificateFiles.of(Layout(clone)).authority
    assert target_of("https://chat.example", None, authority, clone).trusting is not None


def test_without_a_stack_the_settings_say_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATSTREAM_WEB__PUBLIC_URL", "https://chat.example")
    assert target_of(None, None, None, tmp_path).url == "https://chat.example"
