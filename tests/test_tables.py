"""The two tables: rows, cells and items with their spans, and the trials of Table 2."""

from collections import Counter

import pytest

from corpus.load import Article
from corpus.text import quote
from corpus.types import Document, Kind, Language, Table, Trial
from ingest.parse import parse
from ingest.tables import abbreviations
from tests.golden_files import check_golden

HEADER = "Oznaka\tNaslov klinične študije\tCilj terapije\tStatus\tDržava\tŠtevilo udeležencev\tVrsta študije"


def table(document: Document, table_id: str) -> Table:
    return next(found for found in document.tables if found.id == table_id)


@pytest.fixture(scope="session")
def printed(article: Article) -> list[list[str]]:
    """The rows of Table 2, read without the parser."""
    return [line.split("\t") for line in article.source.split("\n") if line.startswith("NCT")]


@pytest.fixture(scope="session")
def trials(document: Document) -> dict[str, Trial]:
    return {trial.id: trial for trial in document.trials}


# Table 1


def test_golden_table_1(document: Document) -> None:
    items = {sentence.id: sentence.text for sentence in document.sentences if sentence.kind is Kind.TABLE_CELL}
    lines: list[str] = []
    for row in table(document, "table-1").rows:
        lines.append(f"{row.id} {row.cells[0].text}")
        for cell in row.cells[1:]:
            lines.append(f"  {cell.column}")
            lines.extend(f"    {item} {items[item]}" for item in cell.items)
    check_golden("table-1.txt", lines)


def test_table_1_has_two_rows_of_three_cells(document: Document) -> None:
    found = table(document, "table-1")
    assert found.columns == ("Učinkovina", "Prednosti", "Slabosti")
    assert [row.id for row in found.rows] == ["table-1:1", "table-1:2"]
    assert [[cell.column for cell in row.cells] for row in found.rows] == [list(found.columns)] * 2
    assert [row.cell("Učinkovina") for row in found.rows] == [
        "MEZENHIMSKE MATIČNE/STROMALNE CELICE",
        "ZUNAJCELIČNI VEZIKLI MEZENHIMSKIH MATIČNIH/STROMALNIH CELIC",
    ]
    assert (found.caption, found.legend) == ("table-1:caption", "table-1:legend")


def test_the_items_of_table_1_are_one_sentence_each(document: Document) -> None:
    counts = [[len(cell.items) for cell in row.cells] for row in table(document, "table-1").rows]
    assert counts == [[0, 3, 5], [0, 6, 4]]
    items = [s for s in document.sentences if s.kind is Kind.TABLE_CELL]
    assert [s.id for s in items] == [
        item for row in table(document, "table-1").rows for cell in row.cells for item in cell.items
    ]
    assert [s.text for s in items if set(s.text) & set("•<>") or s.text[-1] in ",.;"] == []


def test_the_items_of_one_row_do_not_reach_the_other(document: Document, article: Article) -> None:
    for row in table(document, "table-1").rows:
        start, end = row.spans[0].start, row.spans[-1].end
        line = article.source[start:end]
        assert "\n" not in line
        mine = [s for s in document.sentences if s.kind is Kind.TABLE_CELL and s.id.startswith(f"{row.id}.")]
        assert [s.id for s in mine if not (start <= s.spans[0].start and s.spans[-1].end <= end)] == []
        assert Counter(s.context for s in mine) == {
            f"{row.cells[0].text} – {cell.column}": len(cell.items) for cell in row.cells[1:]
        }


def test_drawbacks_that_read_alike_stay_with_their_row(document: Document) -> None:
    texts = {s.id: s.text for s in document.sentences if s.kind is Kind.TABLE_CELL}
    cells, vesicles = table(document, "table-1").rows
    drawbacks = [[texts[item] for item in row.cells[2].items] for row in (cells, vesicles)]
    assert drawbacks == [
        [
            "kratkotrajno preživetje celic po aplikaciji",
            "zahtevnejše shranjevanje in prenos celic",
            "potencialno tumorigeno delovanje",
            "potencialna diferenciacija v neustrezna tkiva",
            "potencialno kopičenje v kapilarah",
        ],
        [
            "visoki stroški",
            "zahtevna in kompleksna proizvodnja v velikem/industrijskem merilu",
            "pomanjkanje standardiziranih metod za zbiranje, analizo, pripravo, preverjanje kakovosti ZV "
            "(kaj in kako preverjamo) in njihovo shranjevanje",
            "nejasne in neizoblikovane regulativne smernice za terapevtsko uporabo ZV",
        ],
    ]


