"""Forms of questions about the table: how often, which of several, with or without, in other words, in few words."""

from statistics import mean

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.tables.compose import compose
from rag.tables.execute import TableResult, execute
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, FISTULA, HAIR, ROWS, SL, Where, every, none

O = Operation  # noqa: E741


def _in(*countries: str) -> Where:
    return lambda r: r.country in countries


def _goal(*goals: str) -> Where:
    return lambda r: r.goal in goals


ALS = "Amiotrofična lateralna skleroza (ALS)"

CASES: list[tuple[str, Language, Operation, Where]] = [
    # Negated and current statuses.
    ("Koliko študij ni označenih kot ZU?", SL, O.COUNT, lambda r: r.status != "ZU"),
    ("Which trials do not have the status ZUN?", EN, O.LIST, lambda r: r.status != "ZUN"),
    ("Katere iranske študije trenutno sprejemajo bolnike?", SL, O.LIST,
     lambda r: r.country == "Iran" and r.status == "ZU"),
    ("Which Iranian trials are open to new patients at present?", EN, O.LIST,
     lambda r: r.country == "Iran" and r.status == "ZU"),
    ("Which trials recruit exactly 20 people?", EN, O.LIST, lambda r: r.n == 20),
    # Several countries denied.
    ("Naštej študije, ki niso niti turške niti ameriške.", SL, O.LIST, lambda r: r.country not in ("Turčija", "ZDA")),
    ("Recruiting trials outside both China and the USA", EN, O.LIST,
     lambda r: r.country not in ("Kitajska", "ZDA") and r.status == "ZU"),
    ("How many trials are neither in Iran nor recruiting?", EN, O.COUNT,
     lambda r: r.country != "Iran" and r.status != "ZU"),
    # Whether there is none.
    ("Ali v Franciji res ni nobene študije?", SL, O.LIST, none),
    ("Are there no recruiting trials in Egypt?", EN, O.LIST, none),
    ("Nima Nemčija nobene študije?", SL, O.LIST, _in("Nemčija")),
    # Phases alone, combined, or either.
    ("Koliko študij v ZDA je v fazi 1 (samostojno ali kombinirano)?", SL, O.COUNT,
     lambda r: r.country == "ZDA" and 1 in r.phases),
    ("Which Iranian trials are in phase 2, on its own or in combination?", EN, O.LIST,
     lambda r: r.country == "Iran" and 2 in r.phases),
    ("Koliko študij združuje fazi 1 in 2?", SL, O.COUNT, lambda r: r.phases == {1, 2}),
    ("How many trials combine phases 2 and 3?", EN, O.COUNT, lambda r: r.phases == {2, 3}),
    ("Katere študije so v fazi 3 ali 2/3?", SL, O.LIST, lambda r: 3 in r.phases),
    ("Iranian trials in phase 2, 1/2 or 2/3", EN, O.LIST, lambda r: r.country == "Iran" and 2 in r.phases),
    ("how many trials dont have a phase", EN, O.COUNT, lambda r: r.kind == "N/A"),
    # More of the goal than one name.
    ("Koliko ljudi zajemajo študije covida-19, dolgi covid vštet?", SL, O.SUM, lambda r: r.covid or r.long_covid),
    ("How many patients are in COVID trials, long COVID included?", EN, O.SUM, lambda r: r.covid or r.long_covid),
    ("Koliko je študij analnih fistul s Crohnovo boleznijo ali brez nje?", SL, O.COUNT, _goal(*FISTULA)),
    ("How many trials of anal fistula are there, with or without Crohn's disease?", EN, O.COUNT, _goal(*FISTULA)),
    ("Katere študije zdravijo melazmo, tiste temne lise na licih?", SL, O.LIST, _goal("Melazma")),
    ("Which trials treat melasma, also known as chloasma of the face?", EN, O.LIST, _goal("Melazma")),
    # What titles say.
    ("Koliko ljudi bo v študiji s kapljicami za suhe oči?", SL, O.SUM, lambda r: "Eye Drops" in r.title),
    ("Is the trial with nasal drops for ALS recruiting?", EN, O.DISTINCT, _goal(ALS)),
    ("V kateri državi je študija s CABG?", SL, O.DISTINCT, lambda r: "CABG" in r.title),
    ("Which trial mentions mitochondria?", EN, O.LIST, lambda r: "Mitochondria" in r.title),
    # Names for laymen, for people of a country.
    ("Koliko študij je za redčenje las ali plešavost?", SL, O.COUNT, _goal(*HAIR)),
    ("trials for worn knees", EN, O.LIST, _goal("Osteoartritis")),
    ("študije za kap", SL, O.LIST, _goal("Cerebrovaskularne motnje")),
    ("Katere študije so za sladkorne bolnike?", SL, O.LIST, _goal("Diabetes mellitus tipa 1", "Diabetično stopalo")),
    ("Koliko študij imajo Španci?", SL, O.COUNT, _in("Španija")),
    # Few words; who asks.
    ("iran, zbiranje udeležencev", SL, O.LIST, lambda r: r.country == "Iran" and r.status == "ZU"),
    ("germany recruiting", EN, O.LIST, _in("Nemčija")),
    ("Ali kdo preučuje melazmo? Navedi študije.", SL, O.LIST, _goal("Melazma")),
    ("Is anyone testing this in ALS? List the trials.", EN, O.LIST, _goal(ALS)),
    # Which of two.
    ("Katera študija je večja, tista pri ALS ali tista pri Alzheimerjevi bolezni?", SL, O.COMPARE,
     _goal(ALS, "Alzheimerjeva bolezen")),
    ("Which study is smaller, the Turkish or the Spanish one?", EN, O.COMPARE, _in("Turčija", "Španija")),
    # All of some.
    ("So vse egiptovske študije z neznanim statusom?", SL, O.DISTINCT, _in("Egipt")),
    ("Is every trial in Turkey recruiting?", EN, O.DISTINCT, _in("Turčija")),
    # Ends, and the second.
    ("Kolikšna je razlika med največjo in najmanjšo iransko študijo?", SL, O.RANGE, _in("Iran")),
    ("What are the largest and the smallest trial?", EN, O.RANGE, every),
    ("Katera študija je druga največja?", SL, O.RANK, every),
    ("Which is the third smallest trial in China?", EN, O.RANK, _in("Kitajska")),
    # How many of each; each of several.
    ("Študije melazme: koliko ljudi pri vsaki?", SL, O.LIST, _goal("Melazma")),
    ("Trials on melasma: how many patients each?", EN, O.LIST, _goal("Melazma")),
    ("V kakšnem razponu je število udeležencev?", SL, O.RANGE, every),
    ("What is the range of trial sizes?", EN, O.RANGE, every),
    ("Število študij v Iranu in Egiptu, posebej za vsako", SL, O.GROUP, _in("Iran", "Egipt")),
    ("Number of trials in Iran and Egypt, separately", EN, O.GROUP, _in("Iran", "Egipt")),
    # Codes; as many as.
    ("Koliko študij ima pri statusu črko N?", SL, O.COUNT, lambda r: r.status == "N"),
    ("How many trials are marked O?", EN, O.COUNT, lambda r: r.kind == "O"),
    ("Ali je v Egiptu enako število študij kot v Turčiji?", SL, O.COMPARE, _in("Egipt", "Turčija")),
    ("Are there as many trials in Egypt as in Turkey?", EN, O.COMPARE, _in("Egipt", "Turčija")),
    ("Koliko od 36 študij je v Turčiji?", SL, O.COUNT, _in("Turčija")),
    ("študije s 50 do 100 udeleženci", SL, O.LIST, lambda r: 50 <= r.n <= 100),
    # Names for laymen, in any form.
    ("v kateri fazi so studije za rjave madeze na obrazu", SL, O.DISTINCT, _goal("Melazma")),
    ("Where are the trials for dark patches on the face?", EN, O.DISTINCT, _goal("Melazma")),
    ("Koliko ljudi bo v študiji Lou Gehrigove bolezni?", SL, O.SUM, _goal(ALS)),
    ("What is the status of the motor neurone disease trial?", EN, O.DISTINCT, _goal(ALS)),
    ("Kje je študija za otroke metulje?", SL, O.DISTINCT, _goal("Bulozna distrofična epidermoliza")),
    ("How big is the night blindness trial?", EN, O.SUM, lambda r: r.n == 135),
    ("kaksen status ima studija o juvenilnem diabetesu", SL, O.DISTINCT, _goal("Diabetes mellitus tipa 1")),
    ("Which country runs the insulin-dependent diabetes trial?", EN, O.DISTINCT, _goal("Diabetes mellitus tipa 1")),
    # How people take part; who asks; what is said of a certain trial.
    ("Koliko jih sodeluje v turški študiji meniskusa?", SL, O.SUM, _goal("Poškodba meniskusa")),
    ("Kdo zbira več bolnikov, Nemčija ali Španija?", SL, O.COMPARE, _in("Nemčija", "Španija")),
    ("How many are taking part in the cirrhosis study?", EN, O.SUM, _goal("Ciroza jeter")),
    ("Kdo ima več študij, Turčija ali Španija?", SL, O.COMPARE, _in("Turčija", "Španija")),
    ("Who recruits more patients, Germany or Spain? Give both totals.", EN, O.COMPARE, _in("Nemčija", "Španija")),
    ("Katere bolezni preučujejo španski raziskovalci?", SL, O.DISTINCT, _in("Španija")),
    ("What are Egyptian scientists working on?", EN, O.DISTINCT, _in("Egipt")),
    ("Kaj zdravijo v Indoneziji?", SL, O.DISTINCT, _in("Indonezija")),
    ("Ali je študija parodontitisa že v fazi 3?", SL, O.DISTINCT, _goal("Parodontitis")),
    ("Is the ALS trial in phase 3?", EN, O.DISTINCT, _goal(ALS)),
    ("Does the meniscus trial have more than 90 participants?", EN, O.LIST, _goal("Poškodba meniskusa")),
    ("Ali obstaja študija parodontitisa v fazi 3?", SL, O.LIST, none),
    ("Is there a phase 3 trial for ALS?", EN, O.LIST, none),
    # What only leads up to the question; what adds nothing.
    ("Študiji melazme sta dve. V kateri fazi je tista z 80 udeleženci?", SL, O.DISTINCT,
     lambda r: r.goal == "Melazma" and r.n == 80),
    ("There are two trials in Egypt. Is the one on type 1 diabetes recruiting?", EN, O.DISTINCT,
     _goal("Diabetes mellitus tipa 1")),
    ("Koliko študij ima od 20 do 30 oseb, vključno z mejama?", SL, O.COUNT, lambda r: 20 <= r.n <= 30),
    ("trials with 20 to 30 patients, both ends included", EN, O.LIST, lambda r: 20 <= r.n <= 30),
    ("Katere iranske študije so brez faze in imajo namesto nje N/A?", SL, O.LIST,
     lambda r: r.country == "Iran" and r.kind == "N/A"),
    ("Koliko naslovov omenja maščobno tkivo kot vir eksosomov?", SL, O.COUNT, lambda r: "Adipose" in r.title),
    ("Če seštejem iranski študiji osteoartritisa in izpadanja las, koliko bolnikov to znese?", SL, O.SUM,
     lambda r: r.country == "Iran" and r.goal in ("Osteoartritis", "Izpadanje las")),
    # Related to; nerves; how recruitment stands.
    ("študije v povezavi s plešavostjo", SL, O.LIST, _goal(*HAIR)),
    ("Which trials have anything to do with melasma?", EN, O.LIST, _goal("Melazma")),
    ("trials on nerve diseases in Iran", EN, O.LIST, lambda r: r.goal == "Cerebrovaskularne motnje"),
    ("Katere študije v Turčiji ali Braziliji še niso odprle prijav?", SL, O.LIST,
     lambda r: r.country in ("Turčija", "Brazilija") and r.status == "ZUN"),
    ("In which Brazilian trials has enrolment not yet opened?", EN, O.LIST,
     lambda r: r.country == "Brazilija" and r.status == "ZUN"),
    ("Kakšno je stanje zbiranja pri levkemiji?", SL, O.DISTINCT, _goal("Akutna mieloična levkemija")),
    ("How is recruitment going in the Spanish trial?", EN, O.DISTINCT, _in("Španija")),
    ("Are the Egyptian trials taking on new patients?", EN, O.LIST, none),
    ("Kako se glasi naslov turške študije meniskusa?", SL, O.LIST, _goal("Poškodba meniskusa")),
    ("What is the Indonesian trial called?", EN, O.LIST, _in("Indonezija")),
    ("How many people are in the dry eye study after LASIK?", EN, O.SUM, lambda r: "Refractive" in r.title),
    ("Kje poteka študija suhega očesa po laserskem posegu?", SL, O.DISTINCT, lambda r: "Refractive" in r.title),
]  # fmt: skip

