"""Our working translation: complete, of the very texts that stand in the article, and faithful in its figures."""

import json
import re
import unicodedata
from collections import Counter

import pytest

from corpus.config import ARTICLE_DIR
from corpus.load import Article
from corpus.types import Document, Kind, Language

Row = dict[str, str]

# Abbreviations that are others in English; all the rest must be the same in both.
ABBREVIATIONS = {"ZV": "EV", "KLB": "CKD", "CB": "CD", "GVHD": "GvHD", "ZDA": "USA"}
ABBREVIATION = re.compile(r"[^\W_]*[A-ZČŠŽ][^\W_]*[A-ZČŠŽ][^\W_]*")


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    lines = (ARTICLE_DIR / "translation.en.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def slovene(document: Document) -> dict[str, str]:
    """Every Slovene text that needs a translation, by the id it has in the file."""
    texts = {s.id: s.text for s in document.sentences if s.language is Language.SL}
    for table in document.tables:
        texts.update((f"{table.id}.column:{column}", column) for column in table.columns)
        for row in table.rows:
            if any(cell.items for cell in row.cells):
                texts[f"{table.id}.row:{row.cells[0].text}"] = row.cells[0].text
                continue
            for cell in row.cells:
                if cell.column not in ("Oznaka", "Naslov klinične študije", "Število udeležencev"):
                    texts[f"{table.id}.{cell.column}:{cell.text}"] = cell.text
    return texts


def same(rows: list[Row], pattern: str) -> list[str]:
    """Return the ids of rows whose two sides differ in what `pattern` finds, in whatever order."""
    return [
        row["id"] for row in rows if Counter(re.findall(pattern, row["sl"])) != Counter(re.findall(pattern, row["en"]))
    ]


def abbreviations(text: str) -> set[str]:
    return {word.removesuffix("s") for word in ABBREVIATION.findall(text)}


def test_every_slovene_text_has_a_translation(slovene: dict[str, str], rows: list[Row]) -> None:
    assert len(slovene) == 290
    assert sorted(set(slovene) - {row["id"] for row in rows}) == []


def test_nothing_is_translated_that_is_not_there(slovene: dict[str, str], rows: list[Row]) -> None:
    assert [row["id"] for row in rows if row["id"] not in slovene] == []
    assert [row_id for row_id, n in Counter(row["id"] for row in rows).items() if n > 1] == []


def test_the_slovene_side_is_the_text_of_the_piece(slovene: dict[str, str], rows: list[Row]) -> None:
    assert [row["id"] for row in rows if row["sl"] != slovene[row["id"]]] == []


def test_kinds_that_are_translated(document: Document, article: Article) -> None:
    kinds = {s.kind for s in document.sentences if s.id in article.translations}
    assert kinds == set(Kind) - {Kind.PASSAGE, Kind.REFERENCE, Kind.TABLE_ROW, Kind.TABLE}


def test_the_file_has_its_keys_only(rows: list[Row]) -> None:
    assert {tuple(row) for row in rows} == {("id", "sl", "en"), ("id", "sl", "en", "normal")}
    assert [row["id"] for row in rows if not row["en"].strip() or row["en"] != row["en"].strip()] == []


def test_composed_characters(rows: list[Row]) -> None:
    assert [row["id"] for row in rows for text in row.values() if not unicodedata.is_normalized("NFC", text)] == []
    hidden = [row["id"] for row in rows if re.search("[\u00a0\u00ad\u200b\ufeff\t\n]|  ", row["en"])]
    assert hidden == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\d+", id="numbers"),
        pytest.param(r"\d+ %", id="percentages"),
        pytest.param(r"[<>] \d+", id="comparisons"),
        pytest.param(r"\bNCT\d{8}\b", id="trials"),
        pytest.param(r"\(\d{1,2}(?:[,-]\d{1,2})*\)", id="citations"),
        pytest.param(r"\b\d+ (?:nm|µm|ml)\b", id="units"),
        pytest.param(r"\b(?:miR-\d+a?|RPE65|Th17|PGE2|CCL2|IL-10|TSG-6|M2b|M1|L3)\b", id="molecules"),
        pytest.param(r"\S+@\S+|\S+\.gov|\S+\.eu|<https\S+>", id="addresses"),
        pytest.param(r"\d+\. \d+\. \d{4}", id="dates"),
        pytest.param(r"\d+ – \d+", id="ranges"),
    ],
)
def test_both_sides_agree(rows: list[Row], pattern: str) -> None:
    assert [row["id"] for row in rows if re.search(pattern, row["sl"])] != []
    assert same(rows, pattern) == []


