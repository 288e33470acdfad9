"""The certificate of a stack's gateway, as OpenSSL judges it."""

from __future__ import annotations

import datetime
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509

from infra.embedded.certificate import (
    AUTHORITY_DAYS,
    DAYS,
    RENEWED_DAYS,
    CertificateFiles,
    utc_now,
)

DAY = datetime.timedelta(days=1)


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    made = CertificateFiles(tmp_path / "tls")
    made.ensure()
    return made


@contextmanager
def served(files: CertificateFiles) -> Iterator[int]:
    """A server that shows the leaf to each who comes; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.leaf, files.leaf_key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listening.accept()
                except OSError:
                    return
                with peer:
                    try:
                        context.wrap_socket(peer, server_side=True).close()
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def shake_hands(context: ssl.SSLContext, port: int, name: str) -> None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name),
    ):
        return


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_takes_the_leaf(
    files: CertificateFiles, name: str
) -> None:
    with served(files) as port:
        shake_hands(files.trusting(), port, name)


def test_it_is_no_other_names_and_nobody_else_takes_it(files: CertificateFiles) -> None:
    with served(files) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="match"):
            shake_hands(files.trusting(), port, "chat.example")
        with pytest.raises(ssl.SSLCertVerificationError, match="local issuer"):
            shake_hands(ssl.create_default_context(), port, "localhost")


def test_the_authority_may_sign_for_this_machine_alone(files: CertificateFiles) -> None:
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert limits.value.permitted_subtrees is not None
    values = {str(each.value) for each in limits.value.permitted_subtrees}
    assert values == {"localhost", "127.0.0.1/32", "::1/128"}


def test_keys_are_for_this_user_only(files: CertificateFiles) -> None:
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    for key in (files.authority_key, files.leaf_key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_second_start_changes_nothing(files: CertificateFiles) -> None:
    before = files.leaf.read_bytes(), files.authority.read_bytes()
    assert not files.ensure()
    assert (files.leaf.read_bytes(), files.authority.read_bytes()) == before


def test_a_leaf_that_ends_soon_is_made_anew_by_the_same_authority(files: CertificateFiles) -> None:
    authority = files.authority.read_bytes()
    assert not files.ensure(utc_now() + (DAYS - RENEWED_DAYS - 1) * DAY)
    assert files.ensure(utc_now() + (DAYS - RENEWED_DAYS) * DAY)
    assert files.authority.read_bytes() == authority
    with served(files) as port, pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):
        shake_hands(files.trusting(), port, "localhost")


def test_an_authority_too_old_for_a_whole_leaf_is_made_anew_with_its_leaf(
    files: CertificateFiles,
) -> None:
    authority, leaf = files.authority.read_bytes(), files.leaf.read_bytes()
    assert files.ensure(utc_now() + (AUTHORITY_DAYS - DAYS + 1) * DAY)
    assert files.authority.read_bytes() != authority
    assert files.leaf.read_bytes() != leaf


@pytest.mark.parametrize("lost", ["ca.crt", "ca.key", "server.crt", "server.key"])
@pytest.mark.parametrize("how", ["gone", "empty"])
def test_what_is_lost_or_damaged_is_made_anew(files: CertificateFiles, lost: str, how: str) -> None:
    file = files.folder / lost
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(b"")
    assert files.ensure()
    with served(files) as port:
        shake_hands(files.trusting(), port, "localhost")


def test_how_long_it_holds_is_told(tmp_path: Path, files: CertificateFiles) -> None:
    left = files.days_left()
    assert left is not None
    assert DAYS - 1 < left < DAYS
    assert CertificateFiles(tmp_path / "none").days_left() is None
