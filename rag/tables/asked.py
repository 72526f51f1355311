"""What a question asks of the rows that meet its conditions: the operation and its columns.

Decided by cue words ("how many", "which", "largest", "by") and the nouns they are bound to, a cue to
the noun that follows it: "how many trials" counts rows, "how many participants" adds them up, "which
country" asks for the values of a column.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.tables.data import Lexicon, whole
from rag.tables.query import Column, Filter, Label, Operation, Operator, TableQuery
from rag.tables.scan import TAKEN, Scan

_NUMBER = re.compile(r"(?<!\w)\d+(?!\w)")
# The columns a comparison of two trials shows when none is named.
ALL_COLUMNS = (Column.CONDITION, Column.COUNTRY, Column.ENROLMENT, Column.PHASE, Column.STATUS)
_NOUNS = ("area", "condition", "status", "phase", "country", "title", "id")
_GROUPABLE = _NOUNS[:5]
_TELLING = frozenset({Column.STATUS, Column.PHASE, Column.COUNTRY})
_BOUNDS = (Operator.AT_LEAST, Operator.MORE_THAN, Operator.AT_MOST, Operator.LESS_THAN, Operator.IS)
_TRIAL, _PARTICIPANT = "trial", "participant"


class Refusal(NamedTuple):
    """Why a question puts no query: "prose", "unread", "no_operation" or "no_condition"."""

    reason: str
    unread: tuple[str, ...] = ()


class _Cue(NamedTuple):
    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What was read before: the filters, and of what else the question speaks.

    Attributes:
        ids: registry ids named, `known` those of the table.
        sides: values of one column, each a filter of its own, that may be compared.
        claim: the question asks whether something is true.
        asked: columns asked for in words of their own ("and is it recruiting?").
        told: where the sentences end that only lead up to the question.
        of_all: the question asks whether something is true of all rows.
    """

    ids: tuple[str, ...]
    known: frozenset[str]
    filters: tuple[Filter, ...]
    sides: tuple[Filter, ...]
    claim: bool
    names_table: bool
    asked: tuple[Column, ...] = ()
    told: int = 0
    of_all: bool = False


