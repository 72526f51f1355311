"""The bibliography: 85 entries in three layouts, parsed into References."""

import json
import re
from dataclasses import asdict

import pytest

from corpus.load import Article
from corpus.text import quote
from corpus.types import Document, Kind, Language, Reference, Span
from ingest.bibliography import parse_reference
from tests.golden_files import check_golden


@pytest.fixture(scope="session")
def entries(article: Article) -> list[str]:
    """The lines of the printed list, read without the parser."""
    printed = article.source.split("\nLiteratura\n")[1]
    return [line for line in printed.splitlines() if line.strip()]


def parsed(text: str, number: int = 1) -> Reference:
    return parse_reference(text, Span(0, len(text)), number)


def numbers(document: Document, field: str, value: object) -> list[int]:
    return [reference.number for reference in document.references if getattr(reference, field) == value]


def test_golden(document: Document) -> None:
    fields = "number authors et_al group title container year volume issue pages publisher editors doi pmid".split()
    rows = [{field: asdict(reference)[field] for field in fields} for reference in document.references]
    check_golden("references.jsonl", [json.dumps(row, ensure_ascii=False) for row in rows])


def test_85_references_in_order(document: Document, entries: list[str]) -> None:
    assert len(entries) == 85
    assert [reference.number for reference in document.references] == list(range(1, 86))
    assert [reference.id for reference in document.references] == [f"ref:{number}" for number in range(1, 86)]
    assert {(r.kind, r.section, r.language) for r in document.references} == {
        (Kind.REFERENCE, "references", Language.EN)
    }


def test_numbers_come_from_the_position_or_from_the_text(document: Document, entries: list[str]) -> None:
    marks = [entry.split()[0] for entry in entries]
    assert marks == ["-"] * 31 + [f"{number}." for number in range(32, 86)]
    surnames = [re.sub(r"^(?:-|\d+\.) ", "", entry).split(",")[0].split(".")[0] for entry in entries]
    assert [reference.authors[0] for reference in document.references] == surnames


def test_every_doi_is_the_printed_one(document: Document, entries: list[str]) -> None:
    printed = [re.search(r"DOI: \[(.+?)\]\(https://doi\.org/", entry) for entry in entries]
    expected = [found[1].replace("\\", "") if found else None for found in printed]
    assert [reference.doi for reference in document.references] == expected
    assert numbers(document, "doi", None) == [32, 52, 65]
    assert len({reference.doi for reference in document.references} - {None}) == 82


def test_every_pmid_is_the_printed_one(document: Document, entries: list[str]) -> None:
    printed = [re.search(r"PMID: \[?(\d+)", entry) for entry in entries]
    assert [reference.pmid for reference in document.references] == [found[1] if found else None for found in printed]
    assert numbers(document, "pmid", None) == [32, 46, 65, 85]
    assert len({reference.pmid for reference in document.references} - {None}) == 81


def test_every_year_is_the_printed_one(document: Document, entries: list[str]) -> None:
    printed = [re.findall(r"\*\.? (?:.*?; )?((?:19|20)\d\d)[;.]|(20\d\d)\.$", entry) for entry in entries]
    expected = [int(next(filter(None, found[0]))) for found in printed]
    assert [reference.year for reference in document.references] == expected


def test_every_journal_is_the_one_in_italics(document: Document, entries: list[str]) -> None:
    printed = [re.findall(r"\*([^*]+)\*", entry) for entry in entries]
    assert [len(found) for found in printed] == [1] * 85
    assert [reference.container for reference in document.references] == [found[0].rstrip(".") for found in printed]


def test_the_quote_shows_links_as_a_reader_sees_them(document: Document, article: Article) -> None:
    texts = {reference.number: reference.text for reference in document.references}
    assert texts[1] == (
        "Buzas EI. The roles of extracellular vesicles in the immune system. Nat Rev Immunol. 2023;23(4):236-50. "
        "DOI: 10.1038/s41577-022-00763-8 PMID: 35927511"
    )
    assert texts[46].endswith("J Stem Cell Res (Overl Park). 2021;2(2):1-10. DOI: 10.52793/JSCR.2021.2(2)-21")
    assert texts[58] == (
        "Schuppan D, Afdhal NH. Liver cirrhosis. Lancet. 2008;371(9615):838-51. "
        "DOI: 10.1016/S0140-6736(08)60383-9 PMID: 18328931"
    )
    assert texts[65].endswith("Invest Ophthalmol Vis Sci. 2019;60(9):3108.")
    assert [number for number, text in texts.items() if re.search(r"[*\[\]\\]|https?:", text)] == []
    assert [r.number for r in document.references if r.text != quote(article.source, r.spans)] == []


