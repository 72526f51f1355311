"""Questions that take for granted what the article denies: "What is the first approved vesicle medicine for?".

Such a question shares most of its words with a sentence on something else, an approved medicine with cells, and
few with the one that puts it right. So what is taken for granted is read from the question, and the sentences
that deny it are found by how they do.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from corpus.terms import searchable
from corpus.types import Kind, Language
from ingest.chunk import Chunk
from rag.prose.claim import things
from rag.questions.patterns import Patterns
from rag.questions.question import Question

_OF = "vesicles"
_ABSTRACT = "abstract"


def put_right(question: Question, chunks: Sequence[Chunk]) -> tuple[Chunk, ...]:
    """Return the sentences that deny what a question takes for granted of the vesicles; none where it does not."""
    # As asked, without the turn before: "the one that was approved" may be another thing than that was about.
    folded = searchable(question.text)
    if set(things(folded)) != {_OF}:
        return ()
    return tuple(
        chunk
        for premise in _premises()
        if premise[question.language]["taken"].search(folded) and not premise[question.language]["open"].search(folded)
        for chunk in chunks
        if chunk.kind is Kind.SENTENCE
        and not chunk.section.startswith(_ABSTRACT)
        and premise[chunk.language]["denied"].search(searchable(chunk.text))
    )


@cache
def _premises() -> tuple[Mapping[Language, Patterns], ...]:
    data = tomllib.loads((Path(__file__).parent / "premise.toml").read_text(encoding="utf-8"))
    return tuple({language: Patterns(sides[language]) for language in Language} for sides in data.values())
