"""Words by which answers in sentences are put together: what points back, what reports, what asks why."""

import tomllib
from functools import cache
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Language
from ingest.chunk import Chunk
from rag.questions.patterns import Patterns
from rag.questions.question import Question


@cache
def cues_of(language: Language) -> Patterns:
    """Return the patterns of `answers.toml` for a language."""
    data = tomllib.loads((Path(__file__).parent / "answers.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])


def asks_why(question: Question) -> bool:
    """Return whether a question asks for a reason."""
    return cues_of(question.language)["why"].search(searchable(question.text)) is not None


def points_back(chunk: Chunk) -> bool:
    """Return whether a sentence cannot be read without the one before it: "This effect …"."""
    return cues_of(chunk.language)["bound"].match(searchable(chunk.text)) is not None


def follows_from_before(chunk: Chunk) -> bool:
    """Return whether a sentence tells what follows from the one before it: "Therefore …"."""
    return cues_of(chunk.language)["therefore"].search(searchable(chunk.text)) is not None
