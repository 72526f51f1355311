"""Follow-up questions: what "it", "the second one" or a bare "And where?" refer to.

Deterministic: a follow-up is completed from the turn before it, never from an answer's wording
alone. Entities come from what that answer cited, topics from its question. A question that stands
by itself is left as it is, so topics shift freely.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Kind, Language
from rag.answer import Answer, Outcome
from rag.prose.claim import things

_ARTICLE = {Language.SL: "ta članek", Language.EN: "this article"}
_REFERENCE = {Language.SL: "vir", Language.EN: "reference"}
# A question with so many telling words, its topic among them, stands by itself.
_OWN_WORDS = 3
# One with so many may still go on about "the patients" of the answer before.
_RESUMING = 4
_TRIAL = re.compile(r"\bNCT\d{8}\b")


class Link(StrEnum):
    """How a question leans on the turn before it."""

    NONE = "none"
    TOPIC = "topic"
    """It goes on about the same thing."""
    MEMBER = "member"
    """It picks one of the things the answer listed."""
    SOURCE = "source"
    """It asks about the works cited there."""
    LANGUAGE = "language"
    """It wants the same answer in the other language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A question made to stand by itself.

    Attributes:
        text: what is understood and searched for; equal to the question when nothing was added.
        topic: what was added before it.
        link: how it leaned on the turn before it.
        language: of the answer, when the question asks for one; else None.
        references: numbers of the bibliography that "that source" stands for.
        trials: those that are asked about, in words; "" when none are meant.
        picked: it stands for the one of several that it names by its place.
    """

    text: str
    topic: str = ""
    link: Link = Link.NONE
    language: Language | None = None
    references: tuple[int, ...] = ()
    trials: str = ""
    picked: bool = False


def resolve(
    question: str,
    language: Language,
    *,
    n_content: int,
    previous: Answer | None,
    subject: Answer | None = None,
    topic: str = "",
    listing: Answer | None = None,
    names_topic: bool = False,
    names_things: bool = True,
    nearest: Callable[[Answer, tuple[int, ...]], tuple[int, ...]] | None = None,
    instead: Callable[[str], str] | None = None,
) -> Resolution:
    """Return the question completed from the answer before it.

    Args:
        n_content: how many words of the question carry meaning.
        previous: the last answer of the dialogue; None at its beginning.
        subject: the last one that is about something itself, not only about the sources of another; `previous` when
            left out.
        topic: the question that `subject` goes on about; its own when left out.
        names_topic: the question names a disease or organ itself.
        names_things: it names anything of the field but people, studies and what is reported of them.
        instead: takes out of the question before what this one names another thing in place of; nothing without it.
        nearest: of the works behind an answer, gives those that it is about; all of them without it.
        listing: the answer of which "the second one" picks a part, when it is another than the last one.
    """
    if previous is None or previous.outcome is Outcome.FAILED:
        return Resolution(text=question)
    subject = subject or previous
    folded = searchable(question)
    cues = _cues()[language]
    wanted = next((other for other in Language if re.search(cues[f"in_{other}"], folded)), None)
    repeats = re.search(cues["again"], folded) or (not names_things and re.search(cues["repeats"], folded))
    if wanted is not None and (repeats or n_content <= int(cues["few_words"])):
        return Resolution(text=previous.resolved_question, link=Link.LANGUAGE, language=wanted)
    anaphoric = re.search(cues["anaphora"], folded) is not None
    cited = previous if _references(previous) else subject
    if (_asks_for_record(folded, cues, previous) or re.search(cues["source"], folded)) and (
        numbers := _references(cited)
    ):
        if nearest is not None:
            numbers = nearest(cited, numbers)
        listed = ", ".join(map(str, numbers))
        return Resolution(text=f"{question} ({_REFERENCE[language]} {listed})", link=Link.SOURCE, references=numbers)
    if re.search(cues["own"], folded) and not anaphoric:
        return Resolution(text=question)
    named = members(previous)
    picks = n_content <= int(cues["few_words"]) or re.search(cues["picks"], folded) is not None
    if len(named) < 2 and listing is not None and picks:
        named = members(listing)
    if len(named) > 1 and (place := _ordinal(folded, cues)) is not None and -len(named) <= place < len(named):
        return replace(member(named[place], question), picked=True)
    opens = re.match(cues["opens"], folded) is not None
    if opens and not anaphoric and re.search(cues["trials"], folded):
        return Resolution(text=question)  # "And how many trials are in Iran?" says itself what it is about
    if not names_things and n_content <= _RESUMING and re.search(cues["resumes"], folded):
        anaphoric = True
    if not (anaphoric or opens or (n_content <= 1 and not re.search(cues["names"], folded))):
        about = trials_of(subject)
        bare = re.search(cues["bare"], folded) is not None and not re.search(cues["trials"], folded)
        # "Did mortality change?" names nothing that it could be about but the trial asked about.
        asked_about = set(about) <= set(_TRIAL.findall(subject.resolved_question.upper()))
        if asked_about and not names_things and n_content <= int(cues["few_words"]):
            bare = bare or not (re.search(cues["elsewhere"], folded) or re.search(cues["names"], folded))
        if len(about) == 1 and bare and not names_topic and not names_trial(question):
            return member(about[0], question)  # "How many people are included?"
        return Resolution(text=question)
    if names_trial(question) or _turns_away(folded, cues, subject, n_content, names_topic=names_topic):
        return Resolution(text=question)
    if _is_of_article(subject) and not names_topic:
        return Resolution(text=f"{question} ({_ARTICLE[language]})", link=Link.TOPIC)
    trials = trials_of(subject)
    if len(trials) == 1 and re.search(cues["trial"], folded) and not names_topic:
        return member(trials[0], question)
    topic = topic or subject.resolved_question.rstrip(" ?!.")
    if instead is not None and n_content < _OWN_WORDS and (opens or (n_content <= 1 and not anaphoric)):
        return swapped(topic, instead(topic), question)
    return going_on(topic, question)


def _asks_for_record(folded: str, cues: dict[str, str], previous: Answer) -> bool:
    """Whether it asks for nothing but what a list of references gives: "and in which journal?"."""
    if re.search(cues["own"], folded) or not all(
        re.fullmatch(cues["record_words"], word) for word in re.findall(r"\w+", folded)
    ):
        return False
    if re.search(cues["record"], folded):
        return True
    dated = re.search(cues["dated"], folded) is not None
    return dated and (_is_of_works(previous) or re.search(cues["published"], folded) is not None)


def _is_of_article(previous: Answer) -> bool:
    """Whether an answer tells of the article itself: who wrote it, where it appeared."""
    return bool(previous.citations) and all(citation.kind is Kind.METADATA for citation in previous.citations)


def _is_of_works(previous: Answer) -> bool:
    return bool(previous.citations) and previous.citations[0].kind is Kind.REFERENCE


def _turns_away(folded: str, cues: dict[str, str], previous: Answer, n_content: int, *, names_topic: bool) -> bool:
    """Whether a question only seems to go on: "OK. What about it in asthma …" names what it is about itself.

    So does "any licensed one of vesicles", asked after cells: it is another thing of that kind.
    """
    bare = re.sub(cues["marks"], " ", folded).strip()
    if names_topic and n_content >= _OWN_WORDS and bare != folded.strip():
        return not re.match(cues["opens"], bare) and not re.search(cues["anaphora"], bare)
    kind_only = re.sub(cues["kind_only"], " ", folded)
    if kind_only == folded or re.search(cues["anaphora"], kind_only) or re.match(cues["opens"], folded):
        return False
    now, before = set(things(folded)), set(things(searchable(previous.resolved_question)))
    return n_content > 1 and bool(now) and bool(before) and now.isdisjoint(before)


def going_on(topic: str, question: str) -> Resolution:
    """Return a question completed with what it goes on about."""
    return Resolution(text=f"{topic} {question}", topic=topic, link=Link.TOPIC)


def swapped(topic: str, kept: str, question: str) -> Resolution:
    """Return a question completed with what is kept of the one before; what it names is spoken of from then on."""
    text = f"{kept} {question}"
    return Resolution(text=text, topic=topic if kept == topic else text.rstrip(" ?!."), link=Link.TOPIC)


def asks_for_trials(question: str, language: Language) -> bool:
    """Return whether a question may ask for trials, or for what only a table of trials tells."""
    return re.search(_cues()[language]["in_people"], searchable(question)) is not None


def names_trial(question: str) -> bool:
    """Return whether a question says by its id which trial it is about."""
    return _TRIAL.search(question.upper()) is not None


def member(name: str, question: str) -> Resolution:
    """Return a question completed with the one thing that it is about."""
    return Resolution(text=f"{name} {question}", topic=name, link=Link.MEMBER)


def trials_of(previous: Answer) -> tuple[str, ...]:
    """Return the trials that a question or what was cited for it is about."""
    if previous.computation is not None and len(previous.computation.shown) == 1:  # the largest of them
        return tuple(row.rsplit(":", 1)[-1] for row in previous.computation.shown if row.startswith("table"))
    named = _TRIAL.findall(previous.resolved_question.upper())
    cited = [trial for citation in previous.citations for trial in citation.trials]
    return tuple(dict.fromkeys(named or cited))


def members(previous: Answer) -> tuple[str, ...]:
    """Return the things that an answer named one after another: trials, references."""
    if previous.computation is not None and any(row.startswith("table") for row in previous.computation.shown):
        return tuple(row.rsplit(":", 1)[-1] for row in previous.computation.shown)
    text = _TRIAL.findall(previous.answer)
    if len(dict.fromkeys(text)) > 1:
        return tuple(dict.fromkeys(text))
    works = [citation for citation in previous.citations if citation.kind is Kind.REFERENCE]
    return tuple(f"[{citation.references[0]}]" for citation in works if citation.references)


def _references(previous: Answer) -> tuple[int, ...]:
    """The works behind an answer: those cited in its sentences, else at the end of their passages."""
    cited = [citation for citation in previous.citations if citation.kind is Kind.REFERENCE]
    citations = cited if _is_of_works(previous) else previous.citations
    numbers = [n for citation in citations for n in citation.references or citation.passage_references]
    return tuple(dict.fromkeys(numbers))


def _ordinal(folded: str, cues: dict[str, str]) -> int | None:
    for place, name in ((0, "first"), (1, "second"), (2, "third"), (3, "fourth"), (-1, "last")):
        if re.search(cues[name], folded):
            return place
    return None


@cache
def _cues() -> dict[Language, dict[str, str]]:
    data = tomllib.loads((Path(__file__).parent / "dialogue.toml").read_text(encoding="utf-8"))
    return {Language(code): {name: str(value) for name, value in cues.items()} for code, cues in data.items()}


def last_answer(answers: Sequence[Answer]) -> Answer | None:
    """Return the last answer that says anything to refer to."""
    return next((answer for answer in reversed(answers) if answer.outcome is not Outcome.FAILED), None)
