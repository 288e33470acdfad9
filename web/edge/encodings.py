"""Bodies as they were before their Content-Encoding: gzip and deflate, and no others.

The server hands bodies on as they were sent (infra/http/server.py), so that one that is not what
it says is the sender's fault here, and the limit holds for what comes out.
"""

from __future__ import annotations

import asyncio
import zlib

from aiohttp import hdrs, web

from chatstream.errors import ErrorCode, UserError, invalid

# The gateway has the whole body before it passes a request on.
WITHIN = 15.0
CODINGS = ("gzip", "deflate")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_NOT_AS_SAID = {
    "gzip": "must be gzip, as its Content-Encoding says",
    "deflate": "must be deflate, as its Content-Encoding says",
}


async def read_bytes(request: web.Request) -> bytes:
    """The body, decoded, of at most `client_max_size` bytes.

    TOO_LARGE, before or after it is decoded; UNSUPPORTED_MEDIA_TYPE for another coding, or several;
    INVALID_INPUT when it is not what Content-Encoding says, or does not come to its end in time.
    """
    coding = request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower()
    if coding not in ("identity", *CODINGS):
        reason = "Content-Encoding must be gzip, deflate or left out"
        raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, reason, details={"reason": reason})
    try:
        async with asyncio.timeout(WITHIN):
            raw = await request.read()
    except TimeoutError:  # also what aiohttp's parser breaks off in the middle of a body
        raise invalid("body", "must be a whole HTTP body") from None
    if coding == "identity" or not raw:
        return raw
    return decoded(raw, coding, request.client_max_size)


def decoded(raw: bytes, coding: str, limit: int) -> bytes:
    """What was coded as `coding`; raises as `read_bytes`. At most `limit` + 1 bytes are made."""
    # Some send deflate without the zlib header that RFC 9110 asks for.
    is_bare = coding == "deflate" and raw[0] & 0x0F != zlib.DEFLATED
    decoder = zlib.decompressobj(_RAW if is_bare else _GZIP_OR_ZLIB)
    try:
        body = decoder.decompress(raw, limit + 1)
    except zlib.error:
        raise invalid("body", _NOT_AS_SAID[coding]) from None
    if len(body) > limit:
        raise UserError(ErrorCode.TOO_LARGE, "too large when decoded")
    if not decoder.eof or decoder.unused_data:
        raise invalid("body", _NOT_AS_SAID[coding])
    return body
