"""Recompute what a table question asks for, from the trials of the article.

A recipe is data in a gold item: an operation, conditions on the rows, and the columns shown. It is
executed here in plain Python, apart from the engine's own code, so that the two check each other.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from corpus.load import Article
from corpus.types import Document, Trial


class Column(StrEnum):
    """What a recipe can read of a trial; `phase` is the set of its numbered phases."""

    ID = "id"
    TITLE = "title"
    CONDITION = "condition"
    STATUS = "status"
    COUNTRY = "country"
    ENROLMENT = "enrolment"
    PHASE = "phase"
    EARLY = "early"
    OBSERVATIONAL = "observational"


class Test(StrEnum):
    """How a condition compares; `has` asks for a member of a set, `contains` for a part of a text."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    NOT_IN = "not_in"
    HAS = "has"
    CONTAINS = "contains"


class Operation(StrEnum):
    """What a recipe computes from the rows that meet its conditions."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    LIST = "list"
    DISTINCT = "distinct"
    GROUP = "group"


class Condition(BaseModel):
    """One condition on a row; all of a recipe's must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: Column
    test: Test
    value: bool | int | str | tuple[int, ...] | tuple[str, ...]


class Recipe(BaseModel):
    """An operation over the trials.

    Attributes:
        column: what is summed, compared, counted apart; not needed for count and list.
        show: columns whose values the answer must give for each row found (list, min, max).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: Operation
    column: Column | None = None
    where: tuple[Condition, ...] = ()
    show: tuple[Column, ...] = (Column.ID,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that the answer must hold: one of the aliases, and all of the numbers."""

    aliases: tuple[str, ...]
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a recipe yields: the facts, and the trials they come from."""

    facts: tuple[Fact, ...]
    rows: tuple[Trial, ...]


def execute(recipe: Recipe, document: Document, article: Article) -> Result:
    """Return what `recipe` yields on the trials of `document`.

    Raises:
        ValueError: a column is missing or does not suit the operation, or no row is left to take a
            mean or an extreme of.
    """
    rows = tuple(trial for trial in document.trials if all(_meets(trial, condition) for condition in recipe.where))
    names = _Names(document, article)
    operation = recipe.operation
    if operation is Operation.COUNT:
        return Result(facts=(_number(len(rows)),), rows=rows)
    if operation is Operation.LIST:
        return Result(facts=tuple(fact for row in rows for fact in names.shown(row, recipe.show)), rows=rows)
    if recipe.column is None:
        raise ValueError(f"the operation {operation} needs a column")
    if operation in (Operation.DISTINCT, Operation.GROUP):
        counts = Counter(_named(row, recipe.column) for row in rows)
        facts = tuple(
            Fact(
                aliases=names.of(recipe.column, value),
                numbers=(str(n),) if operation is Operation.GROUP else (),
            )
            for value, n in counts.items()
        )
        return Result(facts=facts, rows=rows)
    if recipe.column is not Column.ENROLMENT:
        raise ValueError(f"the operation {operation} needs the column enrolment, not {recipe.column}")
    values = [row.enrolment for row in rows]
    if not values:
        raise ValueError(f"no trial is left for the operation {operation}")
    if operation is Operation.SUM:
        return Result(facts=(_number(sum(values)),), rows=rows)
    if operation is Operation.MEAN:
        return Result(facts=(_number(statistics.fmean(values)),), rows=rows)
    if operation is Operation.MEDIAN:
        return Result(facts=(_number(statistics.median(values)),), rows=rows)
    extreme = min(values) if operation is Operation.MIN else max(values)
    best = tuple(row for row in rows if row.enrolment == extreme)
    return Result(facts=tuple(fact for row in best for fact in names.shown(row, recipe.show)), rows=best)


class _Names:
    """The names of cell values in both languages."""

    def __init__(self, document: Document, article: Article) -> None:
        self._translations = article.translations
        self._columns = {table.id: table.columns for table in document.tables}
        self._rows = {row.id: row for table in document.tables for row in table.rows}
        self._meanings = {short: meaning for table in document.tables for short, meaning in table.abbreviations}
        self._trials = document.trials
        self._concepts = [frozenset((*concept.sl, *concept.en)) for concept in article.glossary]

    def of(self, column: Column, value: Any) -> tuple[str, ...]:
        """Return what a value may be called: as printed, in normal form, and in English."""
        if column is Column.PHASE:
            return self._phases(value)
        names: list[str] = [str(value)]
        for trial in self._trials:
            raw = {Column.CONDITION: trial.condition_raw, Column.COUNTRY: trial.country_raw}.get(column, "")
            if raw and _value(trial, column) == value:
                names.append(raw)
                names.extend(self._english(trial, raw))
        if column is Column.STATUS and value in self._meanings:
            names.append(self._meanings[value])
            names.extend(
                text
                for key, text in self._translations.items()
                if key.endswith(f":{value}") and key.startswith("table-2.")
            )
        # What the glossary calls the same thing: ZDA, USA, United States.
        known = {name.casefold() for name in names}
        for concept in self._concepts:
            if any(name.casefold() in known for name in concept):
                names.extend(sorted(concept))
        return _distinct(names)

    def _phases(self, value: str) -> tuple[str, ...]:
        """What a phase may be called: as printed, in English, and shortened as "faza 1/2"."""
        trials = [trial for trial in self._trials if trial.phase_raw.casefold() == value]
        names = [trial.phase_raw for trial in trials]
        names += [text for trial in trials[:1] for text in self._english(trial, trial.phase_raw)]
        names += [self._meanings[name] for name in names if name in self._meanings]
        numbers = [str(number) for number in trials[0].phases]
        if len(numbers) > 1:
            names += [
                f"{word} {sign.join(numbers)}" for word in ("faza", "phase") for sign in ("/", "-", " in ", " and ")
            ]
        return _distinct(names)

    def _english(self, trial: Trial, raw: str) -> list[str]:
        table = trial.row_id.split(":", 1)[0]
        keys = (f"{table}.{column}:{raw}" for column in self._columns[table])
        return [self._translations[key] for key in keys if key in self._translations]

    def shown(self, row: Trial, columns: Sequence[Column]) -> list[Fact]:
        facts: list[Fact] = []
        for column in columns:
            value = _named(row, column)
            facts.append(_number(value) if column is Column.ENROLMENT else Fact(aliases=self.of(column, value)))
        return facts


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names once each, without codes of one letter ("O", "N"), which occur in any text as words."""
    return tuple(dict.fromkeys(name for name in names if len(name) > 1))


