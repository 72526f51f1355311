"""Find the concepts of the glossary in a text, whatever their inflection, language or accents."""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.glossary import Concept
from corpus.terms import STOP_WORDS, lemma, similarity, words
from corpus.text import fold
from corpus.types import Language

# Two word forms count as one word in a concept's name from this likeness on.
_SAME_WORD = 0.75


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept named in a text; `positions` are those of its words in `words(text)`."""

    key: str
    positions: tuple[int, ...]


class ConceptMatcher:
    """Finds concepts by their names in both languages; longer names win over parts of them."""

    def __init__(self, glossary: Sequence[Concept]) -> None:
        self._concepts = {concept.key: concept for concept in glossary}
        self._names: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for concept in glossary:
            for language in Language:
                for name in concept.names(language):
                    tokens = tuple(_name_words(name))
                    if tokens:
                        self._names.setdefault(_anchor(tokens[0]), []).append((tokens, concept.key))
        for candidates in self._names.values():
            candidates.sort(key=lambda candidate: -len(candidate[0]))

    def name(self, key: str, language: Language) -> str:
        """Return the preferred name of a concept."""
        return self._concepts[key].names(language)[0]

    def find(self, text: str) -> list[Mention]:
        """Return the concepts named in `text`, in order; words of a longer name are not reused."""
        tokens = words(text)
        taken: set[int] = set()
        found: list[tuple[int, int, Mention]] = []
        for start, token in enumerate(tokens):
            for name, key in self._names.get(_anchor(token), ()):
                positions = _match(tokens, start, name)
                if positions is not None:
                    found.append((-len(name), start, Mention(key, positions)))
        mentions: list[Mention] = []
        for _, _, mention in sorted(found, key=lambda item: item[:2]):
            if taken.isdisjoint(mention.positions):
                taken.update(mention.positions)
                mentions.append(mention)
            elif any(other.positions == mention.positions and other.key != mention.key for other in mentions):
                mentions.append(mention)  # one name, two concepts ("CB" of Crohn's disease and of another)
        return sorted(dict.fromkeys(mentions), key=lambda mention: mention.positions)


def _name_words(name: str) -> list[str]:
    """The words of a name; of a compound its whole form only, since parts follow it in `words`."""
    return [word for word in words(name) if word not in STOP_WORDS[Language.EN]]


def _anchor(word: str) -> str:
    return word[:3]


def _match(tokens: Sequence[str], start: int, name: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return where the words of `name` stand from `start` on, at most one other word between two."""
    positions: list[int] = []
    position = start
    for wanted in name:
        for candidate in range(position, min(position + (2 if positions else 1), len(tokens))):
            if same_word(tokens[candidate], wanted):
                positions.append(candidate)
                position = candidate + 1
                break
        else:
            return None
    return tuple(positions)


def same_word(first: str, second: str) -> bool:
    """Whether two folded words are forms of one word."""
    if first == second or similarity(first, second) >= _SAME_WORD:
        return True
    return any(fold(lemma(first, language)) == fold(lemma(second, language)) for language in Language)
