"""Posts that people of a test have published, or that wait for a person."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.client.waiting import eventually
from tests.e2e.readers import Reader

BODY = """# 눈 오는 바다

**파도**와 *바람* 소리, 그리고 [지도](https://a.example/map).

- one
- two

> said

```
code that is long enough to be scrolled on a narrow screen, and then some more of it
```
"""


async def wrote(reader: Reader, **changes: Any) -> str:
    """A post that is inspected; its id."""
    post = {
        "contentId": str(uuid4()),
        "title": "겨울 바다",
        "body": BODY,
        "tags": ["바다", "winter"],
    }
    return str((await reader.api("POST", "/content", post | changes))["contentId"])


async def published(reader: Reader, **changes: Any) -> str:
    """A post that everybody sees; its id."""
    content_id = await wrote(reader, **changes)
    await stands(reader, content_id, "published")
    return content_id


async def doubtful(reader: Reader, **changes: Any) -> str:
    """A post that a person must look at, for its links; its id."""
    links = "\n\n".join(f"https://site-{number}.example/" for number in range(21))
    content_id = await wrote(reader, **{"body": links} | changes)
    await stands(reader, content_id, "review")
    return content_id


async def stands(reader: Reader, content_id: str, state: str, version: int = 1) -> None:
    """Returns when the version stands so."""

    async def is_so() -> bool:
        mine = (await reader.api("GET", f"/content/{content_id}"))["mine"]
        return bool((mine["version"], mine["state"]) == (version, state))

    await eventually(is_so)
