"""Carry out a query over the rows of the table of trials: plain comparisons, nothing guessed."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, median

from corpus.text import fold
from corpus.types import Document, Trial
from rag.tables.data import area_of
from rag.tables.query import Column, Filter, Operation, Operator, TableQuery, phase_values

# How the months begin in both languages, folded, by their number.
_MONTHS = {
    "januar": 1, "februar": 2, "marec": 3, "marc": 3, "april": 4, "maj": 5, "may": 5, "juni": 6, "june": 6, "juli": 7,
    "july": 7, "avgust": 8, "august": 8, "septemb": 9, "oktob": 10, "octob": 10, "novemb": 11, "decemb": 12,
}  # fmt: skip
_TRADEMARK = re.compile(r"(?<=[A-Z])TM\b|™")
_DATED = re.compile(rf"\b(?P<month>{'|'.join(_MONTHS)})[a-z]*\s+(?P<year>(?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResult:
    """One group: the value of its column (or the label of its filter), what was computed, its rows."""

    key: str
    value: float
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A filter that asks for what the table does not have, and what it has in its place."""

    filter: Filter
    exists: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """The sentence of the article that dates its registry data, and the date it gives."""

    piece_id: str
    month: int
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableResult:
    """What a query gives. `operation`, `column`, `row_ids` and `value` let anyone compute it again.

    Attributes:
        table: id of the table.
        rows: those that meet the filters (of a comparison, one of its sides too), in the order of the table.
        shown: those the answer is about: the largest, the ranked in their order, else `rows`.
        value: the number computed; None for lists, comparisons and look-ups.
        groups: for group, distinct and comparisons of groups, in the order they are told.
        unmatched: filters (and ids) that nothing in the table fits.
        alone: when no row is left, how many meet each filter by itself.
        total, total_size: rows of the table, and participants of all of them.
        headers: the columns as printed.
        meanings: what the legend says of the codes.
        raw_conditions: goals as printed by their normalised names, of the whole table.
        in_text: ids asked for that are not in the table, with the sentences that name them.
    """

    query: TableQuery
    table: str
    rows: tuple[Trial, ...]
    shown: tuple[Trial, ...]
    value: float | None
    groups: tuple[GroupResult, ...]
    unmatched: tuple[Unmatched, ...]
    alone: tuple[tuple[Filter, int], ...]
    total: int
    total_size: int
    headers: Mapping[Column, str]
    meanings: Mapping[str, str]
    raw_conditions: Mapping[str, str]
    dated: Dated | None
    in_text: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def operation(self) -> Operation:
        """What was computed."""
        return self.query.operation

    @property
    def column(self) -> Column | None:
        """What it was computed over; None for counts and lists of rows."""
        if self.query.operation in (Operation.GROUP, Operation.DISTINCT):
            return self.query.group_by or next(iter(self.query.columns), None)
        return next(iter(self.query.columns), None)

    @property
    def row_ids(self) -> tuple[str, ...]:
        """Ids of the rows that meet the filters, in the order of the table."""
        return tuple(trial.row_id for trial in self.rows)


def execute(query: TableQuery, document: Document) -> TableResult:
    """Return the result of `query` over the trials of `document`.

    A pure function: the same query and document give the same result. Means and medians of no rows
    are None, their sum is 0.
    """
    trials = document.trials
    rows = tuple(trial for trial in trials if all(meets(trial, item) for item in query.filters))
    if query.groups:
        rows = tuple(trial for trial in rows if any(meets(trial, side) for side in query.groups))
    shown, value, groups = _computed(query, rows, trials)
    alone = [(item, sum(meets(trial, item) for trial in trials)) for item in query.filters]
    table = trials[0].row_id.split(":", 1)[0] if trials else ""
    unmatched = tuple(
        Unmatched(filter=item, exists=_existing(item, trials))
        for item in (*query.filters, *query.groups)
        if item.unmatched
    )
    return TableResult(
        query=query,
        table=table,
        rows=rows,
        shown=shown,
        value=value,
        groups=groups,
        unmatched=tuple(dict.fromkeys(unmatched)),
        alone=tuple(alone) if not rows and len(alone) > 1 else (),
        total=len(trials),
        total_size=sum(trial.enrolment for trial in trials),
        headers=headers(document),
        meanings=next((dict(t.abbreviations) for t in document.tables if t.id == table), {}),
        raw_conditions={trial.condition: trial.condition_raw for trial in trials},
        dated=dated(document),
        in_text=_in_text(unmatched, document),
    )


