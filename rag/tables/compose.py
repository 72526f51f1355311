"""Put the result of a table query into words: what was computed, the rows, and what to know of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from corpus.types import Language, Trial
from rag.tables.execute import GroupResult, TableResult, grouped
from rag.tables.grammar import first, have, listed, number
from rag.tables.notes import notes
from rag.tables.query import Column, Operation, Operator, describe, joined
from rag.tables.words import BY, COLUMN_NAMES, SL, Words

# More rows than this are named by their ids only.
MAX_LISTED = 8
_ROW_COLUMNS = (Column.CONDITION, Column.COUNTRY, Column.ENROLMENT, Column.PHASE, Column.STATUS)
# Their first sentence tells all; many rows or ids after it would only be in the way.
_BRIEF = frozenset({Operation.RANK, Operation.SUM, Operation.MEAN, Operation.MEDIAN, Operation.DISTINCT})


class SentenceKind(StrEnum):
    """What a sentence about the table is."""

    COMPUTED = "computed"
    """It states the result and the filter."""
    ROW = "row"
    """It gives the cells of one row."""
    NOTE = "note"
    """It says how the question was read, what the table does not have, or how old the data are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSentence:
    """A sentence of an answer about the table.

    Attributes:
        row_ids: the rows it rests on, in the order of the table.
        piece_ids: other pieces of the article it rests on (the sentence that dates the data).
    """

    text: str
    row_ids: tuple[str, ...]
    kind: SentenceKind
    piece_ids: tuple[str, ...] = ()


def compose(
    result: TableResult, language: Language, *, translations: Mapping[str, str] | None = None
) -> list[TableSentence]:
    """Return the answer in `language`: the computed sentence, rows or ids, and notes.

    Args:
        translations: English of the cells by `<table>.<column>:<value>`, as in `Article`; without
            them goals and types of study stay in the language of the table.
    """
    words = Words(result, language, translations or {})
    if result.operation is Operation.LOOKUP:
        found = _looked_up(words)
    else:
        found = [TableSentence(text=_first(words), row_ids=result.row_ids, kind=SentenceKind.COMPUTED), *_rows(words)]
    found.extend(
        TableSentence(text=note.text, row_ids=note.rows, kind=SentenceKind.NOTE, piece_ids=note.pieces)
        for note in notes(words)
    )
    return found


def describe_filters(result: TableResult, language: Language) -> str:
    """Return the filter of a result in words, of a comparison without its sides; "" when there is none."""
    return joined([item.label.of(language) for item in result.query.filters])


def describe_all(result: TableResult, language: Language) -> str:
    """Return the filter of a result with the bound on its groups ("več kot 2 študiji")."""
    bound = [_bound(Words(result, language, {}))] if result.query.having is not None else []
    return joined([part for part in (describe_filters(result, language), *bound) if part])


# The computed sentence


def _first(words: Words) -> str:
    result, say = words.result, words.say
    if result.operation is Operation.COMPARE:
        return _compared_groups(words) if result.query.groups else _compared_rows(words)
    if not result.rows:
        filters = _after(describe(result.query, words.language))
        return say(f"{words.table} ne navaja nobene študije{filters}.", f"{words.table} lists no trial{filters}.")
    head = _head(words)
    value = number(result.value or 0, words.language)
    match result.operation:
        case Operation.SUM:
            n = len(result.rows)
            total = words.count(int(result.value or 0), "participant", case="acc")
            alone = say(f"ima {total}", f"it has {total}")
            return (
                f"{head}; {alone if n == 1 else say(f'skupaj {have(n, SL)} {total}', f'together they have {total}')}."
            )
        case Operation.MEAN:
            mean = f"{say('povprečno število udeležencev je', 'the mean number of participants is')} {value}"
            return f"{head}; {mean}{_also_median(words)}."
        case Operation.MEDIAN:
            return f"{head}; {say('mediana števila udeležencev je', 'the median number of participants is')} {value}."
        case Operation.MIN | Operation.MAX:
            return f"{head}; {_extreme(words, value)}."
        case Operation.RANGE:
            return f"{head}; {_apart(words, value)}."
        case Operation.RANK:
            return f"{head}; {_ranked(words)}."
        case Operation.SHARE:
            return f"{head}{_share(words, value)}."
        case Operation.GROUP | Operation.DISTINCT:
            return f"{head}; {_grouped(words)}."
        case _:
            return f"{head}."


def _head(words: Words) -> str:
    """Return "Tabela 2 navaja 4 študije v Iranu" without a full stop."""
    trials = words.count(len(words.result.rows), "trial", case="acc")
    filters = _after(describe(words.query, words.language))
    return f"{words.table} {words.say('navaja', 'lists')} {trials}{filters}"


def _after(phrase: str) -> str:
    if not phrase:
        return ""
    return f", {phrase}" if phrase.startswith(("ki ", "razen ")) else f" {phrase}"


def _also_median(words: Words) -> str:
    if words.query.measure is not Operation.MEDIAN:
        return ""
    value = number(median(trial.enrolment for trial in words.result.rows), words.language)
    return words.say(f", mediana pa {value}", f", the median {value}")


