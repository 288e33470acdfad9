"""The pages' plain functions keep their rules: the files of tests/js by Node's test runner."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests/js").glob("*.test.js"))

# In one process: a start of Node with fast-check costs more than the tests of most files.
LOAD_ALL = "for (const file of process.argv.slice(1)) await import(file);"


def run(files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    node = ["node", "--test-reporter=spec", "--input-type=module", "--eval", LOAD_ALL, "--"]
    command = [*node, *(file.as_uri() for file in files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_rule_of_the_pages_functions_holds() -> None:
    assert FILES
    done = run(FILES)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rule_that_is_broken_and_a_file_that_does_not_load_are_told(tmp_path: Path) -> None:
    head = "import test from 'node:test';\n"
    texts = {
        "good": "test('good', () => {});",
        "broken": "test('bad', () => { throw Error('x'); });",
        "torn": "import './nothing.js';",
    }
    files = {name: tmp_path / f"{name}.test.mjs" for name in texts}
    for name, text in texts.items():
        files[name].write_text(head + text)
    assert run([files["good"]]).returncode == 0
    assert run([files["broken"], files["good"]]).returncode == 1
    assert run([files["torn"], files["good"]]).returncode == 1
