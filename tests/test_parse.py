"""The article as a Document: outline, rejoined passages, exact spans, citations, front matter."""

import hashlib
import re
import tomllib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.config import ARTICLE_DIR
from corpus.load import Article, load_article
from corpus.text import quote
from corpus.types import Document, Kind, Language, Sentence
from ingest.build import parse_article
from ingest.parse import parse
from tests.golden_files import check_golden

SL, EN = Language.SL, Language.EN
SECTIONS = [
    ("1", "Uvod", None),
    ("2", "Mezenhimske matične celice in njihovi zunajcelični vezikli", None),
    ("3", "Raziskave in terapevtska uporaba zunajceličnih veziklov", None),
    ("3.1", "Področja raziskav in zaključene klinične študije", "3"),
    ("3.1.1", "Nevrologija", "3.1"),
    ("3.1.2", "Ortopedija", "3.1"),
    ("3.1.3", "Urologija", "3.1"),
    ("3.1.4", "Gastroenterologija", "3.1"),
    ("3.1.4.1", "Kronična vnetna črevesna bolezen", "3.1.4"),
    ("3.1.4.2", "Ciroza jeter", "3.1.4"),
    ("3.1.5", "Hematologija", "3.1"),
    ("3.1.6", "Oftalmologija", "3.1"),
    ("3.1.7", "Kardiologija", "3.1"),
    ("3.1.8", "Pulmologija", "3.1"),
    ("3.1.9", "Koronavirusna bolezen 2019 (covid-19)", "3.1"),
    ("4", "Zaključek", None),
]
# Sentence, the end of its first piece and the beginning of its second.
REJOINED = [
    ("abstract-en:1.5", "due to their immunomodulatory and", "regenerative properties."),
    ("1:1.3", "postala bolj zahtevna", "(1,2)."),
    ("1:1.6", "uporabljenih za karakterizacijo veziklov", "v specifičnem vzorcu."),
    ("1:3.4", "nukleinskih kislin ...) in predstavljajo", "potencialne biološke označevalce"),
    ("2:1.5", "v več tipov celic (npr. osteocite,", "hondrocite, adipocite) ter posredujejo"),
    ("2:3.3", "za razliko od 100-krat manjših veziklov, lahko", "oteženo."),
    ("3:1.4", "takšna populacija ZV izolirana od ostalih", "in ustrezno karakterizirana."),
    ("3.1.1:1.1", "v plakih izven nevronov in", "proteina tau v nevrofibrilarnih pentljah"),
    ("3.1.4.1:1.1", "Kronične vnetne črevesne bolezni so avtoimunske", "bolezni, med katere uvrščamo Chronovo bolezen"),
    ("3.1.4.1:2.7", "V podobni klinični", "študiji NCT05402748 so preučevali"),
    ("3.1.6:1.1", "bolezen suhega očesa", "in defekt makule, raziskave so namreč pokazale"),
    ("3.1.6:3.5", "pri 3 pa se je izboljšala", "ostrina vida."),
    ("3.1.9:1.1", "so se v primeru razvoja", "ARDS osredotočali predvsem"),
]
FRONT = {
    "title-sl": "Potencialna terapevtska uporaba zunajceličnih veziklov mezenhimskih matičnih celic",
    "title-en": "Potential therapeutic applications of mesenchymal stem cell-derived extracellular vesicles",
    "authors": "Nika Požun, Ana Kolenc, Elvira Maličev",
    "affiliation": "Zavod Republike Slovenije za transfuzijsko medicino, Ljubljana, Slovenija",
    "correspondence": "Korespondenca / Correspondence: Elvira Maličev, e: elvira.malicev@ztm.si",
    "keywords-sl": "Ključne besede: zunajcelični vezikli; eksosomi; klinične študije z zunajceličnimi vezikli; "
    "mezenhimske matične celice; celična terapija",
    "keywords-en": "Keywords: extracellular vesicles; exosomes; extracellular vesicle-based clinical trials; "
    "mesenchymal stem cells; cell therapy",
    "dates": "Prispelo / Received: 18. 4. 2025 | Sprejeto / Accepted: 12. 12. 2025",
    "citation": "Citirajte kot/Cite as: Požun N, Ana Kolenc A, Maličev E. Potencialna terapevtska uporaba "
    "zunajceličnih veziklov mezenhimskih matičnih celic. Zdrav Vestn. 2025;94(11 – 12):297–309. "
    "DOI: <https://doi.org/10.6016/ZdravVestn.3627>",
    "licence": "Avtorske pravice (c) 2025 Zdravniški Vestnik. To delo je licencirano pod Creative Commons "
    "Priznanje avtorstva-Nekomercialno 4.0 mednarodno licenco.",
}


