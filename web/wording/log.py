"""The words of the log and of the topics."""

from __future__ import annotations

from web.wording.texts import Wording

WORDS = Wording(
    reasons={
        "must not be given together with `cursor`": "`cursor`와 함께 쓸 수 없어요",
        "is required: the letter does not say which agent failed": (
            "꼭 필요해요. 데드 레터에 실패한 에이전트가 적혀 있지 않아요"
        ),
        "does not say on which topic its record was": (
            "레코드가 어느 토픽에 있었는지 적혀 있지 않아요"
        ),
        "must be at most {years} years after the start time": (
            "시작 시각에서 {years}년을 넘을 수 없어요"
        ),
        "must be a dashboard that has this panel": "이 패널이 있는 대시보드여야 해요",
    },
    fields={
        "action": ("the action", "동작"),
        "at": ("the time", "시각"),
        "dashboard": ("the dashboard", "대시보드"),
        "dataset": ("the kind of entry", "항목 종류"),
        "deadLetterId": ("the dead letter", "데드 레터"),
        "key": ("the key", "키"),
        "level": ("the level", "로그 레벨"),
        "newer": ("the time to go on from", "이어 볼 시각"),
        "offset": ("the offset", "오프셋"),
        "outcome": ("the outcome", "결과"),
        "partition": ("the partition", "파티션"),
        "reader": ("the reader", "리더"),
        "reason": ("the reason", "사유"),
        "service": ("the service", "서비스"),
        "topic": ("the topic", "토픽"),
        "trace": ("the trace ID", "추적 번호"),
        "user": ("the user", "사용자"),
        "wait": ("whether to wait", "기다릴지"),
    },
)
