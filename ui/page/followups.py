"""Questions that go on from an answer: offered only when the engine answers them.

Candidates follow from the answer by general rules: the references it rests on, the trials it names,
what else its section and the next one say. Each is asked before it is offered, and kept only when
its answer is about what the candidate is about.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from corpus.types import Kind
from rag.answer import Answer, Outcome
from ui.page.conversation import Conversation, Engine
from ui.strings import string

logger = logging.getLogger(__name__)

MAX_FOLLOW_UPS = 3
# Asking is not free; with these at most the reader does not wait for the offers.
_MAX_ASKED = 6
_TABLE = "table-2:"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question, and whether an answer is the one it is offered for."""

    text: str
    suits: Callable[[Answer], bool]


def follow_ups(engine: Engine, conversation: Conversation) -> tuple[str, ...]:
    """Return questions that go on from the last answer, in its language; none when it is no answer."""
    if not conversation.answers or conversation.answers[-1].outcome is not Outcome.ANSWERED:
        return ()
    try:
        return tuple(_tried(engine, conversation))
    except Exception:
        # An offer is no answer: without it the page goes on as it was.
        logger.exception("No follow-up could be tried.")
        return ()


def _tried(engine: Engine, conversation: Conversation) -> Iterator[str]:
    """Ask the candidates, and yield those that were answered as they should be."""
    last = conversation.answers[-1]
    asked = {answer.question.strip().casefold() for answer in conversation.answers}
    n_found = 0
    for candidate in islice(_candidates(engine, last), _MAX_ASKED):
        if candidate.text.casefold() in asked:
            continue
        answer = engine.extract(candidate.text, history=conversation.history())
        if answer.outcome is Outcome.ANSWERED and answer.citations and candidate.suits(answer):
            yield candidate.text
            n_found += 1
        if n_found == MAX_FOLLOW_UPS:
            return


def _candidates(engine: Engine, last: Answer) -> Iterator[_Candidate]:
    """Yield candidates, those that check the answer before those that lead on."""
    numbers = {number for citation in last.citations for number in citation.references or citation.passage_references}
    if numbers and not all(citation.kind is Kind.REFERENCE for citation in last.citations):
        yield _Candidate(string("follow.references", last.language), lambda answer: _cites_references(answer, numbers))
    computed = last.computation is not None and any(row.startswith(_TABLE) for row in last.computation.rows)
    if last.computation is not None and computed and len(last.computation.rows) > 1:
        rows = set(last.computation.rows)
        for key in ("follow.all_statuses", "follow.all_participants"):
            yield _Candidate(
                string(key, last.language),
                lambda answer: answer.computation is not None and set(answer.computation.rows) == rows,
            )
        return
    for trial in _trials(last)[:1]:
        for key in ("follow.status", "follow.participants"):
            yield _Candidate(string(key, last.language, trial=trial), partial(_is_about, trial=trial))
    for section in _sections(engine, last):
        title = _in_a_sentence(engine.section_title(section, last.language, engine.article.id).split(" ", 1)[-1])
        yield _Candidate(
            string("follow.section", last.language, title=title), partial(_says_more, section=section, last=last)
        )


def _trials(last: Answer) -> Sequence[str]:
    return tuple(dict.fromkeys(trial for citation in last.citations for trial in citation.trials))


def _sections(engine: Engine, last: Answer) -> Iterator[str]:
    """Yield the section that the answer quotes first, then its neighbours under the same heading."""
    document = engine.documents[engine.article.id]
    # Those at the top (introduction, conclusion) are parts of an article, not topics.
    numbered = [section.id for section in document.sections if "." in (section.number or "")]
    quoted = [citation.section for citation in last.citations if citation.article == document.id]
    first = next((section for section in quoted if section in numbered), None)
    if first is None:
        return
    yield first
    siblings = [section for section in numbered if section.rpartition(".")[0] == first.rpartition(".")[0]]
    at = siblings.index(first)
    yield from (section for section in siblings[at + 1 :] + siblings[:at] if section not in quoted)


def _in_a_sentence(title: str) -> str:
    """Return a title with a small first letter, unless it begins with a name in capitals."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _cites_references(answer: Answer, numbers: set[int]) -> bool:
    shown = {int(citation.id.rsplit(":", 1)[1]) for citation in answer.citations if citation.kind is Kind.REFERENCE}
    return bool(shown) and shown <= numbers


def _is_about(answer: Answer, *, trial: str) -> bool:
    return any(citation.id == f"{_TABLE}{trial}" for citation in answer.citations)


def _says_more(answer: Answer, *, section: str, last: Answer) -> bool:
    """Whether most of an answer stands in a section, and some of it was not said before."""
    within = [citation for citation in answer.citations if citation.section == section]
    before = {citation.id for citation in last.citations}
    return 2 * len(within) > len(answer.citations) and any(citation.id not in before for citation in within)
