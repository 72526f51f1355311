"""The two abstracts say the same: an answer gives the one in the asker's language."""

import pytest

from corpus.types import Language
from rag.engine import Engine
from rag.prose.select import _repeats
from rag.prose.twins import Twins, alike

SL, EN = Language.SL, Language.EN


@pytest.mark.parametrize(
    ("piece", "language", "given"),
    [
        ("abstract-en:1.8", SL, ["abstract-sl:1.9"]),
        ("abstract-sl:1.9", EN, ["abstract-en:1.8"]),
        ("abstract-en:1.2", SL, ["abstract-sl:1.2", "abstract-sl:1.3"]),  # one sentence there, two here
        ("abstract-sl:1.9", SL, ["abstract-sl:1.9"]),
        ("abstract-en:1.8", EN, ["abstract-en:1.8"]),
        ("2:2.2", EN, ["2:2.2"]),
    ],
)
def test_a_sentence_of_the_other_abstract_gives_way(
    engine: Engine, piece: str, language: Language, given: list[str]
) -> None:
    twins = Twins(engine.retriever.chunks)
    assert [chunk.id for chunk in twins.in_language((engine.index.chunks[piece],), language)] == given


def test_nothing_is_told_twice(engine: Engine) -> None:
    chunks = [engine.index.chunks[piece] for piece in ("abstract-sl:1.9", "abstract-en:1.8", "2:4.5")]
    assert [chunk.id for chunk in Twins(chunks).in_language(chunks, SL)] == ["abstract-sl:1.9", "2:4.5"]


def test_without_a_translation_a_sentence_has_no_twin(engine: Engine) -> None:
    chunks = [engine.index.chunks[piece] for piece in ("abstract-en:1.8", "2:4.5")]
    assert [chunk.id for chunk in Twins(chunks).in_language(chunks, SL)] == ["abstract-en:1.8", "2:4.5"]


def test_what_the_abstract_sums_up_repeats_it(engine: Engine) -> None:
    chunks = engine.index.chunks
    assert _repeats(chunks["abstract-sl:1.7"], chunks["2:2.2"])
    assert _repeats(chunks["abstract-en:1.7"], chunks["abstract-sl:1.2"])
    assert not _repeats(chunks["abstract-sl:1.7"], chunks["2:2.3"])
    assert not _repeats(chunks["3.1.9:1.3"], chunks["3.1.9:1.6"])  # two trials, told alike


def test_likeness_is_of_words_in_any_form() -> None:
    assert alike("EVs are released by cells", "cells releasing EVs") > 0.5
    assert alike("vezikle sproščajo celice", "sproščanje celic") > 0.5
    assert alike("", "") == 0
