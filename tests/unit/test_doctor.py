"""The doctor names what is missing with one fix each, and fails only for what is needed."""

from __future__ import annotations

import resource
import socket
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from chatstream.settings import ElasticSettings
from infra.embedded import doctor
from infra.embedded.certificate import CertificateFiles
from infra.embedded.debian import Need
from infra.embedded.doctor import GIB, Finding, cache_contents, disk, memory, open_files, report
from infra.embedded.layout import Layout

GONE = Need("javac", "a-jdk", lambda: False)


def said(*findings: Finding) -> tuple[int, list[str]]:
    lines: list[str] = []
    return report(findings, lines.append), lines


def test_all_well_is_exit_code_0() -> None:
    code, lines = said(Finding("Python", "3.11.7"))
    assert code == 0
    assert lines[-1] == "everything needed is here"


def test_a_missing_need_is_exit_code_1_with_its_fix() -> None:
    code, lines = said(*doctor.packages([GONE], needed=True))
    assert code == 1
    assert any("fix: apt-get install -y --no-install-recommends a-jdk" in line for line in lines)
    assert lines[-1] == "missing: javac"


def test_what_only_the_tests_need_is_a_note() -> None:
    code, lines = said(*doctor.packages([GONE], needed=False))
    assert code == 0
    assert lines[0].startswith("note")


def test_servers_not_yet_fetched_are_a_note_and_need_room(tmp_path: Path) -> None:
    findings = cache_contents(tmp_path / "none yet")
    assert [finding.mark for finding in findings[:2]] == ["note", "note"]
    assert findings[2].name == "disk for the servers"


def test_a_full_disk_says_how_much_to_free(tmp_path: Path) -> None:
    finding = disk("disk", tmp_path, 10**18)
    assert finding.mark == "MISSING"
    assert "GiB on the disk of" in finding.fix


@pytest.mark.parametrize(("total", "mark"), [(8 * GIB, "ok"), (2 * GIB, "note")])
def test_little_memory_is_a_note(total: int, mark: str) -> None:
    assert memory(total).mark == mark


@pytest.mark.parametrize(("limit", "mark"), [(resource.RLIM_INFINITY, "ok"), (1024, "note")])
def test_few_open_files_are_a_note(limit: int, mark: str) -> None:
    assert open_files(limit).mark == mark


def test_a_taken_port_is_named_with_another_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        finding = doctor.public_port(port, Layout(tmp_path))
    assert finding.mark == "MISSING"
    assert f"PORT={port + 1000}" in finding.fix


def test_the_certificate_is_told_with_its_days_and_how_to_renew_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    assert doctor.certificate(layout) == []
    files = CertificateFiles.of(layout)
    files.ensure()
    [finding] = doctor.certificate(layout)
    assert (finding.mark, finding.fix) == ("ok", "")
    assert str(files.authority) in finding.found
    monkeypatch.setattr(doctor, "RENEWED_DAYS", 400)
    assert "TLS=1" in doctor.certificate(layout)[0].fix
    files.leaf.unlink()
    assert doctor.certificate(layout)[0].mark == "note"


def test_without_an_elasticsearch_nothing_is_said_of_its_indices() -> None:
    assert doctor.search_indices(ElasticSettings(url="http://127.0.0.1:1")) == []


def test_the_command_lists_this_machine() -> None:
    group = click.Group()
    doctor.register(group)
    result = CliRunner().invoke(group, ["doctor", "--port", "1"])
    assert result.exit_code in (0, 1)
    assert "Python" in result.output
    assert "disk for data" in result.output