class Asked:
    """Reads the operation from what is left of a question. Use once."""

    def __init__(self, scan: Scan, words: Lexicon, conditions: Conditions) -> None:
        self.scan = scan
        self.words = words
        self.conditions = conditions
        self.filters = conditions.filters
        self.having = self._having()
        # The order matters: "from the smallest to the largest" is no "smallest".
        self.order = self._cues("ascending", "descending")
        self.phase_extreme = self._cues("highest_phase", "lowest_phase")
        self.id_extreme = self._cues("highest_id", "lowest_id")
        self.means = self._means()
        self.nth = self._nth()
        self.span = self._cues("range")
        majority = self._cues("majority")
        self.most = self._cues("most", "fewest")
        self.sizes = self._cues("largest", "smallest")
        self.how_large = self._cues("how_large")
        self._unblock()
        # "…, meaning no phase. How many are there?" is for the table, "… means … Have I got that right?" is not.
        asks = any(words.patterns[name].search(scan.left, conditions.told) for name in ("how_many", "which", "list"))
        start = conditions.told if asks else 0
        self.blocked = words.patterns["block"].search(scan.left, start) is not None
        self.each = self._each()
        self.order += self._cues("order")
        self.share = [*self._cues("share"), *majority]
        self.ratio = self._cues("ratio")
        self.compare = [*self._cues("compare"), *self.ratio]
        self.total = self._cues("total")
        goal = rf"(?:{words.raw['what']})[ ](?:\w+[ ]){{0,6}}?(?:{words.raw['columns.goal']})"
        self.goal = whole(goal).search(scan.text) is not None
        if conditions.filters:
            self.goal |= bool(scan.take_all(words.patterns["asks_goal"]))  # "What are they about?"
        if any(item.column is Column.COUNTRY for item in conditions.filters):
            # "What is being tested in Brazil?"
            tested = rf"(?:{words.raw['what']})[ ](?:\w+[ ]){{0,3}}?(?:{words.raw['tested']})"
            if whole(tested).search(scan.text) is not None:
                self.goal = True
                scan.take_all(words.patterns["tested"])
        self.apiece = self._cues("apiece")
        taking_part = self._taking_part()
        how_many = self._cues("how_many")
        which = self._cues("which")
        where = self._cues("where")
        what = self._cues("what")
        if not (self.sizes or self.most or self.order or scan.has(words.patterns["top"])):
            # "All three trials": how many there are is known, not asked.
            scan.take_all(re.compile(rf"(?<!\w)(?:{words.raw['rows']})\d+(?=[ ,{TAKEN}])"))
        self.listed = self._cues("list")
        self.listing = [*self.listed, *self._cues("yes_no")]
        self.nouns = self._nouns()
        self.counted = [_PARTICIPANT if cue.start in taking_part else self._bound(cue) for cue in how_many]
        self.which = [self._bound(cue) for cue in which]
        self.what = [self._bound(cue) for cue in what]
        self.top = self._cues("top")
        # "There are two trials on …" counts nothing that is asked for.
        found = scan.take_all(_NUMBER)
        self.numbers = [int(match.group()) for match in found if match.start() >= conditions.told]
        asked = [*self._as_columns([*self.which, *self.what]), *([Column.COUNTRY] if where else []), *conditions.asked]
        if self.goal and conditions.filters:
            asked.append(Column.CONDITION)  # "What does the trial in Brazil treat?"
        self.columns = tuple(dict.fromkeys(asked))
        self.loose = self._as_columns([cue.name for cue in self.nouns])
        # "Which patients is it for": not how many, but with what.
        self.patients = self._which_patients([*which, *what]) and _PARTICIPANT not in self.counted and not self.means
        if self.patients:
            self.columns = tuple(dict.fromkeys([*self.columns, Column.CONDITION]))
        self.participants = _PARTICIPANT in self.counted or bool(self.how_large)
        self.participants |= _PARTICIPANT in self.what and not self.patients

    @property
    def names_column(self) -> bool:
        """Whether "which" or "what" asks for a column by its name."""
        return bool(self._as_columns([*self.which, *self.what]))

    @property
    def says_nothing(self) -> bool:
        """Whether neither an operation nor a column is named, so that only conditions are left."""
        cues = (
            self.order, self.phase_extreme, self.id_extreme, self.means, self.most, self.sizes, self.how_large,
            self.share, self.total, self.compare, self.counted, self.which, self.what, self.listed, self.top,
            self.columns, self.loose,
        )  # fmt: skip
        named = any(cues) or self.each is not None or self.having is not None or self.blocked or self.participants
        return not named and not self.numbers

    def query(self) -> TableQuery | Refusal:
        """Return the query, or why there is none."""
        # "How do NCT… and NCT… differ" is no question for the text.
        told = len(self.conditions.ids) > 1 or any(item.column is Column.COUNTRY for item in self.filters)
        if self.blocked and not (told and self.compare):
            return Refusal("prose")
        if self.having is not None and len(self.numbers) == 1:
            self.numbers = []  # "which two countries": how many they are follows from the bound
        if self.numbers and self._n is None and not (self.conditions.claim and len(self.numbers) == 1):
            return Refusal("unread", tuple(map(str, self.numbers)))
        if self.conditions.ids:
            return self._of_ids()
        for step in (
            self._bounded,
            self._comparison,
            self._groups,
            self._superlative,
            self._ranking,
            self._of_all,
            self._aggregate,
            self._values,
        ):
            found = step()
            if found is not None:
                return found
        return self._rows()

    @property
    def _average(self) -> Operation | None:
        """The average that is wanted for each group: the mean, the median when only that is named."""
        names = {cue.name for cue in self.means}
        return Operation.MEDIAN if names == {"median"} else Operation.MEAN if names else None

    @property
    def _n(self) -> int | None:
        """How many rows or groups are wanted."""
        if self.nth and not self.numbers:
            return self.nth
        if len(self.numbers) == 1 and (self.sizes or self.most or self.order or self.top):
            return self.numbers[0]
        return None

    def _bounded(self) -> TableQuery | Refusal | None:
        """ "Which countries have more than two trials"."""
        if self.having is None:
            return None
        named = (*self.columns, *self._as_columns(self.counted), *self._as_columns(self._first_listed()))
        by = [column for column in named if column in _GROUPABLE]
        if not by and self.nouns and not self.conditions.claim:
            # "Countries with a single trial": what the bound is said of comes first.
            by = [column for column in self._as_columns([self.nouns[0].name]) if column in _GROUPABLE]
        if self.having in ((Operator.AT_LEAST, 1), (Operator.MORE_THAN, 0)):
            return None  # "every country with at least one trial": all that the rows have
        if not by and self.filters and self.conditions.claim:
            # "Is it true that China has more than 10 trials?"
            return TableQuery(operation=Operation.COUNT, filters=self.filters)
        if not by:
            return Refusal("unread", (str(self.having[1]),))
        return TableQuery(operation=Operation.GROUP, filters=self.filters, group_by=by[0], having=self.having)

    def _comparison(self) -> TableQuery | Refusal | None:
        """ "Are there more trials in A or in B", "compare A and B"."""
        sides = self.conditions.sides
        if not sides:
            return None
        comparative = self._cues("comparative")
        comparative += [cue for cue in self.sizes if re.fullmatch(self.words.raw["size_word"], self._text(cue))]
        each = bool(self.means) and self.means[0].name == "mean" and sides[0].column is Column.COUNTRY
        if not (self.compare or comparative or (each and not self.total and len(sides) > 1)):
            return None
        if self.share:
            return Refusal("no_operation")  # "Which of the two has the larger share of …?"
        cue = next(iter([*comparative, *self.most, *self.compare]), None)
        over = (self._bound(cue) or self._before(cue)) if cue is not None else ""
        only_participants = self._has(_PARTICIPANT) and not self._has(_TRIAL)
        sized = any(re.fullmatch(self.words.raw["size_word"], self._text(cue)) for cue in comparative)
        # "Is the number of Chinese trials larger than …": the number is, not the trials.
        sized = sized and _TRIAL not in self.counted
        sized |= any(self._bound(cue) == _PARTICIPANT for cue in self.order)
        summed = self.participants or sized or over == _PARTICIPANT or (not over and only_participants)
        measure = self._average or (Operation.SUM if summed else Operation.COUNT)
        column = sides[0].column
        return TableQuery(
            operation=Operation.COMPARE,
            columns=(Column.ENROLMENT,) if measure is not Operation.COUNT else (),
            filters=tuple(item for item in self.filters if item.column is not column),
            groups=sides,
            group_by=column,
            measure=measure,
            ratio=bool(self.ratio),
        )

    def _groups(self) -> TableQuery | None:
        """ "How many trials by country"."""
        if self.each is None:
            return None
        summed = self.participants or bool(self.total)
        measure = self._average or (Operation.SUM if summed else Operation.COUNT)
        if self.sizes:
            measure = Operation.MAX if self.sizes[0].name == "largest" else Operation.MIN
        return TableQuery(
            operation=Operation.GROUP,
            columns=(Column.ENROLMENT,) if measure is not Operation.COUNT else (),
            filters=self.filters,
            group_by=self.each,
            measure=measure,
        )

    def _superlative(self) -> TableQuery | None:
        """ "The largest trial", "which country has the most trials", "the three smallest"."""
        if self.phase_extreme:
            highest = self.phase_extreme[0].name == "highest_phase"
            operation = Operation.MAX if highest else Operation.MIN
            return TableQuery(operation=operation, columns=(Column.PHASE,), filters=self.filters)
        if self.id_extreme:
            operation = Operation.MAX if self.id_extreme[0].name == "highest_id" else Operation.MIN
            return TableQuery(operation=operation, columns=(Column.ID,), filters=self.filters)
        by = [column for column in dict.fromkeys([*self.columns, *self.loose]) if column in _GROUPABLE]
        if self.most and self._claimed(by) is not None:
            return self._claimed(by)
        ends = {cue.name in ("largest", "most") for cue in (*self.most, *self.sizes)}
        if len(ends) > 1 and not by:
            if self.ratio:
                self._cues("comparative")  # "How many times larger is the largest than the smallest?"
            return self._range()
        if self.most:
            largest = self.most[0].name == "most"
            over = self._bound(self.most[0])
            trial_first = (bool(self.nouns) and self.nouns[0].name == _TRIAL) or self._of_trial(self.most[0])
            # "Which trial in which country has the most participants" asks for a trial, and so does "in which
            # country is the trial with the most participants".
            if by and (over != _PARTICIPANT or not trial_first):
                summed = over == _PARTICIPANT
                return TableQuery(
                    operation=Operation.GROUP,
                    columns=(Column.ENROLMENT,) if summed else (),
                    filters=self.filters,
                    group_by=by[0],
                    measure=Operation.SUM if summed else Operation.COUNT,
                    n=self._n or 1,
                    descending=largest,
                )
            if over == _PARTICIPANT or (self._has(_TRIAL) and not over):
                return self._largest(largest=largest)
            return None
        sized = self._has(_PARTICIPANT) or bool(self.how_large)
        if self.sizes and by and [cue.name for cue in self.means] == ["mean"]:
            # "Which country has the highest average enrolment?"
            return TableQuery(
                operation=Operation.GROUP,
                columns=(Column.ENROLMENT,),
                filters=self.filters,
                group_by=by[0],
                measure=Operation.MEAN,
                n=self._n or 1,
                descending=self.sizes[0].name == "largest",
            )
        if (self.span and sized) or len(ends) > 1:
            return self._range()
        if self.sizes and self.nth and (self._cues("comparative") or self.compare):
            return self._range(n=self.nth)  # "How much larger is the largest trial than the second largest?"
        if self.sizes:
            return self._largest(largest=self.sizes[0].name == "largest")
        if self.filters and self.which and not self.columns and not self.conditions.sides:
            # "Dry eye: which one has more participants?"
            more = [cue for cue in self._cues("more", "fewer") if self._bound(cue) == _PARTICIPANT]
            if more:
                return self._largest(largest=more[0].name == "more")
        return None

    def _claimed(self, by: Sequence[Column]) -> TableQuery | None:
        """ "Does Iran have the most trials?", "Is it true that Iran is the country with …": all groups tell it."""
        single = [item for item in self.filters if item.operator is Operator.IN and len(item.values) == 1]
        named = [item for item in single if item.column in _GROUPABLE and item.column in (by or [item.column])]
        # "Does Iran have the most trials of unknown status?": what is said first is what may have the most.
        last = [item for item in named if by or self.scan.position(item.column) < self.most[0].start][-1:]
        over = self._bound(self.most[0])
        if not last or not self._asks_whether():
            return None
        if not by and (over not in (_TRIAL, _PARTICIPANT) or self._of_trial(self.most[0])):
            return None
        return TableQuery(
            operation=Operation.GROUP,
            columns=(Column.ENROLMENT,) if over == _PARTICIPANT else (),
            filters=tuple(item for item in self.filters if item is not last[0]),
            group_by=last[0].column,
            measure=Operation.SUM if over == _PARTICIPANT else Operation.COUNT,
            descending=self.most[0].name == "most",
        )

    def _asks_whether(self) -> bool:
        """Whether yes or no is the answer: "Is the largest …?", "Is it true that …?"."""
        begins = (0, self.conditions.told + 1)
        asks = [
            cue
            for cue in self.listing
            if cue.name == "yes_no" and (cue.start in begins or self.scan.text[: cue.start].endswith(", "))
        ]
        # "I'd like to know whether …" lists nothing.
        listed = [cue for cue in self.listed if not asks or cue.end > asks[0].start]
        return bool(asks or self.conditions.claim) and not any([*self.which, *self.what, *self.counted, listed])

    def _of_trial(self, cue: _Cue) -> bool:
        """Whether a cue is said of a trial: "the trial with the most", "študija, ki ima največ"."""
        with_ = re.compile(rf"[ ,]*(?:{self.words.raw['with']})(?:[ ](?:the)?)*")
        before = [noun for noun in self.nouns if noun.name == _TRIAL and noun.end <= cue.start]
        return any(with_.fullmatch(self.scan.text, noun.end, cue.start) for noun in before)

    def _range(self, *, n: int | None = None) -> TableQuery:
        return TableQuery(
            operation=Operation.RANGE,
            columns=(Column.ENROLMENT,),
            filters=self.filters,
            n=n,
            descending=n is None or self.sizes[0].name == "largest",
            ratio=bool(self.ratio),
        )

    def _largest(self, *, largest: bool) -> TableQuery:
        shown = (Column.ENROLMENT, *(column for column in self.columns if column is not Column.ENROLMENT))
        n = self._n if self._n is not None and self._n > 1 else None
        operation = Operation.RANK if n else Operation.MAX if largest else Operation.MIN
        filters = self.filters
        said = self._as_said()
        cue = next(iter([*self.most, *self.sizes]), None)
        if said and cue is not None and self._asks_whether() and self.scan.position(said[-1].column) > cue.start:
            # "Is the largest trial in China?": that of all, wherever it is.
            filters = tuple(item for item in filters if item is not said[-1])
        return TableQuery(operation=operation, columns=shown, filters=filters, n=n, descending=largest)

    def _ranking(self) -> TableQuery | None:
        """ "Sort from the smallest to the largest", "top five"."""
        if not (self.order or (self.top and self._n)):
            return None
        first = self._as_columns([noun.name for noun in self.nouns[:1]])
        bounds = [self._bound(cue) for cue in self.order]
        over = next((bound for bound in bounds if bound in (_TRIAL, _PARTICIPANT)), "")
        by = [column for column in first if column in _GROUPABLE]
        if by and (over or self._average):
            # "Rank the countries by number of trials", "by average enrolment".
            summed = over == _PARTICIPANT or self._average is not None
            return TableQuery(
                operation=Operation.GROUP,
                columns=(Column.ENROLMENT,) if summed else (),
                filters=self.filters,
                group_by=by[0],
                measure=self._average or (Operation.SUM if summed else Operation.COUNT),
                n=self._n,
                descending=not any(cue.name == "ascending" for cue in self.order),
            )
        return TableQuery(
            operation=Operation.RANK,
            columns=(Column.ENROLMENT,),
            filters=self.filters,
            n=self._n,
            descending=not any(cue.name == "ascending" for cue in self.order),
        )

    def _of_all(self) -> TableQuery | None:
        """ "Are all trials on melasma in China?": the values that the rows have, or what part of them it is true of."""
        if not self.conditions.of_all:
            return None
        said = self._as_said()
        asked = [column for column in (*self.columns, *self.loose) if column in _GROUPABLE]
        column = asked[0] if asked else said[-1].column if said else None
        if column in _GROUPABLE:
            of = self.filters if asked else tuple(said[:-1])
            return TableQuery(operation=Operation.DISTINCT, columns=(column,), group_by=column, filters=of)
        if not said:
            return None
        return TableQuery(operation=Operation.SHARE, filters=self.filters, base=tuple(said[:-1]))

    def _aggregate(self) -> TableQuery | None:
        """ "What share", "the average", "how many participants"."""
        enrolment = (Column.ENROLMENT,)
        if self.share and self.filters:
            of_participants = self._has(_PARTICIPANT) and not self._has(_TRIAL)
            of_participants |= any(item.column is Column.ID for item in self.filters)  # "does the largest make up"
            of_participants |= self._bound(self.share[0]) == _PARTICIPANT  # "of all participants are in trials …"
            columns = enrolment if of_participants else ()
            return TableQuery(operation=Operation.SHARE, columns=columns, filters=self.filters, base=self._whole())
        if self.means:
            names = {cue.name for cue in self.means}
            operation = Operation.MEDIAN if names == {"median"} else Operation.MEAN
            # "The mean and the median": both.
            measure = Operation.MEDIAN if len(names) > 1 else Operation.COUNT
            return TableQuery(operation=operation, columns=enrolment, filters=self.filters, measure=measure)
        named = bool(self.columns) or len(set(self.loose) & _TELLING) > 1
        shows = _TRIAL in (*self.which, *self._first_listed()) or bool(named and self.filters)
        shows |= bool(self.apiece)
        # "Eye trials: country, n": a column among others.
        shows |= bool(self.loose) and [self._text(cue) for cue in self.how_large] == ["n"]
        if self.participants and not self.total and shows:
            # "Which trials are in Iran (where is it) and how many participants do they have": each its own.
            shown = tuple(dict.fromkeys([*self.columns, Column.ENROLMENT, *self.loose]))
            return TableQuery(operation=Operation.LIST, columns=shown, filters=self.filters)
        summed = bool(self.total) and _TRIAL not in self.counted and self._has(_PARTICIPANT)
        adds = any(re.match(self.words.raw["adds"], self._text(cue)) for cue in self.total)
        summed |= adds and not (self.counted or self.which or self.what or self.columns)  # "Add those up."
        if self.participants or summed:
            return TableQuery(operation=Operation.SUM, columns=enrolment, filters=self.filters)
        return None

    def _whole(self) -> tuple[Filter, ...]:
        """Return the filters on the whole of a share: all but the one said last.

        "What share of Chinese trials is recruiting"; with "among" it is the last itself: "of recruiting trials among
        the Chinese ones".
        """
        said = self._as_said()
        if len(said) < 2 or self.scan.position(said[0].column) < 0:
            return ()
        raw = self.words.raw
        nouns = rf"(?:{raw['trial']}|{raw['participant']})"
        if self.share and re.match(
            rf"[ ](?:{raw['in_all']})[ ]{nouns}[ ](?:{raw['copula']})(?!\w)", self.scan.text[self.share[0].end :]
        ):
            return ()  # "What percentage of all participants are in …"
        between = self.scan.text[self.scan.position(said[-2].column) : self.scan.position(said[-1].column)]
        among = re.search(rf"(?<!\w)(?:{raw['among']})[ ](?!(?:{raw['them']})[ ])(?:\w+[ ]){{0,2}}$", between)
        return tuple(said[-1:] if among else said[:-1])

    def _as_said(self) -> list[Filter]:
        """Return the filters in the order in which the question names them."""
        # Titles that name a source are found where goals are.
        names = {Column.TITLE: Column.CONDITION} if self.scan.position(Column.TITLE) < 0 else {}
        return sorted(self.filters, key=lambda item: self.scan.position(names.get(item.column, item.column)))

    def _values(self) -> TableQuery | Refusal | None:
        """ "Which countries", "how many diseases", "how many trials and in which countries"."""
        # "List the countries of the trials": the first noun after the verb is what is listed.
        named = self._as_columns(self._coordinated(self._first_listed()))
        wanted = tuple(c for c in self._as_columns(self.counted) or self.columns or named if c in _GROUPABLE)
        if not wanted:
            return None
        if _TRIAL in self.counted:
            return TableQuery(operation=Operation.GROUP, filters=self.filters, group_by=wanted[0])
        if (_TRIAL in self.which[:1] or _TRIAL in self._first_listed()) and not named:
            return None
        if not self.filters and wanted[0] in (Column.PHASE, Column.STATUS) and not self.conditions.names_table:
            return Refusal("no_condition")  # "Which phases are there" is answered by the text
        return TableQuery(operation=Operation.DISTINCT, columns=wanted, group_by=wanted[0], filters=self.filters)

    def _first_listed(self) -> tuple[str, ...]:
        """Return the noun that "list", "name", "naštej" are followed by, if it is the first of all."""
        first = self._bound(self.listed[0]) if self.listed else ""
        return (first,) if first and first == self.nouns[0].name else ()

    def _coordinated(self, first: tuple[str, ...]) -> tuple[str, ...]:
        """Return a listed noun with those joined to it: "the phase, size and country"."""
        small = re.compile(rf"[ ,]*(?:(?:{self.words.raw['and']})[ ])?(?:the[ ]|its[ ])?")
        nouns = self.nouns if first else []
        end = next((n for n in range(1, len(nouns)) if not self._joined(small, n)), len(nouns))
        return tuple(noun.name for noun in nouns[:end])

    def _joined(self, small: re.Pattern[str], n: int) -> bool:
        return small.fullmatch(self.scan.text, self.nouns[n - 1].end, self.nouns[n].start) is not None

    def _rows(self) -> TableQuery | Refusal:
        """Return a count or list of rows; "what do trials say" is neither."""
        if self.share:
            return Refusal("no_condition")
        if (
            self.what
            and not self.goal
            and (not any(self.what) or (set(self.what) == {_TRIAL} and not (self.listing or self.which)))
        ):
            return Refusal("prose")
        if not self.filters and not self.conditions.names_table:
            return Refusal("no_condition")
        goals = [side for side in self.conditions.sides if side.column is Column.CONDITION]
        if len(self.counted) > 1 and len(goals) > 1:
            # "How many are on melasma and how many on ALS?"
            return TableQuery(
                operation=Operation.COMPARE,
                filters=tuple(item for item in self.filters if item.column is not Column.CONDITION),
                groups=tuple(goals),
                group_by=Column.CONDITION,
            )
        counts = _TRIAL in self.counted or (bool(self.counted) and not any(self.counted))
        either = [item.column for item in self.filters if item.operator is Operator.IN and len(item.values) > 1]
        if (
            (len(self.counted) > 1 or (self.counted and self.apiece))
            and len(either) == 1
            and either[0] in (Column.STATUS, Column.COUNTRY)
        ):
            sides = self.conditions.sides
            if any(len(side.values) > 1 for side in sides):  # continents: no column has their names
                return TableQuery(
                    operation=Operation.COMPARE,
                    filters=tuple(item for item in self.filters if item.column is not either[0]),
                    groups=sides,
                    group_by=either[0],
                )
            # "How many are recruiting and how many not yet": one number for each.
            return TableQuery(operation=Operation.GROUP, filters=self.filters, group_by=either[0])
        if counts or (self.conditions.claim and self.numbers):
            return TableQuery(operation=Operation.COUNT, filters=self.filters)
        shown = tuple(dict.fromkeys([*self.columns, *self.loose]))
        return TableQuery(operation=Operation.LIST, columns=shown, filters=self.filters)

    def _of_ids(self) -> TableQuery | Refusal:
        """Return what is asked of named trials: cells, a comparison, their sum."""
        ids = self.conditions.ids
        chosen = self._chosen()
        # What is claimed of a named trial ("Is NCT… in China?") is answered by its cell.
        claimed = [item.column for item in self.filters]
        sized = [Column.ENROLMENT] if self.participants or (self._has(_PARTICIPANT) and not self.patients) else []
        sized += [Column.ENROLMENT] if self.counted and not any(self.counted) and not self.loose else []
        by = [self.each] if self.each is not None else []
        goal = [Column.CONDITION] if self._cues("columns.goal") else []
        shown = tuple(dict.fromkeys([*self.columns, *sized, *self.loose, *by, *goal, *claimed]))
        comparative = bool(self._cues("comparative"))
        if len(ids) > 1 and (self.means or self.total):
            operation = Operation.SUM if self.total else Operation.MEAN
            return TableQuery(operation=operation, columns=(Column.ENROLMENT,), filters=(chosen,))
        if len(ids) > 1 and (self.compare or self.sizes or self.most or comparative):
            if not self.compare and not shown:
                shown = (Column.ENROLMENT,)
            return TableQuery(operation=Operation.COMPARE, columns=shown or ALL_COLUMNS, filters=(chosen,))
        if not shown:
            return Refusal("no_operation")
        return TableQuery(operation=Operation.LOOKUP, columns=shown, filters=(chosen,))

    def of_ids(self, columns: tuple[Column, ...]) -> TableQuery:
        """Return the query for these cells of the named trials."""
        return TableQuery(operation=Operation.LOOKUP, columns=columns, filters=(self._chosen(),))

    def _chosen(self) -> Filter:
        ids = self.conditions.ids
        return Filter(
            column=Column.ID,
            operator=Operator.IN,
            values=ids,
            label=Label(" in ".join(ids), " and ".join(ids)),
            unmatched=tuple(Label(name, name) for name in ids if name not in self.conditions.known),
        )

    # Cues and nouns

    def _unblock(self) -> None:
        """Take words that would make a question one for the text.

        They do not in "summarise NCT…: country, phase" and "who tests it? List the trials".
        """
        raw = self.words.raw
        columns = "|".join(raw[f"columns.{name}"] for name in _NOUNS)
        if self.conditions.ids and self.scan.has(whole(columns)):
            self.scan.take_all(self.words.patterns["sum_up"])
        if self.scan.has(self.words.patterns["trial"]) and self.scan.has(self.words.patterns["list"]):
            self.scan.take_all(self.words.patterns["who"])
        if len(self.conditions.sides) > 1 and self.scan.has(self.words.patterns["comparative"]):
            self.scan.take_all(self.words.patterns["who"])  # "Who has more trials, Iran or Egypt?"
        # "I need two things: …" counts what is asked for.
        self.scan.take_all(whole(rf"\d+[ ](?:{raw['things']})"))

    def _cues(self, *names: str) -> list[_Cue]:
        """Return the cues of these names that stand in the words left, taking them."""
        found = [_Cue(*match.span(), name) for name in names for match in self.scan.find(self.words.patterns[name])]
        for cue in found:
            self.scan.take(cue.start, cue.end)
        return found

    def _means(self) -> list[_Cue]:
        """Return the cues for the mean and the median but those set aside: "the median rather than the mean"."""
        found = self._cues("mean", "median")
        before = re.compile(rf"(?<!\w)(?:{self.words.raw['mean_aside_before']})$")
        after = re.compile(rf"{self.words.raw['mean_aside_after']}(?!\w)")
        kept: list[_Cue] = []
        for cue in found:
            leads, follows = before.search(self.scan.left[: cue.start]), after.match(self.scan.left, cue.end)
            for match in (leads, follows):
                if match is not None and len(found) > 1:
                    self.scan.take(*match.span())
            if len(found) == 1 or (leads is None and follows is None):
                kept.append(cue)
        return kept or found

    def _taking_part(self) -> frozenset[int]:
        """Return where "how many" asks for people by what they do: "how many are taking part"; takes the verb."""
        raw = self.words.raw
        small = rf"(?:(?:{raw['take_part_small']})[ ])*"
        matches = list(self.scan.find(whole(rf"(?:{raw['how_many']})[ ]{small}(?P<verb>{raw['take_part']})")))
        for match in matches:
            self.scan.take(*match.span("verb"))
        return frozenset(match.start() for match in matches)

    def _nth(self) -> int | None:
        """Return which one "the second largest" asks for; takes the ordinal."""
        extreme = "|".join(self.words.raw[name] for name in ("most", "fewest", "largest", "smallest", "order"))
        for n in range(2, 6):
            if self.scan.take_all(re.compile(rf"(?<!\w)(?:{self.words.raw[f'nth.{n}']})(?=(?:{extreme})(?!\w))")):
                return n
        return None

    def _having(self) -> tuple[Operator, int] | None:
        """Return the bound of "more than 2 trials"; takes the number, leaves the noun."""
        trial, of = self.words.raw["trial"], self.words.raw["of_rows"]
        for operator in _BOUNDS:
            bound = self.words.raw[f"number.{operator.value}"]
            pattern = re.compile(rf"(?<!\w)(?:{bound})(?=[{TAKEN} ]+(?:{of})?(?:\w+[ ])?(?:{trial})(?!\w))")
            for match in self.scan.find(pattern):
                self.scan.take(*match.span())
                return operator, int(next(group for group in match.groups() if group))
        for name, operator in (("or_more", Operator.AT_LEAST), ("or_fewer", Operator.AT_MOST)):
            pattern = re.compile(rf"(?<!\w)(\d+)[ ]((?:{trial}))[ ](?:{self.words.raw[f'number.{name}']})(?!\w)")
            for match in self.scan.find(pattern):
                self.scan.take(*match.span(1))
                self.scan.take(match.end(2), match.end())
                return operator, int(match.group(1))
        if any(self.scan.has(self.words.patterns[f"columns.{name}"]) for name in _GROUPABLE):
            # "Which countries have two trials (each)".
            pattern = re.compile(rf"(?<!\w)(?:{self.words.raw['number.apiece']})(?=[ ](?:{trial})(?!\w))")
            for match in self.scan.find(pattern):
                self.scan.take(*match.span())
                return Operator.IS, int(next(group for group in match.groups() if group))
        return None

    def _each(self) -> Column | None:
        """Return the column of "by country", "po državah"; takes the words."""
        small = r"(?:[ ](?:the|their|of|na|po|v))?"
        for name in _GROUPABLE:
            pattern = whole(rf"(?:{self.words.raw['each']}){small}[ ](?:{self.words.raw[f'columns.{name}']})")
            if self.scan.take_all(pattern):
                return Column(name)
        return None

    def _nouns(self) -> list[_Cue]:
        """Return the nouns of the question in order, taking them: trial, participant, columns."""
        found: list[_Cue] = []
        for name in (*_NOUNS, _PARTICIPANT, _TRIAL):
            pattern = self.words.patterns[name if name in (_TRIAL, _PARTICIPANT) else f"columns.{name}"]
            found.extend(_Cue(*match.span(), name) for match in self.scan.take_all(pattern))
        return sorted(found)

    def _bound(self, cue: _Cue) -> str:
        """Return the noun that a cue asks for: the next one, or "" when none follows."""
        return next((noun.name for noun in self.nouns if noun.start >= cue.end), "")

    def _before(self, cue: _Cue) -> str:
        """Return the noun right before a cue, "" when there is none: "enrol more than"."""
        return next((noun.name for noun in self.nouns if self.scan.text[noun.end : cue.start] == " "), "")

    def _which_patients(self, which: Sequence[_Cue]) -> bool:
        """Whether patients are asked for right after the cue, or a word later ("what kind of patients")."""
        return any(
            cue.end < noun.start
            and re.fullmatch(r"[ ](?:\w+[ ](?:of[ ])?)?", self.scan.text[cue.end : noun.start]) is not None
            and not self.scan.text.startswith("enrol", noun.start)
            for cue in which
            for noun in self.nouns
            if noun.name == _PARTICIPANT
        )

    def _text(self, cue: _Cue) -> str:
        return self.scan.text[cue.start : cue.end]

    def _has(self, noun: str) -> bool:
        return any(cue.name == noun for cue in self.nouns)

    @staticmethod
    def _as_columns(names: Sequence[str]) -> tuple[Column, ...]:
        return tuple(dict.fromkeys(Column(name) for name in names if name in _NOUNS))
