"""Signed statements: checked by the keys alone, and by no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.security.keyring import KeyRing
from infra.security.keys import ensure_keys, verifying_keys
from infra.security.statements import is_signed, sign

TOLD = {"campaignId": "c", "claims": 3, "digest": "d"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ensure_keys(tmp_path)
    return tmp_path


def test_what_was_signed_is_known_in_any_order_of_its_fields(folder: Path) -> None:
    statement = sign(TOLD, KeyRing(folder).signer())
    assert is_signed(statement, verifying_keys(folder))
    assert is_signed(dict(reversed(statement.items())), verifying_keys(folder))


@pytest.mark.parametrize(
    "change",
    [{"claims": 4}, {"more": 1}, {"kid": "other"}, {"signature": "AAAA"}, {"signature": "é"}],
)
def test_what_was_changed_is_not(folder: Path, change: dict[str, Any]) -> None:
    statement = sign(TOLD, KeyRing(folder).signer()) | change
    assert not is_signed(statement, verifying_keys(folder))


def test_what_another_installation_signed_is_not(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    ensure_keys(other)
    assert not is_signed(sign(TOLD, KeyRing(other).signer()), verifying_keys(folder))
    assert not is_signed(TOLD, verifying_keys(folder))
