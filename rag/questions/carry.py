"""What an earlier question is about, in the words of the other language, for a follow-up that is asked in it.

Names of the field go through the glossary; another telling word becomes the nearest one of the article's other side, by
word vectors that both languages share; a word that both sides have (a gene, a number) stays.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from corpus.concepts import ConceptMatcher
from corpus.terms import STOP_WORDS, words
from corpus.types import Language
from ingest.embed import FloatMatrix
from ingest.lexicon import Lexicon

# From this cosine on two words mean the same.
_SAME = 0.6


class Carrier:
    """Carries a topic over into the other language."""

    def __init__(
        self, matcher: ConceptMatcher, lexicon: Lexicon, word_vectors: Callable[[Sequence[str]], FloatMatrix]
    ) -> None:
        self._matcher = matcher
        self._lexicon = lexicon
        self._word_vectors = word_vectors

    def carried(self, text: str, of: Language, into: Language) -> str:
        """Return the telling words of a text in another language; the text itself when that is its own."""
        if of is into:
            return text
        tokens = words(text)
        named: dict[int, str] = {}
        taken: set[int] = set()
        for mention in self._matcher.find(text, language=of):
            if taken.isdisjoint(mention.positions):
                named[mention.positions[0]] = self._matcher.name(mention.key, into)
                taken.update(mention.positions)
        found: list[str] = []
        for place, token in enumerate(tokens):
            if place in named:
                found.append(named[place])
            elif place not in taken and token.isalnum() and token not in STOP_WORDS[of]:
                found.append(token if self._is_of(token, into) else self._nearest(token, into))
        return " ".join(dict.fromkeys(filter(None, found)))

    def _is_of(self, word: str, language: Language) -> bool:
        return any(char.isdigit() for char in word) or word in self._lexicon.sides[language].bm25

    def _nearest(self, word: str, language: Language) -> str:
        """Return the word of the article's other side that means the same; "" where there is none."""
        vector = self._word_vectors([word])[0]
        length = float(np.linalg.norm(vector))
        places = self._only[language]
        if not length or not len(places):
            return ""
        likeness = self._lexicon.vectors[places] @ (vector / length)
        best = int(np.argmax(likeness))
        return self._lexicon.words[places[best]] if likeness[best] >= _SAME else ""

    @cached_property
    def _only(self) -> "dict[Language, np.ndarray[tuple[int], np.dtype[np.intp]]]":
        """Where the words stand that only one side of the article has."""
        sides = {language: self._lexicon.sides[language].bm25 for language in Language}
        return {
            language: np.array(
                [
                    place
                    for place, word in enumerate(self._lexicon.words)
                    if word in sides[language]
                    and not any(word in sides[other] for other in Language if other != language)
                ],
                dtype=np.intp,
            )
            for language in Language
        }
