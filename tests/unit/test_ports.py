"""A stand-in that names a port in its docstring keeps the port's promises: a suite proves it.

Doubles that only remember what they were told, or answer as they are given, name none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PORT = re.compile(r"ports\.[a-z_]+\.([A-Z]\w+)(?:,? and ([A-Z]\w+))?")


def _claims() -> Iterator[tuple[str, str]]:
    """Each class of the tests, with each port that the first line about it names."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and "contract" not in path.parts:
                first_line = (ast.get_docstring(node) or "").split("\n")[0]
                for named in PORT.findall(first_line):
                    yield from ((node.name, port) for port in named if port)


def _imported(path: Path) -> set[str]:
    """The names that a module of the tests imports, also those of the rigs and fakes it imports."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.name for alias in node.names}
            if node.module.startswith(("tests.contract.", "tests.fakes.")):
                names |= _imported(
                    TESTS.parent.joinpath(*node.module.split(".")).with_suffix(".py")
                )
    return names


CLAIMS = sorted(set(_claims()))
SUITES = [_imported(path) for path in (TESTS / "contract").glob("test_*.py")]


def test_there_are_claims() -> None:
    assert len(CLAIMS) > 15


@pytest.mark.parametrize(("fake", "port"), CLAIMS)
def test_a_fake_of_a_port_is_in_a_contract_suite(fake: str, port: str) -> None:
    assert any({fake, port} <= names for names in SUITES), f"{fake} has no suite as {port}"
