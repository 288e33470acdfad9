"""Authors are found by the handles of now, in the copy of the accounts beside the posts."""

from __future__ import annotations

from uuid import uuid4

from chatstream.ports.accounts import Profile
from chatstream.ports.content_people import Author
from infra.postgres.content_people import PostgresAuthors
from tests.contract.content_rig import ContentRig


async def test_an_author_is_found_until_the_account_is_erased(contents: ContentRig) -> None:
    authors, account_id = PostgresAuthors(contents.database), str(uuid4())
    handle = f"author-{account_id[:8]}"
    assert await authors.author(handle) is None
    await contents.profiles.keep([Profile(account_id, 1, handle, "지은")])
    assert await authors.author(handle) == Author(account_id, handle, "지은")
    await contents.profiles.keep([Profile(account_id, 2, handle, "지은이")])
    assert await authors.author(handle) == Author(account_id, handle, "지은이")
    await contents.profiles.keep([Profile(account_id, 3)])
    assert await authors.author(handle) is None
