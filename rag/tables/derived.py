"""Conditions that only the rows themselves can settle: without the largest trial, countries that have both, or none."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, floor
from statistics import fmean, median

from corpus.types import Language, Trial
from rag.tables.data import Lexicon, whole
from rag.tables.execute import cell, meets
from rag.tables.grammar import number
from rag.tables.query import Column, Filter, Label, Operation, Operator, TableQuery, joined
from rag.tables.scan import TAKEN, Scan
from rag.tables.slots import joined as joined_by_and
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
    found = _extremes(scan, lexicon)
    if not found:
        return []
    denied = [negated(scan, match.start(), lexicon, end=match.end()) for match, _ in found]
    if any(denied):
        # "The largest and the smallest trial left out": one word denies both.
        denied = [own or _beside(scan, lexicon, found, n, denied) for n, own in enumerate(denied)]
    elif not (scan.has(lexicon.patterns["share"]) or _summed(scan, lexicon, found)):
        return []
    chosen: list[str] = []
    for (match, largest), taken in zip(found, denied, strict=True):
        if taken or not any(denied):
            scan.take(*match.span())
            chosen += [trial.id for trial in _of_extreme(match, rows, largest=largest)]
    if not chosen:
        return []
    return [without_rows(chosen) if any(denied) else _only_rows(chosen, largest=found[0][1])]


def _extremes(scan: Scan, lexicon: Lexicon) -> list[tuple[re.Match[str], bool]]:
    """Return where the largest or smallest are named, and whether it is the largest."""
    found: list[tuple[re.Match[str], bool]] = []
    if not any(scan.has(lexicon.patterns[name]) for name in ("largest", "smallest", "outlier")):
        return found
    for name in ("largest", "smallest"):
        noun = rf"(?:[ ](?:{lexicon.raw['trial']}|1))?"
        words = f"{lexicon.raw[name]}|{lexicon.raw['outlier']}" if name == "largest" else lexicon.raw[name]
        size = rf"(?:[ ](?:{lexicon.raw['with']}|of))?[ ](?P<m>\d+)(?:[ ](?:{lexicon.raw['participant']}))?"
        pattern = whole(rf"(?:(?P<n>\d+)[ ])?(?:{words})(?:{size})?{noun}")
        found += [(match, name == "largest") for match in scan.find(pattern)]
    return sorted(found, key=lambda item: item[0].start())


def _summed(scan: Scan, lexicon: Lexicon, found: list[tuple[re.Match[str], bool]]) -> bool:
    """Whether several of the largest are added up: "the combined size of the three largest"."""
    several = len(found) == 1 and (found[0][0]["n"] or found[0][0]["m"])
    adds = any(scan.has(lexicon.patterns[name]) for name in ("total", "mean", "median"))
    return bool(several) and adds and not any(scan.has(lexicon.patterns[name]) for name in ("which", "list"))


def _beside(
    scan: Scan, lexicon: Lexicon, found: list[tuple[re.Match[str], bool]], n: int, denied: Sequence[bool]
) -> bool:
    """Whether a neighbour that is denied is joined to the `n`th by "and"."""
    for other in (n - 1, n + 1):
        if 0 <= other < len(found) and denied[other]:
            first, last = sorted((n, other))
            start, end = found[first][0].end(), found[last][0].start()
            if joined_by_and(scan, start, end, lexicon):
                scan.take(start, end)
                return True
    return False


def _of_extreme(match: re.Match[str], rows: Sequence[Trial], *, largest: bool) -> list[Trial]:
    """Return the rows meant by "the two largest", "the outlier of 970"."""
    named = [trial for trial in rows if match["m"] and trial.enrolment == int(match["m"])]
    n = int(match["n"] or (match["m"] if not named else 0) or 1)
    return named or sorted(rows, key=lambda trial: trial.enrolment, reverse=largest)[:n]


def of_averages(scan: Scan, lexicon: Lexicon, trials: Iterable[Trial], filters: Sequence[Filter]) -> list[Filter]:
    """Return the filter for "trials larger than the median" of the rows that meet `filters`; takes the words."""
    if not any(
        scan.has(lexicon.patterns[name]) for name in ("mean", "median", "average.above_mean", "average.below_mean")
    ):
        return []
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


def of_one_row(scan: Scan, lexicon: Lexicon, trials: Sequence[Trial], filters: Sequence[Filter]) -> list[Filter]:
    """Return `filters` with "larger than the German trial", "as large as …" in place of what names it; takes the words.

    All that is named of rows must follow the comparison and choose one row, and the question ask which trials or
    how many there are; elsewhere two trials are compared.
    """
    rows = [trial for trial in trials if all(meets(trial, item) for item in filters)]
    places = [start for _, start, _ in scan.stretches()]
    asks = any(scan.has(lexicon.patterns[name]) for name in ("which", "how_many", "list"))
    if len(rows) != 1 or not asks or any(item.operator is not Operator.IN for item in filters):
        return list(filters)
    operators = {"above_row": Operator.MORE_THAN, "below_row": Operator.LESS_THAN, "same_row": Operator.IS}
    for name, operator in operators.items():
        match = next(scan.find(whole(lexicon.raw[f"number.{name}"])), None)
        trial = lexicon.patterns["trial"].search(scan.text, 0, match.start()) if match is not None else None
        if match is None or trial is None or min(places) != match.end() + 1:
            continue
        scan.take(*match.span())
        scan.take_all(re.compile(rf"(?<={TAKEN} )ones?(?!\w)"))
        size = rows[0].enrolment
        if operator is Operator.IS:
            what = Label(
                f"z enakim številom udeležencev kot {rows[0].id} ({size})", f"as large as {rows[0].id} ({size})"
            )
            same = Filter(column=Column.ENROLMENT, operator=operator, values=(size,), label=what)
            return [same, without_rows([rows[0].id])]
        more = operator is Operator.MORE_THAN
        what = Label(
            f"z {'več' if more else 'manj'} udeleženci kot {rows[0].id} ({size})",
            f"with {'more' if more else 'fewer'} participants than {rows[0].id} ({size})",
        )
        return [Filter(column=Column.ENROLMENT, operator=operator, values=(size,), label=what)]
    return list(filters)


def _only_rows(names: Sequence[str], *, largest: bool) -> Filter:
    sl, en = ("največje", "largest") if largest else ("najmanjše", "smallest")
    label = Label(f"ki so {sl}", f"that are the {en}")
    if len(names) == 1:
        label = Label(f"ki je {sl[:-1]}a", f"that is the {en}")
    return Filter(column=Column.ID, operator=Operator.IN, values=tuple(names), label=label)


def without_rows(names: Sequence[str]) -> Filter:
    """Return the filter that drops rows by their ids."""
    label = Label(f"razen {' in '.join(names)}", f"except {' and '.join(names)}")
    return Filter(column=Column.ID, operator=Operator.NOT_IN, values=tuple(names), label=label)


def lacking(scan: Scan, lexicon: Lexicon, trials: Sequence[Trial], filters: Sequence[Filter]) -> TableQuery | None:
    """Return the query of "Which countries have no recruiting trials?", "… only recruiting ones"; takes the words."""
    others = tuple(item for item in filters if item.column is not Column.COUNTRY)
    wanted = rf"(?:{lexicon.raw['which']}|{lexicon.raw['list']})[ ](?:\w+[ ])?(?:{lexicon.raw['columns.country']})"
    for cue, none in (("has_none", True), ("has_only", False)):
        pattern = re.compile(rf"(?<!\w){wanted}[ ](?:[\w{TAKEN}]+[ ])?(?:{lexicon.raw[cue]})(?!\w)")
        if not others or not scan.take_all(pattern):
            continue
        # Countries with such a row lack none; countries with another row have not only such ones.
        spoilt = dict.fromkeys(t.country for t in trials if all(meets(t, item) for item in others) is none)
        what = Label(joined([item.label.sl for item in others]), joined([item.label.en for item in others]))
        label = Label(f"iz držav brez študij {what.sl}", f"from countries without trials {what.en}")
        if not none:
            label = Label("iz držav brez drugih študij", "from countries without other trials")
        without = Filter(column=Column.COUNTRY, operator=Operator.NOT_IN, values=tuple(spoilt), label=label)
        kept = (item for item in filters if not none or item not in others)
        return _values(Column.COUNTRY, (*kept, without))
    return None


def in_both(
    scan: Scan, lexicon: Lexicon, trials: Sequence[Trial], filters: Sequence[Filter], sides: Sequence[Filter]
) -> TableQuery | None:
    """Return the query of "Which countries have both recruiting trials and some of unknown status?"; takes the words.

    Values of one column that rows on each side have: countries with both statuses, diseases tried in both countries.
    """
    if len(sides) < 2 or not scan.has(lexicon.patterns["in_both"]):
        return None
    asks = rf"(?:{'|'.join(lexicon.raw[name] for name in ('which', 'how_many', 'list', 'what', 'yes_no'))})"
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


def in_pairs(
    scan: Scan, lexicon: Lexicon, trials: Sequence[Trial], filters: Sequence[Filter], sides: Sequence[Sequence[Filter]]
) -> list[Filter]:
    """Return the sides of "covid in China or ARDS in the USA", each with the values of both columns; else nothing.

    Values of two columns belong together when they alternate: each side names one of the one and one of the other.

    Args:
        sides: the values wanted of each column that has several, in the order in which they are named.
    """
    own = _of_the_last(scan, lexicon, filters, sides)
    if own is not None:
        *others, last = sides[0]
        return [_both(side, side, trials) for side in others] + [_both(own, last, trials)]
    if len(sides) != 2 or len(sides[0]) != len(sides[1]):
        return []
    columns = [side[0].column for side in sides]
    named = [tag for tag, _, _ in scan.stretches() if tag in columns]
    pairs = list(zip(named[::2], named[1::2], strict=False))
    if len(named) != 2 * len(sides[0]) or any(first == second for first, second in pairs):
        return []
    if any(item.operator is not Operator.IN for item in filters if item.column in columns):
        return []
    return [_both(first, second, trials) for first, second in zip(*reversed(sides), strict=True)]


def _of_the_last(
    scan: Scan, lexicon: Lexicon, filters: Sequence[Filter], sides: Sequence[Sequence[Filter]]
) -> Filter | None:
    """Return the goal of the last of two countries only: "the Brazilian trial or the Turkish knee trial".

    The first one then has a noun of its own; "Chinese and Turkish knee trials" are all on knees.
    """
    goals = [item for item in filters if item.column is Column.CONDITION]
    if len(sides) != 1 or len(sides[0]) != 2 or len(goals) != 1 or sides[0][0].column is not Column.COUNTRY:
        return None
    if any(item.operator is not Operator.IN for item in filters if item.column in (Column.CONDITION, Column.COUNTRY)):
        return None
    named = [part for part in scan.stretches() if part[0] in (Column.COUNTRY, Column.CONDITION)]
    if [tag for tag, _, _ in named] != [Column.COUNTRY, Column.COUNTRY, Column.CONDITION]:
        return None
    between = scan.text[named[0][2] : named[1][1]]
    return goals[0] if re.match(rf"[ ](?:{lexicon.raw['trial']})(?!\w)", between) else None


def _both(first: Filter, second: Filter, trials: Sequence[Trial]) -> Filter:
    chosen = tuple(trial.id for trial in trials if meets(trial, first) and meets(trial, second))
    parts = dict.fromkeys((first, second))
    label = Label(joined([item.label.sl for item in parts]), joined([item.label.en for item in parts]))
    unmatched = tuple(name for item in parts for name in item.unmatched)
    return replace(first, column=Column.ID, operator=Operator.IN, values=chosen, label=label, unmatched=unmatched)


def any_of(sides: Sequence[Filter]) -> Filter:
    """Return the filter that the rows of any of the sides meet."""
    return replace(
        sides[0],
        values=tuple(dict.fromkeys(name for side in sides for name in side.values)),
        label=Label(" ali ".join(side.label.sl for side in sides), " or ".join(side.label.en for side in sides)),
        unmatched=tuple(label for side in sides for label in side.unmatched),
    )


def _values(column: Column, filters: tuple[Filter, ...]) -> TableQuery:
    return TableQuery(operation=Operation.DISTINCT, columns=(column,), group_by=column, filters=filters)
