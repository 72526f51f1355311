"""How the engine does on questions of people who know no more than the title: `python -m eval.newcomers`.

`newcomers.jsonl` holds, in the form of practice questions, what seven writers typed before they had seen the article
and then labelled with it: the pieces that answer, none, or that only the table of trials or the literature does.
Nothing is fitted on them. Short, plain and general, they are unlike gold questions, which were written from the text.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from corpus.config import Settings
from corpus.types import Language
from eval.practice import PracticeQuestion, load_practice
from rag.answer import Answer, Outcome
from rag.engine import Engine
from rag.retrieval.learned import SOURCES, TABLE

NEWCOMERS = Path(__file__).parent / "newcomers.jsonl"


class Told(StrEnum):
    """What tells the answer to a question."""

    PROSE = "the text"
    COMPUTED = "the table or the references"
    NOTHING = "nothing"


class Ending(StrEnum):
    """How an answer stands to the label of its question."""

    RIGHT = "right"
    """A piece that answers is cited, it was computed where only that answers, or it was rightly refused."""
    OTHER = "answered otherwise"
    REFUSED = "refused"


def told_by(question: PracticeQuestion) -> Told:
    """Return what tells the answer."""
    if not question.pieces:
        return Told.NOTHING
    return Told.COMPUTED if set(question.pieces) <= {TABLE, SOURCES} else Told.PROSE


def ending(question: PracticeQuestion, answer: Answer) -> Ending:
    """Return how an answer ended."""
    told = told_by(question)
    if answer.outcome is not Outcome.ANSWERED:
        return Ending.RIGHT if told is Told.NOTHING else Ending.REFUSED
    if told is Told.COMPUTED:
        return Ending.RIGHT if answer.computation is not None else Ending.OTHER
    cited = {citation.id for citation in answer.citations}
    return Ending.RIGHT if cited & set(question.pieces) else Ending.OTHER


def count(engine: Engine, questions: Iterable[PracticeQuestion]) -> Counter[tuple[Told, Language, Ending]]:
    """Return how many questions ended how, by what tells the answer and by language."""
    return Counter(
        (told_by(question), question.lang, ending(question, engine.ask(question.question))) for question in questions
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the shares as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m eval.newcomers", description="Ask questions of newcomers.")
    parser.add_argument("--writer", metavar="N", help="only those of this writer: 1 to 7")
    chosen = parser.parse_args(arguments)
    questions = [
        one for one in load_practice(NEWCOMERS) if not chosen.writer or one.need.startswith(f"w{chosen.writer}-")
    ]
    counted = count(Engine.open(Settings.from_environment()), questions)
    sys.stdout.write(f"| what tells the answer | n sl / en | {' | '.join(Ending)} |\n|---|---|---|---|---|\n")
    for told in Told:
        n = {language: sum(counted[told, language, how] for how in Ending) for language in Language}
        shares = (
            " / ".join(f"{counted[told, language, how] / max(1, n[language]):.2f}" for language in Language)
            for how in Ending
        )
        sys.stdout.write(f"| {told} | {' / '.join(map(str, n.values()))} | {' | '.join(shares)} |\n")


if __name__ == "__main__":
    main()
