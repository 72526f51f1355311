"""What stands behind `evidenca cite`: which references are meant, and their text in a format."""

import argparse
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from corpus.errors import EvidencaError, QuestionError, UnknownIdError
from corpus.types import Reference

if TYPE_CHECKING:
    from rag.engine import Engine

FORMATS = ("bibtex", "ris", "csl-json", "markdown")

_PART = re.compile(r"(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?")
# "1-999999" is a slip, not a wish.
_LONGEST_RANGE = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `evidenca cite` takes: numbers, a question, or all; and the format."""
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument(
        "numbers", nargs="?", type=numbers, metavar="NUMBERS", help="numbers of references, such as 4-6,10"
    )
    chosen.add_argument("--question", metavar="TEXT", help="the references behind the answer to a question")
    chosen.add_argument("--all", action="store_true", help="the whole list of references")
    parser.add_argument(
        "--format", choices=FORMATS, default="bibtex", help="what to write: %(choices)s (default: %(default)s)"
    )


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of "4-6,10", each once, in the order given.

    Raises:
        argparse.ArgumentTypeError: it is no list of numbers and ranges.
    """
    found: dict[int, None] = {}
    for part in text.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers, such as 4-6,10")
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last < first + _LONGEST_RANGE:
            raise argparse.ArgumentTypeError(f"{part.strip()!r} is no range from a smaller number to a larger one")
        found |= dict.fromkeys(range(first, last + 1))
    return tuple(found)


def by_number(references: Iterable[Reference], wanted: Sequence[int]) -> list[Reference]:
    """Return the references of these numbers, in the order wanted.

    Raises:
        UnknownIdError: a number is not in the list of references; names all of these, and the range.
    """
    known = {reference.number: reference for reference in references}
    strange = [str(number) for number in wanted if number not in known]
    if strange:
        what = "no reference" if len(strange) == 1 else "no references"
        there = f"It has references {min(known)} to {max(known)}." if known else "It lists none."
        raise UnknownIdError(f"The article has {what} {', '.join(strange)}.", hint=there)
    return [known[number] for number in wanted]


def behind(question: str, engine: "Engine") -> list[Reference]:
    """Return the references behind the answer to a question, by number.

    Raises:
        QuestionError: the question cannot be answered as given.
        EvidencaError: it is not answered, or the answer rests on no reference.
    """
    from rag.answer import Outcome
    from rag.export import references_behind

    answer = engine.ask(question)
    if answer.outcome is Outcome.FAILED:
        raise QuestionError(answer.answer, reason=str(answer.reason or ""))
    if answer.outcome is Outcome.ABSTAINED:
        raise EvidencaError(answer.answer, hint="So there is nothing to cite.")
    found = references_behind(answer, engine.reference)
    if not found:
        raise EvidencaError(
            "The article cites no reference where it answers this question.", hint="Cite the article itself."
        )
    return list(found)


def cite_text(references: Iterable[Reference], citation_format: str) -> str:
    """Return the references in a format of `FORMATS`, without a line feed at the end.

    Raises:
        ValueError: there is no such format.
    """
    from rag.export import CitationFormat, export

    return export(references, CitationFormat(citation_format)).rstrip("\n")


def cited(options: argparse.Namespace, engine: "Engine") -> str:
    """Return what `evidenca cite` prints for parsed arguments (see `add_arguments`).

    Raises:
        EvidencaError: what was asked for cannot be cited, see `by_number` and `behind`.
    """
    if options.question is not None:
        return cite_text(behind(options.question, engine), options.format)
    references = engine.documents[engine.article.id].references
    return cite_text(references if options.all else by_number(references, options.numbers), options.format)
