"""Access tokens signed with a stack's own key: for accounts that nobody signs up or logs in."""

from __future__ import annotations

import uuid

from chatstream.domain.times import now_text
from chatstream.ports.accounts import Account
from chatstream.settings import AuthSettings
from infra.embedded.stack import Stack
from infra.security.keyring import KeyRing
from infra.security.tokens import JwtIssuer

LIFETIME = 7200


class Mint:
    """Signs as front-auth does; the stack has started once, so that its keys are there."""

    def __init__(self, stack: Stack) -> None:
        settings = AuthSettings(keys_dir=stack.layout.keys, access_ttl=LIFETIME)
        self._issuer = JwtIssuer(KeyRing(settings.keys_dir), settings)

    def token(self, account_id: str, role: str = "user") -> str:
        """A token of an account, good for two hours."""
        handle = f"minted{account_id[:8]}"
        account = Account(account_id, handle, "Minted", role, now_text())
        return self._issuer.issue(account, str(uuid.uuid4()))
