"""Two browsers chat, through everything that a stack has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.embedded.stack import Stack
from tests.e2e.scene import two_browsers_chat

if TYPE_CHECKING:
    from playwright.async_api import Browser


async def test_two_browsers_chat_and_the_message_is_in_kafka_postgres_and_elasticsearch(
    stack: Stack, base_url: str, browser: Browser
) -> None:
    await two_browsers_chat(stack, base_url, browser)