def cell(trial: Trial, column: Column) -> str | int:
    """Return a cell as compared and grouped: normalised names, codes, "1,2" for phases."""
    match column:
        case Column.ID:
            return trial.id
        case Column.TITLE:
            return trial.title
        case Column.CONDITION:
            return trial.condition
        case Column.STATUS:
            return trial.status
        case Column.COUNTRY:
            return trial.country
        case Column.ENROLMENT:
            return trial.enrolment
        case Column.PHASE:
            return "/".join(sorted(str(value) for value in phase_values(trial)))
        case Column.AREA:
            return area_of(trial.condition).sl


def meets(trial: Trial, item: Filter) -> bool:
    """Whether a row meets a filter.

    Phases: CONTAINS and IN any of the values ("2/3" is the cell with just these), IS exactly them, IS_NOT its denial,
    comparisons the highest phase; rows without a numbered phase never meet a comparison. Titles: whole words, folded.
    """
    if item.column is Column.TITLE:
        return title_contains(trial.title, item.values) is (item.operator not in (Operator.NOT_IN, Operator.IS_NOT))
    if item.column is Column.PHASE:
        return _meets_phase(trial, item)
    value = cell(trial, item.column)
    if item.operator in (Operator.IS, Operator.IN, Operator.CONTAINS):
        return value in item.values or (bool(item.titles) and title_contains(trial.title, item.titles))
    if item.operator in (Operator.IS_NOT, Operator.NOT_IN):
        return value not in item.values
    return compares(item.operator, int(value), item.values)


def _meets_phase(trial: Trial, item: Filter) -> bool:
    there = phase_values(trial)
    if item.operator in (Operator.CONTAINS, Operator.IN):
        return not there.isdisjoint(item.values) or cell(trial, Column.PHASE) in item.values
    if item.operator is Operator.NOT_IN:
        return there.isdisjoint(item.values)
    if item.operator in (Operator.IS, Operator.IS_NOT):
        return (there == frozenset(item.values)) is (item.operator is Operator.IS)
    return bool(trial.phases) and compares(item.operator, max(trial.phases), item.values)


def compares(operator: Operator, value: float, values: tuple[str | int, ...]) -> bool:
    """Whether a number compares with the bounds as `operator` says.

    Raises:
        ValueError: the operator compares no numbers.
    """
    bounds = [int(bound) for bound in values]
    match operator:
        case Operator.AT_LEAST:
            return value >= bounds[0]
        case Operator.AT_MOST:
            return value <= bounds[0]
        case Operator.MORE_THAN:
            return value > bounds[0]
        case Operator.LESS_THAN:
            return value < bounds[0]
        case Operator.IS:
            return value == bounds[0]
        case Operator.BETWEEN:
            return bounds[0] <= value <= bounds[1]
        case _:
            raise ValueError(f"{operator} compares no numbers")


def title_contains(title: str, words: Iterable[str | int]) -> bool:
    """Whether a title holds one of `words` (folded, perhaps several words) as whole words or a plural."""
    text = _plain_title(title)
    return any(f" {word} " in text or f" {word}s " in text for word in map(_plain, map(str, words)))


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


@lru_cache(maxsize=4096)
def _plain_title(title: str) -> str:
    return f" {_plain(_TRADEMARK.sub('', title))} "


