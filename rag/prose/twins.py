"""The two abstracts of an article: which sentence of the one says what a sentence of the other does."""

from collections.abc import Sequence

from corpus.terms import words
from corpus.types import Kind, Language
from ingest.chunk import Chunk

_SECTIONS = {Language.SL: "abstract-sl", Language.EN: "abstract-en"}
# Two sentences say the same from this share of common words on, by their beginnings.
_SAME = 0.45
_STEM = 5


class Twins:
    """Puts sentences of an abstract in the asker's language in the place of those of the other one."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._twins: dict[str, tuple[Chunk, ...]] = {}
        sentences = [c for c in chunks if c.kind is Kind.SENTENCE and c.section in _SECTIONS.values()]
        for article in dict.fromkeys(chunk.article for chunk in sentences):
            slovene, english = (
                [c for c in sentences if c.article == article and c.section == _SECTIONS[language]]
                for language in (Language.SL, Language.EN)
            )
            self._pair(slovene, english)

    def _pair(self, slovene: Sequence[Chunk], english: Sequence[Chunk]) -> None:
        found: dict[str, list[Chunk]] = {}
        for chunk in slovene:
            # Only a sentence with a translation can be compared.
            said = chunk.translation or ""
            fits = [
                (max(alike(said, other.text), _within(said, other.text) if said else 0.0), other) for other in english
            ]
            best, twin = max(fits, key=lambda fit: fit[0], default=(0.0, chunk))
            if best >= _SAME:
                self._twins[chunk.id] = (twin,)
                found.setdefault(twin.id, []).append(chunk)
        self._twins |= {piece: tuple(others) for piece, others in found.items()}

    def in_language(self, chunks: Sequence[Chunk], language: Language) -> tuple[Chunk, ...]:
        """Return chunks with those of the other language's abstract replaced; one without a twin stays."""
        read = [
            other
            for chunk in chunks
            for other in (self._twins.get(chunk.id, (chunk,)) if chunk.section != _SECTIONS[language] else (chunk,))
        ]
        return tuple({chunk.id: chunk for chunk in read}.values())


def alike(one: str, other: str) -> float:
    """Return how much two texts of one language say the same, 0 to 1: their common words, by their beginnings."""
    ours, theirs = ({word[:_STEM] for word in words(text) if len(word) > 3} for text in (one, other))
    return 2 * len(ours & theirs) / ((len(ours) + len(theirs)) or 1)


def _within(one: str, other: str) -> float:
    """Return how much of a text another one says, 0 to 1."""
    ours, theirs = ({word[:_STEM] for word in words(text) if len(word) > 3} for text in (one, other))
    return len(ours & theirs) / (len(ours) or 1)
