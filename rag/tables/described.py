"""Look-ups of trials that a question describes in words of its own: "the leukaemia study on low blood counts".

The strict reading (`rag.tables.attempt`) must understand every telling word. Here each word only weighs: what it
names in the goals and titles of the rows speaks for these rows, the rarer there the more. A row is meant when the
words that speak for it outweigh those that were not understood. What is asked of it must still be a column, or
something that the titles themselves tell.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from corpus.concepts import same_word
from corpus.terms import STOP_WORDS, words
from corpus.types import Trial
from rag.tables.asked import ALL_COLUMNS, Asked
from rag.tables.attempt import Attempt, Reading
from rag.tables.conditions import Found
from rag.tables.data import title_phrases
from rag.tables.execute import meets, title_contains
from rag.tables.query import Column, Filter, Operation, Operator, Sought, TableQuery
from rag.tables.sought import asked_of_titles, sought, told_by, told_by_title

# At most so many rows may be meant at once, and so many may a word fit that speaks for a row.
_FEW, _TELLING = 3, 12
# What each word that was not understood must be outweighed by.
_UNREAD = 1.2
# Shorter words of titles and goals are no words of a question in another form.
_LONG = 5
_SURE = 0.7
_OF_ROWS = frozenset({Column.STATUS, Column.PHASE, Column.ENROLMENT})
_QUESTIONS = ("which", "what", "how_many", "where")
_CUES = ("where", "columns.country", "columns.status", "columns.phase", "columns.id", "columns.title")
_SHOWN = (Operation.LOOKUP, Operation.LIST, Operation.DISTINCT)


@dataclass(frozen=True, slots=True)
class _Clue:
    """Something in a question that speaks for rows: how many bits of choice it makes, and for which."""

    rows: frozenset[str]
    weight: float


def described(attempt: Attempt, asking: Found) -> Reading:
    """Return the look-up of cells of the few trials that a question describes, or a reading without a query.

    Args:
        asking: the conditions in the sentences that ask, without those that only lead up to the question.
    """
    nothing = Reading(query=None, reason="unread")
    if attempt.is_prose():
        return nothing
    aside = attempt.aside()
    clues = [_clue(attempt, names) for names in _phrases(attempt)]
    attempt.scan.tag = Column.STATUS
    # "Can people still join …?", not "How old must people be to join?"
    open_still = not any(attempt.scan.has(attempt.words.patterns[name]) for name in _QUESTIONS) and attempt.has(
        "joinable"
    )
    attempt.scan.tag = ""
    found = attempt.conditions()
    if open_still:
        found = replace(found, asked=tuple(dict.fromkeys([*found.asked, Column.STATUS])))
    rows, clues, told = _meant(attempt, found, asking, clues, attempt.unread())
    if not rows:
        return nothing
    if not found.ids and attempt.scan.has(attempt.words.patterns["past"]):
        return nothing  # what patients received is for the text to tell
    hard = tuple(item for item in found.filters if item.column in _OF_ROWS)
    ids = tuple(trial.id for trial in rows)
    asked = attempt.asked(replace(found, ids=ids, filters=hard, sides=()), names_table=True)
    columns = _columns(attempt, asked, found, hard)
    by_title, spans = asked_of_titles(
        attempt.scan, attempt.language, _is_asked(attempt, strictly=True, counts=False, named=bool(found.ids))
    )
    only = re.compile(rf"(?<!\w)(?:{attempt.words.raw['only']})[ ]$")
    limited = any(only.search(attempt.scan.text[:start]) for start, _ in spans)
    untold = tuple(item for item in by_title if limited or not _tell(attempt, rows, item))
    if any(not item.by_itself for item in untold):
        return nothing
    by_title = tuple(item for item in by_title if item not in untold)
    is_asked = _is_asked(attempt, strictly=bool(columns))
    lacking = untold + sought(attempt.scan, attempt.language, rows, aside=aside, is_asked=is_asked, outside=spans)
    about_one = bool(found.ids) or _about_a_trial(attempt, found, columns, by_title)
    if lacking:
        joins = re.search(rf"(?<!\w)(?:{attempt.words.raw['and']})(?!\w)|,", attempt.scan.text)
        cells = tuple(column for column in columns if column not in {item.column for item in hard})
        beside = asked.of_ids(cells) if cells and joins else None
        return Reading(query=None, reason="no_column", trials=ids, sought=lacking, beside=beside)
    columns = (*columns, Column.TITLE) if by_title and Column.TITLE not in columns else columns
    query = _query(attempt, asked, rows, by_title, columns, named=bool(found.ids))
    if query is None or not about_one:
        return nothing
    if any(
        re.search(rf"(?<!\w)(?:{attempt.words.raw['only']})[ ]{re.escape(word)}(?!\w)", attempt.scan.text)
        for word in told
    ):
        return nothing  # "only women": a title that names them may name others, too
    known = {word for trial in rows for word in words(f"{trial.title} {trial.condition}")}
    left = [word for word in attempt.unread() if word not in told and word not in aside and not told_by([word], known)]
    if attempt.words.patterns["negation"].search(attempt.scan.left, attempt.scan.told(attempt.language)):
        return nothing
    if _matters(attempt, asked, left, columns):
        return nothing
    of_goal = any(item.column is Column.CONDITION for item in found.filters)
    weight = sum(clue.weight for clue in clues if clue.rows.issuperset(ids))
    if not found.ids and weight < (_UNREAD if of_goal else 2 * _UNREAD) * len(left):
        return nothing
    return Reading(query=query, confidence=_SURE, unread=tuple(left))


def _columns(attempt: Attempt, asked: Asked, found: Found, hard: tuple[Filter, ...]) -> tuple[Column, ...]:
    """Return the columns that are asked for by their names; that people or diseases are spoken of asks for none."""
    named = [*asked.columns, *found.asked, *(item.column for item in hard)]
    named = [column for column in named if column is not Column.CONDITION or not asked.patients]
    raw, text = attempt.words.raw, attempt.scan.text
    small = "|".join(sorted(STOP_WORDS[attempt.language]))
    people = rf"(?:{raw['how_many']})[ ](?:(?!(?:{small}|{raw['measure']})[ ])[\w-]+[ ]){{0,2}}(?:{raw['participant']})"
    joining = rf"(?:{raw['how_many']})[ ](?:(?:{raw['take_part_small']})[ ])*(?:{raw['take_part']})"
    # "How many cirrhotics are being recruited": people by what they suffer from.
    sufferers = (
        rf"(?:{raw['how_many']})[ ](?:(?!(?:{raw['measure']}|{raw['trial']})[ ])[\w-]+[ ]){{1,3}}?(?:{raw['taken_in']})"
    )
    if asked.how_large or re.search(rf"(?<!\w)(?:{people}|{joining}|{sufferers})(?!\w)", text):
        named.append(Column.ENROLMENT)
    size = re.compile(raw["size"])
    for noun in asked.nouns:
        if noun.name in ("status", "phase", "country", "id", "title"):
            named.append(Column(noun.name))
        elif noun.name == "participant" and size.match(text, noun.start):
            named.append(Column.ENROLMENT)
    return tuple(dict.fromkeys(named))


def _is_asked(
    attempt: Attempt, *, strictly: bool, counts: bool = True, named: bool = False
) -> Callable[[re.Match[str]], bool]:
    """Return what tells whether words for an attribute ask for it, or only describe the trial.

    Args:
        strictly: only right after a question word or a joining one, as beside a column that is asked for ("in which
            country do they inject …"). In a relative clause it never is.
        counts: whether "how many" asks for it as well.
        named: trials are named by their ids, so that "Does NCT… take women?" asks for it, too.
    """
    raw, text = attempt.words.raw, attempt.scan.text
    clauses = [match.span() for match in attempt.words.patterns["clause"].finditer(text)]
    opener = "|".join(raw[name] for name in ("and", "which", "what", "how", "where"))
    opener = f"{opener}|{raw['how_many']}" if counts else opener
    before = re.compile(rf"(?:(?<!\w)(?:{opener})|,)[ ](?:\w+[ ]){{0,2}}$")
    # "In which country is the hospital …": not where the trial is.
    subject = re.compile(rf"(?<!\w)(?:{raw['copula']})[ ](?:the[ ])?(?:(?!{raw['trial']})\w+[ ])?$")
    of_trial = re.compile(rf"[ ](?:\w+[ ])?(?:{raw['trial']})(?!\w)")
    strictly = strictly and not (named and re.match(raw["yes_no"], text))
    begin = attempt.scan.told(attempt.language) + 1
    opens = re.compile(rf"(?:\w{{1,4}}[ ])?(?:{opener})(?!\w)")

    def is_asked(match: re.Match[str]) -> bool:
        if any(start <= match.start() < end for start, end in clauses):
            return False
        if not strictly or match.start() <= begin:
            return True
        if subject.search(text[: match.start()]) and not of_trial.match(text, match.end()):
            return True
        return opens.match(match.group()) is not None or before.search(text[: match.start()]) is not None

    return is_asked


def speaks_of_trials(attempt: Attempt) -> bool:
    """Return whether a question may be one about a trial at all; most are not, and are spared the closer reading."""
    if (
        attempt.names_trial
        or attempt.names_table
        or attempt.names_participant
        or re.search(r"nct ?\d", attempt.scan.text)
    ):
        return True
    return any(attempt.scan.has(attempt.words.patterns[name]) for name in (*_CUES, "prevents", "sample_size"))


def is_empty(query: TableQuery, trials: Iterable[Trial]) -> bool:
    """Return whether cells or rows are asked for and no row meets all conditions."""
    several = len(query.filters) > 1 and all(item.operator is not Operator.NOT_IN for item in query.filters)
    return (
        query.operation in _SHOWN
        and several
        and not any(all(meets(trial, item) for item in query.filters) for trial in trials)
    )


def _meant(
    attempt: Attempt, found: Found, asking: Found, clues: list[_Clue], unread: tuple[str, ...]
) -> tuple[list[Trial], list[_Clue], set[str]]:
    """Return the rows that a question means, what speaks for them, and the words that do."""
    trials = attempt.document.trials
    if found.ids:
        rows = [trial for trial in trials if trial.id in found.ids]
        return rows, clues, {word for word in unread if all(_says(attempt, trial, word) for trial in rows)}
    own = set(asking.filters)
    open_to = list(trials)
    # What leads up to the question binds as far as it fits what is asked: "chemotherapy often harms the bone marrow".
    for item in sorted(found.filters, key=lambda item: item not in own):
        if item.column in _OF_ROWS:
            continue
        left = [trial for trial in open_to if attempt.fits(trial, item)]
        if left or item in own:
            open_to = left
        clues = [*clues, _weighed({trial.id for trial in trials if attempt.fits(trial, item)}, len(trials))]
    told: dict[str, set[str]] = {}
    for word in unread:
        fitting = {trial.id for trial in trials if _says(attempt, trial, word)}
        if 0 < len(fitting) <= _TELLING:
            clues = [*clues, _weighed(fitting, len(trials))]
            told[word] = fitting
    score = {trial.id: sum(clue.weight for clue in clues if trial.id in clue.rows) for trial in open_to}
    best = max(score.values(), default=0.0)
    rows = [trial for trial in open_to if best > 0 and score[trial.id] >= best - 1e-9]
    if len(rows) > _FEW:
        return [], clues, set()
    return rows, clues, {word for word, fitting in told.items() if all(trial.id in fitting for trial in rows)}


def _phrases(attempt: Attempt) -> list[tuple[str, ...]]:
    """Take the phrases that say in other words what titles say, and return those."""
    attempt.scan.tag = Column.TITLE
    found = [names for pattern, names in title_phrases() if attempt.scan.take_all(pattern)]
    attempt.scan.tag = ""
    return found


def _clue(attempt: Attempt, names: tuple[str, ...]) -> _Clue:
    trials = attempt.document.trials
    return _weighed({trial.id for trial in trials if title_contains(trial.title, names)}, len(trials))


def _weighed(rows: set[str], n: int) -> _Clue:
    return _Clue(frozenset(rows), math.log(n / len(rows)) if rows else 0.0)


def _says(attempt: Attempt, trial: Trial, word: str) -> bool:
    """Whether the title or the goal of a row says a word, or what it means."""
    if word in attempt.goals.source_words:
        return False  # "spinal cord" is no umbilical one; a source is a condition, read before
    if attempt.goals.told_by_titles(word, attempt.language, [trial]):
        return True
    if len(word) < _LONG:
        return False
    own = _long_words(f"{trial.title} {trial.condition}")
    return any(same_word(word, other) for other in own if other not in attempt.goals.source_words)


@lru_cache(maxsize=256)
def _long_words(text: str) -> tuple[str, ...]:
    return tuple(word for word in words(text) if len(word) >= _LONG)


def _tell(attempt: Attempt, rows: list[Trial], item: Sought) -> bool:
    """Whether the titles tell what is sought; what a sentence of the text tells better is left to it."""
    told = all(told_by_title(trial, item) for trial in rows)
    return told and not (item.by_itself and attempt.told_in_text(rows, (item,)))


def _query(
    attempt: Attempt,
    asked: Asked,
    rows: list[Trial],
    by_title: tuple[Sought, ...],
    columns: tuple[Column, ...],
    *,
    named: bool,
) -> TableQuery | None:
    """Return the look-up of the columns asked for; None when none is, or the titles do not tell what they should."""
    if asked.blocked and not by_title:
        return None
    if columns == (Column.ENROLMENT,) and asked.total and len(asked.conditions.ids) > 1:
        return replace(asked.of_ids(columns), operation=Operation.SUM)
    if columns:
        # The title tells which trial was understood.
        return asked.of_ids(columns if named else tuple(dict.fromkeys([*columns, Column.TITLE])))
    if asked.which[:1] == ["trial"] or (asked.listed and [noun.name for noun in asked.nouns[:1]] == ["trial"]):
        return asked.of_ids((Column.TITLE, *ALL_COLUMNS))  # "Which trial is about …?"
    return None


def _about_a_trial(attempt: Attempt, found: Found, columns: tuple[Column, ...], by_title: tuple[Sought, ...]) -> bool:
    if attempt.names_trial or attempt.names_table or found.asked:
        return True
    return any(column is not Column.CONDITION for column in columns) or any(not item.given for item in by_title)


def _matters(attempt: Attempt, asked: Asked, left: list[str], columns: tuple[Column, ...]) -> bool:
    """Whether words left over may be the very point of the question.

    A column named with its question word is asked for whatever else is said. But a number of people who did something
    is not the number of participants, and results are in no title.
    """
    named = {Column.COUNTRY, Column.PHASE, Column.ID, Column.STATUS}.intersection(columns)
    if not named and any(attempt.words.patterns["outcome"].fullmatch(word) for word in left):
        return True
    if not columns and any(attempt.goals.names_something(word, attempt.language) for word in left):
        return True  # "Which studies used mouse models of …?"
    if Column.ENROLMENT in columns and not asked.how_large:
        clauses = attempt.words.patterns["clause"].sub(" ", attempt.scan.text)
        outside = set(words(clauses))
        return any(word in outside and attempt.words.patterns["happened"].fullmatch(word) for word in left)
    return False