def test_the_unclosed_html_of_table_1_is_no_text(document: Document, article: Article) -> None:
    assert article.source.count('<ul style="list-style-type: none">') == 4
    cells = [cell.text for row in table(document, "table-1").rows for cell in row.cells]
    assert [text for text in cells if "<" in text or "ul" in text.split()[0]] == []
    assert cells[1] == (
        "• multipotentni diferenciacijski potencial, • enostavna izolacija in gojenje celic, "
        "• izoblikovane regulativne smernice za pridobivanje in uporabo MSC."
    )


def test_a_cell_is_found_by_its_column(document: Document) -> None:
    row = table(document, "table-2").rows[0]
    assert row.cell("Država") == "Iran"
    with pytest.raises(KeyError, match="Drzava"):
        row.cell("Drzava")


# Table 2


def test_golden_table_2(document: Document, trials: dict[str, Trial]) -> None:
    lines = ["\t".join([*table(document, "table-2").columns, "phases", "early", "observational", "normal forms"])]
    for row in table(document, "table-2").rows:
        trial = trials[row.trials[0]]
        normal = {trial.condition, trial.country} - {trial.condition_raw, trial.country_raw}
        typed = [",".join(map(str, trial.phases)), "early" * trial.early, "register" * trial.observational]
        lines.append("\t".join([*(cell.text for cell in row.cells), *typed, "; ".join(sorted(normal))]))
    check_golden("table-2.tsv", lines)


def test_table_2_is_whole(document: Document, printed: list[list[str]]) -> None:
    found = table(document, "table-2")
    assert "\t".join(found.columns) == HEADER
    assert [[cell.text for cell in row.cells] for row in found.rows] == printed
    assert Counter(len(row.cells) for row in found.rows) == {7: 36}
    assert [row.id for row in found.rows] == [f"table-2:{cells[0]}" for cells in printed]
    assert (found.caption, found.legend) == ("table-2:caption", "table-2:legend")


def test_the_header_of_each_page_is_no_row(document: Document, article: Article) -> None:
    assert article.source.count(HEADER) == 3
    assert [row.id for row in table(document, "table-2").rows if row.cells[0].text == "Oznaka"] == []


def test_every_row_and_cell_stands_where_its_spans_say(document: Document, article: Article) -> None:
    source = article.source
    cells = [cell for found in document.tables for row in found.rows for cell in row.cells]
    assert len(cells) == 2 * 3 + 36 * 7
    assert [cell.text for cell in cells if cell.text != quote(source, cell.spans)] == []
    rows = [row for found in document.tables for row in found.rows]
    assert [row.id for row in rows if row.spans != tuple(span for cell in row.cells for span in cell.spans)] == []
    assert [row.id for row in rows if row.text != quote(source, row.spans)] == []


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        pytest.param((1, 2), 13, id="1 and 2"),
        pytest.param((2, 3), 3, id="2 and 3"),
        pytest.param((1,), 4, id="1 only"),
        pytest.param((2,), 3, id="2 only"),
        pytest.param((3,), 1, id="3 only"),
        pytest.param((), 12, id="none"),
    ],
)
def test_phases(document: Document, phases: tuple[int, ...], expected: int) -> None:
    assert sum(trial.phases == phases for trial in document.trials) == expected


def test_phase_3_only_is_one_trial(document: Document, article: Article) -> None:
    assert [trial.id for trial in document.trials if trial.phases == (3,)] == ["NCT05354141"]
    assert [trial.id for trial in document.trials if 3 in trial.phases] == [
        "NCT05413148",
        "NCT02138331",
        "NCT05216562",
        "NCT05354141",
    ]


def test_early_phase_1_in_either_spelling_is_no_phase_1(document: Document) -> None:
    early = {trial.id: trial.phase_raw for trial in document.trials if trial.early}
    assert early == {
        "NCT03437759": "Zgodnja faza 1",
        "NCT05808400": "Zgodnja faza 1",
        "NCT05787288": "Zgodnja Faza 1",
        "NCT04270006": "Zgodnja Faza 1",
    }
    assert [trial.id for trial in document.trials if trial.early and trial.phases] == []


def test_observational_and_without_phase(document: Document) -> None:
    assert [trial.id for trial in document.trials if trial.observational] == ["NCT05191381"]
    without = [trial.id for trial in document.trials if trial.phase_raw == "N/A"]
    assert without == [
        "NCT06466850",
        "NCT05658094",
        "NCT06677931",
        "NCT06697080",
        "NCT06221787",
        "NCT04356300",
        "NCT05243368",
    ]
    assert [t.id for t in document.trials if t.id in without and (t.phases or t.early or t.observational)] == []


