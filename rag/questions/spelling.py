"""Mend mistyped words of a question that the article has: "fitsule" is "fistule", "Chronovo" "Crohnovo".

A word is mended only when it is none: not of the article, its translation or glossary, not a name of
the bibliography, not in a dictionary. What stands a keystroke or two away (Damerau 1964) from a word of
the article is taken for it; another ending is inflection and stays.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

from corpus.terms import distance, is_dictionary_word
from corpus.text import fold
from corpus.types import Document, Language
from ingest.spellings import SHORTEST, Spellings

# From this length on two keystrokes may be wrong.
_LONG = 11
# Forms of one word share their beginning, of so many letters at least, up to so many before the end.
_STEM, _ENDING = 4, 2
_WORD = re.compile(r"[^\W\d_]+(?:[-/][^\W_]+)*")


class Speller:
    """Knows the words of an article."""

    def __init__(self, written: Spellings, *, names: Iterable[str] = ()) -> None:
        """Prepare it.

        Args:
            written: the words that are right; mistyped ones are mended to those of the question's language.
            names: with words that are right, too, but that nothing is mended to.
        """
        self._written = written
        self._names = names

    @cached_property
    def _right(self) -> frozenset[str]:
        return frozenset(fold(word) for text in self._names for word in re.findall(r"[^\W\d_]+", text))

    def mend(self, text: str, language: Language) -> str:
        """Return a question with its mistyped words put right; itself when there is none."""
        return _WORD.sub(lambda match: self._mended(match.group(), language), text)

    def _mended(self, word: str, language: Language) -> str:
        if len(word) < SHORTEST or not word.isalpha() or not word[1:].islower():
            return word
        folded = fold(word)
        if any(folded in known for known in self._written.values()) or is_dictionary_word(word.lower(), language):
            return word
        right = self._nearest(folded, language, is_name=word[0].isupper())
        if not right or folded in self._right or any(is_dictionary_word(word.lower(), either) for either in Language):
            return word
        written = self._written[language][right]
        return written.capitalize() if word[0].isupper() else written

    @lru_cache(maxsize=4096)  # noqa: B019 - lives as long as the engine
    def _nearest(self, folded: str, language: Language, *, is_name: bool) -> str:
        """The known word that a strange one is mistyped from; "" when it is none, or a form of a known one.

        Of several the nearest, of these a name for what is written like one.
        """
        stem = folded[: max(_STEM, len(folded) - _ENDING)]
        if any(word.startswith(stem) for known in self._written.values() for word in known):
            return ""
        allowed = 1 if len(folded) < _LONG else 2
        near = [
            (steps, is_name and written.islower(), word)
            for word, written in self._written[language].items()
            if word[0] == folded[0] and (steps := distance(folded, word, at_most=allowed)) <= allowed
        ]
        return min(near)[-1] if near else ""


def speller(written: Spellings, documents: Mapping[str, Document]) -> Speller:
    """Return one that knows what articles say, how else it may be said, and the names of their bibliographies."""
    references = [one for document in documents.values() for one in document.references]
    printed = [" ".join((*one.authors, one.group, one.editors, one.container, one.publisher)) for one in references]
    return Speller(written, names=printed)