def _computed(
    query: TableQuery, rows: tuple[Trial, ...], trials: tuple[Trial, ...]
) -> tuple[tuple[Trial, ...], float | None, tuple[GroupResult, ...]]:
    column = query.columns[0] if query.columns else Column.ENROLMENT
    sizes = [trial.enrolment for trial in rows]
    match query.operation:
        case Operation.COUNT:
            return rows, float(len(rows)), ()
        case Operation.SHARE:
            return _share(query, rows, trials)
        case Operation.SUM:
            return rows, float(sum(sizes)), ()
        case Operation.MEAN:
            return rows, fmean(sizes) if sizes else None, ()
        case Operation.MEDIAN:
            return rows, float(median(sizes)) if sizes else None, ()
        case Operation.MIN | Operation.MAX:
            return _extreme(rows, column, largest=query.operation is Operation.MAX)
        case Operation.RANGE if query.n is not None:
            ordered = sorted(rows, key=lambda trial: trial.enrolment, reverse=query.descending)[: query.n]
            apart = float(abs(ordered[0].enrolment - ordered[-1].enrolment)) if ordered else None
            return tuple(ordered), apart, ()
        case Operation.RANGE:
            ends = (
                [trial for size in dict.fromkeys((min(sizes), max(sizes))) for trial in rows if trial.enrolment == size]
                if rows
                else []
            )
            return tuple(ends), float(max(sizes) - min(sizes)) if rows else None, ()
        case Operation.RANK:
            # A stable sort: rows of one size stay in the order of the table.
            ordered = sorted(rows, key=lambda trial: trial.enrolment, reverse=query.descending)
            return tuple(ordered[: query.n]), None, ()
        case Operation.GROUP | Operation.DISTINCT:
            by = query.group_by or column
            groups = grouped(rows, by, query.measure)
            if query.having is not None:
                operator, bound = query.having
                groups = tuple(group for group in groups if compares(operator, group.value, (bound,)))
            if query.operation is Operation.DISTINCT:
                return rows, float(len(groups)), groups
            groups = tuple(sorted(groups, key=lambda group: group.value, reverse=query.descending))
            return rows, None, _first_groups(groups, query.n)
        case Operation.COMPARE if query.groups:
            sides = tuple(
                GroupResult(
                    key=side.label.sl,
                    value=_measured([trial for trial in rows if meets(trial, side)], query.measure),
                    rows=tuple(trial.row_id for trial in rows if meets(trial, side)),
                )
                for side in query.groups
            )
            return rows, None, sides
        case _:
            return rows, None, ()


def _share(
    query: TableQuery, rows: tuple[Trial, ...], trials: tuple[Trial, ...]
) -> tuple[tuple[Trial, ...], float | None, tuple[GroupResult, ...]]:
    """Return rows, their percentage, and as groups the part and the whole."""
    base = tuple(trial for trial in trials if all(meets(trial, item) for item in query.base))
    measure = Operation.SUM if query.columns else Operation.COUNT
    part, whole = (
        GroupResult(key=key, value=_measured(list(of), measure), rows=tuple(trial.row_id for trial in of))
        for key, of in (("del", rows), ("celota", base))
    )
    return rows, 100 * part.value / whole.value if whole.value else None, (part, whole)


def _extreme(
    rows: tuple[Trial, ...], column: Column, *, largest: bool
) -> tuple[tuple[Trial, ...], float | None, tuple[GroupResult, ...]]:
    def number(trial: Trial) -> int | None:
        if column is Column.PHASE:
            return max(trial.phases, default=None) if largest else min(trial.phases, default=None)
        if column is Column.ID:
            return int(trial.id.removeprefix("NCT"))
        return trial.enrolment

    numbers = [value for trial in rows if (value := number(trial)) is not None]
    if not numbers:
        return (), None, ()
    best = max(numbers) if largest else min(numbers)
    return tuple(trial for trial in rows if number(trial) == best), float(best), ()


