"""Other articles: a JATS file, the PDF rendered from it, Markdown, and files that cannot be read."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.errors import CorpusError, MissingExtraError
from corpus.text import quote
from corpus.types import Document, Kind, Language
from ingest.build import build
from ingest.formats import read_source
from ingest.front import front_matter
from ingest.parse import parse
from rag.answer import Reason
from rag.engine import Engine
from rag.prose.features import candidates
from rag.prose.select import answer_features, judge, model

DATA = Path(__file__).parent / "data"
JATS = DATA / "karstin.nxml"
PDF = DATA / "karstin.pdf"


def _read(path: Path) -> Document:
    source = read_source(path)
    return parse(source.text, document_id=path.stem, language=None)


@pytest.fixture(scope="module")
def jats() -> Document:
    return _read(JATS)


@pytest.fixture(scope="module")
def pdf() -> Document:
    return _read(PDF)


@pytest.fixture(scope="module")
def two_articles(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The bundled article and the JATS file in one index, made with the bundled model."""
    folder = tmp_path_factory.mktemp("two") / "index"
    report = build(Settings(index_dir=folder), add=[JATS])
    assert report.problems == ()
    return Engine.open(Settings(index_dir=folder))


def assert_exact(document: Document) -> None:
    """Every piece is what its spans say."""
    for piece in document.pieces():
        assert piece.text == quote(document.text, piece.spans), piece.id
    ids = [piece.id for piece in document.pieces()]
    assert len(ids) == len(set(ids))


def test_jats_is_read_whole(jats: Document) -> None:
    assert_exact(jats)
    assert jats.problems == ()
    assert [section.id for section in jats.sections if section.number] == ["1", "2", "2.1", "2.2", "3", "4", "5"]
    assert {s.id: s.parent for s in jats.sections if s.number and "." in s.number} == {"2.1": "2", "2.2": "2"}
    languages = {section.id: section.language for section in jats.sections}
    assert languages["abstract-en"] is Language.EN
    assert languages["abstract-sl"] is Language.SL
    assert languages["3"] is Language.EN
    front = front_matter(jats)
    assert front.titles[Language.SL].startswith("Karstin, peptid človeške ribice")
    assert len(front.authors) == 2
    assert front.keywords[Language.SL] == ("karstin", "človeška ribica", "kronične rane")


def test_jats_citations_lead_to_its_references(jats: Document) -> None:
    assert [reference.number for reference in jats.references] == list(range(1, 10))
    cited = {number for sentence in jats.sentences for number in sentence.references}
    assert cited | {n for table in jats.tables for row in table.rows for n in row.references} == set(range(1, 10))
    ranges = [sentence for sentence in jats.sentences if len(sentence.references) > 2]
    assert ranges, "no range was expanded"
    for reference in jats.references:
        assert reference.authors or reference.group
        assert reference.year is not None
    assert sum(reference.doi is not None for reference in jats.references) >= 6


def test_jats_tables_and_trials(jats: Document) -> None:
    (table,) = jats.tables
    assert (len(table.rows), len(table.columns)) == (3, 6)
    assert [len(row.cells) for row in table.rows] == [6, 6, 6]
    assert len(jats.trials) == 3
    assert all(trial.enrolment > 0 for trial in jats.trials)


def test_the_pdf_says_what_the_jats_file_says(jats: Document, pdf: Document) -> None:
    """Two columns, a paragraph broken over column and page, running heads, hyphens at line ends."""
    assert_exact(pdf)
    body = [s.text for s in jats.sentences if s.section[0].isdigit() and s.kind in (Kind.SENTENCE, Kind.LIST_ITEM)]
    read = {s.text for s in pdf.sentences}
    # One word is broken by a hyphen that nothing shows to be no part of it, and that is reported.
    assert [text for text in body if text not in read and "indirectly" not in text] == []
    problems = read_source(PDF).problems
    assert any("indir-ectly" in problem for problem in problems)
    assert any("running heads" in problem for problem in problems)
    assert [(r.number, r.doi, r.year) for r in pdf.references] == [(r.number, r.doi, r.year) for r in jats.references]
    assert [[cell.text for cell in row.cells] for row in pdf.tables[0].rows] == [
        [cell.text for cell in row.cells] for row in jats.tables[0].rows
    ]
    assert [section.id for section in pdf.sections if section.number] == [s.id for s in jats.sections if s.number]


def test_without_the_extra_a_pdf_names_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "pdfminer"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pdfminer", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'evidenca\[pdf\]'"):
        read_source(PDF)


