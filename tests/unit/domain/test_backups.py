"""What a backup says of itself, and which backups go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.backups import (
    KEPT_DAYS,
    BackupManifest,
    DumpedDatabase,
    damages,
    decode,
    differences,
    expired,
    misfits,
    moment_of,
    name_of,
)

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NAMES = st.text("abcdefghij-0123456789", min_size=1, max_size=12)
COUNTS = st.integers(0, 2**60)
DATABASES = st.builds(
    DumpedDatabase,
    name=NAMES,
    lineage=NAMES,
    file=NAMES,
    bytes=COUNTS,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    migration=NAMES,
    rows=st.dictionaries(NAMES, COUNTS, max_size=4),
)
MANIFESTS = st.builds(
    BackupManifest,
    name=NAMES,
    began=st.text(max_size=24),
    ended=st.text(max_size=24),
    release=NAMES,
    partitions=st.integers(1, 64),
    databases=st.lists(DATABASES, max_size=4, unique_by=lambda each: each.file).map(tuple),
    positions=st.dictionaries(NAMES, st.lists(COUNTS, max_size=8), max_size=4),
)
ONE = DumpedDatabase(
    name="auth", lineage="auth", file="auth.dump", bytes=3, sha256="aa", migration="0009", rows={}
)
MANIFEST = BackupManifest(
    name="chatstream-20261129T120000Z",
    began="2026-11-29T12:00:00.000Z",
    ended="2026-11-29T12:00:01.000Z",
    release="0.1.0",
    partitions=8,
    databases=(ONE,),
    positions={"kakao.user.account.REQUEST": [0, 4]},
)


@given(MANIFESTS)
def test_a_manifest_is_read_as_it_was_written(manifest: BackupManifest) -> None:
    assert decode(manifest.encode()) == manifest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 1}', '{"form": 1, "databases": 3}'])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it is no manifest|Expecting value"):
        decode(text)


def test_a_manifest_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="its form is 2"):
        decode(MANIFEST.encode().replace('"form": 1', '"form": 2'))


@given(st.floats(0, 4e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_name_tells_the_second_at_which_it_began(moment: datetime) -> None:
    assert moment_of(name_of(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize("name", ["", "other", "chatstream-20261340T000000Z", "chatstream-2026"])
def test_other_folders_are_nobodys_backups(name: str) -> None:
    assert moment_of(name) is None
    assert expired([name], NOW, 1) == []


@given(st.lists(st.integers(0, 40 * 24), max_size=12), st.integers(1, KEPT_DAYS))
def test_no_backup_is_older_than_asked_for_and_no_younger_one_goes(
    hours: list[int], days: int
) -> None:
    names = {name_of(NOW - timedelta(hours=each)): each for each in hours}
    gone = expired(names, NOW, days)
    assert gone == sorted(gone)
    assert {*gone} == {name for name, each in names.items() if each > days * 24}


def test_files_that_are_missing_or_others_are_told() -> None:
    assert damages(MANIFEST, {"auth.dump": (3, "aa")}) == []
    assert damages(MANIFEST, {}) == ["auth.dump is missing"]
    wrong = ["auth.dump is not the file that was written"]
    assert damages(MANIFEST, {"auth.dump": (4, "aa")}) == wrong
    assert damages(MANIFEST, {"auth.dump": (3, "ab")}) == wrong


def test_an_installation_has_the_databases_and_partitions_that_were_dumped() -> None:
    assert misfits(MANIFEST, ["auth"], 8) == []
    assert misfits(MANIFEST, ["auth", "chat-0"], 8) == ["the backup has no database chat-0"]
    assert misfits(MANIFEST, [], 8) == ["no database auth is configured"]
    assert "had 8 partitions" in misfits(MANIFEST, ["auth"], 16)[0]


def test_a_table_with_other_rows_than_were_dumped_is_told() -> None:
    rows = {"rooms": 2, "members": 0}
    assert differences(rows, {"rooms": 2, "more": 1}, "chat-0") == []
    told = ["chat-0.rooms: 1 rows, 2 were dumped"]
    assert differences(rows, {"rooms": 1, "members": 0}, "chat-0") == told
    assert replace(MANIFEST, databases=(ONE, ONE)).bytes == 6
