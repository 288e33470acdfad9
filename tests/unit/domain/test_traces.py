"""What may be left of an erased account."""

from __future__ import annotations

import pytest

from chatstream.domain.traces import Needle, Store, Trace, is_allowed


@pytest.mark.parametrize("store", Store)
def test_the_id_may_stay_everywhere(store: Store) -> None:
    assert is_allowed(Trace(store, "anywhere", Needle.ACCOUNT, 3))


@pytest.mark.parametrize("store", Store)
def test_the_handle_may_stay_only_until_kafka_forgets_it(store: Store) -> None:
    assert is_allowed(Trace(store, "anywhere", Needle.HANDLE, 3)) == (store is Store.KAFKA)
