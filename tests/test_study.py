"""Studies told over several sentences, and what a question wants to know of them."""

import pytest

from corpus.types import Kind, Language
from rag.engine import Engine
from rag.prose.readable import readable, told_through
from rag.prose.several import points_back
from rag.prose.study import Role, asked

SL, EN = Language.SL, Language.EN


@pytest.mark.parametrize(
    ("opening", "reports"),
    [
        ("3.1.4.1:2.3", ["3.1.4.1:2.4", "3.1.4.1:2.5", "3.1.4.1:2.6"]),  # aim, results, adverse effects
        ("3.1.1:2.2", ["3.1.1:2.3", "3.1.1:2.4", "3.1.1:2.5", "3.1.1:2.6"]),  # over the bound of two passages
        ("3.1.9:1.3", ["3.1.9:1.4", "3.1.9:1.5"]),  # the next one has another trial
        ("3.1.6:1.3", []),  # "It is a hereditary disease …" goes on about the disease
        ("3.1.5:1.3", []),
    ],
)
def test_a_study_is_its_opening_and_what_reports_on_it(engine: Engine, opening: str, reports: list[str]) -> None:
    retriever = engine.retriever
    study = retriever.studies.of(retriever.position[opening])
    assert study is not None
    assert [retriever.chunks[place].id for place in study.sentences] == [opening, *reports]


@pytest.mark.parametrize(
    ("piece", "roles", "finding"),
    [
        ("3.1.4.1:2.5", {Role.RESULTS}, True),
        ("3.1.4.1:2.6", {Role.SAFETY}, True),
        ("3.1.9:1.7", {Role.RESULTS, Role.SAFETY}, True),
        ("3.1.9:1.3", set(), False),
        ("3.1.3:1.2", {Role.RESULTS, Role.SAFETY}, False),  # how the disease is treated: in no study
    ],
)
def test_what_a_sentence_tells_of_a_study(engine: Engine, piece: str, roles: set[Role], finding: bool) -> None:
    position = engine.retriever.position[piece]
    assert engine.retriever.studies.roles(position) == roles
    assert engine.retriever.studies.is_finding(position) is finding


@pytest.mark.parametrize("piece", ["3.1.4.1:2.4", "3.1.4.2:1.6", "3.1.8:1.5", "3.1.9:1.6", "3.1.2:1.3"])
def test_what_is_to_be_found_out_is_no_finding(engine: Engine, piece: str) -> None:
    position = engine.retriever.position[piece]
    assert Role.AIM in engine.retriever.studies.roles(position)
    assert not engine.retriever.studies.is_finding(position)


def test_neighbours_are_those_of_the_paragraph(engine: Engine) -> None:
    retriever, studies = engine.retriever, engine.retriever.studies
    first, second = (retriever.position[piece] for piece in ("3.1.1:2.4", "3.1.1:2.5"))
    assert (studies.after(first), studies.before(second)) == (second, first)
    assert studies.before(retriever.position["3.1.1:2.1"]) is None
    assert studies.after(retriever.position["3.1.1:2.6"]) is None
    cells = [n for n, chunk in enumerate(retriever.chunks) if chunk.kind is not Kind.SENTENCE]
    assert all(studies.of(place) is None for place in cells)
    assert len(cells) > 100


@pytest.mark.parametrize(
    ("question", "language", "wanted"),
    [
        ("Kaj so ugotovili pri teh bolnikih?", SL, {Role.RESULTS}),
        ("What did the injections achieve?", EN, {Role.RESULTS}),
        ("Did the nose drops help?", EN, {Role.RESULTS}),
        ("Je bilo zdravljenje varno in učinkovito?", SL, {Role.SAFETY}),
        ("Were there side effects?", EN, {Role.SAFETY}),
        ("Koliko bolnikov je sodelovalo?", SL, set()),
        ("How many patients took part?", EN, set()),
    ],
)
def test_what_a_question_wants_to_know_of_a_study(question: str, language: Language, wanted: set[Role]) -> None:
    assert asked(question, language) == wanted


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("Kako je terapija koristila bolnikom s fistulami?", ["3.1.4.1:2.3", "3.1.4.1:2.5"]),
        ("In what way did the fistula patients improve?", ["3.1.4.1:2.3", "3.1.4.1:2.5"]),
        ("Ali je bilo injiciranje v fistule varno?", ["3.1.4.1:2.3", "3.1.4.1:2.6"]),
        ("Was injecting the fistulas safe?", ["3.1.4.1:2.3", "3.1.4.1:2.6"]),
        ("Iz katerega tkiva so bili vezikli za fistule?", ["3.1.4.1:2.3", "3.1.4.1:2.4", "3.1.4.1:2.7"]),
        ("Which tissue did the EVs for fistulas come from?", ["3.1.4.1:2.3", "3.1.4.1:2.4", "3.1.4.1:2.7"]),
    ],
)
def test_what_was_found_is_told_and_no_other_study(engine: Engine, question: str, given: list[str]) -> None:
    chosen = tuple(engine.index.chunks[piece] for piece in ("3.1.4.1:2.3", "3.1.4.1:2.4", "3.1.4.1:2.7"))
    told = told_through(engine.plan(question).question, chosen[0], chosen, engine.retriever)
    assert [chunk.id for chunk in told] == given


def test_what_was_found_is_left_alone_where_it_is_chosen(engine: Engine) -> None:
    chosen = tuple(engine.index.chunks[piece] for piece in ("3.1.4.1:2.5", "3.1.4.1:2.7"))
    question = engine.plan("In what way did the fistula patients improve?").question
    assert told_through(question, chosen[0], chosen, engine.retriever) == chosen


@pytest.mark.parametrize(
    "question", ["Zakaj so vezikli zdaj dražji od samih celic?", "Why is obtaining EVs more expensive than the cells?"]
)
def test_a_reason_stands_before_what_follows_from_it(engine: Engine, question: str) -> None:
    cited = [citation.id for citation in engine.ask(question).citations]
    assert cited[:2] == ["2:3.5", "2:3.6"]


def test_what_follows_is_given_alone_to_those_who_do_not_ask_why(engine: Engine) -> None:
    piece = (engine.index.chunks["2:3.6"],)
    assert [chunk.id for chunk in readable(piece, engine.retriever)] == ["2:3.6"]
    assert [chunk.id for chunk in readable(piece, engine.retriever, reasons=True)] == ["2:3.5", "2:3.6"]


@pytest.mark.parametrize(
    ("part", "language", "back"),
    [
        ("kaj bi z njimi prihranili", SL, True),
        ("what would they save", EN, True),
        ("what would be gained with vesicles instead", EN, True),
        ("koliko stane centrifugiranje", SL, False),
        ("how much does spinning cost", EN, False),
    ],
)
def test_a_part_that_says_them_is_about_what_the_other_names(part: str, language: Language, back: bool) -> None:
    assert points_back(part, language) is back