def test_status_codes_are_compared_whole(document: Document, printed: list[list[str]]) -> None:
    assert [trial.status for trial in document.trials] == [cells[3] for cells in printed]
    assert Counter(trial.status for trial in document.trials) == {"ZU": 15, "ZUN": 11, "N": 10}
    assert {(trial.status, trial.status_text) for trial in document.trials} == {
        ("ZU", "zbiranje udeležencev"),
        ("ZUN", "zbiranja udeležencev še ni"),
        ("N", "neznan"),
    }


def test_enrolment_is_a_number(document: Document, printed: list[list[str]]) -> None:
    assert [trial.enrolment for trial in document.trials] == [int(cells[5]) for cells in printed]
    counts = Counter(trial.enrolment for trial in document.trials)
    assert (counts[20], counts[80], counts[970]) == (8, 4, 1)


def test_countries_have_a_normal_form(document: Document, trials: dict[str, Trial]) -> None:
    assert Counter(trial.country for trial in document.trials) == {
        "Kitajska": 13,
        "Iran": 10,
        "ZDA": 5,
        "Turčija": 2,
        "Egipt": 2,
        "Nemčija": 1,
        "Indonezija": 1,
        "Brazilija": 1,
        "Španija": 1,
    }
    assert (trials["NCT04998058"].country_raw, trials["NCT04998058"].country) == ("Brazilijska", "Brazilija")
    assert [trial.id for trial in document.trials if trial.country != trial.country_raw] == ["NCT04998058"]


def test_conditions_have_a_normal_form(document: Document) -> None:
    changed = {
        trial.id: (trial.condition_raw, trial.condition)
        for trial in document.trials
        if trial.condition != trial.condition_raw
    }
    assert changed == {
        "NCT05413148": ("Retinitis pigmentoz", "pigmentozni retinitis"),
        "NCT05808400": ("Sindrom dolgega covid-19", "Sindrom dolgega covida-19"),
        "NCT06492798": ("Sindrom dolgega covid-19", "Sindrom dolgega covida-19"),
        "NCT05787288": ("Covid-19", "covid-19"),
    }


def test_covid_is_one_condition_however_it_is_spelled(document: Document) -> None:
    conditions = Counter(trial.condition for trial in document.trials)
    assert (conditions["covid-19"], conditions["Sindrom dolgega covida-19"]) == (4, 3)
    assert [name for name in conditions if "covid" in name.casefold()] == ["covid-19", "Sindrom dolgega covida-19"]


def test_malformed_cells_are_quoted_as_they_stand(trials: dict[str, Trial]) -> None:
    assert trials["NCT04388982"].title.startswith("the Safety and the Efficacy Evaluation")
    assert trials["NCT05787288"].title.endswith("for the Treatment of COVID-19.")
    assert "AGE ZEROTM EXOSOMES" in trials["NCT06482541"].title
    assert "Surgical Repaire of Acute Type A" in trials["NCT04356300"].title
    assert "Cells Exo.in Treatment" in trials["NCT04270006"].title
    assert "Therapy on β -cell Mass" in trials["NCT02138331"].title
    assert trials["NCT05658094"].title == "Exosome Effect on Prevention of Hairloss"


def test_the_four_eye_trials(document: Document) -> None:
    eye = {"pigmentozni retinitis", "Makularne luknje", "Bolezen suhega očesa"}
    assert [trial.id for trial in document.trials if trial.condition in eye] == [
        "NCT05413148",
        "NCT03437759",
        "NCT04213248",
        "NCT05738629",
    ]


def test_the_three_anal_fistula_trials(document: Document) -> None:
    found = {trial.id: (trial.condition, trial.enrolment, trial.phases) for trial in document.trials}
    assert {key: found[key] for key in ("NCT05402748", "NCT05499156", "NCT06568653")} == {
        "NCT05402748": ("Perianalna fistula", 80, (1, 2)),
        "NCT05499156": ("Perianalna fistula (Crohnova bolezen)", 80, (1, 2)),
        "NCT06568653": ("Perianalna fistula", 40, (2,)),
    }


# Legends


def test_the_legends_spell_out_abbreviations(document: Document) -> None:
    assert table(document, "table-1").abbreviations == (
        ("MSC", "mezenhimske matične/stromalne celice"),
        ("ZV", "zunajcelični vezikli"),
    )
    assert table(document, "table-2").abbreviations == (
        ("ZU", "zbiranje udeležencev"),
        ("N", "neznan"),
        ("ZUN", "zbiranja udeležencev še ni"),
        ("MSC", "Mesenchymal Stem/Stromal Cells"),
        ("covid-19", "koronavirusna bolezen 2019, angl. Coronavirus Disease 2019"),
        ("UM", "Umbilical Cord"),
        ("cGvHD", "cronic Graft-versus-Host Disease"),
        ("CABG", "Coronary Artery Bypass Surgery"),
        ("ZDA", "Združene države Amerike"),
        ("N/A", "nima FDA faze"),
        ("O", "opazovalna študija-register pacientov"),
    )