GROUPS = [
    ("Katere države imajo samo eno študijo?", SL, {"Nemčija", "Indonezija", "Brazilija", "Španija"}),
    ("Which countries have a single trial?", EN, {"Nemčija", "Indonezija", "Brazilija", "Španija"}),
    ("Katere države se pojavijo več kot dvakrat?", SL, {"Kitajska", "Iran", "ZDA"}),
    ("Which countries are in the table more than twice?", EN, {"Kitajska", "Iran", "ZDA"}),
    ("Kateri državi imata po dve študiji?", SL, {"Turčija", "Egipt"}),
    ("Which two countries have two trials each?", EN, {"Turčija", "Egipt"}),
    ("Katere države imajo tri študije ali več?", SL, {"Kitajska", "Iran", "ZDA"}),
    ("Katera država je druga po številu študij?", SL, {"Kitajska", "Iran"}),
    ("Which country has the second most trials?", EN, {"Kitajska", "Iran"}),
    ("Katere države nimajo študij, ki zbirajo udeležence?", SL, {"Egipt", "Indonezija", "Brazilija"}),
    ("Which countries have no recruiting trials?", EN, {"Egipt", "Indonezija", "Brazilija"}),
    ("What is the most common status?", EN, {"ZU"}),
    ("Kako se turške študije porazdelijo po fazah?", SL, {"2", "2/3"}),
    ("How do the Turkish trials split by status?", EN, {"ZU", "N"}),
]

