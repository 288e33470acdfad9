"""Keys, sealed secrets, tokens and passwords."""

from __future__ import annotations

import asyncio
import random
import stat
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.errors import ConfigurationError, ErrorCode, PoisonMessage, UserError
from chatstream.ports.accounts import Account
from chatstream.settings import AuthSettings
from infra.security import keys
from infra.security.keyring import KeyRing
from infra.security.passwords import BcryptPasswords
from infra.security.seal import HpkeOpener, HpkeSealer
from infra.security.successors import HmacSuccessors
from infra.security.tokens import JwtAuthenticator, JwtIssuer
from tests.fakes.accounts import FakeClock, NoRevocations

SETTINGS = AuthSettings(bcrypt_cost=4)
ACCOUNT = Account("018f-a", "minsu", "민수", "user", "2026-11-21T00:00:00.000Z")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys")
    keys.ensure_keys(path)
    return path


# -- keys ------------------------------------------------------------------------------------


def test_private_keys_are_for_the_owner_alone_and_stay(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    keys.ensure_keys(directory)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
    assert set(before) == {
        "signing-0001.pem", "signing-0001.pub.pem", "sealing-0001.pem", "sealing-0001.pub.pem",
        "refresh-0001.key", "handles.key",
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(keys.ensure_keys, [tmp_path / "keys"] * 8))
    directory = tmp_path / "keys"
    assert len(list(directory.iterdir())) == 6
    assert list(keys.verifying_keys(directory)) == [KeyRing(directory).signer().kid]
    sealed = HpkeSealer(keys.sealing_public_key(directory)).seal("a", "secret")
    assert HpkeOpener(keys.sealing_key(directory)).open("a", sealed) == "secret"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"signing-\*\.pub\.pem"):
        KeyRing(tmp_path)
    with pytest.raises(ConfigurationError, match=r"sealing-\*\.pub\.pem"):
        keys.sealing_public_key(tmp_path)
    with pytest.raises(ConfigurationError, match=r"refresh-\*\.key"):
        HmacSuccessors(tmp_path)


# -- sealed secrets --------------------------------------------------------------------------


@given(secret=st.text(max_size=200), account_id=st.uuids().map(str))
def test_what_is_sealed_opens_for_its_account_only(
    directory: Path, secret: str, account_id: str
) -> None:
    sealer = HpkeSealer(keys.sealing_public_key(directory))
    opener = HpkeOpener(keys.sealing_key(directory))
    sealed = sealer.seal(account_id, secret)
    assert opener.open(account_id, sealed) == secret
    assert sealer.seal(account_id, secret) != sealed
    with pytest.raises(PoisonMessage):
        opener.open(account_id + "0", sealed)


@given(st.text(max_size=200))
def test_what_was_not_sealed_does_not_open(directory: Path, text: str) -> None:
    with pytest.raises(PoisonMessage):
        HpkeOpener(keys.sealing_key(directory)).open("a", text)


# -- tokens ----------------------------------------------------------------------------------


@given(
    handle=st.from_regex(r"[a-z][a-z0-9._-]{2,39}", fullmatch=True),
    name=st.text(min_size=1, max_size=40),
    sid=st.uuids().map(str),
    role=st.sampled_from(["user", "operator"]),
)
def test_a_token_says_who_calls(
    directory: Path, handle: str, name: str, sid: str, role: str
) -> None:
    clock = FakeClock()
    account = replace(ACCOUNT, user_id=handle, name=name, role=role)
    token = JwtIssuer(KeyRing(directory), SETTINGS, clock).issue(account, sid)
    authenticator = JwtAuthenticator(KeyRing(directory), SETTINGS, NoRevocations(), clock)
    caller = authenticator.authenticate(token)
    assert (caller.account_id, caller.user_id, caller.name) == (account.account_id, handle, name)
    assert (caller.sid, caller.role, caller.by_cookie) == (sid, role, False)
    assert caller.expires_at == int(clock.now) + 600


def claims(clock: FakeClock, **changes: object) -> dict[str, object]:
    return {
        "iss": "chatstream",
        "aud": "chatstream",
        "iat": int(clock.now),
        "exp": int(clock.now) + 600,
        "typ": "access",
        "sub": "a",
        "sid": "s",
        "handle": "minsu",
        "name": "x",
        "role": "user",
    } | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"typ": "refresh"},
        {"sub": 7},
        {"sid": None},
        {"exp": "soon"},
        {"exp": 0},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(directory: Path, changes: dict[str, object]) -> None:
    clock = FakeClock()
    signer = KeyRing(directory).signer()
    key, kid = signer.key, {"kid": signer.kid}
    authenticator = JwtAuthenticator(KeyRing(directory), SETTINGS, NoRevocations(), clock)
    good = jwt.encode(claims(clock), key, algorithm="EdDSA", headers=kid)
    assert authenticator.authenticate(good).user_id == "minsu"
    bad = jwt.encode(claims(clock, **changes), key, algorithm="EdDSA", headers=kid)
    with pytest.raises(UserError) as refused:
        authenticator.authenticate(bad)
    assert refused.value.code is ErrorCode.NOT_AUTHENTICATED
    assert bad not in str(refused.value)


