"""Counts, sums, means and lists over the table of trials, as people ask for them in passing."""

from collections.abc import Callable
from statistics import mean, median

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.engine import Engine, Turn
from rag.questions.plan import Route
from rag.tables.compose import compose
from rag.tables.execute import TableResult, execute
from rag.tables.query import Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, FISTULA, HAIR, ROWS, SL, Row, Where, every, in_title

O = Operation  # noqa: E741

any_covid: Where = lambda r: r.covid or r.long_covid  # noqa: E731


def _in(*countries: str) -> Where:
    return lambda r: r.country in countries


def _phases(*cells: set[int]) -> Where:
    return lambda r: r.phases in cells


CASES: list[tuple[str, Language, Operation, Where]] = [
    # Sums by other verbs.
    ("Tot up everybody enrolled in Iran.", EN, O.SUM, _in("Iran")),
    ("Lump the two Turkish trials together: how many people?", EN, O.SUM, _in("Turčija")),
    ("Koliko posameznikov zajamejo španske študije vse skupaj?", SL, O.SUM, _in("Španija")),
    ("Združi udeležence iranskih študij.", SL, O.SUM, _in("Iran")),
    # One mean set aside for the other; both at once.
    ("Rather than the mean, what is the median enrolment in Iran?", EN, O.MEDIAN, _in("Iran")),
    ("A single giant study inflates the mean, so what is the median enrolment in the USA?", EN, O.MEDIAN, _in("ZDA")),
    ("Povprečje je zavajajoče, zato povej mediano udeležencev v ZDA.", SL, O.MEDIAN, _in("ZDA")),
    ("The trial with 970 people spoils any average. What is the mean size of the Turkish trials?", EN, O.MEAN,
     _in("Turčija")),
    # Phases as alternatives.
    ("Trials in phase 3 or in a combined phase 2/3", EN, O.LIST, lambda r: 3 in r.phases),
    ("Koliko študij je v fazi 2 ali v združeni fazi 2/3?", SL, O.COUNT, _phases({2}, {2, 3})),
    ("List the trials in phase 1/2 or 2/3.", EN, O.LIST, _phases({1, 2}, {2, 3})),
    ("Koliko študij je doseglo fazo 3 ali vsaj kombinirano 2/3?", SL, O.COUNT, lambda r: 3 in r.phases),
    # Both forms of a disease, neither form.
    ("Participants of COVID studies, acute and long alike, in total?", EN, O.SUM, any_covid),
    ("Koliko bolnikov je skupno v študijah o covidu, tako akutnem kot dolgem?", SL, O.SUM, any_covid),
    ("How many Chinese trials have nothing to do with COVID?", EN, O.COUNT,
     lambda r: r.country == "Kitajska" and not any_covid(r)),
    ("Koliko iranskih študij nima nič opraviti s covidom?", SL, O.COUNT,
     lambda r: r.country == "Iran" and not any_covid(r)),
    # Denied twice.
    ("Katere študije ne potekajo ne v Turčiji ne v Egiptu?", SL, O.LIST,
     lambda r: r.country not in {"Turčija", "Egipt"}),
    ("Koliko študij ni ne ameriških ne turških?", SL, O.COUNT, lambda r: r.country not in {"ZDA", "Turčija"}),
    # Who studies something.
    ("Who is investigating hair loss?", EN, O.LIST, lambda r: r.goal in HAIR),
    ("Does anybody in Spain study diabetes?", EN, O.LIST, lambda r: r.country == "Španija"),
    ("Kdo se ukvarja s perianalno fistulo?", SL, O.LIST, lambda r: r.goal in FISTULA),
    ("A kdo v Braziliji dela take študije?", SL, O.LIST, _in("Brazilija")),
    # Words of titles.
    ("How many trials have the word injection in their title?", EN, O.COUNT, in_title("injection")),
    ("Koliko študij ima v naslovu besedo varnost?", SL, O.COUNT, in_title("safety")),
    ("How many trials are in early phase 1 or in phase 1 only?", EN, O.COUNT, lambda r: r.early or r.phases == {1}),
    ("Katere študije so v zgodnji fazi 1 ali samo v fazi 1?", SL, O.LIST, lambda r: r.early or r.phases == {1}),
    # What has begun, and denials that only lead up to the question.
    ("How many trials in China have already started enrolling?", EN, O.COUNT,
     lambda r: r.country == "Kitajska" and r.status == "ZU"),
    ("Koliko turških študij je že začelo zbirati bolnike?", SL, O.COUNT,
     lambda r: r.country == "Turčija" and r.status == "ZU"),
    ("Povprečje nam nič ne pove. Mediana udeležencev v Turčiji?", SL, O.MEDIAN, _in("Turčija")),
    # Spread over a column or not.
    ("Are the melasma trials in one country only or in several?", EN, O.DISTINCT, lambda r: r.goal == "Melazma"),
    ("Ali študije o fistuli potekajo v več državah ali le v eni?", SL, O.DISTINCT, lambda r: r.goal in FISTULA),
    # What only leads up to the question.
    ("For my lecture I need the number of Egyptian trials.", EN, O.COUNT, _in("Egipt")),
    ("Za predavanje potrebujem število egiptovskih študij.", SL, O.COUNT, _in("Egipt")),
    ("Vse turške študije, ki zbirajo udeležence.", SL, O.LIST, lambda r: r.country == "Turčija" and r.status == "ZU"),
]  # fmt: skip

