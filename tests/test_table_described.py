"""Trials described in the asker's own words: the right row is looked up, what no column holds is still refused."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.answer import Grounding, Outcome
from rag.engine import Engine
from rag.questions.plan import Route
from rag.tables.execute import execute
from rag.tables.query import Column
from rag.tables.read import TableReader

SL, EN = Language.SL, Language.EN

LOOKED_UP = [
    ("Koliko bolnikov z zavrtim kostnim mozgom po kemoterapiji zajema raziskava?", SL, "NCT06245746", Column.ENROLMENT),
    ("Under which identifier is the trial on poor blood counts from chemotherapy?", EN, "NCT06245746", Column.ID),
    ("Kje umirjajo čezmerno vnetje pri zmernem covidu?", SL, "NCT05216562", Column.COUNTRY),
    (
        "Which country runs the trial that hopes to damp runaway inflammation in COVID?",
        EN,
        "NCT05216562",
        Column.COUNTRY,
    ),
    ("Kako velika je študija kapljic po laserski operaciji oči?", SL, "NCT05738629", Column.ENROLMENT),
    ("What is the identifier of the eye drop study after laser correction of sight?", EN, "NCT05738629", Column.ID),
    ("Na kateri stopnji razvoja je raziskava o raztrgani aorti?", SL, "NCT04356300", Column.PHASE),
    ("How far along in development is the trial after repair of a torn aorta?", EN, "NCT04356300", Column.PHASE),
    (
        "Kašelj po covidu kar ne mine. Ali se lahko še prijavijo v študijo dolgotrajnega kašlja?",
        SL,
        "NCT05808400",
        Column.STATUS,
    ),
    ("My uncle keeps coughing after COVID. Can people still join a trial of that?", EN, "NCT05808400", Column.STATUS),
    ("Kaj skušajo preprečiti pri bolnikih po odstranitvi danke?", SL, "NCT06536712", Column.TITLE),
    ("What do they want to prevent after removal of the rectum in rectal cancer?", EN, "NCT06536712", Column.TITLE),
    ("Iz česa so eksosomi v NCT06697080?", SL, "NCT06697080", Column.TITLE),
    ("Which tissue do the exosomes of NCT06697080 come from?", EN, "NCT06697080", Column.TITLE),
]

REFUSED = [
    ("Koliko bolnikov v študiji o možganski kapi je odnehalo?", SL),
    ("How many patients withdrew from the stroke trial?", EN),
    ("Koliko ljudi zajema študija o teniškem komolcu z injekcijami?", SL),
    ("In which phase is the injection trial for tennis elbow?", EN),
    ("Kaj skušajo preprečiti v študiji NCT05191381?", SL),
    ("What is NCT05191381 meant to prevent?", EN),
    ("Iz katerega tkiva so eksosomi v NCT06466850?", SL),
    ("From which tissue are the exosomes in NCT06466850?", EN),
    ("Which phase has the trial on the spinal cord got to?", EN),
    ("Na koliko ur si bolniki v NCT05738629 kapajo v oči?", SL),
]


@pytest.fixture
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


@pytest.mark.parametrize(("question", "language", "trial", "column"), LOOKED_UP)
def test_the_described_row_is_looked_up(
    reader: TableReader, document: Document, question: str, language: Language, trial: str, column: Column
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert [row.id for row in execute(query, document).rows] == [trial]
    assert column in query.columns


@pytest.mark.parametrize(("question", "language"), REFUSED)
def test_words_that_matter_are_not_passed_over(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


@pytest.mark.parametrize(
    ("question", "told", "size"),
    [
        ("Na kakšen način dajejo pripravek v NCT04388982 in koliko udeležencev zajema?", "kapljic za nos", "9"),
        ("What is the route of administration in NCT04388982, and the enrolment?", "nasal drops", "9"),
    ],
)
def test_text_and_table_answer_a_part_each(engine: Engine, question: str, told: str, size: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.grounding is Grounding.GROUNDED
    assert told in answer.answer
    assert f": {size}" in answer.answer
    cited = {citation.marker for citation in answer.citations}
    assert cited == {marker for sentence in answer.sentences for marker in sentence.markers}
    assert len({citation.id for citation in answer.citations}) == len(cited)


@pytest.mark.parametrize(
    ("question", "lacking", "size"),
    [
        ("Kdo financira NCT03384433 in koliko udeležencev ima?", "financer", "5"),
        ("Who funds NCT03384433, and how many participants does it have?", "sponsor", "5"),
    ],
)
def test_the_cell_is_given_where_the_other_part_is_lacking(
    engine: Engine, question: str, lacking: str, size: str
) -> None:
    answer = engine.ask(question)
    assert engine.plan(question).route is Route.PROSE
    assert answer.grounding is Grounding.PARTLY
    assert f": {size}" in answer.answer
    assert lacking in answer.missing[0]
