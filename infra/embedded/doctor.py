"""`doctor`: what this machine has, what it lacks, and one line that mends each."""

from __future__ import annotations

import asyncio
import os
import platform
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import ElasticSettings, load_settings
from infra.embedded import debian, shipping
from infra.embedded.brokers import COUNTS, names
from infra.embedded.cache import cache_folder, faults
from infra.embedded.certificate import RENEWED_DAYS, CertificateFiles
from infra.embedded.downloads import INSTALL_BYTES, elasticsearch_folder, kafka_folder
from infra.embedded.instance import is_running, running_instance
from infra.embedded.laid import Laid, lost_of, require_laid_for, require_majority
from infra.embedded.layout import Layout, holder, is_free
from infra.embedded.programs import unprivileged_prefix
from infra.postgres.dumps import program

CLONE = Path(__file__).resolve().parents[2]
GIB = 2**30
MEMORY_BYTES = 4 * GIB
DATA_BYTES = 2 * GIB
OPEN_FILES = 16384
NODE_VERSION = 18


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `fix` is empty when all is well; a fault that is not `needed` is only a warning."""

    name: str
    found: str
    fix: str = ""
    needed: bool = True

    @property
    def mark(self) -> str:
        """`ok`, `MISSING` or `note`."""
        if not self.fix:
            return "ok"
        return "MISSING" if self.needed else "note"


def examine(port: int, clone: Path = CLONE, brokers: int | None = None) -> list[Finding]:
    """Look at everything, as a start with so many brokers would; changes nothing."""
    cache = cache_folder(os.environ)
    return [
        python(),
        node(),
        *packages(debian.RUN, needed=True),
        *packages(debian.TEST, needed=False),
        monitor(),
        shipper(),
        dumping(),
        tool("make"),
        namespaces(),
        memory(psutil.virtual_memory().total),
        open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        *cache_contents(cache),
        disk("disk for data", clone, DATA_BYTES),
        browser_libraries(clone),
        public_port(port, Layout(clone)),
        kafka_data(Layout(clone), brokers),
        *certificate(Layout(clone)),
        *search_indices(load_settings().elastic),
    ]


def python() -> Finding:
    """The Python that runs this, 3.11 or newer as the packages of the lock need it."""
    return Finding("Python", f"{platform.python_version()} at {sys.executable}")


def node() -> Finding:
    """Node, for npm."""
    version = _output("node", "--version").removeprefix("v")
    major = version.split(".")[0]
    if major.isdigit() and int(major) >= NODE_VERSION:
        return Finding("Node", version)
    return Finding("Node", version or "not there", "apt-get install -y nodejs npm")


def packages(needs: Iterable[debian.Need], *, needed: bool) -> list[Finding]:
    """What Debian packages bring; what only the tests need is a note."""
    findings = []
    for need in needs:
        if need.present():
            findings.append(Finding(need.name, "there"))
            continue
        said = "not there" if needed else "not there (only the tests need it)"
        fix = " ".join(debian.apt_line([need]))
        findings.append(Finding(need.name, said, fix, needed=needed))
    return findings


def monitor() -> Finding:
    """Prometheus and Alertmanager, which MONITOR=1 starts beside the stack; nothing else does."""
    lacking = debian.missing(debian.MONITOR)
    fix = " ".join(debian.apt_line(lacking)) if lacking else ""
    found = f"not there: {', '.join(need.name for need in lacking)}" if lacking else "there"
    return Finding("for MONITOR=1", found, fix, needed=False)


def shipper() -> Finding:
    """Who carries lines of logs to Kafka; our own shipper does, where rsyslog is not there."""
    lacking = debian.missing(debian.WANTED)
    fix = " ".join(debian.apt_line(lacking)) if lacking else ""
    return Finding("shipper of logs", shipping.told(), fix, needed=False)


def dumping() -> Finding:
    """The programs that `backup` runs; nothing else needs them."""
    try:
        return Finding("for backups", program("pg_dump"))
    except ConfigurationError as error:
        fix = str(error).partition(": ")[2]
        return Finding("for backups", "pg_dump is not there", fix, needed=False)


def tool(name: str) -> Finding:
    """A command on the PATH whose package has the same name."""
    path = shutil.which(name)
    fix = "" if path else f"apt-get install -y {name}"
    return Finding(name, path or "not there", fix)


def namespaces() -> Finding:
    """As root, servers run in a user namespace because they refuse to be root."""
    prefix = unprivileged_prefix()
    if not prefix:
        return Finding("not root", "servers run as this user")
    tried = subprocess.run([*prefix, "true"], capture_output=True, check=False)  # noqa: S603
    if tried.returncode == 0:
        return Finding("user namespaces", "can be made")
    fix = "sysctl -w user.max_user_namespaces=15000, or run as another user than root"
    return Finding("user namespaces", "cannot be made", fix)


def memory(total: int) -> Finding:
    """Kafka, Postgres, Elasticsearch and the services together take about 2.5 GiB."""
    fix = "" if total >= MEMORY_BYTES else "give the machine 4 GiB or more"
    return Finding("memory", f"{total / GIB:.1f} GiB", fix, needed=False)


def open_files(limit: int) -> Finding:
    """Each WebSocket takes three open files in the gateway and the front."""
    enough = limit == resource.RLIM_INFINITY or limit >= OPEN_FILES
    fix = "" if enough else f"ulimit -Hn {OPEN_FILES} (for thousands of sockets)"
    return Finding("open files", "no limit" if limit < 0 else f"{limit} at most", fix, needed=False)


def cache_contents(cache: Path) -> list[Finding]:
    """The servers that are fetched once; a damaged one is fetched again by the next start."""
    folders = (kafka_folder(cache), elasticsearch_folder(cache))
    wrong = {folder.name: faults(folder) for folder in folders}
    findings = [
        Finding(
            name,
            found[0] if found else f"whole, in {cache}",
            "make run fetches it" if found else "",
            needed=False,
        )
        for name, found in wrong.items()
    ]
    if any(wrong.values()):
        findings.append(disk("disk for the servers", cache, INSTALL_BYTES))
    return findings


def disk(name: str, folder: Path, needed: int) -> Finding:
    """Free space on the disk of a folder, which need not exist yet."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    fix = (
        "" if free >= needed else f"free {(needed - free) / GIB:.1f} GiB on the disk of {existing}"
    )
    return Finding(name, f"{free / GIB:.1f} GiB free at {existing}", fix)


