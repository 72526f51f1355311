"""Questions that go on from one about the table, and those that do not."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.engine import Engine, Turn
from rag.questions.plan import Route
from rag.tables.execute import execute
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, ROWS, SL, Where, ids

O = Operation  # noqa: E741

FOLLOWING: list[tuple[str, str, Language, Operation, Where]] = [
    ("How many trials are in China?", "How many of those have not started recruiting yet?", EN, O.COUNT,
     lambda r: r.country == "Kitajska" and r.status == "ZUN"),
    ("How many trials in China are not yet recruiting?", "And with unknown status?", EN, O.COUNT,
     lambda r: r.country == "Kitajska" and r.status == "N"),
    ("How many trials in China have unknown status?", "List them, please.", EN, O.LIST,
     lambda r: r.country == "Kitajska" and r.status == "N"),
    ("How many trials are recruiting in Iran?", "And in China?", EN, O.COUNT,
     lambda r: r.country == "Kitajska" and r.status == "ZU"),
    ("How many trials are recruiting in Iran?", "And how many are in phase 2?", EN, O.COUNT,
     lambda r: r.country == "Iran" and r.status == "ZU" and 2 in r.phases),
    ("Which trials are in the USA?", "Which of them is the largest?", EN, O.MAX, lambda r: r.country == "ZDA"),
    ("Which trials are in the USA?", "What is the average number of participants?", EN, O.MEAN,
     lambda r: r.country == "ZDA"),
    ("Which trials are in Asia?", "Which of those are in Turkey?", EN, O.LIST, lambda r: r.country == "Turčija"),
    ("Compare China and Iran by number of trials.", "And Turkey?", EN, O.COUNT, lambda r: r.country == "Turčija"),
    ("Katere študije potekajo v Egiptu?", "Koliko udeležencev imata skupaj?", SL, O.SUM,
     lambda r: r.country == "Egipt"),
    ("Koliko študij zbira udeležence v Iranu?", "In koliko študij je na Kitajskem?", SL, O.COUNT,
     lambda r: r.country == "Kitajska" and r.status == "ZU"),
    ("Katere študije so o perianalni fistuli?", "In kateri med njimi sta označeni s fazama 1 in 2?", SL, O.LIST,
     lambda r: "fistula" in r.goal and r.phases == {1, 2}),
    ("Kolikšno je povprečno število udeležencev v Iranu?", "Kaj pa v ZDA?", SL, O.MEAN, lambda r: r.country == "ZDA"),
    ("Naštej študije o melazmi.", "V katerih državah?", SL, O.DISTINCT, lambda r: r.goal == "Melazma"),
    ("Katere študije zbirajo udelezence na Kitajskem?", "Katere so v fazi 1?", SL, O.LIST,
     lambda r: r.country == "Kitajska" and r.status == "ZU" and 1 in r.phases),
    ("Koliko študij je v Iranu?", "Koliko jih zbira udelezence?", SL, O.COUNT,
     lambda r: r.country == "Iran" and r.status == "ZU"),
    # None of these is on it, but others are.
    ("Which trials are in Egypt?", "And what about melasma?", EN, O.LIST, lambda r: r.goal == "Melazma"),
    ("Katere študije so v Egiptu?", "In ona za melazmo?", SL, O.LIST, lambda r: r.goal == "Melazma"),
    ("Which trials are on melasma?", "Which of the two is bigger?", EN, O.MAX, lambda r: r.goal == "Melazma"),
    ("Which trials are in Egypt?", "which one is the smallest?", EN, O.MIN, lambda r: r.country == "Egipt"),
    ("Katere študije so o melazmi?", "katera od njiju je večja?", SL, O.MAX, lambda r: r.goal == "Melazma"),
    ("Katere študije so v Egiptu?", "Katera izmed teh dveh je manjša?", SL, O.MIN, lambda r: r.country == "Egipt"),
    ("How many trials are on long COVID?", "how many people do the Chinese ones have altogether?", EN, O.SUM,
     lambda r: r.long_covid and r.country == "Kitajska"),
    ("Which trials are on androgenetic alopecia?", "The American one - is it recruiting already?", EN, O.LOOKUP,
     lambda r: r.goal == "Androgena alopecija" and r.country == "ZDA"),
    ("Katere študije so o androgeni alopeciji?", "Ali tista v ZDA že zbira udeležence?", SL, O.LOOKUP,
     lambda r: r.goal == "Androgena alopecija" and r.country == "ZDA"),
]  # fmt: skip

APART = [
    ("Katere študije potekajo v Egiptu?", "Kaj so eksosomi?", SL),
    ("Katere študije potekajo v Egiptu?", "Ali je to varno?", SL),
    ("Katere študije potekajo v Egiptu?", "Kaj so ugotovili v njih?", SL),
    ("Katere študije potekajo v Egiptu?", "In koliko študij je v fazi 3?", SL),
    ("Katere študije potekajo v Egiptu?", "Kakšen odmerek so uporabili?", SL),
    ("Which trials are in Egypt?", "What are the results of those trials?", EN),
    ("Which trials are in Egypt?", "And what does ZUN mean?", EN),
    ("Which trials are in Egypt?", "How are exosomes made?", EN),
    ("Which trials are in Egypt?", "And which trials are recruiting?", EN),
]


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


@pytest.mark.parametrize(
    ("first", "then", "language", "operation", "where"), FOLLOWING, ids=[f"{case[0]} {case[1]}" for case in FOLLOWING]
)
def test_what_is_named_replaces_or_narrows_and_the_rest_stays(
    reader: TableReader,
    document: Document,
    first: str,
    then: str,
    language: Language,
    operation: Operation,
    where: Where,
) -> None:
    before = reader.read(first, language).query
    assert before is not None
    reading = reader.follow_up(then, language, before)
    assert reading.query is not None, (reading.reason, reading.unread)
    result = execute(reading.query, document)
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if where(row)]
    assert result.operation is operation


@pytest.mark.parametrize(("first", "then", "language"), APART, ids=[case[1] for case in APART])
def test_a_question_that_stands_by_itself_takes_nothing_over(
    reader: TableReader, first: str, then: str, language: Language
) -> None:
    before = reader.read(first, language).query
    assert before is not None
    assert reader.follow_up(then, language, before).query is None


@pytest.mark.parametrize(
    ("first", "then", "language", "columns"),
    [
        ("In which country is NCT05499156?", "NCT05402748 What about the other one?", EN, (Column.COUNTRY,)),
        ("In which country is NCT05499156?", "NCT05402748 What about the first one?", EN, (Column.COUNTRY,)),
        ("Kakšen je status študije NCT05499156?", "NCT05402748 Kaj pa prva?", SL, (Column.STATUS,)),
    ],
)
def test_another_trial_is_asked_for_the_same_columns(
    reader: TableReader, document: Document, first: str, then: str, language: Language, columns: tuple[Column, ...]
) -> None:
    before = reader.read(first, language).query
    assert before is not None
    query = reader.follow_up(then, language, before).query
    assert query is not None
    assert query.columns == columns
    assert [trial.id for trial in execute(query, document).rows] == ["NCT05402748"]


def test_one_trial_is_picked_for_the_text(reader: TableReader) -> None:
    before = reader.read("Which trials are on perianal fistula?", EN).query
    assert before is not None
    assert reader.picked("What happened in the one in Crohn's disease?", EN, before) == "NCT05499156"
    assert reader.picked("What happened in the ones in Iran?", EN, before) == ""


def _asked(engine: Engine, *questions: str) -> list[Turn]:
    return [Turn("user", question) for question in questions]


def test_a_dialogue_keeps_its_rows_and_says_how_it_was_understood(engine: Engine) -> None:
    history = _asked(engine, "How many trials are in China?", "How many of those are not yet recruiting?")
    answer = engine.ask("And with unknown status?", history=history)
    assert answer.computation is not None
    assert answer.computation.value == 3
    assert answer.resolved_question == "And with unknown status? (trials in China with status unknown (N))"


def test_the_other_language_gives_the_same_rows(engine: Engine) -> None:
    history = _asked(engine, "Koliko študij je v Iranu?", "Koliko jih zbira udeležence?")
    answer = engine.ask("V angleščini, prosim.", history=history)
    assert answer.language is EN
    assert answer.computation is not None
    assert answer.computation.value == sum(r.country == "Iran" and r.status == "ZU" for r in ROWS)


def test_a_dialogue_comes_back_to_the_first_of_a_list(engine: Engine) -> None:
    history = _asked(engine, "Which trials are in Egypt?", "What is the status of the second one?")
    plan = engine.plan("And the first one?", history=history)
    first = next(row.id for row in ROWS if row.country == "Egipt")
    assert plan.route is Route.TABLE
    assert plan.table is not None
    assert plan.table.columns == (Column.STATUS,)
    assert [row.id for row in ROWS if ids(*map(str, plan.table.filters[0].values))(row)] == [first]


def test_after_the_table_the_text_is_asked(engine: Engine) -> None:
    plan = engine.plan("What are exosomes?", history=_asked(engine, "Which trials are in Egypt?"))
    assert plan.route is Route.PROSE
    assert plan.table is None
    assert plan.question.resolved == "What are exosomes?"
