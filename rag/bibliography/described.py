"""Which cited work is meant by what is said of it: in its title, and in the sentences that cite it.

People describe a work by what it found, in whom, and when, in their own words; its title seldom says that,
and the article that cites it does. A work is described by its entry and by all that the article cites it for,
each compared with the question word by word (`rag.retrieval.lexical`).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable, words
from corpus.types import Language
from ingest.lexicon import Floats
from rag.bibliography.index import CITED_CLAUSE, THINGS, Bibliography
from rag.bibliography.lexicon import lexicon
from rag.questions.question import Question, understand
from rag.retrieval.lexical import QuestionWord
from rag.retrieval.retrieve import Retriever, Scores

Bools = NDArray[np.bool_]

# A sentence that only the end of its passage cites for describes the work nearly as well as one of its own.
_PASSAGE = 0.95
# Of a description, the work meant must hold this share, and no other more than this part of that.
_HELD = 0.5
_AHEAD = 0.93
# ... or, where it holds all of it, no other as much as this.
_WHOLE = 0.95
# ... or this much less, when no other comes near.
_LITTLE = 0.4
_ALONE = 0.75
# A word is surely said of a work from this likeness on; so many must be, where there are as many.
_SAID = 0.75
_FEW = 2
# ... and together weigh this much: to be about vesicles tells no work from others.
_TELLING = 2.5
# A single word must be held outright.
_OUTRIGHT = 0.85
# Works that hold this part of what the best one does are as good as that.
_AS_GOOD = 0.97
# ... and of several that are asked for, this.
_OF_SEVERAL = 0.9
# The second of two fits at least this part as well as the first.
_SECOND = 0.75
# Of the works behind an answer, one that fits this part as well as the best may be meant.
_NEARLY = 0.85
_CONCEPT = 0.9
_CELLS = ("cell:",)
_VESICLES = ("vesicle:",)
# A word that this little of a work is like is not said of it.
_UNSAID = 0.5
# ... and of a statement that it is to be the source of, this little.
_DOUBTFUL = 0.55
# What is said in one place, entry or sentence, counts this much beside what is said in all of them.
_AT_ONCE = 0.4
# A work of which a number or a rare thing that is named is not said fits this much less.
_MISCOUNTED = 0.8
# A thing is rare that this part of the works name at most.
_RARE = 1 / 3
# Of a statement, one in so many words may be unsaid.
_OF_SO_MANY = 5
_MAX_WORKS = 4
# A word of the name of a thing ("T cells") that is said without that thing.
_PART = 0.5
# ... where it is all that is left of that name.
_ELSE = 0.2
# What the title of the section that cites a work names is said of it about as surely.
_TREATED = 0.8
# A name within a question begins with a capital, or holds a digit.
NAME = re.compile(r"(?<=[^.?!:]\s)[^\W\d_a-zčšž][\w-]*|\b[^\W\d_]+-?\d[\w-]*")


@dataclass(frozen=True, slots=True)
class Described:
    """The works that a description fits.

    Attributes:
        numbers: of the works, in order of the list.
        places: ids of the sentences that say most of the description and cite them; empty where the titles do.
        said: the sentence that cites the best of them and says most of the description.
    """

    numbers: tuple[int, ...]
    places: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is to be heeded of the words of a question, each of shape (n_words,).

    Attributes:
        numbers: those that are numbers.
        parts: those that are cells, or belong to the name of a thing.
        caps: how much of such a word a work holds at most that does not name the thing.
        treated: by work, things that the section which cites it is about.
        denied: by work, words for things of which its title, or else the question, says that it is not about them.
        named: by work, words that may stand for what its entry or the sentences that cite it name.
    """

    numbers: Bools
    parts: Bools
    caps: Floats
    treated: Mapping[int, Bools]
    named: Mapping[int, Bools]
    denied: Mapping[int, Bools]


