"""Signing keys rotate and retire while processes run; nobody is logged out."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import pytest

from chatstream.errors import UserError
from chatstream.ports.accounts import Account
from chatstream.settings import load_settings
from infra.security import keys
from infra.security.keyring import LOOK_EVERY, KeyRing, retire, rotate
from infra.security.successors import HmacSuccessors
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
    for name in ("signing-0001.pem", "refresh-0001.key"):
        made(tmp_path / name, clock.now - 1_000)
    return tmp_path


def made(path: Path, at: float) -> None:
    """Let the key file be that old."""
    os.utime(path, (at, at))


def rotated(directory: Path, clock: FakeClock) -> None:
    for path in rotate(directory):
        made(path, clock.now)


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
    assert retire(directory, lifetime, clock.now) == [
        directory / "signing-0001.pem",
        directory / "refresh-0001.key",
    ]
    assert len(Service(directory, clock).ring.verifying()) == 1
    with pytest.raises(UserError):
        Service(directory, clock).authenticator.authenticate(token)
    assert retire(directory, lifetime, clock.now + 10 * lifetime) == []


def test_the_only_key_signs_however_new_it_is(tmp_path: Path, clock: FakeClock) -> None:
    keys.ensure_keys(tmp_path)
    assert Service(tmp_path, clock).ring.signer().kid


def test_rotating_twice_makes_two_keys_and_replaces_none(directory: Path) -> None:
    names = ("signing-0001.pem", "refresh-0001.key")
    before = [(directory / name).read_bytes() for name in names]
    assert [[path.name for path in rotate(directory)] for _ in range(2)] == [
        ["signing-0002.pem", "refresh-0002.key"],
        ["signing-0003.pem", "refresh-0003.key"],
    ]
    assert [(directory / name).read_bytes() for name in names] == before
    assert len(keys.verifying_keys(directory)) == 3


def test_a_used_refresh_token_has_the_same_successor_while_keys_rotate_and_retire(
    directory: Path, clock: FakeClock
) -> None:
    here, there = (HmacSuccessors(directory, SETTLE, clock) for _ in range(2))
    (first,) = here.of("token")
    assert there.of("token") == [first]
    assert here.of("another") != [first]
    rotated(directory, clock)
    assert list(here.names()) == ["refresh-0001.key", "refresh-0002.key"]
    assert here.of("token")[0] == there.of("token")[0] == first
    clock.now += SETTLE
    second, former = here.of("token")
    assert former == first
    assert second != first
    assert there.of("token") == [second, first]
    clock.now += SETTINGS.access_ttl + 1
    retire(directory, SETTLE + SETTINGS.access_ttl, clock.now)
    assert here.of("token") == there.of("token") == [second]


def test_a_successor_looks_like_any_refresh_token(directory: Path, clock: FakeClock) -> None:
    successors = HmacSuccessors(directory, SETTLE, clock)
    chain = [secrets.token_urlsafe(32)]
    for _ in range(100):
        chain.append(successors.of(chain[-1])[0])
    assert len(set(chain)) == 101
    assert {len(token) for token in chain} == {43}
    assert all(re.fullmatch(r"[\w-]+", token, re.ASCII) for token in chain)