def _extreme(words: Words, value: str) -> str:
    shown, say = words.result.shown, words.say
    if not shown:
        return say("nobena nima oštevilčene faze", "none has a numbered phase")
    names = listed([trial.id for trial in shown], words.language)
    verb = have(len(shown), words.language)
    largest = words.query.operation is Operation.MAX
    if words.query.columns[:1] == (Column.PHASE,):
        return say(
            f"{'najvišjo' if largest else 'najnižjo'} fazo (faza {value}) {verb} {names}",
            f"the {'highest' if largest else 'lowest'} phase (phase {value}) is that of {names}",
        )
    if words.query.columns[:1] == (Column.ID,):
        return say(
            f"{'najvišja' if largest else 'najnižja'} oznaka je {names}",
            f"the {'highest' if largest else 'lowest'} identifier is {names}",
        )
    return say(
        f"{'največ' if largest else 'najmanj'} udeležencev ({value}) {verb} {names}",
        f"the {'largest' if largest else 'smallest'} number of participants ({value}) is that of {names}",
    )


def _apart(words: Words, value: str) -> str:
    shown, say = words.result.shown, words.say
    if words.query.n is not None:
        ratio = _ratio(words, shown[0].enrolment, shown[-1].enrolment)
        return f"{_ranked(words)}; {say('razlika', 'a difference of')} {value}{ratio}"
    smallest, largest = shown[0].enrolment, shown[-1].enrolment
    least, most = (
        listed([trial.id for trial in shown if trial.enrolment == size], words.language) for size in (smallest, largest)
    )
    return say(
        f"najmanj udeležencev, {smallest}: {least}; največ, {largest}: {most}; razlika {value}",
        f"the fewest participants, {smallest}: {least}; the most, {largest}: {most}; a difference of {value}",
    ) + _ratio(words, smallest, largest)


def _ranked(words: Words) -> str:
    query, say = words.query, words.say
    order = (
        say("od največje do najmanjše", "from the largest to the smallest")
        if query.descending
        else say("od najmanjše do največje", "from the smallest to the largest")
    )
    cut = ""
    if query.n is not None and query.n < len(words.result.rows):
        cut = f", {first(query.n, words.language)}"
    names = ", ".join(f"{trial.id} – {trial.enrolment}" for trial in words.result.shown)
    return f"{say('po številu udeležencev', 'by number of participants')} {order}{cut}: {names}"


def _share(words: Words, value: str) -> str:
    say = words.say
    part, whole = (int(group.value) for group in words.result.groups)
    base = _after(joined([item.label.of(words.language) for item in words.query.base]))
    if not words.query.columns:
        among = say(f" {base.strip()}", f" trials{base}") if base else ""
        return say(f" od skupno {whole}{among}, to je {value} %", f" out of {whole}{among}, that is {value}%")
    return say(
        f"; na te odpade {part} od skupno {whole} udeležencev{base}, to je {value} %",
        f"; they account for {part} of all {whole} participants{base}, that is {value}%",
    )


def _grouped(words: Words) -> str:
    query, groups, say = words.query, words.result.groups, words.say
    by = query.group_by or query.columns[0]
    if query.operation is Operation.DISTINCT:
        told = [_values(words, by, groups)]
        told += [
            _values(words, column, grouped(words.result.rows, column, Operation.COUNT))
            for column in query.columns
            if column is not by
        ]
        if len(words.result.rows) <= MAX_LISTED:
            # The rows follow; numbers of a second column are in them, and no result that was computed.
            told[1:] = [text for text in told[1:] if not any(character.isdigit() for character in text)]
        return "; ".join(told)
    parts = _counts(words, by, groups)
    if query.having is not None:
        bound = _bound(words)
        return f"{BY[by][words.language]}, {bound}: {parts or say('nobena', 'none')}"
    unit = {
        Operation.SUM: say("število udeležencev ", "participants "),
        Operation.MEAN: say("povprečno število udeležencev ", "mean number of participants "),
        Operation.MEDIAN: say("mediana števila udeležencev ", "median number of participants "),
        Operation.MAX: say("največ udeležencev ene študije ", "participants of the largest trial "),
        Operation.MIN: say("najmanj udeležencev ene študije ", "participants of the smallest trial "),
    }.get(query.measure, "")
    most = ""
    if query.n is not None and query.measure is Operation.MEAN:
        most = say(", najvišje", ", the highest") if query.descending else say(", najnižje", ", the lowest")
    elif query.n is not None:
        most = say(", največ", ", the most") if query.descending else say(", najmanj", ", the fewest")
    return f"{unit}{BY[by][words.language]}{most}: {parts}"


def _values(words: Words, column: Column, groups: Sequence[GroupResult]) -> str:
    """Return "države (2): Iran – 3, ZDA – 1"; of a single trial the value alone."""
    one, many = COLUMN_NAMES[column][words.language]
    told = words.group(column, groups[0]) if len(words.result.rows) == 1 else _counts(words, column, groups)
    return f"{one if len(groups) == 1 else f'{many} ({len(groups)})'}: {told}"