MARKDOWN = """# Vezikli v hrustancu

## Izvleček

Povzemamo izmišljene raziskave o vezikilih v hrustancu.

## Abstract

We summarise invented studies of vesicles in cartilage.

## 1 Rezultati

Hrustanec je zrasel pri 12 bolnikih [1,3]. O bolečini niso poročali [2].

<!-- not part of the article -->

| Študija | Bolniki |
|---|---|
| A | 12 |
| B | |

## Literatura

1. Novak A. Ena. *J Invent.* 2020;1:1-2. DOI: 10.5555/a
2. Kos B. Dve. *J Invent.* 2021;2:3-4.
   PMID: 12345678
3. Zajc C. Tri. *J Invent.* 2022;3:5-6.
"""


def test_markdown(tmp_path: Path) -> None:
    path = tmp_path / "hrustanec.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    document = _read(path)
    assert_exact(document)
    assert document.text == MARKDOWN
    assert document.language is Language.SL
    assert [reference.number for reference in document.references] == [1, 2, 3]
    assert document.references[1].pmid == "12345678"
    results = [s for s in document.sentences if s.section == "1" and s.kind is Kind.SENTENCE]
    assert [(s.text, s.references) for s in results] == [
        ("Hrustanec je zrasel pri 12 bolnikih [1,3].", (1, 3)),
        ("O bolečini niso poročali [2].", (2,)),
    ]
    assert not any("not part" in sentence.text for sentence in document.sentences)
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["A", "12"], ["B", ""]]


def test_an_article_cites_in_one_style(tmp_path: Path) -> None:
    """Where brackets cite, "(2)" is something else: an equation, a list item."""
    for text, expected in (("One [1,2]. See (2).", [(1, 2), ()]), ("One (1). See (2).", [(1,), (2,)])):
        references = "1. A B. T. *J.* 2020.\n2. C D. T. *J.* 2021.\n"
        document = parse(f"## 1 A\n\n{text}\n\n## References\n\n{references}", document_id="x", language=Language.EN)
        assert [s.references for s in document.sentences if s.kind is Kind.SENTENCE] == expected


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("## A\n\nText.\n", "no bibliography was found"),
        ("## A\n\nText (1,3).\n\n## References\n\n1. A B. T. *J.* 2020.\n3. C D. T. *J.* 2021.\n", "reference 3"),
        ("## A\n\nText (1).\n\n## References\n\n1. A B. T. *J.* 2020.\n1. C D. T. *J.* 2021.\n", "1"),
        ("## A\n\nText.\n\n## References\n\n1. A B. T. *J.* 2020.\n", "never cited"),
        (
            "## A\n\nT (1).\n\nTable 1: X.\n\n| a | b |\n|---|---|\n| 1 |\n\n## References\n\n1. A B. T. *J.* 2020.\n",
            "cells",
        ),
    ],
)
def test_what_is_unsound_is_reported(content: str, problem: str) -> None:
    document = parse(content, document_id="x", language=Language.EN)
    assert_exact(document)
    assert [p for p in document.problems if problem in p] != []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.md", b"", "is empty"),
        ("blank.txt", b"\xef\xbb\xbf \n\t\n", "is empty"),
        ("cp1250.txt", "1 Uvod\n\nŠkoda časa.".encode("cp1250"), r"cp1250\.txt, line 3.*UTF-8"),
        ("binary.txt", b"abc\x00def", "binary"),
        ("word.docx", b"PK\x03\x04....", "ZIP archive"),
        ("page.txt", b"<!DOCTYPE html><html></html>", "HTML"),
        ("broken.xml", b"<?xml version='1.0'?>\n<article>\n<body>\n</article>", "line 4"),
        ("other.xml", b"<?xml version='1.0'?><note/>", "JATS"),
        ("damaged.pdf", b"%PDF-1.7\nnot really", "damaged|cannot be read|no text"),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=f"(?s){message}") as caught:
        read_source(path)
    assert name in str(caught.value)


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(CorpusError, match="50 MB"):
        read_source(path)


