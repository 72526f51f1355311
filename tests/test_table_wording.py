"""Ways of asking about the table: remarks in brackets, exclusions, several columns, abbreviations, slips."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.tables.compose import compose
from rag.tables.execute import TableResult, execute
from rag.tables.query import Column, Operation
from rag.tables.read import TableReader
from tests.test_table_queries import EN, ROWS, SL, Where

O = Operation  # noqa: E741


def _phase_at_least(n: int) -> Where:
    return lambda r: max(r.phases, default=0) >= n


CASES: list[tuple[str, Language, Operation, Where]] = [
    # A remark that combined phases count adds no condition.
    ("Katere študije so v fazi 2, vključno s kombiniranima fazama 1/2 in 2/3?", SL, O.LIST, lambda r: 2 in r.phases),
    ("Naštej kitajske študije vsaj faze 1 (upoštevaj tudi združene faze).", SL, O.LIST,
     lambda r: r.country == "Kitajska" and bool(r.phases)),
    ("Katere egiptovske študije so prišle do faze 2 (štejejo tudi 2/3)?", SL, O.LIST,
     lambda r: r.country == "Egipt" and max(r.phases, default=0) >= 2),
    ("Which trials are in phase 2 (also counting the mixed phase 1/2 ones)?", EN, O.LIST, lambda r: 2 in r.phases),
    ("List trials that made it to phase 3, including combined 2/3 designs.", EN, O.LIST, _phase_at_least(3)),
    ("phase 2 trials in China, phase 1/2 counts too", EN, O.LIST, lambda r: r.country == "Kitajska" and 2 in r.phases),
    ("Katere študije so v kombinirani fazi 2/3?", SL, O.LIST, lambda r: r.phases == {2, 3}),
    ("Which combined phase 2/3 trials are there?", EN, O.LIST, lambda r: r.phases == {2, 3}),
    # That they do not count does.
    ("Katere študije so samo v fazi 3, brez 2/3?", SL, O.LIST, lambda r: r.phases == {3}),
    ("Katere študije so v fazi 2 brez združenih?", SL, O.LIST, lambda r: r.phases == {2}),
    ("Which trials are in phase 2, not 1/2?", EN, O.LIST, lambda r: 2 in r.phases and r.phases != {1, 2}),
    ("Which trials are in phase 2, excluding the combined phases?", EN, O.LIST, lambda r: r.phases == {2}),
    # Exclusions after the name, and by other words than "not".
    ("Koliko študij je, če ne upoštevamo Kitajske?", SL, O.COUNT, lambda r: r.country != "Kitajska"),
    ("V katerih državah zbirajo udeležence, če izvzamemo Iran?", SL, O.DISTINCT,
     lambda r: r.status == "ZU" and r.country != "Iran"),
    ("Katere študije o covidu-19 so na seznamu, dolgega covida ne štejemo?", SL, O.LIST, lambda r: r.covid),
    ("Leaving aside China, where are the recruiting trials?", EN, O.DISTINCT,
     lambda r: r.status == "ZU" and r.country != "Kitajska"),
    ("How many trials are there if we don't count Iran?", EN, O.COUNT, lambda r: r.country != "Iran"),
    ("Which countries have COVID trials, long COVID excluded?", EN, O.DISTINCT, lambda r: r.covid),
    ("After China, which country runs the most trials?", EN, O.GROUP, lambda r: r.country != "Kitajska"),
    # "At least one" is no bound, "at least two" is.
    ("Katere države imajo vsaj eno študijo v fazi 3?", SL, O.DISTINCT, lambda r: 3 in r.phases),
    ("Which countries have at least one recruiting trial?", EN, O.DISTINCT, lambda r: r.status == "ZU"),
    ("Name every disease with at least one trial in phase 3.", EN, O.DISTINCT, lambda r: 3 in r.phases),
    ("Which countries have more than two recruiting trials?", EN, O.GROUP, lambda r: r.status == "ZU"),
    # A yes-or-no question beside another one asks for the status; about one trial it is answered by it.
    ("V kateri državi poteka študija o parodontitisu in ali že zbirajo bolnike?", SL, O.DISTINCT,
     lambda r: r.goal == "Parodontitis"),
    ("Where is the meniscus trial, and is it recruiting?", EN, O.DISTINCT, lambda r: r.goal == "Poškodba meniskusa"),
    ("Ali brazilska študija že zbira udeležence?", SL, O.DISTINCT, lambda r: r.country == "Brazilija"),
    ("Has the German trial opened for enrolment?", EN, O.DISTINCT, lambda r: r.country == "Nemčija"),
    ("Ali študija o melazmi že zbira udeležence?", SL, O.LIST, lambda r: r.goal == "Melazma" and r.status == "ZU"),
    # Abbreviations, synonyms, fields, what is tested where.
    ("AMI trials: country and status?", EN, O.LIST, lambda r: r.goal.startswith("Miokardni")),
    ("Študija pri AMI: kje in v kateri fazi?", SL, O.DISTINCT, lambda r: r.goal.startswith("Miokardni")),
    ("Katera študija je za bolnike z ishemično možgansko kapjo?", SL, O.LIST,
     lambda r: r.goal == "Cerebrovaskularne motnje"),
    ("Which trial is on acute ischemic stroke?", EN, O.LIST, lambda r: r.goal == "Cerebrovaskularne motnje"),
    ("Which diseases are being tested in Iran?", EN, O.DISTINCT, lambda r: r.country == "Iran"),
    ("Katere evropske države so zastopane?", SL, O.DISTINCT, lambda r: r.country in {"Nemčija", "Španija"}),
    ("Katere študije nimajo oznake faze?", SL, O.LIST, lambda r: r.kind == "N/A"),
    # A size in brackets explains "larger"; a number of rows already known is no condition.
    ("Kateri manjši poskusi (pod 10 udeležencev) so v Iranu?", SL, O.LIST, lambda r: r.country == "Iran" and r.n < 10),
    ("Which larger trials (more than 100 participants) are in the USA?", EN, O.LIST,
     lambda r: r.country == "ZDA" and r.n > 100),
    ("Koliko ljudi bo skupno vključenih v vse tri študije o dolgem covidu?", SL, O.SUM, lambda r: r.long_covid),
    ("What's the combined enrolment of the three long COVID studies?", EN, O.SUM, lambda r: r.long_covid),
    # A story before the question.
    ("Po covidu še kašljam. Katere študije o dolgem covidu so v Tabeli 2?", SL, O.LIST, lambda r: r.long_covid),
    ("I had COVID last year. Which long COVID trials are recruiting?", EN, O.LIST,
     lambda r: r.long_covid and r.status == "ZU"),
    ("They try to keep the gut from leaking after rectal cancer surgery. Registration number, please.", EN, O.LIST,
     lambda r: r.goal == "Rak danke"),
    # Slips, also in words that only hold the question together, and in a country's name.
    ("Koliko udelezencv imajo kitjske študjie?", SL, O.SUM, lambda r: r.country == "Kitajska"),
    ("Which trails with over fifty particpants are outside Chian?", EN, O.LIST,
     lambda r: r.n > 50 and r.country != "Kitajska"),
    # Two questions over the same rows.
    ("Koliko študij ima Iran in koliko od teh jih zbira udeležence?", SL, O.GROUP, lambda r: r.country == "Iran"),
    ("How many trials does Iran have, and how many of them are recruiting?", EN, O.GROUP,
     lambda r: r.country == "Iran"),
]  # fmt: skip

PROSE = [
    ("Does being listed there mean that the trial was approved?", EN),
    ("Is anything known about whether exosomes are safe?", EN),
    ("Ali je znano, ali so eksosomi varni?", SL),
    ("What do trials of exosomes show in melasma?", EN),
    ("EV trial results in Parkinson's disease", EN),
    ("Rezultati študije pri Alzheimerjevi bolezni", SL),
    ("We excluded exosomes from blood. Which trial was effective?", EN),
    ("Mi raziskujemo eksosome.", SL),
]

SHOWN = [
    ("List all recruiting trials with their countries and diseases.", EN, (Column.COUNTRY, Column.CONDITION)),
    ("Naštej vse kitajske študije in njihov status.", SL, (Column.STATUS,)),
    ("Which trials are in Iran, what phase are they in and how many participants does each have?", EN,
     (Column.PHASE, Column.ENROLMENT)),
    ("Katere študije so v 2. fazi in v katerih državah?", SL, (Column.COUNTRY,)),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(document: Document, article: Article) -> TableReader:
    return TableReader(document, article.glossary, ConceptMatcher(article.glossary))


def _result(reader: TableReader, document: Document, question: str, language: Language) -> TableResult:
    reading = reader.read(question, language)
    assert reading.query is not None, (reading.reason, reading.unread)
    return execute(reading.query, document)


@pytest.mark.parametrize(("question", "language", "operation", "where"), CASES, ids=[case[0] for case in CASES])
def test_wordings_choose_the_rows_meant(
    reader: TableReader, document: Document, question: str, language: Language, operation: Operation, where: Where
) -> None:
    result = _result(reader, document, question, language)
    assert [trial.id for trial in result.rows] == [row.id for row in ROWS if where(row)]
    assert result.operation is operation


@pytest.mark.parametrize(("question", "language"), PROSE, ids=[case[0] for case in PROSE])
def test_questions_for_the_text_are_left_alone(reader: TableReader, question: str, language: Language) -> None:
    assert reader.read(question, language).query is None


@pytest.mark.parametrize(("question", "language", "columns"), SHOWN, ids=[case[0] for case in SHOWN])
def test_columns_asked_for_are_told_for_every_row_however_many(
    reader: TableReader, document: Document, article: Article, question: str, language: Language,
    columns: tuple[Column, ...],
) -> None:  # fmt: skip
    result = _result(reader, document, question, language)
    assert len(result.rows) > 8
    text = " ".join(s.text for s in compose(result, language, translations=article.translations))
    single = {
        trial.id: " ".join(
            s.text
            for s in compose(
                execute(reader.read(f"{trial.id}: {'faza' if language is SL else 'phase'}?", language).query, document),  # type: ignore[arg-type]
                language,
                translations=article.translations,
            )
        )
        for trial in result.rows
    }
    for trial in result.rows:
        told = text.split(f"{trial.id} – ", 1)[1].split("; NCT")[0]
        if Column.ENROLMENT in columns:
            assert str(trial.enrolment) in told
        if Column.STATUS in columns:
            assert told.startswith(f"{trial.status} (")
        if Column.PHASE in columns:
            assert single[trial.id].split(": ", 1)[1].split(".")[0].split(";")[0] in told
        assert told.count(", ") >= len(columns) - 1


def test_both_columns_of_one_row_are_told(reader: TableReader, document: Document, article: Article) -> None:
    result = _result(reader, document, "Kje poteka študija o ALS in ali že zbirajo udeležence?", SL)
    first = compose(result, SL, translations=article.translations)[0].text
    assert "država: Kitajska; status: ZU (zbiranje udeležencev)." in first
