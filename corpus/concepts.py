"""Find the concepts of the glossary in a text, whatever their inflection, language or accents."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.glossary import Concept
from corpus.terms import STOP_WORDS, lemma, similarity, words
from corpus.text import fold
from corpus.types import Language

_Name = tuple[tuple[str, int], ...]

# Two word forms count as one word in a concept's name from this likeness on.
_SAME_WORD = 0.75
# ... and from this one on where other words stand within the name.
_CLOSE = 0.87


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept named in a text; `positions` are those of its words in `words(text)`."""

    key: str
    positions: tuple[int, ...]


class ConceptMatcher:
    """Finds concepts by their names in both languages; longer names win over parts of them."""

    def __init__(self, glossary: Sequence[Concept]) -> None:
        self._concepts = {concept.key: concept for concept in glossary}
        self._names: dict[str, list[tuple[_Name, str]]] = {}
        for concept in glossary:
            for language in Language:
                for name in concept.names(language):
                    wanted = _name(name)
                    if wanted:
                        self._names.setdefault(_anchor(wanted[0][0]), []).append((wanted, concept.key))
        for candidates in self._names.values():
            candidates.sort(key=lambda candidate: -len(candidate[0]))

    def name(self, key: str, language: Language) -> str:
        """Return the preferred name of a concept."""
        return self._concepts[key].names(language)[0]

    def kind(self, key: str) -> str:
        """Return a concept with its kind in front, "tissue:bone-marrow"."""
        return f"{self._concepts[key].kind}:{key}"

    def definition(self, key: str) -> str:
        """Return the id of the piece that defines a concept or spells it out, or ""."""
        return self._concepts[key].definition

    def abbreviations(self, key: str) -> tuple[str, ...]:
        """Return the abbreviations of a concept, as written."""
        return self._concepts[key].abbreviations

    def find(
        self, text: str, *, language: Language | None = None, nested: bool = False, lemmas: bool = True
    ) -> list[Mention]:
        """Return the concepts named in `text`, in order.

        Args:
            lemmas: look words up in the dictionary, too; names as printed need none, and reading a
                dictionary takes a tenth of a second.
            language: of the text, when it is known: then only that dictionary is looked into.
            nested: also those whose name is part of a longer one: in "ZV-MSC" the vesicles and the
                cells. Otherwise the longest name wins, and its words are not used again.
        """
        tokens = words(text)
        dictionaries = ((language,) if language else tuple(Language)) if lemmas else ()
        found: list[tuple[int, int, Mention]] = []
        for start, token in enumerate(tokens):
            for name, key in self._names.get(_anchor(token), ()):
                positions = _match(tokens, start, name, dictionaries)
                if positions is not None:
                    found.append((-len(name), start, Mention(key, positions)))
        whole: set[tuple[int, ...]] = set()
        used: set[int] = set()
        mentions: list[Mention] = []
        for _, _, mention in sorted(found, key=lambda item: item[:2]):
            # One name may stand for two concepts, so equal positions are no obstacle.
            if nested or mention.positions in whole or used.isdisjoint(mention.positions):
                whole.add(mention.positions)
                used.update(mention.positions)
                mentions.append(mention)
        return sorted(dict.fromkeys(mentions), key=lambda mention: mention.positions)


def _name(name: str) -> _Name:
    """The words of a name without its small ones, each with how many others may stand before it.

    That is one, or as many as were left out there: two in "hole in the macula". Of a compound its
    whole form only, since parts follow it in `words`.
    """
    found: list[tuple[str, int]] = []
    n_left_out = 0
    for word in words(name):
        if word in STOP_WORDS[Language.EN]:
            n_left_out += 1
        else:
            found.append((word, max(1, n_left_out) if found else 0))
            n_left_out = 0
    return tuple(found)


def _anchor(word: str) -> str:
    return word[:3]


def _match(
    tokens: Sequence[str], start: int, name: _Name, dictionaries: tuple[Language, ...]
) -> tuple[int, ...] | None:
    """Return where the words of `name` stand from `start` on."""
    positions: list[int] = []
    position = start
    for wanted, n_others in name:
        for candidate in range(position, min(position + n_others + 1, len(tokens))):
            if same_word(tokens[candidate], wanted, dictionaries):
                positions.append(candidate)
                position = candidate + 1
                break
        else:
            return None
    if positions[-1] - positions[0] == len(positions) - 1:
        return tuple(positions)
    # With others in between, words only alike no longer tell: "chronic kidney disease" is not "Chron's disease".
    near = zip((tokens[position] for position in positions), (wanted for wanted, _ in name), strict=True)
    return tuple(positions) if all(_closely(one, other, dictionaries) for one, other in near) else None


def _closely(first: str, second: str, dictionaries: tuple[Language, ...]) -> bool:
    return similarity(first, second) >= _CLOSE or _one_lemma(first, second, dictionaries)


@lru_cache(maxsize=500_000)
def same_word(first: str, second: str, dictionaries: tuple[Language, ...] = tuple(Language)) -> bool:
    """Whether two folded words are forms of one word: alike in spelling, or of one lemma in a dictionary."""
    if first == second or similarity(first, second) >= _SAME_WORD:
        return True
    return _one_lemma(first, second, dictionaries)


def _one_lemma(first: str, second: str, dictionaries: tuple[Language, ...]) -> bool:
    return any(fold(lemma(first, known)) == fold(lemma(second, known)) for known in dictionaries)
