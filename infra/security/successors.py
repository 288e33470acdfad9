"""The refresh token that follows a used one: HMAC-SHA256 of it under a key of the directory.

So it is the same however often the used one comes, although only digests are stored. The keys
rotate as those that sign do (`infra.security.keyring`): a new one is used when it has been there
for `settle` seconds, and the older ones go on answering repeats of what they were used for.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.security import keys
from infra.security.keyring import newest_settled


class HmacSuccessors:
    """ports.secrets.Successors. `clock` gives seconds since the epoch, as files' times do.

    Raises ConfigurationError, at once and later, when the directory has no key.
    """

    def __init__(
        self, directory: Path, settle: float = 0.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._directory = directory
        self._settle = settle
        self._clock = clock
        self._known: dict[Path, bytes] = {}
        self._keys()

    def of(self, token: str) -> Sequence[str]:
        """See ports.secrets.Successors."""
        digests = (hmac.digest(key, token.encode(), "sha256") for key in self._keys())
        return [keys.base64url(each) for each in digests]

    def names(self) -> Sequence[str]:
        """The files of the keys: the one in use, then the others, newest first."""
        return [path.name for path in self._paths()]

    def _keys(self) -> Sequence[bytes]:
        paths = self._paths()
        self._known = {path: self._known.get(path) or path.read_bytes() for path in paths}
        return list(self._known.values())

    def _paths(self) -> Sequence[Path]:
        paths = keys.refresh_files(self._directory)
        if not paths:
            raise ConfigurationError(f"{self._directory}: no refresh-*.key; make the keys first")
        used = newest_settled(paths, self._settle, self._clock())
        return [used, *(path for path in reversed(paths) if path != used)]
