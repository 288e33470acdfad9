"""What a verdict may be for has a text in the pages, in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

from agents.contents.inspecting import SECOND_OPINION
from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.content.model import ADDRESSED, UNCLEAR, ModelReason

WEB = Path(__file__).parents[4] / "web"
GIVEN = {
    *(Reason.BANNED_WORD, Reason.BANNED_LINK, Reason.LINKS, Reason.REPEAT, Reason.INVITATIONS),
    *ModelReason,
    *(SECOND_OPINION, UNCLEAR, ADDRESSED),
}


def test_every_reason_of_a_verdict_has_its_text() -> None:
    script = (WEB / "static/js/post_state.js").read_text()
    keys = dict(re.findall(r'^  (\w+): "(post\.reason\.\w+)",$', script, re.MULTILINE))
    assert keys.keys() == {str(each) for each in GIVEN}
    for language in ("en", "ko"):
        texts = json.loads((WEB / f"locale/{language}.json").read_text())
        assert set(keys.values()) <= texts.keys()
