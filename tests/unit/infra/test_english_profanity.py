"""The second opinion for English, where its package is installed."""

from __future__ import annotations

import sys

import pytest

from chatstream.errors import ConfigurationError
from infra.models.english_profanity import PACKAGE, EnglishProfanity


def test_without_its_package_the_start_says_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "profanity_check", None)
    with pytest.raises(ConfigurationError, match=f"pip install {PACKAGE}"):
        EnglishProfanity()


def test_a_line_is_enough() -> None:
    pytest.importorskip("profanity_check", reason=f"{PACKAGE} is optional")
    second = EnglishProfanity()
    quiet = "It rained today, so we walked home slowly.\n" * 20
    assert not second(quiet)
    assert not second("오늘은 비가 왔어요.")
    assert not second("")
    assert second(f"{quiet}you are a fucking idiot\n{quiet}")