LEFT_ALONE = [
    ("Who discovered exosomes?", EN),
    ("Who wrote about melasma?", EN),
    ("Which trials are on more than one continent?", EN),
    ("How long does a phase 2 trial take on average?", EN),
    ("Koliko let v povprečju trajajo študije v 2. fazi?", SL),
    ("Kdo je odkril eksosome?", SL),
    ("Kdo je ugotovil, da vezikli delujejo pri melazmi?", SL),
]


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    return execute(reading.query, document)


@pytest.mark.parametrize(("question", "language", "operation", "where"), CASES, ids=[case[0] for case in CASES])
def test_the_rows_meant_are_computed_over(
    reader: TableReader, document: Document, question: str, language: Language, operation: Operation, where: Where
) -> None:
    result = _result(reader, document, question, language)
    rows = [row for row in ROWS if where(row)]
    assert (result.operation, [trial.id for trial in result.rows]) == (operation, [row.id for row in rows])
    computed: dict[Operation, Callable[[list[int]], float]] = {
        O.COUNT: len, O.SUM: sum, O.MEAN: mean, O.MEDIAN: median,
    }  # fmt: skip
    if operation in computed:
        assert result.value == computed[operation]([row.n for row in rows])


@pytest.mark.parametrize(("question", "language"), LEFT_ALONE, ids=[case[0] for case in LEFT_ALONE])
def test_what_only_sounds_like_it_is_left_alone(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("The mean and the median enrolment, please, of Table 2", EN),
        ("Povprečje in mediana udeležencev v Tabeli 2", SL),
    ],
)
def test_mean_and_median_are_told_together(
    reader: TableReader, document: Document, question: str, language: Language
) -> None:
    first = compose(_result(reader, document, question, language), language)[0].text
    sizes = [row.n for row in ROWS]
    decimal = "," if language is SL else "."
    assert f"{mean(sizes):.1f}".replace(".", decimal) in first
    assert f" {median(sizes):g}." in first


