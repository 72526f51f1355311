"""`evidenca inspect`: what the index holds under an id, who cites what, and what an unknown id gets."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.cited import CitedBy, cited_by
from corpus.config import Settings
from corpus.errors import UnknownIdError
from corpus.load import Article
from corpus.text import quote
from corpus.types import Cell, Document, Kind, Language, Reference, Sentence, Span, Table, TableRow
from ingest.build import build
from ingest.chunk import Chunk, chunk
from ingest.index import ArticleEntry
from ingest.parse import parse
from rag import inspect
from rag.inspect import BY_ID, Contents
from rag.views import CitedReference, View
from tests.conftest import WordEmbedder
from ui.cli import WHAT
from ui.commands.inspect import view_dict, view_text

ROOT = Path(__file__).parent.parent
ADDED = """# Vesicles in cartilage repair

## Abstract

We summarise what invented trials found about vesicles in cartilage.

## 1 Results

Cartilage grew in 12 of 20 invented patients of NCT01234567 (1). Nobody reported pain (2).

## References

1. Novak A, Kos B. An invented trial of cartilage. *J Invent Res.* 2020;1(2):3-9. DOI: 10.5555/invented.1
2. Zajc C. Another invention. *J Invent Res.* 2021;2(1):1-4. DOI: 10.5555/invented.2
"""


def _entry(document: Document, path: str | None = None) -> ArticleEntry:
    return ArticleEntry(id=document.id, title=f"Title of {document.id}", citation="", sha256="", path=path)


@pytest.fixture(scope="session")
def contents(article: Article, document: Document, chunks: list[Chunk]) -> Contents:
    return Contents(
        article=article,
        entries=(_entry(document),),
        documents={document.id: document},
        chunks={item.id: item for item in chunks},
    )


@pytest.fixture(scope="session")
def both(contents: Contents, article: Article) -> Contents:
    """The article and an added one."""
    added = parse(ADDED, document_id="smith-2024")
    return replace(
        contents,
        entries=(*contents.entries, _entry(added, "/home/smith.md")),
        documents={**contents.documents, added.id: added},
        chunks={**contents.chunks, **{item.id: item for item in chunk(added, article, bundled=False)}},
    )


# Who cites a reference


def test_a_closing_citation_is_told_from_an_own_one(document: Document) -> None:
    assert cited_by(document)[56] == CitedBy(
        own=("3.1.4.1:2.6",), passage=tuple(f"3.1.4.1:2.{number}" for number in range(1, 6))
    )


def test_every_reference_has_its_entry_and_ranges_count_for_each_number(document: Document) -> None:
    citing = cited_by(document)
    assert list(citing) == list(range(1, 86))
    # The caption of table 1 cites 24-26.
    assert [n for n, item in citing.items() if "table-1:caption" in item.own] == [24, 25, 26]
    assert sum(len(item.own) for item in citing.values()) == sum(len(s.references) for s in document.sentences)
    assert not any(set(item.own) & set(item.passage) for item in citing.values())


def test_rows_count_only_for_what_their_items_do_not_cite(document: Document) -> None:
    def piece(piece_id: str, *references: int) -> Sentence:
        return Sentence(
            id=piece_id,
            kind=Kind.TABLE_CELL,
            section="table-1",
            language=Language.SL,
            spans=(Span(0, 1),),
            text="x",
            paragraph="table-1:1.1",
            references=references,
        )

    row = TableRow(
        id="table-1:1",
        kind=Kind.TABLE_ROW,
        section="table-1",
        language=Language.SL,
        spans=(Span(0, 1),),
        text="x",
        cells=(Cell(column="A", spans=(), text="x", items=("table-1:1.1.1",)),),
        references=(1, 2),
    )
    table = Table(id="table-1", caption="", legend=None, columns=("A",), rows=(row,), abbreviations=())
    small = replace(
        document,
        sentences=(piece("table-1:1.1.1", 2), piece("1:1.1", 9)),
        tables=(table,),
        references=document.references[:3],
    )
    assert cited_by(small) == {
        1: CitedBy(own=("table-1:1",)),
        2: CitedBy(own=("table-1:1.1.1",)),
        3: CitedBy(),
        9: CitedBy(own=("1:1.1",)),  # not in the bibliography, yet cited
    }


# Views


def test_the_outline_lists_sections_tables_and_references(contents: Contents, document: Document) -> None:
    (shown,) = inspect.outline(contents).articles
    assert [(s.id, s.number, s.title, s.parent) for s in shown.sections] == [
        (s.id, s.number, s.title, s.parent) for s in document.sections
    ]
    headings = sum(s.kind is Kind.HEADING for s in document.sentences)
    assert sum(s.n_sentences for s in shown.sections) == len(document.sentences) - headings
    assert [(t.id, len(t.columns), t.n_rows) for t in shown.tables] == [("table-1", 3, 2), ("table-2", 7, 36)]
    assert len(shown.references) == 85
    assert shown.references[0] == ("ref:1", "The roles of extracellular vesicles in the immune system")
    assert (shown.n_trials, shown.n_chunks, shown.path) == (36, len(contents.chunks), None)


def test_the_outline_as_text_shows_the_hierarchy(contents: Contents) -> None:
    lines = view_text(inspect.outline(contents), width=100).splitlines()
    assert "   12        3.1.4.1  Kronična vnetna črevesna bolezen" in lines
    assert "   10  front" in lines
    assert "  table-2  36 rows × 7 columns" in lines
    assert "References: 85" in lines
    assert max(map(len, lines)) <= 100


def test_a_section_has_its_own_sentences_and_names_its_subsections(contents: Contents) -> None:
    shown = inspect.section(contents, "3.1.4")
    assert (shown.title, shown.parent, shown.subsections) == ("Gastroenterologija", "3.1", ("3.1.4.1", "3.1.4.2"))
    assert [piece.id for piece in shown.pieces] == ["3.1.4:title"]
    shown = inspect.section(contents, "3.1.4.1")
    assert [piece.id for piece in shown.pieces] == [
        "3.1.4.1:title",
        *(f"3.1.4.1:1.{number}" for number in range(1, 6)),
        *(f"3.1.4.1:2.{number}" for number in range(1, 8)),
    ]


def test_the_sections_hold_every_piece_once(contents: Contents, document: Document) -> None:
    shown = [piece.id for s in document.sections for piece in inspect.section(contents, s.id).pieces]
    assert sorted(shown) == sorted(piece.id for piece in document.pieces())


def test_a_sentence_with_all_that_hangs_on_it(contents: Contents, article: Article) -> None:
    shown = inspect.sentence(contents, "3.1.4.1:2.3")
    (part,) = shown.spans
    assert part.source == article.source[part.start : part.end]
    assert part.source.startswith("Nazari in sod.")
    assert article.source.split("\n")[part.line - 1].find(part.source) >= 0
    assert (shown.section, shown.section_title) == ("3.1.4.1", "3.1.4.1 Kronična vnetna črevesna bolezen")
    assert shown.references == ()
    assert [(item.id, item.number) for item in shown.passage_references] == [("ref:56", 56)]
    assert shown.passage_references[0].title.startswith("Evaluating the safety and efficacy")
    assert shown.trials == ("NCT05499156",)
    assert shown.translation == article.translations["3.1.4.1:2.3"]
    assert [note.id for note in shown.notes] == ["nct05499156-tissue"]
    restated = article.restatements["3.1.4.1:2.3"]
    assert shown.restatements == (*restated[Language.SL], *restated[Language.EN])
    assert restated[Language.EN][0] in " ".join(view_text(shown, width=80).split())
    assert shown.chunks == ("3.1.4.1:2.3", "3.1.4.1:2.1-6")


def test_the_slices_of_every_piece_make_up_its_quote(contents: Contents, document: Document) -> None:
    for piece in document.pieces():
        shown = inspect.sentence(contents, piece.id)
        assert [Span(part.start, part.end) for part in shown.spans] == list(piece.spans)
        joined = " ".join(part.source for part in shown.spans)
        assert quote(joined, (Span(0, len(joined)),)) == piece.text


def test_text_shows_line_and_exact_slice(contents: Contents) -> None:
    shown = inspect.sentence(contents, "3.1.4.1:2.6")
    (part,) = shown.spans
    line = f'  line {part.line}, [{part.start}, {part.end}): "Bolniki niso poročali o sistemskih'
    assert line in view_text(shown, width=60)


def test_english_sentences_have_no_translation(contents: Contents) -> None:
    assert inspect.sentence(contents, "abstract-en:1.1").translation is None


def test_a_reference_with_links_and_who_cites_it(contents: Contents) -> None:
    shown = inspect.reference(contents, "56")
    assert shown.links == ("https://doi.org/10.1093/gastro/goac075", "https://pubmed.ncbi.nlm.nih.gov/36518984/")
    assert [(place.id, place.section) for place in shown.cited_by] == [("3.1.4.1:2.6", "3.1.4.1")]
    assert [place.id for place in shown.cited_by_passage] == [f"3.1.4.1:2.{number}" for number in range(1, 6)]
    text = view_text(shown, width=100)
    own, passage = text.split("\nCited by\n")[1].split("\nCited only at the end of their passage by\n")
    assert "3.1.4.1:2.6 " in own
    assert "3.1.4.1:2.1 " in passage


def test_a_trial_with_its_codes_and_places(contents: Contents) -> None:
    shown = inspect.trial(contents, "NCT05499156")
    assert shown.trial is not None
    assert (shown.trial.status, shown.trial.status_text, shown.trial.enrolment) == ("N", "neznan", 80)
    status = next(item for item in shown.fields if item.column == "Status")
    assert (status.printed, status.normal, status.meaning, status.english) == ("N", "N", "neznan", "unknown")
    assert [place.id for place in shown.places] == ["3.1.4.1:2.3", "table-2:NCT05499156"]
    assert "results-despite-caption" in [note.id for note in shown.notes]
    assert "  Status: N = neznan [unknown]\n" in view_text(shown, width=100)


def test_a_slip_in_a_cell_is_shown_beside_its_right_form(contents: Contents, document: Document) -> None:
    slip = next(item for item in document.trials if item.country_raw == "Brazilijska")
    shown = inspect.trial(contents, slip.id)
    country = next(item for item in shown.fields if item.printed == "Brazilijska")
    assert (country.normal, country.english) == ("Brazilija", "Brazil")
    assert "Brazilijska → Brazilija [Brazil]" in view_text(shown, width=100)


def test_references_whose_title_names_a_trial_are_not_its_places(contents: Contents, document: Document) -> None:
    kinds = {place.kind for item in document.trials for place in inspect.trial(contents, item.id).places}
    assert Kind.REFERENCE not in kinds
    assert Kind.TABLE_ROW in kinds


def test_a_trial_may_be_named_in_the_text_only(both: Contents) -> None:
    shown = inspect.trial(both, "smith-2024/NCT01234567")
    assert (shown.trial, shown.fields, [place.id for place in shown.places]) == (None, (), ["smith-2024/1:1.1"])
    assert "It is in no table of the article." in view_text(shown, width=100)


def test_a_chunk_with_search_forms_and_neighbours(contents: Contents) -> None:
    shown = inspect.chunk(contents, "3.1.4.1:2.1-6")
    assert set(shown.chunk.search) == {Language.SL, Language.EN}
    assert "ZV-MSC" in shown.chunk.search[Language.SL]  # the source has "ZV- MSC"
    assert (shown.before, shown.after) == ("3.1.4.1:1.5-5", "3.1.4.1:2.7-7")
    assert {"perianal-fistula", "msc-ev"} <= {item.key for item in shown.concepts}
    text = view_text(shown, width=100)
    assert "\nSearch form (sl)\n" in text
    assert "\nSearch form (en)\n" in text


@pytest.mark.parametrize(
    ("chunk_id", "before", "after"),
    [
        pytest.param("3.1.4.1:1.1", None, "3.1.4.1:1.2", id="first sentence"),
        pytest.param("3.1.4.1:2.7", "3.1.4.1:2.6", None, id="last sentence"),
        pytest.param("ref:85", "ref:84", None, id="last reference"),
        pytest.param("conflict-of-interest:1.1-1", None, None, id="the only passage"),
    ],
)
def test_neighbours_end_with_the_section(
    contents: Contents, chunk_id: str, before: str | None, after: str | None
) -> None:
    shown = inspect.chunk(contents, chunk_id)
    assert (shown.before, shown.after) == (before, after)


@pytest.mark.parametrize("given", ["2", "table-2", " TABLE-2 "])
def test_a_table_by_number_or_id(contents: Contents, given: str) -> None:
    shown = inspect.table(contents, given)
    assert shown.id == "table-2"
    assert ("ZU", "zbiranje udeležencev") in shown.abbreviations
    row = next(item for item in shown.rows if item.id == "table-2:NCT05499156")
    assert row.cells[3:6] == ("N", "Iran", "80")
    assert row.translation is not None
    assert row.translation.endswith("unknown · Iran · 80 · Phase 1 Phase 2")


def test_a_concept_with_its_definition_and_chunks(contents: Contents, chunks: list[Chunk]) -> None:
    shown = inspect.concept(contents, "msc-ev")
    assert (shown.sl[0], shown.en[0]) == (
        "zunajcelični vezikli mezenhimskih matičnih celic",
        "mesenchymal stem cell-derived extracellular vesicles",
    )
    assert shown.definition is not None
    assert shown.definition.id == shown.definition_id
    assert shown.n_chunks == sum("msc-ev" in item.concepts for item in chunks) > 50
    assert sum(shown.n_chunks_by_collection.values()) == shown.n_chunks


def test_a_concept_may_be_defined_by_a_column(contents: Contents) -> None:
    shown = inspect.concept(contents, "trial-id")
    assert (shown.definition_id, shown.definition) == ("table-2.column:Oznaka", None)
    assert "  table-2.column:Oznaka" in view_text(shown, width=100)


# Ids


@pytest.mark.parametrize(
    ("what", "given", "meant"),
    [
        pytest.param("trial", "nct04388982", "NCT04388982", id="small letters"),
        pytest.param("trial", "  NCT04388982\n", "NCT04388982", id="blanks"),
        pytest.param("section", "Abstract-EN", "abstract-en", id="section"),
        pytest.param("sentence", "TABLE-2:nct04388982", "table-2:NCT04388982", id="row"),
        pytest.param("reference", "REF:12", "ref:12", id="reference by id"),
        pytest.param("reference", " 012 ", "ref:12", id="leading zero"),
        pytest.param("section", "zdravvestn-3627/3.1", "3.1", id="article in front"),
    ],
)
def test_blanks_and_case_do_not_matter(contents: Contents, what: str, given: str, meant: str) -> None:
    assert view_dict(what, BY_ID[what](contents, given))["id"] == meant


@pytest.mark.parametrize(
    ("what", "given", "message"),
    [
        ("reference", "99", "There is no reference 99; the bibliography has 1 to 85."),
        ("reference", "0", "There is no reference 0; the bibliography has 1 to 85."),
        ("reference", "²", "There is no reference ²; the bibliography has 1 to 85."),
        ("section", "3.1.44", "There is no section 3.1.44; near it: 3.1.4, 3.1.4.2, 3.1.4.1."),
        ("table", "7", "There is no table 7; the tables of the article: table-1, table-2."),
        ("concept", "exosom", "There is no concept exosom; near it: exosome, endosome, ectosome."),
        ("concept", "ZV-MSC", "There is no concept ZV-MSC; near it: msc-ev."),
        ("section", "jones-1999/1", "There is no article jones-1999 in the index; there are: zdravvestn-3627."),
        ("chunk", "§", "There is no chunk §. See what there is: evidenca inspect outline"),
        ("sentence", "", "There is no sentence of no id. See what there is: evidenca inspect outline"),
        ("sentence", "a\nb", "There is no sentence a b. See what there is: evidenca inspect outline"),
    ],
)
def test_unknown_ids_say_what_there_is(contents: Contents, what: str, given: str, message: str) -> None:
    with pytest.raises(UnknownIdError) as raised:
        BY_ID[what](contents, given)
    assert str(raised.value) == message


def test_near_trials_and_sentences_are_named(contents: Contents) -> None:
    with pytest.raises(UnknownIdError, match=r"no trial NCT04388983; near it: .*NCT04388982"):
        inspect.trial(contents, "nct04388983".upper())
    with pytest.raises(UnknownIdError, match=r"near it: 3\.1\.4\.1:2\."):
        inspect.sentence(contents, "3.1.4.1:2.9")


def test_an_endless_id_is_cut(contents: Contents) -> None:
    with pytest.raises(UnknownIdError) as raised:
        inspect.section(contents, "9" * 100_000)
    assert len(str(raised.value)) < 200


def test_bibliographies_with_gaps_or_none(both: Contents) -> None:
    added = both.documents["smith-2024"]
    gap = replace(added, references=(added.references[0], replace(added.references[1], number=5, id="ref:5")))
    with pytest.raises(UnknownIdError, match="has 2 entries between 1 and 5"):
        inspect.reference(replace(both, documents={**both.documents, added.id: gap}), "smith-2024/3")
    none = replace(added, references=())
    with pytest.raises(UnknownIdError, match="no reference smith-2024/3; the article has no bibliography"):
        inspect.reference(replace(both, documents={**both.documents, added.id: none}), "smith-2024/3")


def test_added_articles_go_by_their_id(both: Contents) -> None:
    shown = inspect.outline(both).articles[1]
    assert (shown.id, shown.path) == ("smith-2024", "/home/smith.md")
    assert "smith-2024/1" in [item.id for item in shown.sections]
    assert inspect.section(both, "Smith-2024/1").pieces[1].id == "smith-2024/1:1.1"
    found = inspect.sentence(both, "smith-2024/1:1.1")
    assert found.references == (
        CitedReference(id="smith-2024/ref:1", number=1, title="An invented trial of cartilage"),
    )
    assert (found.translation, found.restatements, found.notes) == (None, (), ())
    assert found.chunks == ("smith-2024/1:1.1", "smith-2024/1:1.1-2")
    assert inspect.chunk(both, "smith-2024/1:1.1").after == "smith-2024/1:1.2"
    reference = inspect.reference(both, "smith-2024/2")
    assert (reference.id, reference.cited_by[0].id) == ("smith-2024/ref:2", "smith-2024/1:1.2")
    with pytest.raises(UnknownIdError, match=r"no sentence smith-2024/1:1\.9; near it: smith-2024/1:1\."):
        inspect.sentence(both, "smith-2024/1:1.9")


# Printing


@pytest.mark.parametrize("width", [40, 100])
def test_every_view_has_text_and_json(both: Contents, document: Document, width: int) -> None:
    ids: dict[str, list[str]] = {
        "section": [item.id for item in document.sections],
        "sentence": [piece.id for piece in document.pieces()],
        "reference": [item.id for item in document.references],
        "trial": [item.id for item in document.trials],
        "chunk": list(both.chunks)[::10],
        "table": [item.id for item in document.tables],
        "concept": [item.key for item in both.article.glossary],
    }
    assert ["outline", *ids] == list(WHAT)
    assert list(ids) == list(BY_ID)
    views: list[tuple[str, View]] = [("outline", inspect.outline(both))]
    views.extend((what, BY_ID[what](both, item)) for what, items in ids.items() for item in items)
    for what, view in views:
        assert view_text(view, width=width).strip()
        value = json.loads(json.dumps(view_dict(what, view), ensure_ascii=False))
        assert value["what"] == what


def test_a_reference_nobody_cites_says_so(contents: Contents, document: Document) -> None:
    uncited: Reference = replace(document.references[0], number=86, id="ref:86")
    more = replace(document, references=(*document.references, uncited))
    shown = inspect.reference(replace(contents, documents={more.id: more}), "86")
    assert view_text(shown, width=80).endswith("The article cites it nowhere.")


# The command


@pytest.fixture(scope="module")
def words_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspect") / "index"
    build(Settings(index_dir=folder), embedder=WordEmbedder())
    return folder


def _evidenca(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        timeout=60,
    )


def test_the_command_prints_text_or_one_json_object(words_index: Path) -> None:
    done = _evidenca("inspect", "trial", "nct04388982", "--index", str(words_index))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("NCT04388982\n  https://clinicaltrials.gov/study/NCT04388982\n")
    done = _evidenca("inspect", "reference", "56", "--json", "--index", str(words_index))
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert json.loads(done.stdout)["reference"]["doi"] == "10.1093/gastro/goac075"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(("reference", "99"), 1, "evidenca: There is no reference 99;", id="unknown"),
        pytest.param(("section",), 2, "give the id of a section", id="no id"),
        pytest.param(("section", "  "), 2, "give the id of a section", id="blank id"),
        pytest.param(("outline", "3"), 2, "the outline takes no id", id="one too many"),
        pytest.param(("figure", "1"), 2, "invalid choice", id="no such thing"),
    ],
)
def test_the_command_refuses_in_one_line(
    words_index: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = _evidenca("inspect", *arguments, "--index", str(words_index))
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert code == 2 or done.stderr.count("\n") == 1


def test_without_an_index_it_says_how_to_build_one(tmp_path: Path) -> None:
    done = _evidenca("inspect", "outline", "--index", str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stderr.endswith("Build it: evidenca ingest\n")


@pytest.mark.parametrize("command", [["inspect", "outline"], ["doctor"]], ids=["inspect", "doctor"])
def test_no_model_library_is_imported(words_index: Path, command: list[str]) -> None:
    script = (
        "import sys, ui.cli\n"
        f"ui.cli.main({[*command, '--index', str(words_index)]!r})\n"
        "heavy = {'torch', 'gradio', 'llama_index', 'sentence_transformers', 'transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
