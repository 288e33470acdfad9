"""Bring the browser libraries of package-lock.json to web/static/vendor.

npm checks each package against the hash in the lock; the copies are listed in `manifest.json` with
their version and SHA-384, which pages give the browser as `integrity`. Nothing comes from a CDN
and no third-party file is committed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from chatstream.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


@dataclass(frozen=True)
class Asset:
    """One file of an npm package; it lies in the vendor folder under its own name."""

    package: str
    file: str

    @property
    def name(self) -> str:
        """The file's name in the vendor folder."""
        return Path(self.file).name


ASSETS: Sequence[Asset] = (
    Asset("@stomp/stompjs", "bundles/stomp.umd.min.js"),
    Asset("sockjs-client", "dist/sockjs.min.js"),
    Asset("js-sha256", "build/sha256.min.js"),
    Asset("qrcode-generator", "dist/qrcode.js"),
    Asset("uplot", "dist/uPlot.iife.min.js"),
    Asset("uplot", "dist/uPlot.min.css"),
    Asset("swagger-ui-dist", "swagger-ui-bundle.js"),
    Asset("swagger-ui-dist", "swagger-ui.css"),
    Asset("vega", "build/vega.min.js"),
    Asset("vega-interpreter", "build/vega-interpreter.min.js"),
    Asset("vega-lite", "build/vega-lite.min.js"),
)


class AssetEntry(TypedDict):
    """What the manifest says of one file; `integrity` is `sha384-…` as in HTML."""

    package: str
    version: str
    integrity: str


class Manifest(TypedDict):
    """The content of manifest.json: the lock's SHA-256 and the files by name."""

    lock: str
    files: dict[str, AssetEntry]


def integrity(path: Path) -> str:
    """The Subresource Integrity value of a file."""
    digest = hashlib.sha384(path.read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def read_manifest(vendor: Path) -> Manifest | None:
    """The manifest of a vendor folder; None where there is none that can be read."""
    try:
        manifest: Manifest = json.loads((vendor / "manifest.json").read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return manifest


def is_current(vendor: Path, lock: Path, assets: Sequence[Asset] = ASSETS) -> bool:
    """Whether the vendor folder was made from this lock and each file is as the manifest says."""
    manifest = read_manifest(vendor)
    if manifest is None or manifest["lock"] != _sha256(lock):
        return False
    files = manifest["files"]
    if set(files) != {asset.name for asset in assets}:
        return False
    return all(
        (vendor / name).is_file() and integrity(vendor / name) == entry["integrity"]
        for name, entry in files.items()
    )


def copy_assets(
    modules: Path, vendor: Path, lock: Path, assets: Sequence[Asset] = ASSETS
) -> Manifest:
    """Copy the files from node_modules and write the manifest last; safe to repeat.

    Raises ConfigurationError that names each missing file; then the old manifest is gone, so the
    next set-up tries again.
    """
    missing = [
        f"{a.package}/{a.file}" for a in assets if not (modules / a.package / a.file).is_file()
    ]
    if missing:
        raise ConfigurationError(
            f"npm brought no {', '.join(missing)}: delete node_modules and repeat; "
            "after a change of version correct the list in infra/embedded/assets.py"
        )
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for asset in assets:
        shutil.copyfile(modules / asset.package / asset.file, vendor / asset.name)
    versions = {asset.package: _version(modules / asset.package) for asset in assets}
    manifest = _manifest(vendor, lock, assets, versions)
    (vendor / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def ensure_assets(root: Path = ROOT) -> bool:
    """Make web/static/vendor agree with the lock; True when something had to be done.

    Raises ConfigurationError with one line that says what to do.
    """
    vendor, lock, modules = (
        root / "web/static/vendor",
        root / "package-lock.json",
        root / "node_modules",
    )
    if is_current(vendor, lock) and (modules / ".package-lock.json").is_file():
        return False
    try:
        subprocess.run(NPM, cwd=root, check=True)  # noqa: S603 (constant arguments)
    except FileNotFoundError as error:
        raise ConfigurationError("npm is missing: install Node 20 with npm") from error
    except subprocess.CalledProcessError as error:
        raise ConfigurationError(
            f"npm ci ended with {error.returncode}, see its lines above; repeat when mended"
        ) from error
    copy_assets(modules, vendor, lock)
    return True


def main() -> int:
    """Command line: `python -m infra.embedded.assets`."""
    try:
        done = ensure_assets()
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    if done:
        print("browser libraries: web/static/vendor is ready")
    return 0


def _manifest(
    vendor: Path, lock: Path, assets: Sequence[Asset], versions: Mapping[str, str]
) -> Manifest:
    files: dict[str, AssetEntry] = {
        asset.name: {
            "package": asset.package,
            "version": versions[asset.package],
            "integrity": integrity(vendor / asset.name),
        }
        for asset in assets
    }
    return {"lock": _sha256(lock), "files": files}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _version(package: Path) -> str:
    version: str = json.loads((package / "package.json").read_bytes())["version"]
    return version


if __name__ == "__main__":
    raise SystemExit(main())