@pytest.fixture(scope="session")
def sentences(document: Document) -> dict[str, Sentence]:
    return {sentence.id: sentence for sentence in document.sentences}


def of_section(document: Document, section: str) -> list[Sentence]:
    return [s for s in document.sentences if s.section == section]


# The source


def test_the_source_is_as_received(article: Article) -> None:
    raw = (ARTICLE_DIR / "source.txt").read_bytes()
    described = tomllib.loads((ARTICLE_DIR / "article.toml").read_text(encoding="utf-8"))
    assert hashlib.sha256(raw).hexdigest() == described["sha256"]
    assert article.source.encode("utf-8") == raw


def test_parsing_leaves_the_source_alone(document: Document, article: Article) -> None:
    assert document.text == article.source
    assert load_article().source == article.source


def test_nothing_is_reported(document: Document) -> None:
    assert document.problems == ()


# Outline


def test_golden_outline(document: Document) -> None:
    lines = [f"{s.id}\t{s.kind}\t{' '.join(s.text.split()[:8])}" for s in document.sentences]
    check_golden("outline.txt", lines)


def test_the_sixteen_numbered_sections(document: Document) -> None:
    found = [(s.number, s.title, s.parent) for s in document.sections if s.number]
    assert found == SECTIONS
    assert [s.id for s in document.sections if s.number and s.id != s.number] == []


def test_the_sections_without_number(document: Document) -> None:
    found = [(s.id, s.title, s.language, s.parent) for s in document.sections if not s.number]
    assert found == [
        ("front", "", SL, None),
        ("abstract-sl", "Izvleček", SL, None),
        ("abstract-en", "Abstract", EN, None),
        ("figure-1", "Slika 1: Biogeneza zunajceličnih veziklov", SL, None),
        (
            "table-1",
            "Tabela 1: Prednosti in omejitve pri uporabi zunajceličnih veziklov v primerjavi z uporabo matičnih celic "
            "za zdravljenje",
            SL,
            None,
        ),
        (
            "table-2",
            "Tabela 2: Pregled potekajočih kliničnih študij z različnimi statusi in še brez objavljenih rezultatov",
            SL,
            None,
        ),
        ("conflict-of-interest", "Izjava o navzkrižju interesov", SL, None),
        ("references", "Literatura", SL, None),
    ]


def test_headings_are_quoted_with_their_number(document: Document) -> None:
    headings = [s.text for s in document.sentences if s.kind is Kind.HEADING]
    numbered = [f"{number} {title}" for number, title, _ in SECTIONS]
    unnumbered = ["Izjava o navzkrižju interesov", "Literatura"]
    assert headings == ["Izvleček", "Abstract", *numbered, *unnumbered]


def test_a_section_without_text_of_its_own(document: Document) -> None:
    assert [s.id for s in of_section(document, "3.1.4")] == ["3.1.4:title"]


def test_list_items_and_references_are_no_headings(sentences: dict[str, Sentence], document: Document) -> None:
    items = [s for s in document.sentences if s.kind is Kind.LIST_ITEM]
    assert [(s.id, s.text[:12]) for s in items] == [
        ("1:3.4", "1. odražajo "),
        ("1:3.5", "2. so pri te"),
        ("1:3.6", "3. lahko z i"),
    ]
    assert {s.paragraph for s in items} == {sentences["1:3.3"].paragraph} == {"1:3"}
    assert {s.context for s in items} == {"Za področje medicine so ZV zanimivi predvsem, ker:"}
    assert [s.id for s in of_section(document, "references")] == ["references:title"]


def test_front_matter(document: Document) -> None:
    found = {s.id.removeprefix("front:"): s.text for s in of_section(document, "front")}
    assert found == FRONT
    assert {s.kind for s in of_section(document, "front")} == {Kind.METADATA}
    english = [s.id for s in of_section(document, "front") if s.language is EN]
    assert english == ["front:title-en", "front:keywords-en"]


