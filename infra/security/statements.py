"""Statements that are signed by the keys that sign tokens, and checked without anybody."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from infra.security.keyring import Signer
from infra.security.keys import base64url

# No token begins so: what is signed as one is never taken for the other.
_ABOUT = b"chatstream statement\n"


def sign(told: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
    """The statement with the `signature` of what it says, and the `kid` of the key."""
    signature = base64url(signer.key.sign(_bytes(told)))
    return {**told, "kid": signer.kid, "signature": signature}


def is_signed(statement: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether one of the keys has signed what it says."""
    told = {name: value for name, value in statement.items() if name not in ("kid", "signature")}
    key = keys.get(str(statement.get("kid")))
    if key is None:
        return False
    try:
        text = str(statement.get("signature"))
        signature = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        key.verify(signature, _bytes(told))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _bytes(told: Mapping[str, Any]) -> bytes:
    return _ABOUT + orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
