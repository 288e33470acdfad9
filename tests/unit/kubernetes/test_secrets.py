"""Secrets as a node lays them: files that are links into a folder which is exchanged as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from chatstream.settings import load_settings
from infra.security import keys
from infra.security.keyring import KeyRing


def lay(volume: Path, files: Mapping[str, bytes], time: str) -> None:
    """Put these files into a volume as the kubelet does, at a time that it names a folder after."""
    content = volume / f"..{time}"
    content.mkdir(parents=True)
    for name, data in files.items():
        (content / name).write_bytes(data)
        link = volume / name
        if not link.is_symlink():
            link.symlink_to(Path("..data") / name)
    fresh = volume / "..data_tmp"
    fresh.symlink_to(content.name)
    fresh.rename(volume / "..data")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_password_is_read_where_the_node_put_it(tmp_path: Path) -> None:
    volume = tmp_path / "secrets"
    lay(volume, {"chatstream_postgres__password": b"first"}, "2026_01_01")
    assert load_settings(_secrets_dir=volume).postgres.password.get_secret_value() == "first"
    lay(volume, {"chatstream_postgres__password": b"second"}, "2026_01_02")
    assert load_settings(_secrets_dir=volume).postgres.password.get_secret_value() == "second"


def test_keys_are_found_and_followed_where_the_node_put_them(tmp_path: Path) -> None:
    made, volume = tmp_path / "made", tmp_path / "keys"
    keys.ensure_keys(made)
    lay(volume, contents(made), "2026_01_01")
    moment = 0.0
    ring = KeyRing(volume, settle=60.0, clock=lambda: moment)
    assert len(ring.verifying()) == 1
    assert keys.sealing_key(volume).public_key() == keys.sealing_public_key(volume)
    again = tmp_path / "again"
    keys.ensure_keys(again)
    second = {
        name.replace("0001", "0002"): data
        for name, data in contents(again).items()
        if name.startswith("signing")
    }
    lay(volume, {**contents(made), **second}, "2026_01_02")
    # Within a tick of the file system's clock a change shows as none; here two are that close.
    os.utime(volume, ns=(1, 1))
    moment = 2.0
    assert len(ring.verifying()) == 2
    # To a pod all files are as old as the change, so the older key signs until that has settled.
    assert ring.signer().kid == keys.kid_of(
        keys.load_signing(made / "signing-0001.pem").public_key()
    )
