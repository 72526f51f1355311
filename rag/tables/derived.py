"""Conditions that only the rows themselves can settle: without the largest trial, countries that have both, or none."""

import re
from collections.abc import Iterable, Sequence
from math import ceil, floor
from statistics import fmean, median

from corpus.types import Language, Trial
from rag.tables.data import Lexicon, whole
from rag.tables.execute import cell, meets
from rag.tables.grammar import number
from rag.tables.query import Column, Filter, Label, Operation, Operator, TableQuery, joined
from rag.tables.scan import Scan
from rag.tables.slots import negated

# How rows are called whose value in a column is found on each side.
_BOTH = {
    Column.COUNTRY: Label("iz držav, ki imajo oboje", "from countries that have both"),
    Column.CONDITION: Label("s cilji, ki so skupni", "on targets that they share"),
}


def of_extremes(scan: Scan, lexicon: Lexicon, trials: Iterable[Trial], filters: Sequence[Filter]) -> list[Filter]:
    """Return the filter that drops "the two largest" of the rows that meet `filters`, or keeps them for a share.

    Takes the words. Elsewhere the largest is what is asked for, and left to be read as that.
    """
    rows = [trial for trial in trials if all(meets(trial, item) for item in filters)]
    shares = scan.has(lexicon.patterns["share"])
    for name in ("largest", "smallest"):
        noun = rf"(?:[ ](?:{lexicon.raw['trial']}|1))?"
        words = f"{lexicon.raw[name]}|{lexicon.raw['outlier']}" if name == "largest" else lexicon.raw[name]
        size = rf"(?:[ ](?:{lexicon.raw['with']}|of))?[ ](?P<m>\d+)(?:[ ](?:{lexicon.raw['participant']}))?"
        for match in scan.find(whole(rf"(?:(?P<n>\d+)[ ])?(?:{words})(?:{size})?{noun}")):
            denied = negated(scan, match.start(), lexicon, end=match.end())
            if not denied and not shares:
                continue
            scan.take(*match.span())
            named = [trial for trial in rows if match["m"] and trial.enrolment == int(match["m"])]
            n = int(match["n"] or (match["m"] if not named else 0) or 1)
            ordered = sorted(rows, key=lambda trial: trial.enrolment, reverse=name == "largest")
            chosen = [trial.id for trial in named or ordered[:n]]
            return [without_rows(chosen) if denied else _only_rows(chosen)] if chosen else []
    return []


def of_averages(scan: Scan, lexicon: Lexicon, trials: Iterable[Trial], filters: Sequence[Filter]) -> list[Filter]:
    """Return the filter for "trials larger than the median" of the rows that meet `filters`; takes the words."""
    sizes = [trial.enrolment for trial in trials if all(meets(trial, item) for item in filters)]
    averages = ("mean", fmean, Label("povprečje", "the mean")), ("median", median, Label("mediana", "the median"))
    for name, compute, label in averages:
        for side, operator in (("above", Operator.MORE_THAN), ("below", Operator.LESS_THAN)):
            match = next(scan.find(whole(lexicon.raw[f"average.{side}_{name}"])), None)
            if match is None or not sizes:
                continue
            scan.take(*match.span())
            value = compute(sizes)
            # Numbers of people are whole: above 72.3 is more than 72, below it fewer than 73.
            bound = floor(value) if operator is Operator.MORE_THAN else ceil(value)
            shown = Label(*(number(value, language) for language in (Language.SL, Language.EN)))
            more = operator is Operator.MORE_THAN
            what = Label(
                f"z {'več' if more else 'manj'} udeleženci, kot je {label.sl} ({shown.sl})",
                f"with {'more' if more else 'fewer'} participants than {label.en} ({shown.en})",
            )
            return [Filter(column=Column.ENROLMENT, operator=operator, values=(bound,), label=what)]
    return []


def _only_rows(names: Sequence[str]) -> Filter:
    label = Label(" in ".join(names), " and ".join(names))
    return Filter(column=Column.ID, operator=Operator.IN, values=tuple(names), label=label)


def without_rows(names: Sequence[str]) -> Filter:
    """Return the filter that drops rows by their ids."""
    label = Label(f"razen {' in '.join(names)}", f"except {' and '.join(names)}")
    return Filter(column=Column.ID, operator=Operator.NOT_IN, values=tuple(names), label=label)


def lacking(scan: Scan, lexicon: Lexicon, trials: Sequence[Trial], filters: Sequence[Filter]) -> TableQuery | None:
    """Return the query of "Which countries have no recruiting trials?"; takes the words."""
    wanted = rf"(?:{lexicon.raw['which']})[ ](?:\w+[ ])?(?:{lexicon.raw['columns.country']})"
    pattern = re.compile(rf"(?<!\w){wanted}[ ](?:\w+[ ])?(?:{lexicon.raw['has_none']})(?!\w)")
    others = tuple(item for item in filters if item.column is not Column.COUNTRY)
    if not others or not scan.take_all(pattern):
        return None
    there = dict.fromkeys(t.country for t in trials if all(meets(t, item) for item in others))
    what = Label(joined([item.label.sl for item in others]), joined([item.label.en for item in others]))
    label = Label(f"iz držav brez študij {what.sl}", f"from countries without trials {what.en}")
    without = Filter(column=Column.COUNTRY, operator=Operator.NOT_IN, values=tuple(there), label=label)
    return _values(Column.COUNTRY, (without, *(item for item in filters if item not in others)))


def in_both(
    scan: Scan, lexicon: Lexicon, trials: Sequence[Trial], filters: Sequence[Filter], sides: Sequence[Filter]
) -> TableQuery | None:
    """Return the query of "Which countries have both recruiting trials and some of unknown status?"; takes the words.

    Values of one column that rows on each side have: countries with both statuses, diseases tried in both countries.
    """
    if len(sides) < 2 or not scan.has(lexicon.patterns["in_both"]):
        return None
    asks = rf"(?:{lexicon.raw['which']}|{lexicon.raw['how_many']}|{lexicon.raw['list']}|{lexicon.raw['what']})"
    for column in _BOTH:
        pattern = whole(rf"{asks}[ ](?:\w+[ ])?(?:{lexicon.raw[f'columns.{column.value}']})")
        if column is sides[0].column or not scan.has(pattern):
            continue
        scan.take_all(pattern)
        scan.take_all(lexicon.patterns["in_both"])
        others = [item for item in filters if item.column is not sides[0].column]
        rows = [trial for trial in trials if all(meets(trial, item) for item in others)]
        found = [dict.fromkeys(str(cell(t, column)) for t in rows if meets(t, side)) for side in sides]
        common = tuple(value for value in found[0] if all(value in other for other in found[1:]))
        both = Filter(column=column, operator=Operator.IN, values=common, label=_BOTH[column])
        return _values(column, (*filters, both))
    return None


def _values(column: Column, filters: tuple[Filter, ...]) -> TableQuery:
    return TableQuery(operation=Operation.DISTINCT, columns=(column,), group_by=column, filters=filters)
