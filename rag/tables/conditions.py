"""The conditions that a question puts on the rows of the table: all that names trials, wherever they are told by."""

import re
from dataclasses import dataclass

from corpus.terms import STOP_WORDS
from corpus.text import fold
from corpus.types import Document, Language, Trial
from rag.tables.data import Lexicon, lexicon, places, whole
from rag.tables.derived import any_of, in_pairs, of_averages, of_extremes, of_one_row, without_rows
from rag.tables.execute import meets, title_contains
from rag.tables.goals import Goals, in_title, without
from rag.tables.query import Column, Filter, Label, Operator
from rag.tables.scan import TAKEN, Scan
from rag.tables.slots import country_filters, negated, phase_filters, size_filters, status_asked, status_filters

ID = re.compile(r"(?<!\w)nct[ -]?(\d{3,12})(?!\w)")
# A name of a product, a source or an operation: two capitals at least.
_NAME = re.compile(r"(?<!\w)(?!NCT)[A-Z][A-Za-z]*[A-Z][A-Za-z]*(?:-[A-Za-z]+)*(?: [A-Z]{2,})*(?!\w)")
_QUOTED = re.compile(r"[\"“„»'‘](?=\w)([^\"“”„»«'’]{2,40})[\"”“«'’]")
_BARE_ID = re.compile(r"(?<!\w)(0\d{7})(?!\w)")
# How questions ask for rows, columns and numbers.
QUESTION_WORDS = ("which", "where", "how_many", "what", "list")
# A question about so few rows is one about these trials, not about the table.
FEW = 3
# So many rows at most are narrowed by a word of their titles.
NARROWED = 5
# Shorter words of titles tell little.
_TELLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The conditions of a question.

    Attributes:
        ids: registry ids named.
        filters: all that must be met.
        sides: values of one column that may be compared, each a filter of its own.
        claim: the question asks whether something is true.
        asked: columns asked for in words of their own.
        in_title: the question says that it is about titles, and what they should name.
        of_all: the question asks whether something is true of all rows: "Are all trials on melasma in China?".
    """

    ids: tuple[str, ...]
    filters: tuple[Filter, ...]
    sides: tuple[Filter, ...]
    claim: bool
    asked: tuple[Column, ...]
    in_title: bool = False
    of_all: bool = False


class ConditionReader:
    """Takes the conditions of one question from its text."""

    def __init__(self, scan: Scan, words: Lexicon, language: Language, document: Document, goals: Goals) -> None:
        self.scan = scan
        self.words = words
        self.language = language
        self.document = document
        self.goals = goals
        number = len(document.trials)
        self.names_table = scan.has(words.patterns["table"]) or scan.has(whole(rf"(?:{words.raw['rows']}){number}"))
        self.names_clinical = scan.has(words.patterns["clinical"])
        self.names_trial = scan.has(words.patterns["trial"])
        self.names_portal = scan.has(words.patterns["portal"])
        self.names_participant = scan.has(words.patterns["participant"])
        self.asks_who = False
        self._without_ids: list[Filter] = []

    def has(self, name: str) -> bool:
        """Whether a cue stands in the words that are left; takes it."""
        return bool(self.scan.take_all(self.words.patterns[name]))

    def conditions(self) -> Found:
        """Take the conditions that the question puts on the rows. Call it once, first."""
        self.has("table")
        self.has("yes_or_no")
        if not any(self.scan.has(self.words.patterns[name]) for name in ("which", "where", "how_many", "what")):
            none = self.has("no_row")  # "Is there no trial in …?" asks whether there is one
            verb = self.words.patterns["no_row_verb"].search(self.scan.left) if none else None
            if verb is not None:
                self.scan.take(*verb.span())  # a Slovene verb denies once more: "nobena … ni večja od 100"
        of_all = not (ID.search(self.scan.text) or self._has_any(*QUESTION_WORDS[:-1])) and self.has("all_of")
        ids = self._ids()
        spread = self._spread()
        titled = self.scan.has(self.words.patterns["in_title"])
        claim = self.has("claim")
        self.scan.tag = Column.TITLE
        named = [*(self._words_of_titles() if titled else []), *self._named_in_titles()]
        self.scan.tag = Column.CONDITION
        goal_filters, goal_sides = self.goals.filters(self.scan, self.words, in_title=titled)
        if titled and any(item.column is Column.TITLE for item in (*goal_filters, *named)):
            self.has("in_title")
            self.has("mentions")
        self.scan.tag = Column.STATUS
        asked_status = self.has("status.state")  # "what is the state of recruitment"
        asked_status |= status_asked(self.scan, self.words, named=bool(ids))
        status, status_sides = status_filters(self.scan, self.words, self.document, lexicon(Language.EN).status_words)
        self.scan.tag = Column.PHASE
        phase, phase_sides = phase_filters(self.scan, self.words, self.document)
        self.scan.tag = Column.COUNTRY
        country, country_sides = country_filters(self.scan, self.words, self.document)
        self.scan.tag = Column.ENROLMENT
        filters = [*goal_filters, *country, *status, *phase, *size_filters(self.scan, self.words)]
        filters += named
        says = self.names_table or self.scan.has(self.words.patterns["says"])
        if not filters and not ids and self.names_trial and (says or self._says_all()):
            filters += self._in_few_titles(most=FEW if says else NARROWED)
        if titled and not filters:
            filters += self._in_few_titles(most=len(self.document.trials))
        filters += self._without_ids
        filters += of_extremes(self.scan, self.words, self.document.trials, filters)
        filters += of_averages(self.scan, self.words, self.document.trials, filters)
        sides = [found for found in (country_sides, status_sides, phase_sides, goal_sides) if len(found) > 1]
        paired = in_pairs(self.scan, self.words, self.document.trials, filters, sides)
        if paired:
            # A goal beside one column of sides was said of the last of them alone.
            apart = {found[0].column for found in sides} | ({Column.CONDITION} if len(sides) == 1 else set())
            filters = [item for item in filters if item.column not in apart]
            filters.append(any_of(paired))
            sides = [paired]
        if filters and not sides:
            filters = of_one_row(self.scan, self.words, self.document.trials, filters)
        # "Except those on …" reads best at the end; the order of filters changes nothing else.
        filters.sort(key=lambda item: item.column is Column.CONDITION and item.operator is Operator.NOT_IN)
        self.scan.tag = ""
        if not (ids or of_all) and len(status) == 1 and self._asks_about_one(filters, status[0]):
            filters.remove(status[0])
            asked_status = True
        alternatives = [] if ids else self._alternatives(filters)
        filters = [item for item in filters if item not in alternatives]
        claimed = None if ids or of_all else self._claimed_of_one(filters)
        if claimed is not None:
            filters.remove(claimed)
        told = [column for column, is_asked in ((Column.STATUS, asked_status),) if is_asked]
        told += [item.column for item in (*alternatives[:1], *([claimed] if claimed is not None else []))]
        told += spread
        return Found(
            ids=tuple(ids),
            filters=tuple(filters),
            sides=tuple(next(iter(sides), [])),
            claim=claim,
            asked=tuple(told),
            in_title=titled and bool(goal_filters or named),
            of_all=of_all,
        )

    def _spread(self) -> list[Column]:
        """Return the column of "in several countries or only in one", "in Europe or elsewhere"; takes the words."""
        raw = self.words.raw
        elsewhere = re.compile(rf"[ ,]*(?:{raw['elsewhere']})(?!\w)")
        for match in [match for place in places() for match in place.found_in(self.scan.left)]:
            rest = elsewhere.match(self.scan.left, match.end())
            if rest is not None:
                self.scan.take(match.start(), rest.end())
                return [Column.COUNTRY]
        for column in (Column.COUNTRY, Column.PHASE, Column.STATUS, Column.CONDITION):
            noun, either = rf"(?:{raw[f'columns.{column.value}']})", rf"[ ,]*(?:{raw['either']})[ ]"
            many, one = rf"(?:{raw['several']})", rf"(?:{raw['just_one']})"
            first = rf"{many}[ ]{noun}{either}{one}(?:[ ]{noun})?"
            last = rf"{one}[ ]{noun}(?:[ ](?:{raw['only']}))?{either}{many}(?:[ ]{noun})?"
            if self.scan.take_all(whole(rf"(?:{first}|{last})")):
                return [column]
        return []

    def _named_in_titles(self) -> list[Filter]:
        """Return the filters for names in capitals ("PSC-MSC-Exo", "CABG") that few titles have."""
        found: list[Filter] = []
        for name in dict.fromkeys(match.group() for match in _NAME.finditer(self.scan.source)):
            word = fold(name)
            if self.goals.chooses(word) or self.goals.is_general(word):
                continue
            trials = [trial for trial in self.document.trials if title_contains(trial.title, [word])]
            if 0 < len(trials) <= FEW and self.scan.take_all(re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")):
                found.append(in_title(Label(name, name), (word,), absent=False))
        return found

    def _words_of_titles(self) -> list[Filter]:
        """Return the filters for words that titles must have by what is asked: "the word safety", "“injection”"."""
        found: list[Filter] = []
        quoted = [fold(match.group(1)) for match in _QUOTED.finditer(self.scan.source)]
        word = "|".join(map(re.escape, quoted)) or r"[^\W_]+"
        after = rf"(?<!\w)(?:{self.words.raw['title_word']})[ ]({word})(?!\w)"
        named = [match.group(1) for match in self.scan.find(re.compile(after))] or quoted
        for word in named:
            names = self.goals.told_by_titles(word, self.language, self.document.trials)
            if not names and word not in quoted:
                continue
            if any(title_contains(trial.title, [word]) for trial in self.document.trials):
                names = (word,)  # the very word, not what else means the same
            pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
            places_there = self.scan.take_all(pattern)
            if places_there:
                as_asked = self.scan.as_asked(word)
                chosen = in_title(Label(as_asked, as_asked), names or (word,), absent=not names)
                unwanted = negated(self.scan, places_there[0].start(), self.words)
                found.append(without(chosen) if unwanted else chosen)
        return found

    def _in_few_titles(self, *, most: int = FEW) -> list[Filter]:
        """Return the filters for words that few titles have (`most`): "the mitochondria trial"."""
        cues = [pattern for name, pattern in self.words.patterns.items() if name != "gives"]
        found: list[Filter] = []
        self.scan.tag = Column.TITLE
        for word in self.scan.unread([self.words.patterns["neutral"]], STOP_WORDS[self.language]):
            if len(word) < _TELLS or any(cue.fullmatch(word) for cue in cues):
                continue
            names = self.goals.told_by_titles(word, self.language, self.document.trials)
            if names and sum(title_contains(trial.title, names) for trial in self.document.trials) <= most:
                self.scan.take_all(re.compile(rf"(?<!\w){re.escape(word)}(?!\w)"))
                found.append(in_title(Label(names[0], names[0]), names, absent=False))
        return found if any(self._meets_all(trial, found) for trial in self.document.trials) else []

    def _says_all(self) -> bool:
        """Whether titles say all that is left of a question: "autologous entries?", "which trials inject it?"."""
        gives = self.words.patterns["gives"]
        left = self.unread()
        said = [
            bool(self.goals.told_by_titles(word, self.language, self.document.trials))
            for word in left
            if not gives.fullmatch(word) or len(left) == 1
        ]
        return bool(said) and all(said) and (not self._asks() or self.scan.has(gives))

    @staticmethod
    def _meets_all(trial: Trial, filters: list[Filter]) -> bool:
        return all(meets(trial, item) for item in filters)

    def _asks_about_one(self, filters: list[Filter], status: Filter) -> bool:
        """Whether "Is the trial on … recruiting?" is about one trial: its status is the answer, be it yes or no."""
        others = [item for item in filters if item is not status]
        asks = self.words.patterns["yes_no"].search(self.scan.left)
        if not others or status.unmatched or asks is None:
            return False
        if any(self.words.patterns[name].search(self.scan.left, 0, asks.start()) for name in QUESTION_WORDS):
            return False
        return sum(all(meets(trial, item) for item in others) for trial in self.document.trials) == 1

    def _alternatives(self, filters: list[Filter]) -> list[Filter]:
        """Return the conditions between which a question lets choose: "Has it reached phase 3 or is it in phase 2?".

        No row meets all of them; the phase of the rows that meet the others then is the answer.
        """
        phases = [item for item in filters if item.column is Column.PHASE]
        others = [item for item in filters if item.column is not Column.PHASE]
        between = re.search(rf"{TAKEN}[^{TAKEN}]*(?<!\w)(?:{self.words.raw['either']})(?!\w)", self.scan.left)
        if len(phases) < 2 or not others or between is None:
            return []
        rows = [trial for trial in self.document.trials if self._meets_all(trial, others)]
        return phases if rows and not any(self._meets_all(trial, phases) for trial in rows) else []

    def _claimed_of_one(self, filters: list[Filter]) -> Filter | None:
        """Return what "Is the trial on … in phase 3?" claims of one trial that does not meet it.

        That trial's own phase or size then is the answer. "Is there any trial …" is about no certain one.
        """
        if self.scan.has(self.words.patterns["indefinite"]) or not self.scan.has(self.words.patterns["yes_no"]):
            return None
        hard = [item for item in filters if item.column in (Column.PHASE, Column.ENROLMENT)]
        if len(hard) != 1 or any(self.scan.has(self.words.patterns[name]) for name in QUESTION_WORDS):
            return None
        others = [item for item in filters if item is not hard[0]]
        rows = [trial for trial in self.document.trials if self._meets_all(trial, others)]
        return hard[0] if len(rows) == 1 and not meets(rows[0], hard[0]) else None

    def _asks(self) -> bool:
        """Whether a word for asking stands in what is left; keywords alone have none."""
        return self._has_any(*QUESTION_WORDS, "block", "yes_no")

    def _has_any(self, *names: str) -> bool:
        return any(self.scan.has(self.words.patterns[name]) for name in names)

    def _ids(self) -> list[str]:
        found: list[tuple[int, str]] = []
        for pattern in (ID, _BARE_ID):
            for match in self.scan.take_all(pattern):
                name = f"NCT{match.group(1)}"
                if negated(self.scan, match.start(), self.words, end=match.end()):
                    self._without_ids.append(without_rows([name]))
                else:
                    found.append((match.start(), name))
        return list(dict.fromkeys(name for _, name in sorted(found)))

    def unread(self) -> tuple[str, ...]:
        """Return the telling words that nobody has taken yet."""
        ignored = [self.words.patterns[name] for name in ("neutral", "table", "trial", "participant")]
        return tuple(self.scan.unread(ignored, STOP_WORDS[self.language]))
