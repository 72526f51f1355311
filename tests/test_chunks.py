"""From the Document to what is indexed: verbatim chunks, and the search forms beside them."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from corpus.load import Article
from corpus.text import quote
from corpus.types import Document, Kind, Language, Sentence, Span
from ingest.chunk import MAX_PASSAGE_CHARS, Chunk, Collection, merge_spans, row_translation
from ingest.chunk import chunk as chunked

SL, EN = Language.SL, Language.EN


@pytest.fixture(scope="session")
def by_id(chunks: list[Chunk]) -> dict[str, Chunk]:
    return {chunk.id: chunk for chunk in chunks}


@pytest.fixture(scope="session")
def prose(document: Document) -> list[Sentence]:
    kinds = (Kind.SENTENCE, Kind.LIST_ITEM, Kind.TABLE_CELL)
    return [sentence for sentence in document.sentences if sentence.kind in kinds]


# Quotes


def test_every_chunk_is_the_quote_of_its_spans(chunks: list[Chunk], document: Document) -> None:
    assert [chunk.id for chunk in chunks if chunk.text != quote(document.text, chunk.spans)] == []
    assert [chunk.id for chunk in chunks if not chunk.text] == []


def test_ids_are_unique_and_pieces_exist(chunks: list[Chunk], document: Document) -> None:
    assert [chunk_id for chunk_id, n in Counter(chunk.id for chunk in chunks).items() if n > 1] == []
    known = {piece.id for piece in document.pieces()}
    assert [chunk.id for chunk in chunks if not chunk.pieces or not set(chunk.pieces) <= known] == []


def test_every_piece_but_a_heading_is_a_chunk_of_its_own(chunks: list[Chunk], document: Document) -> None:
    single = [(chunk.id, chunk.kind, chunk.text) for chunk in chunks if chunk.kind is not Kind.PASSAGE]
    pieces = [(piece.id, piece.kind, piece.text) for piece in document.pieces() if piece.kind is not Kind.HEADING]
    assert single == pieces
    assert [chunk.pieces for chunk in chunks if chunk.kind is not Kind.PASSAGE] == [(piece,) for piece, _, _ in pieces]


def test_what_a_piece_cites_its_chunk_cites(by_id: dict[str, Chunk], document: Document) -> None:
    for sentence in document.sentences:
        if sentence.kind is not Kind.HEADING:
            chunk = by_id[sentence.id]
            assert (chunk.references, chunk.passage_references, chunk.trials) == (
                sentence.references,
                sentence.passage_references,
                sentence.trials,
            )
    assert by_id["ref:56"].references == (56,)
    assert by_id["table-2:NCT05499156"].trials == ("NCT05499156",)


# Collections


def test_references_and_trials_have_their_own_collections(chunks: list[Chunk], document: Document) -> None:
    members = {collection: [c for c in chunks if c.collection is collection] for collection in Collection}
    assert [c.id for c in members[Collection.REFERENCES]] == [f"ref:{number}" for number in range(1, 86)]
    assert [c.id for c in members[Collection.TRIALS]] == [trial.row_id for trial in document.trials]
    assert len(members[Collection.TRIALS]) == 36
    kinds = {c.kind for c in members[Collection.ARTICLE]}
    assert kinds == set(Kind) - {Kind.REFERENCE, Kind.HEADING, Kind.TABLE}
    rows = [c.id for c in members[Collection.ARTICLE] if c.kind is Kind.TABLE_ROW]
    assert rows == ["table-1:1", "table-1:2"]


# Passages


def test_passages_cover_all_prose_exactly_once(chunks: list[Chunk], prose: list[Sentence]) -> None:
    covered = [piece for chunk in chunks if chunk.kind is Kind.PASSAGE for piece in chunk.pieces]
    # By paragraph; a paragraph that a figure cuts goes on behind it in the reading order.
    assert Counter(covered) == Counter(sentence.id for sentence in prose)
    order: dict[str, list[str]] = {}
    for sentence in prose:
        order.setdefault(sentence.paragraph, []).append(sentence.id)
    assert covered == [piece for members in order.values() for piece in members]


def test_a_passage_stays_within_its_size_and_paragraph(chunks: list[Chunk], prose: list[Sentence]) -> None:
    paragraph = {sentence.id: sentence.paragraph for sentence in prose}
    passages = [chunk for chunk in chunks if chunk.kind is Kind.PASSAGE]
    assert [chunk.id for chunk in passages if len(chunk.text) > MAX_PASSAGE_CHARS] == []
    assert [chunk.id for chunk in passages if len({paragraph[piece] for piece in chunk.pieces}) != 1] == []


def test_a_passage_is_as_long_as_it_may_be(chunks: list[Chunk], prose: list[Sentence]) -> None:
    paragraph = {sentence.id: sentence.paragraph for sentence in prose}
    texts = {sentence.id: sentence.text for sentence in prose}
    passages = [chunk for chunk in chunks if chunk.kind is Kind.PASSAGE]
    short = [
        first.id
        for first, second in pairwise(passages)
        if paragraph[first.pieces[0]] == paragraph[second.pieces[0]]
        and len(first.text) + 1 + len(texts[second.pieces[0]]) <= MAX_PASSAGE_CHARS
    ]
    assert short == []


def test_the_text_of_a_passage_is_that_of_its_sentences(chunks: list[Chunk], prose: list[Sentence]) -> None:
    texts = {sentence.id: sentence.text for sentence in prose}
    wrong = [c.id for c in chunks if c.kind is Kind.PASSAGE and c.text != " ".join(texts[piece] for piece in c.pieces)]
    assert wrong == []


def test_a_passage_is_named_by_its_first_and_last_sentence(by_id: dict[str, Chunk]) -> None:
    passage = by_id["3.1.4.1:2.1-6"]
    assert passage.pieces == tuple(f"3.1.4.1:2.{n}" for n in range(1, 7))
    assert passage.references == (56,)
    assert passage.trials == ("NCT05499156",)
    # The other fistula study has a passage of its own.
    assert by_id["3.1.4.1:2.7-7"].references == (57,)


def test_the_spans_of_a_passage_are_merged_but_for_page_breaks(by_id: dict[str, Chunk]) -> None:
    assert len(by_id["3.1.4.1:2.1-6"].spans) == 1
    assert len(by_id["3.1.4.1:2.7-7"].spans) == 2


def test_merge_spans() -> None:
    source = "Ena. Dve.  Tri.\n\nŠtiri.\nPet."
    assert merge_spans(source, [Span(0, 4), Span(5, 9), Span(11, 15)]) == (Span(0, 15),)
    assert merge_spans(source, [Span(11, 15), Span(17, 23), Span(24, 28)]) == (
        Span(11, 15),
        Span(17, 23),
        Span(24, 28),
    )
    assert merge_spans(source, []) == ()


# Search forms


def test_slovene_chunks_have_both_sides(chunks: list[Chunk]) -> None:
    assert [c.id for c in chunks if c.language is SL and set(c.search) != {SL, EN}] == []
    assert [c.id for c in chunks if c.language is EN and set(c.search) != {EN}] == []
    assert [c.id for c in chunks for text in c.search.values() if not text.strip()] == []


def test_slovene_chunks_have_a_translation_and_english_ones_none(chunks: list[Chunk]) -> None:
    without = [chunk.id for chunk in chunks if chunk.language is SL and not chunk.translation]
    assert without == ["table-1:1", "table-1:2"]  # their items have one each
    assert [chunk.id for chunk in chunks if chunk.language is EN and chunk.translation] == []


def test_the_side_of_another_language_falls_back_to_the_only_one(by_id: dict[str, Chunk]) -> None:
    assert by_id["3.1.8:1.3"].side(SL) == by_id["3.1.8:1.3"].text
    assert by_id["3.1.8:1.3"].side(EN) == by_id["3.1.8:1.3"].translation
    assert by_id["abstract-en:1.2"].side(SL) == by_id["abstract-en:1.2"].text


def test_slips_are_repaired_for_searching_only(chunks: list[Chunk], article: Article) -> None:
    n_repaired = 0
    for chunk in chunks:
        for slip, _ in article.repairs:
            if slip in chunk.text:
                n_repaired += 1
                assert slip not in chunk.search[chunk.language]
    assert n_repaired > 50


@pytest.mark.parametrize(
    ("chunk_id", "quoted", "searched"),
    [
        ("3.1.4.2:1.3", "ZV-MSC tkiva popkavnice", "ZV-MSC tkiva popkovnice"),
        ("3.1.1:2.2", "ZV-MSC iz popkovernice", "ZV-MSC iz popkovnice"),
        ("3.1.6:3.3", "vpliv MSC iz popkavnice", "vpliv MSC iz popkovnice"),
        ("3.1.4.1:1.1", "uvrščamo Chronovo bolezen (CB)", "uvrščamo Crohnovo bolezen (CB)"),
        ("3.1.4.1:2.3", "učinek ZV- MSC iz tkiva", "učinek ZV-MSC iz tkiva"),
        ("3.1.6:1.4", "ki prizade ne mrežnico", "ki prizadene mrežnico"),
        ("3.1.6:2.6", "povezane z GVHD", "povezane z GvHD"),
        ("3.1.6:2.8", "proznetne M1 makrofage", "provnetne M1 makrofage"),
        ("2:2.5", "antagonist recep-torjev IL-1", "antagonist receptorjev IL-1"),
        ("2:2.5", "rastni dejavnik β (TGF- β)", "rastni dejavnik β (TGF-β)"),
        ("3.1.4.2:1.5", "TGF- β 1 in aspartat", "TGF-β1 in aspartat"),
        ("3.1.5:1.3", "(IL-1 β , TNF- α in IFN- γ)", "(IL-1β, TNF-α in IFN-γ)"),
        ("3.1.1:1.1", "amiloid- β ($A\\beta$)", "amiloid-β (Aβ)"),
        ("3.1.1:1.2", "razgradnjo $A\\beta$", "razgradnjo Aβ"),
        ("abstract-sl:1.7", "citokinov, ravnih dejavnikov", "citokinov, rastnih dejavnikov"),
        ("ref:35", "reduced A β plaque", "reduced Aβ plaque"),
        ("ref:69", "NLRP3inflammasome", "NLRP3 inflammasome"),
        ("ref:70", "GVHD-associated", "GvHD-associated"),
        ("table-2:NCT02138331", "on β -cell Mass", "on β-cell Mass"),
        ("table-2:NCT04270006", "Cells Exo.in Treatment", "Cells Exo in Treatment"),
        ("table-2:NCT05658094", "of Hairloss", "of Hair Loss"),
    ],
)
def test_a_slip_is_found_by_its_right_spelling(
    by_id: dict[str, Chunk], chunk_id: str, quoted: str, searched: str
) -> None:
    chunk = by_id[chunk_id]
    assert quoted in chunk.text
    assert searched in chunk.search[chunk.language]


def test_all_umbilical_cords_are_found_by_one_word(chunks: list[Chunk]) -> None:
    sentences = [c for c in chunks if c.kind is Kind.SENTENCE]
    slips = ("popkovnice", "popkavnice", "popkovernice")
    quoted = [c.id for c in sentences if any(slip in c.text for slip in slips)]
    assert len(quoted) == 14
    assert [c.id for c in sentences if "popkovnice" in c.search.get(SL, "")] == quoted


def test_a_passage_is_searched_with_the_title_of_its_section(by_id: dict[str, Chunk]) -> None:
    passage = by_id["3.1.4.2:1.1-4"]
    assert passage.search[SL].startswith("Ciroza jeter. Ciroza jeter je bolezenska sprememba, ")
    assert passage.search[EN].startswith("Liver cirrhosis. Liver cirrhosis is a pathological change ")
    assert "popkovnice" in passage.search[SL]
    assert "popkavnice" in passage.text


def test_a_row_is_searched_with_columns_meanings_and_normal_forms(by_id: dict[str, Chunk]) -> None:
    row = by_id["table-2:NCT04998058"]
    title = "Autogenous MSC Culture-Derived Signalling Molecules as Enhancers of Bone Formation in Bone Grafting"
    assert row.text == f"NCT04998058 {title} Atrofija alveolne kosti ZUN Brazilijska 20 Faza 1 Faza 2"
    assert row.search[SL] == (
        f"Oznaka: NCT04998058; Naslov klinične študije: {title}; Cilj terapije: Atrofija alveolne kosti; "
        "Status: ZUN (zbiranja udeležencev še ni); Država: Brazilija; Število udeležencev: 20; "
        "Vrsta študije: Faza 1 Faza 2"
    )
    assert row.search[EN] == (
        f"Identifier: NCT04998058; Title of the clinical trial: {title}; Target of the therapy: Alveolar bone atrophy; "
        "Status: not yet recruiting; Country: Brazil; Number of participants: 20; Type of study: Phase 1 Phase 2"
    )


def test_codes_of_a_row_are_spelled_out(by_id: dict[str, Chunk]) -> None:
    assert "Status: N (neznan)" in by_id["table-2:NCT03437759"].search[SL]
    assert "Vrsta študije: O (opazovalna študija-register pacientov)" in by_id["table-2:NCT05191381"].search[SL]
    assert "Vrsta študije: N/A (nima FDA faze)" in by_id["table-2:NCT06466850"].search[SL]
    assert "Država: ZDA (Združene države Amerike)" in by_id["table-2:NCT05354141"].search[SL]
    assert "Cilj terapije: covid-19; Status" in by_id["table-2:NCT05787288"].search[SL]
    assert "Vrsta študije: Zgodnja faza 1" in by_id["table-2:NCT05787288"].search[SL]


def test_the_translation_of_a_row(document: Document, article: Article) -> None:
    row = next(row for table in document.tables for row in table.rows if row.id == "table-2:NCT05787288")
    assert row_translation(row, article) == (
        "NCT05787288 · A Clinical Study on Safety and Effectiveness of MSC Exosomes for the Treatment of COVID-19. · "
        "COVID-19 · recruiting · China · 240 · Early Phase 1"
    )


def test_an_item_of_a_cell_is_searched_with_its_row_and_column(by_id: dict[str, Chunk]) -> None:
    item = by_id["table-1:2.3.1"]
    assert item.text == "visoki stroški"
    assert item.search == {
        SL: "ZUNAJCELIČNI VEZIKLI MEZENHIMSKIH MATIČNIH/STROMALNIH CELIC – Slabosti – visoki stroški",
        EN: "EXTRACELLULAR VESICLES OF MESENCHYMAL STEM/STROMAL CELLS – Disadvantages – high costs",
    }


def test_front_matter_is_searched_by_the_name_of_its_field(by_id: dict[str, Chunk]) -> None:
    authors = by_id["front:authors"]
    assert authors.search == {
        SL: "Avtorji, avtorice članka: Nika Požun, Ana Kolenc, Elvira Maličev",
        EN: "Authors of the article: Nika Požun, Ana Kolenc, Elvira Maličev",
    }
    fields = [c for c in by_id.values() if c.kind is Kind.METADATA]
    assert [c.id for c in fields for text in c.search.values() if ": " not in text] == []


# Concepts


def test_restatements_belong_to_single_pieces_in_both_languages(chunks: list[Chunk], article: Article) -> None:
    restated = {chunk.id: chunk.restated for chunk in chunks if chunk.restated}
    assert restated == {
        piece: tuple(dict.fromkeys([*texts[SL], *texts[EN]])) for piece, texts in article.restatements.items()
    }
    assert {chunk.collection for chunk in chunks if chunk.restated} == {Collection.ARTICLE}
    assert [chunk.id for chunk in chunks if chunk.kind is Kind.PASSAGE and chunk.restated] == []


def test_restatements_are_for_searching_only(chunks: list[Chunk]) -> None:
    for chunk in chunks:
        shown = {chunk.text, chunk.translation, *chunk.search.values()}
        assert shown.isdisjoint(chunk.restated), chunk.id


def test_an_added_article_has_no_restatements_even_with_the_same_ids(document: Document, article: Article) -> None:
    other = replace(document, id="other")
    assert [item.id for item in chunked(other, article, bundled=False) if item.restated] == []


def test_concepts_are_those_of_the_glossary(chunks: list[Chunk], article: Article) -> None:
    known = {concept.key for concept in article.glossary}
    assert [chunk.id for chunk in chunks if not set(chunk.concepts) <= known] == []
    assert [chunk.id for chunk in chunks if len(set(chunk.concepts)) != len(chunk.concepts)] == []


@pytest.mark.parametrize(
    ("chunk_id", "concept"),
    [
        ("3.1.4.2:1.3", "umbilical-cord"),
        ("3.1.4.2:1.3", "msc-ev"),
        ("3.1.4.1:1.1", "crohn"),
        ("3.1.6:2.6", "gvhd"),
        ("3.1.1:1.2", "amyloid-beta"),
        ("3.1.6:3.1", "macular-hole"),
        ("table-2:NCT03437759", "macular-hole"),
        ("table-2:NCT05354141", "ards"),
        ("3.1.8:1.2", "ards"),
        ("table-2:NCT04998058", "brazil"),
        ("ref:57", "placenta"),
        ("table-1:2.3.1", "cost"),
    ],
)
def test_a_chunk_knows_what_it_is_about(by_id: dict[str, Chunk], chunk_id: str, concept: str) -> None:
    assert concept in by_id[chunk_id].concepts
