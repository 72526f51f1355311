"""From a question to a query over the table of trials, or to the reason why there is none.

Strict on purpose: a question is read as one about the table only when every telling word of it was
understood. Prose questions ("How many patients received …") leave words over and are not touched.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from corpus.concepts import ConceptMatcher
from corpus.glossary import Concept
from corpus.terms import STOP_WORDS, is_dictionary_word
from corpus.text import fold
from corpus.types import Document, Language
from rag.tables.data import Lexicon, country_names, lexicon, whole
from rag.tables.goals import Goals
from rag.tables.query import Column, Filter, Label, Operation, Operator, TableQuery
from rag.tables.scan import Scan, prepared
from rag.tables.slots import country_filters, phase_filters, size_filters, status_filters

_ID = re.compile(r"(?<!\w)nct[ -]?(\d{3,12})(?!\w)")
_BARE_ID = re.compile(r"(?<!\w)(0\d{7})(?!\w)")
_NUMBER = re.compile(r"(?<!\w)\d+(?!\w)")
# The columns an answer about a trial shows when none is named.
_ALL = (Column.CONDITION, Column.COUNTRY, Column.ENROLMENT, Column.PHASE, Column.STATUS)
# With these, "participants" can be those of the trials only.
_TELLING = ("mean", "median", "total", "most", "fewest", "each")
_NOUNS = ("area", "condition", "status", "phase", "country", "title", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a question.

    Attributes:
        query: None when the question is not one about the table of trials.
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


@dataclass(frozen=True, slots=True)
class _Cue:
    start: int
    end: int
    name: str


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
        goal_filters, goal_sides = self.goals.filters(self.scan, self.words, in_title=in_title)
        if in_title and any(item.column is Column.TITLE for item in goal_filters):
            self.has("in_title")
            self.has("mentions")
        status, status_sides = status_filters(self.scan, self.words, self.document, lexicon(Language.EN).status_words)
        phase, phase_sides = phase_filters(self.scan, self.words, self.document)
        country, country_sides = country_filters(self.scan, self.words, self.document)
        filters = [*goal_filters, *country, *status, *phase, *size_filters(self.scan, self.words)]
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
        asked = _Asked(self, ids=ids, filters=filters, sides=sides, claim=claim)
        query = asked.query()
        problem = asked.problem or self._problem()
        if problem:
            return problem
        if query is None:
            return Reading(query=None, reason="no_operation")
        return Reading(query=query, confidence=self._confidence(query, ids))

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
        ignored = [
            self.words.patterns[name]
            for name in ("neutral", "table", "trial", "participant", "codes")
            if name in self.words.patterns
        ]
        unread = self.scan.unread(ignored, STOP_WORDS[self.language])
        if unread:
            return Reading(query=None, reason="unread", unread=tuple(unread))
        return None

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
        return round(min(score, 0.98), 3)


class _Asked:
    """What is asked of the rows: the operation, from the cues and the nouns they are bound to."""

    def __init__(
        self, attempt: _Attempt, *, ids: list[str], filters: list[Filter], sides: list[Filter], claim: bool
    ) -> None:
        self.scan = attempt.scan
        self.words = attempt.words
        self.attempt = attempt
        self.ids = ids
        self.filters = filters
        self.sides = sides
        self.claim = claim
        self.problem: Reading | None = None

    def _cues(self, *names: str) -> list[_Cue]:
        found = [_Cue(*match.span(), name) for name in names for match in self.scan.find(self.words.patterns[name])]
        for cue in found:
            self.scan.take(cue.start, cue.end)
        return found

    def query(self) -> TableQuery | None:
        """Return the query; None, perhaps with a `problem`, when nothing clear is asked."""
        order = self._cues("ascending", "descending")
        phase_extreme = self._cues("highest_phase", "lowest_phase")
        means = self._cues("mean", "median")
        most = self._cues("most", "fewest")
        sizes = self._cues("largest", "smallest")
        how_large = self._cues("how_large")
        if self.scan.has(self.words.patterns["block"]):
            self.problem = Reading(query=None, reason="prose")
            return None
        each = self._each()
        order += self._cues("order")
        share = self._cues("share")
        total = self._cues("total")
        compare = self._cues("compare")
        how_many = self._cues("how_many")
        which = self._cues("which")
        where = self._cues("where")
        what = self._cues("what")
        listing = self._cues("list", "yes_no")
        nouns = self._nouns()
        counted = [self._bound(cue, nouns) for cue in how_many]
        asked = [self._bound(cue, nouns) for cue in which]
        what_asked = [self._bound(cue, nouns) for cue in what]
        columns = list(
            dict.fromkeys(
                Column(name)
                for name in [*asked, *[w for w in what_asked if w not in ("trial", "participant")]]
                if name in _NOUNS
            )
        )
        if where:
            columns.append(Column.COUNTRY)
        participants = "participant" in counted or "participant" in what_asked or bool(how_large)
        loose = [Column(cue.name) for cue in nouns if cue.name in _NOUNS]
        top = self._cues("top")
        numbers = [int(match.group()) for match in self.scan.take_all(_NUMBER)]
        n = numbers[0] if len(numbers) == 1 and (sizes or most or order or top) else None
        if numbers and n is None and not (self.claim and len(numbers) == 1):
            self.problem = Reading(query=None, reason="unread", unread=tuple(map(str, numbers)))
            return None
        filters = tuple(self.filters)
        if self.ids:
            return self._about_ids(compare, means, total, sizes, most, participants, columns, loose, where)
        comparing = bool(compare) or (bool(self.sides) and self._comparative())
        if comparing and self.sides:
            column = self.sides[0].column
            measure = (
                Operation.SUM if participants or self._bound_most(most, nouns) == "participant" else Operation.COUNT
            )
            if means:
                measure = Operation.MEAN
            rest = tuple(item for item in filters if item.column is not column)
            return TableQuery(
                operation=Operation.COMPARE,
                columns=(Column.ENROLMENT,) if measure is not Operation.COUNT else (),
                filters=rest,
                groups=tuple(self.sides),
                group_by=column,
                measure=measure,
            )
        measure = Operation.MEAN if means else Operation.SUM if participants or total else Operation.COUNT
        if each is not None:
            return TableQuery(
                operation=Operation.GROUP,
                columns=(Column.ENROLMENT,) if measure is not Operation.COUNT else (),
                filters=filters,
                group_by=each,
                measure=measure,
            )
        superlative = self._superlative(most, sizes, phase_extreme, nouns, columns, loose, n, filters)
        if superlative is not None:
            return superlative
        if order or (top and n):
            return TableQuery(
                operation=Operation.RANK,
                columns=(Column.ENROLMENT,),
                filters=filters,
                n=n,
                descending=not any(cue.name == "ascending" for cue in order),
            )
        if share:
            return TableQuery(operation=Operation.SHARE, filters=filters) if filters else None
        if means:
            operation = Operation.MEDIAN if means[0].name == "median" else Operation.MEAN
            return TableQuery(operation=operation, columns=(Column.ENROLMENT,), filters=filters)
        if participants or (total and "trial" not in counted and self._has(nouns, "participant")):
            if not filters and not (self.attempt.names_trial or self.attempt.names_table):
                return None
            return TableQuery(operation=Operation.SUM, columns=(Column.ENROLMENT,), filters=filters)
        distinct = [Column(name) for name in counted if name in _NOUNS] or columns
        distinct = [column for column in distinct if column not in (Column.TITLE, Column.ID)]
        if "trial" in counted and distinct:
            return TableQuery(operation=Operation.GROUP, filters=filters, group_by=distinct[0])
        if distinct and "trial" not in asked[:1]:
            if not filters and distinct[0] in (Column.PHASE, Column.STATUS) and not self.attempt.names_table:
                self.problem = Reading(query=None, reason="no_condition")
                return None
            return TableQuery(
                operation=Operation.DISTINCT, columns=tuple(distinct), group_by=distinct[0], filters=filters
            )
        if what and not [w for w in what_asked if w]:
            self.problem = Reading(query=None, reason="prose")
            return None
        if what and set(what_asked) <= {"trial"} and not listing and not which:
            self.problem = Reading(query=None, reason="prose")
            return None
        if not filters and not self.attempt.names_table:
            self.problem = Reading(query=None, reason="no_condition")
            return None
        if "trial" in counted or (how_many and not [c for c in counted if c]) or (self.claim and numbers):
            return TableQuery(operation=Operation.COUNT, filters=filters)
        shown = tuple(dict.fromkeys([*columns, *loose]))
        return TableQuery(operation=Operation.LIST, columns=shown, filters=filters)

    def _about_ids(
        self,
        compare: list[_Cue],
        means: list[_Cue],
        total: list[_Cue],
        sizes: list[_Cue],
        most: list[_Cue],
        participants: bool,
        columns: list[Column],
        loose: list[Column],
        where: list[_Cue],
    ) -> TableQuery | None:
        known = {trial.id for trial in self.attempt.document.trials}
        absent = tuple(name for name in self.ids if name not in known)
        chosen = Filter(
            column=Column.ID,
            operator=Operator.IN,
            values=tuple(self.ids),
            label=Label(" in ".join(self.ids), " and ".join(self.ids)),
            unmatched=tuple(Label(name, name) for name in absent),
        )
        # What is claimed of a named trial ("Is NCT… in China?") is answered by its cell.
        claimed = [item.column for item in self.filters if item.column is not Column.TITLE]
        if any(item.column is Column.TITLE for item in self.filters):
            claimed.append(Column.TITLE)
        sized = [Column.ENROLMENT] if participants or self._has_participant() else []
        goal = [Column.CONDITION] if self._cues("columns.goal") else []
        shown = tuple(dict.fromkeys([*columns, *sized, *loose, *goal, *claimed]))
        comparing = bool(compare) or bool(sizes) or bool(most) or self._comparative()
        if len(self.ids) > 1 and (means or total):
            operation = Operation.SUM if total else Operation.MEAN
            return TableQuery(operation=operation, columns=(Column.ENROLMENT,), filters=(chosen,))
        if len(self.ids) > 1 and comparing:
            if (sizes or most or not compare) and not shown:
                shown = (Column.ENROLMENT,)
            return TableQuery(operation=Operation.COMPARE, columns=shown or _ALL, filters=(chosen,))
        if not shown:
            return None
        return TableQuery(operation=Operation.LOOKUP, columns=shown, filters=(chosen,))

    def _superlative(
        self,
        most: list[_Cue],
        sizes: list[_Cue],
        phase_extreme: list[_Cue],
        nouns: list[_Cue],
        columns: list[Column],
        loose: list[Column],
        n: int | None,
        filters: tuple[Filter, ...],
    ) -> TableQuery | None:
        if phase_extreme:
            operation = Operation.MAX if phase_extreme[0].name == "highest_phase" else Operation.MIN
            return TableQuery(operation=operation, columns=(Column.PHASE,), filters=filters)
        if most:
            over = self._bound(most[0], nouns)
            by = [column for column in [*columns, *loose] if column not in (Column.TITLE, Column.ID)]
            trials_asked = any(cue.name == "trial" for cue in nouns)
            if by and (over != "participant" or not self._which_trial(nouns)):
                return TableQuery(
                    operation=Operation.GROUP,
                    columns=(Column.ENROLMENT,) if over == "participant" else (),
                    filters=filters,
                    group_by=by[0],
                    measure=Operation.SUM if over == "participant" else Operation.COUNT,
                    n=n or 1,
                    descending=most[0].name == "most",
                )
            if over == "participant" or (trials_asked and not over):
                return self._largest(most[0].name == "most", n, filters, columns)
            return None
        if sizes:
            return self._largest(sizes[0].name == "largest", n, filters, columns)
        return None

    def _which_trial(self, nouns: list[_Cue]) -> bool:
        """Whether the first noun of the question is the trial: "which trial … in which country"."""
        first = min(nouns, key=lambda cue: cue.start, default=None)
        return first is not None and first.name == "trial"

    def _largest(self, largest: bool, n: int | None, filters: tuple[Filter, ...], columns: list[Column]) -> TableQuery:
        shown = (Column.ENROLMENT, *(column for column in columns if column is not Column.ENROLMENT))
        if n is not None and n > 1:
            return TableQuery(operation=Operation.RANK, columns=shown, filters=filters, n=n, descending=largest)
        operation = Operation.MAX if largest else Operation.MIN
        return TableQuery(operation=operation, columns=shown, filters=filters, descending=largest)

    def _each(self) -> Column | None:
        """Return the column of "by country", "po državah"; takes the words."""
        small = r"(?:[ ](?:the|their|of|na|po|v))?"
        for name in _NOUNS[:5]:
            noun = self.words.raw[f"columns.{name}"]
            pattern = whole(rf"(?:{self.words.raw['each']}){small}[ ](?:{noun})")
            if self.scan.take_all(pattern):
                return Column(name)
        return None

    def _nouns(self) -> list[_Cue]:
        """Return the nouns of the question in order, taking them: trial, participant, columns."""
        found: list[_Cue] = []
        for name in (*_NOUNS, "participant", "trial"):
            pattern = self.words.patterns[name if name in ("trial", "participant") else f"columns.{name}"]
            for match in self.scan.take_all(pattern):
                found.append(_Cue(*match.span(), name))
        return sorted(found, key=lambda cue: cue.start)

    @staticmethod
    def _bound(cue: _Cue, nouns: list[_Cue]) -> str:
        """Return the noun that a cue asks for: the next one, or "" when none follows."""
        return next((noun.name for noun in nouns if noun.start >= cue.end), "")

    def _bound_most(self, most: list[_Cue], nouns: list[_Cue]) -> str:
        return self._bound(most[0], nouns) if most else ""

    @staticmethod
    def _has(nouns: list[_Cue], name: str) -> bool:
        return any(cue.name == name for cue in nouns)

    def _has_participant(self) -> bool:
        return self.attempt.names_participant

    def _comparative(self) -> bool:
        """Whether "more", "fewer" stand in the question; takes them."""
        return bool(self._cues("comparative"))


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
