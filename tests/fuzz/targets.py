"""One function a decoder: bytes in, and no exception out but the decoder's own."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from unittest import mock

from chatstream.domain.accounts import check_handle, check_name
from chatstream.domain.messages import check_message, check_uuid
from chatstream.domain.people import search_prefix
from chatstream.domain.stomp import ProtocolError
from chatstream.domain.times import from_text, to_text
from chatstream.errors import ConfigurationError, ErrorCode, PoisonMessage, UserError
from chatstream.settings import AuthSettings, load_settings
from infra.http.client_frames import BrokenFrames, ClientFrames
from infra.security import keys
from infra.security.keyring import KeyRing
from infra.security.seal import HpkeOpener
from infra.security.tokens import JwtAuthenticator
from schemas import codec
from schemas.catalogue import TOPICS
from schemas.records import PolicyChanged
from tables.followed.policies import policy_of
from tables.followed.revocations import EndedLogins
from web.edge import bodies, encodings
from web.edge.language import accepted
from web.logins import LoginBody
from web.reading import ReadBody
from web.rooms import MessageBody, RoomBody
from web.stomp import links, sending, signals
from web.stomp.codec import FrameReader

MODELS = (RoomBody, MessageBody, LoginBody, ReadBody)
RECORDS = [spec.name for spec in TOPICS if spec.records]
VARIABLES = (
    "CHATSTREAM_KAFKA",
    "CHATSTREAM_KAFKA__PARTITIONS",
    "CHATSTREAM_LIMITS__HEARTBEAT",
    "CHATSTREAM_POSTGRES__CHAT",
    "CHATSTREAM_STATS__WORKERS",
    "CHATSTREAM_SERVICE",
)
Target = Callable[[bytes], None]


def chosen(data: bytes) -> tuple[int, bytes]:
    """The first byte chooses, the rest is what is decoded."""
    return (data[0], data[1:]) if data else (0, b"")


def text_of(data: bytes) -> str:
    """Also what is no text: lone surrogates, as aiohttp has them in headers."""
    return data.decode("utf-8", "surrogateescape")


def stomp(data: bytes) -> None:
    size, rest = chosen(data)
    reader = FrameReader(256)
    reader.version = "1.1" if size % 2 else "1.2"
    with contextlib.suppress(ProtocolError):
        for place in range(0, len(rest), size // 2 + 1):
            for frame in reader.feed(rest[place : place + size // 2 + 1]):
                assert len(frame.body) <= 256


def sends(data: bytes) -> None:
    for parse in (sending.parse_body, signals.parse_seq):
        with refused():
            parse(data)


def sockjs(data: bytes) -> None:
    with refused():
        for text in links.texts_of(data):
            text.encode()


def body(data: bytes) -> None:
    number, rest = chosen(data)
    with refused():
        bodies.body_of(rest, MODELS[number % len(MODELS)])


def coding(data: bytes) -> None:
    number, rest = chosen(data)
    if rest:
        with refused():
            assert len(encodings.decoded(rest, encodings.CODINGS[number % 2], 1000)) <= 1000


def record(data: bytes) -> None:
    number, rest = chosen(data)
    with contextlib.suppress(PoisonMessage):
        codec.decode(RECORDS[number % len(RECORDS)], rest)


def policy(data: bytes) -> None:
    with refused():
        policy_of(PolicyChanged(version="1", policy=text_of(data), changed_at=""))


def sealed(data: bytes) -> None:
    with contextlib.suppress(PoisonMessage):
        _secrets()[0].open("account", text_of(data))


def token(data: bytes) -> None:
    with refused(ErrorCode.NOT_AUTHENTICATED):
        _secrets()[1].authenticate(text_of(data))


def settings(data: bytes) -> None:
    number, rest = chosen(data)
    value = text_of(rest.replace(b"\0", b""))
    with (
        mock.patch.dict(os.environ, {VARIABLES[number % len(VARIABLES)]: value}),
        contextlib.suppress(ConfigurationError),
    ):
        load_settings()


def texts(data: bytes) -> None:
    text = text_of(data)
    for check in (check_handle, check_name, check_message, search_prefix):
        with refused():
            check(text).encode()
    with refused():
        check_uuid("id", text)
    with contextlib.suppress(ValueError):
        to_text(from_text(text))
    assert accepted(text) in ("en", "ko")


def frames(data: bytes) -> None:
    size, rest = chosen(data)
    reader, seen = ClientFrames(1000), 0
    with contextlib.suppress(BrokenFrames):
        for place in range(0, len(rest), size + 1):
            for message in reader.feed(rest[place : place + size + 1]):
                assert len(message.data) <= 1000
                seen += 1
    assert seen <= len(rest)


@contextlib.contextmanager
def refused(*codes: ErrorCode) -> Iterator[None]:
    """A refusal that says it is the sender's fault is right."""
    code = None
    try:
        yield
    except UserError as error:
        code = error.code
    assert code in (None, *(codes or (ErrorCode.INVALID_INPUT, ErrorCode.TOO_LARGE)))