def test_the_fields_make_up_the_whole_entry(document: Document) -> None:
    for r in document.references:
        authors = ", ".join(r.authors) + ", et al" * r.et_al + f".; {r.group}" * bool(r.group)
        title = r.title if r.title.endswith("?") else f"{r.title}."
        editors = f" In: {r.editors}, ed." * bool(r.editors)
        imprint = f"{r.publisher}; " * bool(r.publisher) + str(r.year) + f";{r.volume}" * bool(r.volume)
        imprint += f"({r.issue})" * bool(r.issue) + f":{r.pages}" * bool(r.pages)
        identifiers = f" DOI: {r.doi}" * bool(r.doi) + f" PMID: {r.pmid}" * bool(r.pmid)
        printed = r.text.replace("A β . ", "A β. ")  # the stray blank before the full stop of 37
        assert printed == f"{authors}. {title}{editors} {r.container}. {imprint}.{identifiers}"


def test_dois_with_parentheses(document: Document) -> None:
    found = {reference.number: reference.doi for reference in document.references if "(" in (reference.doi or "")}
    assert found == {46: "10.52793/JSCR.2021.2(2)-21", 58: "10.1016/S0140-6736(08)60383-9"}


def test_a_group_among_the_authors(document: Document) -> None:
    found = {reference.number: reference.group for reference in document.references if reference.group}
    assert found == {2: "MISEV Consortium"}
    assert document.references[1].authors == (
        "Welsh JA",
        "Goberdhan DC",
        "O'Driscoll L",
        "Buzas EI",
        "Blenkiron C",
        "Bussolati B",
    )
    assert document.references[1].et_al


def test_et_al_is_no_author(document: Document, entries: list[str]) -> None:
    assert [r.number for r in document.references if r.et_al] == [
        number for number, entry in enumerate(entries, start=1) if ", et al." in entry
    ]
    assert [r.number for r in document.references if r.et_al and len(r.authors) != 6] == []
    names = [name for r in document.references for name in r.authors]
    # A family name in one to three words, then initials.
    assert [name for name in names if not re.fullmatch(r"(?:[\w'’-]+ ){1,3}[A-ZČŠŽ]{1,3}", name)] == []


def test_lower_case_and_compound_family_names(document: Document) -> None:
    assert document.references[32].authors[0] == "van der Worp HB"
    assert document.references[63].authors[:2] == ("Cross N", "van Steen C")
    assert document.references[53].authors[4] == "Reza Zali M"
    assert document.references[78].authors[3:5] == ("Soufi Zomorrod M", "Heidari Keshel S")
    assert document.references[38].authors[1] == "Gburek-Augustat J"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Zhang Y", [3, 6]),
        ("Zhang K", [26]),
        ("Zhang J", [66]),
        ("Zhang X", [59, 72]),
        ("Liu Y", [3, 6, 65, 69, 70, 74]),
        ("Zhou T", [65, 70]),
        ("Wu Y", [51, 52]),
        ("Wu X", [75]),
        ("Maličev E", [14, 24, 27, 63]),
        ("Buzas EI", [1, 2]),
        ("Buzas E", [30]),
    ],
)
def test_the_same_family_names_are_told_apart(document: Document, author: str, expected: list[int]) -> None:
    assert [r.number for r in document.references if author in r.authors] == expected


def test_titles_keep_their_signs_and_slips(document: Document) -> None:
    titles = {reference.number: reference.title for reference in document.references}
    assert titles[33] == "Can animal models of disease reliably inform human studies?"
    assert titles[8] == "Exosomes—vesicular carriers for intercellular communication"
    assert titles[16].endswith("with focus on adipose-derived stem cells - a review")
    assert titles[35].startswith("Intracerebral injection of extracellular vesicles")
    assert "reduced A β plaque burden" in titles[35]
    assert titles[37].endswith("microglia and neuron cells from A β")
    assert "NLRP3inflammasome activation" in titles[69]
    assert titles[81].endswith("patients with COVID-19 (September 2022)")
    assert titles[85].startswith("Clinical Phase 1/2 Trial: Initial Results")
    assert [number for number, title in titles.items() if title.endswith(".") or not title] == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(1, ("Nat Rev Immunol", 2023, "23", "4", "236-50"), id="volume, issue, pages"),
        pytest.param(3, ("Biomed Pharmacother", 2023, "157", "", ""), id="volume alone"),
        pytest.param(5, ("Science", 2020, "367", "6478", ""), id="no pages"),
        pytest.param(13, ("Exp Mol Med", 2013, "45", "11", "e54"), id="letter in the page"),
        pytest.param(14, ("Pharmaceuticals (Basel)", 2024, "17", "3", "350"), id="parentheses in the journal"),
        pytest.param(22, ("Stem Cell Investig", 2022, "9", "", "7"), id="no issue"),
        pytest.param(33, ("PLoS Med", 2010, "7", "3", ""), id="full stop outside the italics"),
        pytest.param(40, ("Ann Med Surg (Lond)", 2017, "24", "", "3-7"), id="parentheses, no issue"),
        pytest.param(46, ("J Stem Cell Res (Overl Park)", 2021, "2", "2", "1-10"), id="parentheses of two words"),
        pytest.param(55, ("Immunol Lett", 2012, "147", "1-2", "47-54"), id="double issue"),
        pytest.param(62, ("J Cell Mol Med", 2022, "26", "2", "588-92"), id="full stop inside the italics again"),
        pytest.param(65, ("Invest Ophthalmol Vis Sci", 2019, "60", "9", "3108"), id="abstract of one page"),
        pytest.param(66, ("Stem Cell Res Ther", 2022, "13", "1", "394"), id="article number for pages"),
        pytest.param(81, ("Clin Infect Dis", 2024, "78", "7", "e250-349"), id="letter in the page range"),
    ],
)
def test_imprints(document: Document, number: int, expected: tuple[object, ...]) -> None:
    r = document.references[number - 1]
    assert (r.container, r.year, r.volume, r.issue, r.pages) == expected


