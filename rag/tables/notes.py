"""What a reader should know beside a result: what the table lacks, how words were read, how old it is."""

from collections.abc import Iterator
from typing import NamedTuple

from rag.tables.data import readings
from rag.tables.execute import Unmatched
from rag.tables.grammar import have, listed, month, number
from rag.tables.query import EARLY, Column, Filter, Operation, Operator
from rag.tables.words import COLUMN_NAMES, SL, Words

# Of what the table has in place of something it lacks, at most so many are named.
MAX_EXISTING = 10
# Remarks that each leave the other's rows out: beside each other they say nothing.
_SIDE_BY_SIDE = frozenset({"covid-19", "long-covid"})


class Note(NamedTuple):
    """A remark, the rows it rests on, and other pieces of the article it rests on."""

    text: str
    rows: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()


def notes(words: Words) -> list[Note]:
    """Return the remarks on a result, each once."""
    found = [
        *_missing(words),
        *_alone(words),
        *_tied(words),
        *_readings(words),
        *_breakdown(words),
        *_phases(words),
        *_in_text(words),
        *_dated(words),
    ]
    return list(dict.fromkeys(found))


def _missing(words: Words) -> Iterator[Note]:
    for entry in words.result.unmatched:
        text = _missed_ids(words, entry) if entry.filter.column is Column.ID else _missed(words, entry)
        if text:
            yield Note(text)


def _what(words: Words, entry: Unmatched) -> str:
    return listed([label.of(words.language) for label in entry.filter.unmatched], words.language)


def _missed_ids(words: Words, entry: Unmatched) -> str:
    what = _what(words, entry)
    text = words.say(f"Študije {what} {words.table} ne navaja.", f"{words.table} does not list {what}.")
    if entry.exists:
        near = listed(entry.exists, words.language)
        text += words.say(f" Najbolj podobne oznake v njej: {near}.", f" The nearest identifiers in it: {near}.")
    return text


def _missed(words: Words, entry: Unmatched) -> str:
    result, column, what = words.result, entry.filter.column, _what(words, entry)
    lists_no = words.say(f"{words.table} ne navaja nobene študije {what}.", f"{words.table} lists no trial {what}.")
    # The first sentence has said so where this is the only condition.
    said = not result.rows and len(result.query.filters) == 1 and not result.query.groups
    text = "" if said else lists_no
    if not entry.exists:
        return text
    there = [words.value(column, value) for value in entry.exists]
    names = ", ".join(there[:MAX_EXISTING])
    if len(there) > MAX_EXISTING:
        more = len(there) - MAX_EXISTING
        names += words.say(f" in še {more} drugih", f" and {more} others")
    label = words.say("faze", "phases") if column is Column.PHASE else COLUMN_NAMES[column][words.language][1]
    label = label[:1].upper() + label[1:]
    return f"{text} {label}{words.say(' v tabeli: ', ' in the table: ')}{names}.".strip()


def _alone(words: Words) -> Iterator[Note]:
    """Say how many rows meet each condition by itself when none meets all."""
    if words.result.alone and not words.result.unmatched:
        parts = "; ".join(
            f"{item.label.of(words.language)}: {words.count(n, 'trial')}" for item, n in words.result.alone
        )
        yield Note(words.say(f"Vsak pogoj zase: {parts}.", f"Each condition by itself: {parts}."))


def _tied(words: Words) -> Iterator[Note]:
    """Say which rows equal the last of the ranked ones and were cut off."""
    shown = words.result.shown
    if words.query.operation is not Operation.RANK or not shown:
        return
    last = shown[-1].enrolment
    cut = [trial for trial in words.result.rows if trial not in shown and trial.enrolment == last]
    if cut:
        names = listed([trial.id for trial in cut], words.language)
        text = words.say(
            f"Enako število udeležencev ({last}) {have(len(cut), SL)} še {names}.",
            f"The same number of participants ({last}): also {names}.",
        )
        yield Note(text, tuple(trial.row_id for trial in cut))


def _readings(words: Words) -> Iterator[Note]:
    apart = {item.reading for item in _filters(words)} >= _SIDE_BY_SIDE
    for item in _filters(words):
        if apart and item.reading in _SIDE_BY_SIDE:
            continue  # each is told by itself
        if item.reading in readings():
            yield Note(readings()[item.reading].of(words.language))
        elif item.reading == "title" and not item.unmatched:
            yield Note(
                words.say(
                    "Iskano je v naslovih študij; besedilo članka lahko pove več.",
                    "Only the titles of the trials were searched; the text of the article may say more.",
                )
            )
    if words.query.group_by is Column.AREA:
        yield Note(
            words.say(
                "Razvrstitev po področjih je naša, ne članka.", "The grouping by field is ours, not the article's."
            )
        )


def _breakdown(words: Words) -> Iterator[Note]:
    """Say how the rows divide among the values of a filter that allows several."""
    for item in words.query.filters:
        if item.operator is not Operator.IN or item.column not in (Column.COUNTRY, Column.STATUS, Column.CONDITION):
            continue
        if words.query.operation is Operation.GROUP and words.query.group_by is item.column:
            continue  # said already
        counts: dict[str, int] = {}
        rows = []
        for trial in words.result.rows:
            value = {
                Column.COUNTRY: trial.country,
                Column.STATUS: trial.status,
                Column.CONDITION: trial.condition,
            }[item.column]
            counts[value] = counts.get(value, 0) + 1
            rows.append(trial.row_id)
        if len(item.values) < 2 or len(counts) < 1:
            continue
        names = ", ".join(f"{words.value(item.column, value)} – {n}" for value, n in counts.items())
        targets = words.say("Upoštevani cilji terapije: ", "Targets counted: ")
        label = targets if item.column is Column.CONDITION else words.say("Od tega: ", "Of these: ")
        yield Note(f"{label}{names}.", tuple(rows))


def _phases(words: Words) -> Iterator[Note]:
    rows = words.result.rows
    for item in _filters(words):
        numbers = [value for value in item.values if isinstance(value, int)]
        if item.column is not Column.PHASE or not numbers:
            continue
        combined = tuple(trial.row_id for trial in rows if len(trial.phases) > 1)
        if item.operator in (Operator.CONTAINS, Operator.IN) and combined:
            n = f"{number(len(combined), words.language)}"
            yield Note(
                words.say(
                    f"Vštete so tudi študije v združenih fazah: {n} od {len(rows)}.",
                    f"Trials in combined phases are included: {n} of {len(rows)}.",
                ),
                combined,
            )
        if 1 in numbers and EARLY not in item.values and item.operator is not Operator.NOT_IN:
            yield Note(
                words.say(
                    "Zgodnja faza 1 je svoja vrsta študije in ni všteta.",
                    "Early phase 1 is a type of its own and is not included.",
                )
            )


def _in_text(words: Words) -> Iterator[Note]:
    for name, pieces in words.result.in_text:
        text = words.say(f"{name} omenja besedilo članka.", f"{name} is mentioned in the text of the article.")
        yield Note(text, pieces=pieces)


def _dated(words: Words) -> Iterator[Note]:
    date = words.result.dated
    if date is not None and words.result.rows:
        when = f"{month(date.month, words.language)} {date.year}"
        text = words.say(
            f"Članek navaja stanje v zbirki ClinicalTrials.gov za {when}.",
            f"The article gives the state of ClinicalTrials.gov as of {when}.",
        )
        yield Note(text, pieces=(date.piece_id,))


def _filters(words: Words) -> tuple[Filter, ...]:
    return (*words.query.filters, *words.query.groups)
