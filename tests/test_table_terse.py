"""Terse questions about the table, and what people say of its columns in other words; in both languages."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.engine import Engine
from rag.prose.parts import asks
from rag.questions.plan import Route
from rag.tables.compose import compose
from rag.tables.execute import TableResult, execute
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from tests.test_table_queries import CANCER, EN, EYE, FISTULA, JOINT, ROWS, SL, TEETH, Where

O = Operation  # noqa: E741

CASES: list[tuple[str, Language, Operation, Where]] = [
    # No trial is named, but what only the table can tell.
    ("Nemčija: za katero indikacijo?", SL, O.DISTINCT, lambda r: r.country == "Nemčija"),
    ("Brazil: what for?", EN, O.DISTINCT, lambda r: r.country == "Brazilija"),
    ("Kaj preizkušajo v Braziliji?", SL, O.DISTINCT, lambda r: r.country == "Brazilija"),
    ("What is Egypt working on?", EN, O.DISTINCT, lambda r: r.country == "Egipt"),
    ("rak danke Iran", SL, O.LIST, lambda r: r.goal == "Rak danke"),
    ("melasma China", EN, O.LIST, lambda r: r.goal == "Melazma"),
    ("Katere onkološke indikacije so na spisku?", SL, O.DISTINCT, lambda r: r.goal in CANCER),
    ("Which dental indications are there?", EN, O.DISTINCT, lambda r: r.goal in TEETH),
    ("Koliko vnosov je o fistulah?", SL, O.COUNT, lambda r: r.goal in FISTULA),
    ("ophthalmology entries count", EN, O.COUNT, lambda r: r.goal in EYE),
    ("Katera faza prevladuje?", SL, O.GROUP, lambda r: True),
    ("Most frequent phase?", EN, O.GROUP, lambda r: True),
    ("Koliko študij je o kosteh in sklepih?", SL, O.COUNT, lambda r: r.goal in JOINT),
    ("How many studies look at joints and bones?", EN, O.COUNT, lambda r: r.goal in JOINT),
    # What stands before a colon or dash narrows the rows.
    ("Dolgi covid z avtolognimi celicami: država?", SL, O.LIST, lambda r: r.id == "NCT05669261"),
    ("Dry eye after laser surgery: how many patients?", EN, O.SUM, lambda r: r.id == "NCT05738629"),
    # How the recruitment stands.
    ("Pri katerih študijah ni jasno, ali še potekajo?", SL, O.LIST, lambda r: r.status == "N"),
    ("For which trials is it not known whether they are still running?", EN, O.LIST, lambda r: r.status == "N"),
    ("V katere študije bi se prostovoljec lahko prijavil?", SL, O.LIST, lambda r: r.status == "ZU"),
    ("Which trials could a volunteer now join?", EN, O.LIST, lambda r: r.status == "ZU"),
    ("Katera med neodprtimi študijami je najmanjša?", SL, O.MIN, lambda r: r.status == "ZUN"),
    ("Where is the melasma trial and has it begun?", EN, O.DISTINCT, lambda r: r.goal == "Melazma"),
    # Phases and types.
    ("Katere študije so v early phase 1?", SL, O.LIST, lambda r: r.early),
    ("Pri katerih študijah faza ni navedena?", SL, O.LIST, lambda r: r.kind == "N/A"),
    ("Katera študija je register in ne intervencijska?", SL, O.LIST, lambda r: r.kind == "O"),
    ("Which study is not an interventional one?", EN, O.LIST, lambda r: r.kind == "O"),
    ("Which trials are in plain phase 2?", EN, O.LIST, lambda r: r.phases == {2}),
    ("Je študija o cirozi prišla do faze 3 ali je še v fazi 2?", SL, O.DISTINCT, lambda r: r.goal == "Ciroza jeter"),
    ("Has the cirrhosis trial reached phase 3 or is it still in phase 2?", EN, O.DISTINCT,
     lambda r: r.goal == "Ciroza jeter"),
    # Universals that are denied are checked by the rows that would break them; a bound may be one of trials.
    ("Ali drži, da nobena iranska študija ni večja od 70 oseb?", SL, O.LIST,
     lambda r: r.country == "Iran" and r.n > 70),
    ("Is it true that no Iranian trial has more than 70 people?", EN, O.LIST,
     lambda r: r.country == "Iran" and r.n > 70),
    ("Is it true that Iran has more than five of the trials?", EN, O.COUNT, lambda r: r.country == "Iran"),
    # Aggregates in other words.
    ("Katera bolezen se pojavi največkrat v študijah?", SL, O.GROUP, lambda r: True),
    ("Which disease do the trials most often target?", EN, O.GROUP, lambda r: True),
    ("Which trial has more patients than any other?", EN, O.MAX, lambda r: True),
    ("Combined number of melasma patients?", EN, O.SUM, lambda r: r.goal == "Melazma"),
    ("Seštevek bolnikov s covidom z dolgim vred?", SL, O.SUM, lambda r: r.covid or r.long_covid),
    ("Kolikokrat se kot velikost vzorca pojavi 60?", SL, O.COUNT, lambda r: r.n == 60),
    ("How often does an enrolment of 30 occur?", EN, O.COUNT, lambda r: r.n == 30),
    ("Katera kitajska študija ima najnižjo številko NCT?", SL, O.MIN, lambda r: r.country == "Kitajska"),
    ("Which American trial has the highest NCT number?", EN, O.MAX, lambda r: r.country == "ZDA"),
    # One thing rather than another; one place or another.
    ("Katere študije imajo v naslovu namesto eksosomov zunajcelične vezikle?", SL, O.LIST,
     lambda r: ("extracellular" in r.title.casefold() or " evs " in r.title.casefold())
     and "exosome" not in r.title.casefold()),
    ("Which titles name extracellular vesicles rather than exosomes?", EN, O.LIST,
     lambda r: ("extracellular" in r.title.casefold() or " evs " in r.title.casefold())
     and "exosome" not in r.title.casefold()),
    ("Which trials have 'vesicles' and not 'exosomes' in the title?", EN, O.LIST,
     lambda r: "vesicles" in r.title.casefold() and "exosome" not in r.title.casefold()),
    ("Je študija o melazmi v Evropi ali drugje?", SL, O.DISTINCT, lambda r: r.goal == "Melazma"),
    ("Is the meniscus trial in America or elsewhere?", EN, O.DISTINCT, lambda r: r.goal == "Poškodba meniskusa"),
]  # fmt: skip

SIZED = [
    ("NCT05413148: faza in n?", SL, (Column.PHASE, Column.ENROLMENT)),
    ("NCT05413148: n and phase", EN, (Column.PHASE, Column.ENROLMENT)),
    ("NCT05413148 – koliko in kje?", SL, (Column.COUNTRY, Column.ENROLMENT)),
    ("NCT05413148: how many, and has it started?", EN, (Column.STATUS, Column.ENROLMENT)),
]

PROSE = [
    ("Kako pogosta je ciroza jeter v Iranu?", SL),
    ("How common is melasma in China?", EN),
    ("Katere celice zbirajo vezikli?", SL),
    ("Which cells do exosomes recruit?", EN),
    ("How often do adverse events occur?", EN),
]


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    return execute(reading.query, document)


@pytest.mark.parametrize(("question", "language", "operation", "where"), CASES, ids=[case[0] for case in CASES])
def test_terse_questions_choose_the_rows_meant(
    reader: TableReader, document: Document, question: str, language: Language, operation: Operation, where: Where
) -> None:
    result = _result(reader, document, question, language)
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if where(row)]
    assert result.operation is operation


@pytest.mark.parametrize(("question", "language", "columns"), SIZED, ids=[case[0] for case in SIZED])
def test_a_bare_n_and_a_bare_how_many_ask_for_the_participants(
    reader: TableReader, question: str, language: Language, columns: tuple[Column, ...]
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert set(query.columns) == set(columns)


@pytest.mark.parametrize(("question", "language"), PROSE, ids=[case[0] for case in PROSE])
def test_terse_questions_for_the_text_are_left_alone(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("Katera študija ima najnižjo oznako NCT?", SL, "najnižja oznaka je NCT02138331"),
        ("Which entry has the lowest NCT number?", EN, "the lowest identifier is NCT02138331"),
    ],
)
def test_the_lowest_identifier_is_told(
    reader: TableReader, document: Document, article: Article, question: str, language: Language, said: str
) -> None:
    result = _result(reader, document, question, language)
    text = " ".join(s.text for s in compose(result, language, translations=article.translations))
    assert said in text


@pytest.mark.parametrize(
    "question",
    [
        "Koliko navedenih študij ima Egipt?",
        "Seštevek udeležencev vseh navedenih študij?",
        "Which of the listed trials has the most patients?",
    ],
)
def test_the_listed_trials_are_no_cited_works(engine: Engine, question: str) -> None:
    assert engine.plan(question).route is Route.TABLE


@pytest.mark.parametrize(
    "question",
    [
        "Perianalne fistule – koliko raziskav?",
        "Imam pigmentni retinitis, v kateri državi je raziskava?",
        "I have an eye disease, a macular hole; in which country is the trial?",
    ],
)
def test_what_leads_up_to_a_question_asks_nothing_of_the_text(engine: Engine, question: str) -> None:
    plan = engine.plan(question)
    assert plan.route is Route.TABLE
    assert not plan.beside


@pytest.mark.parametrize(
    ("part", "language", "does"),
    [
        ("Študija osteoartritisa: bolečina?", SL, True),
        ("Osteoarthritis trial: pain?", EN, True),
        ("v kateri državi poteka", SL, True),
        ("Imam osteoartritis", SL, False),
        ("I suffer from osteoarthritis", EN, False),
    ],
)
def test_a_part_asks_by_its_words_or_its_mark(part: str, language: Language, does: bool) -> None:
    assert asks(part, language) is does