def test_a_chapter_of_a_book(document: Document) -> None:
    chapter = document.references[31]
    assert chapter.authors == ("Aghayan HR", "Arjmand B", "Burger SR")
    assert chapter.title == (
        "GMP facilities for clinical cell therapy product manufacturing: a brief review of requirements and design "
        "considerations"
    )
    assert (chapter.editors, chapter.container) == ("Arjmand B", "Perinatal Tissue-Derived Stem Cells")
    assert (chapter.publisher, chapter.year) == ("Berlin: Springer Nature", 2016)
    assert (chapter.volume, chapter.issue, chapter.pages) == ("", "", "")
    assert [r.number for r in document.references if r.editors or r.publisher] == [32]


def test_only_these_have_no_pages(document: Document) -> None:
    without = [2, 3, 5, 23, 32, 33, 38, 39, 43, 51, 53, 56, 60, 70, 71, 75, 85]
    assert numbers(document, "pages", "") == without


def test_the_two_case_reports_and_trials_a_reader_asks_for(document: Document) -> None:
    titles = {reference.number: reference.title for reference in document.references}
    assert titles[56].endswith("refractory perianal fistula in IBD patients: clinical trial phase I")
    assert "human placenta mesenchymal stem cells derived exosomes" in titles[57]
    assert titles[62].endswith("graft-versus-host disease: A case report")
    assert titles[40].endswith("human meniscal regeneration: A systematic review")
    assert [number for number, title in titles.items() if "miR-146a" in title] == [66]


@pytest.mark.parametrize(
    ("entry", "doi", "pmid"),
    [
        pytest.param("Novak A. Title. *J*. 2020;1:2. doi:10.1000/ab(1)c.", "10.1000/ab(1)c", None, id="bare DOI"),
        pytest.param("Novak A. Title. *J*. 2020;1:2. https://doi.org/10.1000/x", "10.1000/x", None, id="resolver"),
        pytest.param(
            "Novak A. Title. *J*. 2020;1:2. DOI: [10.1000/a\\(1\\)b](https://dx.doi.org/10.1000/a(1)b) PMID: 7",
            "10.1000/a(1)b",
            "7",
            id="old resolver",
        ),
        pytest.param("Novak A. Title. *J*. 2020;1:2.", None, None, id="none"),
    ],
)
def test_identifiers_in_other_forms(entry: str, doi: str | None, pmid: str | None) -> None:
    reference = parsed(entry)
    assert (reference.doi, reference.pmid) == (doi, pmid)
    assert (reference.authors, reference.title, reference.container) == (("Novak A",), "Title", "J")
    assert (reference.year, reference.volume, reference.pages) == (2020, "1", "2")


def test_a_journal_without_italics() -> None:
    reference = parsed("Schuppan D, Afdhal NH. Liver cirrhosis. Lancet. 2008;371(9615):838-51.")
    assert (reference.title, reference.container) == ("Liver cirrhosis", "Lancet")
    assert (reference.year, reference.volume, reference.issue, reference.pages) == (2008, "371", "9615", "838-51")


def test_slovene_et_al() -> None:
    reference = parsed("Maličev E, Kolenc A, in sod. Naslov. *Zdrav Vestn*. 2025;94(11–12):297–309.")
    assert (reference.authors, reference.et_al) == (("Maličev E", "Kolenc A"), True)
    assert (reference.issue, reference.pages) == ("11–12", "297–309")


@pytest.mark.parametrize("entry", ["", "nothing here", "A.", "*", "[](x)", "2020", "Novak A. Title", "..;; et al."])
def test_an_entry_that_does_not_fit_keeps_its_quote(entry: str) -> None:
    reference = parsed(entry, 9)
    assert (reference.id, reference.number, reference.doi) == ("ref:9", 9, None)
    assert reference.text == quote(entry, reference.spans)
