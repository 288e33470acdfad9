"""A language model behind any endpoint that speaks as OpenAI's chat completions do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import openai

from chatstream.domain.content.model import ANSWER_TOKENS, Question
from chatstream.errors import TransientFailure
from chatstream.ports.models import ModelAnswer


@dataclass(frozen=True, kw_only=True)
class ChatEndpoint:
    """Where a model is: `timeout` is all that one try may take, in seconds."""

    url: str
    model: str
    key: str
    timeout: float


class ChatCompletions:
    """ports.models.LanguageModel; asks once, for whoever asks tries again."""

    def __init__(self, endpoint: ChatEndpoint) -> None:
        self._endpoint = endpoint
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key or "none",
            timeout=endpoint.timeout,
            max_retries=0,
        )

    async def ask(self, question: Question) -> ModelAnswer:
        """See ports.models.LanguageModel."""
        try:
            async with asyncio.timeout(self._endpoint.timeout):
                told = await self._client.chat.completions.create(
                    model=self._endpoint.model,
                    messages=[
                        {"role": "system", "content": question.instruction},
                        {"role": "user", "content": question.data},
                    ],
                    temperature=0,
                    max_tokens=ANSWER_TOKENS,
                    response_format={"type": "json_object"},
                )
        except (openai.OpenAIError, TimeoutError, OSError, ValueError) as error:
            # Its text may quote what was asked.
            status = getattr(error, "status_code", "")
            raise TransientFailure(f"{type(error).__name__} {status}".rstrip()) from error
        return _answer(told)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _answer(told: object) -> ModelAnswer:
    """What was said, empty where it is not of the form that was agreed: that is no answer."""
    choices = getattr(told, "choices", None) or [None]
    text = getattr(getattr(choices[0], "message", None), "content", None)
    usage = getattr(told, "usage", None)
    return ModelAnswer(
        text if isinstance(text, str) else "",
        _count(getattr(usage, "prompt_tokens", None)),
        _count(getattr(usage, "completion_tokens", None)),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
