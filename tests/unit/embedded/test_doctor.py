"""What `doctor` tells of a machine."""

import socket
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.embedded import debian, doctor, downloads
from infra.embedded.doctor import Check, Verdict
from infra.embedded.layout import Layout


@pytest.fixture(autouse=True)
def own_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def find(tmp_path: Path, name: str, port: int = 1) -> Check:
    environment = {"CHATSTREAM_CACHE": str(tmp_path / "cache")}
    found = doctor.checks(Layout(tmp_path), port, environment)
    return next(check for check in found if check.name == name)


def test_a_missing_need_of_run_names_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "RUN", [debian.Need("mvn", "maven", lambda: False)])
    check = find(tmp_path, "mvn")
    assert check.verdict is Verdict.MISSING
    assert "maven" in check.fix


def test_what_only_tests_need_does_not_keep_run_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "TEST", [debian.Need("chromium", "chromium", lambda: False)])
    assert find(tmp_path, "chromium").verdict is Verdict.OPTIONAL


def test_servers_that_were_not_fetched_yet_come_later(tmp_path: Path) -> None:
    check = find(tmp_path, f"Kafka {downloads.KAFKA_VERSION}")
    assert check.verdict is Verdict.LATER
    assert "is not there" in check.found


def test_a_taken_port_names_its_holder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        check = find(tmp_path, f"port {port}", port)
    assert check.verdict is Verdict.MISSING
    assert "python" in check.found
    assert str(port + 1000) in check.fix


def test_a_disk_without_room_says_how_much_to_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "MIN_FREE_BYTES", 2**60)
    check = find(tmp_path, "disk of the data")
    assert check.verdict is Verdict.MISSING
    assert check.fix.startswith("free ")


def test_the_report_ends_with_the_number_of_missing_things() -> None:
    bad = Check("mvn", Verdict.MISSING, "not found", "apt-get install maven")
    assert doctor.report([bad]).splitlines() == [
        "missing  mvn: not found",
        "           apt-get install maven",
        "1 missing",
    ]
    good = Check("mvn", Verdict.GOOD, "is there")
    assert doctor.report([good]).splitlines()[-1] == "make run has what it needs"


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.MISSING, 1), (Verdict.LATER, 0)])
def test_only_something_missing_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict, code: int
) -> None:
    monkeypatch.setattr(doctor, "checks", lambda *_: [Check("x", verdict, "found", "fix")])
    assert CliRunner().invoke(doctor.doctor, []).exit_code == code
