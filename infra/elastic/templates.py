"""The index templates: put in place by the `migrate` command, looked for before a worker starts.

A template has a version in its `_meta`. Raising it updates the template, adds the new fields to the
indices that are there and takes former settings from them; Elasticsearch refuses a change of a
field's type or of an analyser, which needs a new index (`infra.elastic.reindex`). Such a version
names itself in `anew_below`: indices below it get its new texts by whole words only, and are told
until they are made anew.
`dynamic: strict` in the templates: a field nobody declared is refused and shows up as a dead
letter, and cannot become an index of thousands of guessed fields unseen. `dynamic: false` where
others' lines are kept as they were written: such a field is in the document, and not searched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import orjson
from elasticsearch import ApiError, AsyncElasticsearch

from chatstream.domain.backoff import Backoff
from chatstream.domain.documents import CONTENTS, DEAD_LETTERS, EVENTS, LAG, LOGS, MESSAGES
from chatstream.errors import ConfigurationError
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, connect, failure
from infra.elastic.index_settings import leave_former
from infra.retrying import retried, warn

log = logging.getLogger(__name__)

NAMES = (EVENTS, MESSAGES, CONTENTS, LOGS, DEAD_LETTERS, LAG)
PRESENT = "present"
FIRST = 0.2
MOST = 3.0
REINDEX = "python -m chatstream search reindex"


def template(name: str) -> dict[str, Any]:
    """The template of this program, as it is sent to Elasticsearch, without replicas."""
    text = files("infra.elastic").joinpath("templates", f"{name}.json").read_bytes()
    body: dict[str, Any] = orjson.loads(text)
    return body


async def ensure_templates(client: AsyncElasticsearch, replicas: int = 0) -> Mapping[str, str]:
    """Create or update every template and its indices; what was done, by template name.

    Idempotent. Raises ConfigurationError when a template in place is newer than this program's or
    an index cannot take the change, TransientFailure when Elasticsearch is away.
    """
    return {name: await ensure_template(client, name, template(name), replicas) for name in NAMES}


async def check_templates(client: AsyncElasticsearch) -> None:
    """Return when every template is in place, at this program's version or a newer one.

    Newer is right for a worker: a new program's `migrate` runs before the old workers end. Raises
    ConfigurationError that names what is missing, TransientFailure when Elasticsearch is away.
    """
    faults = [await template_fault(client, name, template(name)) for name in NAMES]
    missing = [fault for fault in faults if fault is not None]
    if missing:
        raise ConfigurationError(f"{'; '.join(missing)}: run `python -m chatstream migrate`")


async def await_templates(client: AsyncElasticsearch) -> None:
    """Like check_templates, but waits, for ever if need be, until Elasticsearch answers."""
    told = warn(log, "looking at the index templates")
    await retried(lambda: check_templates(client), Backoff(FIRST, MOST), told=told)
    behind = await retried(lambda: stale_indices(client), Backoff(FIRST, MOST), told=told)
    for index in behind:
        log.warning("%s", stale(index))


async def stale_indices(client: AsyncElasticsearch) -> Sequence[str]:
    """The indices that have to be made anew, by name; TransientFailure when Elasticsearch is away.

    What is written into them is kept, and found by words and by parts of two letters until then.
    """
    try:
        found = await client.indices.get_mapping(index=f"{MESSAGES}-*", allow_no_indices=True)
    except ELASTIC_ERRORS as error:
        raise failure(error) from error
    least = _anew_below(template(MESSAGES))
    return sorted(index for index, state in found.items() if version_of(state["mappings"]) < least)


def stale(index: str) -> str:
    """What to tell of such an index."""
    return f"{index} has an older mapping: run `{REINDEX}`"


def migrate(settings: ElasticSettings) -> Mapping[str, str]:
    """ensure_templates with a client of its own, for the command line."""

    async def run() -> Mapping[str, str]:
        async with connect(settings) as client:
            return await ensure_templates(client, settings.replicas)

    return asyncio.run(run())


async def ensure_template(
    client: AsyncElasticsearch, name: str, body: Mapping[str, Any], replicas: int
) -> str:
    """Put one template and its indices at this version; see ensure_templates."""
    installed = await _installed(client, name)
    if installed is not None and version_of(installed) > version_of(body):
        raise ConfigurationError(
            f"index template {name} is at version {version_of(installed)}, this program knows only"
            f" {version_of(body)}: a downgrade is refused; run the newer program"
        )
    done = _step(installed, body, replicas)
    if done != PRESENT:
        try:
            await client.indices.put_index_template(name=name, **_with_replicas(body, replicas))
        except ELASTIC_ERRORS as error:
            raise _refusal(error, f"index template {name}") from error
    await _update_indices(client, name, body)
    return done


async def template_fault(
    client: AsyncElasticsearch, name: str, body: Mapping[str, Any]
) -> str | None:
    """What keeps a worker that needs this template from starting; None when all is well."""
    installed = await _installed(client, name)
    if installed is None:
        return f"index template {name} is not there"
    if version_of(installed) < version_of(body):
        return (
            f"index template {name} is at version {version_of(installed)},"
            f" this program needs {version_of(body)}"
        )
    return None


def _with_replicas(body: Mapping[str, Any], replicas: int) -> dict[str, Any]:
    inner = body["template"]
    settings = {**inner["settings"], "number_of_replicas": replicas}
    return {**body, "template": {**inner, "settings": settings}}


def _step(installed: Mapping[str, Any] | None, body: Mapping[str, Any], replicas: int) -> str:
    if installed is None:
        return "created"
    if version_of(installed) < version_of(body):
        return f"updated from version {version_of(installed)}"
    return PRESENT if _replicas(installed) == replicas else f"changed to {replicas} replicas"


async def _update_indices(client: AsyncElasticsearch, name: str, body: Mapping[str, Any]) -> None:
    """Bring the indices made by an older version to the fields and settings of this one."""
    try:
        found = await client.indices.get_mapping(index=f"{name}-*", allow_no_indices=True)
    except ELASTIC_ERRORS as error:
        raise failure(error) from error
    for index, state in found.items():
        if version_of(state["mappings"]) >= version_of(body):
            continue
        try:
            # First: the mapping notes that all is done.
            await leave_former(client, index)
            await client.indices.put_mapping(index=index, **_additions(body, state["mappings"]))
        except ELASTIC_ERRORS as error:
            raise _refusal(error, f"index {index}") from error


def _additions(body: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """What an older index is given: the mapping, or room for the texts it has no analyser of."""
    new = body["template"]["mappings"]
    if version_of(old) >= _anew_below(body):
        return {"properties": new["properties"], "meta": new["_meta"]}
    return {"properties": _missing(new["properties"], old["properties"])}


def _missing(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an old mapping has not, texts with an analyser that every index has."""
    found: dict[str, Any] = {}
    for name, field in new.items():
        known = old.get(name)
        if known is None:
            found[name] = _plain(field)
        elif more := _missing(field.get("properties", {}), known.get("properties", {})):
            found[name] = {"properties": more}
    return found


