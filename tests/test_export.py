"""References in the formats of reference managers: written, read back by others' parsers, and compared."""

import argparse
import json
import re
from typing import Any
from urllib.parse import unquote

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from markdown_it import MarkdownIt
from pybtex.database import BibliographyData, Person
from pybtex.database import parse_string as pybtex_parse
from pylatexenc.latex2text import LatexNodes2Text

from corpus.errors import EvidencaError, QuestionError, UnknownIdError
from corpus.types import Document, Language, Reference
from ingest.chunk import Chunk
from rag.answer import Answer, Citation, Outcome
from rag.engine import Engine
from rag.export import CitationFormat, export, full_pages, is_abstract, is_chapter, person, references_behind
from rag.prose.compose import cite
from ui.commands.cite import FORMATS, add_arguments, behind, by_number, cite_text, cited, numbers

# Of the CSL-JSON schema 1.0.2: the fields we write, with their types; the two required ones; nothing else.
_NAME = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("family", "given", "non-dropping-particle", "literal")},
    "additionalProperties": False,
    "anyOf": [{"required": ["literal"]}, {"required": ["family", "given"]}],
}
_STRING = {"type": "string", "minLength": 1}
CSL_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "id"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": ["article-journal", "chapter"]},
            "id": _STRING,
            "citation-number": {"type": ["string", "number"]},
            "author": {"type": "array", "items": _NAME, "minItems": 1},
            "editor": {"type": "array", "items": _NAME, "minItems": 1},
            "issued": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "date-parts": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 1,
                        "items": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "number"}},
                    }
                },
            },
            **dict.fromkeys(
                "title container-title publisher publisher-place volume issue page genre DOI PMID note".split(), _STRING
            ),
        },
    },
}


@pytest.fixture(scope="module")
def references(document: Document) -> dict[int, Reference]:
    return {reference.number: reference for reference in document.references}


@pytest.fixture(scope="module")
def bibtex(document: Document) -> BibliographyData:
    return pybtex_parse(export(document.references, CitationFormat.BIBTEX), "bibtex")


def printed_name(particle: str, family: str, given: str) -> str:
    """A split name as the article prints it: "van der Worp HB"."""
    return " ".join(filter(None, (particle, family, given.replace(".", "").replace(" ", ""))))


def decoded(latex: str) -> str:
    return LatexNodes2Text(math_mode="text").latex_to_text(latex)


def from_pybtex(author: Person) -> str:
    particle, family, given = (" ".join(part) for part in (author.prelast_names, author.last_names, author.first_names))
    middle = " ".join(author.middle_names)
    return decoded(printed_name(particle, family, given + middle))


# --- BibTeX --------------------------------------------------------------------------------------


def test_bibtex_comes_back_whole_from_an_independent_parser(document: Document, bibtex: BibliographyData) -> None:
    entries = list(bibtex.entries.values())
    assert len(entries) == 85
    for reference, entry in zip(document.references, entries, strict=True):
        authors = [from_pybtex(author) for author in entry.persons["author"]]
        assert authors == [
            *reference.authors,
            *filter(None, [reference.group]),
            *(["others"] if reference.et_al else []),
        ], reference.number
        assert decoded(entry.fields["title"]) == reference.title
        assert entry.fields["year"] == str(reference.year)
        assert entry.fields.get("doi") == reference.doi
        assert entry.fields.get("pmid") == reference.pmid
        container = entry.fields["booktitle" if reference.number == 32 else "journal"]
        assert decoded(container) == reference.container
        assert entry.fields.get("volume", "") == reference.volume
        assert entry.fields.get("number", "") == reference.issue
        assert entry.fields.get("pages", "").replace("--", "-") == full_pages(reference.pages)


def test_bibtex_is_sound_for_the_library_that_wrote_it(document: Document) -> None:
    library = parse_string(export(document.references, CitationFormat.BIBTEX))
    assert library.failed_blocks == []
    assert len(library.entries) == 85
    assert len({entry.key for entry in library.entries}) == 85