def _counts(words: Words, by: Column, groups: Sequence[GroupResult]) -> str:
    # No brackets: the article sets the numbers of its references in them.
    return ", ".join(f"{words.group(by, group)} – {number(group.value, words.language)}" for group in groups)


def _bound(words: Words) -> str:
    """Return "več kot 2 študiji" for the bound on groups."""
    assert words.query.having is not None
    operator, n = words.query.having
    sl, en = {
        Operator.AT_LEAST: ("najmanj", "at least"),
        Operator.MORE_THAN: ("več kot", "more than"),
        Operator.AT_MOST: ("največ", "at most"),
        Operator.LESS_THAN: ("manj kot", "fewer than"),
    }.get(operator, ("natanko", "exactly"))
    return f"{words.say(sl, en)} {words.count(n, 'trial')}"


def _compared_rows(words: Words) -> str:
    rows = words.result.rows
    if not rows:
        return words.say(f"{words.table} teh študij ne navaja.", f"{words.table} does not list these trials.")
    parts = []
    for column in words.query.columns:
        values = [words.bare(trial, column) for trial in rows]
        if len(set(values)) == 1 and len(rows) > 1:
            told = f"{values[0]} ({words.say('enako', 'the same')})"
        else:
            told = ", ".join(f"{value} ({trial.id})" for value, trial in zip(values, rows, strict=True))
        parts.append(f"{COLUMN_NAMES[column][words.language][0]}: {told}")
    names = listed([trial.id for trial in rows], words.language)
    return f"{names} ({words.table}) – {'; '.join(parts)}."


def _compared_groups(words: Words) -> str:
    query, groups, say = words.query, words.result.groups, words.say
    sides = [
        f"{item.label.of(words.language)} {_amount(words, group)}"
        for group, item in zip(groups, query.groups, strict=True)
    ]
    filters = describe_filters(words.result, words.language)
    end = ""
    if len(groups) == 2:
        gap = abs(groups[0].value - groups[1].value)
        difference = say("razlika ", "a difference of ") + number(gap, words.language)
        end = f"; {difference if gap else say('enako', 'the same')}"
        end += _ratio(words, groups[0].value, groups[1].value) if gap else ""
    return f"{words.table} {say('navaja', 'lists')}{f' ({filters})' if filters else ''}: {', '.join(sides)}{end}."


def _ratio(words: Words, first: float, second: float) -> str:
    """Return ", the one is 2.5 times the other" where that is asked and can be told."""
    if not words.query.ratio or not first or not second:
        return ""
    times = number(max(first, second) / min(first, second), words.language)
    return words.say(f", večje število je {times}-kratnik manjšega", f", the larger is {times} times the smaller")


def _amount(words: Words, group: GroupResult) -> str:
    if words.query.measure is Operation.MEAN:
        value = number(group.value, words.language)
        return words.say(f"povprečno {value} udeleženca", f"on average {value} participants")
    if words.query.measure is Operation.MEDIAN:
        value = number(group.value, words.language)
        return words.say(f"mediana {value} udeleženca", f"a median of {value} participants")
    noun = "participant" if words.query.measure is Operation.SUM else "trial"
    return words.count(int(group.value), noun, case="acc")


# Rows


def _rows(words: Words) -> list[TableSentence]:
    rows, operation = words.result.shown, words.result.operation
    if words.query.group_by is not None and operation in (Operation.GROUP, Operation.COMPARE):
        return []
    if not words.query.filters and operation in _BRIEF - {Operation.RANK}:
        return []
    if len(rows) <= MAX_LISTED:
        extra = [column for column in words.query.columns if column is Column.TITLE]
        return [
            TableSentence(text=_row(words, trial, extra), row_ids=(trial.row_id,), kind=SentenceKind.ROW)
            for trial in rows
        ]
    if operation in _BRIEF:
        return []
    asked = [column for column in words.query.columns if column is not Column.ID]
    names = ", ".join(trial.id for trial in rows)
    what = ""
    if asked:  # what was asked for beside the names is told for every row
        cells = (", ".join(words.bare(trial, column) for column in asked) for trial in rows)
        names = "; ".join(f"{trial.id} – {told}" for trial, told in zip(rows, cells, strict=True))
        what = f" ({', '.join(COLUMN_NAMES[column][words.language][0] for column in asked)})"
    return [
        TableSentence(
            text=words.say(f"Oznake{what}: {names}.", f"Identifiers{what}: {names}."),
            row_ids=tuple(trial.row_id for trial in rows),
            kind=SentenceKind.COMPUTED,
        )
    ]


def _row(words: Words, trial: Trial, extra: Sequence[Column]) -> str:
    return f"{trial.id} – {', '.join(words.cell(trial, column) for column in (*_ROW_COLUMNS, *extra))}"


def _looked_up(words: Words) -> list[TableSentence]:
    found = []
    for trial in words.result.rows:
        cells = [
            f"{COLUMN_NAMES[column][words.language][0]}: {words.bare(trial, column)}" for column in words.query.columns
        ]
        text = f"{trial.id} ({words.table}) – {'; '.join(cells)}."
        found.append(TableSentence(text=text, row_ids=(trial.row_id,), kind=SentenceKind.ROW))
    return found