def _plain(field: Mapping[str, Any]) -> Mapping[str, Any]:
    # Searched by whole words.
    return {"type": "text", "analyzer": "whitespace"} if field.get("type") == "text" else field


async def _installed(client: AsyncElasticsearch, name: str) -> dict[str, Any] | None:
    try:
        answer = await client.indices.get_index_template(name=name)
    except ApiError as error:
        if error.status_code == 404:
            return None
        raise failure(error) from error
    except ELASTIC_ERRORS as error:
        raise failure(error) from error
    body: dict[str, Any] = answer["index_templates"][0]["index_template"]
    return body


def version_of(body: Mapping[str, Any]) -> int:
    """The version in a template or a mapping; 0 when it names none."""
    return int(body.get("_meta", {}).get("version", 0))


def _anew_below(body: Mapping[str, Any]) -> int:
    return int(body["_meta"].get("anew_below", 0))


def _replicas(installed: Mapping[str, Any]) -> int:
    settings = installed.get("template", {}).get("settings", {}).get("index", {})
    return int(settings.get("number_of_replicas", 0))


def _refusal(error: Exception, what: str) -> Exception:
    if isinstance(error, ApiError) and error.status_code == 400:
        return ConfigurationError(f"{what} cannot be changed: {error.message}: {error.body}")
    return failure(error)
