"""The context of the local images: the programs of the cache, their configuration, their starts."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from infra.embedded.downloads import Programs
from infra.embedded.images import lay_context

OPTIONS = "-XX:+UseG1GC\n8-:-Xlog:gc*:file=logs/gc.log\n-XX:ErrorFile=logs/error.log\n"


def programs(root: Path) -> Programs:
    jars, home = root / "jars", root / "elasticsearch"
    jars.mkdir()
    (jars / "kafka.jar").write_text("kafka")
    (home / "config").mkdir(parents=True)
    (home / "config" / "jvm.options").write_text(OPTIONS)
    (home / "config" / "log4j2.properties").write_text("status = error\n")
    (home / "lib").mkdir()
    (home / "lib" / "server.jar").write_text("elasticsearch")
    return Programs(jars, home)


def test_a_context_has_programs_configuration_and_how_each_is_started(tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (context / "of before").touch()
    lay_context(context, programs(tmp_path))
    assert not (context / "of before").exists()
    assert (context / "kafka" / "kafka.jar").read_text() == "kafka"
    assert (context / "elasticsearch" / "lib" / "server.jar").read_text() == "elasticsearch"
    options = (context / "elasticsearch-config" / "jvm.options").read_text().splitlines()
    assert options[0] == "-XX:+UseG1GC"
    assert not any("gc.log" in line or "error.log" in line for line in options)
    logging = (context / "elasticsearch-config" / "log4j2.properties").read_text()
    assert "appender.console.type = Console" in logging
    started = {"Dockerfile", "kafka.sh", "elasticsearch.sh", "postgres.sh", "healthy.sh"}
    assert started <= {file.name for file in context.iterdir()}


def test_where_a_link_cannot_be_made_a_program_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: str, _target: str) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", refuse)
    lay_context(tmp_path / "context", programs(tmp_path))
    copy = tmp_path / "context" / "kafka" / "kafka.jar"
    assert (copy.read_text(), copy.stat().st_nlink) == ("kafka", 1)
