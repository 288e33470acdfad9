"""The saved objects into a Kibana, by its saved-objects API.

POST /api/saved_objects/_import, as Elastic documents it: a multipart form with the file, the header
`kbn-xsrf`, and an answer that names each object that was not imported; others may have been.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from chatstream.domain.backoff import Backoff
from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import KibanaSettings
from infra.retrying import retried, warn

log = logging.getLogger(__name__)

KEY = "CHATSTREAM_KIBANA__API_KEY"
_SPACE = re.compile(r"[a-z0-9_-]+")
_FIRST, _MOST = 0.5, 5.0
_QUOTED = 300
_WAIT = frozenset({408, 429})
_REFUSED = frozenset({401, 403})
_MEDIA = "application/ndjson"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was imported, by the type of the objects."""

    objects: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(self.objects.values())


async def import_objects(settings: KibanaSettings, content: bytes, *, overwrite: bool) -> Imported:
    """Import the lines of `content`; what is there already is replaced only with `overwrite`.

    Tried again while Kibana is away or not ready, for `patience` seconds: then TransientFailure.
    ConfigurationError says what is to be mended: credentials, address, space, or the objects that
    were not imported, each by its title.
    """
    url = import_url(settings)
    authorization = _authorization(settings)
    timeout = aiohttp.ClientTimeout(total=settings.request_timeout)
    async with aiohttp.ClientSession(timeout=timeout, headers=authorization) as session:
        return await retried(
            lambda: _sent(session, url, content, overwrite=overwrite),
            Backoff(_FIRST, _MOST),
            within=settings.patience,
            told=warn(log, "the import into Kibana"),
        )


def import_url(settings: KibanaSettings) -> str:
    """Where to post; ConfigurationError for an address or a space that can be none."""
    address = urlsplit(settings.url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ConfigurationError(f"{settings.url!r} is no address of Kibana: http(s)://host:port")
    if address.username is not None:
        raise ConfigurationError(f"the address of Kibana names a user: leave it out and set {KEY}")
    if address.query or address.fragment:
        raise ConfigurationError("the address of Kibana ends with its base path, if it has one")
    if settings.space and not _SPACE.fullmatch(settings.space):
        raise ConfigurationError(
            f"{settings.space!r} is no id of a space: small letters, digits, _ and -"
        )
    space = f"/s/{settings.space}" if settings.space else ""
    return f"{settings.url.rstrip('/')}{space}/api/saved_objects/_import"


def _authorization(settings: KibanaSettings) -> dict[str, str]:
    key, password = settings.api_key.get_secret_value(), settings.password.get_secret_value()
    if key and settings.user:
        raise ConfigurationError(f"set {KEY} or CHATSTREAM_KIBANA__USER, not both")
    if key:
        return {"Authorization": f"ApiKey {key}"}
    if settings.user:
        return {"Authorization": aiohttp.encode_basic_auth(settings.user, password, "utf-8")}
    return {}


async def _sent(
    session: aiohttp.ClientSession, url: str, content: bytes, *, overwrite: bool
) -> Imported:
    form = aiohttp.FormData()
    form.add_field("file", content, filename="chatstream.ndjson", content_type=_MEDIA)
    try:
        async with session.post(
            url,
            data=form,
            params={"overwrite": "true"} if overwrite else {},
            headers={"kbn-xsrf": "true"},
            # Another host would be sent the credentials.
            allow_redirects=False,
        ) as response:
            return _whole(_judged(response.status, await _body(response)), content)
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
        raise TransientFailure(f"kibana: {type(error).__name__}") from error


async def _body(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        found = await response.json(content_type=None)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _judged(status: int, body: Mapping[str, Any]) -> Imported:
    """What an answer says; see import_objects."""
    said = f"{status} {body.get('message', '')}".strip()[:_QUOTED]
    if status >= 500 or status in _WAIT:
        raise TransientFailure(f"kibana: {said}")
    if status in _REFUSED:
        raise ConfigurationError(
            f"Kibana refuses the credentials ({said}): set {KEY}, of a role that may manage saved"
            " objects in the space"
        )
    if status == 404 or 300 <= status < 400:
        raise ConfigurationError(
            f"there is no saved-objects API ({said}): give the address with Kibana's base path, and"
            " a space that is there"
        )
    if status != 200 or "success" not in body:
        raise ConfigurationError(f"Kibana took nothing: {said}")
    if not body["success"]:
        raise ConfigurationError(_faults(body))
    return Imported(Counter(each["type"] for each in body.get("successResults", ())))


def _whole(found: Imported, content: bytes) -> Imported:
    """The same; ConfigurationError when Kibana says success and leaves some out."""
    sent = len(content.splitlines())
    if found.count != sent:
        raise ConfigurationError(
            f"Kibana imported {found.count} of {sent} objects and does not say why: is it older"
            " than 8.9, or not Kibana?"
        )
    return found


def _faults(body: Mapping[str, Any]) -> str:
    errors = body.get("errors", ())
    told = "; ".join(map(_fault, errors))
    hint = ""
    if any(each.get("error", {}).get("type", "").endswith("conflict") for each in errors):
        hint = "; --overwrite replaces what is there already"
    done = body.get("successCount", 0)
    return f"{len(errors)} objects were not imported, {done} were: {told}{hint}"


def _fault(found: Mapping[str, Any]) -> str:
    """One object that was not imported, by its title, and why."""
    error = found.get("error", {})
    title = found.get("meta", {}).get("title") or found.get("title") or found.get("id")
    kind = error.get("type", "unknown")
    if kind in ("conflict", "ambiguous_conflict"):
        why = "is there already"
    elif kind == "missing_references":
        missing = [f"{each['type']} {each['id']}" for each in error.get("references", ())]
        why = f"goes by {', '.join(missing)}, which is not there"
    elif kind == "unsupported_type":
        why = "is of a type that this Kibana does not import"
    else:
        why = f"was refused: {error.get('message', kind)}"[:_QUOTED]
    return f"{found.get('type')} {title!r} {why}"
