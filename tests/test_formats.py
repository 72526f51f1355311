"""How files become text: JATS XML, PDF and encodings in detail, and the Markdown that other articles use."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.enums import AccessPermission

from corpus.errors import CorpusError
from corpus.load import Article
from corpus.text import quote
from corpus.types import Document, Kind, Language
from ingest.blocks import BlockKind, are_names, entry_starts, read_blocks
from ingest.formats import SourceText, read_source
from ingest.formats.pdf_words import Joiner
from ingest.formats.scripts import place_citation, superscript
from ingest.parse import parse

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write


def english(text: str) -> Document:
    document = parse(text, document_id="x", language=Language.EN)
    for piece in document.pieces():
        assert piece.text == quote(text, piece.spans)
    return document


def texts(document: Document, section: str) -> list[str]:
    return [s.text for s in document.sentences if s.section == section and s.kind is not Kind.HEADING]


# Encodings and what a file is


@pytest.mark.parametrize(
    ("codec", "hint"),
    [("cp1250", "Windows-1250"), ("iso-8859-2", "ISO 8859-2"), ("utf-16", "UTF-16")],
)
def test_another_encoding_is_named_in_the_hint(write: Write, codec: str, hint: str) -> None:
    path = write("clanek.txt", "Uvod\n\nŠčinkavec žvižga čez šipek, žaba pa čaka na žužka.\n".encode(codec))
    with pytest.raises(CorpusError, match="UTF-8") as caught:
        read_source(path)
    assert hint in f"{caught.value.message} {caught.value.hint}"
    assert "iconv -f" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "# Not Markdown by name\n\nText.", "text"),
        ("a.md", "Text.", "markdown"),
        ("a", "# Title\n\nText.", "markdown"),
        ("a", "Text.", "text"),
        ("a.txt", "<article><body><p>Text.</p></body></article>", "jats"),
        ("a.txt", "<?xml version='1.0'?><article><body><p>Text.</p></body></article>", "jats"),
    ],
)
def test_content_decides_before_the_name(write: Write, name: str, content: str, expected: str) -> None:
    assert read_source(write(name, content)).format == expected


def test_text_is_kept_exactly_as_received(write: Write) -> None:
    content = "# Naslov\r\n\r\nVrstica\tz zavihkom\r in  presledki. \u00ad\u200b\n"
    assert read_source(write("a.md", content)) == SourceText(content, "markdown", False, ())


@pytest.mark.parametrize("name", ["missing.md", "."])
def test_a_missing_file_or_a_folder_is_said_to_be_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=r"cannot be read: No such file|is a folder"):
        read_source(tmp_path / name)


# JATS

REFERENCES = "".join(
    f'<ref id="b{number}"><label>{number}</label><element-citation><person-group person-group-type="author">'
    f"<name><surname>Novak</surname><given-names>A</given-names></name></person-group><article-title>Title {number}"
    f"</article-title><source>J Invent</source><year>20{number:02}</year></element-citation></ref>"
    for number in range(1, 10)
)


def cite(number: int, text: str | None = None) -> str:
    return f'<xref ref-type="bibr" rid="b{number}">{number if text is None else text}</xref>'


def jats(write: Write, body: str, *, front: str = "", back: str = "") -> SourceText:
    return read_source(
        write(
            "a.xml",
            f'<article xml:lang="en"><front><article-meta>{front}</article-meta></front><body><sec><title>A</title>'
            f"{body}</sec></body><back>{back}<ref-list>{REFERENCES}</ref-list></back></article>",
        )
    )


def paragraph(write: Write, content: str) -> str:
    """The first paragraph of an article with this content, as text."""
    return jats(write, f"<p>{content}</p>").text.split("\n\n")[1]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(f"Seen [{cite(1)}].", "Seen (1).", id="brackets"),
        pytest.param(f"Seen [{cite(1)}, {cite(3)}-{cite(5)}].", "Seen (1,3-5).", id="a range of two ends"),
        pytest.param(f"Seen<sup>{cite(1)},{cite(2)}</sup>.", "Seen (1,2).", id="superscript"),
        pytest.param(f"Seen.<sup>{cite(2)}</sup> Next.", "Seen (2). Next.", id="after the stop"),
        pytest.param(f"Seen.{cite(2)} Next.", "Seen (2). Next.", id="bare, after the stop"),
        pytest.param(f"Kos et al.<sup>{cite(2)}</sup> saw it.", "Kos et al. (2) saw it.", id="after et al."),
        pytest.param(f"Seen,<sup>{cite(2)}</sup> but not here.", "Seen (2), but not here.", id="after a comma"),
        pytest.param(
            f"Seen ({cite(1, 'Kos, 2020')}; {cite(2, 'Hop, 2021')}).",
            "Seen (Kos, 2020 [1]; Hop, 2021 [2]).",
            id="author and year",
        ),
        pytest.param(
            f"{cite(3, 'Kos et al. (2003)')} saw it.", "Kos et al. (2003) [3] saw it.", id="author and year in the text"
        ),
        pytest.param('Seen <xref ref-type="bibr" rid="b1 b2 b3">1-3</xref>.', "Seen (1-3).", id="several ids"),
        pytest.param('Seen <xref ref-type="bibr" rid="b3">3–5</xref>.', "Seen (3-5).", id="a range with one id"),
        pytest.param('By <xref ref-type="disp-formula" rid="e">(1)</xref>.', "By (Eq. 1).", id="an equation"),
        pytest.param('By Eq. <xref ref-type="disp-formula" rid="e">(1)</xref>.', "By Eq. 1.", id="a named equation"),
    ],
)
def test_jats_citations(write: Write, content: str, expected: str) -> None:
    assert paragraph(write, content) == expected


def test_jats_cites_in_brackets_where_parentheses_count_something_else(write: Write) -> None:
    source = jats(write, f"<p>First (1) one, then (2) two {cite(4)}.</p>")
    assert "then (2) two [4]." in source.text
    only = jats(write, f"<p>First (1) one {''.join(cite(n) for n in range(1, 8))}.</p>")
    sentence = english(only.text).sentences[1]
    assert sentence.references == (1, 2, 3, 4, 5, 6, 7)


def test_jats_citation_of_nothing_is_reported(write: Write) -> None:
    source = jats(write, '<p>Seen [<xref ref-type="bibr" rid="b77">77</xref>].</p>')
    assert "Seen [77]." in source.text
    assert [problem for problem in source.problems if "line 1: '77' cites b77" in problem] != []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("2 × 10<sup>9</sup> cells", "2 × 10⁹ cells", id="a power is no other number"),
        pytest.param("Na<sup>+</sup> and CO<sub>2</sub>", "Na⁺ and CO2", id="charge and formula"),
        pytest.param("the 1<sup>st</sup> one", "the 1st one", id="an ordinal"),
        pytest.param("HLA-A*02:01 and B*07:02", "HLA-A∗02:01 and B∗07:02", id="asterisks are no emphasis"),
        pytest.param("<italic>in vitro</italic> <bold>now</bold>", "in vitro now", id="emphasis is left out"),
        pytest.param("# of cells", "\\# of cells", id="no heading by accident"),
        pytest.param(
            "<inline-formula><math><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><mfrac><mi>a</mi><mi>b</mi></mfrac></math>"
            "</inline-formula> holds",
            "x² = a/b holds",
            id="MathML",
        ),
        pytest.param(
            "<inline-formula><tex-math>\\documentclass{x}\\begin{document}$$x$$\\end{document}</tex-math>"
            "</inline-formula> holds",
            "x holds",
            id="TeX",
        ),
    ],
)
def test_jats_scripts_and_formulas_stay_true(write: Write, content: str, expected: str) -> None:
    assert paragraph(write, content) == expected


def test_jats_tables_write_out_spans_and_lists(write: Write) -> None:
    source = jats(
        write,
        "<p>See it.</p><table-wrap><label>Table 2</label><caption><p>Doses</p></caption><table><thead>"
        '<tr><th rowspan="2">Drug</th><th colspan="2">Dose</th></tr><tr><th>mg</th><th>ml</th></tr></thead><tbody>'
        '<tr><td colspan="3">Old | drugs</td></tr><tr><td rowspan="2">A</td><td>1</td><td>2</td></tr>'
        "<tr><td>3</td><td><list><list-item><p>four</p></list-item><list-item><p>five</p></list-item></list></td></tr>"
        "</tbody></table><table-wrap-foot><fn><label>a</label><p>daily</p></fn></table-wrap-foot></table-wrap>",
    )
    table = source.text.split("Table 2: Doses\n\n")[1].split("\n\n## ")[0]
    assert table == (
        "| Drug | Dose – mg | Dose – ml |\n| --- | --- | --- |\n| Old \\| drugs | | |\n| A | 1 | 2 |\n"
        "| A | 3 | <ul> • four • five |\n\nLegend: a daily"
    )
    document = english(source.text)
    assert [s.text for s in document.sentences if s.kind is Kind.TABLE_CELL] == ["four", "five"]


def test_jats_lists_stay_in_place_and_figures_come_after_the_paragraph(write: Write) -> None:
    source = jats(
        write,
        "<p>Before <fig><label>Fig. 1</label><caption><title>A fig</title><p>Its text.</p></caption></fig>and after:"
        "<list list-type='order'><list-item><p>one<list><list-item><p>within</p></list-item></list></p></list-item>"
        "<list-item><p>two</p></list-item></list>Then more.</p>",
    )
    assert source.text.split("\n\n")[1:5] == [
        "Before and after:",
        "1. one\n- within\n2. two",
        "Then more.",
        "Fig. 1: A fig. Its text.",
    ]


def test_jats_text_without_sections_gets_a_heading_of_its_own(write: Write) -> None:
    source = read_source(write("a.xml", '<article xml:lang="sl"><body>\n<p>Besedilo.</p></body></article>'))
    assert source.text.startswith("## Besedilo\n\nBesedilo.")
    assert "line 2: the text has no first heading; 'Besedilo' is ours" in source.problems
    assert "the article has no list of references" in source.problems


def test_jats_back_matter_has_its_headings(write: Write) -> None:
    source = jats(
        write,
        "<p>Text.</p>",
        back="<ack><p>Thanks.</p></ack><fn-group><fn fn-type='conflict'><p>None.</p></fn><fn><p>Also.</p></fn>"
        "</fn-group><glossary><def-list><def-item><term>EV</term><def><p>vesicle</p></def></def-item></def-list>"
        "</glossary>",
    )
    document = english(source.text)
    assert [(s.id, texts(document, s.id)) for s in document.sections][1:-1] == [
        ("acknowledgements", ["Thanks."]),
        ("conflict-of-interest", ["None."]),
        ("h-footnotes", ["Also."]),
        ("h-abbreviations", ["- EV – vesicle"]),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<article>\n<front/>\n</article>", r"a\.xml, line 1: the article has no text \(<body>\)"),
        ("<article><body> </body></article>", "has no text"),
        ("<html>\n<body/></html>", "its root is <html>"),
        ("<article><body>\n<p>&nosuch;</p></body></article>", r"a\.xml, line 2: malformed XML"),
        ("<article>" + "<sec>" * 300 + "</sec>" * 300 + "</article>", "more than 200 deep"),
    ],
)
def test_jats_that_cannot_be_read(write: Write, content: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_source(write("a.xml", content))


def test_jats_entities_of_the_dtd_are_known(write: Write) -> None:
    content = '<!DOCTYPE article PUBLIC "x" "y.dtd"><article><body><p>TGF-&beta; &plusmn; 1</p></body></article>'
    assert "TGF-β ± 1" in read_source(write("a.xml", content)).text


def test_the_first_of_several_articles_is_read(write: Write) -> None:
    one = "<article><body><sec><title>A</title><p>One.</p></sec></body></article>"
    source = read_source(write("a.xml", f"<pmc-articleset>{one}\n{one.replace('One', 'Two')}</pmc-articleset>"))
    assert "Two" not in source.text
    assert "line 2: the file holds 2 articles; only the first is read" in source.problems


# PDF


def pdf(*, pages: int = 1) -> FPDF:
    document = FPDF(unit="pt", format=(400, 500))
    document.set_auto_page_break(False)
    document.set_font("Helvetica", size=10)
    for _ in range(pages):
        document.add_page()
    return document


def output(document: FPDF) -> bytes:
    return bytes(document.output())


def lines(document: FPDF, x: float, y: float, *rows: str, leading: float = 12.0) -> float:
    for row in rows:
        document.text(x, y, row)
        y += leading
    return y


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda document: document.rect(50, 50, 200, 200), "no text layer.*probably a scan", id="scanned"),
        pytest.param(
            lambda document: document.set_encryption("owner", "user", permissions=AccessPermission.none()),
            "is encrypted",
            id="encrypted",
        ),
    ],
)
def test_pdfs_without_text_to_read(write: Write, make: Callable[[FPDF], object], message: str) -> None:
    document = pdf()
    make(document)
    with pytest.raises(CorpusError, match=message):
        read_source(write("a.pdf", output(document)))


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_a_pdf_cut_short_is_damaged(write: Write, share: float) -> None:
    whole = (Path(__file__).parent / "data" / "karstin.pdf").read_bytes()
    with pytest.raises(CorpusError, match=r"a\.pdf is damaged|has no text layer"):
        read_source(write("a.pdf", whole[: int(len(whole) * share)]))


def test_pdf_superscripts_are_powers_or_citations(write: Write) -> None:
    """Raised digits after a number are a power; where nothing else cites, those after words are citations."""
    document = pdf()
    document.set_font("Helvetica", size=12, style="B")
    document.text(40, 40, "1 Introduction")

    def raised(y: float, *parts: tuple[str, str]) -> None:
        x = 40.0
        for text, number in parts:
            document.set_font("Helvetica", size=10)
            document.text(x, y, text)
            x += document.get_string_width(text)
            document.set_font("Helvetica", size=6)
            document.text(x, y - 4, number)
            x += document.get_string_width(number) + 3

    raised(70, ("Vesicles were found in blood.", "1"), ("Others", "2,3"), ("found none.", ""))
    raised(82, ("We counted 10", "6"), ("of them in one litre", "4"), ("and 5 cm", "2"), ("of skin", "5"))
    document.set_font("Helvetica", size=12, style="B")
    document.text(40, 130, "References")
    document.set_font("Helvetica", size=10)
    lines(document, 40, 150, *(f"{n}. Novak A. Title of the paper {n}. J Invent. 2020;{n}:1-2." for n in range(1, 6)))
    source = read_source(write("a.pdf", output(document)))
    assert (
        "found in blood (1). Others (2,3) found none. We counted 10⁶ of them in one litre (4) and 5 cm² of skin (5)"
        in (source.text)
    )
    assert [problem for problem in source.problems if "read as citations" in problem] != []


def test_pdf_bibliography_with_bare_numbers_apart_from_its_text(write: Write) -> None:
    document = pdf()
    document.set_font("Helvetica", size=14, style="B")
    document.text(40, 40, "References")
    document.set_font("Helvetica", size=9)
    y = 60.0
    for number in range(1, 6):
        document.text(40, y, str(number))
        y = lines(
            document, 70, y, f"Novak A, Kos B. The title of paper {number}. J Invent.", f"2020;{number}:1-2. Epub."
        )
    source = read_source(write("a.pdf", output(document)))
    assert source.text.strip().split("\n\n")[1].split("\n") == [
        f"{n}. Novak A, Kos B. The title of paper {n}. J Invent. 2020;{n}:1-2. Epub." for n in range(1, 6)
    ]


def test_pdf_table_whose_cells_run_together_stays_text_and_is_reported(write: Write) -> None:
    document = pdf()
    lines(document, 40, 40, "Table 1: Overlapping cells.")
    for number, y in enumerate((60.0, 72.0, 84.0)):
        document.text(40, y, f"cell {number} that is rather long here")
        document.text(220, y, "another")
    document.text(40, 96, "x")
    document.text(150, 96, "a cell across two columns of this table")
    source = read_source(write("a.pdf", output(document)))
    assert "|" not in source.text
    assert "cell 0 that is rather long here" in source.text
    assert [problem for problem in source.problems if "cannot be told apart" in problem] != []


def test_pdf_numbers_in_a_table_at_the_head_of_a_page_are_no_page_numbers(write: Write) -> None:
    document = pdf(pages=0)
    for page in (1, 2, 3):
        document.add_page()
        document.text(190, 485, str(page + 6))
        lines(document, 40, 200, "Running text that fills the page with words of all kinds, so that it", "is text.")
        for row, cells in enumerate((("Group", "Patients"), ("Treated", "60"), ("Control", "58")) * (page == 2)):
            document.text(40, 30, "Table 1: Patients.")
            document.text(40, 44 + 12 * row, cells[0])
            document.text(160, 44 + 12 * row, cells[1])
    text = read_source(write("a.pdf", output(document))).text
    assert "| Treated | 60 |\n| Control | 58 |" in text
    assert [number for number in "789" if f"\n{number}\n" in text] == []


def test_pdf_in_three_columns_is_read_column_after_column(write: Write) -> None:
    document = pdf()
    document.set_font("Helvetica", size=7)
    for column in range(3):
        rows = [f"column {column} line {row} of words" for row in range(8)]
        lines(document, 30 + 120 * column, 60, *rows, leading=9)
    text = " ".join(read_source(write("a.pdf", output(document))).text.split())
    assert [text.count(f"column {column} line 7 of words") for column in range(3)] == [1, 1, 1]
    assert text.index("column 0 line 7") < text.index("column 1 line 0")
    assert text.index("column 1 line 7") < text.index("column 2 line 0")


@pytest.mark.parametrize(
    ("rows", "elsewhere", "expected", "kept"),
    [
        pytest.param(["a random-", "ised trial"], "randomised", "a randomised trial", [], id="known elsewhere"),
        pytest.param(["a double-", "blind trial"], "double-blind", "a double-blind trial", [], id="a compound"),
        pytest.param(["a random-", "ised trial"], "", "a random-ised trial", ["random-ised"], id="unknown"),
        pytest.param(["zdrav\u00ad", "ljenje"], "", "zdravljenje", [], id="soft hyphen"),
        pytest.param(["zdrav-", "ljenje ran"], "zdravljenje", "zdravljenje ran", [], id="Slovene"),
        pytest.param(["short-", "and long-term"], "", "short- and long-term", [], id="a hyphen before 'and'"),
        pytest.param(["interleukin IL-", "6 rose"], "", "interleukin IL-6 rose", [], id="a name"),
        pytest.param(["10.5555/jim-", "2020.17 PMID"], "", "10.5555/jim-2020.17 PMID", [], id="an address"),
        pytest.param(["in 2019–", "2021 too"], "", "in 2019–2021 too", [], id="a range"),
    ],
)
def test_words_cut_at_line_ends(rows: list[str], elsewhere: str, expected: str, kept: list[str]) -> None:
    joiner = Joiner([*rows, elsewhere])
    assert joiner.join(rows) == expected
    assert list(joiner.kept) == kept


def test_reading_a_pdf_from_memory_or_file_gives_the_same(write: Write) -> None:
    data = Path(__file__).parent / "data" / "karstin.pdf"
    assert read_source(write("copy", data.read_bytes())) == read_source(data)
    assert io.BytesIO(data.read_bytes()).read(5) == b"%PDF-"


# Small parts


@pytest.mark.parametrize(
    ("text", "expected"), [("6", "⁶"), ("−1", "⁻¹"), ("1,2", "¹,²"), ("a", "ᵃ"), ("st", "st"), ("TM", "TM"), ("", "")]
)
def test_superscript(text: str, expected: str) -> None:
    assert superscript(text) == expected


def test_place_citation_keeps_all_text() -> None:
    for before in ("Word", "Word.", "Word, ", "al.", "(", ""):
        for after in ("", " next", " Next", "next", ")."):
            for attached in (True, False):
                head, tail = place_citation(before, "(1)", after, attached=attached)
                assert sorted((head + tail).replace(" ", "")) == sorted((before + "(1)" + after).replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nika Požun, Ana Kolenc, Elvira Maličev", True),
        ("A. B. Novak¹*, Marie-Claire van der Berg² and Č. Žagar", True),
        ("Ana Novak in Bor Kos", True),
        ("Ana Novak, PhD", True),
        ("Gene therapy of the skin", False),
        ("Zavod za transfuzijsko medicino, Ljubljana", False),
        ("Introduction", False),
        ("", False),
    ],
)
def test_are_names(text: str, expected: bool) -> None:
    assert are_names(text) is expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(["1. Novak A.", "Title.", "2. Kos B."], [1, 0, 1], id="over two lines"),
        pytest.param(["1. Novak A.", "2. izd. Ljubljana", "2. Kos B."], [1, 0, 1], id="a second edition"),
        pytest.param(["1. A B.", "2. C D.", "2. E F.", "3. G H."], [1, 1, 1, 1], id="given twice"),
        pytest.param(["1. A B.", "3. C D.", "4. E F."], [1, 1, 1], id="a gap"),
        pytest.param(["1. A B. 2020;", "236. Epub.", "2. C D."], [1, 0, 1], id="a page at the start of a line"),
        pytest.param(["Novak A. Title. J", "526. Kos B."], [0, 0], id="a page and no numbers"),
        pytest.param(["12. A B.", "13. C D."], [1, 1], id="from another number on"),
        pytest.param(["- A B.", "- C D.", "3. E F."], [1, 1, 1], id="dashes, then numbers"),
        pytest.param(["[1] A B.", "[2]C D.", "more"], [1, 1, 0], id="brackets"),
        pytest.param(["1. A B.", "2. C D.", "1. E F.", "2. G H."], [1, 1, 1, 1], id="counted again from 1"),
    ],
)
def test_entry_starts(rows: list[str], expected: list[int]) -> None:
    assert entry_starts([(row, False) for row in rows]) == [bool(start) for start in expected]


# The Markdown and plain text of other articles


def test_titles_in_two_languages_and_labelled_fields() -> None:
    document = english(
        "# Healing of chronic wounds with karstin gel\n\nCeljenje kroničnih ran z gelom karstina\n\n"
        "Ana Novak, Bor Kos\n\nReceived: 3 May 2024 | Accepted: 4 June 2024\n\n© 2024 The Authors\n\n"
        "Keywords: wound; gel\n\n## Abstract\n\nWounds heal.\n"
    )
    assert [(s.id, s.language) for s in document.sentences if s.kind is Kind.METADATA] == [
        ("front:title-en", Language.EN),
        ("front:title-sl", Language.SL),
        ("front:authors", Language.EN),
        ("front:dates", Language.EN),
        ("front:licence", Language.EN),
        ("front:keywords-en", Language.EN),
    ]


def test_the_kind_of_article_is_no_title() -> None:
    document = english("Review article\n\nWounds of the olm\n\nAna Novak, Bor Kos\n\nAbstract\n\nText.\n")
    front = {s.id: s.text for s in document.sentences if s.kind is Kind.METADATA}
    assert front == {
        "front:opening-1": "Review article",
        "front:title": "Wounds of the olm",
        "front:authors": "Ana Novak, Bor Kos",
    }


def test_metadata_at_the_head_gives_the_title_and_nothing_else() -> None:
    document = english('---\ntitle: "Wounds of the olm"\nlayout: post\n---\n\n# Wounds of the olm\n\n## A\n\nText.\n')
    assert [(s.id, s.text) for s in document.sentences] == [
        ("front:title", "Wounds of the olm"),
        ("h-a:title", "A"),
        ("h-a:1.1", "Text."),
    ]


def test_headings_underlined_numbered_and_nested() -> None:
    document = english(
        "Title\n=====\n\nFirst\n-----\n\nText.\n\n### 2.1 Deep\n\nText.\n\n## First\n\nText.\n\n#### Low\n\nT.\n"
    )
    assert [(s.id, s.parent) for s in document.sections if s.id != "front"] == [
        ("h-first", None),
        ("2.1", None),
        ("h-first-2", None),
        ("h-low", "h-first-2"),
    ]
    assert document.problems[0] == "line 9: section 2.1 has no section 2"


def test_plain_text_has_headings_by_number_and_by_name() -> None:
    text = (
        "A title of an article\n\nAna Novak, Bor Kos\n\n1 University of Ljubljana, Slovenia\n\nIntroduction\n\n"
        "Some text that ends.\n\n1. First item\n\n2. Second item\n\nMethods\n\nMore text.\n\nReferences\n\n"
        "[1] Novak A. One.\n\n[2] Kos B. Two.\n"
    )
    document = english(text)
    assert [s.id for s in document.sections] == ["front", "h-introduction", "h-methods", "references"]
    assert texts(document, "h-introduction") == ["Some text that ends.", "1. First item", "2. Second item"]


def test_a_numbered_heading_can_name_the_references() -> None:
    document = english("## 1 Text\n\nSeen (1).\n\n## 2. References\n\n1. Novak A. T. *J.* 2020.\n")
    assert [(s.id, s.number) for s in document.sections] == [("1", "1"), ("references", "2")]
    assert [reference.number for reference in document.references] == [1]


def test_tables_and_captions_at_the_end_of_a_manuscript() -> None:
    document = english(
        "## A\n\nSeen (1).\n\n## References\n\n1. Novak A. T. *J.* 2020.\n\nTable 1. Doses\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\nNote: daily.\n"
    )
    (table,) = document.tables
    assert (table.id, table.columns, table.legend) == ("table-1", ("a", "b"), "table-1:legend")
    assert [reference.text for reference in document.references] == ["Novak A. T. J. 2020."]


@pytest.mark.parametrize("below", [True, False])
def test_captions_stand_above_or_below(below: bool) -> None:
    parts = []
    for number in (1, 2):
        table, caption = f"| a{number} | b |\n|---|---|\n| 1 | 2 |", f"Table {number}: Caption {number}."
        parts += [table, caption] if below else [caption, table]
    document = english("## A\n\nText.\n\n" + "\n\n".join(parts) + "\n")
    assert [(table.id, table.columns) for table in document.tables] == [
        ("table-1", ("a1", "b")),
        ("table-2", ("a2", "b")),
    ]


def test_a_table_without_a_caption_has_a_name_of_its_own() -> None:
    document = english("## A\n\nText:\n| a | b |\n|---|---|\n| 1 | x • y |\nMore text.\n\nc | d\n--|--\n3 | 4\n")
    assert [(table.id, [cell.text for cell in table.rows[0].cells]) for table in document.tables] == [
        ("table-unnamed-1", ["1", "x • y"]),
        ("table-unnamed-2", ["3", "4"]),
    ]
    assert texts(document, "h-a") == ["Text:", "More text."]


def test_code_comments_rules_and_images_are_no_text() -> None:
    document = english(
        "## A\n\nOne.\n\n```\n## no heading (1)\n```\n\n<!--\n\nhidden\n\n-->\n\n***\n\n![alt](a.png)\n\n"
        "![Figure 1: The caption.](b.png)\n\nTwo <!-- and --> more.\n"
    )
    assert texts(document, "h-a") == ["One.", "Two more."]
    assert texts(document, "figure-1") == ["Figure 1: The caption."]
    assert "lines 5–7: code is left out" in document.problems


def test_what_is_never_closed_hides_nothing() -> None:
    document = english("## A\n\nOne.\n\n```\n\nTwo.\n\n<!-- Three.\n\nFour.\n")
    assert texts(document, "h-a") == ["One.", "Two.", "<!-- Three.", "Four."]


def test_each_section_has_the_language_of_its_text() -> None:
    text = (
        "## Prvi del\n\nRane se pri bolnikih celijo počasi in zahtevajo veliko dela zdravnikov.\n\n"
        "## Second part\n\nThe wounds of these patients heal slowly and need the work of many people.\n\n"
        "### None\n\nYes.\n\n## Kratko\n\nDa.\n"
    )
    document = parse(text, document_id="x")
    assert document.language is Language.SL
    assert {section.id: section.language for section in document.sections} == {
        "h-prvi-del": Language.SL,
        "h-second-part": Language.EN,
        "h-none": Language.EN,
        "h-kratko": Language.SL,
    }


def test_a_text_in_neither_language_is_reported() -> None:
    text = "Die Wunden der Patienten heilen langsam und brauchen die Arbeit vieler Menschen im Krankenhaus."
    assert parse(text * 2, document_id="x").problems[0].startswith("the text seems to be neither Slovene nor English")


def test_duplicate_numbers_keep_both_entries() -> None:
    document = english("## A\n\nSeen (2).\n\n## References\n\n1. A B. T.\n2. C D. T.\n2. E F. U.\n4. G H. V.\n")
    assert [reference.id for reference in document.references] == ["ref:1", "ref:2", "ref:2-2", "ref:4"]
    assert document.problems == (
        "line 7: references never cited in the text: 1, 4",
        "line 9: reference 2 occurs again",
        "line 10: reference 4 where 3 was expected",
    )


def test_a_paragraph_cut_by_a_page_goes_on_but_a_label_does_not() -> None:
    cut = "The patients were followed for one year after they had received the gel, and in the"
    document = english(
        f"## A\n\n{cut}\n\nUnited Kingdom none was lost.\n\nShort label\n\nNext paragraph.\n\n- item\n- two\n\nLast.\n"
    )
    assert texts(document, "h-a") == [
        f"{cut} United Kingdom none was lost.",
        "Short label",
        "Next paragraph.",
        "- item",
        "- two",
        "Last.",
    ]


def test_every_letter_is_in_one_block() -> None:
    text = (Path(__file__).parent / "data" / "make_pdf.py").read_text(encoding="utf-8")
    covered = [0] * len(text)
    for block in read_blocks(text):
        assert isinstance(block.kind, BlockKind)
        for position in range(*block.span):
            covered[position] += 1
    assert [char for char, count in zip(text, covered, strict=True) if char.isalpha() and count != 1] == []


def test_the_bundled_article_is_read_the_same_when_its_language_is_found_out(article: Article) -> None:
    assert parse(article.source, document_id="x") == parse(article.source, document_id="x", language=Language.SL)