def test_bibtex_is_plain_ascii_and_its_braces_close(document: Document) -> None:
    text = export(document.references, CitationFormat.BIBTEX)
    assert text.isascii()
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(14, r"author = {Mali{\v{c}}ev, E. and Jazbec, K.}", id="caron"),
        pytest.param(29, r"Kre{\ss}, S.", id="sharp s"),
        pytest.param(33, "author = {van der Worp, H. B. and ", id="particle"),
        pytest.param(2, "{MISEV Consortium} and others}", id="group"),
        pytest.param(8, r"Exosomes{\textemdash}vesicular", id="dash"),
        pytest.param(35, r"{A} {\ensuremath{\beta}} plaque", id="greek"),
        pytest.param(58, "doi = {10.1016/S0140-6736(08)60383-9}", id="doi with parentheses"),
        pytest.param(55, "number = {1-2}", id="double issue"),
        pytest.param(81, "pages = {e250--e349}", id="pages with letters"),
        pytest.param(1, "pages = {236--250}", id="pages in full"),
        pytest.param(13, "pages = {e54}", id="article number"),
        pytest.param(65, "note = {Abstract}", id="abstract"),
        pytest.param(32, "@incollection{Aghayan2016-32,", id="chapter"),
        pytest.param(32, "editor = {Arjmand, B.}", id="editor"),
        pytest.param(32, "address = {Berlin}", id="place"),
    ],
)
def test_bibtex_details(references: dict[int, Reference], number: int, expected: str) -> None:
    assert expected in export([references[number]], CitationFormat.BIBTEX)


def test_styles_keep_the_capitals_of_names_and_acronyms(references: dict[int, Reference]) -> None:
    assert "title = {{GMP} facilities" in export([references[32]], CitationFormat.BIBTEX)
    assert "model of {Alzheimer's} disease" in export([references[35]], CitationFormat.BIBTEX)


# --- RIS -----------------------------------------------------------------------------------------


def test_ris_comes_back_whole(document: Document) -> None:
    records = rispy.loads(export(document.references, CitationFormat.RIS))
    assert len(records) == 85
    for reference, record in zip(document.references, records, strict=True):
        authors = []
        for author in record["authors"]:
            family, _, given = author.partition(", ")
            authors.append(printed_name("", family, given))
        assert authors == [*reference.authors, *filter(None, [reference.group])], reference.number
        assert record["title"] == reference.title
        assert record["year"] == str(reference.year)
        assert record.get("doi") == reference.doi
        assert record.get("accession_number") == reference.pmid
        assert record["secondary_title"] == reference.container
        pages = "-".join(record[name] for name in ("start_page", "end_page") if name in record)
        assert pages == full_pages(reference.pages)
        assert ("et al." in record.get("notes", [])) == reference.et_al


def test_ris_types(document: Document) -> None:
    records = rispy.loads(export(document.references, CitationFormat.RIS))
    odd = {int(r["id"]): r["type_of_reference"] for r in records if r["type_of_reference"] != "JOUR"}
    assert odd == {32: "CHAP", 65: "ABST"}


def test_ris_has_nothing_but_tagged_lines(document: Document) -> None:
    lines = export(document.references, CitationFormat.RIS).splitlines()
    assert [line for line in lines if line and not re.match(r"[A-Z][A-Z0-9]  - ", line)] == []


# --- CSL-JSON ------------------------------------------------------------------------------------


def test_csl_json_fits_its_schema(document: Document) -> None:
    items = json.loads(export(document.references, CitationFormat.CSL_JSON))
    assert [error.message for error in Draft7Validator(CSL_SCHEMA).iter_errors(items)] == []
    assert len({item["id"] for item in items}) == 85


