"""Questions about the article's own contradictions: both sides, and the note that tells of them."""

import pytest

from rag.answer import Outcome
from rag.engine import Engine


@pytest.mark.parametrize(
    ("question", "cited", "note"),
    [
        ("Si članek nasprotuje glede števila kliničnih študij?", "3:1.7", "registry-counts"),
        ("Are there discrepancies in how many clinical trials the article counts?", "3:1.7", "registry-counts"),
        ("Je v članku protislovje glede očesnih študij?", "3.1.6:1.2", "eye-trials-two-or-four"),
        ("Is the text consistent with Table 2 on eye trials?", "3.1.6:1.2", "eye-trials-two-or-four"),
        ("Ali se odstotki v študiji NCT05402748 seštejejo?", "3.1.4.1:2.7", "nct05402748-percentages"),
        ("Do the percentages of trial NCT05402748 add up to 100?", "3.1.4.1:2.7", "nct05402748-percentages"),
        ("Ali si članek nasprotuje glede varnosti veziklov?", "3.1.2:1.7", "safety-and-adverse-effects"),
        ("Tabela 2 pravi, da ni rezultatov. Ali to drži za vse študije?", "3.1.4.1:2.5", "results-despite-caption"),
        (
            "Table 2 says no results are published; is that true of all its trials?",
            "3.1.4.1:2.5",
            "results-despite-caption",
        ),
    ],
)
def test_a_contradiction_is_answered_with_its_places(engine: Engine, question: str, cited: str, note: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert cited in [citation.id for citation in answer.citations]
    assert note in [caveat.id for caveat in answer.caveats]


@pytest.mark.parametrize(
    "question",
    [
        "Je bil bolnik po možganski kapi moški ali ženska?",
        "Was the stroke patient a man or a woman?",
        "Ali je cena zdravljenja 100 ali 200 evrov?",
        "Did the authors contradict earlier reviews on exosomes in cancer?",
    ],
)
def test_what_no_note_tells_of_is_not_made_one(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("question", "notes"),
    [
        ("Imajo študije iz Tabele 2 že objavljene rezultate?", {"results-despite-caption"}),
        ("Do the trials in Table 2 have published results yet?", {"results-despite-caption"}),
        ("V kateri fazi je študija perianalnih fistul pri Crohnovi bolezni?", {"fistula-trials-phase"}),
        ("Which phase is the trial on perianal fistulas in Crohn's disease?", {"fistula-trials-phase"}),
    ],
)
def test_a_note_that_touches_the_question_is_told(engine: Engine, question: str, notes: set[str]) -> None:
    assert notes <= {caveat.id for caveat in engine.ask(question).caveats}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("So študije NCT04602104 in NCT06279741 v Tabeli 2?", "Tabela 2 ne navaja NCT04602104 in NCT06279741."),
        ("Is NCT04602104 in Table 2?", "Table 2 does not list NCT04602104."),
    ],
)
def test_that_the_table_lacks_a_trial_is_said(engine: Engine, question: str, said: str) -> None:
    assert said in engine.ask(question).answer
