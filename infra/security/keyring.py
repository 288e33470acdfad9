"""The signing keys in use: read anew when their directory changes, so that they rotate at run time.

A new key verifies as soon as a process has seen it and signs only when it has been there for
`settle` seconds: by then every process that verifies has it. So a rotation ends no login. A key may
be retired when no token that it signed can be alive any more. The keys that make refresh tokens
(`infra.security.successors`) rotate and retire with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chatstream.errors import ConfigurationError
from infra.security import keys

LOOK_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the `kid` it is known by."""

    kid: str
    key: Ed25519PrivateKey


class KeyRing:
    """The keys of one directory; `clock` gives seconds since the epoch, as files' times do."""

    def __init__(
        self, directory: Path, settle: float = 0.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._directory = directory
        self._settle = settle
        self._clock = clock
        self._looked = clock()
        self._changed = self._stamp()
        self._verifying = keys.verifying_keys(directory)
        self._signers: dict[Path, Signer] = {}

    def verifying(self) -> Mapping[str, Ed25519PublicKey]:
        """Every key that verifies, by `kid`; at most a second old."""
        self._look()
        return self._verifying

    def signer(self) -> Signer:
        """The newest key that has settled; the oldest when none has.

        Raises ConfigurationError without a private key.
        """
        self._look()
        paths = keys.private_files(self._directory, keys.SIGNING)
        if not paths:
            raise ConfigurationError(f"{self._directory}: no signing-*.pem; make the keys first")
        path = newest_settled(paths, self._settle, self._clock())
        if path not in self._signers:
            key = keys.load_signing(path)
            self._signers[path] = Signer(keys.kid_of(key.public_key()), key)
        return self._signers[path]

    def _look(self) -> None:
        now = self._clock()
        if abs(now - self._looked) < LOOK_EVERY:
            return
        self._looked = now
        stamp = self._stamp()
        if stamp != self._changed:
            self._verifying = keys.verifying_keys(self._directory)
            self._changed = stamp

    def _stamp(self) -> int:
        return self._directory.stat().st_mtime_ns


def newest_settled(paths: Sequence[Path], settle: float, now: float) -> Path:
    """Of key files, oldest first: the newest that is `settle` seconds old, else the oldest."""
    return next((each for each in reversed(paths) if _made(each) <= now - settle), paths[0])


def rotate(directory: Path) -> Sequence[Path]:
    """Make the next key that signs and the next that makes refresh tokens; returns their files.

    Never replaces a key.
    """
    keys.ensure_keys(directory)
    signing = _next(keys.private_files(directory, keys.SIGNING))
    keys.write_new(signing, keys.private_pem(Ed25519PrivateKey.generate()))
    refresh = _next(keys.refresh_files(directory))
    keys.write_new(refresh, keys.secret())
    keys.ensure_keys(directory)
    return [signing, refresh]


def _next(paths: Sequence[Path]) -> Path:
    purpose, _, number = paths[-1].stem.partition("-")
    return paths[-1].with_name(f"{purpose}-{int(number) + 1:04d}{paths[-1].suffix}")


def retire(directory: Path, lifetime: float, now: float) -> list[Path]:
    """Remove the keys of logins whose successor is older than `lifetime` seconds; returns them.

    `lifetime` is how long a key may still be used after its successor was made, and how long what
    it made needs it, together. The newest key of a purpose always stays.
    """
    retired = []
    for paths in (keys.private_files(directory, keys.SIGNING), keys.refresh_files(directory)):
        for path, successor in pairwise(paths):
            if _made(successor) + lifetime < now:
                path.unlink()
                path.with_suffix(".pub.pem").unlink(missing_ok=True)
                retired.append(path)
    return retired


def _made(path: Path) -> float:
    return path.stat().st_mtime
