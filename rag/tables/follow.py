"""Questions that go on from one about the table: "And in Iran?", "How many of those …?", "List them"."""

import re
from dataclasses import replace

from rag.tables.asked import ALL_COLUMNS, Asked, Refusal
from rag.tables.attempt import Attempt, Reading
from rag.tables.conditions import Found
from rag.tables.execute import meets
from rag.tables.query import Column, Filter, Label, Operation, Operator, TableQuery
from rag.tables.scan import TAKEN
from rag.tables.sought import sought

# A question that neither begins like one that goes on nor says "those" is at most so many words long.
_MAX_WORDS = 8
# So many trials are named when the article does not say something of them.
_FEW = 3
_SURE = 0.9
_TWO = 2


def go_on(attempt: Attempt, previous: TableQuery) -> Reading:
    """Return the query of a question in the light of the one before it, or why it stands by itself."""
    scan, words = attempt.scan, attempt.words
    found = attempt.conditions()
    # An id may stand in front: the trial that "the second one" was understood as.
    opening = re.match(rf"[{TAKEN} ]*((?:{words.raw['follow.opens']})(?!\w))", scan.left)
    if opening is not None:
        scan.take(*opening.span(1))
    most = _extreme_group(attempt, found, previous)
    if most is not None:
        return most
    largest = _largest(attempt, found, previous)
    if largest is not None:
        return largest
    leans = bool(scan.take_all(words.patterns["follow.rows"]))
    if found.ids:
        return _of_member(attempt, found, previous)
    untold = _untold(attempt, found, previous)
    if untold is not None:
        return untold
    if not leans and not _continues(attempt, found, previous, opens=opening is not None):
        return Reading(query=None, reason="stands_alone")
    merged = _merged(attempt, found.filters, previous, narrows=leans)
    if not leans and _is_of_another(attempt, found, merged):
        merged = found.filters
        previous = TableQuery(operation=Operation.LIST, filters=merged)
    status = _status_of_one(attempt, found, previous)
    if status is not None:
        return status
    asked = attempt.asked(replace(found, filters=merged), names_table=True)
    bare = asked.says_nothing and not found.asked
    query = _repeated(found, merged, previous) if bare else asked.query()
    return _read(attempt, query)


def _untold(attempt: Attempt, found: Found, previous: TableQuery) -> Reading | None:
    """Return the reading of "When will they finish?": what only registries tell of the trials of the answer before."""
    if found.filters or attempt.names_trial or len(attempt.scan.source.split()) > _MAX_WORDS:
        return None
    items = sought(attempt.scan, attempt.language)
    if not items or not all(item.registry for item in items):
        return None
    rows = [trial.id for trial in attempt.document.trials if all(meets(trial, item) for item in previous.filters)]
    return Reading(query=None, reason="no_column", trials=tuple(rows) if len(rows) <= _FEW else (), sought=items)


def _extreme_group(attempt: Attempt, found: Found, previous: TableQuery) -> Reading | None:
    """Return the reading of "Which of the two has more?" after values of a column were counted side by side."""
    sides = [item for item in previous.filters if item.operator is Operator.IN and len(item.values) > 1]
    column = previous.group_by or (sides[0].column if len(sides) == 1 else None)
    if found.filters or found.ids or column is None:
        return None
    for name, descending in (("follow.more", True), ("follow.fewer", False)):
        if attempt.scan.take_all(attempt.words.patterns[name]):
            attempt.scan.take_all(attempt.words.patterns["which"])
            problem = attempt.problem()
            if problem is not None:
                return None
            query = replace(
                previous, operation=Operation.GROUP, columns=(), group_by=column, n=1, descending=descending
            )
            return Reading(query=query, confidence=_SURE)
    return None


def _largest(attempt: Attempt, found: Found, previous: TableQuery) -> Reading | None:
    """Return the reading of "Which of the two is bigger?", by participants, among the rows of the answer before."""
    for name, operation in (("follow.larger", Operation.MAX), ("follow.smaller", Operation.MIN)):
        if attempt.scan.has(attempt.words.patterns[name]):
            filters = _merged(attempt, found.filters, previous, narrows=True)
            attempt.scan.take_all(attempt.words.patterns[name])
            if attempt.problem() is not None or _n_meeting(attempt, filters) < _TWO:
                return None
            query = TableQuery(operation=operation, columns=(Column.ENROLMENT,), filters=filters)
            return Reading(query=query, confidence=_SURE)
    return None


