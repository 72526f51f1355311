"""Overviews of fields and lists of studies: what was found, wherever it stands, and no background."""

import pytest

from rag.answer import Outcome
from rag.engine import Engine
from rag.prose.select import EXTENTS
from rag.questions.plan import Shape


def _cited(engine: Engine, question: str) -> list[str]:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    return [citation.id for citation in answer.citations]


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Povzemi raziskave ZV pri srčnih boleznih.", {"3.1.7:1.1", "3.1.7:1.2"}),
        ("Summarise the research on EVs in heart disease.", {"3.1.7:1.1", "3.1.7:1.2"}),
        ("Kaj vemo o veziklih pri Alzheimerjevi bolezni?", {"3.1.1:1.2", "3.1.1:1.4"}),
        ("An overview of the findings in Alzheimer's disease, please.", {"3.1.1:1.2", "3.1.1:1.4"}),
        ("Kaj so pokazale študije na področju ortopedije?", {"3.1.2:1.2", "3.1.2:1.7"}),
        ("What have studies shown in orthopaedics?", {"3.1.2:1.2", "3.1.2:1.7"}),
        ("What have studies of vesicles in dry eye disease shown?", {"3.1.6:2.4", "3.1.6:2.7"}),
    ],
)
def test_an_overview_tells_what_was_found_in_its_field(engine: Engine, question: str, given: set[str]) -> None:
    cited = _cited(engine, question)
    assert given <= set(cited)
    assert len({piece.split(":")[0] for piece in cited}) == 1
    assert all(engine.retriever.studies.is_finding(engine.retriever.position[piece]) for piece in cited)


@pytest.mark.parametrize(
    "question",
    ["Povzemi izsledke o ZV pri cirozi jeter in GvHD.", "Sum up: overview of EVs in liver cirrhosis and GvHD"],
)
def test_each_topic_has_its_turn(engine: Engine, question: str) -> None:
    sections = {piece.split(":")[0] for piece in _cited(engine, question)}
    assert {"3.1.4.2", "3.1.5"} <= sections


@pytest.mark.parametrize("question", ["Povzemi izsledke v oftalmologiji.", "Summarise the findings in ophthalmology."])
def test_an_overview_keeps_its_extent_and_covers_the_diseases_of_a_field(engine: Engine, question: str) -> None:
    cited = _cited(engine, question)
    assert {piece.split(".")[2][2:] for piece in cited} == {"1", "2", "3"}  # retinitis, dry eye, macular hole
    extent = EXTENTS[Shape.OVERVIEW]
    assert len(cited) <= extent.pieces
    assert sum(len(engine.index.chunks[piece].text.split()) for piece in cited) <= extent.words


@pytest.mark.parametrize(
    "question",
    [
        "Povzemi, kaj je znanega o ZV pri multipli sklerozi.",
        "Summarise what is known about EVs in epilepsy.",
    ],
)
def test_a_field_without_studies_has_no_overview(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


def test_an_overview_of_something_else_is_none_of_findings(engine: Engine) -> None:
    for question in ("Kateri so glavni izzivi pri proizvodnji ZV?", "Summarise the main challenges in EV production."):
        cited = _cited(engine, question)
        assert not any(piece.startswith("3.1.") for piece in cited)


HARMLESS = {"3.1.1:1.4", "3.1.3:1.6", "3.1.4.1:2.6", "3.1.9:1.5", "3.1.9:1.7"}


@pytest.mark.parametrize(
    "question", ["V katerih raziskavah ni bilo neželenih učinkov?", "Which trials reported no adverse effects?"]
)
def test_a_list_gathers_all_that_say_so_and_none_that_denies_it(engine: Engine, question: str) -> None:
    cited = set(_cited(engine, question))
    assert cited >= HARMLESS
    assert "3.1.2:1.7" not in cited  # there some did report them


@pytest.mark.parametrize(
    "question",
    ["V katerih študijah so poročali o neželenih učinkih?", "In which studies were adverse effects reported?"],
)
def test_the_opposite_list_holds_only_the_others(engine: Engine, question: str) -> None:
    cited = set(_cited(engine, question))
    assert "3.1.2:1.7" in cited
    assert not cited & HARMLESS
