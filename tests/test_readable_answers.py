"""Answers that can be read by themselves: nothing torn off, nothing of another trial, no note out of place."""

import re

import pytest

from corpus.types import Language
from rag.answer import Outcome
from rag.engine import Engine, Turn
from rag.prose.readable import readable
from rag.prose.trials import unnamed
from rag.questions.plan import Route
from rag.tables.query import Column, Operation

SL, EN = Language.SL, Language.EN


@pytest.mark.parametrize(
    "question",
    [
        "Ali so bolniki s perianalnimi fistulami poročali o neželenih učinkih?",
        "Did the patients with perianal fistulas report side effects?",
    ],
)
def test_a_report_is_given_with_the_trial_it_is_of(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert "3.1.4.1:2.6" in {citation.id for citation in answer.citations}  # "The patients did not report …"
    assert "NCT05499156" in answer.answer


@pytest.mark.parametrize(
    ("piece", "given"),
    [
        ("3.1.6:2.8", ["3.1.6:2.7", "3.1.6:2.8"]),  # "This effect …"
        ("3.1.6:1.4", ["3.1.6:1.3", "3.1.6:1.4"]),  # "It is a hereditary disease …"
        ("abstract-sl:1.11", ["abstract-sl:1.11"]),  # "In this review …" refers to nothing before it
        ("3.1.6:2.5", ["3.1.6:2.4", "3.1.6:2.5"]),  # "In the same study …"
        ("1:2.5", ["1:2.4", "1:2.5"]),  # "Among other things they regulate …"
        ("3.1.7:1.1", ["3.1.7:1.1"]),
    ],
)
def test_a_sentence_that_goes_on_comes_with_the_one_before_it(engine: Engine, piece: str, given: list[str]) -> None:
    assert [chunk.id for chunk in readable((engine.index.chunks[piece],), engine.retriever)] == given


@pytest.mark.parametrize(
    "question", ["Kaj so pokazali rezultati študije NCT04276987?", "What did the results of NCT04276987 show?"]
)
def test_of_one_trial_nothing_of_another_is_told(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert "3.1.9:1.4" in {citation.id for citation in answer.citations}  # "The results showed …"
    assert set(re.findall(r"NCT\d+", answer.answer)) == {"NCT04276987"}


@pytest.mark.parametrize(
    ("pieces", "named"),
    [
        (["3.1.9:1.4", "3.1.9:1.5"], ["3.1.9:1.4"]),  # once for all that is told of it
        (["3.1.9:1.5", "3.1.9:1.7"], ["3.1.9:1.5", "3.1.9:1.7"]),  # "In addition …": of two trials
        (["3.1.9:1.3", "3.1.9:1.4"], []),  # the first sentence names it
        (["3.1.9:1.3", "3.1.9:1.7", "3.1.9:1.4"], ["3.1.9:1.7", "3.1.9:1.4"]),  # another one stands between
        (["3.1.9:1.2", "3.1.1:2.4"], []),  # studies without an id
    ],
)
def test_what_reports_on_a_trial_is_headed_by_its_name(engine: Engine, pieces: list[str], named: list[str]) -> None:
    assert list(unnamed([engine.index.chunks[piece] for piece in pieces], engine.retriever)) == named


@pytest.mark.parametrize(
    ("pieces", "given"),
    [
        (["3.1.1:2.6"], ["3.1.1:2.2", "3.1.1:2.6"]),  # "Meanwhile, the motor function of the legs …"
        (["3.1.1:2.4", "3.1.1:2.6"], ["3.1.1:2.2", "3.1.1:2.4", "3.1.1:2.6"]),
        (["3.1.1:2.3", "3.1.1:2.4"], ["3.1.1:2.3", "3.1.1:2.4"]),  # the first names what was administered
        (["3.1.2:1.7"], ["3.1.2:1.6", "3.1.2:1.7"]),  # "After 6 months …"
        (["3.1.6:2.7"], ["3.1.6:2.7"]),  # "Zhou et al. (2022) …"
        (["3.1.9:1.7"], ["3.1.9:1.7"]),  # of a registered trial the name is enough
    ],
)
def test_a_report_on_a_study_comes_with_what_opens_it(engine: Engine, pieces: list[str], given: list[str]) -> None:
    chunks = tuple(engine.index.chunks[piece] for piece in pieces)
    assert [chunk.id for chunk in readable(chunks, engine.retriever)] == given


@pytest.mark.parametrize("question", ["gibanje nog po sprostitvi TCS", "leg movement after surgery for TCS"])
def test_an_answer_on_a_study_tells_which_it_was(engine: Engine, question: str) -> None:
    cited = [citation.id for citation in engine.ask(question).citations]
    assert cited[0] == "3.1.1:2.2"
    assert "3.1.1:2.6" in cited


@pytest.mark.parametrize(
    ("first", "second", "descending"),
    [
        ("Koliko študij je v Iranu in na Kitajskem?", "Katera od teh dveh jih ima več?", True),
        ("How many trials are in Iran and how many in China?", "Which of the two has more?", True),
        ("How many trials are in Iran and how many in China?", "And which has fewer?", False),
    ],
)
def test_which_of_the_two_has_more(engine: Engine, first: str, second: str, descending: bool) -> None:
    query = engine.plan(second, history=[Turn("user", first)]).table
    assert query is not None
    assert (query.operation, query.group_by, query.n, query.descending) == (
        Operation.GROUP, Column.COUNTRY, 1, descending,
    )  # fmt: skip
    answer = engine.ask(second, history=[Turn("user", first)])
    most, fewest = ("Kitajska", "China"), ("Iran", "Iran")
    assert (most if descending else fewest)[answer.language is EN] in answer.sentences[0].text


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("V katerih državah preučujejo ALS?", Column.COUNTRY),
        ("Which countries are studying ALS?", Column.COUNTRY),
        ("Kakšen je status pri Crohnovi bolezni?", Column.STATUS),
        ("In which countries is long COVID being tested?", Column.COUNTRY),
    ],
)
def test_what_only_the_table_tells_needs_no_word_for_trial(engine: Engine, question: str, column: Column) -> None:
    plan = engine.plan(question)
    assert plan.route is Route.TABLE
    assert plan.table is not None
    assert column in plan.table.columns


