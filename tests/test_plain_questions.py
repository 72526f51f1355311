"""Questions in plain words: other names of things, what the article has not, what stands beside the table."""

import pytest

from rag.answer import Outcome, Reason
from rag.engine import Engine
from rag.questions.plan import Route


@pytest.mark.parametrize(
    ("question", "piece"),
    [
        ("Ali so bile kapljice za nos pri pozabljivosti varne?", "3.1.1:1.4"),
        ("Are nose drops safe for patients with memory problems?", "3.1.1:1.4"),
        ("Kako vezikli vplivajo na srčni napad?", "3.1.7:1.1"),
        ("What do vesicles do after a heart attack?", "3.1.7:1.1"),
        ("Ali vezikli uravnavajo strjevanje krvi?", "1:2.5"),
        ("Do vesicles regulate blood clotting?", "1:2.5"),
        ("Kaj se je pokazalo pri obrabi sklepov po enem odmerku?", "3.1.2:1.7"),
        ("What was seen in patients with wear and tear of the joints after one dose?", "3.1.2:1.7"),
    ],
)
def test_other_names_of_things_are_understood(engine: Engine, question: str, piece: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert piece in {citation.id for citation in answer.citations}


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("Kaj je na Sliki 4?", "Slike 4"),
        ("What can be seen in Figure 4?", "Figure 4"),
        ("Koliko študij je v preglednici 5?", "Tabele 5"),
        ("How many trials does Table 5 list?", "Table 5"),
    ],
)
def test_a_table_or_figure_that_is_not_there(engine: Engine, question: str, absent: str) -> None:
    answer = engine.ask(question)
    assert answer.reason is Reason.NOT_IN_ARTICLE
    assert absent in answer.answer


@pytest.mark.parametrize(
    ("question", "captions"),
    [
        ("Kaj prikazuje Tabela 1?", {"table-1:caption"}),
        ("What does Table 1 show?", {"table-1:caption"}),
        ("What does Figure 1 show?", {"figure-1:caption"}),
    ],
)
def test_of_a_table_named_by_its_number_no_other_caption_is_given(
    engine: Engine, question: str, captions: set[str]
) -> None:
    cited = {citation.id for citation in engine.ask(question).citations}
    assert {piece for piece in cited if piece.endswith(":caption")} == captions


@pytest.mark.parametrize(
    "question",
    ["Ali je v Evropi kakšna klinična študija na ušesih?", "Are there any trials on the ear in Europe?"],
)
def test_what_no_row_is_about_may_stand_in_the_text(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert [citation.id for citation in answer.citations][:2] == ["3.1.9:2.1", "table-2:caption"]


@pytest.mark.parametrize("question", ["Ali je kakšna študija pri astmi?", "Are there any trials on asthma?"])
def test_what_neither_is_about_is_told_by_the_table_alone(engine: Engine, question: str) -> None:
    assert {citation.id for citation in engine.ask(question).citations} == {"table-2:caption"}


@pytest.mark.parametrize(
    ("question", "route"),
    [
        ("Kje se pojavijo perianalne fistule?", Route.PROSE),
        ("Where do perianal fistulas occur?", Route.PROSE),
        ("Kje preizkušajo zdravljenje perianalnih fistul?", Route.TABLE),
        ("Where are perianal fistulas being tested?", Route.TABLE),
    ],
)
def test_where_something_arises_is_no_country(engine: Engine, question: str, route: Route) -> None:
    assert engine.plan(question).route is route


@pytest.mark.parametrize(
    "question",
    [
        "Katera blagovna znamka kapljic je bila uporabljena pri demenci?",
        "Which brand of drops did the patients with dementia get?",
        "Kdo je prvi predlagal izraz eksosom?",
        "Who introduced the term exosome?",
    ],
)
def test_brands_and_who_coined_a_word_are_not_made_up(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("question", "piece"),
    [
        ("Ali ClinicalTrials.gov preverja kakovost študij?", "3:1.6"),
        ("What do vesicles do to heart muscle cells?", "3.1.7:1.2"),
    ],
)
def test_what_only_leads_up_is_left_out(engine: Engine, question: str, piece: str) -> None:
    assert engine.ask(question).citations[0].id == piece


@pytest.mark.parametrize("question", ["Kaj so matične celice?", "What are stem cells?"])
def test_a_row_defines_nothing(engine: Engine, question: str) -> None:
    cited = [citation.id for citation in engine.ask(question).citations]
    assert cited[0] == "2:1.2"
    assert not [piece for piece in cited if piece.startswith("table-2:NCT")]


@pytest.mark.parametrize(
    "question",
    [
        "Koliko je bila stara deklica?",
        "What age was the girl?",
        "How old was the girl?",
        "Koliko pripravka je dobila deklica?",
        pytest.param(
            "How much of the preparation did the girl get?",
            marks=pytest.mark.xfail(reason="the right sentence is found, but held too unsure"),
        ),
    ],
)
def test_a_quantity_is_given_where_all_that_is_named_stands_with_it(engine: Engine, question: str) -> None:
    assert "3.1.1:2.3" in {citation.id for citation in engine.ask(question).citations}


@pytest.mark.parametrize(
    "question",
    ["Kako pogosto morajo bolniki na dializo?", "How often do patients need dialysis?", "How long does dialysis take?"],
)
def test_a_quantity_of_something_else_is_none(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED
