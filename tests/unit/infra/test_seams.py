"""What is installed is what the seams were written for, and no seam is missing."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.faust.seams import Seam, changed
from infra.faust.sources import fingerprint, resolve, source_of
from infra.faust.table import SEAMS

ROOT = Path(__file__).resolve().parents[3]
UPSTREAM = {"faust", "mode", "aiokafka", "rocksdict"}
# Where upstream's classes are extended; the followed topics are mode's services and no more.
PLACES = ("infra/kafka", "tables", "agents")
# What mode and Python offer to every subclass.
HOOKS = {"__init__", "on_start", "on_stop", "on_init_dependencies", "logger", "_tasks"}
OF_PYTHON = {"__module__", "__doc__", "__annotations__", "__orig_bases__", "__parameters__"}
OF_PYTHON |= {"__abstractmethods__", "_abc_impl"}


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.upstream)
def test_upstream_is_as_it_was_when_ours_was_written(seam: Seam) -> None:
    assert fingerprint(seam.upstream) == seam.source, f"read {seam.upstream} again: {seam.ours}"


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.ours)
def test_ours_is_where_the_seam_says(seam: Seam) -> None:
    assert resolve(seam.ours) is not None


def test_a_changed_source_is_named() -> None:
    seam = SEAMS[0]
    other = Seam(seam.upstream, "0" * 16, seam.ours, seam.why)
    assert changed([seam, other]) == [(other, seam.source)]


def test_what_upstream_no_longer_has_is_told() -> None:
    with pytest.raises(LookupError, match="_renamed"):
        source_of("faust.app.base.App._renamed")


def test_every_override_of_upstream_is_a_seam() -> None:
    listed = {seam.upstream for seam in SEAMS}
    missing = {ours: theirs for ours, theirs in overrides() if theirs not in listed}
    # A class attribute is listed with its class.
    assert {o: t for o, t in missing.items() if t.rpartition(".")[0] not in listed} == {}


def test_every_private_name_that_is_read_is_in_a_seam() -> None:
    listed = {name for seam in SEAMS for name in seam.reads}
    found = {name: place for path in sources() for name, place in private_names(path)}
    assert {name: place for name, place in found.items() if name not in listed} == {}


def sources() -> Iterator[Path]:
    for place in PLACES:
        yield from sorted((ROOT / place).rglob("*.py"))


def overrides() -> Iterator[tuple[str, str]]:
    """(ours, theirs) of each member of our classes that upstream's class has as well."""
    for path in sources():
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for cls in vars(module).values():
            if not (inspect.isclass(cls) and cls.__module__ == module.__name__):
                continue
            for name in set(vars(cls)) - OF_PYTHON:
                owner = next((base for base in cls.__mro__[1:] if name in vars(base)), None)
                if owner is None or owner.__module__.split(".")[0] not in UPSTREAM:
                    continue
                if name in HOOKS and owner.__module__ == "mode.services":
                    continue
                if name != "logger":
                    yield f"{cls.__module__}.{cls.__qualname__}.{name}", _name(owner, name)


def _name(owner: type[Any], name: str) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{name}"


def private_names(path: Path) -> Iterator[tuple[str, str]]:
    """The private attributes that a module touches on anything but its own objects."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Attribute) and node.attr.startswith("_")):
            continue
        own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls", "os"}
        if not own and not node.attr.startswith("__"):
            yield node.attr, f"{path.relative_to(ROOT)}:{node.lineno}"
