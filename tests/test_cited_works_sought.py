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
        ("Which publication covers the pharmacokinetics of MSCs once in the body?", [18]),
        ("Where can I read more on macular holes?", [71, 72]),
        ("Kje lahko preberem kaj več o Alzheimerjevi bolezni?", [34, 35, 36, 38]),
        ("Is there further reading on bronchopulmonary dysplasia?", [78, 80]),
        ("Kaj naj torej preberem o makularni luknji?", [71, 72]),
        ("Review of rheumatic diseases and vesicles?", [44]),
        ("Kdo je že pisal o revmi in veziklih?", [44]),
        ("Viral infection, which paper?", [7]),
        ("Avtofagija in infarkt – kateri prispevek?", [76]),
        ("What should I read on osteoarthritis and EVs?", [43, 45, 46]),
        ("Literatura o ZV pri osteoartritisu?", [43, 45, 46]),
    ],
)
def test_something_to_read_on_a_subject(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "Iščem vir o čebelah.",
        "I need a source on the pharmacokinetics of warfarin.",
        "Je kak vir o avtofagiji pri kvasovkah?",
        "Any references on osteoarthritis in dogs?",
    ],
)
def test_what_no_work_is_about_is_not_found(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("amniotic fluid microglia paper", [37]),
        ("članek miR-21-5p", [77]),
        ("the 2020 dry eye paper", [69]),
        ("nerve repair after spinal surgery, authors", [39]),
        ("Vir: eksosomi, presadek, suho oko", [70]),
        ("Kawata et al. on the meniscus", [42]),
        ("Katagiri in sod. o meniskusu", [41]),
        ("Zuk fat tissue 2001", [12]),
        ("Kalluri Science 2020", [5]),
        ("meniskus viri", [40, 41, 42]),
    ],
)
def test_key_words(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "bone marrow MSC sources",
        "viri ZV",
        "Which source gives more vesicles, cord or fat?",
        "Kateri vir ZV je najbogatejši?",
    ],
)
def test_sources_of_cells_are_no_works(engine: Engine, question: str) -> None:
    assert engine.plan(question).route is Route.PROSE


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("I'm a nurse on an eye ward. Which papers about dry eye are cited?", [67, 68, 69, 70]),
        ("Sem medicinska sestra. Katere članke o suhem očesu navajajo?", [67, 68, 69, 70]),
        ("Rada bi se poučila o cirozi jeter. Kateri viri so navedeni?", [58]),
    ],
)
def test_what_somebody_says_of_themself_describes_no_work(engine: Engine, question: str, numbers: list[int]) -> None:
    assert set(numbers) <= set(cited(engine, question))
    assert len(cited(engine, question)) <= 5


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Source for fistulas in Crohn's disease?", [56]),
        ("Vir o fistulah pri Crohnovi bolezni?", [56]),
        ("Vir o fistulah brez Crohnove bolezni?", [57]),
    ],
)
def test_what_a_title_says_that_it_is_not_about(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Which 2022 reference is on stem cell therapy of human diseases?", [20]),
        ("Kateri vir iz leta 2022 je o zdravljenju bolezni pri ljudeh z matičnimi celicami?", [20]),
        ("Which systematic review on repair of the meniscus is cited?", [40]),
        ("Who wrote the ISEV position paper?", [30]),
        ("Kdo je napisal stališče ISEV?", [30]),
        ("Hao et al., rats with diabetes: journal?", [50]),
        ("Hao in sod., podgane s sladkorno boleznijo: revija?", [50]),
    ],
)
def test_a_topic_among_works_that_are_named_otherwise(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Which references are from IJMS?", [10, 24, 37, 63]),
        ("Kateri viri so iz revije IJMS?", [10, 24, 37, 63]),
        ("Willis et al., Am J Respir Crit Care Med?", [78]),
        ("Guo in sod., Cells", [68]),
        ("Pittenger as an author: which references?", [11, 19]),
        ("Pittenger kot avtor – katere reference?", [11, 19]),
        ("Which cited works are not articles?", [32]),
        ("Katera navedena dela niso članki?", [32]),
    ],
)
def test_journals_authors_and_books_in_few_words(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize("question", ["Willis et al.: the complete reference?", "Willis in sod.: celoten navedek?"])
def test_a_whole_entry(engine: Engine, question: str) -> None:
    assert "DOI: 10.1164/rccm.201705-0925OC" in engine.ask(question).answer


def test_what_authors_do_asks_for_no_authors(engine: Engine) -> None:
    answer = engine.ask("Please list what the authors cite on the liver.")
    assert answer.outcome is Outcome.ANSWERED
    assert "The authors of reference" not in answer.answer


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("On the basis of which study do they claim that EVs lower blood glucose in rats?", [50]),
        ("Na podlagi katere raziskave trdijo, da vezikli pri podganah znižajo krvni sladkor?", [50]),
        ("Kaj navajajo kot dokaz, da vezikli zavirajo limfocite T?", [54, 55]),
        ("S katerim virom podprejo varnost izolata veziklov pri vojaških poškodbah?", [46]),
    ],
)
def test_what_a_statement_is_based_on(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


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


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Who are the authors of reference thirty-three?", 33),
        ("What is source number twelve?", 12),
        ("Kaj je vir enainosemdeset?", 81),
        ("Navedi naslov reference pod številko sedemnajst.", 17),
    ],
)
def test_numbers_in_words(engine: Engine, question: str, number: int) -> None:
    assert cited(engine, question) == [number]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Gayton: where and when?", "Clin Ophthalmol; year: 2009"),
        ("Zuk in sod., kdaj in kje?", "Tissue Eng; leto: 2001"),
        ("Do any of the sources have Chinese authors?", "country of the authors"),
        ("Kateri viri so delo hrvaških raziskovalcev?", "država avtorjev"),
        ("Which of the references is meant for laypeople, for beginners?", "whom a work is meant for"),
        ("Kateri vir je primeren za začetnika?", "komu je delo namenjeno"),
        ("Most frequently cited author in the list?", "Liu Y"),
        ("Katero je najpogostejše ime med avtorji virov?", "Liu Y"),
        ("Which entries have no digital object identifier?", "32, 52 and 65"),
        ("Kateri zapisi v literaturi so brez oznake DOI?", "32, 52 in 65"),
    ],
)
def test_fields_by_other_names_and_what_no_list_gives(engine: Engine, question: str, said: str) -> None:
    assert said in engine.ask(question).answer


@pytest.mark.parametrize("question", ["references on asthma and vesicles", "Literatura o luskavici in eksosomih."])
def test_what_stands_beside_vesicles_must_be_named(engine: Engine, question: str) -> None:
    assert len(cited(engine, question)) <= 2


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Where does the claim about the size of apoptotic bodies come from?", [6, 7]),
        ("Od kod trditev o velikosti apoptotskih teles?", [6, 7]),
        ("JEV articles that are cited", [2, 30, 39]),
        ("Kje lahko o biogenezi eksosomov kaj preberem?", [6, 7]),
    ],
)
def test_where_a_statement_comes_from_and_journals_by_initials(
    engine: Engine, question: str, numbers: list[int]
) -> None:
    assert cited(engine, question) == numbers


def test_the_citation_of_a_work_is_not_that_of_the_article(engine: Engine) -> None:
    assert cited(engine, "Give me the full citation for the umbilical cord study on tethered spinal cord.") == [39]
    assert cited(engine, "Daj mi polno navedbo članka o odpravi pripete hrbtenjače.") == [39]
    own = engine.ask("What is the full citation of this article?")
    assert [citation.id for citation in own.citations] == ["front:citation"]