def test_abbreviations_are_translated_alike_everywhere(rows: list[Row]) -> None:
    added = {"US", "COVID", "NonCommercial", "FDA"}
    for row in rows:
        if row["id"] == "table-2:legend" or row["id"].startswith(("table-2.Status:", "table-1.row:")):
            continue  # the codes of the table, kept and spelled out; words in capitals
        expected = {ABBREVIATIONS.get(word, word) for word in abbreviations(row["sl"])}
        found = abbreviations(row["en"])
        assert (row["id"], expected - found) == (row["id"], set())
        assert (row["id"], found - expected - added) == (row["id"], set())


def test_no_slovene_abbreviation_is_left(rows: list[Row]) -> None:
    left = [row["id"] for row in rows if re.search(r"\b(?:ZV|KLB|CB|ZV-MSC|oz|npr|sod)\b", row["en"])]
    assert left == []
    codes = [row["id"] for row in rows if re.search(r"\b(?:ZU|ZUN|ZDA)\b", row["en"])]
    assert codes == ["table-2:legend"]


def test_msc_evs_are_msc_evs(rows: list[Row], article: Article) -> None:
    for row in rows:
        n_slovene = len(re.findall(r"\bZV-MSC\b", article.search_form(row["sl"])))
        n_english = len(re.findall(r"\bMSC-EVs?\b", row["en"]))
        assert (row["id"], n_english) == (row["id"], n_slovene)


def test_covid_is_written_one_way_in_english(rows: list[Row]) -> None:
    with_covid = [row["id"] for row in rows if "covid" in row["sl"].casefold()]
    assert [row["id"] for row in rows if "COVID-19" in row["en"]] == with_covid
    assert [row["id"] for row in rows if re.search(r"\b[Cc]ovid", row["en"])] == []


def test_emphasis_and_latex_are_gone(rows: list[Row]) -> None:
    assert [row["id"] for row in rows if re.search(r"[*$\\]|\b(?:β|α|γ) ?-|- (?:β|α|γ)", row["en"])] == []


def test_no_slovene_word_is_left(rows: list[Row]) -> None:
    kept = {"front:authors", "front:affiliation", "front:correspondence", "front:citation", "front:licence"}
    left = [row["id"] for row in rows if re.search("[čšžČŠŽ]", row["en"]) and row["id"] not in kept]
    assert left == []


def test_headings_keep_their_number(rows: list[Row]) -> None:
    headings = {row["id"]: row for row in rows if row["id"].endswith(":title")}
    assert len(headings) == 19
    number = re.compile(r"^[\d.]*")
    wrong = [key for key, row in headings.items() if number.match(row["sl"])[0] != number.match(row["en"])[0]]  # type: ignore[index]
    assert wrong == []


def test_normal_forms_are_those_of_malformed_cells(rows: list[Row]) -> None:
    assert {row["id"]: row["normal"] for row in rows if "normal" in row} == {
        "table-2.Cilj terapije:Retinitis pigmentoz": "pigmentozni retinitis",
        "table-2.Cilj terapije:Sindrom dolgega covid-19": "Sindrom dolgega covida-19",
        "table-2.Cilj terapije:Covid-19": "covid-19",
        "table-2.Država:Brazilijska": "Brazilija",
        "table-2.Vrsta študije:Zgodnja Faza 1": "Zgodnja faza 1",
    }


def test_variants_of_one_value_have_one_translation(article: Article) -> None:
    translations = article.translations
    for first, second in [
        ("Cilj terapije:covid-19", "Cilj terapije:Covid-19"),
        ("Cilj terapije:Sindrom dolgega covid-19", "Cilj terapije:Sindrom dolgega covida-19"),
        ("Vrsta študije:Zgodnja faza 1", "Vrsta študije:Zgodnja Faza 1"),
    ]:
        assert translations[f"table-2.{first}"] == translations[f"table-2.{second}"]


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        pytest.param("3.1.6:3.5", ["4 of 5 patients", "in 3"], id="macular holes"),
        pytest.param("3.1.4.1:2.7", ["9 %", "45 %", "72 %", "no improvement"], id="fistulas"),
        pytest.param("3:1.8", ["no therapy with EVs in humans has been approved"], id="approval"),
        pytest.param("2:2.8", ["December 2024", "MSCs", "acute GvHD"], id="FDA"),
        pytest.param("3:1.7", ["November 2024", "44", "8 trials"], id="registry"),
        pytest.param("3.1.2:1.7", ["adverse effects"], id="adverse effects"),
        pytest.param("3.1.4.2:1.3", ["mouse models"], id="animals are not patients"),
        pytest.param("3.1.3:1.7", ["mouse model", "in rats"], id="two animals"),
        pytest.param("3.1.6:1.3", ["will test"], id="future"),
        pytest.param("abstract-sl:1.7", ["growth factors"], id="a slip is translated as meant"),
    ],
)
def test_what_must_not_be_lost(article: Article, piece: str, words: list[str]) -> None:
    assert [word for word in words if word not in article.translations[piece]] == []