def test_csl_json_holds_everything(document: Document) -> None:
    items: list[dict[str, Any]] = json.loads(export(document.references, CitationFormat.CSL_JSON))
    for reference, item in zip(document.references, items, strict=True):
        names = [
            name.get("literal") or printed_name(name.get("non-dropping-particle", ""), name["family"], name["given"])
            for name in item["author"]
        ]
        assert names == [*reference.authors, *filter(None, [reference.group])]
        assert (item["title"], item["container-title"]) == (reference.title, reference.container)
        assert item["issued"]["date-parts"] == [[reference.year]]
        assert (item.get("DOI"), item.get("PMID")) == (reference.doi, reference.pmid)
        assert ("note" in item) == reference.et_al
    assert [item["citation-number"] for item in items if item["type"] == "chapter"] == [32]
    assert [item["citation-number"] for item in items if item.get("genre") == "Abstract"] == [65]


# --- Markdown ------------------------------------------------------------------------------------


def test_markdown_renders_to_the_printed_entries(document: Document) -> None:
    """A renderer that knows nothing of us shows the printed words, and its links lead to DOI and PubMed."""
    tokens = [t for t in MarkdownIt().parse(export(document.references, CitationFormat.MARKDOWN)) if t.type == "inline"]
    assert len(tokens) == 85
    for reference, token in zip(document.references, tokens, strict=True):
        children = token.children or []
        shown = "".join(child.content for child in children)
        assert squeezed(shown) == squeezed(f"{reference.number}. {reference.text}")
        links = [unquote(str(child.attrs["href"])) for child in children if child.type == "link_open"]
        assert links == [
            *([f"https://doi.org/{reference.doi}"] if reference.doi else []),
            *([f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"] if reference.pmid else []),
        ]
        assert sum(child.type == "em_open" for child in children) == 1


def squeezed(text: str) -> str:
    """Text without blanks and full stops, which the three printed layouts place differently."""
    return re.sub(r"[\s.]", "", text)


# --- names, pages, types ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Buzas EI", ("", "Buzas", "E. I.")),
        ("van der Worp HB", ("van der", "Worp", "H. B.")),
        ("van Steen C", ("van", "Steen", "C.")),
        ("Reza Zali M", ("", "Reza Zali", "M.")),
        ("O'Driscoll L", ("", "O'Driscoll", "L.")),
        ("Maličev E", ("", "Maličev", "E.")),
        ("MISEV Consortium", ("", "MISEV Consortium", "")),
    ],
)
def test_person(name: str, expected: tuple[str, str, str]) -> None:
    split = person(name)
    assert (split.particle, split.family, split.given) == expected


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ("236-50", "236-250"),
        ("5066-83", "5066-5083"),
        ("3-7", "3-7"),
        ("e250-349", "e250-e349"),
        ("e54", "e54"),
        ("", ""),
    ],
)
def test_full_pages(pages: str, expected: str) -> None:
    assert full_pages(pages) == expected


@given(st.integers(1, 9999), st.integers(0, 500))
def test_shortened_page_ranges_are_completed(start: int, length: int) -> None:
    first, last = str(start), str(start + length)
    shared = 0
    if len(first) == len(last):
        while shared < len(first) - 1 and first[shared] == last[shared]:
            shared += 1
    assert full_pages(f"{first}-{last[shared:]}") == f"{first}-{last}"


def test_types(document: Document) -> None:
    assert [r.number for r in document.references if is_chapter(r)] == [32]
    assert [r.number for r in document.references if is_abstract(r)] == [65]


@pytest.mark.parametrize(
    ("citation_format", "empty"), [("bibtex", ""), ("ris", ""), ("csl-json", "[]\n"), ("markdown", "")]
)
def test_no_references(citation_format: str, empty: str) -> None:
    assert export([], CitationFormat(citation_format)) == empty


def test_the_order_is_kept(references: dict[int, Reference]) -> None:
    text = export([references[10], references[4]], CitationFormat.MARKDOWN)
    assert re.findall(r"^(\d+)\\\.", text, re.MULTILINE) == ["10", "4"]