def test_front_matter_cites_nothing(document: Document) -> None:
    assert [s.id for s in of_section(document, "front") if s.references or s.trials] == []
    spaced = parse(document.text.replace("94(11 – 12)", "94 (11 – 12)"), document_id="x")
    assert [s.id for s in of_section(spaced, "front") if s.references] == []


def test_the_figure_in_the_middle_of_a_sentence(document: Document, sentences: dict[str, Sentence]) -> None:
    figure = of_section(document, "figure-1")
    assert [s.id for s in figure] == ["figure-1:caption", *(f"figure-1:1.{n}" for n in range(1, 8))]
    assert sentences["figure-1:caption"].text == "Slika 1: Biogeneza zunajceličnih veziklov."
    assert sentences["figure-1:1.7"].text == "Slika, ustvarjena v BioRender."
    assert sentences["figure-1:1.5"].references == (9,)
    assert sentences["figure-1:1.6"].references == (6, 7)


def test_both_abstracts_are_whole(document: Document, article: Article) -> None:
    slovene = [s for s in of_section(document, "abstract-sl") if s.kind is Kind.SENTENCE]
    english = [s for s in of_section(document, "abstract-en") if s.kind is Kind.SENTENCE]
    assert [s.id for s in slovene] == [f"abstract-sl:1.{n}" for n in range(1, 12)]
    assert [s.id for s in english] == [f"abstract-en:1.{n}" for n in range(1, 11)]
    lines = article.source.split("\n")
    assert " ".join(s.text for s in slovene) == lines[12].replace("*", "")
    assert " ".join(s.text for s in english) == f"{lines[16]} {lines[35]}".replace("*", "")
    assert {s.language for s in slovene} | {s.language for s in english} == {SL, EN}
    assert {s.language for s in english} == {EN}


def test_a_table_is_no_part_of_the_section_around_it(document: Document) -> None:
    spans = {section.id: section.spans for section in document.sections}
    assert spans["3.1.2"][-1].end < spans["table-2"][0].start
    assert spans["table-2"][-1].end < spans["3.1.3"][0].start
    assert [s.id for s in of_section(document, "table-2")] == ["table-2:caption", "table-2:legend"]


def test_the_conclusion_has_two_paragraphs(document: Document) -> None:
    found = Counter(s.paragraph for s in of_section(document, "4") if s.kind is Kind.SENTENCE)
    assert found == {"4:1": 4, "4:2": 1}


def test_the_four_phases_stay_in_one_sentence(sentences: dict[str, Sentence]) -> None:
    assert sentences["3.1:1.5"].text == (
        "V fazi 1 se pri zdravih prostovoljcih ocenita varnost zdravila in njegova farmakokinetika; v fazi 2 se pri "
        "bolnikih preučujeta učinkovitost in neželeni učinki različnih odmerkov; v fazi 3 se varnost in učinkovitost "
        "zdravila primerjata s placebom ali z obstoječim standardnim zdravljenjem; v fazi 4 pa se po registraciji "
        "zdravila ocenjujejo dolgoročna tveganja in koristi v realnem kliničnem okolju (33)."
    )


# Passages that a page, a table, a figure or front matter cuts


def test_thirteen_passages_are_rejoined(document: Document) -> None:
    source = document.text
    found = [(source[max(0, cut.start - 60) : cut.start], source[cut.end : cut.end + 60]) for cut in document.joins]
    assert len(found) == 13
    for (before, after), (_, first, second) in zip(found, REJOINED, strict=True):
        assert before.endswith(first)
        assert after.startswith(second)


@pytest.mark.parametrize(("sentence", "first", "second"), REJOINED, ids=[row[0] for row in REJOINED])
def test_a_cut_sentence_reads_as_one(sentences: dict[str, Sentence], sentence: str, first: str, second: str) -> None:
    assert f"{first} {second}" in sentences[sentence].text
    assert len(sentences[sentence].spans) == 2


def test_no_other_sentence_has_two_spans(document: Document) -> None:
    assert [s.id for s in document.sentences if len(s.spans) > 1] == [row[0] for row in REJOINED]


