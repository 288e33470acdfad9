"""The certificate of a stack's gateway: an authority of this clone alone, and a leaf that it signs.

The authority may sign for this machine's own names only (RFC 5280, 4.2.1.10), so that trusting it
lets nobody who has its key be another site.
"""

from __future__ import annotations

import datetime
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from infra.embedded.layout import Layout

DAYS = 397
"""A leaf lives so long; browsers take none that lives longer than 398 days."""
AUTHORITY_DAYS = 3650
RENEWED_DAYS = 30
"""A start makes a leaf anew that ends within these."""
NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")

Now = datetime.datetime
_Key = ec.EllipticCurvePrivateKey


def utc_now() -> Now:
    """The time by which certificates are made and judged."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where a stack's certificates are; the folder is for its user only."""

    folder: Path

    @classmethod
    def of(cls, layout: Layout) -> CertificateFiles:
        """Those of the stack in this folder; nothing is made."""
        return cls(layout.var.resolve() / "tls")

    @property
    def authority(self) -> Path:
        """The certificate that a browser is told to trust."""
        return self.folder / "ca.crt"

    @property
    def authority_key(self) -> Path:
        """Signs the next leaf."""
        return self.folder / "ca.key"

    @property
    def leaf(self) -> Path:
        """What nginx shows: the leaf alone, since its signer is the authority itself."""
        return self.folder / "server.crt"

    @property
    def leaf_key(self) -> Path:
        """Of the leaf."""
        return self.folder / "server.key"

    def ensure(self, now: Now | None = None) -> bool:
        """Make what is missing, damaged, not of this authority or ends soon; whether it did.

        A new authority is made only when the old one is no good for a whole leaf any more: whoever
        trusts it need not do so again.
        """
        now = now or utc_now()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        authority = _readable(self.authority, self.authority_key)
        leaf = _readable(self.leaf, self.leaf_key)
        if authority is None or _days_left(authority, now) < DAYS:
            _write(self.authority, self.authority_key, *_new_authority(now))
            leaf = None
        if leaf is not None and _is_of(leaf, self._authority()) and not _ends_soon(leaf, now):
            return False
        key = _load_key(self.authority_key)
        _write(self.leaf, self.leaf_key, *_new_leaf(self._authority(), key, now))
        return True

    def _authority(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.authority.read_bytes())

    def days_left(self, now: Now | None = None) -> float | None:
        """Days until the leaf ends, below 0 when it has; None when there is none to be read."""
        leaf = _readable(self.leaf, self.leaf_key)
        return None if leaf is None else _days_left(leaf, now or utc_now())

    def trusting(self) -> ssl.SSLContext:
        """What a client of ours checks the gateway by: this authority and no other."""
        return ssl.create_default_context(cafile=str(self.authority))

    def told(self) -> Sequence[str]:
        """How to trust the authority, for people: a line each."""
        return (
            f"Its certificate is signed by {self.authority}, which is good for this machine alone.",
            "Trust that file once: in Firefox and Chromium under Settings, Certificates,"
            " Authorities, Import (websites); for curl by --cacert.",
        )


def _new_authority(now: Now) -> tuple[x509.Certificate, _Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    # The time in the name tells two authorities apart in a browser's list.
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"ChatStream on this machine, {now:%F %T}")]
    )
    networks = [ip_network(address) for address in ADDRESSES]
    permitted = [*map(x509.DNSName, NAMES), *map(x509.IPAddress, networks)]
    certificate = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _new_leaf(
    authority: x509.Certificate, authority_key: _Key, now: Now
) -> tuple[x509.Certificate, _Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    addresses = [x509.IPAddress(ip_address(address)) for address in ADDRESSES]
    names = x509.SubjectAlternativeName([*map(x509.DNSName, NAMES), *addresses])
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        _builder(name, authority.subject, key, now, DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(server, critical=False)
        .add_extension(names, critical=False)
        .add_extension(signer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: _Key, now: Now, days: int
) -> x509.CertificateBuilder:
    # A clock that is a little behind reads it as well.
    begins = now - datetime.timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write(file: Path, key_file: Path, certificate: x509.Certificate, key: _Key) -> None:
    """The key for this user only, from its first moment; the certificate last, so that it fits."""
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key_file.unlink(missing_ok=True)
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(text)
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _load_key(file: Path) -> _Key:
    key = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{file} holds another kind of key")
    return key


def _readable(file: Path, key_file: Path) -> x509.Certificate | None:
    """The certificate, if it and its key are there and belong together."""
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        key = _load_key(key_file)
    except (FileNotFoundError, ValueError):
        return None
    return certificate if certificate.public_key() == key.public_key() else None


def _is_of(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _days_left(certificate: x509.Certificate, now: Now) -> float:
    return (certificate.not_valid_after_utc - now) / datetime.timedelta(days=1)


def _ends_soon(certificate: x509.Certificate, now: Now) -> bool:
    return _days_left(certificate, now) < RENEWED_DAYS
