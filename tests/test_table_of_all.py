"""What is said of all rows, how rows and groups rank, and words that must not be passed over; in both languages."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.engine import Engine
from rag.questions.plan import Route
from rag.tables.execute import execute
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, SL

O = Operation  # noqa: E741


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


@pytest.mark.parametrize(
    ("question", "language", "groups"),
    [
        ("Ali vse študije o dolgem covidu potekajo na Kitajskem?", SL, {"Kitajska": 2, "ZDA": 1}),
        ("Are all perianal fistula trials in Iran?", EN, {"Iran": 3}),
        ("Ali so vse iranske študije že začele z zbiranjem?", SL, {"ZU": 5, "N": 3, "ZUN": 2}),
        ("Are all COVID-19 trials recruiting?", EN, {"ZU": 2, "N": 1, "ZUN": 1}),
        ("So vsi turški preskusi v fazi 2?", SL, {"2": 1, "2/3": 1}),
        ("Do all Turkish trials have a phase?", EN, {"2": 1, "2/3": 1}),
    ],
)
def test_all_rows_are_told_by_the_values_they_have(
    reader: TableReader, document: Document, question: str, language: Language, groups: dict[str, int]
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    result = execute(query, document)
    assert result.operation is O.DISTINCT
    assert {group.key: group.value for group in result.groups} == groups


@pytest.mark.parametrize(
    ("question", "language", "part", "whole"),
    [
        ("Imajo vse ameriške študije več kot 10 udeležencev?", SL, 4, 5),
        ("Do all US trials have more than 10 participants?", EN, 4, 5),
        ("Ali vse iranske študije uporabljajo eksosome iz posteljice?", SL, 3, 10),
        ("Do all Iranian trials use placental exosomes?", EN, 3, 10),
    ],
)
def test_what_is_no_group_is_told_as_a_part_of_all(
    reader: TableReader, document: Document, question: str, language: Language, part: int, whole: int
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    result = execute(query, document)
    assert result.operation is O.SHARE
    assert [group.value for group in result.groups] == [part, whole]


@pytest.mark.parametrize(
    ("question", "language", "column", "names"),
    [
        ("Katera država je na drugem mestu po številu študij?", SL, Column.COUNTRY, ["Kitajska", "Iran"]),
        ("Which country is in third place by number of trials?", EN, Column.COUNTRY, ["Kitajska", "Iran", "ZDA"]),
        ("Katera država je na drugem mestu po številu udeležencev?", SL, Column.COUNTRY, ["ZDA", "Kitajska"]),
        ("Which country ranks second by total participants?", EN, Column.COUNTRY, ["ZDA", "Kitajska"]),
    ],
)
def test_a_place_among_groups_is_told_with_those_before_it(
    reader: TableReader, document: Document, question: str, language: Language, column: Column, names: list[str]
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert query.group_by is column
    assert [group.key for group in execute(query, document).groups] == names


@pytest.mark.parametrize(
    ("question", "language", "ends", "ratio"),
    [
        ("Razlika med največjim in najmanjšim številom vključenih?", SL, (5, 970), False),
        ("Difference between the highest and the lowest number of participants?", EN, (5, 970), False),
        ("Kolikokrat več udeležencev ima največja študija kot druga največja?", SL, (240, 970), True),
        ("How many times bigger is the largest study than the second largest?", EN, (240, 970), True),
    ],
)
def test_how_far_two_rows_are_apart(
    reader: TableReader, document: Document, question: str, language: Language, ends: tuple[int, int], ratio: bool
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert (query.operation, query.ratio) == (O.RANGE, ratio)
    sizes = [trial.enrolment for trial in execute(query, document).shown]
    assert (min(sizes), max(sizes)) == ends


@pytest.mark.parametrize(
    ("question", "language", "values"),
    [
        ("Je število kitajskih študij večje od števila iranskih?", SL, {13, 10}),
        ("Is the number of trials with unknown status higher than that of trials recruiting?", EN, {10, 15}),
        ("Kolikšno je razmerje med študijami v Iranu in na Kitajskem?", SL, {10, 13}),
        ("Is the US ahead of Turkey in number of trials?", EN, {5, 2}),
        ("Ali je več študij faze 1 ali faze 2?", SL, {17, 19}),
        ("More phase 1 or phase 2 trials?", EN, {17, 19}),
    ],
)
def test_numbers_of_trials_are_compared(
    reader: TableReader, document: Document, question: str, language: Language, values: set[int]
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert query.operation is O.COMPARE
    assert {group.value for group in execute(query, document).groups} == values


@pytest.mark.parametrize(
    ("question", "language", "ids"),
    [
        ("Ali je največja študija na Kitajskem?", SL, {"NCT05354141"}),
        ("Is the largest COVID-19 trial in Iran?", EN, {"NCT05787288"}),
        ("Drži, da ima največja iranska študija več kot 100 udeležencev?", SL, {"NCT05402748", "NCT05499156"}),
        ("I wonder, is the smallest trial in the US?", EN, {"NCT03384433"}),
        ("Katera študija ima enako število udeležencev kot nemška?", SL, {"NCT06568653"}),
        ("Which trial has the same number of participants as the German one?", EN, {"NCT06568653"}),
        ("Koliko študij ima vsaj 100, a ne več kot 200 udeležencev?", SL, {"NCT05413148", "NCT06482541"}),
        ("How many studies have at least 100 but no more than 200 participants?", EN, {"NCT05413148", "NCT06482541"}),
        ("Katera študija je po velikosti na drugem mestu?", SL, {"NCT05354141", "NCT05787288"}),
        ("Which trial is second by size?", EN, {"NCT05354141", "NCT05787288"}),
        ("Katere iranske študije zbirajo in so v fazi 2?", SL, {"NCT05813379", "NCT05871463", "NCT05669144"}),
        ("Which of the Iranian trials is recruiting and in phase 2?", EN,
         {"NCT05813379", "NCT05871463", "NCT05669144"}),
        ("Ali je v tabeli kaj o levkemiji?", SL, {"NCT06245746"}),
        ("Anything on leukaemia in the table?", EN, {"NCT06245746"}),
        ("Študije na Kitajskem, ki niti ne zbirajo niti ne čakajo na začetek", SL,
         {"NCT03437759", "NCT04213248", "NCT04388982"}),
        ("Trials in China neither recruiting nor waiting to recruit", EN,
         {"NCT03437759", "NCT04213248", "NCT04388982"}),
    ],
)  # fmt: skip
def test_the_rows_meant_are_shown(
    reader: TableReader, document: Document, question: str, language: Language, ids: set[str]
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert {trial.id for trial in execute(query, document).shown} == ids


@pytest.mark.parametrize(
    ("question", "language", "groups"),
    [
        ("Ali ima Iran največ študij?", SL, {"Kitajska": 13, "Iran": 10, "ZDA": 5}),
        ("Is it true that Iran is the country with the most trials?", EN, {"Kitajska": 13, "Iran": 10, "ZDA": 5}),
        ("Ima Iran največ študij z neznanim statusom?", SL, {"Iran": 3, "Kitajska": 3}),
        ("Are the most trials of unknown status in Iran?", EN, {"Iran": 3, "Kitajska": 3}),
        ("Does the USA have the most participants?", EN, {"ZDA": 1153, "Kitajska": 785, "Iran": 320}),
        ("Je največ študij v fazi 1/2?", SL, {"1/2": 13, "none": 7}),
        ("What is the status of the majority of trials?", EN, {"ZU": 15, "ZUN": 11, "N": 10}),
        ("Kakšen je status večine študij?", SL, {"ZU": 15, "ZUN": 11, "N": 10}),
        ("V katerih državah ne poteka nobena študija o covidu?", SL, {"Iran": 10, "Turčija": 2}),
        ("In which countries is there no COVID trial?", EN, {"Iran": 10, "Turčija": 2}),
        ("Zanimajo me države, kjer je vsaj ena študija v fazi 3.", SL, {"Turčija": 1, "Egipt": 1}),
        ("Which countries have at least one phase 3 trial?", EN, {"Turčija": 1, "Egipt": 1}),
        ("Koliko študij je o melazmi in koliko o ALS?", SL, {"s ciljem terapije »Melazma«": 2}),
        ("How many melasma trials and how many ALS trials are there?", EN, {"s ciljem terapije »Melazma«": 2}),
    ],
)
def test_the_groups_meant_are_told(
    reader: TableReader, document: Document, question: str, language: Language, groups: dict[str, int]
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    told = {group.key: group.value for group in execute(query, document).groups}
    assert told | groups == told


@pytest.mark.parametrize(
    ("question", "language", "part", "whole"),
    [
        ("Ali so študije na Kitajskem večinoma v zgodnji fazi 1?", SL, 3, 13),
        ("Are Chinese trials mostly in early phase 1?", EN, 3, 13),
        ("Koliko odstotkov vseh udeležencev je v kitajskih študijah, ki že zbirajo?", SL, 574, 2603),
        ("What percentage of all participants are in recruiting Chinese trials?", EN, 574, 2603),
        ("V Iranu je nekaj študij. Kolikšen del jih ima manj kot 30 udeležencev?", SL, 7, 10),
        ("There are a few trials in Iran. What part of them has fewer than 30 participants?", EN, 7, 10),
    ],
)
def test_what_the_whole_of_a_share_is(
    reader: TableReader, document: Document, question: str, language: Language, part: int, whole: int
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert [group.value for group in execute(query, document).groups] == [part, whole]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        # What is counted, and what trials are meant, is unknown.
        ("Koliko zdravnikov dela v iranskih študijah?", SL),
        ("How many investigators work on the Chinese trials?", EN),
        ("Ali katera študija za beriberi že zbira udeležence?", SL),
        ("Is any scurvy study already recruiting?", EN),
        ("Koliko zdravih prostovoljcev sodeluje v študijah?", SL),
        ("How many healthy volunteers take part in the trials?", EN),
        ("Število študij, ki zbirajo ali so odpisane", SL),
        ("Number of trials that are recruiting or scrapped", EN),
        # Parts of two wholes are not compared.
        ("Ali ima Iran večji delež študij z neznanim statusom kot Kitajska?", SL),
        ("Does Iran or China have the larger share of trials with unknown status?", EN),
        # Those who have a disease are not those who take part.
        ("V kateri državi je največ primerov covida-19?", SL),
        ("Koliko je bolnikov z ALS na Kitajskem?", SL),
        ("Which country has the most patients with melasma?", EN),
        ("How many people suffer from dry eye in China?", EN),
        ("Koliko ljudi na svetu ima ALS?", SL),
        ("How many people in the world have ALS?", EN),
        ("Koliko faz ima fibroza jeter?", SL),
        ("How many phases does liver cirrhosis have?", EN),
    ],
)
def test_nothing_near_it_is_computed_instead(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


@pytest.mark.parametrize(
    ("question", "language", "size"),
    [
        ("Koliko bolnikov z ALS sodeluje na Kitajskem?", SL, 38),
        ("How many people with hair loss will take part?", EN, 170),
        ("Skupno število udeležencev: covid + dolgi covid?", SL, 571),
        ("Total participants for COVID + long COVID?", EN, 571),
    ],
)
def test_those_who_take_part_are_added_up(
    reader: TableReader, document: Document, question: str, language: Language, size: int
) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert execute(query, document).value == size


@pytest.mark.parametrize(
    ("question", "route"),
    [
        ("Mama ima melazmo in jo skrbi. Katere študije o melazmi zbirajo udeležence?", Route.TABLE),
        ("Mum has melasma and forgets things. Which trials on melasma are recruiting?", Route.TABLE),
        ("My daughter has melasma - is anyone recruiting for it?", Route.TABLE),
        ("Mama ima melazmo. Naj jo prijavim v katero od študij?", Route.ADVICE),
        ("My mother has melasma. Should she join one of the recruiting trials?", Route.ADVICE),
    ],
)
def test_whose_disease_it_is_does_not_matter_to_the_table(engine: Engine, question: str, route: Route) -> None:
    assert engine.plan(question).route is route


@pytest.mark.parametrize("question", ["Koliko faz imajo klinične študije?", "How many types of EVs are there?"])
def test_rows_of_trials_tell_no_other_number(engine: Engine, question: str) -> None:
    cited = [citation.id for citation in engine.ask(question).citations]
    assert cited
    assert not any(piece.startswith("table-2") for piece in cited)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Primerjaj NCT05787288 in NCT05216562 po velikosti.", SL),
        ("Compare NCT05787288 and NCT05216562 by size.", EN),
    ],
)
def test_what_is_compared_by_size_shows_sizes(reader: TableReader, question: str, language: Language) -> None:
    query = reader.read(question, language).query
    assert query is not None
    assert (query.operation, query.columns) == (O.COMPARE, (Column.ENROLMENT,))
