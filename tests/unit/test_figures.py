"""The product code keeps to its limits of size and shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import figures
from tests.figures import Row

ROWS = {row.measure: row for row in figures.rows()}


LIMITS = {
    "lines of a file, median": 100,
    "lines of a file, p95": 260,
    "lines of a file, most": 350,
    "lines of a function, median": 6,
    "lines of a function, p95": 21,
    "lines of a function, most": 40,
    "import circles": 0,
    "public class names twice": 0,
    "modules with a seam outside infra.faust": 0,
}


@pytest.mark.parametrize("measure", LIMITS)
def test_a_limit_holds(measure: str) -> None:
    assert ROWS[measure].value <= LIMITS[measure], "\n".join(ROWS[measure].places)


def test_the_table_shows_these_limits() -> None:
    shown = {measure: row.limit for measure, row in ROWS.items() if row.limit is not None}
    assert shown == LIMITS


def source(folder: Path, text: str) -> list[figures.Source]:
    (folder / "web").mkdir()
    (folder / "web/one.py").write_text(text)
    return figures.sources(folder)


def test_a_function_counts_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    files = source(tmp_path, "@a\ndef f():\n    x = 1\n\n    def g(): ...\n\n    return x\n")
    assert [lines for _, lines in figures.functions(files)] == [6, 1]
    assert files[0].lines == 7


def test_a_name_is_twice_also_inside_a_class_but_not_when_private(tmp_path: Path) -> None:
    text = "class A:\n    class B: ...\nclass B: ...\nclass _C: ...\nclass _C: ...\n"
    assert figures.twins(source(tmp_path, text)) == {"B": ["web/one.py:2", "web/one.py:3"]}


def test_a_circle_is_found_whole_and_a_shortcut_is_none() -> None:
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": set()}
    assert figures.circles(graph) == [["a", "b", "c"]]
    assert figures.circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_imports_for_type_checking_are_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "measured"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "a.py").write_text(
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from measured import b\n"
    )
    (folder / "b.py").write_text("def f() -> None:\n    import measured.a\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert figures.circles(figures.imports("measured")) == [["measured.a", "measured.b"]]


def test_the_percentile_is_a_value_that_so_many_do_not_exceed() -> None:
    assert figures.percentile(range(1, 101), 0.95) == 95
    assert figures.percentile([7], 0.95) == 7
    assert figures.percentile([1, 2, 3], 0.95) == 3


def test_only_commits_that_touch_product_code_are_counted() -> None:
    touched = [
        ["web/hub.py", "tests/unit/web/test_hub.py"],
        ["infra/postgres/functions/chat/x.sql", *(f"docs/{n}.md" for n in range(15))],
        ["docs/architecture.md", "tests/unit/test_documents.py"],
        ["web/README.md"],
    ]
    assert figures.commits_of(touched) == figures.Commits(2, 1, 9, 1)
    assert figures.commits_of([]) == figures.Commits(0, 0, 0, 0)


def test_a_broken_limit_is_shown_with_its_places(capsys: pytest.CaptureFixture[str]) -> None:
    figures.show([Row("files", 3), Row("circles", 1, 0, ("a, b",)), Row("most", 4, 4)])
    assert capsys.readouterr().out.splitlines() == [
        "files                                            3",
        "circles                                          1  <= 0    BROKEN",
        "most                                             4  <= 4",
        "",
        "circles:",
        "  a, b",
    ]
