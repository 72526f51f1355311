"""Advantages and drawbacks set against each other in a table: the right row and the right column."""

import pytest

from corpus.types import Kind, Language
from rag.answer import Support
from rag.engine import Engine
from rag.prose.claim import Verdict
from rag.prose.grid import compared
from rag.prose.select import select
from rag.questions.plan import Shape

SL, EN = Language.SL, Language.EN


@pytest.mark.parametrize(
    ("question", "cells"),
    [
        ("Katere so slabosti MSC?", {"table-1:1.3"}),
        ("What are the disadvantages of MSCs?", {"table-1:1.3"}),
        ("slabosti maticnih celic v primerjavi z vezikli", {"table-1:1.3"}),
        ("Kakšne so prednosti ZV pred matičnimi celicami?", {"table-1:2.2"}),
        ("What are the advantages of EVs over MSCs?", {"table-1:2.2"}),
        ("advantages of using MSCs rather than EVs", {"table-1:1.2"}),
        ("Prednosti uporabe ZV namesto MSC", {"table-1:2.2"}),
        ("drawbacks of EVs relative to the cells", {"table-1:2.3"}),
        ("What drawbacks do vesicles have compared with the cells that release them?", {"table-1:2.3"}),
        ("Slabosti veziklov v primerjavi s celicami, iz katerih izvirajo", {"table-1:2.3"}),
        ("Prednosti celic glede na vezikle, ki jih izločajo", {"table-1:1.2"}),
        ("advantages of cells unlike the vesicles they produce", {"table-1:1.2"}),
        ("What are the pros and cons of stem cells?", {"table-1:1.2", "table-1:1.3"}),
        ("Compare the advantages of EVs and MSCs", {"table-1:1.2", "table-1:2.2"}),
    ],
)
def test_a_cell_is_given_whole_and_nothing_else(engine: Engine, question: str, cells: set[str]) -> None:
    answer = engine.ask(question)
    cited = [citation.id for citation in answer.citations]
    assert {piece.rsplit(".", 1)[0] for piece in cited} == cells
    wanted = [piece for piece in engine.index.chunks if piece.rsplit(".", 1)[0] in cells and "-" not in piece[8:]]
    assert sorted(cited) == sorted(wanted)
    heads = [sentence.text for sentence in answer.sentences if sentence.support is Support.NOTICE]
    assert len(heads) == len(cells)
    assert all(head.endswith(":") and not head.isupper() for head in heads)


@pytest.mark.parametrize(
    "question",
    [
        "Kakšne so prednosti ZV pri boleznih dihal?",
        "What is the advantage of EVs in lung disease?",
        "Kateri so najpogostejši viri MSC?",
    ],
)
def test_what_asks_for_more_than_the_headings_is_left_to_the_text(engine: Engine, question: str) -> None:
    cited = {citation.id.rsplit(".", 1)[0] for citation in engine.ask(question).citations}
    assert cited != {"table-1:2.2"}
    assert not cited or any(not piece.startswith("table-1") for piece in cited)


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("Ali je res, da so prednosti ZV večje?", Verdict.PARTLY),
        ("Ali je res, da so prednosti ZV večje od prednosti MSC?", Verdict.PARTLY),
        ("Is it true that the advantages of EVs are greater?", Verdict.PARTLY),
        ("Is it true that EVs have more drawbacks than cells?", Verdict.PARTLY),
        ("Ali je res, da so ZV manjši od MSC?", Verdict.SUPPORTED),
        ("Is it true that EVs are cheaper than cells?", Verdict.CONTRADICTED),
    ],
)
def test_what_the_advantages_are_does_not_decide_how_great_they_are(
    engine: Engine, question: str, verdict: Verdict
) -> None:
    check = engine.ask(question).check
    assert check is not None
    assert check.verdict is verdict


@pytest.mark.parametrize(
    "question",
    [
        "Ali zdravljenje z vezikli pomaga pri epilepsiji?",
        "Does treatment with vesicles help in epilepsy?",
        "So matične celice že koga ozdravile?",
    ],
)
def test_a_cell_answers_nothing_by_its_row_alone(engine: Engine, question: str) -> None:
    asked = engine.plan(question).question
    selection = select(asked, engine.retriever, engine.retriever.score(asked), shape=Shape.SHORT)
    assert not [chunk.id for chunk, _ in selection.likely if chunk.kind is Kind.TABLE_CELL]


@pytest.mark.parametrize("question", ["Kako dolgo preživijo presajene MSC?", "Do the cells survive long afterwards?"])
def test_a_cell_that_says_what_is_asked_stays(engine: Engine, question: str) -> None:
    asked = engine.plan(question).question
    selection = select(asked, engine.retriever, engine.retriever.score(asked), shape=Shape.SHORT)
    assert "table-1:1.3.1" in [chunk.id for chunk, _ in selection.likely]


@pytest.mark.parametrize(
    ("question", "decisive"),
    [
        ("Kaj v hladilniku zdrži dlje, vezikli ali celice?", {"2:3.4", "table-1:2.2.5"}),
        ("Which last longer in storage, stem cells or vesicles?", {"2:3.4", "table-1:2.2.5"}),
        ("Kaj je dražje, ZV ali MSC?", {"2:3.6", "table-1:2.3.1"}),
        ("Which cost more, exosomes or stem cells?", {"2:3.6", "table-1:2.3.1"}),
        ("Za kaj so predpisi bolj jasni, za vezikle ali za celice?", {"table-1:1.2.3", "table-1:2.3.4"}),
        ("For which are the rules clearer, vesicles or cells?", {"table-1:1.2.3", "table-1:2.3.4"}),
    ],
)
def test_which_of_the_two_is_decided_by_what_compares_them(engine: Engine, question: str, decisive: set[str]) -> None:
    answer = engine.ask(question)
    assert decisive <= {citation.id for citation in answer.citations}


@pytest.mark.parametrize("question", ["Kaj stane več, vezikli ali zdravila?", "Do cells or vesicles glow brighter?"])
def test_nothing_is_decided_of_what_the_table_does_not_compare(engine: Engine, question: str) -> None:
    assert compared(engine.plan(question).question, engine.retriever.chunks) == ()
