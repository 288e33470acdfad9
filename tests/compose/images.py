"""The images of the compose files, built here: on a Debian of our own where none can be fetched."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from infra.embedded.downloads import ensure_programs
from infra.embedded.images import lay_context
from tests.compose.engine import Engine, ran

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = ROOT / "var" / "docker"
"""Where the local images are built from, as docker-compose.local.yml names it."""
BASE = "debian:bookworm-slim"
OURS = "chatstream:latest"
LOCAL = ("kafka", "elasticsearch", "postgres", "prometheus", "alertmanager")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
AUTHORITIES = Path("/usr/local/share/ca-certificates")


def build_all(engine: Engine) -> None:
    """The image of ours and the local ones; what is built already costs seconds."""
    _ensure_base(engine)
    network = ("--network", "host", "--progress", "plain")
    dockerfile = ("-f", str(ROOT / "infra/docker/Dockerfile"), "--target", "chatstream")
    engine.docker("build", *network, *dockerfile, "-t", OURS, str(ROOT))
    lay_context(CONTEXT, ensure_programs(print))
    for name in LOCAL:
        image = ("--target", name, "-t", f"chatstream-local/{name}")
        engine.docker("build", *network, *image, str(CONTEXT))


def _ensure_base(engine: Engine) -> None:
    """Debian 12 as its slim image is, from Debian's packages; some minutes, once."""
    if engine.docker("images", "-q", BASE).strip():
        return
    with tempfile.TemporaryDirectory(prefix="chatstream-base-") as folder:
        root = Path(folder) / "root"
        included = "--include=ca-certificates"
        # It mounts /proc inside: in mounts of its own nothing of that can be left.
        mounts = ["unshare", "--mount", "--"]
        ran([*mounts, "debootstrap", "--variant=minbase", included, "bookworm", str(root)])
        _trust_as_this_machine(root)
        with subprocess.Popen(
            ["tar", "-C", str(root), "--one-file-system", "-c", "."], stdout=subprocess.PIPE
        ) as tar:
            assert tar.stdout is not None
            engine.docker("import", "-", BASE, stdin=tar.stdout.fileno())
        assert tar.returncode == 0, "tar did not read the whole system"


def _trust_as_this_machine(root: Path) -> None:
    """A machine whose way out has an authority of its own: builds ask through it as well."""
    own = root / AUTHORITIES.relative_to("/")
    own.mkdir(parents=True, exist_ok=True)
    for certificate in AUTHORITIES.glob("*.crt"):
        (own / certificate.name).write_bytes(certificate.read_bytes())
    ran(["chroot", str(root), "update-ca-certificates"])
    (root / "etc/pip.conf").write_text(f"[global]\ncert = {BUNDLE}\n")
    (root / "etc/npmrc").write_text(f"cafile={BUNDLE}\n")
