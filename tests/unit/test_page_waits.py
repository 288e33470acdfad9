"""What the tests wait for in a page is a function: its policy lets no text be run as a script.

Playwright runs an expression at once past the policy, and again as a script that the policy
refuses: a wait for one fails only where it has to wait.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
FUNCTION = re.compile(r"f?[\"']+\s*(?:\([^)]*\)|\w+)\s*=>")


def waits(source: str) -> Iterator[str]:
    """The first argument of each wait, a constant of the module by its value."""
    tree = ast.parse(source)
    constants = {
        ast.unparse(node.targets[0]): ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".wait_for_function"):
            said = ast.unparse(node.args[0])
            yield constants.get(said, said)


def test_every_wait_in_a_page_is_for_a_function() -> None:
    found = [
        (file.name, said)
        for folder in ("e2e", "compose", "operate")
        for file in (TESTS / folder).rglob("*.py")
        for said in waits(file.read_text())
    ]
    assert len(found) > 20
    assert [each for each in found if not FUNCTION.match(each[1])] == []


def test_an_expression_is_found() -> None:
    source = "WAIT = 'a === 1'\nawait page.wait_for_function(WAIT)\n"
    assert [*waits(source)] == ["'a === 1'"]
    assert not FUNCTION.match("'a === 1'")
    assert all(map(FUNCTION.match, ("'() => a'", "f'() => a'", "'(a, b) => a'", "'a => a'")))
