"""The key files of a deployment, in one directory (`settings.auth.keys_dir`).

    signing-0001.pem  signing-0001.pub.pem   Ed25519, access tokens
    sealing-0001.pem  sealing-0001.pub.pem   X25519, secrets for the user service
    refresh-0001.key                         32 bytes, makes the refresh token after a used one
    handles.key                              32 bytes, hashes the handles of erased accounts

Who signs (front-auth) reads the signing and refresh keys, who opens (user) the sealing key,
everybody else needs the `.pub.pem` files only. Every public signing key there verifies; which one
signs, and how they rotate, is in `infra.security.keyring`. A `kid` is the RFC 7638 thumbprint.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from chatstream.errors import ConfigurationError

PrivateKey = Ed25519PrivateKey | X25519PrivateKey
PublicKey = Ed25519PublicKey | X25519PublicKey

SIGNING = "signing"
SEALING = "sealing"
REFRESH = "refresh"
HANDLES = "handles.key"


def ensure_keys(directory: Path) -> None:
    """Make the keys that are missing, readable by the owner alone.

    Idempotent, and safe when several processes start at once: a private key file appears whole or
    not at all, and never replaces another.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (directory / HANDLES).exists():
        write_new(directory / HANDLES, secret())
    if not refresh_files(directory):
        write_new(directory / f"{REFRESH}-0001.key", secret())
    for purpose, generate in _KINDS.items():
        if not private_files(directory, purpose):
            write_new(directory / f"{purpose}-0001.pem", private_pem(generate()))
        for path in private_files(directory, purpose):
            public = path.with_suffix(".pub.pem")
            if not public.exists():
                _replace(public, _public_pem(_load_private(path).public_key()))


_KINDS: Mapping[str, Callable[[], PrivateKey]] = {
    SIGNING: Ed25519PrivateKey.generate,
    SEALING: X25519PrivateKey.generate,
}


def load_signing(path: Path) -> Ed25519PrivateKey:
    """The private signing key of a file."""
    key = _load_private(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path}: not an Ed25519 key")
    return key


def verifying_keys(directory: Path) -> dict[str, Ed25519PublicKey]:
    """Every key that verifies, by `kid`."""
    keys = [_load_public(path) for path in _public_files(directory, SIGNING)]
    return {kid_of(key): key for key in keys if isinstance(key, Ed25519PublicKey)}


def sealing_key(directory: Path) -> X25519PrivateKey:
    """The key that opens what was sealed for the user service."""
    key = _newest_private(directory, SEALING)
    if not isinstance(key, X25519PrivateKey):
        raise ConfigurationError(f"{directory}: the newest sealing key is not an X25519 key")
    return key


def sealing_public_key(directory: Path) -> X25519PublicKey:
    """The key to seal with."""
    key = _load_public(_public_files(directory, SEALING)[-1])
    if not isinstance(key, X25519PublicKey):
        raise ConfigurationError(f"{directory}: the newest sealing key is not an X25519 key")
    return key


def kid_of(key: Ed25519PublicKey) -> str:
    """The key's RFC 7638 thumbprint, base64url without padding."""
    x = base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return base64url(sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())


def jwks(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, list[dict[str, str]]]:
    """The public keys as a JWK set (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": kid,
                "x": base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw)),
            }
            for kid, key in keys.items()
        ]
    }


def base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def private_files(directory: Path, purpose: str) -> list[Path]:
    """The private key files of a purpose, oldest first."""
    return sorted(
        path for path in directory.glob(f"{purpose}-*.pem") if not path.name.endswith(".pub.pem")
    )


def refresh_files(directory: Path) -> list[Path]:
    """The files of the keys that make refresh tokens, oldest first."""
    return sorted(directory.glob(f"{REFRESH}-*.key"))


def secret() -> bytes:
    """A new symmetric key."""
    return os.urandom(32)


def _public_files(directory: Path, purpose: str) -> list[Path]:
    paths = sorted(directory.glob(f"{purpose}-*.pub.pem"))
    if not paths:
        raise ConfigurationError(f"{directory}: no {purpose}-*.pub.pem; make the keys first")
    return paths


def _newest_private(directory: Path, purpose: str) -> object:
    paths = private_files(directory, purpose)
    if not paths:
        raise ConfigurationError(f"{directory}: no {purpose}-*.pem; make the keys first")
    return _load_private(paths[-1])


def _load_private(path: Path) -> PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey | X25519PrivateKey):
        raise ConfigurationError(f"{path}: not an Ed25519 or X25519 key")
    return key


def _load_public(path: Path) -> object:
    return load_pem_public_key(path.read_bytes())


def private_pem(key: PrivateKey) -> bytes:
    """The key as an unencrypted PKCS #8 file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_pem(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write_new(path: Path, data: bytes) -> None:
    """Create the file with its content in one step, unless another process did so first."""
    temporary = _temporary(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # the other process's key is the key
    finally:
        temporary.unlink()


def _replace(path: Path, data: bytes) -> None:
    _temporary(path, data).replace(path)


def _temporary(path: Path, data: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    with os.fdopen(descriptor, "wb") as file:  # mkstemp's mode is 0600
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