@functools.cache
def _secrets() -> tuple[HpkeOpener, JwtAuthenticator]:
    folder = Path(tempfile.mkdtemp())
    keys.ensure_keys(folder)
    settings = AuthSettings(keys_dir=folder)
    authenticator = JwtAuthenticator(KeyRing(folder), settings, EndedLogins(settings.access_ttl))
    return HpkeOpener(keys.sealing_key(folder)), authenticator


TARGETS: Mapping[str, Target] = {
    each.__name__: each
    for each in (
        stomp, sends, sockjs, body, coding, record, policy, sealed, token, settings, texts, frames,
    )
}  # fmt: skip

DEEP = b"[" * 20_000
# Where the search begins: what the decoders take, and what has once been too much for one.
SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "stomp": (
        b"\x04SEND\ndestination:/a\ncontent-length:3\n\na\0b\0\n",
        b"\x05CONNECT\r\naccept-version:1.2\r\n\r\n\0",
        b"\x00SEND\na\\c\\r:\\\\\n\n\0",
        b"\x00SEND\ncontent-length:" + b"9" * 5000 + b"\n\n\0",
    ),
    "sends": (
        b'{"messageId":"0192d3a0-0000-7000-8000-000000000001","message":"x","mentions":["minsu"]}',
        b'{"messageId":"0192d3a0-0000-7000-8000-000000000001","message":"\\ud800"}',
        b'{"seq":1}',
        b'{"seq":1,"seq":2}',
        b'{"x":' + DEEP,
    ),
    "sockjs": (b'["a","b"]', b'["\\ud800"]', b"5", DEEP),
    "body": (
        b'\0{"kind":"open","name":"x","participants":["minsu"]}',
        b'\1{"message":"x","messageId":"0192d3a0-0000-7000-8000-000000000001"}',
        b'\2{"userId":"minsu","password":"correct horse"}',
        b'\3{"seq":' + b"9" * 5000 + b"}",
        b'\3{"seq":' + DEEP,
    ),
    "coding": (b"\0\x1f\x8b\x08\0\0\0\0\0\0\x03K\x04\0C\xbe\xb7\xe8\x01\0\0\0", b"\1K\x04\0"),
    "record": (
        b'\x0b{"type":"createAccount"}',
        b'\0{"type":' + DEEP,
        b'\2{"x":' + DEEP,
        b'\4{"type":"moveReadPosition","seq":1e999}',
    ),
    "policy": (b'{"version":"1"}', DEEP),
    "sealed": (b"AAAA", "키".encode(), b"A" * 200),
    "token": (b"eyJhbGciOiJFZERTQSJ9.e30.AA", b"a.b.c", b"\xff"),
    "settings": (b"\0{}", b"\3[", b"\4" + DEEP, b"\2nan", b"\1" + b"9" * 5000),
    "texts": (
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"0192d3a0-0000-7000-8000-000000000001",
        b"ko;q=1e999, en;q=nan",
        b"min.su",
    ),
    "frames": (b"\0\x81\x80\1\2\3\4", b"\1\x81\xfe\0\x7f\1\2\3\4", b"\2\x81\0\x81"),
}
