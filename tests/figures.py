"""`python -m tests.figures`: the size and the shape of the product code, beside their limits.

`--since REV` adds how many of the commits after REV that touch product code touch tests as well.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grimp

from infra.faust.all_seams import SEAMS

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("chatstream", "agents", "tables", "web", "schemas", "infra")
SEAM = "infra.faust"
CODE = (".py", ".js", ".sql", ".html", ".css")
MANY_FILES = 15


@dataclass(frozen=True, slots=True)
class Row:
    """A measure; `limit` is the most it may be, None where there is none; `places` say where."""

    measure: str
    value: int
    limit: int | None = None
    places: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file of the product."""

    path: str
    lines: int
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Commits:
    """`tested` of the `touching` commits, which touch product code, touch tests as well."""

    touching: int
    tested: int
    files: int
    """The median of the files of one of them."""
    large: int
    """How many of them touch more than MANY_FILES files."""


def sources(root: Path = ROOT) -> list[Source]:
    """All Python files of the product, generated folders left out."""
    found = []
    for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*.py")):
        text = path.read_text()
        found.append(Source(str(path.relative_to(root)), len(text.splitlines()), ast.parse(text)))
    return found


def percentile(values: Iterable[int], share: float) -> int:
    """The smallest value that at least `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def functions(files: Iterable[Source]) -> Iterator[tuple[str, int]]:
    """(place, lines) of every function and method, docstring and inner functions included."""
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{file.path}:{node.lineno} {node.name} ({lines})", lines


def twins(files: Iterable[Source]) -> Mapping[str, list[str]]:
    """Name -> places of the public classes whose name is given more than once."""
    found = defaultdict(list)
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append((file.path, node.lineno))
    return {
        name: [f"{path}:{line}" for path, line in sorted(places)]
        for name, places in sorted(found.items())
        if len(places) > 1
    }


def imports(*packages: str) -> dict[str, set[str]]:
    """Module -> the modules of `packages` it imports, those for type checking included."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    return {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Each largest set of modules that all reach one another (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        waiting.append(name)
        for other in sorted(graph[name]):
            if other not in order:
                visit(other)
            if other in waiting:
                low[name] = min(low[name], low[other])
        if low[name] == order[name]:
            start = waiting.index(name)
            found.append(sorted(waiting[start:]))
            del waiting[start:]

    for name in sorted(graph):
        if name not in order:
            visit(name)
    return [circle for circle in found if len(circle) > 1]


def outside_the_seam() -> list[str]:
    """Modules outside `infra.faust` that have a seam; that all are listed test_seams.py holds."""
    modules = {module_of(seam.ours) for seam in SEAMS}
    return sorted(name for name in modules if not f"{name}.".startswith(f"{SEAM}."))


def module_of(dotted: str) -> str:
    """The module in which a dotted name lies."""
    parts = dotted.split(".")
    while parts and not (ROOT / Path(*parts)).with_suffix(".py").exists():
        parts.pop()
    return ".".join(parts) or dotted


def rows() -> list[Row]:
    """Every measure of the tree as it lies here."""
    files = sources()
    sizes = [file.lines for file in files]
    lengths = list(functions(files))
    long_files = [f"{file.path} ({file.lines})" for file in files if file.lines > 350]
    long_functions = [place for place, lines in lengths if lines > 40]
    lines = [lines for _, lines in lengths]
    same = twins(files)
    rounds = circles(imports(*PACKAGES))
    private = outside_the_seam()
    return [
        Row("product files", len(files)),
        Row("product lines", sum(sizes)),
        Row("lines of a file, median", int(statistics.median(sizes)), 100),
        Row("lines of a file, p95", percentile(sizes, 0.95), 260),
        Row("lines of a file, most", max(sizes), 350, tuple(long_files)),
        Row("functions", len(lines)),
        Row("lines of a function, median", int(statistics.median(lines)), 6),
        Row("lines of a function, p95", percentile(lines, 0.95), 21),
        Row("lines of a function, most", max(lines), 40, tuple(long_functions)),
        Row("import circles", len(rounds), 0, tuple(", ".join(circle) for circle in rounds)),
        Row(
            "public class names twice",
            len(same),
            0,
            tuple(f"{name}: {', '.join(places)}" for name, places in same.items()),
        ),
        Row("modules with a seam outside infra.faust", len(private), 0, tuple(private)),
    ]


def commits(since: str) -> Commits:
    """What the commits after `since` touched, merges left out."""
    log = subprocess.run(
        ["git", "log", "--no-merges", "--name-only", "--format=%x00", f"{since}..HEAD"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return commits_of([block.split() for block in log.split("\0")[1:]])


def commits_of(touched: Iterable[Sequence[str]]) -> Commits:
    """The same of lists of paths, one a commit."""
    product = [paths for paths in touched if any(map(is_product, paths))]
    tested = sum(any(path.startswith("tests/") for path in paths) for paths in product)
    sizes = [len(paths) for paths in product]
    median = int(statistics.median(sizes)) if sizes else 0
    return Commits(len(product), tested, median, sum(size > MANY_FILES for size in sizes))


def is_product(path: str) -> bool:
    """Whether a path is code of the product."""
    return path.partition("/")[0] in PACKAGES and path.endswith(CODE)


def show(measures: Iterable[Row]) -> None:
    """The table, and below it where a limit is broken."""
    measures = list(measures)
    for row in measures:
        limit = "" if row.limit is None else f"<= {row.limit}"
        print(
            f"{row.measure:<42}{row.value:>8}  {limit:<8}{'' if row.holds else 'BROKEN'}".rstrip()
        )
    for row in measures:
        if not row.holds and row.places:
            print(f"\n{row.measure}:", *row.places, sep="\n  ")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("--since", metavar="REV", help="count the commits after this one")
    since = parser.parse_args().since
    show(rows())
    if since:
        found = commits(since)
        share = 100 * found.tested / found.touching if found.touching else 100.0
        print(
            f"\ncommits after {since} that touch product code: {found.touching}, with tests:"
            f" {found.tested} ({share:.0f} %); files of one, median: {found.files};"
            f" over {MANY_FILES} files: {found.large}"
        )


if __name__ == "__main__":
    main()