# --- evidenca cite -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("56", (56,)), ("4-6,10", (4, 5, 6, 10)), ("4–6", (4, 5, 6)), (" 3 , 1-3 ", (3, 1, 2))],
)
def test_numbers(text: str, expected: tuple[int, ...]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize("text", ["", "a", "4-", "6-4", "1,,2", "1-999999", "4 6", "-3"])
def test_what_are_no_numbers(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        numbers(text)


def test_an_unknown_number_names_the_range(document: Document) -> None:
    with pytest.raises(UnknownIdError, match=r"no references 90, 97. It has references 1 to 85"):
        by_number(document.references, (4, 90, 97))


def test_formats_are_those_of_the_export() -> None:
    assert tuple(citation_format.value for citation_format in CitationFormat) == FORMATS
    assert {citation_format.extension for citation_format in CitationFormat} == {".bib", ".ris", ".json", ".md"}


def test_cite_text_has_no_line_feed_at_its_end(document: Document) -> None:
    for citation_format in FORMATS:
        text = cite_text(document.references[:2], citation_format)
        assert text == text.rstrip("\n") != ""


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_one_of_numbers_question_and_all_is_wanted() -> None:
    assert options("4-6,10").numbers == (4, 5, 6, 10)
    assert options("--all", "--format", "ris").format == "ris"
    for arguments in ([], ["4", "--all"], ["--all", "--question", "x"]):
        with pytest.raises((SystemExit, argparse.ArgumentError)):
            options(*arguments)


@pytest.mark.model
def test_cite_by_number_and_all(engine: Engine, document: Document) -> None:
    assert cited(options("5,4", "--format", "markdown"), engine).startswith("5\\. Kalluri R, LeBleu VS.")
    assert cited(options("--all"), engine) == export(document.references, CitationFormat.BIBTEX).rstrip("\n")


@pytest.mark.model
@pytest.mark.parametrize("question", ["Kako na mrežnico vpliva miR-146a?", "How does miR-146a affect the retina?"])
def test_the_references_behind_an_answer(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    expected = {n for c in answer.citations for n in (c.references or c.passage_references)}
    assert {65, 66} <= expected
    assert [r.number for r in behind(question, engine)] == sorted(expected)


def answer_of(*citations: Citation) -> Answer:
    return Answer(
        id="",
        question="",
        resolved_question="",
        language=Language.EN,
        outcome=Outcome.ANSWERED,
        reason=None,
        answer="",
        citations=citations,
    )


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param(["ref:56"], [56], id="an entry stands for itself"),
        pytest.param(["3.1.6:1.8", "ref:56"], [56, 65, 66], id="a sentence for what it cites, by number"),
        pytest.param(["3.1.6:1.7"], [65, 66], id="or what closes its passage"),
        pytest.param(["3:1.8"], [], id="a sentence without citation for nothing"),
    ],
)
def test_what_stands_behind_citations(
    chunks: list[Chunk], references: dict[int, Reference], pieces: list[str], expected: list[int]
) -> None:
    by_id = {chunk.id: chunk for chunk in chunks}
    answer = answer_of(*(cite(by_id[piece], marker) for marker, piece in enumerate(pieces, start=1)))
    found = references_behind(answer, lambda number, article: references[number])
    assert [reference.number for reference in found] == expected


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "error"),
    [
        pytest.param("", QuestionError, id="empty"),
        pytest.param("Ali naj si vbrizgam eksosome?", EvidencaError, id="abstained"),
    ],
)
def test_nothing_to_cite(engine: Engine, question: str, error: type[EvidencaError]) -> None:
    with pytest.raises(error):
        behind(question, engine)


def test_an_answer_without_citations_has_no_references() -> None:
    assert references_behind(answer_of(), lambda number, article: pytest.fail("asked")) == ()