@pytest.mark.parametrize(
    ("question", "language"),
    [("Which country has the highest average enrolment?", EN), ("Katera država ima v povprečju največje študije?", SL)],
)
def test_the_highest_mean_of_a_group(
    reader: TableReader, document: Document, question: str, language: Language
) -> None:
    def size(country: str) -> float:
        return mean(row.n for row in ROWS if row.country == country)

    best = max({row.country for row in ROWS}, key=size)
    [group] = _result(reader, document, question, language).groups
    assert (group.key, group.value) == (best, size(best))


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How many trials are there altogether, and how many of them are recruiting?", EN),
        ("Koliko je vseh študij in koliko od njih zbira udeležence?", SL),
    ],
)
def test_all_rows_and_how_many_of_them(
    reader: TableReader, document: Document, question: str, language: Language
) -> None:
    result = _result(reader, document, question, language)
    assert len(result.rows) == len(ROWS)
    counts = {group.key: group.value for group in result.groups}
    assert counts["ZU"] == sum(row.status == "ZU" for row in ROWS)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How many trials are in Asia and how many in Europe?", EN),
        ("Koliko študij je v Aziji in koliko v Evropi?", SL),
    ],
)
def test_continents_are_counted_side_by_side(
    reader: TableReader, document: Document, question: str, language: Language
) -> None:
    europe = sum(row.country in {"Nemčija", "Španija"} for row in ROWS)
    asia = sum(row.country in {"Kitajska", "Iran", "Turčija", "Indonezija"} for row in ROWS)
    assert [group.value for group in _result(reader, document, question, language).groups] == [asia, europe]


@pytest.mark.parametrize(
    ("question", "where", "language"),
    [
        ("In which countries are the trials whose titles mention placenta?", in_title("placent"), EN),
        ("If I pooled the recruiting trials in Iran, how many participants would I have?",
         lambda r: r.country == "Iran" and r.status == "ZU", EN),
        ("Do Iranian trials make up more than a quarter of the table?", _in("Iran"), EN),
        ("V katerih državah so študije, ki imajo v naslovu posteljico?", in_title("placent"), SL),
    ],
)  # fmt: skip
def test_neither_works_nor_advice_nor_orders(engine: Engine, question: str, where: Where, language: Language) -> None:
    plan, answer = engine.plan(question), engine.ask(question)
    assert (plan.route, plan.question.language) == (Route.TABLE, language)
    assert answer.computation is not None
    assert [row.split(":")[1] for row in answer.computation.rows] == [row.id for row in ROWS if where(row)]


def _dialogue(engine: Engine, *questions: str) -> str:
    *earlier, last = questions
    return engine.ask(last, history=[Turn("user", text) for text in earlier]).answer


def _first_in(country: str) -> Row:
    return next(row for row in ROWS if row.country == country)


@pytest.mark.parametrize(
    "questions",
    [
        (
            "Which trials are in Egypt?",
            "What is the status of the second?",
            "And how many people does the first one take?",
        ),
        ("Katere študije so v Egiptu?", "Kakšen status ima druga?", "In koliko ljudi vključuje prva?"),
    ],
)
def test_the_first_is_of_the_list_after_a_turn_on_the_second(engine: Engine, questions: tuple[str, ...]) -> None:
    first = _first_in("Egipt")
    answer = _dialogue(engine, *questions)
    assert first.id in answer
    assert f": {first.n}." in answer


@pytest.mark.parametrize(
    ("before", "then", "told"),
    [
        ("Which trial is on ALS?", "How many people are enrolled and in which country?", ("38", "China")),
        (
            "Kaj so pokazale nosne kapljice v študiji NCT04388982?",
            "Koliko oseb zajema in kje poteka?",
            ("9", "Kitajska"),
        ),
    ],
)
def test_a_question_without_a_subject_is_about_the_trial_before(
    engine: Engine, before: str, then: str, told: tuple[str, ...]
) -> None:
    answer = _dialogue(engine, before, then)
    assert [name for name in told if name not in answer] == []


def test_numbers_without_rows_are_every_row(reader: TableReader, document: Document) -> None:
    result = _result(reader, document, "how many ppl total in all 36 trials", EN)
    assert result.value == sum(row.n for row in ROWS if every(row))
