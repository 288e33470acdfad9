"""Settings from files, as containers are given their secrets, and libpq strings with a password."""

from __future__ import annotations

from pathlib import Path
from traceback import format_exception

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2.extensions import parse_dsn

from chatstream.errors import ConfigurationError
from chatstream.settings import PostgresSettings, load_settings
from infra.faust.options import options_of
from schemas.databases import AUTH, CHAT, dsns_of

KEYWORDS = "host=db port=5432 user=chatstream dbname=auth"
URL = "postgresql://chatstream@db:5432/auth"


@pytest.mark.parametrize("name", ["chatstream_postgres__password", "CHATSTREAM_POSTGRES__PASSWORD"])
def test_a_secret_is_a_file_of_its_variables_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("correct horse 한국\n")
    (tmp_path / "of_another_program").write_text("nothing")
    settings = load_settings(_secrets_dir=tmp_path)
    assert settings.postgres.password.get_secret_value() == "correct horse 한국"
    assert "correct" not in repr(settings)


def test_the_environment_counts_before_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chatstream_kibana__user").write_text("from a file")
    (tmp_path / "chatstream_kibana__api_key").write_text("key")
    monkeypatch.setenv("CHATSTREAM_KIBANA__USER", "from the environment")
    kibana = load_settings(_secrets_dir=tmp_path).kibana
    assert (kibana.user, kibana.api_key.get_secret_value()) == ("from the environment", "key")


def test_a_wrong_value_in_a_file_is_named_as_its_variable(tmp_path: Path) -> None:
    (tmp_path / "chatstream_postgres__pool_size").write_text("many")
    with pytest.raises(ConfigurationError, match=r"CHATSTREAM_POSTGRES__POOL_SIZE: .*integer"):
        load_settings(_secrets_dir=tmp_path)


def test_where_there_are_no_files_nothing_is_missed(tmp_path: Path) -> None:
    assert load_settings(_secrets_dir=tmp_path / "none") == load_settings()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_libpq_reads_the_password_from_either_form(password: str) -> None:
    for dsn in (KEYWORDS, URL, f"{URL}?connect_timeout=5"):
        told = PostgresSettings.model_validate({"auth": dsn, "password": password})
        found = parse_dsn(dsns_of(told, AUTH)["auth"])
        assert found == {**parse_dsn(dsn), "password": password}


@pytest.mark.parametrize(
    "dsn",
    [
        f"{KEYWORDS} password=own",
        "postgresql://chatstream:own@db/auth",
        "postgres://db/auth?user=chatstream&password=own",
    ],
)
def test_a_string_that_has_a_password_keeps_it(dsn: str) -> None:
    told = PostgresSettings.model_validate({"chat": {"chat-0": dsn}, "password": "of the others"})
    assert parse_dsn(dsns_of(told, CHAT)["chat-0"])["password"] == "own"


def test_a_database_that_is_not_told_stays_so() -> None:
    assert PostgresSettings.model_validate({"password": "p"}).lineages["auth"] == {"auth": ""}


def test_a_worker_is_a_static_member_under_its_name_only_where_it_is_said() -> None:
    static = load_settings(worker="chat-2", kafka={"static_membership": True})
    assert options_of(static, 0.0)["consumer_group_instance_id"] == "chat-2"
    usual = load_settings(worker="chat-2")
    assert options_of(usual, 0.0)["consumer_group_instance_id"] is None


def test_a_static_member_without_a_name_of_its_own_is_refused() -> None:
    nameless = load_settings(kafka={"static_membership": True})
    with pytest.raises(ConfigurationError, match=r"CHATSTREAM_WORKER: .* chat-1"):
        options_of(nameless, 0.0)


@pytest.mark.parametrize(("session", "heartbeat"), [(4.0, 1.0), (6.0, 1.5), (30.0, 1.5)])
def test_a_rebalance_is_learned_soon_however_long_a_session_is(
    session: float, heartbeat: float
) -> None:
    options = options_of(load_settings(kafka={"session_timeout": session}), 0.0)
    assert options["broker_heartbeat_interval"] == heartbeat


def test_a_session_that_a_worker_could_not_begin_is_refused_by_its_variable() -> None:
    """Faust's answer time is 90 s: a worker with a longer session would end at each start."""
    with pytest.raises(ConfigurationError, match=r"KAFKA__SESSION_TIMEOUT: .*less than or equal"):
        load_settings(kafka={"session_timeout": 91})
    assert load_settings(kafka={"session_timeout": 90}).kafka.session_timeout == 90


def test_the_address_of_redis_is_a_secret_that_no_error_quotes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "CHATSTREAM_FEED__REDIS_URL"
    monkeypatch.setenv(name, "redis://:planted-secret@cache:6379/0")
    settings = load_settings()
    assert "planted-secret" in settings.feed.redis_url.get_secret_value()
    assert "planted-secret" not in repr(settings)
    monkeypatch.setenv(name, "http://:planted-secret@cache")
    with pytest.raises(ConfigurationError, match=name) as raised:
        load_settings()
    assert "planted-secret" not in "".join(format_exception(raised.value))