def _meets(trial: Trial, condition: Condition) -> bool:
    value, wanted = _value(trial, condition.column), condition.value
    match condition.test:
        case Test.EQ:
            return bool(value == wanted)
        case Test.NE:
            return bool(value != wanted)
        case Test.LT:
            return bool(value < wanted)
        case Test.LE:
            return bool(value <= wanted)
        case Test.GT:
            return bool(value > wanted)
        case Test.GE:
            return bool(value >= wanted)
        case Test.IN:
            return value in _members(wanted)
        case Test.NOT_IN:
            return value not in _members(wanted)
        case Test.HAS:
            return wanted in _members(value)
        case Test.CONTAINS:
            return str(wanted).casefold() in str(value).casefold()


def _members(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise ValueError(f"{value!r} is not a list of values")
    return value


def _value(trial: Trial, column: Column) -> Any:
    return {
        Column.ID: trial.id,
        Column.TITLE: trial.title,
        Column.CONDITION: trial.condition,
        Column.STATUS: trial.status,
        Column.COUNTRY: trial.country,
        Column.ENROLMENT: trial.enrolment,
        Column.PHASE: trial.phases,
        Column.EARLY: trial.early,
        Column.OBSERVATIONAL: trial.observational,
    }[column]


def _named(trial: Trial, column: Column) -> Any:
    """The value that is shown and counted: of the phase the cell, as an early one has no number."""
    return trial.phase_raw.casefold() if column is Column.PHASE else _value(trial, column)


def _number(value: float) -> Fact:
    rounded = round(value, 1)
    return Fact(aliases=(), numbers=(str(int(rounded)) if rounded == int(rounded) else str(rounded),))
