"""One pass over one question about the table: the conditions it puts on rows, then what it asks of them.

A question is read as one about the table only when its telling words were understood, or so much of it
speaks of the table that a word or two left over do not matter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from corpus.terms import words
from corpus.text import fold
from corpus.types import Trial
from rag.tables.asked import ALL_COLUMNS, Asked, Refusal
from rag.tables.conditions import FEW, ID, NARROWED, QUESTION_WORDS, ConditionReader, Found
from rag.tables.cues import Conditions
from rag.tables.data import whole
from rag.tables.derived import in_both, lacking
from rag.tables.execute import meets
from rag.tables.goals import in_title
from rag.tables.query import Column, Filter, Label, Operation, Sought, TableQuery
from rag.tables.scan import TAKEN, asking
from rag.tables.sought import gives, quoted, sought, told_by

# With these, "participants" can be those of the trials only.
_TELLING = ("range", "mean", "median", "total", "most", "fewest", "each")
# What a word that was not understood takes from the confidence, and how much must be left.
_UNREAD = 0.1
_SURE = 0.45
_DERIVED = 0.9
_ORIGIN = Sought(Label("izvor veziklov", "where the vesicles come from"))
_ENDED = "zakljucen|koncan|prekinj|ustavlj|completed|finished|discontinued|terminated|stopped"
_COMPLETED = Sought(
    Label(
        "katere študije so zaključene ali prekinjene (le koliko jih je)",
        "which trials are completed or discontinued (only how many)",
    ),
    rf"\bnct\d+\b[^.]{{0,80}}\b(?:{_ENDED})|\b(?:{_ENDED})\w*[^.]{{0,80}}\bnct\d+",
)
_SIZE = r"\b(velik|size|large|small|enrol|udelez|participant|ljudi|people|bolnik|patient|volunteer|prostovolj|big)"
# Columns that the text hardly ever speaks of.
_HARD = frozenset({Column.COUNTRY, Column.STATUS, Column.PHASE, Column.ENROLMENT})
# The tag of what asks for whoever studies something.
_WHO = "who"
_ASKED = frozenset({Column.STATUS, Column.COUNTRY, Column.PHASE, Column.ID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a question.

    Attributes:
        query: None when the question is not one about the table of trials. A few words of it may
            have been left over, at a cost in confidence.
        confidence: 0 to 1, how surely the table is meant; 0 without a query.
        reason: why there is no query, in a word: "no_trials", "unread", "negation", "prose",
            "no_operation", "no_condition", "no_column", "disease"; "" with one.
        trials: ids of the few trials the question is about, when no column holds what it asks of them.
        sought: what it asks for that no column holds.
        unread: the words that were not understood, folded.
        corrected: the question with misspelt words mended, prepared; "" when none was.
        beside: the look-up of what is asked of `trials` beside what no column holds.
        of_titles: it speaks of the titles of trials, not of cited works.
        of_listed: wholly understood, it asks of "the listed trials" what only the table holds, and no list of works.
    """

    query: TableQuery | None
    confidence: float = 0.0
    reason: str = ""
    trials: tuple[str, ...] = ()
    sought: tuple[Sought, ...] = ()
    unread: tuple[str, ...] = ()
    corrected: str = ""
    beside: TableQuery | None = None
    of_titles: bool = False
    of_listed: bool = False