def test_what_cuts_a_passage_is_no_part_of_it(document: Document, sentences: dict[str, Sentence]) -> None:
    assert sentences["2:1.5"].text == (
        "MSC imajo sposobnost diferenciacije v več tipov celic (npr. osteocite, hondrocite, adipocite) ter posredujejo "
        "pomembne imunomodulacijske in regenerativne učinke, zaradi česar so zanimive za terapevtsko uporabo."
    )
    assert sentences["1:1.6"].text == (
        "Ne glede na izbrano klasifikacijo pa je pravilna uporaba terminologije vedno odvisna od metod, uporabljenih "
        "za karakterizacijo veziklov v specifičnem vzorcu."
    )
    assert sentences["abstract-en:1.5"].text == (
        "MSCs are already being used in advanced therapies due to their immunomodulatory and regenerative properties."
    )


# Spans


def test_every_piece_is_the_quote_of_its_spans(document: Document) -> None:
    pieces = list(document.pieces())
    assert [p.id for p in pieces if p.text != quote(document.text, p.spans)] == []
    assert [p.id for p in pieces if not p.text or not p.spans] == []
    assert len({p.id for p in pieces}) == len(pieces)


def test_spans_have_no_outer_blanks_and_stand_in_order(document: Document) -> None:
    for piece in document.pieces():
        parts = [document.text[start:end] for start, end in piece.spans]
        assert [part.strip() for part in parts] == parts
        assert [b.start >= a.end for a, b in pairwise(piece.spans)] == [True] * (len(parts) - 1)


def test_sentences_stand_in_reading_order(document: Document) -> None:
    starts = [s.spans[0].start for s in document.sentences]
    assert starts == sorted(set(starts))


def test_the_sentences_of_a_paragraph_tile_it(document: Document) -> None:
    paragraphs: dict[str, list[Sentence]] = {}
    for s in document.sentences:
        if s.kind in (Kind.SENTENCE, Kind.LIST_ITEM):
            paragraphs.setdefault(s.paragraph, []).append(s)
    assert len(paragraphs) == 32
    for members in paragraphs.values():
        assert [s.id for s in members] == [f"{members[0].paragraph}.{n}" for n in range(1, len(members) + 1)]
        spans = [span for s in members for span in s.spans]
        gaps = [document.text[a.end : b.start] for a, b in pairwise(spans)]
        # Between two sentences a blank; where a page cuts, whatever cuts it.
        cuts = {document.text[cut.start : cut.end] for cut in document.joins}
        assert [gap for gap in gaps if gap.strip() and gap not in cuts] == []


def test_nothing_of_the_source_is_lost_and_nothing_taken_twice(document: Document) -> None:
    """What no piece holds: the headers of tables, tags, and the syntax of the bibliography's links."""
    taken = Counter(
        at
        for piece in document.pieces()
        if piece.kind is not Kind.TABLE_CELL  # these are parts of rows
        for start, end in piece.spans
        for at in range(start, end)
    )
    assert [at for at, times in taken.items() if times > 1] == []
    left = "".join("\0" if at in taken else char for at, char in enumerate(document.text))
    bibliography = document.text.index("\nLiteratura\n")
    body = [run.strip() for run in re.findall(r"[^\0\n]+", left[:bibliography]) if run.strip()]
    tag = '<ul style="list-style-type: none">'
    header = "Oznaka\tNaslov klinične študije\tCilj terapije\tStatus\tDržava\tŠtevilo udeležencev\tVrsta študije"
    assert body == ["Učinkovina\tPrednosti\tSlabosti", tag, tag, tag, tag, header, header, header]
    rest = [run.strip() for run in re.findall(r"[^\0\n]+", left[bibliography:]) if run.strip()]
    syntax = r"-|\d+\.|\[|\)|\[10\.\S+\]\(https://doi\.org/|\]\(https://pubmed\.ncbi\.nlm\.nih\.gov/\d+/\)"
    assert [run for run in rest if not re.fullmatch(syntax, run)] == []


def test_every_piece_lies_within_its_section_and_sections_do_not_overlap(document: Document) -> None:
    owner = {
        at: section.id for section in document.sections for start, end in section.spans for at in range(start, end)
    }
    assert len(owner) == sum(end - start for section in document.sections for start, end in section.spans)
    strays = [p.id for p in document.pieces() for start, _ in p.spans if owner.get(start) != p.section]
    assert strays == []


