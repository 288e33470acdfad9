"""What each service is made of: agents, topics, and nothing loaded that another service needs."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp.web import Application

from chatstream.app import create_app
from chatstream.contexts import WIRINGS
from chatstream.domain.generations import FIRST, Counting, Generation
from chatstream.front import Composition
from chatstream.settings import AuthSettings, Settings, load_settings
from chatstream.wiring import Worker
from infra.redis import client
from infra.security import keys
from schemas.catalogue import CONTEXTS, TOPICS
from schemas.contexts import coupons, fronts
from schemas.contexts.accounts import ACCOUNT, SESSION
from schemas.contexts.conduct import SANCTION
from schemas.streams import Kind
from tests.unit.web.served import AWAY
from web.edge.openapi import routes_of

ROOT = Path(__file__).parents[2]

# Packages that are slow to load and of no use to the service.
USELESS = {
    "chat": "elasticsearch jinja2 web.pages web.edge.middleware web.counts.words_http",
    "front": "mecab _mecab agents.loop.batching tables.stats redis",
    "content": "redis",
}


def settings_of(service: str, folder: Path) -> Settings:
    keys.ensure_keys(folder)
    chat = {"chat0": AWAY, "chat1": AWAY}
    return load_settings(
        service=service,
        auth=AuthSettings(keys_dir=folder),
        postgres={
            "auth": AWAY,
            "chat": chat,
            "others": {name: {name: AWAY} for name in ("friend", "coupon", "content")},
        },
    )


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(create_app(settings_of("user", tmp_path)), FIRST)


def test_every_context_is_wired_once() -> None:
    """But for what no context has: fronts are made of the others."""
    assert [wiring.context for wiring in WIRINGS] == [
        context for context in CONTEXTS if context != fronts.CONTEXT
    ]


@pytest.mark.parametrize(
    ("service", "agents"),
    [
        ("user", "accounts conduct sagas sanctions"),
        ("friend", "erasure friends profiles"),
        ("chat", "blocks erasure messages mutes noticed notices profiles reads rooms saved"),
        ("coupon", "accounts campaigns claims erasure mutes"),
        ("content", "blocks erasure hot inspections posts profiles subscriptions verdicts written"),
        ("stats", "erasure signups words"),
        ("log", "app erasure lag letters sink"),
        ("lag", ""),
        ("front", ""),
        ("front-coupon", ""),
    ],
)
def test_a_service_has_its_agents_on_whose_names_groups_hang(
    service: str, agents: str, tmp_path: Path
) -> None:
    app = create_app(settings_of(service, tmp_path))
    names = [f"{service}.{name}" for name in agents.split()]
    steps = ["notices.erasure"] if service == "chat" else []  # of contexts, named after them
    assert sorted(app.agents) == sorted([*names, *steps])


def test_each_generation_of_the_live_tables_is_a_group_of_its_own(tmp_path: Path) -> None:
    settings = settings_of("stats", tmp_path)
    groups = {create_app(settings, Counting(Generation(number))).conf.id for number in (0, 1)}
    assert len(groups) == 2


def test_a_line_is_claimed_once_in_a_process(worker: Worker) -> None:
    own = worker.line(ACCOUNT, worker.auth)
    assert worker.line(ACCOUNT, worker.auth) is own
    assert worker.line(SANCTION, worker.auth) is not own
    copies = worker.in_each(lambda database: worker.line(ACCOUNT, database))
    assert len({own, *copies.values()}) == 1 + len(copies)


def test_a_front_hears_every_answer_and_the_whole_of_what_it_folds(tmp_path: Path) -> None:
    front = Composition(settings_of("front", tmp_path))
    heard = [each for _, parts in front.parts for each in parts.hears]
    names = [each.topic.name for each in heard]
    assert len(names) == len(set(names))
    answers = {topic.name for topic in TOPICS if topic.kind is Kind.RESPONSE}
    steps = {name for name in answers if ".erasure." in name}
    assert answers - steps == {name for name in names if name.endswith(".RESPONSE")}
    assert {each.topic.name for each in heard if each.since == math.inf} == {
        "kakao.stats.generation.EVENT",
        "kakao.stats.watched.EVENT",
        "kakao.user.sanction.RESPONSE",
    }
    assert not front.background()


def test_a_session_front_waits_for_people_and_hears_of_rooms_late(tmp_path: Path) -> None:
    front = Composition(settings_of("front-auth", tmp_path))
    names = {each.topic.name for _, parts in front.parts for each in parts.hears}
    people = {name for name in names if name.startswith("kakao.user.")}
    assert names - set(front.background()) == people
    assert len(people) == 4


def test_a_pool_that_is_apart_serves_its_contexts_and_hears_besides_whose_login_ended(
    tmp_path: Path,
) -> None:
    front = Composition(settings_of("front-coupon", tmp_path))
    assert {each.topic for each in front.heard()} == {
        coupons.CAMPAIGN.response,
        coupons.CLAIM.response,
        coupons.WAITING.event,
        SESSION.response,
    }
    assert not front.background()
    web_app = Application()
    for hook in front.app.web_hooks:
        hook(web_app)
    served = {resource.canonical for resource in web_app.router.resources()}
    assert served >= {each for paths in coupons.CONTEXT.paths for each in paths.templates}
    assert {"/readyz", "/livez", "/metrics"} <= served
    assert not [path for path in served if path.startswith(("/chat", "/stomp", "/user"))]


def test_both_pools_describe_one_interface(tmp_path: Path) -> None:
    """What only front-auth serves is described by the other as well, and served by it alone."""
    for service, serves in (("front", False), ("front-auth", True)):
        front = Composition(settings_of(service, tmp_path))
        web_app = Application()
        for hook in front.app.web_hooks:
            hook(web_app)
        own = {(method, path) for _, parts in front.parts for method, path, _ in parts.elsewhere}
        served = {(method, path) for method, path, _ in routes_of(web_app)}
        assert own
        assert own & served == (own if serves else set())


@pytest.mark.parametrize(("service", "within"), [("content", 2.0), ("front", 0.2), ("chat", None)])
def test_a_redis_that_a_setting_names_is_written_by_content_and_asked_by_fronts(
    service: str, within: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[tuple[str, float]] = []

    class Named(client.RedisServer):
        def __init__(self, url: str, within: float) -> None:
            super().__init__(url, within)
            named.append((url, within))

    monkeypatch.setattr(client, "RedisServer", Named)
    create_app(settings_of(service, tmp_path))
    assert named == []
    url = "redis://:password@redis:6379/0"
    monkeypatch.setenv("CHATSTREAM_FEED__REDIS_URL", url)
    app = create_app(settings_of(service, tmp_path))
    assert named == ([] if within is None else [(url, within)])
    closed = [getattr(step, "__self__", None) for step in app.after_stop]
    assert len([each for each in closed if isinstance(each, Named)]) == len(named)


@pytest.mark.parametrize("service", USELESS)
def test_a_worker_loads_nothing_that_only_other_services_need(service: str, tmp_path: Path) -> None:
    settings = settings_of(service, tmp_path)
    script = (
        "import sys; from chatstream.app import create_app;"
        "from chatstream.settings import Settings;"
        "create_app(Settings.model_validate_json(sys.argv[1]));"
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, settings.model_dump_json()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.split())
    assert "chatstream.wiring" in loaded
    assert not loaded & set(USELESS[service].split())
