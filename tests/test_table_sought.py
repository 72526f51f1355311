"""What no column of the table holds: looked for in the text, and named when it is not there either."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.answer import Grounding, Outcome, Reason
from rag.engine import Engine
from rag.questions.plan import Route
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from rag.tables.sought import attributes

SL, EN = Language.SL, Language.EN

NAMED = [
    ("Kdaj se je začela študija NCT06677931?", SL, "datum začetka"),
    ("On what date did NCT06677931 begin?", EN, "the start date"),
    ("Kako stari so udeleženci NCT05261360?", SL, "starost udeležencev"),
    ("How old are the people in NCT05261360?", EN, "the age of the participants"),
    ("Koliko žensk je v študiji NCT05261360?", SL, "spol udeležencev"),
    ("How many women take part in NCT05261360?", EN, "the sex of the participants"),
    ("Koliko mesecev bodo v NCT06598202 spremljali bolnike?", SL, "čas spremljanja"),
    ("How long is the follow-up of NCT06598202?", EN, "the follow-up"),
    ("Kateri izidi se merijo v NCT06598202?", SL, "izidi, ki jih merijo"),
    ("What are the main outcomes of NCT06598202?", EN, "the outcomes it measures"),
    ("Kakšni so izključitveni kriteriji študije NCT04213248?", SL, "merila za vključitev in izključitev"),
    ("What is excluded in NCT04213248, what are the criteria?", EN, "the inclusion and exclusion criteria"),
    ("V kateri bolnišnici poteka NCT04213248?", SL, "ustanova ali kraj izvajanja"),
    ("Which hospital hosts NCT04213248?", EN, "the hospital or site"),
    ("Kdo plačuje študijo NCT04213248?", SL, "naročnik in financer"),
    ("Who is the sponsor of NCT04213248?", EN, "the sponsor"),
]

LOOKED_UP = [
    ("Koliko ljudi nameravajo zajeti v NCT06598202?", SL, Column.ENROLMENT),
    ("How many patients will NCT06598202 take on?", EN, Column.ENROLMENT),
    ("Katero bolezen skušajo zdraviti v NCT06598202?", SL, Column.CONDITION),
    ("What illness does NCT06598202 tackle?", EN, Column.CONDITION),
    ("Čemu je namenjena NCT06598202?", SL, Column.CONDITION),
    ("What is NCT06598202 for?", EN, Column.CONDITION),
    ("Kakšne bolnike vključuje NCT06598202?", SL, Column.CONDITION),
    ("What kind of patients does NCT06598202 take?", EN, Column.CONDITION),
    ("Do katere faze je prišla NCT06598202?", SL, Column.PHASE),
    ("Which stage of testing has NCT06598202 got to?", EN, Column.PHASE),
    ("Ali v NCT06598202 še sprejemajo bolnike?", SL, Column.STATUS),
    ("Is NCT06598202 still recruiting?", EN, Column.STATUS),
    ("V kateri deželi teče NCT06598202?", SL, Column.COUNTRY),
    ("Where on the map is NCT06598202 running?", EN, Column.COUNTRY),
    ("What is the official title of NCT06598202?", EN, Column.TITLE),
]


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


@pytest.mark.parametrize(("question", "language", "name"), NAMED, ids=[case[0] for case in NAMED])
def test_what_no_column_holds_is_named(engine: Engine, question: str, language: Language, name: str) -> None:
    answer = engine.ask(question)
    assert (answer.outcome, answer.reason) == (Outcome.ABSTAINED, Reason.NOT_IN_ARTICLE)
    assert answer.grounding is Grounding.NONE
    assert name in answer.answer
    assert ("število udeležencev" if language is SL else "number of participants") in answer.answer


@pytest.mark.parametrize(("question", "language", "column"), LOOKED_UP, ids=[case[0] for case in LOOKED_UP])
def test_other_words_for_a_column_still_find_its_cell(
    reader: TableReader, question: str, language: Language, column: Column
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert (query.operation, query.columns) == (Operation.LOOKUP, (column,))


@pytest.mark.parametrize(
    ("question", "trials"),
    [
        ("Koliko je bilo žensk v brazilski študiji?", ("NCT04998058",)),
        ("Of the volunteers in the Brazilian trial, how many were men?", ("NCT04998058",)),
    ],
)
def test_a_trial_may_be_meant_by_its_country(engine: Engine, question: str, trials: tuple[str, ...]) -> None:
    plan = engine.plan(question)
    assert (plan.route, plan.trials) == (Route.PROSE, trials)
    assert engine.ask(question).outcome is Outcome.ABSTAINED


def test_words_of_a_title_ask_for_nothing(reader: TableReader) -> None:
    assert reader.read("Which trial treats men and women with androgenetic alopecia?", EN).reason != "no_column"


def test_a_story_before_the_question_asks_for_nothing(reader: TableReader) -> None:
    reading = reader.read("Moj otrok ima parodontitis. V kateri državi je študija o parodontitisu?", SL)
    assert reading.query is not None


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Kolikšen odmerek so dobili v NCT06279741?", "NCT06279741"),
        ("Where do the vesicles used in NCT04493242 come from?", "bone marrow"),
        ("Iz katerega tkiva so vezikli študije NCT04493242?", "kostnega mozga"),
    ],
)
def test_a_trial_that_only_the_text_knows_is_answered_from_the_text(engine: Engine, question: str, word: str) -> None:
    assert engine.plan(question).route is Route.PROSE
    assert word in engine.ask(question).answer


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Koliko študij že zbira bolnike, koliko pa še ne?", SL),
        ("How many studies are recruiting, and how many not yet?", EN),
        ("Koliko študij je v Egiptu in koliko v Turčiji?", SL),
        ("How many trials are in Egypt and how many in Turkey?", EN),
    ],
)
def test_two_numbers_are_given_side_by_side(reader: TableReader, question: str, language: Language) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert query.operation is Operation.GROUP
    assert len(query.filters[0].values) == 2


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Ali portal ClinicalTrials.gov vsebuje le evropske študije?", SL),
        ("Are all the studies on ClinicalTrials.gov only from China?", EN),
        ("What score wins at table tennis?", EN),
    ],
)
def test_what_is_not_asked_of_the_table_is_not_read_as_such(
    reader: TableReader, question: str, language: Language
) -> None:
    assert reader.read(question, language).query is None


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Naštej oznake NCT vseh prekinjenih študij.", "katere študije so zaključene ali prekinjene"),
        ("List the registered trials that were terminated.", "which trials are completed or discontinued"),
    ],
)
def test_no_list_of_completed_trials_is_invented(engine: Engine, question: str, told: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert told in answer.answer


@pytest.mark.parametrize("question", ["Povej mi kaj o študiji NCT06677931.", "Tell me about NCT06677931."])
def test_a_bare_trial_is_told_whole(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert "Umbilical Cord MSC-Derived Exosomes in the Treatment of Melasma" in answer.answer


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Where do the exosomes of NCT06677931 come from?", EN),
        ("Od kod so eksosomi v študiji NCT06677931?", SL),
    ],
)
def test_what_vesicles_come_from_stands_in_a_title_and_is_no_country(
    reader: TableReader, question: str, language: Language
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert query.columns == (Column.TITLE,)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Where do the exosomes of NCT05261360 come from?", "where the vesicles come from"),
        ("Od kod so eksosomi v študiji NCT05261360?", "izvor veziklov"),
    ],
)
def test_a_title_without_a_source_tells_none(engine: Engine, question: str, told: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert told in answer.answer


def test_every_attribute_has_both_languages() -> None:
    assert all(item.sought.name.sl and item.sought.name.en for item in attributes())
    assert all(set(item.patterns) == set(Language) for item in attributes())


@pytest.mark.parametrize(
    "question",
    [
        "So se fistule pri bolnikih s Crohnovo boleznijo zacelile?",
        "Did the fistulas of patients with Crohn's heal?",
    ],
)
def test_healing_is_no_beginning(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert "80" in answer.answer
