"""Questions of further writers on the table of trials and on the bibliography are answered, nearly all."""

from pathlib import Path

import pytest

import eval as eval_package
from corpus.load import Article
from corpus.types import Document, Language
from eval.gold import Suite, load_suite
from eval.run import evaluate
from eval.summary import scored
from eval.systems import EvidencaSystem
from rag.engine import Engine

SUITES = Path(eval_package.__file__).parent / "suites"
# Of these questions so many are answered rightly at least; they were read while the readers of questions were built.
LEAST = 0.95

pytestmark = pytest.mark.model


@pytest.fixture(params=["tables", "references"])
def suite(request: pytest.FixtureRequest, article: Article, document: Document) -> Suite:
    return load_suite(SUITES / f"{request.param}.jsonl", article, document)


def test_further_suites_are_answered(
    engine: Engine, suite: Suite, article: Article, document: Document, tmp_path: Path
) -> None:
    run = evaluate(suite, EvidencaSystem(engine), article=article, document=document, folder=tmp_path)
    found = scored(suite, run.records)
    for language in Language:
        own = [one for one in found if one.value.item.lang is language]
        wrong = [one.value.item.id for one in own if not one.record.passed]
        assert len(wrong) <= (1 - LEAST) * len(own), wrong
    assert not [one.value.item.id for one in found if one.record.hard]
