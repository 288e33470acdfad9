"""What is kept of an erased account's handle."""

from __future__ import annotations

import hmac
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.security.keys import HANDLES

# No handle begins with it, so a hash is never taken for one.
_MARK = "!"


class HmacHandleKey:
    """ports.secrets.HandleKey: HMAC-SHA256 under the key of the directory.

    Losing the key gives the handles of erased accounts free; it is never rotated.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / HANDLES
        if not path.exists():
            raise ConfigurationError(f"{directory}: no {HANDLES}; make the keys first")
        self._key = path.read_bytes()

    def of(self, user_id: str) -> str:
        """See ports.secrets.HandleKey."""
        return _MARK + hmac.new(self._key, user_id.encode(), "sha256").hexdigest()
