"""The words of the log and of the topics."""

from __future__ import annotations

from web.wording.texts import Wording

WORDS = Wording(
    reasons={"must not be given together with `cursor`": "`cursor`와 함께 쓸 수 없어요"},
    fields={
        "action": ("the action", "동작"),
        "at": ("the time", "시각"),
        "dataset": ("the kind of entry", "항목 종류"),
        "key": ("the key", "키"),
        "level": ("the level", "로그 레벨"),
        "newer": ("the time to go on from", "이어 볼 시각"),
        "offset": ("the offset", "오프셋"),
        "outcome": ("the outcome", "결과"),
        "partition": ("the partition", "파티션"),
        "service": ("the service", "서비스"),
        "trace": ("the trace ID", "추적 번호"),
        "user": ("the user", "사용자"),
    },
)
