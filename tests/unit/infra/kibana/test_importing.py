"""The import into Kibana: what is sent, what is tried again, and what an operator is told."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from pydantic import SecretStr

from chatstream.commands import kibana as command
from chatstream.commands.cli import cli
from chatstream.domain.backoff import Backoff
from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import KibanaSettings
from infra.kibana import importing
from infra.kibana.importing import Imported, import_objects, import_url
from infra.kibana.saved_objects import committed
from infra.kibana.sources import LANGUAGES
from tests.unit.infra.kibana.kibana_stub import ACCEPTED, KibanaStub

CONTENT = committed("en")
COUNT = len(CONTENT.splitlines())


@dataclass
class Served:
    """A Kibana that is there, and settings with its address."""

    kibana: KibanaStub
    settings: KibanaSettings

    def having(self, **given: object) -> KibanaSettings:
        return self.settings.model_copy(update=given)


@pytest.fixture
async def served(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(importing, "Backoff", lambda *_: Backoff(0.001, 0.001))
    stub = KibanaStub()
    async with TestServer(stub.app()) as server:
        yield Served(stub, KibanaSettings(url=str(server.make_url("/base"))))


async def test_everything_is_imported_and_counted_by_type(served: Served) -> None:
    found = await import_objects(served.settings, CONTENT, overwrite=False)
    assert found.count == COUNT == len(served.kibana.spaces[""])
    assert found.objects.keys() == ACCEPTED
    for line in CONTENT.splitlines():
        each = orjson.loads(line)
        assert served.kibana.spaces[""][each["type"], each["id"]] == each


async def test_what_is_there_is_replaced_only_when_told_to(served: Served) -> None:
    bring = partial(import_objects, served.settings, CONTENT)
    await bring(overwrite=False)
    with pytest.raises(ConfigurationError, match=r"is there already.*--overwrite") as raised:
        await bring(overwrite=False)
    assert f"{COUNT} objects were not imported, 0 were" in str(raised.value)
    assert (await bring(overwrite=True)).count == COUNT


async def test_some_are_imported_and_the_others_named_by_title(served: Served) -> None:
    first = CONTENT.splitlines()[0]
    await import_objects(served.settings, first, overwrite=False)
    title = orjson.loads(first)["attributes"]["title"]
    with pytest.raises(ConfigurationError) as raised:
        await import_objects(served.settings, CONTENT, overwrite=False)
    assert f"1 objects were not imported, {COUNT - 1} were" in str(raised.value)
    assert f"index-pattern {title!r} is there already" in str(raised.value)


async def test_a_reference_to_what_is_not_there_is_told(served: Served) -> None:
    boards = [line for line in CONTENT.splitlines() if b'"type":"dashboard"' in line]
    with pytest.raises(ConfigurationError, match=r"goes by .*visualization .*not there"):
        await import_objects(served.settings, b"\n".join(boards), overwrite=True)


async def test_a_type_that_kibana_does_not_import_is_told(served: Served) -> None:
    served.kibana.types = ACCEPTED - {"search"}
    with pytest.raises(ConfigurationError, match=r"search .*does not import"):
        await import_objects(served.settings, CONTENT, overwrite=True)


async def test_another_space_is_another_place_and_an_unknown_one_is_told(served: Served) -> None:
    await import_objects(served.having(space="ops"), CONTENT, overwrite=False)
    assert len(served.kibana.spaces["ops"]) == COUNT
    assert not served.kibana.spaces[""]
    with pytest.raises(ConfigurationError, match="a space that is there"):
        await import_objects(served.having(space="nowhere"), CONTENT, overwrite=False)


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"api_key": SecretStr("a2V5")}, "ApiKey a2V5"),
        (
            {"user": "운영", "password": SecretStr("비:밀")},
            f"Basic {b64encode('운영:비:밀'.encode()).decode()}",
        ),
    ],
)
async def test_credentials_are_sent_and_a_refusal_names_their_setting(
    served: Served, given: dict[str, object], header: str
) -> None:
    served.kibana.authorization = header
    await import_objects(served.having(**given), CONTENT, overwrite=False)
    with pytest.raises(ConfigurationError, match="CHATSTREAM_KIBANA__API_KEY") as raised:
        await import_objects(served.settings, CONTENT, overwrite=False)
    assert header not in str(raised.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_what_passes_is_tried_again(served: Served, status: int) -> None:
    served.kibana.failures = [status, status]
    assert (await import_objects(served.settings, CONTENT, overwrite=False)).count == COUNT
    assert served.kibana.asked == 3


async def test_an_outage_is_told_when_the_patience_is_over(served: Served) -> None:
    served.kibana.failures = [503] * 10_000
    with pytest.raises(TransientFailure, match="503 Kibana server is not ready yet"):
        await import_objects(served.having(patience=0.0), CONTENT, overwrite=False)
    assert served.kibana.asked == 1


async def test_nobody_at_the_address_is_an_outage() -> None:
    settings = KibanaSettings(url="http://127.0.0.1:1", patience=0.0)
    with pytest.raises(TransientFailure, match="kibana: "):
        await import_objects(settings, CONTENT, overwrite=False)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (web.json_response({"success": True, "successCount": 0}), "imported 0 of"),
        (web.Response(text="<html>hello</html>", content_type="text/html"), "took nothing: 200"),
        (web.json_response({"message": "too large"}, status=413), "took nothing: 413 too large"),
        (web.Response(status=302, headers={"Location": "/login"}), "no saved-objects API"),
        (web.json_response([1]), "took nothing: 200"),
    ],
)
async def test_an_answer_that_is_none_of_kibanas_is_told(answer: web.Response, said: str) -> None:
    async def handle(_: web.Request) -> web.Response:
        return answer

    app = web.Application(client_max_size=2**24)
    app.router.add_post("/api/saved_objects/_import", handle)
    async with TestServer(app) as server:
        settings = KibanaSettings(url=str(server.make_url("/")))
        with pytest.raises(ConfigurationError, match=said):
            await import_objects(settings, CONTENT, overwrite=False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "kibana:5601"}, "no address of Kibana"),
        ({"url": "ftp://kibana"}, "no address of Kibana"),
        ({"url": "http://"}, "no address of Kibana"),
        ({"url": "http://me:secret@kibana"}, "names a user"),
        ({"url": "http://kibana/?a=b"}, "base path"),
        ({"space": "../default"}, "no id of a space"),
        ({"space": "Ops"}, "no id of a space"),
    ],
)
def test_an_address_or_a_space_that_can_be_none_is_told(given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        import_url(KibanaSettings(**given))
    assert "secret" not in str(raised.value)


async def test_two_kinds_of_credentials_are_refused() -> None:
    both = KibanaSettings(api_key=SecretStr("k"), user="u")
    with pytest.raises(ConfigurationError, match="not both"):
        await import_objects(both, CONTENT, overwrite=False)


def test_the_command_imports_a_language_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def imported(settings: KibanaSettings, content: bytes, *, overwrite: bool) -> Imported:
        asked.append((settings.url, settings.space, content, overwrite))
        return Imported({"dashboard": 7})

    monkeypatch.setattr(importing, "import_objects", imported)
    arguments = ["--url", "http://k:1", "--space", "ops", "--overwrite", "--language", "ko"]
    done = CliRunner().invoke(cli, ["kibana", "import", *arguments])
    assert asked == [("http://k:1", "ops", committed("ko"), True)]
    assert "imported 7 objects (7 dashboard): see Dashboards at http://k:1" in done.output


def test_the_command_offers_every_language() -> None:
    assert command.LANGUAGES == LANGUAGES
