"""Which lines are done again, what is noted for it, and backups in a folder."""

from __future__ import annotations

import configparser
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatstream import VERSION
from chatstream.commands import backup_files
from chatstream.commands.redo_stores import STATES, RedoStores, message_wish
from chatstream.commands.redoing import LINES, SERVICES, TOPICS, Log
from chatstream.domain.backups import KEPT_DAYS, MANIFEST, name_of
from chatstream.errors import ConfigurationError
from chatstream.ports.messages import ChangeWish, MessageWish
from infra.kafka.log_spans import LoggedRecord
from infra.postgres.facts import FACT_LINES
from schemas import records
from schemas.catalogue import CONTEXTS, STREAMS
from schemas.catalogue import TOPICS as TOPIC_SPECS
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from schemas.streams import DAY, Kind
from tests.records.files import FOLDER, read
from tests.unit.compose.declared import ROOT, command, environment, ours
from tests.unit.compose.declared import SERVICES as CONTAINERS

KEPT = {each.type: each for each in read(FOLDER / "0.1.0.tsv")}


def test_every_line_that_can_be_read_back_is_done_again() -> None:
    assert RedoStores.lines == {*FACT_LINES}
    assert {*LINES} == {*FACT_LINES}


def test_positions_are_noted_of_all_that_leads_to_rows() -> None:
    """Every stream with outcomes of a context with databases, but the reports of erasures."""
    streams = [
        each
        for context in CONTEXTS
        if context.lineage is not None
        for each in context.streams
        if Kind.RESPONSE in each.topics and "erasure" not in each.name
    ]
    assert {each.response.name for each in streams} <= {*TOPICS}
    assert {service.name for service in SERVICES} == {"user", "friend", "coupon", "content", "chat"}


def test_a_backup_is_gone_when_the_log_has_forgotten_and_no_sooner_than_it_helps() -> None:
    for each in STREAMS:
        if Kind.RESPONSE in each.topics and each.response.name in TOPICS:
            assert each.response.retention is not None
            assert each.response.retention >= KEPT_DAYS * DAY
    assert ACCOUNT.response.retention == KEPT_DAYS * DAY
    promised = max(topic.retention or 0 for topic in TOPIC_SPECS)
    assert promised >= KEPT_DAYS * DAY, "as web.sagas says it on a receipt"


def taken(*types: str) -> Log:
    """A log with the kept records of these types."""
    log = Log()
    for number, type_ in enumerate(types):
        kept = KEPT[type_]
        log.take(LoggedRecord(kept.topic, 0, number, kept.value))
    return log


def test_a_fact_finds_the_wish_that_it_answers() -> None:
    log = taken("sendMessage", "messageStored")
    (fact,) = log.facts
    # The kept records are made type by type: their ids are not those of one wish.
    assert log.wish_of(fact) is None
    (wish,) = log.wishes.values()
    log.wishes = {(MESSAGE.response.name, fact.record.identities[0]): wish}
    assert log.wish_of(fact) == wish
    assert fact.rev == 7
    assert fact.at == fact.record.created_at


def test_states_ends_of_logins_and_what_cannot_be_read_are_no_facts() -> None:
    log = taken("positionsMoved", "messageSaved", "sessionRevoked", "messageRefused")
    log.take(LoggedRecord(MESSAGE.response.name, 0, 9, b"{"))
    assert not log.facts
    assert {topic for topic, _ in log.states} == {*STATES}
    assert len(log.sids) == 1
    assert log.unread == 1


def test_a_message_is_stored_as_its_fact_shows_it() -> None:
    log = taken("sendMessage", "messageStored", "editMessage", "messageDeleted")
    send, edit = log.wishes.values()
    stored, deleted = log.facts
    wish = message_wish(stored, send)
    assert isinstance(wish, MessageWish)
    assert wish.shown is None
    masked = records.MessageStored(
        **{
            name: getattr(stored.record, name)
            for name in records.MessageStored.__struct_fields__
            if name != "message"
        },
        message="***",
    )
    other = message_wish(type(stored)(stored.line, 1, "", 0, masked), send)
    assert isinstance(other, MessageWish)
    assert (other.message, other.shown) == (send.message, "***")
    change = message_wish(deleted, edit)
    assert isinstance(change, ChangeWish)
    assert change.text is None


def test_old_backups_and_halves_are_removed(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old, young = name_of(now - timedelta(days=8)), name_of(now - timedelta(days=1))
    for name in (old, young, f"{old}{backup_files.PARTIAL}", "somebody-elses"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text("{}")
    told: list[str] = []
    backup_files.prune(tmp_path, KEPT_DAYS, told.append)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([young, "somebody-elses"])
    assert told[-1] == "1 backups are kept"


def test_a_folder_without_a_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no backup"):
        backup_files.read(tmp_path)


def test_the_release_is_that_of_the_program() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert VERSION == config.get("metadata", "version") == "0.1.0"


def test_the_documented_containers_have_what_the_commands_need() -> None:
    """Passwords and keys, and every service is stopped before a restore."""
    text = (ROOT / "docs/operations/backup.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("docker compose")]
    runs = [line.split() for line in lines if line.startswith("docker compose run")]
    assert len(runs) == 2
    for words in runs:
        name = words[words.index("backup") - 1]
        mounts = " ".join(CONTAINERS[name]["volumes"])
        assert "/run/secrets:ro" in mounts
        assert environment(name)["CHATSTREAM_AUTH__KEYS_DIR"] in mounts
    (stopped,) = [line for line in lines if line.startswith("docker compose stop")]
    workers = {
        name
        for name in ours()
        if command(name)[:1] in (["worker"], ["gateway"]) and "profiles" not in CONTAINERS[name]
    }
    assert {*stopped.split()[3:]} == workers