PROSE = [
    ("Ali obstajajo študije s kapljicami za nos?", SL),
    ("Koliko bolnikov z ALS je prejelo vezikle?", SL),
    ("How many patients with ALS received vesicles?", EN),
    ("Do EVs help people with eczema?", EN),
    ("How large were the first human studies of vesicles, as a rule?", EN),
    ("Kako so klinične študije razdeljene po fazah?", SL),
    ("Slišal sem, da ALS pomeni bolezen mišic. Imam prav?", SL),
    ("A colleague says that GvHD means the graft was rejected. Is she right?", EN),
    ("How are clinical trials divided into phases?", EN),
    ("Kako se vezikli delijo po velikosti?", SL),
    ("How is a vesicle called that buds from the cell membrane?", EN),
]


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    return execute(reading.query, document)


@pytest.mark.parametrize(("question", "language", "operation", "where"), CASES, ids=[case[0] for case in CASES])
def test_forms_choose_the_rows_meant(
    reader: TableReader, document: Document, question: str, language: Language, operation: Operation, where: Where
) -> None:
    result = _result(reader, document, question, language)
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if where(row)]
    assert result.operation is operation


@pytest.mark.parametrize(("question", "language", "keys"), GROUPS, ids=[case[0] for case in GROUPS])
def test_forms_choose_the_groups_meant(
    reader: TableReader, document: Document, question: str, language: Language, keys: set[str]
) -> None:
    assert {group.key for group in _result(reader, document, question, language).groups} == keys


