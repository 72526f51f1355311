"""What only the rows can settle: sums without the largest trial, values that two sides share, averages as bounds."""

from statistics import mean, median

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.answer import Outcome
from rag.engine import Engine, Turn
from rag.tables.compose import compose
from rag.tables.execute import TableResult, execute
from rag.tables.query import Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, ROWS, SL, Where

O = Operation  # noqa: E741

LARGEST = max(row.n for row in ROWS)
SMALLEST = min(row.n for row in ROWS)
MEAN = mean(row.n for row in ROWS)
MEDIAN = median(row.n for row in ROWS)

CASES: list[tuple[str, Language, Operation, Where]] = [
    # Rows that are set aside, by their size, rank or number.
    ("What is the total enrolment once the largest trial is removed?", EN, O.SUM, lambda r: r.n != LARGEST),
    ("Average number of participants, ignoring the outlier of 970", EN, O.MEAN, lambda r: r.n != LARGEST),
    ("What is the mean enrolment if the smallest and the largest trial are dropped?", EN, O.MEAN,
     lambda r: r.n not in (LARGEST, SMALLEST)),
    ("How many participants are there in total without NCT05354141?", EN, O.SUM, lambda r: r.id != "NCT05354141"),
    ("Setting the stroke trial aside, how many people do the Iranian trials enrol?", EN, O.SUM,
     lambda r: r.country == "Iran" and r.n != SMALLEST),
    ("Koliko udeležencev je skupaj, če odstranimo največjo študijo?", SL, O.SUM, lambda r: r.n != LARGEST),
    ("Kolikšno je povprečje brez najmanjše in največje študije?", SL, O.MEAN,
     lambda r: r.n not in (LARGEST, SMALLEST)),
    ("Koliko udeležencev imajo vse študije razen NCT05354141?", SL, O.SUM, lambda r: r.id != "NCT05354141"),
    # Averages as bounds.
    ("Which trials have fewer participants than the median?", EN, O.LIST, lambda r: r.n < MEDIAN),
    ("How many trials are larger than average?", EN, O.COUNT, lambda r: r.n > MEAN),
    ("Koliko študij je nad povprečjem po številu udeležencev?", SL, O.COUNT, lambda r: r.n > MEAN),
    ("Katere študije imajo manj udeležencev od mediane?", SL, O.LIST, lambda r: r.n < MEDIAN),
    # What is said before, in passing or as one dictates.
    ("um how many trials are there in egypt", EN, O.COUNT, lambda r: r.country == "Egipt"),
    ("ej koliko študij je v egiptu", SL, O.COUNT, lambda r: r.country == "Egipt"),
    ("How many people do the Egyptian trials want to recruit?", EN, O.SUM, lambda r: r.country == "Egipt"),
    ("Koliko ljudi iščejo egiptovske študije?", SL, O.SUM, lambda r: r.country == "Egipt"),
    ("Which trials in the USA will only start taking patients?", EN, O.LIST,
     lambda r: r.country == "ZDA" and r.status == "ZUN"),
    ("Katere študije v ZDA še niso začele vabiti bolnikov?", SL, O.LIST,
     lambda r: r.country == "ZDA" and r.status == "ZUN"),
    # Values that every side has, and none but these.
    ("Which countries have both recruiting and not yet recruiting trials?", EN, O.DISTINCT,
     lambda r: r.country in _countries("ZU") & _countries("ZUN") and r.status in ("ZU", "ZUN")),
    ("Katere države imajo tako študije, ki zbirajo udeležence, kot tiste z neznanim statusom?", SL, O.DISTINCT,
     lambda r: r.country in _countries("ZU") & _countries("N") and r.status in ("ZU", "N")),
    ("Which countries have only recruiting trials?", EN, O.DISTINCT,
     lambda r: r.country not in _countries("ZUN") | _countries("N")),
    ("Katere države imajo le študije z neznanim statusom?", SL, O.DISTINCT,
     lambda r: r.country not in _countries("ZUN") | _countries("ZU")),
]  # fmt: skip


def _countries(status: str) -> set[str]:
    return {row.country for row in ROWS if row.status == status}


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    return execute(reading.query, document)


@pytest.mark.parametrize(("question", "language", "operation", "where"), CASES, ids=[case[0] for case in CASES])
def test_the_rows_left_are_computed_over(
    reader: TableReader, document: Document, question: str, language: Language, operation: Operation, where: Where
) -> None:
    result = _result(reader, document, question, language)
    assert result.operation is operation
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if where(row)]


@pytest.mark.parametrize(
    ("question", "language", "told"),
    [
        ("How much bigger is the biggest trial than the second biggest?", EN, "a difference of 730"),
        ("Kakšna je razlika med najmanjšo in drugo najmanjšo študijo po številu oseb?", SL, "razlika 3"),
        ("What percentage of all participants does the largest trial account for?", EN, "970 of all 2603"),
        ("Kolikšen delež vseh udeležencev odpade na največjo študijo?", SL, "970 od skupno 2603"),
        ("How many participants do the two largest trials have together?", EN, "1210"),
        ("Median enrolment of recruiting and of not yet recruiting trials compared?", EN, "a median of 38"),
    ],
)
def test_numbers_that_rest_on_the_order_of_the_rows(
    reader: TableReader, document: Document, question: str, language: Language, told: str
) -> None:
    assert told in compose(_result(reader, document, question, language), language)[0].text


UNTOLD = [
    ("Who leads the trial on melasma?", "investigators"),
    ("When does the trial on liver cirrhosis end?", "completion"),
    ("Which trial is the newest?", "dates"),
    ("Which trials were stopped prematurely?", "discontinued"),
    ("Kdo je naročnik študije o cirozi jeter?", "naročnik"),
    ("Kdaj se konča študija o cirozi jeter?", "datum zaključka"),
    ("Katera študija je najnovejša?", "datumi"),
    ("Katere študije so bile predčasno prekinjene?", "prekinjene"),
]


@pytest.mark.parametrize(("question", "lacking"), UNTOLD, ids=[case[0] for case in UNTOLD])
def test_what_only_registries_tell_is_said_to_be_lacking(engine: Engine, question: str, lacking: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert lacking in answer.answer


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ("How many trials are there in Egypt?", "When will they end?"),
        ("Koliko študij je v Egiptu?", "Kdaj se bodo končale?"),
    ],
)
def test_nor_does_a_question_that_goes_on_get_something_else(engine: Engine, before: str, then: str) -> None:
    assert engine.ask(then, history=[Turn("user", before)]).outcome is Outcome.ABSTAINED


NOT_ROWS = [
    ("Which American trials are double-checked?", EN),
    ("In which country is the clinic that runs the melasma trial licensed?", EN),
    ("Which trials include only men?", EN),
    ("Katere študije vključujejo samo moške?", SL),
]


@pytest.mark.parametrize(("question", "language"), NOT_ROWS, ids=[case[0] for case in NOT_ROWS])
def test_words_the_point_of_which_was_missed_get_no_rows(
    reader: TableReader, question: str, language: Language
) -> None:
    assert reader.read(question, language).query is None