def test_signs_that_look_like_markup(document: Document, sentences: dict[str, Sentence]) -> None:
    assert sentences["1:1.5"].text == (
        "Poleg tega je možna tudi uporaba izrazov “majhni” (< 200 nm) in “veliki” (> 200 nm) ZV (2)."
    )
    assert "proteina amiloid- β ($A\\beta$) v plakih" in sentences["3.1.1:1.1"].text
    assert "(IL-1 β , TNF- α in IFN- γ)" in sentences["3.1.5:1.3"].text
    assert "prvo »off-the-shelf« zdravilo" in sentences["2:2.8"].text
    assert 'izraza "ZV", ki' in sentences["1:1.7"].text
    assert [p.id for p in document.pieces() if "*" in p.text] == []
    assert [p.id for p in document.pieces() if re.search(r"\s\s|[\n\t]", p.text)] == []


def test_slips_of_the_source_are_quoted_as_they_stand(sentences: dict[str, Sentence]) -> None:
    assert "antagonist recep-torjev IL-1 (IL-1Ra)" in sentences["2:2.5"].text
    assert "učinek ZV- MSC iz tkiva popkovnice" in sentences["3.1.4.1:2.3"].text
    assert "ki prizade ne mrežnico" in sentences["3.1.6:1.4"].text
    assert "delovanja citokinov, ravnih dejavnikov" in sentences["abstract-sl:1.7"].text
    whole = " ".join(s.text for s in sentences.values())
    assert [whole.count(word) for word in ("popkovnice", "popkavnice", "popkovernice")] == [5, 8, 1]


# Citations: from a statement to the work it rests on


def test_every_reference_is_cited_where_the_text_cites_it(document: Document) -> None:
    """The groups of the running text, found and expanded without the parser, in the same order."""
    front_end = document.text.index("\nAbstract\n")
    body = document.text[front_end : document.text.index("\nLiteratura\n")]
    expected: list[int] = []
    for group in re.findall(r"\((\d{1,2}(?:[,-]\d{1,2})*)\)", body.replace("94(11 – 12)", "")):
        for part in group.split(","):
            first, _, last = part.partition("-")
            expected.extend(range(int(first), int(last or first) + 1))
    found = [number for s in document.sentences for number in s.references]
    assert Counter(found) == Counter(expected)
    assert set(found) == set(range(1, 86))


@pytest.mark.parametrize(
    ("number", "own", "passage"),
    [
        pytest.param(56, ["3.1.4.1:2.6"], [f"3.1.4.1:2.{n}" for n in range(1, 6)], id="56, fistula"),
        pytest.param(57, ["3.1.4.1:2.7"], [], id="57, the other fistula study"),
        pytest.param(72, ["3.1.6:3.6"], [f"3.1.6:3.{n}" for n in range(2, 6)], id="72, macular hole"),
        pytest.param(59, ["3.1.4.2:1.5"], ["3.1.4.2:1.3", "3.1.4.2:1.4"], id="59, cirrhosis"),
        pytest.param(39, ["3.1.1:2.6"], [f"3.1.1:2.{n}" for n in range(1, 6)], id="39, tethered cord"),
        pytest.param(36, ["3.1.1:1.2"], ["3.1.1:1.1"], id="36, within 34-37"),
        pytest.param(8, ["1:2.5"], ["1:2.4"], id="8, within 4-8"),
        pytest.param(24, ["table-1:caption", "2:3.4", "2:4.5"], ["2:3.2", "2:3.3", "2:4.4"], id="24, caption and text"),
    ],
)
def test_who_cites_a_work(document: Document, number: int, own: list[str], passage: list[str]) -> None:
    assert [s.id for s in document.sentences if number in s.references] == own
    assert [s.id for s in document.sentences if number in s.passage_references] == passage


def test_a_sentence_after_the_closing_citation_has_none(sentences: dict[str, Sentence]) -> None:
    assert (sentences["3.1.6:3.7"].references, sentences["3.1.6:3.7"].passage_references) == ((), ())
    assert (sentences["2:2.8"].references, sentences["2:2.8"].passage_references) == ((), ())