@pytest.mark.parametrize(("question", "language"), PROSE, ids=[case[0] for case in PROSE])
def test_questions_for_the_text_stay_there(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


def test_two_countries_have_a_mean_each(reader: TableReader, document: Document) -> None:
    groups = _result(reader, document, "Povprečje udeležencev na Kitajskem in v Iranu", SL).groups
    assert [group.value for group in groups] == [
        mean(row.n for row in ROWS if row.country == country) for country in ("Kitajska", "Iran")
    ]


def test_several_columns_of_described_rows_are_asked_for(reader: TableReader) -> None:
    reading = reader.read("the Indonesian trial: phase, size, status?", EN)
    assert reading.query is not None
    assert set(reading.query.columns) == {Column.ENROLMENT, Column.PHASE, Column.STATUS}
    reading = reader.read("Kje poteka študija pri ALS in koliko ljudi vključuje?", SL)
    assert reading.query is not None
    assert set(reading.query.columns) == {Column.COUNTRY, Column.ENROLMENT}


def test_counts_do_not_look_like_references(reader: TableReader, document: Document) -> None:
    first = compose(_result(reader, document, "trials by status", EN), EN)[0].text
    assert (
        first
        == "Table 2 lists 36 trials; by status: ZU (recruiting) – 15, ZUN (not yet recruiting) – 11, N (unknown) – 10."
    )


def test_both_ends_and_what_is_between_them_are_told(reader: TableReader, document: Document) -> None:
    result = _result(reader, document, "largest and smallest trial in Turkey", EN)
    assert compose(result, EN)[0].text == (
        "Table 2 lists 2 trials in Turkey; the fewest participants, 30: NCT05261360; the most, 135: NCT05413148; "
        "a difference of 105."
    )


@pytest.mark.parametrize(
    ("question", "language", "part", "whole"),
    [
        ("Kolikšen delež kitajskih študij zbira udeležence?", SL, 6, 13),
        ("What fraction of recruiting trials are in Iran?", EN, 5, 15),
        ("What share of recruiting trials is there among the Iranian ones?", EN, 5, 10),
        ("Ali več kot polovica študij zbira udeležence?", SL, 15, 36),
        ("Are most trials Chinese?", EN, 13, 36),
    ],
)
def test_a_share_is_one_of_the_rows_named_first(
    reader: TableReader, document: Document, question: str, language: Language, part: int, whole: int
) -> None:
    result = _result(reader, document, question, language)
    assert result.value == pytest.approx(100 * part / whole)
    assert [group.value for group in result.groups] == [part, whole]


@pytest.mark.parametrize(
    ("question", "language", "column"),
    [
        ("V kateri državi je študija z največ bolniki?", SL, Column.COUNTRY),
        ("Kateri bolezni je namenjena študija, ki ima najmanj udeležencev?", SL, Column.CONDITION),
        ("What phase is the trial with the most people in?", EN, Column.PHASE),
        ("Which country has the trial with the fewest patients?", EN, Column.COUNTRY),
    ],
)
def test_the_trial_with_the_most_is_one_trial(
    reader: TableReader, document: Document, question: str, language: Language, column: Column
) -> None:
    result = _result(reader, document, question, language)
    assert result.operation in (O.MAX, O.MIN)
    assert column in result.query.columns
    assert [trial.enrolment for trial in result.shown] in ([max(row.n for row in ROWS)], [min(row.n for row in ROWS)])


@pytest.mark.parametrize(
    ("question", "language", "columns"),
    [
        ("Povej status in državo študije pri cirozi.", SL, {Column.STATUS, Column.COUNTRY}),
        ("Tell me the country and phase of the gum disease trial.", EN, {Column.COUNTRY, Column.PHASE}),
        ("Koliko jih sodeluje v NCT05871463 in kje poteka?", SL, {Column.ENROLMENT, Column.COUNTRY}),
        ("What is the status of NCT05871463, and how many take part?", EN, {Column.STATUS, Column.ENROLMENT}),
        ("Ali študija NCT05871463 že jemlje bolnike?", SL, {Column.STATUS}),
        ("Is NCT05871463 accepting patients yet?", EN, {Column.STATUS}),
    ],
)
def test_two_values_are_asked_for_at_once(
    reader: TableReader, question: str, language: Language, columns: set[Column]
) -> None:
    reading = reader.read(question, language)
    assert reading.query is not None
    assert set(reading.query.columns) == columns


def test_numbers_of_a_second_column_are_left_to_the_row(reader: TableReader, document: Document) -> None:
    told = compose(_result(reader, document, "Navedi državo in fazo študije pri cirozi.", SL), SL)
    assert "Iran" in told[0].text
    assert "faza 2" not in told[0].text
    assert "faza 2" in told[1].text