def test_an_entity_bomb_does_not_go_off(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE article [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
        "<article><body><p>&b;</p></body></article>",
        encoding="utf-8",
    )
    with pytest.raises(CorpusError, match=r"bomb\.xml"):
        read_source(path)


@pytest.mark.parametrize("form", ["crlf", "bom", "nfd"])
def test_line_ends_marks_and_decomposed_letters_change_no_sentence(tmp_path: Path, form: str) -> None:
    import unicodedata

    content = {
        "crlf": MARKDOWN.replace("\n", "\r\n"),
        "bom": "\ufeff" + MARKDOWN,
        "nfd": unicodedata.normalize("NFD", MARKDOWN),
    }[form]
    path = tmp_path / "hrustanec.md"
    path.write_bytes(content.encode())
    document = _read(path)
    assert_exact(document)
    assert [s.text for s in document.sentences] == [
        s.text for s in parse(MARKDOWN, document_id="x", language=None).sentences
    ]
    assert bool(read_source(path).problems) == (form != "crlf")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            ["# T", "## 1 A", "1 Uvod", "1.1 B", "Literatura", "## References", "Besedilo (1)", "se nadaljuje.", "- x",
             "1. Novak A. T. *J.* 2020;1:1.", "Tabela 1: T.", "a\tb", "x\t", "\ty", "Legenda: A – b.", "Slika 1: F.",
             "|a|b|", "|-|-|", "", "```", "<!--", "Abstract", "Korespondenca: x", "Ž."]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_no_text_upsets_the_parser(lines: list[str]) -> None:
    for separator in ("\n", "\n\n"):
        document = parse(separator.join(lines), document_id="x", language=Language.SL)
        assert_exact(document)


@given(st.text(max_size=300))
def test_not_even_noise(text: str) -> None:
    assert_exact(parse(text, document_id="x", language=Language.EN))


def test_added_articles_answer_with_their_name_on_it(two_articles: Engine) -> None:
    """Article and section stand with every source once there is more than one article."""
    engine = two_articles
    for question, language in (("What is karstin?", Language.EN), ("Kaj je karstin?", Language.SL)):
        answer = engine.ask(question)
        assert {citation.article for citation in answer.citations} == {"karstin"}
        for citation in answer.citations:
            title = engine.section_title(citation.section, language, citation.article)
            assert title.startswith("Karstin, a peptide of the olm")
            assert citation.id.startswith("karstin/")
            assert citation.quote == quote(engine.documents["karstin"].text, citation.spans)
    assert {c.article for c in engine.ask("Kateri so najpogostejši viri MSC?").citations} == {"zdravvestn-3627"}
    assert engine.reference(1).number == engine.reference(1, "karstin").number == 1
    assert engine.reference(1) != engine.reference(1, "karstin")


def test_each_article_is_judged_by_its_own_weights(two_articles: Engine) -> None:
    """The bundled article has restatements that added ones lack; neither is judged by the other's weights."""
    retriever = two_articles.retriever
    bare = {chunk.article for chunk, flag in zip(retriever.chunks, retriever.is_bare, strict=True) if flag}
    assert bare == {"karstin"}
    for text, name in (
        ("How many ulcers closed with karstin?", "answer_bare"),
        ("Koliko razjed se je zaprlo s karstinom?", "answer_bare"),
        ("Which tissues are the commonest sources of MSCs?", "answer"),
        ("Katera tkiva so najpogostejši viri MSC?", "answer"),
    ):
        question = two_articles.plan(text).question
        found = candidates(question, retriever, retriever.score(question))
        judged = judge(question, retriever, found)
        own = model(name.replace("answer", "selection")).probability(found.features)
        best = int(np.argmax(judged.probabilities))
        assert judged.probabilities[best] == own[best]
        rows = answer_features(question, retriever, found, judged.probabilities, model(name).directions)[None]
        assert judged.confidence == pytest.approx(float(model(name).probability(rows)[0]))
        assert judged.answers == (judged.confidence >= model(name).threshold)


@pytest.mark.parametrize(
    ("question", "language"),
    [("Kakšne barve so eksosomi?", Language.SL), ("What colour are exosomes?", Language.EN)],
)
def test_an_abstention_names_the_nearest_sections_of_any_article(
    two_articles: Engine, monkeypatch: pytest.MonkeyPatch, question: str, language: Language
) -> None:
    """A section of one article is not looked up in the other, which may lack it or call it otherwise."""
    found = two_articles._prose.find(two_articles.plan(question))
    nearest = (("karstin", "2.2"), ("zdravvestn-3627", "3.1.4.1"), ("karstin", "3"))
    assert all(article in two_articles.documents for article, _ in found.nearest)
    nothing = replace(found, chunks=(), confidence=0.0, nearest=nearest)
    monkeypatch.setattr(two_articles._prose, "find", lambda plan: nothing)
    answer = two_articles.ask(question)
    assert answer.reason is Reason.NOT_IN_ARTICLE
    titles = [two_articles.section_title(section, language, article) for article, section in nearest]
    assert "; ".join(titles) in answer.answer
    assert [title.startswith("Karstin, ") for title in titles] == [True, False, True]
