"""What a process holds when it begins to serve is not looked through again."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SEEN = "[e for e in gc.get_objects() if isinstance(e, Kept)]"
_UNCOLLECTED = f"""
import gc
from infra.garbage import uncollected

class Kept: pass

with uncollected():
    kept = [Kept() for _ in range(3)]
    assert len({_SEEN}) == 3
    assert not gc.isenabled()
assert gc.isenabled() and gc.get_threshold()[0] > 700
assert {_SEEN} == []
try:
    with uncollected():
        raise KeyError
except KeyError:
    assert gc.isenabled()
"""
_PASSED_OVER = f"""
import gc, weakref
from infra.garbage import pass_over_what_is_there

class Kept: pass

kept, cycle = Kept(), Kept()
cycle.itself = cycle
gone = weakref.ref(cycle)
del cycle
pass_over_what_is_there()
assert gone() is None, "garbage of before is collected"
assert {_SEEN} == [], "what is left is not looked at again"
later = Kept()
later.itself, gone = later, weakref.ref(later)
del later
gc.collect()
assert gone() is None, "garbage of later is collected"
assert gc.isenabled()
"""


@pytest.mark.parametrize("script", [_UNCOLLECTED, _PASSED_OVER], ids=["uncollected", "passed over"])
def test_what_was_there_is_passed_over_and_garbage_is_collected(script: str) -> None:
    # In a process of its own: this one goes on to collect as it did.
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