def _status_of_one(attempt: Attempt, found: Found, previous: TableQuery) -> Reading | None:
    """Return the look-up of "The American one: is it recruiting?", of the one row that is meant."""
    others = tuple(item for item in found.filters if item.column is not Column.STATUS)
    if len(others) == len(found.filters):
        return None
    asks = any(attempt.scan.has(attempt.words.patterns[name]) for name in ("which", "how_many", "list"))
    meant = _merged(attempt, others, previous, narrows=True)
    rows = [trial.id for trial in attempt.document.trials if all(meets(trial, item) for item in meant)]
    if asks or len(rows) != 1:
        return None
    attempt.scan.take_all(attempt.words.patterns["follow.one"])
    if attempt.problem() is not None:
        return None
    chosen = Filter(column=Column.ID, operator=Operator.IN, values=(rows[0],), label=Label(rows[0], rows[0]))
    query = TableQuery(operation=Operation.LOOKUP, columns=(Column.STATUS,), filters=(chosen,))
    return Reading(query=query, confidence=_SURE)


def _is_of_another(attempt: Attempt, found: Found, merged: tuple[Filter, ...]) -> bool:
    """Whether it names another disease, of which there are trials, though none of them is of the kind asked for before.

    "Which trials are in the USA? … And is there one on ageing skin?"
    """
    named = any(item.column in (Column.CONDITION, Column.TITLE) and item.values for item in found.filters)
    return named and not _n_meeting(attempt, merged) and bool(_n_meeting(attempt, found.filters))


def _n_meeting(attempt: Attempt, filters: tuple[Filter, ...]) -> int:
    return sum(all(meets(trial, item) for item in filters) for trial in attempt.document.trials)


def picked(attempt: Attempt, previous: TableQuery) -> str:
    """Return the id of the one trial of the answer before that "the one in China" stands for; "" when it is not one."""
    found = attempt.conditions()
    if found.ids or not found.filters or not attempt.scan.has(attempt.words.patterns["follow.one"]):
        return ""
    wanted = [*previous.filters, *found.filters]
    names = [trial.id for trial in attempt.document.trials if all(meets(trial, item) for item in wanted)]
    return names[0] if len(names) == 1 else ""


def _of_member(attempt: Attempt, found: Found, previous: TableQuery) -> Reading:
    """Return what was asked before of the one trial that is now meant ("What about the second one?")."""
    attempt.scan.take_all(attempt.words.patterns["follow.member"])
    asked = attempt.asked(found, names_table=True)
    query = asked.query()
    if isinstance(query, Refusal) and query.reason == "no_operation" and _asks_nothing_else(asked):
        before = previous.columns or ((previous.group_by,) if previous.group_by else ())
        query = asked.of_ids(tuple(column for column in before if column is not Column.ID) or ALL_COLUMNS)
    return _read(attempt, query)


def _asks_nothing_else(asked: Asked) -> bool:
    return not asked.blocked and not asked.what


def _continues(attempt: Attempt, found: Found, previous: TableQuery, *, opens: bool) -> bool:
    """Whether a question without "those" lacks what the one before it said."""
    before = {item.column for item in previous.filters}
    own = {item.column for item in found.filters}
    if opens:
        # "And how many trials are in phase 3?" names its rows anew, unless it swaps what was chosen by before.
        return not attempt.names_trial or (bool(own) and own <= before)
    if attempt.names_trial or attempt.names_table or len(attempt.scan.source.split()) > _MAX_WORDS:
        return False
    return not own or not attempt.scan.has(attempt.words.patterns["what"])


def _merged(attempt: Attempt, own: tuple[Filter, ...], previous: TableQuery, *, narrows: bool) -> tuple[Filter, ...]:
    """Return the filters of before with those named now: beside them, or in place of those of the same column."""
    kept = list(previous.filters)
    if own and not narrows:
        kept = [item for item in kept if item.column is not Column.ID]
    for item in own:
        same = [other for other in kept if other.column is item.column]
        if same and narrows and _meets_some(attempt, [*kept, item]):
            continue
        kept = [other for other in kept if other not in same]
    return tuple(dict.fromkeys([*kept, *own]))


def _meets_some(attempt: Attempt, filters: list[Filter]) -> bool:
    return _n_meeting(attempt, tuple(filters)) > 0


def _repeated(found: Found, merged: tuple[Filter, ...], previous: TableQuery) -> TableQuery | Refusal:
    """Return the query of before over the rows that are now meant."""
    if not found.filters:
        return Refusal("no_operation")
    if previous.groups and any(item.column is previous.group_by for item in found.filters):
        # "And in Iran?" after a comparison of two other countries.
        return TableQuery(operation=previous.measure, columns=previous.columns, filters=merged)
    if previous.operation in (Operation.LOOKUP, Operation.COMPARE) and not previous.groups:
        return TableQuery(operation=Operation.LIST, columns=previous.columns, filters=merged)
    if previous.operation is Operation.DISTINCT and any(item.column in previous.columns for item in found.filters):
        # Which countries there are is answered once one is named: which trials are in it.
        return TableQuery(operation=Operation.LIST, filters=merged)
    return replace(previous, filters=merged)


def _read(attempt: Attempt, query: TableQuery | Refusal) -> Reading:
    if isinstance(query, Refusal):
        return Reading(query=None, reason=query.reason, unread=query.unread)
    problem = attempt.problem()
    return problem if problem is not None else Reading(query=query, confidence=_SURE)
