"""Versions of the stats tables: each generation has a group and changelogs of its own."""

from __future__ import annotations

from tables.stats import VERSION, changelogs_of, version_of


def changelog(version: int, table: str = "word_counts") -> str:
    return f"chatstream-stats-v{version}-{table}-changelog"


def test_generations_never_share_a_version() -> None:
    assert version_of(0) == VERSION
    assert len({version_of(number) for number in range(50)}) == 50


def test_the_changelogs_of_a_generation_are_found_by_their_group() -> None:
    mine = [changelog(version_of(3)), changelog(version_of(3), "chat_added")]
    of_an_older_program = changelog(12)
    others = [
        changelog(version_of(1)),
        "chatstream-chat-room_members-changelog",
        "kakao.stats.generation.EVENT",
        "chatstream-stats-v3-word_counts",
    ]
    found = changelogs_of([*mine, of_an_older_program, *others], [0, 3])
    assert found == {
        f"chatstream-stats-v{version_of(3)}": mine,
        "chatstream-stats-v12": [of_an_older_program],
    }
