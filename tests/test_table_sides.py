"""Comparisons whose sides have conditions of their own, ratios, and bounds said in other words; in both languages."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.prose.parts import asks
from rag.tables.compose import compose
from rag.tables.execute import TableResult, execute
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, ROWS, SL, Where

O = Operation  # noqa: E741

SIDES: list[tuple[str, Language, Where, Where]] = [
    ("Kje je več oseb: kitajski covid ali turški meniskus?", SL,
     lambda r: r.covid and r.country == "Kitajska", lambda r: r.goal == "Poškodba meniskusa"),
    ("Does the German COVID trial enrol more than the Turkish meniscus one?", EN,
     lambda r: r.covid and r.country == "Nemčija", lambda r: r.goal == "Poškodba meniskusa"),
    ("Primerjaj velikost ameriške študije alopecije in kitajske študije covida.", SL,
     lambda r: r.goal == "Androgena alopecija" and r.country == "ZDA", lambda r: r.covid and r.country == "Kitajska"),
    ("Je brazilska študija večja od turške študije meniskusa?", SL,
     lambda r: r.country == "Brazilija", lambda r: r.goal == "Poškodba meniskusa"),
    ("Is the Brazilian trial bigger than the Turkish meniscus trial?", EN,
     lambda r: r.country == "Brazilija", lambda r: r.goal == "Poškodba meniskusa"),
    ("COVID Indonesia vs long COVID USA: who has more participants?", EN,
     lambda r: r.covid and r.country == "Indonezija", lambda r: r.long_covid and r.country == "ZDA"),
]  # fmt: skip

ROWS_MEANT: list[tuple[str, Language, Operation, Where]] = [
    # Each side keeps its own condition, where nothing is compared, too.
    ("Koliko študij o covidu na Kitajskem in o alopeciji v ZDA je navedenih?", SL, O.COUNT,
     lambda r: (r.covid and r.country == "Kitajska") or (r.goal == "Androgena alopecija" and r.country == "ZDA")),
    ("How many trials on melasma in China and on periodontitis in Egypt are listed?", EN, O.COUNT,
     lambda r: r.goal in ("Melazma", "Parodontitis")),
    # How the recruitment stands.
    ("Egipt, odprte študije?", SL, O.LIST, lambda r: r.country == "Egipt" and r.status == "ZU"),
    ("Open trials in China?", EN, O.LIST, lambda r: r.country == "Kitajska" and r.status == "ZU"),
    ("Katere kitajske študije še čakajo na bolnike?", SL, O.LIST,
     lambda r: r.country == "Kitajska" and r.status == "ZUN"),
    ("Which Chinese trials are still to recruit?", EN, O.LIST,
     lambda r: r.country == "Kitajska" and r.status == "ZUN"),
    # Bounds in other words.
    ("Katere študije imajo skoraj sto udeležencev?", SL, O.LIST, lambda r: 90 <= r.n <= 100),
    ("Which trials are nearly hundred-patient ones?", EN, O.LIST, lambda r: 90 <= r.n <= 100),
    ("Katere študije so tako majhne, da nimajo niti dvajset udeležencev?", SL, O.LIST, lambda r: r.n < 20),
    ("Katere študije imajo enomestno število udeležencev?", SL, O.LIST, lambda r: r.n < 10),
    ("Trials with a single-digit enrolment", EN, O.LIST, lambda r: r.n < 10),
    ("Which trials pass the 60-subject mark?", EN, O.LIST, lambda r: r.n > 60),
    # Names in other words.
    ("Koliko študij je o post-covid sindromu?", SL, O.COUNT, lambda r: r.long_covid),
    ("Trials on the post covid condition", EN, O.LIST, lambda r: r.long_covid),
    ("Koliko študij imamo o akutnem covidu?", SL, O.COUNT, lambda r: r.covid),
    ("Naštej kardiovaskularne študije.", SL, O.LIST,
     lambda r: r.goal in ("Miokardni infarkt in ishemija", "Multiorganska disfunkcija (MODS)")),
    ("How many trials are about heart and vessels?", EN, O.COUNT,
     lambda r: r.goal in ("Miokardni infarkt in ishemija", "Multiorganska disfunkcija (MODS)")),
    ("Katere bolezni so v fazi 1 in 2 hkrati?", SL, O.DISTINCT, lambda r: r.phases == {1, 2}),
    ("Which diseases are in phase 2 and 3 at once?", EN, O.DISTINCT, lambda r: r.phases == {2, 3}),
    ("V katerih študijah pripravek injicirajo?", SL, O.LIST, lambda r: "injection" in r.title.casefold()),
    ("Which trials inject the vesicles?", EN, O.LIST, lambda r: "injection" in r.title.casefold()),
    ("Nutrition trials?", EN, O.LIST, lambda r: "nutritional" in r.title.casefold()),
    # One trial is the measure of the others.
    ("Katere študije imajo več udeležencev kot nemška?", SL, O.LIST, lambda r: r.n > 40),
    ("How many trials are smaller than the meniscus trial?", EN, O.COUNT, lambda r: r.n < 30),
    # Which of them.
    ("Melazma: katera ima manj udeležencev?", SL, O.MIN, lambda r: r.goal == "Melazma"),
    ("Melasma: which one has more participants?", EN, O.MAX, lambda r: r.goal == "Melazma"),
    ("Države z eno samo študijo?", SL, O.GROUP, lambda r: True),
    ("Countries with only one trial?", EN, O.GROUP, lambda r: True),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    return execute(reading.query, document)


@pytest.mark.parametrize(("question", "language", "first", "second"), SIDES, ids=[case[0] for case in SIDES])
def test_each_side_of_a_comparison_keeps_its_own_conditions(
    reader: TableReader, document: Document, question: str, language: Language, first: Where, second: Where
) -> None:
    result = _result(reader, document, question, language)
    assert result.operation is O.COMPARE
    assert [group.value for group in result.groups] == [
        sum(row.n for row in ROWS if where(row)) for where in (first, second)
    ]


@pytest.mark.parametrize(
    ("question", "language", "operation", "where"), ROWS_MEANT, ids=[case[0] for case in ROWS_MEANT]
)
def test_conditions_in_other_words_choose_the_rows_meant(
    reader: TableReader, document: Document, question: str, language: Language, operation: Operation, where: Where
) -> None:
    result = _result(reader, document, question, language)
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if where(row)]
    assert result.operation is operation


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("Kolikokrat večja je študija ARDS od študije o cirozi?", SL, "64,7-kratnik"),
        ("How many times larger is the largest trial than the smallest?", EN, "194 times"),
        ("How many times more trials does China have than Egypt?", EN, "6.5 times"),
    ],
)
def test_how_many_times_larger_asks_for_a_ratio(
    reader: TableReader, document: Document, article: Article, question: str, language: Language, said: str
) -> None:
    result = _result(reader, document, question, language)
    assert said in " ".join(s.text for s in compose(result, language, translations=article.translations))


@pytest.mark.parametrize(
    ("question", "language", "measure"),
    [
        ("Compare the enrolment of the melasma trials with that of the meniscus trial.", EN, O.SUM),
        ("Compare the number of trials on melasma and on meniscus injury.", EN, O.COUNT),
        ("Primerjaj velikost študij melazme in meniskusa.", SL, O.SUM),
        ("Primerjaj število študij o melazmi in o meniskusu.", SL, O.COUNT),
    ],
)
def test_what_is_compared_follows_the_verb(
    reader: TableReader, question: str, language: Language, measure: Operation
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert (query.operation, query.measure) == (O.COMPARE, measure)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How many cirrhotics are being recruited and where?", EN),
    ],
)
def test_people_counted_by_what_they_suffer_from_are_participants(
    reader: TableReader, question: str, language: Language
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert {Column.ENROLMENT, Column.COUNTRY} <= set(query.columns)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Od kod so eksosomi v študiji levkemije?", SL),
        ("Where do the exosomes in the leukaemia trial come from?", EN),
    ],
)
def test_where_the_vesicles_of_a_trial_come_from_is_told_by_its_title(
    reader: TableReader, question: str, language: Language
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert Column.TITLE in query.columns


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Razvrsti države po povprečnem številu udeležencev.", SL),
        ("Rank the countries by average enrolment.", EN),
    ],
)
def test_countries_are_ranked_by_what_is_said(
    reader: TableReader, document: Document, question: str, language: Language
) -> None:
    result = _result(reader, document, question, language)
    assert (result.operation, result.query.measure) == (O.GROUP, O.MEAN)
    assert result.groups[0].key == "ZDA"


def test_rows_are_broken_down_around_what_they_are(reader: TableReader, document: Document) -> None:
    result = _result(reader, document, "Break the phase 1/2 trials down by country.", EN)
    assert result.query.group_by is Column.COUNTRY
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if row.phases == {1, 2}]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Which trials inject exosomes into a tennis elbow?", EN),
        ("Katere študije injicirajo eksosome v teniški komolec?", SL),
    ],
)
def test_what_no_title_says_is_not_passed_over(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


def test_such_patients_are_not_those_of_all_trials(reader: TableReader) -> None:
    for question, language in (
        ("My dad is waiting for an operation. How many such patients does the trial want?", EN),
        ("Oče čaka na operacijo. Koliko takih bolnikov iščejo v študiji?", SL),
    ):
        query = reader.read(question, language).query
        assert query is None or query.filters


@pytest.mark.parametrize(
    ("part", "does"),
    [
        ("My father has liver cirrhosis", False),
        ("My mother was operated on", False),
        ("has it begun", True),
        ("and is the trial recruiting", True),
    ],
)
def test_an_auxiliary_verb_asks_only_where_it_comes_first(part: str, *, does: bool) -> None:
    assert asks(part, EN) is does
