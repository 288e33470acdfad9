"""Secrets that travel on a topic, closed with HPKE (RFC 9180) so that one service opens them."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from chatstream.errors import PoisonKind, PoisonMessage

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _purpose(account_id: str) -> bytes:
    """Binds a sealed secret to its account, so that it cannot be moved to another one."""
    return f"chatstream password hash {account_id}".encode()


class HpkeSealer:
    """ports.secrets.Sealer, with the user service's public key."""

    def __init__(self, key: X25519PublicKey) -> None:
        self._key = key

    def seal(self, account_id: str, secret: str) -> str:
        """See ports.secrets.Sealer; base64 text, different every time."""
        sealed = _SUITE.encrypt(secret.encode(), self._key, _purpose(account_id))
        return base64.b64encode(sealed).decode()


class HpkeOpener:
    """ports.secrets.Opener, with the user service's private key."""

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key

    def open(self, account_id: str, sealed: str) -> str:
        """See ports.secrets.Opener."""
        try:
            data = base64.b64decode(sealed, validate=True)
            return _SUITE.decrypt(data, self._key, _purpose(account_id)).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise PoisonMessage("the sealed secret cannot be opened", PoisonKind.SEALED) from error
