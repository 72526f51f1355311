"""Queries over the table of trials as such: properties, parity with the golden table, words of answers."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.terms import distance
from corpus.text import fold
from corpus.types import Document, Language
from rag.tables.compose import SentenceKind, TableSentence, compose
from rag.tables.data import area_of, country_names, groups, lexicon, places, whole
from rag.tables.execute import TableResult, dated, execute, meets
from rag.tables.grammar import counted, have, listed, number
from rag.tables.query import (
    EARLY,
    NO_PHASE,
    OBSERVATIONAL,
    Column,
    Filter,
    Label,
    Operation,
    Operator,
    TableQuery,
    describe,
)
from rag.tables.read import TableReader
from tests.test_table_queries import ROWS

SL, EN = Language.SL, Language.EN

COUNTRIES = sorted({row.country for row in ROWS})
GOALS = sorted({row.goal for row in ROWS if row.goal not in ("Retinitis pigmentoz", "Covid-19")})

text_filters = st.one_of(
    st.builds(
        Filter,
        column=st.just(Column.COUNTRY),
        operator=st.sampled_from([Operator.IN, Operator.NOT_IN]),
        values=st.lists(st.sampled_from([*COUNTRIES, "Francija"]), max_size=3, unique=True).map(tuple),
    ),
    st.builds(
        Filter,
        column=st.just(Column.STATUS),
        operator=st.sampled_from([Operator.IN, Operator.NOT_IN, Operator.IS]),
        values=st.lists(st.sampled_from(["ZU", "ZUN", "N"]), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    st.builds(
        Filter,
        column=st.just(Column.CONDITION),
        operator=st.sampled_from([Operator.IN, Operator.NOT_IN]),
        values=st.lists(st.sampled_from(GOALS), max_size=4, unique=True).map(tuple),
    ),
    st.builds(
        Filter,
        column=st.just(Column.TITLE),
        operator=st.just(Operator.CONTAINS),
        values=st.sampled_from([("umbilical cord", "umsc"), ("exosome",), ("placenta", "placental")]),
    ),
)
number_filters = st.one_of(
    st.builds(
        Filter,
        column=st.just(Column.ENROLMENT),
        operator=st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN]),
        values=st.tuples(st.integers(0, 1000)),
    ),
    st.builds(
        Filter,
        column=st.just(Column.PHASE),
        operator=st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN]),
        values=st.tuples(st.integers(1, 4)),
    ),
    st.builds(
        Filter,
        column=st.just(Column.PHASE),
        operator=st.sampled_from([Operator.CONTAINS, Operator.IN, Operator.NOT_IN, Operator.IS]),
        values=st.lists(st.sampled_from([1, 2, 3, 4, EARLY, NO_PHASE, OBSERVATIONAL]), min_size=1, unique=True).map(
            tuple
        ),
    ),
)
many_filters = st.lists(text_filters | number_filters, max_size=3).map(tuple)


def _run(document: Document, operation: Operation, filters: tuple[Filter, ...], **more: object) -> TableResult:
    return execute(TableQuery(operation=operation, filters=filters, **more), document)  # type: ignore[arg-type]


@given(filters=many_filters)
@settings(max_examples=150, deadline=None)
def test_the_count_is_the_length_of_the_list(document: Document, filters: tuple[Filter, ...]) -> None:
    assert _run(document, Operation.COUNT, filters).value == len(_run(document, Operation.LIST, filters).rows)


@given(filters=many_filters, by=st.sampled_from([c for c in Column if c is not Column.TITLE]))
@settings(max_examples=150, deadline=None)
def test_groups_add_up_to_the_whole(document: Document, filters: tuple[Filter, ...], by: Column) -> None:
    counts = _run(document, Operation.GROUP, filters, group_by=by)
    sums = _run(document, Operation.GROUP, filters, group_by=by, measure=Operation.SUM)
    assert sum(group.value for group in counts.groups) == len(counts.rows)
    assert sorted(row for group in counts.groups for row in group.rows) == sorted(counts.row_ids)
    assert sum(group.value for group in sums.groups) == _run(document, Operation.SUM, filters).value


@given(filters=many_filters, by=st.sampled_from([Column.COUNTRY, Column.STATUS]), bound=st.integers(0, 15))
@settings(max_examples=60, deadline=None)
def test_groups_above_and_up_to_a_bound_are_all_groups(
    document: Document, filters: tuple[Filter, ...], by: Column, bound: int
) -> None:
    groups = _run(document, Operation.GROUP, filters, group_by=by).groups
    above = _run(document, Operation.GROUP, filters, group_by=by, having=(Operator.MORE_THAN, bound)).groups
    up_to = _run(document, Operation.GROUP, filters, group_by=by, having=(Operator.AT_MOST, bound)).groups
    assert (*above, *up_to) == groups


@given(filters=many_filters, data=st.data())
@settings(max_examples=100, deadline=None)
def test_the_order_of_filters_changes_nothing(
    document: Document, filters: tuple[Filter, ...], data: st.DataObject
) -> None:
    shuffled = tuple(data.draw(st.permutations(filters)))
    assert _run(document, Operation.LIST, filters).rows == _run(document, Operation.LIST, shuffled).rows


@given(item=text_filters)
@settings(max_examples=100, deadline=None)
def test_a_filter_and_its_denial_share_the_table(document: Document, item: Filter) -> None:
    denied = replace(item, operator=Operator.NOT_IN if item.operator is not Operator.NOT_IN else Operator.IN)
    for trial in document.trials:
        assert meets(trial, item) is not meets(trial, denied)


@given(filters=many_filters)
@settings(max_examples=60, deadline=None)
def test_ranks_are_ordered_and_extremes_are_among_them(document: Document, filters: tuple[Filter, ...]) -> None:
    ranked = _run(document, Operation.RANK, filters, columns=(Column.ENROLMENT,))
    sizes = [trial.enrolment for trial in ranked.shown]
    assert sizes == sorted(sizes, reverse=True)
    largest = _run(document, Operation.MAX, filters, columns=(Column.ENROLMENT,))
    assert largest.value == (sizes[0] if sizes else None)


def test_phases_agree_with_the_golden_table(document: Document) -> None:
    for n in (1, 2, 3, 4):
        for operator, expected in {
            Operator.CONTAINS: {row.id for row in ROWS if n in row.phases},
            Operator.IS: {row.id for row in ROWS if row.phases == {n}},
            Operator.AT_LEAST: {row.id for row in ROWS if row.phases and max(row.phases) >= n},
            Operator.LESS_THAN: {row.id for row in ROWS if row.phases and max(row.phases) < n},
        }.items():
            item = Filter(column=Column.PHASE, operator=operator, values=(n,))
            assert {trial.id for trial in document.trials if meets(trial, item)} == expected, (operator, n)


def test_every_goal_has_a_field_of_medicine_and_every_group_only_goals_of_the_table(document: Document) -> None:
    goals = {trial.condition for trial in document.trials}
    in_areas = {condition for group in groups() if group.name is not None for condition in group.conditions}
    assert goals == in_areas
    assert all(set(group.conditions) <= goals for group in groups())
    assert all(area_of(goal).sl != goal for goal in goals)


def test_every_country_of_the_table_is_known_in_both_languages(document: Document) -> None:
    assert {trial.country for trial in document.trials} <= set(country_names())


def test_every_concept_named_in_the_data_is_in_the_glossary(article: Article) -> None:
    keys = {concept.key for concept in article.glossary}
    assert {key for group in groups() for key in group.concepts} <= keys


def test_the_date_is_found_by_what_its_sentence_says(document: Document) -> None:
    found = dated(document)
    assert found is not None
    sentence = next(s for s in document.sentences if s.id == found.piece_id)
    assert "Novembra 2024" in sentence.text
    assert (found.month, found.year) == (11, 2024)


# Words


@pytest.mark.parametrize(
    ("n", "trials", "participants"),
    [
        (0, "0 študij", "0 udeležencev"),
        (1, "1 študijo", "1 udeleženca"),
        (2, "2 študiji", "2 udeleženca"),
        (3, "3 študije", "3 udeležence"),
        (4, "4 študije", "4 udeležence"),
        (5, "5 študij", "5 udeležencev"),
        (11, "11 študij", "11 udeležencev"),
        (36, "36 študij", "36 udeležencev"),
        (101, "101 študijo", "101 udeleženca"),
        (102, "102 študiji", "102 udeleženca"),
    ],
)
def test_slovene_numbers_with_nouns(n: int, trials: str, participants: str) -> None:
    assert counted(n, "trial", SL, case="acc") == trials
    assert counted(n, "participant", SL, case="acc") == participants


@pytest.mark.parametrize(("n", "text"), [(0, "0 trials"), (1, "1 trial"), (2, "2 trials")])
def test_english_plurals(n: int, text: str) -> None:
    assert counted(n, "trial", EN) == text


def test_small_words() -> None:
    assert [have(n, SL) for n in (1, 2, 3, 7)] == ["ima", "imata", "imajo", "imajo"]
    assert [number(value, SL) for value in (36.125, 70.0)] == ["36,1", "70"]
    assert number(72.31, EN) == "72.3"
    assert listed(["a", "b", "c"], SL) == "a, b in c"
    assert listed(["a", "b"], EN) == "a and b"


@pytest.mark.parametrize(
    ("first", "second", "limit", "steps"),
    [("indonsia", "indonesia", 2, 1), ("chnia", "china", 1, 1), ("iran", "iran", 1, 0), ("abcd", "wxyz", 2, 3)],
)
def test_edit_distance_counts_swaps_as_one(first: str, second: str, limit: int, steps: int) -> None:
    assert distance(first, second, at_most=limit) == steps


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _answer(
    reader: TableReader, document: Document, article: Article, question: str, language: Language
) -> list[TableSentence]:
    query = reader.read(question, language).query
    assert query is not None
    return compose(execute(query, document), language, translations=article.translations)


FIRST = [
    ("Koliko študij je v Turčiji?", SL, "Tabela 2 navaja 2 študiji v Turčiji."),
    ("Koliko študij je v Braziliji?", SL, "Tabela 2 navaja 1 študijo v Braziliji."),
    ("Koliko študij je v zgodnji fazi 1?", SL, "Tabela 2 navaja 4 študije v zgodnji fazi 1."),
    ("Koliko študij je na Kitajskem?", SL, "Tabela 2 navaja 13 študij na Kitajskem."),
    ("Koliko študij je v Franciji?", SL, "Tabela 2 ne navaja nobene študije v Franciji."),
    ("Katere študije v ZDA še ne zbirajo udeležencev?", SL,
     "Tabela 2 navaja 4 študije v ZDA s statusom ZUN (zbiranja udeležencev še ni)."),
    ("Katera je največja študija?", SL, "Tabela 2 navaja 36 študij; največ udeležencev (970) ima NCT05354141."),
    ("Najmanjša študija faze 1?", SL, "Tabela 2 navaja 17 študij v fazi 1; najmanj udeležencev (5) ima NCT03384433."),
    ("Skupno število udeležencev v Egiptu?", SL, "Tabela 2 navaja 2 študiji v Egiptu; skupaj imata 30 udeležencev."),
    ("Kolikšno je povprečno število udeležencev v ZDA?", SL,
     "Tabela 2 navaja 5 študij v ZDA; povprečno število udeležencev je 230,6."),
    ("Kolikšen delež študij poteka v ZDA?", SL, "Tabela 2 navaja 5 študij v ZDA od skupno 36, to je 13,9 %."),
    ("V kateri državi poteka študija NCT04998058?", SL, "NCT04998058 (Tabela 2) – država: Brazilija."),
    ("Tri največje študije v Iranu", SL,
     "Tabela 2 navaja 10 študij v Iranu; po številu udeležencev od največje do najmanjše, prve 3: NCT05402748 – 80, "
     "NCT05499156 – 80, NCT06568653 – 40."),
    ("Koliko študij na Kitajskem ni v fazi 1?", SL, "Tabela 2 navaja 7 študij na Kitajskem, ki niso v fazi 1."),
    ("Ali je na Kitajskem več udeležencev kot v ZDA?", SL,
     "Tabela 2 navaja: na Kitajskem 785 udeležencev, v ZDA 1153 udeležencev; razlika 368."),
    ("What percent of participants are in the USA?", EN,
     "Table 2 lists 5 trials in the USA; they account for 1153 of all 2603 participants, that is 44.3%."),
    ("Does China have more participants than the USA?", EN,
     "Table 2 lists: in China 785 participants, in the USA 1153 participants; a difference of 368."),
    ("Katere države imajo več kot dve študiji?", SL,
     "Tabela 2 navaja 36 študij; po državah, več kot 2 študiji: Kitajska – 13, Iran – 10, ZDA – 5."),
    ("Katere študije niso na Kitajskem in niso o covidu?", SL,
     "Tabela 2 navaja 20 študij zunaj Kitajske, razen tistih s ciljem terapije »covid-19«."),
    ("Katere države imajo natanko 5 študij v fazi 3?", SL,
     "Tabela 2 navaja 4 študije v fazi 3; po državah, natanko 5 študij: nobena."),
    ("Which countries have only one trial?", EN,
     "Table 2 lists 36 trials; by country, exactly 1 trial: Germany – 1, Indonesia – 1, Brazil – 1, Spain – 1."),
    ("How many trials are in Turkey?", EN, "Table 2 lists 2 trials in Turkey."),
    ("How many trials are in Brazil?", EN, "Table 2 lists 1 trial in Brazil."),
    ("How many covid trials are there?", EN, "Table 2 lists 4 trials targeting COVID-19."),
    ("How many trials are in France?", EN, "Table 2 lists no trial in France."),
    ("Are there more trials in China or in Iran?", EN,
     "Table 2 lists: in China 13 trials, in Iran 10 trials; a difference of 3."),
    ("Which country has the most trials?", EN, "Table 2 lists 36 trials; by country, the most: China – 13."),
    ("What is the status of NCT05402748?", EN, "NCT05402748 (Table 2) – status: N (unknown)."),
    ("What is the total enrolment of trials in Egypt?", EN,
     "Table 2 lists 2 trials in Egypt; together they have 30 participants."),
]  # fmt: skip


@pytest.mark.parametrize(("question", "language", "expected"), FIRST, ids=[case[0] for case in FIRST])
def test_the_first_sentence_states_result_and_filter(
    reader: TableReader, document: Document, article: Article, question: str, language: Language, expected: str
) -> None:
    assert _answer(reader, document, article, question, language)[0].text == expected


NOTES = [
    ("Katere študije so v Franciji?", SL,
     "Države v tabeli: Kitajska, Iran, ZDA, Turčija, Egipt, Nemčija, Indonezija, Brazilija, Španija."),
    ("Katere študije so v fazi 2?", SL, "Vštete so tudi študije v združenih fazah: 16 od 19."),
    ("Katere študije so v fazi 1?", SL, "Zgodnja faza 1 je svoja vrsta študije in ni všteta."),
    ("Koliko študij je o covidu-19?", SL,
     "Upoštevane so študije, ki imajo za cilj terapije covid-19; sindrom dolgega covida-19 je v tabeli naveden posebej "
     "in ni vštet."),
    ("Kakšen je status študije NCT04602104?", SL, "NCT04602104 omenja besedilo članka."),
    ("Koliko študij je v Iranu?", SL, "Članek navaja stanje v zbirki ClinicalTrials.gov za november 2024."),
    ("Which trials are in phase 4?", EN, "Phases in the table: 1, 2, 3."),
    ("phase 3 trials in Germany", EN, "Each condition by itself: in Germany: 1 trial; in phase 3: 4 trials."),
    ("Trials in China or France", EN, "Table 2 lists no trial in France. Countries in the table: China, Iran, USA, "
     "Turkey, Egypt, Germany, Indonesia, Brazil, Spain."),
    ("Status of NCT05354142?", EN, "Table 2 does not list NCT05354142. The nearest identifiers in it: NCT05354141."),
    ("Koliko študij je v Evropi?", SL, "Od tega: Nemčija – 1, Španija – 1."),
    ("Katere študije niso o covidu-19?", SL,
     "Izločene so samo študije s ciljem covid-19; študije s ciljem sindrom dolgega covida-19 ostanejo."),
    ("How many trials have status ZU, ZUN and N?", EN,
     "Of these: ZU (recruiting) – 15, N (unknown) – 10, ZUN (not yet recruiting) – 11."),
    ("Which trials are on eye diseases?", EN,
     "Targets counted: Retinitis pigmentosa – 1, Macular holes – 1, Dry eye disease – 2."),
    ("How many trials are in Iran?", EN, "The article gives the state of ClinicalTrials.gov as of November 2024."),
]  # fmt: skip


@pytest.mark.parametrize(("question", "language", "expected"), NOTES, ids=[case[0] for case in NOTES])
def test_notes_say_how_it_was_read_and_what_there_is(
    reader: TableReader, document: Document, article: Article, question: str, language: Language, expected: str
) -> None:
    notes = [s.text for s in _answer(reader, document, article, question, language) if s.kind is SentenceKind.NOTE]
    assert expected in notes


def test_few_rows_are_told_one_by_one_with_their_codes_in_words(
    reader: TableReader, document: Document, article: Article
) -> None:
    rows = [s for s in _answer(reader, document, article, "Which trials are in Spain?", EN) if s.kind == "row"]
    assert [s.text for s in rows] == [
        "NCT05243368 – Diabetic foot, Spain, 30 participants, N/A (no FDA phase), status ZU (recruiting)"
    ]
    assert rows[0].row_ids == ("table-2:NCT05243368",)


def test_many_rows_are_told_by_their_ids(reader: TableReader, document: Document, article: Article) -> None:
    found = _answer(reader, document, article, "Katere študije so na Kitajskem?", SL)
    assert not [s for s in found if s.kind is SentenceKind.ROW]
    assert re.findall(r"NCT\d{8}", found[1].text) == [row.id for row in ROWS if row.country == "Kitajska"]


def test_the_date_note_cites_the_sentence_of_the_article(
    reader: TableReader, document: Document, article: Article
) -> None:
    found = _answer(reader, document, article, "How many trials are in Iran?", EN)
    assert found[-1].piece_ids == ("3:1.7",)


def test_ties_at_the_cut_are_told(reader: TableReader, document: Document, article: Article) -> None:
    notes = [s.text for s in _answer(reader, document, article, "Top 3 trials in Iran by enrolment", EN)]
    assert "by number of participants" in notes[0]
    query = TableQuery(operation=Operation.RANK, columns=(Column.ENROLMENT,), n=1,
                       filters=(Filter(column=Column.COUNTRY, operator=Operator.IN, values=("Iran",)),))  # fmt: skip
    told = [s.text for s in compose(execute(query, document), EN) if s.kind is SentenceKind.NOTE]
    assert "The same number of participants (80): also NCT05499156." in told


def test_numbers_in_the_first_sentence_are_those_of_the_rows(
    reader: TableReader, document: Document, article: Article
) -> None:
    """What a checker does: compute the value again from the rows the result names."""
    by_id = {f"table-2:{row.id}": row for row in ROWS}
    query = reader.read("How many participants are enrolled in Turkey in total?", EN).query
    assert query is not None
    result = execute(query, document)
    assert (result.operation, result.column) == (Operation.SUM, Column.ENROLMENT)
    assert result.value == sum(by_id[row_id].n for row_id in result.row_ids) == 165


def test_describe_gives_the_filter_in_both_languages() -> None:
    query = TableQuery(
        operation=Operation.LIST,
        filters=(
            Filter(column=Column.COUNTRY, operator=Operator.IN, values=("Iran",), label=Label("v Iranu", "in Iran")),
            Filter(
                column=Column.PHASE, operator=Operator.IS, values=(3,), label=Label("samo v fazi 3", "in phase 3 only")
            ),
        ),
    )
    assert describe(query, SL) == "v Iranu samo v fazi 3"
    assert describe(query, EN) == "in Iran in phase 3 only"
    assert describe(TableQuery(operation=Operation.COUNT), EN) == ""


def test_patterns_of_both_languages_have_the_same_names() -> None:
    assert set(lexicon(SL).raw) == set(lexicon(EN).raw)
    for language in (SL, EN):
        assert all(lexicon(language).patterns[name].pattern for name in lexicon(language).raw)  # each compiles


def test_a_document_without_trials_is_never_asked(article: Article, document: Document) -> None:
    empty = replace(document, trials=())
    reading = TableReader(empty, article.glossary, ConceptMatcher(article.glossary)).read(
        "How many trials are in Iran?", EN
    )
    assert (reading.query, reading.reason) == (None, "no_trials")
    assert execute(TableQuery(operation=Operation.COUNT), empty).value == 0


def test_the_same_question_gives_the_same_result_with_and_without_diacritics(
    reader: TableReader, document: Document
) -> None:
    plain = reader.read("Katere studije v ZDA se ne zbirajo udelezencev in imajo manj kot sestdeset udelezencev?", SL)
    accented = reader.read(
        "Katere študije v ZDA še ne zbirajo udeležencev in imajo manj kot šestdeset udeležencev?", SL
    )
    assert plain.query == accented.query is not None


@pytest.mark.parametrize(
    "question",
    ["Aβ in TGF-β1 v študijah v Iranu?", "o't in China trials", "(1,2) trials in Iran (NCT05354141)", "α/β-γ"],
)
def test_odd_letters_and_marks_break_nothing(reader: TableReader, question: str) -> None:
    for language in Language:
        reading = reader.read(question, language)
        assert (reading.query is None) is bool(reading.reason)


@pytest.mark.parametrize("language", [SL, EN])
@given(text=st.text(max_size=120))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_reader(reader: TableReader, text: str, language: Language) -> None:
    reading = reader.read(text, language)
    assert (reading.query is None) is bool(reading.reason)


def test_a_place_is_found_where_its_pattern_matches() -> None:
    """Most patterns are not even compiled, because no beginning of theirs stands in the text."""
    texts = [fold(text) for place in places() for label in (place.name, place.inside, place.outside) for text in label]
    texts += [" in ".join(texts[n : n + 3]) for n in range(0, len(texts), 3)]
    for place in places():
        for text in texts:
            expected = [match.span() for match in whole(place.pattern).finditer(text)]
            assert [match.span() for match in place.found_in(text)] == expected, (place.name.sl, text)