def test_the_conclusion_cites_nothing(document: Document) -> None:
    found = [s.id for s in of_section(document, "4") if s.references or s.passage_references]
    assert found == []


def test_two_citations_in_one_sentence(sentences: dict[str, Sentence]) -> None:
    assert sentences["3.1.3:1.7"].references == (49, 50)
    assert sentences["1:3.6"].references == (4, 5, 6, 10)
    assert sentences["2:4.1"].references == (11, 12, 27, 28)


# Ids


def test_parsing_again_gives_the_same_document(document: Document, article: Article) -> None:
    assert parse_article(article) == document


def test_ids_of_other_sections_survive_a_new_paragraph(document: Document) -> None:
    anchor = "4 Zaključek\n\n"
    changed = document.text.replace(anchor, f"{anchor}Povsem nov odstavek stoji tu.\n\n")
    again = parse(changed, document_id=document.id)
    texts = {s.id: s.text for s in again.sentences}
    assert [s.id for s in document.sentences if s.section != "4" and texts.get(s.id) != s.text] == []
    assert texts["4:1.1"] == "Povsem nov odstavek stoji tu."
    assert texts["4:3.1"].startswith("Napredek na teh področjih")


# The same text in another file


@pytest.mark.parametrize("newline", ["\r\n", "\r"], ids=["CRLF", "CR"])
def test_line_ends_do_not_matter(document: Document, newline: str) -> None:
    again = parse(document.text.replace("\n", newline), document_id=document.id)
    assert [(p.id, p.text) for p in again.pieces()] == [(p.id, p.text) for p in document.pieces()]
    assert [s.references for s in again.sentences] == [s.references for s in document.sentences]
    assert [p.id for p in again.pieces() if p.text != quote(again.text, p.spans)] == []
    assert again.problems == ()


def test_blank_lines_at_either_end_do_not_matter(document: Document) -> None:
    assert document.text.startswith("\n\n\n\nPotencialna")
    assert not document.text.endswith("\n")
    again = parse(document.text.strip() + "\n\n", document_id=document.id)
    assert [(p.id, p.text) for p in again.pieces()] == [(p.id, p.text) for p in document.pieces()]


# What is not sound is reported


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "\n40. Chew",
            "\n41. Chew",
            [
                "line 261: reference 41 where 40 was expected",
                "reference 41 occurs again",
                "cited, but not in the bibliography: 40 (line 109)",
            ],
            id="numbers of the list",
        ),
        pytest.param(
            "na hondrocite (42)", "na hondrocite (40)", ["references never cited in the text: 42"], id="uncited"
        ),
        pytest.param(
            "implantatov (85).", "implantatov (85) in", ["line 207: the text", "mid-sentence"], id="unfinished"
        ),
        pytest.param(
            "\tIran\t15\tFaza 2\n",
            "\tIran\t15\n",
            ["line 117: a row of table-2 has 6 cells, its header 7"],
            id="a row too short",
        ),
        pytest.param("\nLiteratura\n", "\nSeznam\n", ["no bibliography was found"], id="no bibliography"),
    ],
)
def test_problems_name_the_place(document: Document, old: str, new: str, expected: list[str]) -> None:
    assert document.text.count(old) == 1
    reported = " | ".join(parse(document.text.replace(old, new), document_id=document.id).problems)
    assert [part for part in expected if part not in reported] == []


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_mutilated_source_still_has_exact_spans(data: st.DataObject) -> None:
    lines = load_article().source.split("\n")
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "blank", "join", "cut", "double"]))
        line = lines[at]
        half = line[: len(line) // 2]
        lines[at : at + 1] = {
            "drop": [],
            "blank": ["", line],
            "join": [line + (lines.pop(at + 1) if at + 1 < len(lines) else "")],
            "cut": [half],
            "double": [line, line],
        }[change]
        if not lines:
            lines = [""]
    document = parse("\n".join(lines), document_id="x")
    pieces = list(document.pieces())
    assert [p.id for p in pieces if p.text != quote(document.text, p.spans)] == []
    assert len({p.id for p in pieces}) == len(pieces)
    numbers = {r.number for r in document.references}
    assert [s.id for s in document.sentences if max(s.references, default=0) > max(numbers, default=0)] == []
