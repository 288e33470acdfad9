"""Sets of characters that the standard library does not know, as the inside of a regex's `[…]`.

From the Unicode Character Database 18.0, except `JOINED_BY_CONTROLS`, `VARIED` and `IDEOGRAPHS`,
which are whole blocks or parts of them (Blocks.txt) and say what of them they cover. The tests
compare them with the data of the package `regex`. A code point that no version of Unicode has
given to a character yet is in a set when the database reserves it for such a character.
"""

from __future__ import annotations

import re


def _set_of(table: str) -> str:
    """Hexadecimal code points and ranges of them, as the inside of a character class."""
    bounds = (each.split("-") for each in table.split())
    return "".join("-".join(re.escape(chr(int(end, 16))) for end in pair) for pair in bounds)


# DerivedCoreProperties.txt, Default_Ignorable_Code_Point: nothing of their own is shown.
DEFAULT_IGNORABLE = _set_of("""
AD 34F 61C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF FFA0
FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF
""")

# PropList.txt, Bidi_Control, but for the marks that are like a letter without a shape: what opens
# or closes an embedding, an override or an isolate.
LINE_TURNING = _set_of("202A-202E 2066-2069")

# Code points that never become characters (the standard, 23.7), and the surrogates.
NO_CHARACTERS = _set_of(
    "D800-DFFF FDD0-FDEF "
    + " ".join(f"{plane << 16 | 0xFFFE:X}-{plane << 16 | 0xFFFF:X}" for plane in range(17))
)

# emoji/emoji-data.txt, Extended_Pictographic.
PICTOGRAPHS = _set_of("""
A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 23CF 23E9-23F3 23F8-23FA 24C2 25AA-25AB
25B6 25C0 25FB-25FE 2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626 262A 262E-262F
2638-263A 2640 2642 2648-2653 265F-2660 2663 2665-2666 2668 267B 267E-267F 2692-2697 2699 269B-269C
26A0-26A1 26A7 26AA-26AB 26B0-26B1 26BD-26BE 26C4-26C5 26C8 26CE-26CF 26D1 26D3-26D4 26E9-26EA
26F0-26F5 26F7-26FA 26FD 2702 2705 2708-270D 270F 2712 2714 2716 271D 2721 2728 2733-2734 2744 2747
274C 274E 2753-2755 2757 2763-2764 2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55
3030 303D 3297 3299 1F004 1F02C-1F02F 1F094-1F09F 1F0AF-1F0B0 1F0C0 1F0CF-1F0D0 1F0F6-1F0FF
1F170-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F1AF-1F1E5 1F201-1F20F 1F21A 1F22F 1F232-1F23A
1F23C-1F23F 1F249-1F25F 1F266-1F321 1F324-1F393 1F396-1F397 1F399-1F39B 1F39E-1F3F0 1F3F3-1F3F5
1F3F7-1F3FA 1F400-1F4FD 1F4FF-1F53D 1F549-1F54E 1F550-1F567 1F56F-1F570 1F573-1F57A 1F587
1F58A-1F58D 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2 1F5BC 1F5C2-1F5C4 1F5D1-1F5D3
1F5DC-1F5DE 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2 1F6D5-1F6E5 1F6E9
1F6EB-1F6F0 1F6F3-1F6FF 1F7DC-1F7F0 1F80C-1F80F 1F848-1F84F 1F85A-1F85F 1F888-1F88F 1F8AE-1F8AF
1F8BC-1F8BF 1F8C2-1F8CF 1F8D9-1F8FF 1F90C-1F93A 1F93C-1F945 1F947-1F9FF 1FA58-1FA5F 1FA6E-1FAFF
1FC00-1FFFD
""")

# emoji-data.txt, Emoji: what else an emoji presentation is asked of (keycaps, flags, skin tones).
EMOJI_BESIDES_PICTOGRAPHS = _set_of("23 2A 30-39 1F1E6-1F1FF 1F3FB-1F3FF")

# The blocks of the scripts whose letters take another shape beside U+200C and U+200D: those with a
# Joining_Type (ArabicShaping.txt) and those with a virama (IndicSyllabicCategory.txt). Latin
# letters, Hangul, Han, kana, Greek, Cyrillic, Hebrew and Thai are none.
JOINED_BY_CONTROLS = _set_of("""
600-77F 7C0-7FF 840-DFF 1000-109F 1700-18AF 1A20-1AAF 1B00-1BFF A800-A82F A840-A8DF A980-A9DF
A9E0-A9FF AA60-AA7F AAE0-AAFF 10A00-10A5F 10AC0-10AFF 10B80-10BAF 10D00-10D3F 10EC0-10FDF
11000-1167F 11680-116CF 11800-1184F 11900-1195F 119A0-11AAF 11C00-11CBF 11D00-11DAF 11F00-11F5F
1E900-1E95F
""")

# Han ideographs, of which each may be followed by a variation selector (the Ideographic Variation
# Database registers more of these every year).
IDEOGRAPHS = _set_of("3005 3007 3400-4DBF 4E00-9FFF F900-FAFF 20000-33FFF")

# StandardizedVariants.txt, by blocks: signs, mathematical letters and punctuation of East Asia.
VARIED = _set_of("""
2010-2027 2030-205E 2100-2BFF 3001-3004 3008-3030 FF01 FF0C FF0E FF1A FF1B FF1F 1D400-1D7FF
""")

# Shown as nothing though the database has them as symbols: a cell of braille without a dot, the
# head of no note.
BLANK = frozenset("\u2800\U0001d159")
