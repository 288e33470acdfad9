"""One password, wherever it is typed: fake and real alike; also against hashes of old."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import AsyncIterator, Callable
from hashlib import sha256

import bcrypt
import pytest

from chatstream.ports.secrets import Passwords
from chatstream.settings import AuthSettings
from infra.security.passwords import BcryptPasswords
from tests.fakes.accounts import FakePasswords

KOREAN = "비밀번호는 아주 길다"
TYPED = [
    "correct horse",
    KOREAN,
    "pässwörd ångström",
    "ｆｕｌｌ　ｗｉｄｔｈ",
    "각\u1112\u1161\u11ab글 섞어",
    "👩‍👩‍👧 가족은 셋",
]

Old = Callable[[str], str]


def hashed_as_typed(password: str) -> str:
    """As the program hashed before it composed."""
    prepared = base64.b64encode(sha256(password.encode()).digest())
    return bcrypt.hashpw(prepared, bcrypt.gensalt(4)).decode()


@pytest.fixture(params=["fake", "real"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Passwords, Old]]:
    """The port, and how hashes of old were made."""
    if request.param == "fake":
        yield FakePasswords(), "hash of {}".format
        return
    real = BcryptPasswords(AuthSettings(bcrypt_cost=4))
    yield real, hashed_as_typed
    real.close()


def forms(text: str) -> list[str]:
    return [text, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))]


@pytest.mark.parametrize("text", TYPED, ids=ascii)
async def test_a_password_typed_elsewhere_is_the_same(
    kept: tuple[Passwords, Old], text: str
) -> None:
    passwords, _ = kept
    for chosen in forms(text):
        hashed = await passwords.hash(chosen)
        for typed in forms(text):
            assert await passwords.verify(typed, hashed)


@pytest.mark.parametrize("text", TYPED, ids=ascii)
async def test_hashes_of_what_was_typed_are_verified_by_it_and_its_other_form(
    kept: tuple[Passwords, Old], text: str
) -> None:
    passwords, old = kept
    assert await passwords.verify(text, old(text))
    for chosen in forms(text)[1:]:
        for typed in forms(text)[1:]:
            assert await passwords.verify(typed, old(chosen))


@pytest.mark.parametrize(
    "other",
    [
        f"{KOREAN} ",
        f" {KOREAN}",
        KOREAN.replace(" ", ""),
        KOREAN.replace(" ", "\u3000"),
        KOREAN[:-1],
    ],
)
async def test_another_text_is_another_password(kept: tuple[Passwords, Old], other: str) -> None:
    passwords, old = kept
    for hashed in (await passwords.hash(KOREAN), old(KOREAN)):
        assert not await passwords.verify(other, hashed)
    assert not await passwords.verify(KOREAN, None)


async def test_width_and_case_are_not_folded(kept: tuple[Passwords, Old]) -> None:
    passwords, _ = kept
    hashed = await passwords.hash("ｐａｓｓＷｏｒｄ")
    assert not await passwords.verify("passWord", hashed)
    assert not await passwords.verify("ｐａｓｓｗｏｒｄ", hashed)