def test_a_legend_with_hyphens_and_without_abbreviations() -> None:
    assert abbreviations("Legend: EV - extracellular vesicle; MSC – stem cell") == (
        ("EV", "extracellular vesicle"),
        ("MSC", "stem cell"),
    )
    assert abbreviations("Legenda: brez okrajšav.") == ()


# Where a trial is named


def test_a_trial_is_found_in_the_table_and_in_the_text(document: Document) -> None:
    body = {trial for sentence in document.sentences for trial in sentence.trials}
    in_table = {trial.id for trial in document.trials}
    assert body & in_table == {
        "NCT03437759",
        "NCT04356300",
        "NCT04388982",
        "NCT05402748",
        "NCT05413148",
        "NCT05499156",
        "NCT05669144",
        "NCT05738629",
        "NCT05871463",
    }
    assert body - in_table == {"NCT04602104", "NCT06279741", "NCT04276987", "NCT04493242"}
    assert [row.trials for row in table(document, "table-2").rows] == [(trial.id,) for trial in document.trials]
    assert [trial.row_id for trial in document.trials] == [f"table-2:{trial.id}" for trial in document.trials]


@pytest.mark.parametrize(
    ("trial", "sentence", "number"),
    [
        pytest.param("NCT04388982", "3.1.1:1.3", 38, id="Alzheimer's disease"),
        pytest.param("NCT05499156", "3.1.4.1:2.3", 56, id="fistula in Crohn's disease"),
        pytest.param("NCT05402748", "3.1.4.1:2.7", 57, id="other fistula"),
    ],
)
def test_from_a_trial_to_the_publication_of_its_results(
    document: Document, trial: str, sentence: str, number: int
) -> None:
    named = [s for s in document.sentences if trial in s.trials]
    assert [s.id for s in named] == [sentence]
    assert named[0].references + named[0].passage_references == (number,)
    assert document.references[number - 1].number == number


def test_no_figure_of_a_table_is_a_citation(document: Document) -> None:
    assert [row.id for found in document.tables for row in found.rows if row.references] == []
    captions = {s.id: s.references for s in document.sentences if s.kind is Kind.CAPTION}
    assert captions == {"figure-1:caption": (), "table-1:caption": (24, 25, 26), "table-2:caption": ()}


# Other tables


def test_a_row_with_too_few_cells_is_kept_and_reported() -> None:
    source = f"1 Uvod\n\nBesedilo.\n\nTabela 1: Študije.\n\n{HEADER}\nNCT00000001\tNaslov\tBolezen\n\n2 Konec\n\nKonec."
    document = parse(source, document_id="x")
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["NCT00000001", "Naslov", "Bolezen"]
    ]
    assert [problem for problem in document.problems if "cells" in problem] == [
        "line 8: a row of table-1 has 3 cells, its header 7"
    ]
    assert (document.trials[0].status, document.trials[0].enrolment, document.trials[0].phases) == ("", 0, ())


def test_a_markdown_table_has_the_same_rows() -> None:
    lines = ["| Oznaka | Status | Vrsta študije |", "|---|:-:|---|", "| NCT00000001 | ZUN | Faza 2 Faza 3 |"]
    document = parse("# Naslov\n\n# Uvod\n\nTabela 1: Študije.\n\n" + "\n".join(lines), document_id="x")
    assert document.tables[0].columns == ("Oznaka", "Status", "Vrsta študije")
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["NCT00000001", "ZUN", "Faza 2 Faza 3"]
    ]
    assert [(trial.id, trial.status, trial.phases) for trial in document.trials] == [("NCT00000001", "ZUN", (2, 3))]


def test_an_empty_cell_keeps_its_place() -> None:
    document = parse("1 Uvod\n\nTabela 1: T.\n\nA\tB\tC\nx\t\tz\n\ty\tw\nu\tv\t\n", document_id="x")
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["x", "", "z"],
        ["", "y", "w"],
        ["u", "v", ""],
    ]


def test_a_row_with_a_single_filled_cell_is_a_row() -> None:
    text = "1 Uvod\n\nTabela 1: T.\n\nA\tB\tC\nx\t\tz\n\t\tw\nv\t\t\n\n\tZamaknjeno besedilo.\n"
    document = parse(text, document_id="x", language=Language.SL)
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["x", "", "z"],
        ["", "", "w"],
        ["v", "", ""],
    ]
    assert [s.text for s in document.sentences if s.kind is Kind.SENTENCE] == ["Zamaknjeno besedilo."]