class Works:
    """The works of one bibliography, as its article describes them."""

    def __init__(self, shelf: Bibliography, retriever: Retriever, matcher: ConceptMatcher) -> None:
        self._shelf = shelf
        self._retriever = retriever
        self._matcher = matcher
        self._marks = lru_cache(maxsize=8)(self._read_marks)
        self._spoken = lru_cache(maxsize=1024)(self._read_spoken)

    def find(self, description: str, language: Language, *, n: int = 1, whole: bool = False) -> Described | None:
        """Return the works that a description fits by far best; None when none does.

        Args:
            n: how many are asked for; 0 for several.
            whole: nearly every word of it must be said of them: it is a statement, of which they are the source.
        """
        question = self._telling(description, language)
        if not question.words:
            return None
        ranked = self._ranked(question)
        if n == 1 and not whole:
            ranked = self._with_results(description, question, ranked)
        best = ranked[0][0]
        fitting = chosen = _chosen(ranked, n)
        if n == 1 and not whole:
            chosen = self._entitled(question, self._saying_most(question, chosen))
        places = dict.fromkeys(place for number in chosen for place in self._places(question, number))
        place = self._place(question, chosen[0])[1]
        together = {number for number, citing in self._shelf.citing.items() if place in (*citing.own, *citing.passage)}
        rest = next((share for share, number in ranked if number not in {*fitting, *together}), 0.0)
        enough = _HELD if rest > _ALONE * best else _LITTLE
        if best < (_OUTRIGHT if len(question.words) == 1 else enough) or not self._fits(
            description, question, chosen, whole=whole
        ):
            return None
        if len(chosen) > _MAX_WORKS or (n == 1 and rest > (_AHEAD if best < _WHOLE else _WHOLE) * best):
            return None
        return Described(tuple(sorted(chosen)), tuple(places), place)

    def nearest(self, description: str, language: Language, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return those of some works that a description fits best; all of them when it tells nothing."""
        question = self._telling(description, language)
        if not question.words or len(numbers) < 2:
            return tuple(numbers)
        ranked = self._ranked(question, numbers)
        best = {number for share, number in ranked[:_MAX_WORKS] if share >= _NEARLY * ranked[0][0]}
        return tuple(number for number in numbers if number in best)

    def told(self, description: str, language: Language) -> frozenset[str]:
        """Return the words of a description that tell works apart, but for vesicles, of which most works are."""
        asked = self._telling(description, language).words
        return frozenset(word.text for word in asked if not self._is_of(word, _VESICLES))

    def _telling(self, description: str, language: Language) -> Question:
        """The description without the words that shape questions of works: "study", "author", "reported"."""
        question = understand(description, language, matcher=self._matcher, describes=True)
        cues = lexicon(language)
        shaping = (cues.scaffolding, cues.cues["reports"], cues.cues["claim"])
        telling = [w for w in question.words if not any(pattern.fullmatch(w.text) for pattern in shaping)]
        return replace(question, words=tuple(telling))

    def _ranked(self, question: Question, among: Collection[int] = ()) -> list[tuple[float, int]]:
        """How well each work fits, the best first: by all that is said of it, and by what is said in one place."""
        scores = self._retriever.score(question)
        counted = np.array([word.text.isdigit() for word in question.words])
        named = np.array([self._is_thing(word, *_CELLS, *_VESICLES) and self._is_rare(word) for word in question.words])
        shares = []
        for number in self._shelf.references:
            if among and number not in among:
                continue
            held = self._held(question, scores, number)
            fits = (1 - _AT_ONCE) * float(scores.coverage.share(held)) + _AT_ONCE * self._at_once(question, number)
            lacks = (named & (held < _UNSAID)).any()
            shares.append((fits * (_MISCOUNTED if lacks or not held[counted].all() else 1.0), number))
        return sorted(shares, key=lambda item: (-item[0], item[1]))

    def _at_once(self, question: Question, number: int) -> float:
        """The largest share of the description that a work's entry, or a sentence that cites it, says by itself."""
        scores = self._retriever.score(question)
        pieces = [values for _, values in self._said(question, scores, number)]
        entry = self._retriever.position.get(f"ref:{number}")
        if entry is not None:
            pieces.append(scores.coverage.matches[:, entry])
        shares = (float(scores.coverage.share(self._corrected(question, number, values))) for values in pieces)
        return max(shares, default=0.0)

    def _held(self, question: Question, scores: Scores, number: int) -> Floats:
        """How much of each word a work's entry, and what the article cites it for, hold; shape (n_words,)."""
        matches = scores.coverage.matches
        held = np.zeros(len(question.words))
        entry = self._retriever.position.get(f"ref:{number}")
        if entry is not None:
            held = np.maximum(held, matches[:, entry])
        for _, values in self._said(question, scores, number):
            held = np.maximum(held, values)
        return self._corrected(question, number, held)

    def _corrected(self, question: Question, number: int, held: Floats) -> Floats:
        """How much is held of each word, heeding what a section is about, the names of things, and numbers."""
        marks = self._marks(question)
        held = np.where(marks.treated[number], np.maximum(held, _TREATED), held)  # cited in the section on the bowel
        # "T cells" are named, not cells of any kind.
        held = np.where(marks.parts & ~marks.named[number], np.minimum(held, marks.caps), held)
        held = np.where(marks.denied.get(number, False), 0.0, held)  # "non-Crohn's cases"
        # A number is that number or none: "80 %" is not nearly "45 %".
        return np.asarray(np.where(marks.numbers & (held < _PASSAGE), 0.0, held))

    def _read_marks(self, question: Question) -> "_Marks":
        """What is to be heeded of the words of a question, whichever work they are compared with."""
        asked = question.words
        denies = lexicon(question.language).cues["denies"].pattern
        spoken = searchable(question.resolved)
        denied = [w for w in asked if re.search(rf"(?:{denies})\W+(?:\w+\W+)?{re.escape(w.text)}\b", spoken)]
        parts = [self._is_part_of_a_name(word) or self._is_of(word, _CELLS) for word in asked]
        things = np.array([self._is_thing(word) for word in asked], dtype=bool)
        return _Marks(
            numbers=np.array([word.text.isdigit() for word in asked], dtype=bool),
            parts=np.array(parts, dtype=bool),
            caps=np.array([_PART if self._is_spelled_out(word, question) else _ELSE for word in asked]),
            treated={number: things & _naming(asked, keys) for number, keys in self._treated.items()},
            named={number: _naming(asked, keys) for number, keys in self._named.items()},
            denied=self._denied(asked, frozenset(key for word in denied for key in word.concepts)),
        )

    def _denied(self, asked: Sequence[QuestionWord], denied: frozenset[str]) -> dict[int, Bools]:
        """By work, words for things that its title says it is not about and the question does not deny, or that the
        question denies and only other titles say they are not about.
        """
        every = frozenset(key for keys in self._shelf.denied.values() for key in keys)
        own = {number: self._shelf.denied.get(number, frozenset()) for number in self._shelf.references}
        return {number: _naming(asked, (keys - denied) | (denied & every - keys)) for number, keys in own.items()}

    @cached_property
    def _treated(self) -> dict[int, frozenset[str]]:
        """What the sections that cite a work are about: the organs and diseases that their titles name."""
        titles = {section.id: section.title for section in self._shelf.document.sections}
        named = {
            section: frozenset(m.key for m in self._matcher.find(title, nested=True))
            for section, title in titles.items()
        }
        return {
            number: frozenset(key for section in self._shelf.sections_citing(number) for key in named.get(section, ()))
            for number in self._shelf.references
        }

    def _is_spelled_out(self, word: QuestionWord, question: Question) -> bool:
        """Whether other words of the question belong to the same name: of "T cells" only one tells."""
        return sum(not set(word.concepts).isdisjoint(other.concepts) for other in question.words) > 1

    def _is_part_of_a_name(self, word: QuestionWord) -> bool:
        alone = {mention.key for mention in self._matcher.find(word.text)}
        return bool(word.concepts) and alone.isdisjoint(word.concepts)

    @cached_property
    def _named(self) -> dict[int, frozenset[str]]:
        """The concepts that each work's entry, and what the article cites it for, name."""
        position = self._retriever.position
        found: dict[int, frozenset[str]] = {}
        for number in self._shelf.references:
            citing = self._shelf.citing[number]
            pieces = (f"ref:{number}", *citing.own, *citing.passage)
            chunks = [self._retriever.chunks[position[piece]] for piece in pieces if piece in position]
            found[number] = frozenset(concept for chunk in chunks for concept in chunk.concepts)
        return found

    def _said(self, question: Question, scores: Scores, number: int) -> Iterator[tuple[str, Floats]]:
        """The sentences that cite a work, each with how much of each word it holds."""
        citing = self._shelf.citing[number]
        position, matches = self._retriever.position, scores.coverage.matches
        for piece in citing.own:
            clauses = self._clauses.get(piece)
            if clauses:
                texts = [text for text, numbers in clauses if number in numbers]
                yield piece, self._in_words(question, scores, " ".join(texts))
            elif piece in position:
                yield piece, matches[:, position[piece]]
        for piece in citing.passage:
            if piece in position:
                yield piece, _PASSAGE * matches[:, position[piece]]

    @cached_property
    def _clauses(self) -> dict[str, list[tuple[str, frozenset[int]]]]:
        """Of sentences that cite different works for different things: what is said, and the works, both languages."""
        found: dict[str, list[tuple[str, frozenset[int]]]] = {}
        for sentence in self._shelf.document.sentences:
            chunk = self._retriever.position.get(sentence.id)
            if not sentence.references or chunk is None:
                continue
            texts = [sentence.text, self._retriever.chunks[chunk].translation or ""]
            clauses = [(text, numbers_in(group)) for said in texts for text, group in CITED_CLAUSE.findall(said)]
            told = [clause for clause in clauses if clause[0].strip()]
            if len({numbers for _, numbers in told}) > 1:
                found[sentence.id] = told
        return found

    def _in_words(self, question: Question, scores: Scores, text: str) -> Floats:
        """How much of each word of the question a text holds."""
        held, named = self._spoken(text)
        by_word = scores.coverage.by_word
        values = by_word[:, held].max(axis=1) if held else np.zeros(len(question.words))
        return np.asarray(np.where(_naming(question.words, named), np.maximum(values, _CONCEPT), values))

    def _read_spoken(self, text: str) -> tuple[list[int], frozenset[str]]:
        """The places in the index of the words of a text, and the concepts that it names."""
        places = self._retriever.index.lexicon.position
        held = [places[word] for word in words(text) if word in places]
        return held, frozenset(mention.key for mention in self._matcher.find(text))

    def _fits(self, description: str, question: Question, chosen: Sequence[int], *, whole: bool) -> bool:
        """Whether enough words are surely said of the works that fit best, and all things that are named."""
        scores = self._retriever.score(question)
        held = np.max([self._held(question, scores, number) for number in chosen], axis=0)
        said = held >= _SAID
        if said.sum() < min(_FEW, len(question.words)) or scores.coverage.weights[said].sum() < _TELLING:
            return False
        names = {word for name in NAME.findall(description) for word in words(name)}
        doubtful = [word for word, value in zip(question.words, held, strict=True) if value < _DOUBTFUL]
        if whole and len(doubtful) > len(question.words) // _OF_SO_MANY:
            return False
        unsaid = [word for word, value in zip(question.words, held, strict=True) if value < _UNSAID]
        return not any(self._is_thing(word) or word.text in names for word in unsaid)

    def _is_thing(self, word: QuestionWord, *also: str) -> bool:
        return self._is_of(word, (*THINGS, *also))

    def _is_of(self, word: QuestionWord, kinds: tuple[str, ...]) -> bool:
        return any(self._matcher.kind(key).startswith(kinds) for key in word.concepts)

    def _is_rare(self, word: QuestionWord) -> bool:
        """Whether few works name any of the concepts that a word may stand for."""
        naming = sum(not self._named[number].isdisjoint(word.concepts) for number in self._shelf.references)
        return naming <= _RARE * len(self._shelf.references)

    def _saying_most(self, question: Question, chosen: list[int]) -> list[int]:
        """Of works that fit about as well, those of which the word is said that tells most, where it is said of any."""
        scores = self._retriever.score(question)
        most = int(np.argmax(scores.coverage.weights))
        held = {number: float(self._held(question, scores, number)[most]) for number in chosen}
        said = [number for number in chosen if held[number] >= _SAID]
        return [number for number in chosen if held[number] >= _UNSAID] if said else chosen

    def _entitled(self, question: Question, chosen: list[int]) -> list[int]:
        """Of works that are cited together, the one whose own entry says it all, where no other entry does."""
        said = {number: self._by_entry(question, number) for number in chosen}
        titled = [number for number in chosen if said[number] >= _OUTRIGHT]
        rest = max((said[number] for number in chosen if number not in titled), default=1.0)
        return titled if len(titled) == 1 and rest < _ALONE * said[titled[0]] else chosen

    def _with_results(
        self, description: str, question: Question, ranked: list[tuple[float, int]]
    ) -> list[tuple[float, int]]:
        """Of works that fit about as well, those cited for results, where what was found or done is told."""
        if not lexicon(question.language).says("prose", searchable(description)):
            return ranked
        sections = self._shelf.sections_citing(ranked[0][1])
        near = [
            number
            for share, number in ranked
            if share >= _AHEAD * ranked[0][0] and sections & self._shelf.sections_citing(number)
        ]
        told = {number: self._result(question, number) for number in near}
        most = max(told.values())
        behind = {number for number in near if told[number] < _AHEAD * most}
        return [item for item in ranked if item[1] not in behind]

    def _result(self, question: Question, number: int) -> float:
        """The largest share of the description that a sentence says which the work is cited for and gives results."""
        scores = self._retriever.score(question)
        position, results = self._retriever.position, self._retriever.gives_results
        shares = (
            float(scores.coverage.share(self._corrected(question, number, values)))
            for piece, values in self._said(question, scores, number)
            if results[position[piece]]
        )
        return max(shares, default=0.0)

    def on(self, description: str, language: Language) -> Described | None:
        """Return the work whose entry alone names the rarest thing of a subject, and more of it; None for none.

        A word that is neither of the dictionary nor said of that work is about something else.
        """
        question = self._telling(description, language)
        if not question.words:
            return None
        scores = self._retriever.score(question)
        entries = {number: self._retriever.position.get(f"ref:{number}") for number in self._shelf.references}
        held = {n: scores.coverage.matches[:, entry] for n, entry in entries.items() if entry is not None}
        best = np.max(list(held.values()), axis=0)
        weights = np.where(best >= _SAID, scores.coverage.weights, 0.0)
        rarest = int(np.argmax(weights))
        naming = [number for number, values in held.items() if values[rarest] >= _SAID]
        if not weights[rarest] or len(naming) > _FEW:
            return None
        number = max(naming, key=lambda n: float(scores.coverage.share(held[n])))
        said = self._held(question, scores, number)
        strange = [word for word, value in zip(question.words, said, strict=True) if value < _UNSAID]
        if (said >= _SAID).sum() < min(_FEW, len(question.words)) or any(
            self._is_thing(word) or not (word.ordinary or word.concepts) for word in strange
        ):
            return None
        return Described((number,), tuple(self._places(question, number)), self._place(question, number)[1])

    def _by_entry(self, question: Question, number: int) -> float:
        entry = self._retriever.position.get(f"ref:{number}")
        return float(self._retriever.score(question).coverage.share()[entry]) if entry is not None else 0.0

    def _places(self, question: Question, number: int) -> list[str]:
        """The sentence that says most of the description and cites the work, unless its entry says more."""
        least = self._by_entry(question, number)
        share, place = self._place(question, number)
        return [place] if share > least else []

    def _place(self, question: Question, number: int) -> tuple[float, str]:
        """The sentence that cites the work and says most of the description, with the share of that; "" for none."""
        scores = self._retriever.score(question)
        said = [(float(scores.coverage.share(v)), piece) for piece, v in self._said(question, scores, number)]
        return max(said, default=(0.0, ""))


def _naming(asked: Sequence[QuestionWord], concepts: frozenset[str]) -> Bools:
    """Which words may stand for one of some concepts."""
    return np.array([not concepts.isdisjoint(word.concepts) for word in asked], dtype=bool)


def _chosen(ranked: Sequence[tuple[float, int]], n: int) -> list[int]:
    """The works that fit about as well as the best one; of two, the second may fit less."""
    best = ranked[0][0]
    if n == 2 and ranked[1][0] >= _SECOND * best:
        return [number for share, number in ranked if share >= _AS_GOOD * ranked[1][0]]
    return [number for share, number in ranked if share >= (_OF_SEVERAL if n == 0 else _AS_GOOD) * best]


def numbers_in(group: str) -> frozenset[int]:
    """Return the numbers of a group of citations: "49,51-53"."""
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:\s*[-–]\s*(\d+))?", group):
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
