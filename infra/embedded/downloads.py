"""The programs of Kafka and Elasticsearch: fetched by Maven, checked, unpacked into the cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded import cache
from infra.embedded.cache import Say
from infra.embedded.programs import require_program

HERE = Path(__file__).parent
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
KAFKA_VERSION = "4.1.0"
ELASTICSEARCH_VERSION = "8.16.1"
INSTALL_BYTES = 3 * 2**30
"""Free space a first fetch needs: the archive (0.8 GB), a part of it unpacked, the jars."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file of the Maven repository with the checksum it must have."""

    artifact: str
    bytes: int
    sha256: str

    def path(self) -> Path:
        """Where Maven keeps the file on this machine."""
        group, name, version, kind = self.artifact.split(":")
        return local_repository() / Path(
            *group.split("."), name, version, f"{name}-{version}.{kind}"
        )


@dataclass(frozen=True, slots=True)
class Programs:
    """The folders of the installed servers."""

    kafka_jars: Path
    elasticsearch_home: Path


def local_repository() -> Path:
    """Maven's own store of fetched files."""
    return Path.home() / ".m2" / "repository"


def pinned(name: str) -> Pinned:
    """The pinned file of this name, from `pinned.json`."""
    entry = json.loads((HERE / "pinned.json").read_text())[name]
    return Pinned(entry["artifact"], entry["bytes"], entry["sha256"])


def run_maven(arguments: Sequence[str]) -> None:
    """Run Maven quietly; raises ConfigurationError with the end of its output if it fails."""
    command = [
        require_program("mvn", "maven"),
        "-q",
        "-B",
        f"-Dmaven.repo.local={local_repository()}",
    ]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ConfigurationError(f"Maven could not fetch what was asked for:\n{tail}")


def fetch(file: Pinned, say: Say) -> Path:
    """Return the path of a pinned file whose checksum is right, fetching it if needed.

    A file with another checksum is removed and fetched once more; wrong again is an error.
    """
    path = file.path()
    for _ in range(2):
        if not path.exists():
            say(f"fetching {path.name} ({file.bytes / 1e6:.0f} MB)")
            with _Progress(file, say):
                run_maven(
                    [
                        f"{DEPENDENCY_PLUGIN}:get",
                        f"-Dartifact={file.artifact}",
                        "-Dtransitive=false",
                    ]
                )
        if path.stat().st_size == file.bytes and cache.sha256(path) == file.sha256:
            return path
        say(f"{path.name} has a wrong checksum: fetching it again")
        shutil.rmtree(path.parent)
    raise ConfigurationError(f"{file.artifact} has another checksum than the pinned one, twice")


class _Progress:
    """Say every few seconds how much of a file Maven has fetched so far."""

    def __init__(self, file: Pinned, say: Say) -> None:
        self._file = file
        self._say = say
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(5):
            folder = self._file.path().parent
            sizes = [path.stat().st_size for path in folder.glob("*") if path.exists()]
            share = 100 * max(sizes, default=0) / self._file.bytes
            self._say(f"  {self._file.path().name}: {share:.0f} %")


def install_kafka(folder: Path, say: Say) -> None:
    """Put the jars of Kafka and what they need into `folder`."""
    say(f"fetching Kafka {KAFKA_VERSION} (about 60 MB)")
    pom = HERE / "maven" / "pom.xml"
    goal = f"{DEPENDENCY_PLUGIN}:copy-dependencies"
    run_maven(["-f", str(pom), goal, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"])
    checksums = cache.read_checksums(HERE / "checksums" / f"kafka-{KAFKA_VERSION}.sha256")
    if wrong := cache.differences(folder, checksums):
        raise ConfigurationError(
            f"Kafka's jars: {'; '.join(wrong)}; remove {local_repository()}/org/apache/kafka"
            " and start again"
        )


def install_elasticsearch(folder: Path, say: Say) -> None:
    """Unpack Elasticsearch into `folder`, compile the Korean plugin and put it beside."""
    archive = fetch(pinned("elasticsearch"), say)
    analyser = fetch(pinned("nori"), say)
    say(f"unpacking Elasticsearch {ELASTICSEARCH_VERSION}")
    unpack(
        archive, json.loads((HERE / "pinned.json").read_text())["elasticsearch"]["folder"], folder
    )
    _install_nori(folder, analyser)
    if os.environ.get("CHATSTREAM_REMOVE_ARCHIVES") == "1":
        shutil.rmtree(archive.parent)


def unpack(archive: Path, prefix: str, folder: Path) -> None:
    """Put what lies below `prefix` in an archive into `folder`, with its modes."""
    with zipfile.ZipFile(archive) as bundle:
        for entry in bundle.infolist():
            if not entry.filename.startswith(prefix) or entry.is_dir():
                continue
            target = folder / entry.filename.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            with bundle.open(entry) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            target.chmod((entry.external_attr >> 16) & 0o777 or 0o644)


def _install_nori(home: Path, analyser: Path) -> None:
    plugin = home / "plugins" / "analysis-nori"
    classes = home / "nori-classes"
    plugin.mkdir(parents=True)
    classes.mkdir()
    shutil.copy(analyser, plugin)
    shutil.copy(HERE / "nori" / "plugin-descriptor.properties", plugin)
    javac = require_program("javac", "openjdk-17-jdk-headless")
    jar = require_program("jar", "openjdk-17-jdk-headless")
    source = HERE / "nori" / "chatstream" / "NoriPlugin.java"
    class_path = f"{home}/lib/*:{plugin}/*"
    _run([javac, "--release", "17", "-nowarn", "-cp", class_path, "-d", str(classes), str(source)])
    _run([jar, "cf", str(plugin / "chatstream-nori.jar"), "-C", str(classes), "."])
    shutil.rmtree(classes)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise ConfigurationError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def recipe(*files: str) -> str:
    """A short digest of what an installation is made from: a change makes a new one."""
    text = b"".join((HERE / file).read_bytes() for file in files)
    return hashlib.sha256(text).hexdigest()[:8]


def kafka_folder(root: Path) -> Path:
    """Where the cache `root` keeps Kafka's jars."""
    made_of = recipe("maven/pom.xml", f"checksums/kafka-{KAFKA_VERSION}.sha256")
    return root / f"kafka-{KAFKA_VERSION}-{made_of}"


def elasticsearch_folder(root: Path) -> Path:
    """Where the cache `root` keeps Elasticsearch with our Korean plugin."""
    made_of = recipe(
        "pinned.json", "nori/plugin-descriptor.properties", "nori/chatstream/NoriPlugin.java"
    )
    return root / f"elasticsearch-{ELASTICSEARCH_VERSION}-{made_of}"


def ensure_programs(say: Say, *, deep: bool = False) -> Programs:
    """Return the installed servers; the first call fetches them (about 900 MB, some minutes)."""
    root = cache.cache_folder(os.environ)
    kafka, elasticsearch = kafka_folder(root), elasticsearch_folder(root)
    if cache.faults(kafka) or cache.faults(elasticsearch):
        cache.require_space(root, INSTALL_BYTES, "the first fetch of the servers")
    return Programs(
        kafka_jars=cache.ensure(kafka, lambda folder: install_kafka(folder, say), say, deep=deep),
        elasticsearch_home=cache.ensure(
            elasticsearch, lambda folder: install_elasticsearch(folder, say), say, deep=deep
        ),
    )