def test_another_key_algorithm_or_no_signature_is_refused(directory: Path, tmp_path: Path) -> None:
    clock = FakeClock()
    kid = {"kid": KeyRing(directory).signer().kid}
    keys.ensure_keys(tmp_path)
    stranger = KeyRing(tmp_path).signer().key
    authenticator = JwtAuthenticator(KeyRing(directory), SETTINGS, NoRevocations(), clock)
    for token in (
        jwt.encode(claims(clock), stranger, algorithm="EdDSA", headers=kid),
        jwt.encode(claims(clock), stranger, algorithm="EdDSA"),
        jwt.encode(claims(clock), "", algorithm="none", headers=kid),
        jwt.encode(claims(clock), "x" * 64, algorithm="HS256", headers=kid),
    ):
        with pytest.raises(UserError):
            authenticator.authenticate(token)


def test_expiry_and_revocation_are_looked_at_every_time(directory: Path) -> None:
    clock, revocations = FakeClock(), NoRevocations()
    issuer = JwtIssuer(KeyRing(directory), SETTINGS, clock)
    authenticator = JwtAuthenticator(KeyRing(directory), SETTINGS, revocations, clock)
    token, other = issuer.issue(ACCOUNT, "s1"), issuer.issue(ACCOUNT, "s2")
    assert authenticator.authenticate(token) == authenticator.authenticate(token)
    revocations.ended.add("s1")
    with pytest.raises(UserError):
        authenticator.authenticate(token)
    assert authenticator.authenticate(other).sid == "s2"
    clock.now += 600
    with pytest.raises(UserError):
        authenticator.authenticate(other)


# -- passwords -------------------------------------------------------------------------------


@pytest.fixture
def passwords() -> Iterator[BcryptPasswords]:
    made = BcryptPasswords(SETTINGS)
    yield made
    made.close()


async def test_every_character_of_a_long_password_counts(passwords: BcryptPasswords) -> None:
    password = "비밀번호는 아주 길다 " * 20
    hashed = await passwords.hash(password)
    assert await passwords.verify(password, hashed)
    assert not await passwords.verify(password[:-1], hashed)
    assert not await passwords.verify(password + " ", hashed)
    assert await passwords.hash(password) != hashed


async def test_without_an_account_the_same_work_is_done_in_vain(
    passwords: BcryptPasswords,
) -> None:
    assert not await passwords.verify("correct horse", None)
    assert not await passwords.verify("", None)
    assert passwords._nobody.startswith(b"$2b$04$")


async def test_too_much_waiting_work_is_refused_and_then_taken_again() -> None:
    made = BcryptPasswords(AuthSettings(bcrypt_cost=10, hash_threads=1, hash_queue=2))
    try:
        tries = await asyncio.gather(
            *(made.hash("correct horse") for _ in range(8)), return_exceptions=True
        )
        refused = [one for one in tries if isinstance(one, UserError)]
        assert len(refused) == 5
        assert {one.code for one in refused} == {ErrorCode.BUSY}
        assert all(one.retry_after and one.retry_after >= 1 for one in refused)
        assert await made.hash("correct horse")
    finally:
        made.close()


@pytest.mark.parametrize(
    ("password", "common"),
    [
        ("password", True),
        ("qwer1234", True),
        ("minsu1234", True),
        ("a" * 256, True),
        ("tkfkdgo12!", True),
        ("dkssudgktpdy", True),
        ("사랑해1234!", True),
        ("안녕하세요123!", True),
        ("!!tkfkdgo!!", True),
        ("TKFKDGO12!", True),
        ("ｔｋｆｋｄｇｏ１２！", True),
        (unicodedata.normalize("NFD", "대한민국만세1"), True),
        ("tkfkdgo20191225", True),
        ("ㅂㅈㄷㄱ1234", True),
        ("ㅔㅁㄴㄴ잭ㅇ", True),  # password, on a Korean keyboard
        ("ㅡㅑㅜㄴㅕ1234", True),  # the owner's handle
        ("rlaalstn12", True),  # the owner's name
        ("산책하다만난고슴도치", False),
        ("tkfkdgo83920174619", False),
        ("Xk2-tkfkdgo-9vQ!", False),
        ("correct horse battery", False),
        ("chatstream-demo", False),
        ("x9!kPq2z", False),
        ("passwordpassword and then some words", False),
        ("하늘에서 내려온 토끼가", False),
    ],
)
async def test_common_passwords_are_known(
    passwords: BcryptPasswords, password: str, *, common: bool
) -> None:
    assert await passwords.is_common(password, ["minsu", "김민수"]) is common


async def test_judging_a_password_takes_little_time_whatever_it_is(
    passwords: BcryptPasswords,
) -> None:
    chooser = random.Random(1)
    nasty = "".join(chooser.choice("4@8({[<369!1|0$5+7%2z") for _ in range(256))
    began = time.process_time()
    await passwords.is_common(nasty, ["4@8({[<369"])
    assert time.process_time() - began < 2
