"""Works that somebody looks for: something to read on a subject, by key words, behind a table, without a DOI."""

import pytest

from rag.answer import Outcome
from rag.engine import Engine, Turn
from rag.questions.plan import Route


def cited(engine: Engine, question: str) -> list[int]:
    """The references that an answer lists."""
    return sorted(
        number
        for citation in engine.ask(question).citations
        for number in citation.references
        if citation.id == f"ref:{number}"
    )


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Is there a reference about how the age of a donor affects stem cells in bone marrow?", [27]),
        ("Potrebujem članek o starosti darovalca in matičnih celicah kostnega mozga.", [27]),
        ("I am looking for a source on GMP rooms for cell products.", [32]),
        ("Najdi vir o prostorih za celična zdravila po GMP.", [32]),
        pytest.param(
            *("Which publication covers the pharmacokinetics of MSCs once in the body?", [18]),
            marks=pytest.mark.xfail(strict=True, reason="14 is listed as well"),
        ),
        ("Where can I read more on macular holes?", [71, 72]),
        ("Kje lahko preberem kaj več o Alzheimerjevi bolezni?", [34, 35, 36, 38]),
    ],
)
def test_something_to_read_on_a_subject(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "Iščem vir o čebelah.",
        pytest.param(
            "I need a source on the pharmacokinetics of warfarin.",
            marks=pytest.mark.xfail(strict=True, reason="18 is on pharmacokinetics, of other things"),
        ),
    ],
)
def test_what_no_work_is_about_is_not_found(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        pytest.param(
            *("amniotic fluid microglia paper", [37]),
            marks=pytest.mark.xfail(strict=True, reason="three words that tell no language"),
        ),
        pytest.param(
            *("članek miR-21-5p", [77]),
            marks=pytest.mark.xfail(strict=True, reason="taken for a question about the article itself"),
        ),
        ("Zuk fat tissue 2001", [12]),
        ("Kalluri Science 2020", [5]),
        ("meniskus viri", [40, 41, 42]),
    ],
)
def test_key_words(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize("question", ["bone marrow MSC sources", "viri ZV"])
def test_sources_of_cells_are_no_works(engine: Engine, question: str) -> None:
    assert engine.plan(question).route is Route.PROSE


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("What are the sources of Table 1?", [24, 25, 26]),
        ("Na katere vire se opira Tabela 1?", [24, 25, 26]),
        ("Which entries come without a DOI?", [32, 52, 65]),
        ("Pri katerih vnosih manjka PMID?", [32, 46, 65, 85]),
        ("Which articles in 2025 are there?", [39, 85]),
        ("Which articles did Clinical Ophthalmology publish?", [64, 67]),
        ("Kaj citirajo v podpoglavju o cirozi jeter?", [58, 59]),
    ],
)
def test_by_what_an_entry_has_and_where_it_is_cited(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Which two papers describe T lymphocytes in the intestine?", [54, 55]),
        ("Kateri dve deli obravnavata limfocite T v črevesju?", [54, 55]),
        ("Who reported better renal function in people with chronic kidney disease?", [48]),
        ("Kdo je pri bolnikih s kronično ledvično boleznijo opazil boljše delovanje ledvic?", [48]),
        ("Who has written about complications and side effects of stromal cell therapy?", [22]),
        ("A girl was treated for a tethered cord. Who reported this?", [39]),
        ("Diabetic nephropathy in mice, reverted fibrosis. Authors?", [49]),
        ("Kdo je miškam z ogljikovim tetrakloridom okvaril jetra?", [59]),
    ],
)
def test_what_is_said_of_a_work_tells_it_from_its_neighbours(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Standardised procedures for producing larger quantities are still lacking – which sources?", [2, 24, 31]),
        ("Za proizvodnjo v večjih količinah ni standardiziranega postopka – kateri viri so to?", [2, 24, 31]),
        ("Which reference do they give when introducing the phases of clinical trials?", [33]),
        ("Katere reference stojijo ob trditvi, da lahko presajene celice sprožijo neželene učinke?", [21, 22, 23]),
    ],
)
def test_the_sources_of_a_statement(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("Who wrote this review?", "And how many references does it have?", "85"),
        ("Kdo je napisal ta članek?", "Kateri je njegov DOI?", "10.6016"),
        ("Kdo so avtorice?", "Kateri je njihov e-naslov?", "ztm.si"),
        ("What did trial NCT04493242 find?", "What is the PubMed number of that paper?", "37356708"),
    ],
)
def test_a_follow_up_on_the_article_or_a_work(engine: Engine, first: str, then: str, said: str) -> None:
    history = [Turn("user", first), Turn("assistant", engine.ask(first).answer)]
    assert said in engine.ask(then, history=history).answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("To whom do I send questions?", "@"),
        ("Na koga naj se obrnem z vprašanji?", "@"),
        ("When did the editors receive the manuscript?", "18. 4. 2025"),
        ("Na katerih straneh revije je članek?", "297"),
    ],
)
def test_the_article_itself(engine: Engine, question: str, said: str) -> None:
    assert engine.plan(question).route is Route.ARTICLE
    assert said in engine.ask(question).answer