def grouped(rows: Iterable[Trial], by: Column, measure: Operation) -> tuple[GroupResult, ...]:
    """Return rows grouped by a column, in the order in which the table first has each value."""
    members: dict[str, list[Trial]] = {}
    for trial in rows:
        members.setdefault(str(cell(trial, by)), []).append(trial)
    return tuple(
        GroupResult(key=key, value=_measured(group, measure), rows=tuple(trial.row_id for trial in group))
        for key, group in members.items()
    )


def _measured(rows: list[Trial], measure: Operation) -> float:
    if measure is Operation.SUM:
        return float(sum(trial.enrolment for trial in rows))
    if measure is Operation.MEAN:
        return fmean(trial.enrolment for trial in rows) if rows else 0.0
    if measure is Operation.MEDIAN:
        return float(median(trial.enrolment for trial in rows)) if rows else 0.0
    if measure in (Operation.MAX, Operation.MIN):
        extreme = max if measure is Operation.MAX else min
        return float(extreme((trial.enrolment for trial in rows), default=0))
    return float(len(rows))


def _first_groups(groups: tuple[GroupResult, ...], n: int | None) -> tuple[GroupResult, ...]:
    """Return the first `n` groups and those equal to the last of them."""
    if n is None or n >= len(groups):
        return groups
    return tuple(group for i, group in enumerate(groups) if i < n or group.value == groups[n - 1].value)


def _existing(item: Filter, trials: tuple[Trial, ...]) -> tuple[str, ...]:
    """Return what the table has in the column of an unmatched filter, most frequent first."""
    if item.column is Column.ID:
        ids = [trial.id for trial in trials]
        near = [difflib.get_close_matches(str(value), ids, n=2, cutoff=0.85) for value in item.values]
        return tuple(dict.fromkeys(name for names in near for name in names))
    if item.column is Column.PHASE:
        return tuple(str(number) for number in sorted({number for trial in trials for number in trial.phases}))
    if item.column is Column.TITLE:
        return ()
    groups = grouped(trials, item.column, Operation.COUNT)
    return tuple(group.key for group in sorted(groups, key=lambda group: -group.value))


def headers(document: Document) -> dict[Column, str]:
    """Return the printed column names by where the cells of the first trial stand."""
    table_id = document.trials[0].row_id.split(":", 1)[0] if document.trials else ""
    table = next((table for table in document.tables if table.id == table_id), None)
    if table is None or not document.trials:
        return {}
    first = document.trials[0]
    row = next(row for row in table.rows if row.id == first.row_id)
    wanted: dict[Column, Callable[[Trial], str]] = {
        Column.ID: lambda t: t.id,
        Column.TITLE: lambda t: t.title,
        Column.CONDITION: lambda t: t.condition_raw,
        Column.STATUS: lambda t: t.status,
        Column.COUNTRY: lambda t: t.country_raw,
        Column.ENROLMENT: lambda t: str(t.enrolment),
        Column.PHASE: lambda t: t.phase_raw,
    }
    return {column: entry.column for column, raw in wanted.items() for entry in row.cells if entry.text == raw(first)}


def dated(document: Document) -> Dated | None:
    """Return the sentence that dates the registry data: it names the registry, a month and a year."""
    for sentence in document.sentences:
        if "clinicaltrials" not in sentence.text.casefold():
            continue
        match = _DATED.search(fold(sentence.text))
        if match:
            return Dated(piece_id=sentence.id, month=_MONTHS[match["month"]], year=int(match["year"]))
    return None


def _in_text(unmatched: tuple[Unmatched, ...], document: Document) -> tuple[tuple[str, tuple[str, ...]], ...]:
    ids = [str(value) for entry in unmatched if entry.filter.column is Column.ID for value in entry.filter.values]
    there = {trial.id for trial in document.trials}
    return tuple(
        (name, pieces)
        for name in ids
        if name not in there and (pieces := tuple(s.id for s in document.sentences if name in s.trials))
    )
