"""What is installed is what the seams were written for, and no seam is missing."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

import infra.faust
from infra.faust.all_seams import SEAMS
from infra.faust.seams import Seam, changed
from infra.faust.sources import fingerprint, resolve, source_of

ROOT = Path(infra.faust.__file__).resolve().parents[2]
UPSTREAM = {"faust", "mode", "aiokafka", "rocksdict"}
PRODUCT = ("chatstream", "agents", "tables", "web", "schemas", "infra")
ARMOUR = "infra/faust/**"
# Reads what aiohttp keeps private: no library of the above.
OF_OTHERS = {"infra/http/server.py"}
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
    missing = {ours: theirs for ours, theirs in overrides(armour()) if theirs not in listed}
    # A class attribute is listed with its class.
    assert {o: t for o, t in missing.items() if t.rpartition(".")[0] not in listed} == {}


def test_every_private_name_that_is_read_is_in_a_seam() -> None:
    listed = {name for seam in SEAMS for name in seam.reads}
    found = {name: place for path in armour() for name, place in foreign_names(path)}
    private = {name: place for name, place in found.items() if name.startswith("_")}
    assert {name: place for name, place in private.items() if name not in listed} == {}


def test_ruff_lets_the_armour_alone_touch_private_names() -> None:
    ignores = tomllib.loads((ROOT / "ruff.toml").read_text())["lint"]["per-file-ignores"]
    exempt = {files for files, rules in ignores.items() if "SLF001" in rules}
    assert exempt == {ARMOUR, "tests/**", *OF_OTHERS}


def test_nothing_else_overrides_upstream() -> None:
    assert dict(overrides(others())) == {}


def test_nothing_else_reads_what_a_seam_reads() -> None:
    listed = {name for seam in SEAMS for name in seam.reads}
    found = {place: name for path in others() for name, place in foreign_names(path)}
    assert {place: name for place, name in found.items() if name in listed} == {}


def test_nothing_else_reads_what_it_inherits_in_private() -> None:
    assert set(inherited_names(others())) == set()


def sources() -> Iterator[Path]:
    for place in PRODUCT:
        yield from sorted((ROOT / place).rglob("*.py"))


def is_armour(path: Path) -> bool:
    return fnmatch(str(path.relative_to(ROOT)), ARMOUR)


def armour() -> list[Path]:
    return [path for path in sources() if is_armour(path)]


def others() -> list[Path]:
    return [path for path in sources() if not is_armour(path)]


def classes(paths: list[Path]) -> Iterator[type[Any]]:
    """The classes of these modules that extend one of upstream's."""
    for path in paths:
        if not re.search(r"^class \w+\(", path.read_text(), re.MULTILINE):
            continue  # a command does its work when it is loaded
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for cls in vars(module).values():
            if inspect.isclass(cls) and cls.__module__ == module.__name__ and upstream_of(cls):
                yield cls


def upstream_of(cls: type[Any]) -> list[type[Any]]:
    return [base for base in cls.__mro__[1:] if base.__module__.split(".")[0] in UPSTREAM]


def calls_ours(cls: type[Any]) -> bool:
    """Whether the `__init__` that it extends is ours, and so in a seam itself."""
    nearest = next(base for base in cls.__mro__[1:] if "__init__" in vars(base))
    return nearest not in upstream_of(cls)


def overrides(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """(ours, theirs) of each member of our classes that upstream's class has as well."""
    for cls in classes(paths):
        for name in set(vars(cls)) - OF_PYTHON:
            owner = next((base for base in upstream_of(cls) if name in vars(base)), None)
            if owner is None or (name == "__init__" and calls_ours(cls)):
                continue
            if name in HOOKS and owner.__module__ == "mode.services":
                continue
            if name != "logger":
                yield f"{cls.__module__}.{cls.__qualname__}.{name}", _name(owner, name)


def inherited_names(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """(class, name) of the private names of upstream that our classes touch on themselves."""
    for cls in classes(paths):
        own = set(re.findall(r"\bself\.(_[a-z]\w*)", inspect.getsource(cls)))
        for base in upstream_of(cls):
            theirs = set(vars(base)) | set(re.findall(r"\bself\.(_\w+)", inspect.getsource(base)))
            yield from ((f"{cls.__module__}.{cls.__qualname__}", name) for name in own & theirs)


def _name(owner: type[Any], name: str) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{name}"


def foreign_names(path: Path) -> Iterator[tuple[str, str]]:
    """The attributes that a module touches on anything but its own objects, and where."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Attribute) or node.attr.startswith("__"):
            continue
        own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls", "os"}
        if not own:
            yield node.attr, f"{path.relative_to(ROOT)}:{node.lineno}"
