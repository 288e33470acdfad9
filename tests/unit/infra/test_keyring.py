"""Signing keys rotate and retire while processes run; nobody is logged out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatstream.errors import UserError
from chatstream.ports.accounts import Account
from chatstream.settings import load_settings
from infra.security import keys
from infra.security.keyring import LOOK_EVERY, KeyRing, retire, rotate
from infra.security.tokens import JwtAuthenticator, JwtIssuer
from tests.fakes.accounts import FakeClock, NoRevocations

SETTINGS = load_settings().auth
ACCOUNT = Account("018f-a", "minsu", "민수", "user", "2026-11-21T00:00:00.000Z")
SETTLE = 60.0


class Service:
    """One process that signs and verifies; several share a directory."""

    def __init__(self, directory: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.ring = KeyRing(directory, SETTLE, clock)
        self.issuer = JwtIssuer(self.ring, SETTINGS, clock)
        self.authenticator = JwtAuthenticator(self.ring, SETTINGS, NoRevocations(), clock)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def directory(tmp_path: Path, clock: FakeClock) -> Path:
    keys.ensure_keys(tmp_path)
    made(tmp_path / "signing-0001.pem", clock.now - 1_000)
    return tmp_path


def made(path: Path, at: float) -> None:
    """Let the key file be that old."""
    os.utime(path, (at, at))


def rotated(directory: Path, clock: FakeClock) -> Path:
    path = rotate(directory)
    made(path, clock.now)
    return path


def test_a_new_key_verifies_at_once_and_signs_when_everybody_knows_it(
    directory: Path, clock: FakeClock
) -> None:
    signs, verifies = Service(directory, clock), Service(directory, clock)
    first = signs.ring.signer().kid
    rotated(directory, clock)
    clock.now += LOOK_EVERY
    assert len(verifies.ring.verifying()) == 2
    assert signs.ring.signer().kid == first
    clock.now += SETTLE
    assert signs.ring.signer().kid != first
    token = signs.issuer.issue(ACCOUNT, "s1")
    assert verifies.authenticator.authenticate(token).sid == "s1"


def test_a_token_outlives_the_rotation_of_its_key(directory: Path, clock: FakeClock) -> None:
    service = Service(directory, clock)
    token = service.issuer.issue(ACCOUNT, "s1")
    rotated(directory, clock)
    clock.now += SETTLE + LOOK_EVERY
    assert service.authenticator.authenticate(token).sid == "s1"
    assert Service(directory, clock).authenticator.authenticate(token).sid == "s1"


def test_a_key_is_retired_only_when_its_last_token_has_expired(
    directory: Path, clock: FakeClock
) -> None:
    service = Service(directory, clock)
    token = service.issuer.issue(ACCOUNT, "s1")
    rotated(directory, clock)
    lifetime = SETTLE + SETTINGS.access_ttl
    assert retire(directory, lifetime, clock.now + lifetime) == []
    clock.now += lifetime + 1
    assert retire(directory, lifetime, clock.now) == [directory / "signing-0001.pem"]
    assert len(Service(directory, clock).ring.verifying()) == 1
    with pytest.raises(UserError):
        Service(directory, clock).authenticator.authenticate(token)
    assert retire(directory, lifetime, clock.now + 10 * lifetime) == []


def test_the_only_key_signs_however_new_it_is(tmp_path: Path, clock: FakeClock) -> None:
    keys.ensure_keys(tmp_path)
    assert Service(tmp_path, clock).ring.signer().kid


def test_rotating_twice_makes_two_keys_and_replaces_none(directory: Path) -> None:
    before = (directory / "signing-0001.pem").read_bytes()
    assert [rotate(directory).name, rotate(directory).name] == [
        "signing-0002.pem",
        "signing-0003.pem",
    ]
    assert (directory / "signing-0001.pem").read_bytes() == before
    assert len(keys.verifying_keys(directory)) == 3
