"""What a follow-up may mean: the questions that it may stand for, each complete in itself.

Which words "it" stands for can often not be told from its form: "And in rats?" goes on about the question at the
beginning, about the last follow-up, or about what was talked of before. So all of these are planned, and what the
article answers to them decides (`rag.routes.meant`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.answer import Answer, Outcome
from rag.questions.dialogue import Link, Resolution, going_on, member, names_trial, swapped
from rag.questions.plan import Plan


class Way(StrEnum):
    """How a reading completes a question."""

    FORM = "form"
    """As its form tells (`rag.questions.dialogue`)."""
    ALONE = "alone"
    """Not at all: it brings its own subject."""
    ROOT = "root"
    """With the question that the last turns go on about."""
    LAST = "last"
    """With the last follow-up, which brought a subject of its own."""
    WHOLE = "whole"
    """With the last follow-up and what that was completed with."""
    TRIAL = "trial"
    """With the one trial that was last spoken of."""
    TRIALS = "trials"
    """With the trials on what was last spoken of."""
    REFUSED = "refused"
    """With the last question, though that was not answered."""
    EARLIER = "earlier"
    """With what was talked of before."""


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier turn, its words in the language of the question that follows.

    Attributes:
        question: as asked.
        whole: as completed and understood.
        topic: the question that it goes on about; its own where it stands by itself.
    """

    question: str
    whole: str
    topic: str
    plan: Plan
    answer: Answer


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a follow-up may mean."""

    way: Way
    resolution: Resolution


def readings(
    question: str,
    by_form: Resolution,
    said: Sequence[Said],
    *,
    trial: str,
    trials: str,
    instead: Callable[[str], str],
) -> tuple[Reading, ...]:
    """Return what a question may mean after these turns, as its form tells first; no two alike.

    Args:
        by_form: the question as `resolve` completes it.
        said: the turns that are about something themselves, the last one first. One that was not answered is
            gone on from only where none was.
        trial: the id of the one trial last spoken of, or "".
        trials: those on what was last spoken of, in words, or "".
        instead: takes out of an earlier question what this one names another thing in place of.
    """
    first = Reading(Way.FORM, by_form)
    if not said or by_form.picked or by_form.link in (Link.SOURCE, Link.LANGUAGE) or names_trial(question):
        return (first,)
    told = [turn for turn in said if turn.answer.outcome is Outcome.ANSWERED] or list(said)
    last = told[0]
    # What leans on the turn before by its form is followed by what goes on about the same, even if it tells enough.
    alone = Resolution(text=question, topic=last.topic if by_form.link is Link.TOPIC else "")
    others = [Reading(Way.ALONE, alone), Reading(Way.ROOT, going_on(last.topic, question))]
    if last.plan.topic and last.plan.link is not Link.MEMBER:
        others += [
            Reading(Way.LAST, going_on(last.question, question)),
            Reading(Way.WHOLE, swapped(last.whole, instead(last.whole), question)),
        ]
    if trial:
        others.append(Reading(Way.TRIAL, member(trial, question)))
    if trials:
        others.append(
            Reading(Way.TRIALS, replace(going_on(last.topic, question), text=f"{question} ({trials})", trials=trials))
        )
    if said[0] is not last:
        others.append(Reading(Way.REFUSED, going_on(said[0].question, question)))
    before = next((turn for turn in told if turn.topic != last.topic), None)
    if before is not None:
        others.append(Reading(Way.EARLIER, going_on(before.topic, question)))
    found: dict[str, Reading] = {}
    for reading in (first, *others):
        found.setdefault(reading.resolution.text, reading)
    return tuple(found.values())
