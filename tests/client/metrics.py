"""The metrics of workers of a running stack, from their own ports."""

from __future__ import annotations

from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from infra.embedded.stack import Stack


async def samples(stack: Stack, *workers: str) -> list[Sample]:
    """All that the workers tell, one request each."""
    found: list[Sample] = []
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        for worker in workers:
            async with http.get(f"{stack.endpoints.worker_url(worker)}/metrics") as answer:
                for family in text_string_to_metric_families(await answer.text()):
                    found += family.samples
    return found


def total(found: list[Sample], name: str, **labels: Any) -> float:
    """The sum of the samples of `chatstream_<name>` with these labels; KeyError without any."""
    values = [
        each.value
        for each in found
        if each.name == f"chatstream_{name}" and labels.items() <= each.labels.items()
    ]
    if not values:
        raise KeyError(name)
    return sum(values)