class Attempt(ConditionReader):
    """One pass over one question: conditions first, then what is asked of the rows that meet them."""

    def reading(self) -> Reading:
        """Return what the question asks, or the reason why it asks nothing of the table."""
        if self.is_prose():
            return Reading(query=None, reason="prose")  # what phases are for; how trials are designed
        # "Who is studying melasma?": which trials do, not who wrote what.
        self.scan.tag = _WHO
        self.asks_who = not ID.search(self.scan.text) and self.has("researchers")
        self.scan.tag = ""
        found = self.conditions()
        paired = any(side.column is Column.ID for side in found.sides)
        if not paired and self.scan.mixes(self.words.raw["either"]):
            return Reading(query=None, reason="unread")  # all filters must be met; there is no "or" between columns
        if found.ids and self.words.patterns["origin"].search(self.scan.text):
            return self._origin(found)
        if found.filters and self.names_trial and self.words.patterns["origin"].search(self.scan.left):
            return Reading(query=None, reason="no_operation")  # only the titles may tell it
        if self._counts_cases(found):
            return Reading(query=None, reason="disease")
        if not self._about_trials(found) and not found.in_title:
            return Reading(query=None, reason="no_trials")
        if self._asks_for_stopped():
            return Reading(query=None, reason="no_column", sought=(_COMPLETED,))
        if any(item.column is Column.STATUS and item.unmatched for item in found.filters) and not self.names_table:
            # The text speaks of completed trials, the table has none; which ones are registered as such neither tells.
            wanted = [self.words.patterns[name] for name in ("named_rows", "list")]
            if all(self.scan.has(pattern) for pattern in wanted) and not self.scan.has(self.words.patterns["how_many"]):
                return Reading(query=None, reason="no_column", sought=(_COMPLETED,))
            return Reading(query=None, reason="prose")
        if self.names_portal and self.scan.has(self.words.patterns["only"]) and self._only_asks_whether():
            return Reading(query=None, reason="prose")  # what the registry holds, not what the table does
        if self.scan.has(self.words.patterns["past"]):
            hard = [item for item in found.filters if item.column not in (Column.CONDITION, Column.TITLE)]
            if not (hard or found.ids or self.names_table):
                return Reading(query=None, reason="prose")
            self.has("past")
        derived = self._derived(found)
        if derived is not None:
            return derived
        asked = self.asked(found, names_table=self.names_table)
        query = asked.query()
        if isinstance(query, Refusal) and query.reason in ("prose", "no_condition"):
            return Reading(query=None, reason=query.reason, unread=query.unread)
        if "phase" in asked.counted and not (self.names_trial or self.names_table or found.ids):
            return Reading(query=None, reason="disease")  # "How many phases does fibrosis have?"
        problem = self.problem()
        if problem is not None and (problem.reason != "unread" or not problem.unread or isinstance(query, Refusal)):
            return problem
        if isinstance(query, Refusal):
            return Reading(query=None, reason=query.reason, unread=query.unread)
        plain = self.names_trial and found.filters and problem is None and not sought(self.scan, self.language)
        sized = self._speaks_of_size() or plain or any(item.column is Column.ID for item in found.filters)
        if query.operation in (Operation.MEAN, Operation.MEDIAN) and not sized:
            return Reading(query=None, reason="prose")  # how long a phase takes on average; what it means
        unread = problem.unread if problem is not None else ()
        if unread and not found.ids:
            query, unread = self._described(query, unread)
        confidence = self._confidence(query, found.ids) - _UNREAD * len(unread)
        named = bool(found.filters or found.ids or self.names_trial)
        if unread and (not named or confidence < _SURE or self._tells_more(query, found.ids, unread)):
            return Reading(query=None, reason="unread", unread=unread)
        elsewhere = self._elsewhere(query, found, unread, asked)
        if elsewhere is not None:
            return elsewhere
        if unread and self._narrows(unread):
            return Reading(query=None, reason="unread", unread=unread)
        absent = any(item.unmatched for item in found.filters) and not self.names_table
        listing = query.operation in (Operation.LIST, Operation.COUNT)
        if unread and listing and (absent or self._is_predicate(unread[-1])):
            return Reading(query=None, reason="unread", unread=unread)
        counts = self.names_trial and query.measure is Operation.COUNT
        if (
            query.operation is Operation.COMPARE
            and _columns(query) == {Column.PHASE}
            and not (counts or self.names_table)
        ):
            return Reading(query=None, reason="prose")  # what phases are for, not how many trials are in them
        of_titles = found.in_title and (self.names_table or self.names_clinical)
        computed = {*_columns(query), *query.columns} & _HARD
        of_listed = bool(computed) and self.names_table and self.names_trial and not unread
        return Reading(
            query=query, confidence=round(confidence, 3), unread=unread, of_titles=of_titles, of_listed=of_listed
        )

    def _is_predicate(self, word: str) -> bool:
        """Whether a word is what is said of the rows: "Which of them are inspected?"."""
        copula = rf"(?<!\w)(?:{self.words.raw['copula']})[ ](?:\w+[ -])?{re.escape(word)}[ ]*$"
        return re.search(copula, self.scan.text) is not None

    def _asks_for_stopped(self) -> bool:
        """Whether it asks which trials were broken off; the text only says how many were, or were completed."""
        if not self.names_trial:
            return False
        named = any(self.scan.has(self.words.patterns[name]) for name in ("which", "list"))
        return named and self.words.patterns["status.stopped"].search(self.scan.text) is not None

    def _derived(self, found: Found) -> Reading | None:
        """Return the reading of a question for countries without any such row, or values that two sides share."""
        trials = self.document.trials
        query = lacking(self.scan, self.words, trials, found.filters) or in_both(
            self.scan, self.words, trials, found.filters, found.sides
        )
        if query is None:
            return None
        if self.problem() is not None:
            return Reading(query=None, reason="unread")
        return Reading(query=query, confidence=_DERIVED)

    def _elsewhere(self, query: TableQuery, found: Found, unread: tuple[str, ...], asked: Asked) -> Reading | None:
        """Return a reading without a query when no column holds what is asked of the rows.

        Either it names such an attribute ("the age range"), or of few trials words are left over that neither
        their rows say nor describe their goal ("alveolar bone loss"). Beside a column that is asked for by its
        name ("which disease do they tackle") they do not matter.
        """
        if found.in_title:
            return None
        trials = self.document.trials
        rows = [trial for trial in trials if all(meets(trial, item) for item in query.filters)]
        few = bool(found.ids) or 0 < len(rows) <= FEW
        names = sought(self.scan, self.language, rows, aside=self.aside())
        told = {word for trial in rows for word in words(f"{trial.title} {trial.condition}")}
        left = [
            word
            for word in unread
            if not told_by([word], told) and (asked.says_nothing or not self.scan.beside(word, Column.CONDITION))
        ]
        if asked.names_column and not asked.participants:
            left = []
        if not names and not (few and left):
            return None
        subject = found.ids or (tuple(trial.id for trial in rows) if few else ())
        named = names or (quoted(self.scan.stretch(left)),)
        return Reading(query=None, reason="no_column", unread=unread, trials=subject, sought=named)

    def _described(self, query: TableQuery, unread: tuple[str, ...]) -> tuple[TableQuery, tuple[str, ...]]:
        """Return a query narrowed to the rows whose titles say words that were left over, and the other words.

        "The nasal drop trial for ALS" is chosen by its goal, and described by its title.
        """
        left: list[str] = []
        filters = query.filters
        for word in unread:
            rows = [trial for trial in self.document.trials if all(meets(trial, item) for item in filters)]
            few = bool(filters) and len(rows) <= NARROWED and not self.words.patterns["outcome"].fullmatch(word)
            names = self.goals.told_by_titles(word, self.language, rows) if few else ()
            if not names:
                left.append(word)
                continue
            self.scan.tag = Column.TITLE
            self.scan.take_all(re.compile(rf"(?<!\w){re.escape(word)}(?!\w)"))
            self.scan.tag = ""
            said = in_title(Label(names[0], names[0]), names, absent=False)
            if not all(meets(trial, said) for trial in rows):
                filters = (*filters, said)
        return replace(query, filters=filters), tuple(left)

    def asked(self, found: Found, *, names_table: bool) -> Asked:
        """Read what is asked of the rows that meet the conditions. Call it once, after `conditions`."""
        return Asked(
            self.scan,
            self.words,
            Conditions(
                ids=found.ids,
                known=frozenset(trial.id for trial in self.document.trials),
                filters=found.filters,
                sides=found.sides,
                claim=found.claim,
                names_table=names_table,
                asked=found.asked,
                told=self.scan.told(self.language),
                of_all=found.of_all,
            ),
        )

    def _origin(self, found: Found) -> Reading:
        """Return the titles of named trials, as far as these say what the vesicles come from."""
        rows = [trial for trial in self.document.trials if trial.id in found.ids]
        self.scan.take_all(self.words.patterns["origin"])
        asked = self.asked(found, names_table=False)  # takes what else is understood
        if self.problem() is None and rows and all(self.goals.names_source(trial.title) for trial in rows):
            return Reading(query=asked.of_ids((Column.TITLE,)), confidence=_SURE)
        return Reading(query=None, reason="no_column", trials=found.ids, sought=(_ORIGIN,))

    def is_prose(self) -> bool:
        """Return whether it asks what phases are for or how trials are designed; "what is NCT… for" asks for a goal."""
        source = fold(self.scan.source)
        rows = rf"nct\d|it |they |(?:the|this|that|these|those) (?:\w+ )*?(?:{self.words.raw['trial']})"
        return re.search(self.words.raw["prose"], re.sub(rf"what (?:is|are) (?={rows})", "", source)) is not None

    def _only_asks_whether(self) -> bool:
        return not any(self.scan.has(self.words.patterns[name]) for name in QUESTION_WORDS if name != "list")

    def _is_alternative(self, word: str) -> bool:
        """Whether a word left over may be a second condition: "recruiting or scrapped"."""
        pattern = rf"{TAKEN}[ ,]*(?:{self.words.raw['either']})[ ](?:\w+[ ]){{0,2}}{word}"
        return re.search(pattern, self.scan.left) is not None

    def _narrows(self, unread: tuple[str, ...]) -> bool:
        """Whether a word left over says what is counted, or which trials are meant.

        "How many nurses work on …?", "any scurvy study", "trials on scurvy".
        """
        raw = self.words.raw
        word = rf"(?:{'|'.join(map(re.escape, unread))})(?!\w)"
        rows = raw["trial"]
        return whole(
            rf"(?:{raw['how_many']})[ ]{word}|{word}[ ](?:{rows})|(?:{rows})[ ](?:{raw['on']})[ ](?:\w+[ ])?{word}"
        ).search(self.scan.text) is not None or self._is_alternative(word)

    def _tells_more(self, query: TableQuery, ids: tuple[str, ...], unread: tuple[str, ...]) -> bool:
        """Whether the words left over may be the very point: results, methods, what phases are for."""
        known = {trial.id for trial in self.document.trials}
        if any(identifier not in known for identifier in ids):
            return True  # only the text speaks of that trial
        if any(self.words.patterns["outcome"].fullmatch(word) for word in unread):
            return True
        if query.operation is Operation.SHARE:
            return True
        if any(item.column is Column.ENROLMENT for item in query.filters) and not self._speaks_of_size():
            return True  # "on more than one continent": a number of something else
        if query.operation is Operation.LOOKUP and query.columns in (ALL_COLUMNS, (Column.ENROLMENT,)):
            return True
        if _columns(query) <= {Column.PHASE} and not self.names_table:
            return True
        if not self.names_trial and not self.names_table and not ids:
            return True
        named = self.goals.names_something(" ".join(unread), self.language)
        return named or any(word in self.goals.concept_words for word in unread)

    def _counts_cases(self, found: Found) -> bool:
        """Whether it asks how many have a disease, not take part: "How many people with ALS are there in China?"."""
        if found.ids or not any(item.column is Column.CONDITION for item in found.filters):
            return False
        told = {Column.STATUS, Column.PHASE, Column.TITLE, Column.ENROLMENT}
        if self.names_trial or self.names_table or told & {item.column for item in found.filters}:
            return False
        return self._has_any("cases") and not self._has_any("take_part")

    def _about_trials(self, found: Found) -> bool:
        if found.ids or self.names_table or self.names_trial:
            return True
        if self.asks_who and any(item.column in (Column.CONDITION, Column.COUNTRY) for item in found.filters):
            return True
        if not found.filters and self.scan.has(self.words.patterns["columns.condition"]) and self.has("tested"):
            return self.scan.has(self.words.patterns["how_many"])  # "How many different diseases are targeted?"
        if found.asked and found.filters:
            return True  # "What is the state of recruitment for ALS?"
        columns = {item.column for item in found.filters if not item.unmatched}
        if {Column.CONDITION, Column.STATUS} <= columns:
            return True  # "Is anybody recruiting for hair loss?"
        if {Column.CONDITION, Column.COUNTRY} <= columns and (self.has("anything") or not self._asks()):
            return True  # "Is there anything for ALS in America?", "cirrhosis Iran"
        if any(item.column is Column.ID for item in found.filters):
            return True  # "The average without the outlier of 970"
        if columns and self.words.patterns["sample_size"].search(self.scan.text):
            return True
        hard = {item.column for item in found.filters} & _HARD
        if len(hard) > 1:
            return True  # "Iran, recruiting"
        if self.names_participant:
            # "The average number of participants" can be that of trials only.
            return bool(found.filters) or any(self.scan.has(self.words.patterns[name]) for name in _TELLING)
        ranked = ("columns.country", "columns.status", "columns.phase")
        if not found.filters and self._has_any("most", "fewest") and self._has_any(*ranked):
            return True  # "Which country is the most common?"
        if found.filters and self.scan.has(self.words.patterns["indications"]):
            return True  # "How many indications are dental?"
        if Column.COUNTRY in columns and self._has_any("columns.condition", "columns.goal", "columns.phase"):
            return True  # "Indonesia: what for?"
        if any(item.column is Column.STATUS and "ZUN" in item.values for item in found.filters):
            return True  # "Not yet recruiting: which ones?"
        if Column.CONDITION in columns and self._has_any("how_many") and self._has_any("take_part"):
            return True  # "How many diabetics with foot wounds will take part?"
        if found.filters and self.scan.has(self.words.patterns["registered"]):
            return True
        if any(item.column is Column.COUNTRY for item in found.filters) and self.has("tested"):
            return True  # what is tested in a country
        if any(item.column is Column.CONDITION and not item.unmatched for item in found.filters):
            # "In which countries is ALS studied?": only the table tells countries, statuses and phases.
            names = ("columns.country", "columns.status", "columns.phase")
            tested = self.has("tested")
            if any(self.scan.has(self.words.patterns[name]) for name in names):
                return True
            return tested and self.scan.has(self.words.patterns["where"])
        return any(item.column is Column.PHASE for item in found.filters)

    def problem(self) -> Reading | None:
        """Return a reading without a query when words are left over, or a denial of what is unknown."""
        left = self.scan.left
        lead = self.scan.told(self.language)
        for name in ("negation", "comparative"):
            # What leads up to the question denies nothing of it, unless it names a condition: "The mean tells nothing."
            start = lead if name == "negation" and not any(self.scan.tags(0, lead)) else 0
            if self.words.patterns[name].search(left, start):
                return Reading(query=None, reason="negation" if name == "negation" else "unread")
        aside = self.aside()
        unread = tuple(word for word in self.unread() if word not in aside)
        return Reading(query=None, reason="unread", unread=unread) if unread else None

    def fits(self, trial: Trial, item: Filter) -> bool:
        """Return whether a row meets a condition, by its title if not by its cell: "cough after COVID-19"."""
        if meets(trial, item):
            return True
        return item.column is Column.CONDITION and bool(self.goals.named_in(trial.title).intersection(item.values))

    def told_in_text(self, trials: Iterable[Trial], items: Iterable[Sought]) -> bool:
        """Return whether the text gives what is sought of one of `trials`, so that no title need tell it."""
        ids = {trial.id for trial in trials}
        said = [sentence.text for sentence in self.document.sentences if ids.intersection(sentence.trials)]
        return any(item.given and gives(text, item) for text in said for item in items)

    def _speaks_of_size(self) -> bool:
        return self.names_participant or self.names_table or re.search(_SIZE, fold(self.scan.source)) is not None

    def aside(self) -> frozenset[str]:
        """Return the words that only lead up to a question: "I still have symptoms. …", "For my talk I need …"."""
        told, asked = asking(self.scan.source)
        words = {fold(word) for word in re.findall(r"\w+", asked)}
        aside = {fold(word) for word in re.findall(r"\w+", told)} - words
        # "Dry eye after refractive surgery: how many people?" names its subject.
        subject = {fold(word) for part in re.findall(r"[^.!?:;]+(?=:)", told) for word in re.findall(r"\w+", part)}
        aside -= {word for word in subject if self.goals.told_by_titles(word, self.language, self.document.trials)}
        for match in self.words.patterns["preface"].finditer(self.scan.text):
            nouns = [self.words.patterns[name] for name in ("trial", "participant")]
            clean = all(tag == "" for tag in self.scan.tags(*match.span()))
            if clean and not any(noun.search(match.group()) for noun in nouns):
                aside.update(re.findall(r"\w+", match.group()))
        return frozenset(aside)

    def _confidence(self, query: TableQuery, ids: tuple[str, ...]) -> float:
        """How surely the table is meant: what only it can tell speaks for it."""
        score = 0.45
        score += 0.3 if self.names_table else 0.0
        score += 0.15 if self.names_clinical else 0.0
        score += 0.35 if ids else 0.0
        if any(item.column in _HARD for item in (*query.filters, *query.groups)):
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
