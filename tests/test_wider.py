"""What the article does not answer as it was asked is asked again more widely, and only then refused."""

import pytest

from corpus.types import Language
from rag.answer import Answer, Grounding, Outcome, Support
from rag.engine import Engine, Turn
from rag.messages import IN_GENERAL, ONLY_TRIALS

SL, EN = Language.SL, Language.EN


def pieces(answer: Answer) -> set[str]:
    return {citation.id for citation in answer.citations}


@pytest.mark.parametrize(
    ("language", "question", "piece"),
    [
        (SL, "Kako pridobimo eksosome iz gojišča?", "2:4.4"),
        (EN, "how are exosomes isolated from culture medium", "2:4.4"),
        (EN, "could exosomes carry drugs?", "3:2.4"),
    ],
)
def test_what_is_said_of_vesicles_holds_for_exosomes(
    engine: Engine, language: Language, question: str, piece: str
) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.language is language
    assert piece in pieces(answer)


def test_an_answer_on_vesicles_in_general_says_so(engine: Engine) -> None:
    answer = engine.ask("exosomes as biomarkers")
    assert answer.sentences[0].text == IN_GENERAL[EN]
    assert answer.sentences[0].support is Support.NOTICE
    assert answer.question == "exosomes as biomarkers"
    assert answer.resolved_question == "EVs as biomarkers"
    assert "reflect the state of the cell" in answer.answer


@pytest.mark.parametrize(
    ("language", "question", "trial"),
    [
        (SL, "Bolnica z bulozno epidermolizo: ali je kaj v teku?", "NCT04173650"),
        (EN, "Has a dentist ever used these vesicles for periodontitis?", "NCT04270006"),
    ],
)
def test_what_the_table_alone_is_likely_to_tell_is_listed(
    engine: Engine, language: Language, question: str, trial: str
) -> None:
    answer = engine.ask(question)
    assert answer.sentences[0].text == ONLY_TRIALS[language]
    assert (answer.grounding, answer.missing) == (Grounding.PARTLY, (question,))
    assert answer.computation is not None
    assert answer.computation.rows == (f"table-2:{trial}",)


@pytest.mark.parametrize("question", ["list the cranial nerves", "a gre skozi kožo"])
def test_a_field_of_medicine_is_no_disease(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("kako se dajejo bolniku", {"3.1.8:1.5", "3.1.1:1.3", "3.1.6:2.1"}),
        (
            "what are the main obstacles before it reaches patients",
            {"3:2.5", "2:4.5", "2:4.6", "4:1.1", "abstract-en:1.8"},
        ),
    ],
)
def test_what_is_left_out_is_the_subject_of_the_article(engine: Engine, question: str, expected: set[str]) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert pieces(answer) & expected


@pytest.mark.parametrize("question", ["ali deluje pri sladkorni bolezni", "does it help in diabetes?"])
def test_a_disease_as_such_is_told_of_in_the_text(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert pieces(answer) & {"3.1.3:1.4", "3.1.3:1.6", "3.1.3:1.7"}


@pytest.mark.parametrize(
    ("question", "trial"),
    [
        ("epidermolysis bullosa", "NCT04173650"),
        ("bulozna epidermoliza", "NCT04173650"),
        ("exosomes for hair loss", "NCT05658094"),
        ("izpadanje las", "NCT05658094"),
        ("ali so preizkušali pri možganski kapi", "NCT03384433"),
        ("has it been tried in stroke", "NCT03384433"),
    ],
)
def test_a_disease_of_the_table_alone_lists_its_trials(engine: Engine, question: str, trial: str) -> None:
    answer = engine.ask(question)
    assert answer.computation is not None
    assert f"table-2:{trial}" in answer.computation.rows
    assert answer.grounding is Grounding.GROUNDED


@pytest.mark.parametrize(
    ("language", "question"), [(EN, "can it help ALS patients"), (SL, "ali to pomaga bolnikom z ALS")]
)
def test_whether_it_helps_is_not_told_by_the_table(engine: Engine, language: Language, question: str) -> None:
    answer = engine.ask(question)
    assert answer.sentences[0].text == ONLY_TRIALS[language]
    assert answer.grounding is Grounding.PARTLY
    assert answer.missing == (question,)
    assert answer.computation is not None
    assert answer.computation.rows == ("table-2:NCT06598202",)


@pytest.mark.parametrize(
    "question",
    [
        "lupus",
        "luskavica",
        "does it cure parkinsons",
        "ali lahko pomaga pri neplodnosti",
        "pulmonary fibrosis",
        "pljučna fibroza",
        "how much do exosomes cost per vial",
        "kolikšna je smrtnost pri ALS",
        "how many ALS patients improved",
    ],
)
def test_what_is_nowhere_is_refused_still(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


def test_in_a_dialogue_it_is_what_was_spoken_of(engine: Engine) -> None:
    """A pronoun after a question on something else does not stand for vesicles."""
    history = [Turn("user", "Kaj je GvHD?"), Turn("assistant", "…")]
    answer = engine.ask("Ali jo povzročajo virusi?", history=history)
    assert answer.outcome is Outcome.ABSTAINED
