"""From a question to a query over the table of trials, or to the reason why there is none.

Strict on purpose: a question is read as one about the table only when its telling words were understood,
or so much of it speaks of the table that a word or two left over do not matter. Prose questions ("How
many patients received …") leave words over and are not touched.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from corpus.concepts import ConceptMatcher
from corpus.glossary import Concept
from corpus.terms import distance, is_dictionary_word
from corpus.text import fold
from corpus.types import Document, Language
from rag.tables.attempt import Attempt, Reading
from rag.tables.data import country_names, lexicon
from rag.tables.described import described, is_empty, speaks_of_trials
from rag.tables.execute import meets
from rag.tables.follow import go_on, picked
from rag.tables.goals import Goals
from rag.tables.query import NEVER, Column, Filter, Operation, Sought, TableQuery
from rag.tables.scan import Scan, asking, prepared
from rag.tables.sought import quoted, sought

__all__ = ["Reading", "TableReader"]

# What says something of several rows only.
_OF_MANY = frozenset({Operation.MEAN, Operation.MEDIAN, Operation.MAX, Operation.MIN, Operation.RANGE})
_MANY = 2
_SURE = 0.9
_UNCLEAR = Reading(query=None, reason="unread")


class TableReader:
    """Reads questions about the trials of one document. Build it once; reading is pure."""

    def __init__(self, document: Document, glossary: Iterable[Concept], matcher: ConceptMatcher) -> None:
        self._document = document
        self._goals = Goals(document, glossary, matcher)
        self._vocabularies: dict[Language, tuple[str, ...]] = {}

    def read(self, text: str, language: Language) -> Reading:
        """Return the query that a question puts to the table, or why it puts none."""
        if not self._document.trials:
            return Reading(query=None, reason="no_trials")
        reading = self._in_two(text, language) or self._mending(text, language, Attempt.reading)
        told, asked = asking(text)
        if told and reading.query is not None:
            reading = self._without_lead(reading, asked, language)
        such = told and lexicon(language).patterns["anaphor"].search(prepared(asked, language))
        if such and reading.query is not None and not reading.query.filters:
            # "… waits for bypass surgery. How many such patients are wanted?"
            meant = self._as_described(text, language, reading)
            return meant if meant.query is not None and meant.query.filters else _UNCLEAR
        if reading.reason == "disease":
            return reading  # how many have it, not how many take part
        if reading.query is None and (told or reading.reason != "negation"):
            return self._as_described(text, language, reading)
        if told and reading.query is not None and is_empty(reading.query, self._document.trials):
            return self._as_described(text, language, reading)
        return reading

    def _without_lead(self, reading: Reading, asked: str, language: Language) -> Reading:
        """Return the reading of what asks alone, where what leads up to it would only confuse it.

        "I still have a cough after COVID. Which long COVID trials …?" asks for one goal, not for both; "The trial with
        970 people distorts the mean. What is the median in the USA?" wants more than that trial.
        """
        assert reading.query is not None
        pointless = reading.query.operation in _OF_MANY and self._n_rows(reading.query) < _MANY
        if _goals(reading.query) < _MANY and not pointless:
            return reading
        alone = self._mending(asked, language, Attempt.reading)
        if alone.query is None:
            return reading
        if pointless:
            return alone if self._n_rows(alone.query) >= _MANY else reading
        same = _others(alone.query) == _others(reading.query) and _goals(alone.query) == 1
        return alone if same else reading

    def _n_rows(self, query: TableQuery) -> int:
        return sum(all(meets(trial, item) for item in query.filters) for trial in self._document.trials)

    def _as_described(self, text: str, language: Language, strictly: Reading) -> Reading:
        """Return the look-up of a trial described in the asker's own words, else the strict reading."""
        attempt = self._attempt(text, language)
        if not speaks_of_trials(attempt):
            return strictly
        told, asked = asking(text)
        own = self._attempt(asked if told else text, language).conditions()
        found = described(attempt, own)
        untold = found.reason == "no_column" and all(item.registry for item in found.sought)
        if found.query is not None or found.beside is not None or untold:
            return found
        lacking = sought(attempt.scan, language) if strictly.reason in ("unread", "no_condition") else ()
        if lacking and all(item.given == NEVER for item in lacking) and attempt.names_trial:
            return Reading(query=None, reason="no_column", sought=lacking)  # "Which trial is the newest?"
        return strictly

    def follow_up(self, text: str, language: Language, previous: TableQuery) -> Reading:
        """Return the query of a question that goes on from `previous`, or why it does not.

        What it names replaces or narrows what was asked before; the rest stays: "And in Iran?" counts what was
        counted before, "How many of those are recruiting?" among the same rows, "List them" lists these. A question
        that stands by itself or leaves words over does not go on.
        """
        if not self._document.trials:
            return Reading(query=None, reason="no_trials")
        return self._mending(text, language, lambda attempt: go_on(attempt, previous))

    def _in_two(self, text: str, language: Language) -> Reading | None:
        """Return the reading of "How many trials are there in Iran, and how many of them are recruiting?".

        Rows counted by the column of the second part answer both.
        """
        parts = re.split(lexicon(language).raw["of_those"], fold(text), maxsplit=1)
        if len(parts) != 2:
            return None
        first = self._mending(text[: len(parts[0])], language, Attempt.reading)
        second = self._attempt(text[len(text) - len(parts[1]) :], language)
        columns = {item.column for item in second.conditions().filters}
        alone = first.reason == "no_condition" and lexicon(language).patterns["trial"].search(parts[0]) is not None
        if alone and columns in ({Column.STATUS}, {Column.COUNTRY}) and second.problem() is None:
            # "How many trials are there in all, and how many of them are recruiting?"
            return Reading(query=TableQuery(operation=Operation.GROUP, group_by=columns.pop()), confidence=_SURE)
        if first.query is not None and columns & {item.column for item in first.query.filters}:
            return None  # "how many are recruiting, and how many not yet" are two values of one column
        if first.query is None or first.query.operation is not Operation.COUNT or second.problem() is not None:
            return None
        if len(columns) != 1 or not columns <= {Column.STATUS, Column.COUNTRY}:
            return None
        return replace(first, query=replace(first.query, operation=Operation.GROUP, group_by=columns.pop()))

    def sought(self, text: str, language: Language, unread: Sequence[str] = ()) -> tuple[Sought, ...]:
        """Return what a question asks of trials that no column holds, at most two of it.

        Where no attribute is named, the words left over (`unread`) stand for it; without any, nothing.
        """
        scan = Scan(prepared(text, language), source=text)
        ids = {match.upper() for match in re.findall(r"nct\d+", fold(text))}
        found = sought(scan, language, [trial for trial in self._document.trials if trial.id in ids])
        return found or ((quoted(scan.stretch(unread)),) if unread else ())

    def picked(self, text: str, language: Language, previous: TableQuery) -> str:
        """Return the id of the one trial that a question means among those of `previous`; "" when there is not one.

        "What did they find in the one without Crohn's disease?" is for the text, but about that trial.
        """
        return picked(self._attempt(text, language), previous)

    def _mending(self, text: str, language: Language, read: Callable[[Attempt], Reading]) -> Reading:
        """Return what `read` makes of a text, with its misspelt words mended when that lets it read more."""
        reading = read(self._attempt(text, language))
        if (reading.query is None and reading.reason not in ("prose", "negation")) or reading.unread:
            corrected = self._corrected(text, language)
            if corrected != text:
                again = read(self._attempt(corrected, language))
                if again.query is not None and (reading.query is None or len(again.unread) < len(reading.unread)):
                    confidence = round(again.confidence * 0.9, 3)
                    return replace(again, confidence=confidence, corrected=prepared(corrected, language))
        return reading

    def _attempt(self, text: str, language: Language) -> Attempt:
        scan = Scan(prepared(text, language), source=text)
        return Attempt(scan, lexicon(language), language, self._document, self._goals)

    def _corrected(self, text: str, language: Language) -> str:
        """Return a text with each word that is none replaced by a near one that questions are made of."""
        vocabulary = self._vocabulary(language)

        def mended(match: re.Match[str]) -> str:
            word = fold(match.group())
            if len(word) < 4 or word in vocabulary or is_dictionary_word(word, language):
                return match.group()
            allowed = 1 if len(word) < 8 else 2
            near = [
                (steps, known)
                for known in vocabulary
                if known[0] == word[0] and (steps := distance(word, known, at_most=allowed)) <= allowed
            ]
            return min(near)[1] if near else match.group()

        return re.sub(r"[^\W\d_]+", mended, text)

    def _vocabulary(self, language: Language) -> tuple[str, ...]:
        if language not in self._vocabularies:
            self._vocabularies[language] = tuple(sorted(self._known_words(language)))
        return self._vocabularies[language]

    def _known_words(self, language: Language) -> frozenset[str]:
        countries = {
            fold(word)
            for trial in self._document.trials
            if (place := country_names().get(trial.country)) is not None
            for label in (place.name, place.inside, place.outside)
            for word in label.of(language).split()
            if len(word) > 3
        }
        known = {fold(word) for word in (*lexicon(language).vocabulary, *self._goals.concept_words)}
        return frozenset(known | countries)


def _goals(query: TableQuery) -> int:
    return sum(item.column is Column.CONDITION for item in query.filters)


def _others(query: TableQuery) -> set[Filter]:
    return {item for item in query.filters if item.column is not Column.CONDITION}
