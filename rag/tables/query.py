"""The query language over the table of trials: what may be asked of it, as frozen values.

A query is built from a question by `rag.tables.read`, carried out by `rag.tables.execute`. Nothing
of the question's text is ever executed: values are compared, and that is all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from corpus.types import Language, Trial


class Operation(StrEnum):
    """What is done with the rows that meet the filters."""

    COUNT = "count"
    LIST = "list"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    RANGE = "range"
    """The smallest and the largest row, or with `n` the first and the `n`th, and how far they are apart."""
    RANK = "rank"
    """The first `n` rows by a column, or all of them in its order."""
    GROUP = "group"
    """Rows counted (or their participants added up) for each value of a column."""
    DISTINCT = "distinct"
    """The different values of a column."""
    SHARE = "share"
    """Rows that meet the filters, in percent of all rows, or of those that meet `base`."""
    COMPARE = "compare"
    """Two or more groups of rows, or two or more named trials, side by side."""
    LOOKUP = "lookup"
    """Cells of named trials."""


class Column(StrEnum):
    """A column of the table; `AREA` is the one we add: the field of medicine of the condition."""

    ID = "id"
    TITLE = "title"
    CONDITION = "condition"
    STATUS = "status"
    COUNTRY = "country"
    ENROLMENT = "enrolment"
    PHASE = "phase"
    AREA = "area"


class Operator(StrEnum):
    """How a cell is compared with the values of a filter."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    NOT_IN = "not_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    CONTAINS = "contains"


class Label(NamedTuple):
    """The same words in both languages."""

    sl: str
    en: str

    def of(self, language: Language) -> str:
        """Return the words in `language`."""
        return self.sl if language is Language.SL else self.en


NO_LABEL = Label("", "")


# A pattern that no text meets.
NEVER = "(?!)"


class Sought(NamedTuple):
    """Something asked of trials that no column of the table holds.

    Attributes:
        name: how an answer calls it.
        given: pattern over folded text of what a sentence says that tells it; "" when that is unknown.
        title: pattern over a folded title of what tells it there; "" when titles do not tell it.
        by_itself: a sentence on the trial that holds `given` tells it, whatever else it says.
        registry: only registries tell it; what the text says of other studies is no answer.
    """

    name: Label
    given: str = ""
    title: str = ""
    by_itself: bool = False
    registry: bool = False


# Values of the phase column that are no numbers.
EARLY = "early"
NO_PHASE = "none"
OBSERVATIONAL = "observational"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on a row.

    Attributes:
        values: of the table as normalised in `Trial`: names of conditions and countries, codes of
            statuses, ids in capitals, numbers; of the phase column numbers 1 to 4, `EARLY`,
            `NO_PHASE`, `OBSERVATIONAL`, whole cells ("2", "2/3"); of the title folded words.
        titles: for a condition, folded words of which one in the title is as good as the goal cell.
        label: the condition in words, ready to stand after "trials" ("v Iranu", "in Iran").
        unmatched: what was asked for and does not occur in the table, in words.
        reading: how the words were read where they can be read in several ways: a key of
            `readings` in areas.toml or countries.toml, or "title".
    """

    column: Column
    operator: Operator
    values: tuple[str | int, ...]
    titles: tuple[str, ...] = ()
    label: Label = NO_LABEL
    unmatched: tuple[Label, ...] = ()
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuery:
    """What a question asks of the table of trials.

    Attributes:
        columns: what is computed, counted apart or shown; empty for counts and lists of rows.
        filters: all of them must be met; an unmatched one is met by no row.
        group_by: column of the groups.
        measure: what is computed for each group: COUNT, or SUM, MEAN, MEDIAN, MAX, MIN of the participants; of the
            operation MEAN, MEDIAN when both are wanted.
        groups: the sides of a comparison of groups, each a filter of its own.
        n: how many rows or groups are wanted; None for all.
        having: of groups only those whose value compares like this: "more than 2 trials".
        base: of a share, the filters that the whole meets too: "what share of Chinese trials is recruiting".
        descending: whether the largest come first.
        ratio: of two numbers compared, also how many times larger the one is.
    """

    operation: Operation
    columns: tuple[Column, ...] = ()
    filters: tuple[Filter, ...] = ()
    group_by: Column | None = None
    measure: Operation = Operation.COUNT
    groups: tuple[Filter, ...] = ()
    n: int | None = None
    having: tuple[Operator, int] | None = None
    base: tuple[Filter, ...] = ()
    descending: bool = True
    ratio: bool = False


def describe(query: TableQuery, language: Language) -> str:
    """Return the filter of `query` in words ("v Iranu, v fazi 2"); "" when there is none."""
    parts = [item.label.of(language) for item in query.filters]
    if query.groups:
        parts.append(" / ".join(item.label.of(language) for item in query.groups))
    return joined([part for part in parts if part])


def joined(parts: Sequence[str]) -> str:
    """Return phrases one after another, with commas where there are many or a clause begins."""
    text = ""
    for part in parts:
        clause = part.startswith(("ki ", "that ", "razen ", "except "))
        text += f"{', ' if text and (clause or len(parts) > 2) else ' ' if text else ''}{part}"
    return text


def phase_values(trial: Trial) -> frozenset[str | int]:
    """Return what the phase cell of a trial says: numbers, or one of the words for none."""
    if trial.early:
        return frozenset({EARLY})
    if trial.observational:
        return frozenset({OBSERVATIONAL})
    return frozenset(trial.phases) or frozenset({NO_PHASE})
