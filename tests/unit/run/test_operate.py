"""The run of the tests with servers of their own: what its sessions are, and how it ends."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.run.operate import FOLDER, LONGEST, main, parts


def test_every_file_of_tests_is_run_once_and_those_of_a_folder_together() -> None:
    found = parts()
    files = [file for part in found for file in ([part] if part.is_file() else part.glob("**/*"))]
    tests = [file for file in files if file.match("test_*.py")]
    assert sorted(tests) == sorted(FOLDER.rglob("test_*.py"))
    assert [part.name for part in found[: len(LONGEST)]] == [*LONGEST]


def test_a_part_that_fails_or_runs_nothing_makes_the_whole_fail_and_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "some"
    (folder / "shared").mkdir(parents=True)
    (folder / "test_bad.py").write_text("def test_a(): assert 0")
    (folder / "test_good.py").write_text("def test_b(): pass")
    (folder / "test_none.py").write_text("")
    (folder / "shared" / "test_c.py").write_text("def test_c(): pass")
    assert main(("--rootdir", str(folder)), folder) == 1
    told = capsys.readouterr().out.splitlines()
    assert "bad: failed (1 failed)" in told
    assert [each for each in told if each.endswith("test_bad.py::test_a -----")], "and why"
    assert "good: passed (1 passed)" in told
    assert "shared: passed (1 passed)" in told
    assert "none: exit status 5" in told
    assert told[-1].strip("= ").startswith("1 failed, 2 passed, 1 error in ")


def test_when_all_is_good_the_status_is_0_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "some"
    folder.mkdir()
    (folder / "test_good.py").write_text("def test_b(): pass")
    assert main(("--rootdir", str(folder)), folder) == 0
    assert [*tmp_path.iterdir()] == [folder]
