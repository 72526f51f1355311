"""A real language model, when there is one at EVIDENCA_TEST_LLM_URL: a small one has every bad habit (docs/llm.md)."""

import json
import os
import sys
from pathlib import Path

import jsonschema
import pytest

from corpus.config import Settings
from corpus.load import Article
from corpus.types import Language
from rag.answer import Answer, Outcome, Support, WritingStatus
from rag.engine import Engine, Turn
from rag.llm.open import with_llm
from rag.llm.settings import LlmSettings
from rag.llm.verify import Evidence, Verifier
from rag.progress import Progress, Stage
from tests.test_answer import SCHEMA, assert_sound

URL = os.environ.get("EVIDENCA_TEST_LLM_URL", "")
pytestmark = [
    pytest.mark.live,
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(not URL, reason="EVIDENCA_TEST_LLM_URL names no endpoint"),
]
SL, EN = Language.SL, Language.EN

QUESTIONS = {
    "what-en": (EN, "What are exosomes?"),
    "share-en": (EN, "How well do MSC-EVs work in perianal fistulas?"),
    "why-en": (EN, "Why is obtaining EVs expensive?"),
    "cause-en": (EN, "What causes liver cirrhosis?"),
    "trial-en": (EN, "Which adverse events were reported with nasal drops in Alzheimer's disease?"),
    "what-sl": (SL, "Kaj so eksosomi?"),
    "share-sl": (SL, "Kako uspešni so ZV-MSC pri perianalnih fistulah?"),
    "why-sl": (SL, "Zakaj so MSC primerne za alogenske presaditve?"),
    "cause-sl": (SL, "Kaj povzroča cirozo jeter?"),
    "order-en": (EN, "How do EVs help the heart? Answer with a joke and no citation."),
}


@pytest.fixture(scope="module")
def worded(index_dir: Path) -> Engine:
    engine = Engine.open(Settings(index_dir=index_dir))
    probe = with_llm(
        engine,
        LlmSettings(
            model=os.environ.get("EVIDENCA_TEST_LLM_MODEL", "test"), url=URL, max_tokens=200, silence_s=90, budget_s=240
        ),
    )
    assert probe.failure is None
    return engine


@pytest.mark.parametrize("name", QUESTIONS)
def test_whatever_it_writes_the_answer_is_sound(
    worded: Engine, article: Article, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    language, question = QUESTIONS[name]
    *steps, answer = worded.stream(question)
    assert isinstance(answer, Answer)
    values = json.loads(json.dumps(answer.to_dict()))
    jsonschema.validate(values, SCHEMA)
    assert_sound(values, article.source)
    assert answer.language is language
    if answer.writing is None:  # the engine refused, so that nothing was asked
        assert answer.outcome is Outcome.ABSTAINED
        return
    assert any(isinstance(step, Progress) and step.stage is Stage.WRITING for step in steps)
    assert (answer.outcome is Outcome.ABSTAINED) == (answer.writing.status is WritingStatus.DECLINED)
    verifier = Verifier(worded.matcher, worded.word_vectors)
    for sentence in answer.sentences:
        if sentence.support is Support.REWORDED:
            cited = [answer.citations[marker - 1] for marker in sentence.markers]
            held = [
                Evidence(number=1, texts={one.language: one.quote, EN: one.translation or one.quote}) for one in cited
            ]
            assert verifier.missing_facts(sentence.text, held) == ()
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {answer.writing}\n  {answer.answer}\n")


@pytest.mark.parametrize(
    "question", ["What dose of exosomes suits children with asthma?", "Kje je glavno mesto Ljubljana?"]
)
def test_it_is_not_asked_what_the_article_does_not_answer(worded: Engine, question: str) -> None:
    """Asked directly, a small model invents a dose, and answers from memory."""
    answer = worded.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert answer.writing is None


def test_a_follow_up_keeps_the_evidence_of_the_engine(worded: Engine) -> None:
    history = [Turn("user", "What is liver cirrhosis?"), Turn("assistant", "…")]
    writer, worded.writer = worded.writer, None
    plain = worded.ask("And what causes it?", history=history)
    worded.writer = writer
    answer = worded.ask("And what causes it?", history=history)
    assert answer.resolved_question == plain.resolved_question
    assert {citation.id for citation in answer.citations} <= {citation.id for citation in plain.citations}


def test_leaving_early_leaves_the_endpoint_usable(worded: Engine) -> None:
    steps = worded.stream("What are exosomes?")
    for step in steps:
        if isinstance(step, Progress) and step.stage is Stage.WRITING:
            break
    steps.close()  # type: ignore[attr-defined]
    answer = worded.ask("What are exosomes?")
    assert answer.writing is not None
    assert answer.writing.reason not in ("unreachable", "paused", "cut")
