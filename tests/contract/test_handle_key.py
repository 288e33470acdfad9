"""ports.secrets.HandleKey: one suite for the fake and for the real key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.accounts import check_handle
from chatstream.errors import UserError
from chatstream.ports.secrets import HandleKey
from infra.security.handles import HmacHandleKey
from infra.security.keys import ensure_keys
from tests.fakes.accounts import FakeHandleKey

HANDLES = st.from_regex(r"[a-z][a-z0-9._-]{1,38}[a-z0-9]", fullmatch=True)


@pytest.fixture(scope="module", params=["fake", "real"])
def key(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> HandleKey:
    if request.param == "fake":
        return FakeHandleKey()
    folder: Path = tmp_path_factory.mktemp("keys")
    ensure_keys(folder)
    return HmacHandleKey(folder)


@given(one=HANDLES, other=HANDLES)
def test_what_is_kept_tells_handles_apart_and_is_none(key: HandleKey, one: str, other: str) -> None:
    assert (key.of(one) == key.of(other)) == (one == other)
    with pytest.raises(UserError):
        check_handle(key.of(one))
