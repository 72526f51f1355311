"""From a question to a query over the table of trials, or to the reason why there is none.

Strict on purpose: a question is read as one about the table only when its telling words were understood,
or so much of it speaks of the table that a word or two left over do not matter. Prose questions ("How
many patients received …") leave words over and are not touched.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from corpus.concepts import ConceptMatcher
from corpus.glossary import Concept
from corpus.terms import STOP_WORDS, is_dictionary_word
from corpus.text import fold
from corpus.types import Document, Language
from rag.tables.asked import ALL_COLUMNS, Asked, Conditions, Refusal
from rag.tables.data import Lexicon, country_names, lexicon
from rag.tables.goals import Goals
from rag.tables.query import Column, Filter, Operation, Operator, TableQuery
from rag.tables.scan import Scan, prepared
from rag.tables.slots import country_filters, phase_filters, size_filters, status_filters

_ID = re.compile(r"(?<!\w)nct[ -]?(\d{3,12})(?!\w)")
_BARE_ID = re.compile(r"(?<!\w)(0\d{7})(?!\w)")
# With these, "participants" can be those of the trials only.
_TELLING = ("mean", "median", "total", "most", "fewest", "each")


# What a word that was not understood takes from the confidence, and how much must be left.
_UNREAD = 0.1
_SURE = 0.45
# Columns that the text hardly ever speaks of.
_SIZE = r"\b(velik|size|large|small|enrol|udelez|participant|ljudi|people|bolnik|patient|volunteer|prostovolj)"
_ASKED = frozenset({Column.STATUS, Column.COUNTRY, Column.PHASE, Column.ID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a question.

    Attributes:
        query: None when the question is not one about the table of trials. A few words of it may
            have been left over, at a cost in confidence.
        confidence: 0 to 1, how surely the table is meant; 0 without a query.
        reason: why there is no query, in a word: "no_trials", "unread", "negation", "prose",
            "no_operation", "no_condition"; "" with one.
        unread: the words that were not understood, folded.
        corrected: the question with misspelt words mended, prepared; "" when none was.
    """

    query: TableQuery | None
    confidence: float = 0.0
    reason: str = ""
    unread: tuple[str, ...] = ()
    corrected: str = ""


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
        question = prepared(text, language)
        reading = self._read(question, language, source=text)
        if reading.query is None and reading.reason not in ("prose", "negation"):
            suspects = reading.unread or dict.fromkeys(re.findall(r"[^\W\d_]+", question))
            corrected = self._corrected(question, suspects, language)
            if corrected != question:
                again = self._read(corrected, language, source=corrected)
                if again.query is not None:
                    return replace(again, confidence=round(again.confidence * 0.9, 3), corrected=corrected)
        return reading

    def _read(self, question: str, language: Language, *, source: str) -> Reading:
        return _Attempt(
            Scan(question, source=source), lexicon(language), language, self._document, self._goals
        ).reading()

    def _corrected(self, question: str, unread: Iterable[str], language: Language) -> str:
        """Return the question with each unread word that is no word replaced by a near known one."""
        vocabulary = self._vocabulary(language)
        for word in unread:
            if len(word) < 4 or any(char.isdigit() for char in word) or is_dictionary_word(word, language):
                continue
            allowed = 1 if len(word) < 8 else 2
            if word in vocabulary:
                continue
            near = [
                (distance, known)
                for known in vocabulary
                if known[0] == word[0]
                and abs(len(known) - len(word)) <= allowed
                and (distance := edits(word, known, allowed)) <= allowed
            ]
            if near:
                question = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", min(near)[1], question)
        return question

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