@pytest.mark.parametrize(
    ("question", "noted"),
    [
        ("Koliko študij je v Iranu?", set()),
        ("How many trials are in Iran?", set()),
        ("Koliko udeležencev ima študija NCT05499156?", {"nct05499156-two-80s"}),
        ("How many participants does NCT05499156 have?", {"nct05499156-two-80s"}),
    ],
)
def test_notes_stand_where_they_concern_the_answer(engine: Engine, question: str, noted: set[str]) -> None:
    notes = {caveat.id for caveat in engine.ask(question).caveats}
    assert noted <= notes
    assert "registry-counts" not in notes


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("kolk stane terapija z vezikli", "koliko stane terapija z vezikli"),
        ("zakva so ZV boljsi", "zakaj so ZV boljsi"),
    ],
)
def test_spoken_forms_are_read_as_written(engine: Engine, spoken: str, written: str) -> None:
    one, other = engine.plan(spoken).question, engine.plan(written).question
    assert (one.expects, one.words, one.point) == (other.expects, other.words, other.point)
    assert one.text == spoken


@pytest.mark.parametrize(
    "question", ["Kaj o vremenu v Kopru pravi članek o veziklih?", "What does it say about vesicles and wine?"]
)
def test_no_front_matter_among_the_nearest_topics(engine: Engine, question: str) -> None:
    found = engine._prose.find(engine.plan(question))
    assert not [section for _, section in found.nearest if section in ("front", "references")]


@pytest.mark.parametrize("question", ["Ali lahko vezikli povzročijo raka?", "Can vesicles cause tumours?"])
def test_what_is_said_of_the_cells_is_no_answer_on_vesicles(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    spoken_of = [engine.retriever.things_of(engine.retriever.position[citation.id]) for citation in answer.citations]
    assert not answer.citations or any(things != {"cells"} for things in spoken_of)
    assert engine.ask("Ali lahko MSC povzročijo raka?").outcome is Outcome.ANSWERED
