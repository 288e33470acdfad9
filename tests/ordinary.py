"""Ordinary sentences, in which no listed word is meant, and phrases in which one is.

Written by hand: `tests/corpus/*.txt`, a sentence a line. Made: ordinary sentences of a pattern and
what fills it, so that words meet as they do in chats. Read when a test runs, never copied: names of
countries and languages (Babel), the help of Python (`pydoc`), the program's own texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from pydoc_data.topics import topics

from babel import Locale

_ROOT = Path(__file__).parent.parent
_SENTENCE = re.compile(r"[A-Z][a-z]+ [^.!?`*|=<>{}\[\]]{15,200}[.!?](?= |$)")

# A pattern, and what stands in it: all combinations.
_PATTERNS: Sequence[tuple[str, Sequence[str]]] = (
    (
        "{}발{}",
        (
            "다시 즉시 임시 수시 혹시 역시 다시_ 즉시_ 임시_ 수시_ 혹시_ 역시_ 동시_ 일시_",
            "급해_주세요 급받았어요 표했어요 표합니다 송해_주세요 송됐어요 견했어 견하면_알려_줘 "
            "행했대요 권하려고요 음해_봐 령_났어 주_넣어_주세요 전하고_있어 매됐어? 동_걸렸네",
        ),
    ),
    (
        "{}시_발{}",
        (
            "수원 성남 김포 안양 청주 전주 창원 진주 강릉 원주 포항 구미 여수 목포 천안 파주",
            "전_계획이_나왔어요 표_자료_좀_보내_줘 행_상품권_샀어 굴_조사_결과래",
        ),
    ),
    (
        "{}시발{}",
        (
            "수원 성남 김포 안양 청주 전주 창원 진주 강릉 원주 포항 구미 여수 목포 천안 파주",
            "전계획 전연구원에_다녀요 행_상품권_샀어",
        ),
    ),
    (
        "{}_씨_발{}",
        (
            "김민수 이지은 박서준 최유리 정하늘 강바다 조은비 윤도현 임수정 한지민",
            "표_순서예요 이_아프대요 음이_정확해요 명품이래요 자국이_남았네 을_다쳤대요",
        ),
    ),
    (
        "{}병_신{}",
        (
            "물 꽃 유리 보온 약 술 소주 맥주 잼 젖",
            "상품이_나왔어요 기하게_생겼다 문지로_싸_주세요 경_써서_버려_줘 속하게_회수합니다",
        ),
    ),
    (
        "{}병신{}",
        (
            "간 문 질 전염 감염 피부 성인 직업 심장 당뇨 풍토",
            "고는_보건소로_하세요 청은_어디서_해요? 규_환자가_줄었대요 약이_나왔대요 청서_주세요",
        ),
    ),
    (
        "{}시_발_{}",
        (
            "여섯 일곱 여덟 아홉 열 열한 열두 6 7 8 9 10 11 12",
            "부산행_기차_타 비행기야 고속버스_두_장_주세요 열차는_매진이래",
        ),
    ),
    (
        "{}_새끼{}",
        (
            "고양이 강아지 토끼 사슴 호랑이 코끼리 판다 물개 제비 오리",
            "가_귀여워요 를_구조했대요 _세_마리가_태어났어 는_어미를_따라다녀 들이_자고_있어요",
        ),
    ),
    (
        "새끼_{}{}",
        (
            "고양이 강아지 토끼 사슴 호랑이 코끼리 판다 물개 제비 오리 여우 다람쥐 원숭이",
            "_봤어? _사진이야 _너무_귀엽다 한테_우유_줬어",
        ),
    ),
    (
        "{}씨_발{}",
        (
            "수박 포도 감 대추 참외 매실 사과 살구 자두 앵두",
            "라_먹는_중 라내고_잼_만들자 라서_아이_줬어 아가_잘_돼요",
        ),
    ),
    (
        "{}씨발{}",
        (
            "수박 포도 감 대추 참외 매실 사과 살구 자두 앵두",
            "라줘 라내고_먹어 라_먹기_귀찮다 아율이_낮아요",
        ),
    ),
    (
        "{}_{}_{}",
        (
            "오늘 내일 주말에 이따가 어제 지난주에 다음_달에",
            "엄마랑 친구랑 팀장님이랑 혼자 동생이랑",
            "등산_가 병원_들러 김치찌개_먹어 지하철_타고_와 영화_보러_가 게임_한_판_해 시험_공부해",
        ),
    ),
    (
        "{}_{}_{}",
        (
            "My_sister The_class Our_team A_raccoon The_assistant Dick_Cheney Mr_Hancock Yoshito",
            "passed lost found described sketched missed",
            "the_assignment a_basket_of_spices the_cockpit_door a_shuttlecock the_title "
            "the_constitution an_assessment a_bag_of_goodies",
        ),
    ),
    (
        "{}_in_{}_{}",
        (
            "The_weather Football Every_analyst The_embassy A_therapist Country_music",
            "Scunthorpe Penistone Essex Middlesex Kaiserslautern Fukushima Massachusetts Sussex",
            "is_better_today needs_a_push moved_uphill had_its_ups_and_downs",
        ),
    ),
)


def listed() -> tuple[str, ...]:
    """Phrases in which a listed word is meant, however it is hidden."""
    return _lines("listed")


def ordinary() -> Mapping[str, Sequence[str]]:
    """Ordinary sentences by where they come from; none is twice in one source."""
    return {
        "korean": _lines("ordinary_korean"),
        "english": _lines("ordinary_english"),
        "patterns": tuple(dict.fromkeys(_filled())),
        "babel": tuple(dict.fromkeys(_of_places_and_languages())),
        "pydoc": tuple(dict.fromkeys(_of_help())),
        "texts": tuple(dict.fromkeys(_of_texts())),
    }


def _lines(name: str) -> tuple[str, ...]:
    text = (_ROOT / "tests" / "corpus" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line)


def _filled() -> Iterator[str]:
    for pattern, slots in _PATTERNS:
        for parts in product(*(slot.split() for slot in slots)):
            yield pattern.format(*parts).replace("_", " ")


def _of_places_and_languages() -> Iterator[str]:
    korean, english = Locale("ko"), Locale("en")
    for code in sorted(korean.territories):
        yield f"{korean.territories[code]} 여행 가고 싶다"
        yield f"I have never been to {english.territories[code]}"
    for code in sorted(korean.languages):
        yield f"요즘 {korean.languages[code]} 배우는 중이야"
        yield f"Do you speak {english.languages.get(code, code)}?"


def _of_help() -> Iterator[str]:
    for name in sorted(topics):
        yield from _SENTENCE.findall(" ".join(topics[name].split()))


def _of_texts() -> Iterator[str]:
    for language in ("ko", "en"):
        path = _ROOT / "web" / "locale" / f"{language}.json"
        yield from _strings(json.loads(path.read_text(encoding="utf-8")))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