class _Attempt:
    """One pass over one question: conditions first, then what is asked of the rows that meet them."""

    def __init__(self, scan: Scan, words: Lexicon, language: Language, document: Document, goals: Goals) -> None:
        self.scan = scan
        self.words = words
        self.language = language
        self.document = document
        self.goals = goals
        self.names_table = scan.has(words.patterns["table"])
        self.names_clinical = scan.has(words.patterns["clinical"])
        self.names_trial = scan.has(words.patterns["trial"])
        self.names_participant = scan.has(words.patterns["participant"])

    def has(self, name: str) -> bool:
        """Whether a cue stands in the words that are left; takes it."""
        return bool(self.scan.take_all(self.words.patterns[name]))

    def reading(self) -> Reading:
        """Return what the question asks, or the reason why it asks nothing of the table."""
        self.has("table")
        ids = self._ids()
        in_title = self.scan.has(self.words.patterns["in_title"])
        claim = self.has("claim")
        self.scan.tag = Column.CONDITION
        goal_filters, goal_sides = self.goals.filters(self.scan, self.words, in_title=in_title)
        if in_title and any(item.column is Column.TITLE for item in goal_filters):
            self.has("in_title")
            self.has("mentions")
        self.scan.tag = Column.STATUS
        status, status_sides = status_filters(self.scan, self.words, self.document, lexicon(Language.EN).status_words)
        self.scan.tag = Column.PHASE
        phase, phase_sides = phase_filters(self.scan, self.words, self.document)
        self.scan.tag = Column.COUNTRY
        country, country_sides = country_filters(self.scan, self.words, self.document)
        self.scan.tag = Column.ENROLMENT
        filters = [*goal_filters, *country, *status, *phase, *size_filters(self.scan, self.words)]
        # "Except those on …" reads best at the end; the order of filters changes nothing else.
        filters.sort(key=lambda item: item.column is Column.CONDITION and item.operator is Operator.NOT_IN)
        self.scan.tag = ""
        if self.scan.mixes(self.words.raw["either"]):
            return Reading(query=None, reason="unread")  # all filters must be met; there is no "or" between columns
        if not self._about_trials(ids, filters) and not (in_title and goal_filters):
            return Reading(query=None, reason="no_trials")
        if any(item.column is Column.STATUS and item.unmatched for item in filters) and not self.names_table:
            # The text speaks of completed trials, the table has none.
            return Reading(query=None, reason="prose")
        if self.scan.has(self.words.patterns["past"]):
            hard = [item for item in filters if item.column not in (Column.CONDITION, Column.TITLE)]
            if not (hard or ids or self.names_table):
                return Reading(query=None, reason="prose")
            self.has("past")
        sides = next((s for s in (country_sides, status_sides, phase_sides, goal_sides) if len(s) > 1), [])
        asked = Asked(
            self.scan,
            self.words,
            Conditions(
                ids=tuple(ids),
                known=frozenset(trial.id for trial in self.document.trials),
                filters=tuple(filters),
                sides=tuple(sides),
                claim=claim,
                names_table=self.names_table,
            ),
        )
        query = asked.query()
        if isinstance(query, Refusal) and query.reason in ("prose", "no_condition"):
            return Reading(query=None, reason=query.reason, unread=query.unread)
        problem = self._problem()
        if problem is not None and (problem.reason != "unread" or not problem.unread or isinstance(query, Refusal)):
            return problem
        if isinstance(query, Refusal):
            return Reading(query=None, reason=query.reason, unread=query.unread)
        if query.operation in (Operation.MEAN, Operation.MEDIAN) and not self._speaks_of_size():
            return Reading(query=None, reason="prose")  # how long a phase takes on average; what it means
        unread = problem.unread if problem is not None else ()
        confidence = self._confidence(query, ids) - _UNREAD * len(unread)
        if unread and (confidence < _SURE or self._tells_more(query, ids, unread)):
            return Reading(query=None, reason="unread", unread=unread)
        if query.operation is Operation.COMPARE and _columns(query) == {Column.PHASE} and not self.names_table:
            return Reading(query=None, reason="prose")  # what phases are for, not how many trials are in them
        return Reading(query=query, confidence=round(confidence, 3), unread=unread)

    def _tells_more(self, query: TableQuery, ids: list[str], unread: tuple[str, ...]) -> bool:
        """Whether the words left over may be the very point: results, methods, what phases are for."""
        known = {trial.id for trial in self.document.trials}
        if any(identifier not in known for identifier in ids):
            return True  # only the text speaks of that trial
        if query.operation is Operation.SHARE:
            return True
        if query.operation is Operation.LOOKUP and query.columns in (ALL_COLUMNS, (Column.ENROLMENT,)):
            return True
        if _columns(query) <= {Column.PHASE} and not self.names_table:
            return True
        if not self.names_trial and not self.names_table and not ids:
            return True
        return self.goals.names_something(" ".join(unread)) or any(word in self.goals.concept_words for word in unread)

    def _about_trials(self, ids: list[str], filters: list[Filter]) -> bool:
        if ids or self.names_table or self.names_trial:
            return True
        if self.names_participant:
            # "The average number of participants" can be that of trials only.
            return bool(filters) or any(self.scan.has(self.words.patterns[name]) for name in _TELLING)
        return any(item.column is Column.PHASE for item in filters)

    def _ids(self) -> list[str]:
        found: list[tuple[int, str]] = []
        for pattern in (_ID, _BARE_ID):
            for match in self.scan.take_all(pattern):
                found.append((match.start(), f"NCT{match.group(1)}"))
        return list(dict.fromkeys(name for _, name in sorted(found)))

    def _problem(self) -> Reading | None:
        """Return a reading without a query when words are left over, or a denial of what is unknown."""
        left = self.scan.left
        for name in ("negation", "comparative"):
            if self.words.patterns[name].search(left):
                return Reading(query=None, reason="negation" if name == "negation" else "unread")
        ignored = [self.words.patterns[name] for name in ("neutral", "table", "trial", "participant")]
        unread = self.scan.unread(ignored, STOP_WORDS[self.language])
        aside = self._aside()
        unread = [word for word in unread if word not in aside]
        if unread:
            return Reading(query=None, reason="unread", unread=tuple(unread))
        return None

    def _speaks_of_size(self) -> bool:
        return self.names_participant or self.names_table or re.search(_SIZE, fold(self.scan.source)) is not None

    def _aside(self) -> frozenset[str]:
        """Words of sentences that only lead up to the question: "I still have symptoms. Which trials …?"."""
        sentences = [part for part in re.split(r"(?<=[.!?:])\s+", self.scan.source.strip()) if part]
        asking = [part for part in sentences if part.endswith("?")]
        if not asking or len(asking) == len(sentences):
            return frozenset()
        told = " ".join(part for part in sentences if not part.endswith("?"))
        asked = {fold(word) for part in asking for word in re.findall(r"\w+", part)}
        return frozenset(fold(word) for word in re.findall(r"\w+", told)) - asked

    def _confidence(self, query: TableQuery, ids: list[str]) -> float:
        """How surely the table is meant: what only it can tell speaks for it."""
        score = 0.45
        score += 0.3 if self.names_table else 0.0
        score += 0.15 if self.names_clinical else 0.0
        score += 0.35 if ids else 0.0
        hard = {Column.COUNTRY, Column.STATUS, Column.PHASE, Column.ENROLMENT}
        if any(item.column in hard for item in query.filters) or any(i.column in hard for i in query.groups):
            score += 0.3
        if query.operation not in (Operation.COUNT, Operation.LIST, Operation.LOOKUP):
            score += 0.15
        if query.operation is Operation.DISTINCT and Column.COUNTRY in query.columns:
            score += 0.1
        if query.operation in (Operation.LIST, Operation.LOOKUP) and query.columns != ALL_COLUMNS:
            score += 0.15 * bool(_ASKED & set(query.columns))
        return round(min(score, 0.98), 3)


def _columns(query: TableQuery) -> set[Column]:
    """The columns that a query filters by."""
    return {item.column for item in (*query.filters, *query.groups)}


def edits(first: str, second: str, limit: int) -> int:
    """Return the Damerau-Levenshtein distance (adjacent letters may be swapped), at most `limit` + 1."""
    before: list[int] = []
    previous: list[int] = []
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, start=1):
        before, previous, row = previous, row, [i]
        for j, other in enumerate(second, start=1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (one != other))
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
