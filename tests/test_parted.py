"""Questions of several parts, each answered as if they were asked one after another."""

from dataclasses import replace

import pytest

from rag.answer import AnswerSentence, Grounding, Outcome, Support
from rag.engine import Engine
from rag.routes.parted import in_parts

pytestmark = pytest.mark.model

# A question of two parts, and a piece that each of them needs.
BOTH = [
    ("Na čem temelji učinek veziklov pri vnetju črevesja in katere makrofage spodbujajo vezikli kostnega mozga?",
     "3.1.4.1:1.3", "3.1.4.1:1.4"),
    ("Which cells can MSCs turn into, and which tissues are they mostly taken from?", "2:1.5", "2:4.1"),
    ("Which mutation in retinitis pigmentosa has a gene therapy, and how many people are in the trial with vesicles?",
     "3.1.6:1.5", "table-2:NCT05413148"),
    ("Kako so vezikle dali bolnikom z Alzheimerjevo boleznijo in v kateri državi poteka študija?",
     "3.1.1:1.4", "table-2:NCT04388982"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "first", "second"), BOTH, ids=[case[0] for case in BOTH])
def test_each_part_is_answered(question: str, first: str, second: str, engine: Engine) -> None:
    answer = engine.ask(question)
    assert {first, second} <= {citation.id for citation in answer.citations}, answer.answer
    texts = [sentence.text for sentence in answer.sentences]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Where do MSCs most often come from, and how many cells does a gram of fat yield?", "gram of fat"),
        ("Kateri so najpogostejši viri MSC in koliko celic da gram maščobe?", "gram maščobe"),
    ],
)
def test_a_part_that_is_not_answered_is_named(question: str, missing: str, engine: Engine) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.grounding is Grounding.PARTLY
    assert any(missing in part for part in answer.missing)
    assert "2:4.1" in {citation.id for citation in answer.citations}


@pytest.mark.parametrize(
    "question",
    [
        "Have vesicles been tried in asthma, and how well did it work?",
        "So vezikle preizkusili tudi pri astmi in kako uspešno?",
        "What is the capital of Turkey, and how large is its population?",
        "Katero je glavno mesto Turčije in kako veliko je?",
    ],
)
def test_what_goes_on_from_an_unanswered_part_is_not_answered_by_something_else(question: str, engine: Engine) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


def test_no_part_is_called_missing_beside_its_answer(engine: Engine) -> None:
    plan = engine.plan("What is GvHD, and what are exosomes?")
    alone = {part: engine.ask(part) for part in ("What is GvHD", "what are exosomes?")}
    notice = AnswerSentence(text="The article does not answer this part.", markers=(), support=Support.NOTICE)
    first = alone["What is GvHD"]
    partly = replace(
        first, sentences=(*first.sentences, notice), grounding=Grounding.PARTLY, missing=("what are exosomes?",)
    )
    answer = in_parts(plan, partly, lambda part, before: alone[part], engine._desk)
    assert answer is not None
    assert notice not in answer.sentences
    assert (answer.grounding, answer.missing) == (Grounding.GROUNDED, ())
    assert {c.id for one in alone.values() for c in one.citations} == {c.id for c in answer.citations}


@pytest.mark.parametrize("question", ["What are exosomes?", "Kaj so eksosomi?", "Is it true that vesicles are cells?"])
def test_one_question_has_no_parts(question: str, engine: Engine) -> None:
    def never(part: str, before: object) -> None:
        pytest.fail(f"asked {part}")

    plan = engine.plan(question)
    assert in_parts(plan, engine.ask(question), never, engine._desk) is None  # type: ignore[arg-type]
