"""Authors, as calls name them by their handles."""

from __future__ import annotations

from chatstream.domain.accounts import is_handle
from chatstream.ports.content_people import Author, AuthorReader
from web.room_wishes import nobody


async def author_of(authors: AuthorReader, field: str, user_id: str) -> Author:
    """Who has the handle; USER_NOT_FOUND naming the field."""
    author = await authors.author(user_id) if is_handle(user_id) else None
    if author is None:
        raise nobody(field, [user_id])
    return author
