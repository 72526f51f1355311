"""Sentences that only announce what the text goes on to do: they answer nothing but a question about the article."""

import tomllib
from functools import cache
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.questions.patterns import Patterns
from rag.questions.question import Question


def asks_for_outline(question: Question) -> bool:
    """Return whether a question wants to know what the article does, which an announcement tells."""
    return _cues(question.language)["asked"].search(searchable(question.text)) is not None


def announces(chunk: Chunk) -> bool:
    """Return whether a sentence only says what follows it."""
    return chunk.kind is Kind.SENTENCE and _announces(chunk.text, chunk.language)


@cache
def _announces(text: str, language: Language) -> bool:
    return _cues(language)["announces"].search(searchable(text)) is not None


@cache
def _cues(language: Language) -> Patterns:
    data = tomllib.loads((Path(__file__).parent / "announce.toml").read_text(encoding="utf-8"))
    return Patterns(data[language])
