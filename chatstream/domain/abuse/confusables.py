"""Characters that look like a letter of another script, and digits that are read as letters.

Only what people use to get around a word list; Unicode's own compatibility forms (full-width,
circled, mathematical letters) are not repeated here, NFKC folds them.
"""

from __future__ import annotations

from collections.abc import Mapping

# Small letters only: the table is used after case folding. `l` is read as `i`, for a capital I, a
# small l, the digit 1 and a bar look alike, and a word list that tells them apart is blind to it.
_PAIRS = """
    аa ӓa ɑa αa ᴀa ʙb вb ьb βb сc ϲc ᴄc ԁd ᴅd еe ёe єe ҽe εe ᴇe ꜰf ғf ɡg ɢg һh нh ʜh
    іi їi ıi ιi ɪi ӏi łi ʟi ǀi li јj ᴊj кk κk ᴋk мm ᴍm пn ηn ɴn оo σo οo ᴏo øo рp ρp ᴘp ԛq
    гr ʀr ѕs ꜱs тt τt ᴛt υu սu цu ᴜu ѵv νv ᴠv ԝw ωw шw ᴡw хx χx уy γy ʏy ᴢz
    丨ㅣ 人ㅅ 己ㄹ 口ㅁ 〇ㅇ ○ㅇ ◯ㅇ
    ’' ‘' ʼ' ＇' `' ´' ∗* ＊* ✱* ٭* 。. ․.
"""

# The dark squares and circles with a letter inside; the light ones are folded by NFKC.
_DARK = {chr(first + n): chr(ord("a") + n) for first in (0x1F150, 0x1F170) for n in range(26)}

LOOKS_LIKE: Mapping[str, str] = {
    alike: "i" if meant == "l" else meant
    for alike, meant in (*((pair[0], pair[1]) for pair in _PAIRS.split()), *_DARK.items())
}

READ_AS: Mapping[int, int] = str.maketrans("0123456789@$!|+", "oizeasgtbgasiit")
