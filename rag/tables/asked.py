"""What a question asks of the rows that meet its conditions: the operation and its columns.

Decided by cue words ("how many", "which", "largest", "by") and the nouns they are bound to, a cue to
the noun that follows it: "how many trials" counts rows, "how many participants" adds them up, "which
country" asks for the values of a column.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.tables.cues import GROUPABLE, PARTICIPANT, TRIAL, Cues
from rag.tables.query import Column, Filter, Label, Operation, Operator, TableQuery

# The columns a comparison of two trials shows when none is named.
ALL_COLUMNS = (Column.CONDITION, Column.COUNTRY, Column.ENROLMENT, Column.PHASE, Column.STATUS)
# How a filter names the values that it wants.
_CHOOSING = (Operator.IN, Operator.CONTAINS)
_TELLING = frozenset({Column.STATUS, Column.PHASE, Column.COUNTRY})


class Refusal(NamedTuple):
    """Why a question puts no query: "prose", "unread", "no_operation" or "no_condition"."""

    reason: str
    unread: tuple[str, ...] = ()


class Asked(Cues):
    """Reads the operation from what is left of a question. Use once."""

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

    def _bounded(self) -> TableQuery | Refusal | None:
        """ "Which countries have more than two trials"."""
        if self.having is None:
            return None
        named = (*self.columns, *self._as_columns(self.counted), *self._as_columns(self._first_listed()))
        by = [column for column in named if column in GROUPABLE]
        if not by and self.nouns and not self.conditions.claim:
            # "Countries with a single trial": what the bound is said of comes first.
            by = [column for column in self._as_columns([self.nouns[0].name]) if column in GROUPABLE]
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
        only_participants = self._has(PARTICIPANT) and not self._has(TRIAL)
        sized = any(re.fullmatch(self.words.raw["size_word"], self._text(cue)) for cue in comparative)
        # "Is the number of Chinese trials larger than …": the number is, not the trials.
        sized = sized and TRIAL not in self.counted
        sized |= any(self._bound(cue) == PARTICIPANT for cue in self.order)
        summed = self.participants or sized or over == PARTICIPANT or (not over and only_participants)
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
        by = [column for column in dict.fromkeys([*self.columns, *self.loose]) if column in GROUPABLE]
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
            trial_first = (bool(self.nouns) and self.nouns[0].name == TRIAL) or self._of_trial(self.most[0])
            # "Which trial in which country has the most participants" asks for a trial, and so does "in which
            # country is the trial with the most participants".
            if by and (over != PARTICIPANT or not trial_first):
                summed = over == PARTICIPANT
                return TableQuery(
                    operation=Operation.GROUP,
                    columns=(Column.ENROLMENT,) if summed else (),
                    filters=self.filters,
                    group_by=by[0],
                    measure=Operation.SUM if summed else Operation.COUNT,
                    n=self._n or 1,
                    descending=largest,
                )
            if over == PARTICIPANT or (self._has(TRIAL) and not over):
                return self._largest(largest=largest)
            return None
        sized = self._has(PARTICIPANT) or bool(self.how_large)
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
            more = [cue for cue in self._cues("more", "fewer") if self._bound(cue) == PARTICIPANT]
            if more:
                return self._largest(largest=more[0].name == "more")
        return None

    def _claimed(self, by: Sequence[Column]) -> TableQuery | None:
        """ "Does Iran have the most trials?", "Is it true that Iran is the country with …": all groups tell it."""
        named = [
            item
            for item in self._as_said()
            if item.column in GROUPABLE
            and item.column in (by or [item.column])
            and (item.operator is Operator.IS or (item.operator in _CHOOSING and len(item.values) == 1))
        ]
        # "Does Iran have the most trials of unknown status?": what is said first is what may have the most; elsewhere
        # what is said last: "Are the most trials of unknown status in Iran?".
        before = [item for item in named if self.scan.position(item.column) < self.most[0].start]
        last = before[:1] or named[-1:]
        over = self._bound(self.most[0])
        if not last or not self._asks_whether():
            return None
        if not by and (over not in (TRIAL, PARTICIPANT) or self._of_trial(self.most[0])):
            return None
        return TableQuery(
            operation=Operation.GROUP,
            columns=(Column.ENROLMENT,) if over == PARTICIPANT else (),
            filters=tuple(item for item in self.filters if item is not last[0]),
            group_by=last[0].column,
            measure=Operation.SUM if over == PARTICIPANT else Operation.COUNT,
            descending=self.most[0].name == "most",
        )

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
        over = next((bound for bound in bounds if bound in (TRIAL, PARTICIPANT)), "")
        by = [column for column in first if column in GROUPABLE]
        if by and (over or self._average):
            # "Rank the countries by number of trials", "by average enrolment".
            summed = over == PARTICIPANT or self._average is not None
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
        asked = [column for column in (*self.columns, *self.loose) if column in GROUPABLE]
        column = asked[0] if asked else said[-1].column if said else None
        if column in GROUPABLE:
            of = self.filters if asked else tuple(said[:-1])
            return TableQuery(operation=Operation.DISTINCT, columns=(column,), group_by=column, filters=of)
        if not said:
            return None
        return TableQuery(operation=Operation.SHARE, filters=self.filters, base=tuple(said[:-1]))

    def _aggregate(self) -> TableQuery | None:
        """ "What share", "the average", "how many participants"."""
        enrolment = (Column.ENROLMENT,)
        named = [column for column in self.columns if column in GROUPABLE]
        if self.share and not self.filters and len(named) == 1 and self._has(TRIAL):
            # "What is the status of the majority of trials?"
            return TableQuery(operation=Operation.GROUP, group_by=named[0])
        if self.share and self.filters:
            of_participants = self._has(PARTICIPANT) and not self._has(TRIAL)
            of_participants |= any(item.column is Column.ID for item in self.filters)  # "does the largest make up"
            of_participants |= self._bound(self.share[0]) == PARTICIPANT  # "of all participants are in trials …"
            columns = enrolment if of_participants else ()
            return TableQuery(operation=Operation.SHARE, columns=columns, filters=self.filters, base=self._whole())
        if self.means:
            names = {cue.name for cue in self.means}
            operation = Operation.MEDIAN if names == {"median"} else Operation.MEAN
            # "The mean and the median": both.
            measure = Operation.MEDIAN if len(names) > 1 else Operation.COUNT
            return TableQuery(operation=operation, columns=enrolment, filters=self.filters, measure=measure)
        several = bool(self.columns) or len(set(self.loose) & _TELLING) > 1
        shows = TRIAL in (*self.which, *self._first_listed()) or bool(several and self.filters)
        shows |= bool(self.apiece)
        # "Eye trials: country, n": a column among others.
        shows |= bool(self.loose) and [self._text(cue) for cue in self.how_large] == ["n"]
        if self.participants and not self.total and shows:
            # "Which trials are in Iran (where is it) and how many participants do they have": each its own.
            shown = tuple(dict.fromkeys([*self.columns, Column.ENROLMENT, *self.loose]))
            return TableQuery(operation=Operation.LIST, columns=shown, filters=self.filters)
        summed = bool(self.total) and TRIAL not in self.counted and self._has(PARTICIPANT)
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

    def _values(self) -> TableQuery | Refusal | None:
        """ "Which countries", "how many diseases", "how many trials and in which countries"."""
        # "List the countries of the trials": the first noun after the verb is what is listed.
        named = self._as_columns(self._coordinated(self._first_listed()))
        wanted = tuple(c for c in self._as_columns(self.counted) or self.columns or named if c in GROUPABLE)
        if not wanted:
            return None
        if TRIAL in self.counted:
            return TableQuery(operation=Operation.GROUP, filters=self.filters, group_by=wanted[0])
        if (TRIAL in self.which[:1] or TRIAL in self._first_listed()) and not named:
            return None
        if not self.filters and wanted[0] in (Column.PHASE, Column.STATUS) and not self.conditions.names_table:
            return Refusal("no_condition")  # "Which phases are there" is answered by the text
        return TableQuery(operation=Operation.DISTINCT, columns=wanted, group_by=wanted[0], filters=self.filters)

    def _rows(self) -> TableQuery | Refusal:
        """Return a count or list of rows; "what do trials say" is neither."""
        if self.share:
            return Refusal("no_condition")
        if (
            self.what
            and not self.goal
            and (not any(self.what) or (set(self.what) == {TRIAL} and not (self.listing or self.which)))
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
        counts = TRIAL in self.counted or (bool(self.counted) and not any(self.counted))
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
        sized = [Column.ENROLMENT] if self.participants or (self._has(PARTICIPANT) and not self.patients) else []
        sized += [Column.ENROLMENT] if self.counted and not any(self.counted) and not self.loose else []
        by = [self.each] if self.each is not None else []
        goal = [Column.CONDITION] if self._cues("columns.goal") else []
        shown = tuple(dict.fromkeys([*self.columns, *sized, *self.loose, *by, *goal, *claimed]))
        comparative = bool(self._cues("comparative"))
        if len(ids) > 1 and (self.means or self.total):
            operation = Operation.SUM if self.total else Operation.MEAN
            return TableQuery(operation=operation, columns=(Column.ENROLMENT,), filters=(chosen,))
        if len(ids) > 1 and (self.compare or self.sizes or self.most or comparative):
            if (self.order or not self.compare) and not shown:
                shown = (Column.ENROLMENT,)  # "Compare them by size."
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