def browser_libraries(clone: Path) -> Finding:
    """What npm brought for the pages."""
    there = (clone / "web/static/vendor/manifest.json").is_file()
    found = "there" if there else "not there"
    fix = "" if there else "make run brings them"
    return Finding("browser libraries", found, fix, needed=False)


def public_port(port: int, layout: Layout) -> Finding:
    """The public port is free, or this clone's own stack runs."""
    if is_free(port):
        return Finding(f"port {port}", "free")
    if is_running(layout):
        instance = running_instance(layout)
        where = f" at {instance.url}" if instance else ""
        return Finding(f"port {port}", f"a stack of this clone runs{where}")
    fix = f"choose another: make run PORT={port + 1000}"
    return Finding(f"port {port}", f"taken by {holder(port)}", fix)


def kafka_data(layout: Layout, wanted: int | None) -> Finding:
    """On how many brokers the data of this clone lies, and whether each still has its folder.

    `wanted` is how many a start would have; None: as many as it was laid for.
    """
    found = Laid.find(layout)
    if found is None:
        return Finding("Kafka's data", f"none yet; BROKERS={wanted or 1}")
    said = f"{found.brokers} broker{'s' if found.brokers > 1 else ''}, cluster {found.cluster}"
    folders = [layout.data(name) for name in names(found.brokers)]
    lost = lost_of(layout, folders)
    try:
        require_laid_for(layout, wanted or found.brokers)
        require_majority(folders, lost)
    except ConfigurationError as error:
        return Finding("Kafka's data", said, str(error))
    if lost:
        said += f"; without its folder: {', '.join(folder.name for folder in lost)}"
        fix = "python -m chatstream brokers rebuild NAME, or a start: it comes from the others"
        return Finding("Kafka's data", said, fix, needed=False)
    return Finding("Kafka's data", said)


def certificate(layout: Layout) -> list[Finding]:
    """How long the certificate of `make run TLS=1` holds; none where there is no such."""
    files = CertificateFiles.of(layout)
    if not files.folder.exists():
        return []
    left = files.days_left()
    if left is None:
        fix = "make run TLS=1 makes it anew"
        return [Finding("certificate", f"cannot be read in {files.folder}", fix, needed=False)]
    found = f"for {left:.0f} days, signed by {files.authority}"
    fix = "make run TLS=1, or make restart while it runs, makes it anew"
    return [Finding("certificate", found, fix if left < RENEWED_DAYS else "", needed=False)]


def search_indices(settings: ElasticSettings) -> list[Finding]:
    """Which indices the search cannot use fully; none while no Elasticsearch answers."""
    from infra.elastic.client import connect  # noqa: PLC0415 (slow to load)
    from infra.elastic.templates import REINDEX, stale_indices  # noqa: PLC0415

    async def ask() -> Sequence[str]:
        async with connect(settings) as client:
            return await stale_indices(client)

    try:
        stale = asyncio.run(ask())
    except TransientFailure:
        return []
    found = f"an older mapping: {', '.join(stale)}" if stale else "of this program's mapping"
    return [Finding("search indices", found, REINDEX if stale else "", needed=False)]


def report(findings: Sequence[Finding], say: Callable[[str], None]) -> int:
    """Say each finding and each fix; returns 1 when something needed is missing, else 0."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        say(f"{finding.mark:8} {finding.name:{width}}  {finding.found}")
        if finding.fix:
            say(f"{'':8} {'':{width}}  fix: {finding.fix}")
    lacking = [finding.name for finding in findings if finding.mark == "MISSING"]
    say(f"missing: {', '.join(lacking)}" if lacking else "everything needed is here")
    return 1 if lacking else 0


def register(group: click.Group) -> None:
    """Add the command `doctor` to a group."""
    group.add_command(doctor)


@click.command()
@click.option("--port", envvar="PORT", default=8080, show_default=True, help="The public port.")
@click.option(
    "--brokers",
    envvar="BROKERS",
    type=click.Choice([str(count) for count in COUNTS]),
    help="How many brokers a start would have; default: as many as this clone was laid for.",
)
@click.pass_context
def doctor(context: click.Context, port: int, brokers: str | None) -> None:
    """List what this machine has and lacks, with a fix for each; exit 1 if something is missing."""
    wanted = None if brokers is None else int(brokers)
    context.exit(report(examine(port, brokers=wanted), click.echo))


def _output(*command: str) -> str:
    """What a command prints; empty when it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
