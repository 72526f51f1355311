"""The data beside the article (glossary, repairs, notes), and finding its concepts in any wording."""

import json
import re
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.concepts import ConceptMatcher, same_word
from corpus.config import ARTICLE_DIR
from corpus.errors import CorpusError
from corpus.glossary import COLUMNS, read_glossary
from corpus.load import Article, Note, load_article
from corpus.terms import STOP_WORDS, content_words, similarity, terms, words
from corpus.text import fold
from corpus.types import Document, Language

SL, EN = Language.SL, Language.EN
HEADER = "\t".join(COLUMNS)


@pytest.fixture(scope="session")
def matcher(article: Article) -> ConceptMatcher:
    return ConceptMatcher(article.glossary)


@pytest.fixture(scope="session")
def known_ids(document: Document, article: Article) -> set[str]:
    return {piece.id for piece in document.pieces()} | set(article.translations)


def keys(matcher: ConceptMatcher, text: str) -> list[str]:
    return list(dict.fromkeys(mention.key for mention in matcher.find(text)))


# Glossary


def test_the_glossary_is_large_enough_and_has_no_two_of_a_kind(article: Article) -> None:
    assert len(article.glossary) >= 200
    assert [key for key, n in Counter(c.key for c in article.glossary).items() if n > 1] == []
    assert [c.key for c in article.glossary if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", c.key)] == []


def test_every_concept_has_names_in_both_languages(article: Article) -> None:
    names = [name for c in article.glossary for language in Language for name in c.names(language)]
    assert [c.key for c in article.glossary if not (c.sl and c.en and c.kind)] == []
    assert [name for name in names if name != " ".join(name.split()) or not name] == []
    assert [name for name in names if not unicodedata.is_normalized("NFC", name)] == []
    assert [name for name in names if re.search(r"[*\t;]", name)] == []
    for c in article.glossary:
        assert [name for language in Language for name, n in Counter(c.names(language)).items() if n > 1] == []


def test_abbreviations_are_among_the_names(article: Article) -> None:
    assert [c.key for c in article.glossary if not set(c.abbreviations) <= {*c.sl, *c.en}] == []


def test_kinds_are_few_and_each_is_used(article: Article) -> None:
    kinds = Counter(c.kind for c in article.glossary)
    assert 5 <= len(kinds) <= 20
    assert min(kinds.values()) >= 2


def test_definitions_are_pieces_of_the_article(article: Article, known_ids: set[str]) -> None:
    assert [(c.key, c.definition) for c in article.glossary if c.definition and c.definition not in known_ids] == []
    assert sum(bool(c.definition) for c in article.glossary) >= 50


def test_no_name_stands_for_two_concepts_unless_it_is_an_abbreviation(article: Article) -> None:
    for language in Language:
        owners: dict[str, set[str]] = {}
        for c in article.glossary:
            for name in c.names(language):
                owners.setdefault(fold(name), set()).add(c.key)
        short = {fold(name) for c in article.glossary for name in c.abbreviations}
        assert {name: found for name, found in owners.items() if len(found) > 1 and name not in short} == {}


def test_every_name_finds_its_concept(article: Article, matcher: ConceptMatcher) -> None:
    """But names of small words only, which would be found in every sentence ("NO", "review")."""
    missed: list[tuple[str, str]] = []
    for c in article.glossary:
        for name in {*c.sl, *c.en}:
            telling = [word for word in words(name) if word not in STOP_WORDS[EN]]
            if telling and c.key not in {mention.key for mention in matcher.find(name, nested=True)}:
                missed.append((c.key, name))
    assert missed == []


def test_abbreviations_that_the_article_spells_out_are_in_the_glossary(document: Document, article: Article) -> None:
    in_glossary = {fold(name) for c in article.glossary for name in c.abbreviations}
    spelled = {
        found
        for sentence in document.sentences
        for found in re.findall(r"\((?:[^()]*, )?([A-ZČŠŽ][\w-]*[A-ZČŠŽ])\)", sentence.text)
        if not found.startswith(("NCT", "ZV-MSC"))
    }
    assert {"KLB", "CB", "MODS", "ARDS", "BPD", "GMP", "FDA", "ISEV", "TCS", "IDO", "M-CSF", "GvHD"} <= spelled
    assert sorted(name for name in spelled if fold(name) not in in_glossary) == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param(["key\tsl"], r"glossary\.tsv, line 1: expected the columns key, sl, en", id="header"),
        pytest.param([], r"line 1: expected the columns", id="empty"),
        pytest.param([HEADER, "a\tb\tc"], r"line 2: expected 9 columns", id="too few"),
        pytest.param([HEADER, "a\tb\t\t\t\t\t\tother\t"], r"line 2: .*the first three filled", id="no English name"),
        pytest.param(
            [HEADER, "a\tb\tc\t\t\t\t\tother\t", "a\td\te\t\t\t\t\tother\t"], r"line 3: the key a repeats", id="twice"
        ),
    ],
)
def test_a_malformed_glossary_names_file_and_line(lines: list[str], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_glossary(Path("glossary.tsv"), "\n".join(lines))


def test_the_names_of_a_concept_in_order() -> None:
    row = "ev\tvezikel\tvesicle\tZV\tEV; EVs\tmešiček; vezikel\tvesicles\tvesicle\t1:1.1"
    (concept,) = read_glossary(Path("x"), f"{HEADER}\n{row}\n")
    assert concept.names(SL) == ("vezikel", "ZV", "mešiček")
    assert concept.names(EN) == ("vesicle", "EV", "EVs", "vesicles")
    assert concept.abbreviations == ("ZV", "EV", "EVs")
    assert (concept.kind, concept.definition) == ("vesicle", "1:1.1")


# Concepts in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # inflected
        pytest.param("Kako delujejo zunajcelični vezikli mezenhimskih matičnih celic?", ["msc-ev"], id="plural"),
        pytest.param("o zunajceličnih veziklih", ["ev"], id="locative"),
        pytest.param("zdravljenje perianalnih fistul", ["treatment", "perianal-fistula"], id="genitive plural"),
        pytest.param("s perianalno fistulo", ["perianal-fistula"], id="instrumental"),
        pytest.param("s Crohnovo boleznijo", ["crohn"], id="adjective"),
        pytest.param("v Iranu", ["iran"], id="country"),
        pytest.param("luknje v rumeni pegi", ["macular-hole"], id="name with a small word"),
        # without diacritics, decomposed, in capitals
        pytest.param("zunajcelicni vezikli mezenhimskih maticnih celic", ["msc-ev"], id="no diacritics"),
        pytest.param("kronic\u030cna ledvic\u030cna bolezen", ["ckd"], id="decomposed"),
        pytest.param("KRONIČNA LEDVIČNA BOLEZEN", ["ckd"], id="capitals"),
        # the other language
        pytest.param("extracellular vesicles of mesenchymal stem cells", ["msc-ev"], id="English"),
        pytest.param("Crohn's disease", ["crohn"], id="possessive"),
        pytest.param("macular holes", ["macular-hole"], id="English plural"),
        pytest.param("a hole in the macula", ["macular-hole"], id="two small words"),
        pytest.param("cancer of the rectum", ["rectal-cancer"], id="of the"),
        pytest.param("umbilical cord", ["umbilical-cord"], id="English tissue"),
        # abbreviations
        pytest.param("ZV-MSC", ["msc-ev"], id="ZV-MSC"),
        pytest.param("MSC-EVs", ["msc-ev"], id="MSC-EVs"),
        pytest.param("ZV", ["ev"], id="ZV"),
        pytest.param("EVs", ["ev"], id="EVs"),
        pytest.param("KLB", ["ckd"], id="KLB"),
        pytest.param("CKD", ["ckd"], id="CKD"),
        pytest.param("GVHD", ["gvhd"], id="GVHD"),
        pytest.param("bolezen presadka proti gostitelju", ["gvhd"], id="GvHD in Slovene"),
        pytest.param("graft-versus-host disease", ["gvhd"], id="GvHD in English"),
        pytest.param("ARDS", ["ards"], id="ARDS"),
        pytest.param("sindrom akutne dihalne stiske", ["ards"], id="ARDS in the table"),
        pytest.param("sindromom akutne respiracijske stiske", ["ards"], id="ARDS in the text"),
        pytest.param("sindroma odpovedi več organov", ["mods"], id="MODS in the text"),
        pytest.param("multiorganska disfunkcija", ["mods"], id="MODS in the table"),
        pytest.param("okvara makule", ["macular-hole"], id="macular hole in the text"),
        pytest.param("pigmentozni retinitis", ["retinitis-pigmentosa"], id="retinitis in the text"),
        pytest.param("Retinitis pigmentoz", ["retinitis-pigmentosa"], id="retinitis in the table"),
        pytest.param("miR-146a", ["mir-146a"], id="a molecule with figures"),
        # signs and slips of the source
        pytest.param("TGF- β", ["tgf-beta"], id="detached Greek letter"),
        pytest.param("TGF-beta", ["tgf-beta"], id="Greek letter spelled out"),
        pytest.param("amiloid- β", ["amyloid-beta"], id="amyloid"),
        pytest.param("popkavnica", ["umbilical-cord"], id="slip: popkavnica"),
        pytest.param("covid-19", ["covid-19"], id="covid"),
        pytest.param("s covidom-19", ["covid-19"], id="covid inflected"),
        pytest.param("sindrom dolgega covida-19", ["long-covid"], id="long covid"),
        # nothing
        pytest.param("Ali je to res?", [], id="nothing, Slovene"),
        pytest.param("Is that so?", [], id="nothing, English"),
        pytest.param("", [], id="empty"),
    ],
)
def test_concepts_in_a_text(matcher: ConceptMatcher, text: str, expected: list[str]) -> None:
    assert keys(matcher, text) == expected


def test_the_longest_name_wins_unless_nested_ones_are_asked_for(matcher: ConceptMatcher) -> None:
    assert [m.key for m in matcher.find("ZV-MSC")] == ["msc-ev"]
    assert {m.key for m in matcher.find("ZV-MSC", nested=True)} >= {"msc-ev", "ev", "msc"}


def test_mentions_say_where_they_stand(matcher: ConceptMatcher) -> None:
    text = "Kitajska: perianalna fistula, Iran"
    assert words(text) == ["kitajska", "perianalna", "fistula", "iran"]
    found = [(mention.key, mention.positions) for mention in matcher.find(text)]
    assert found == [("china", (0,)), ("perianal-fistula", (1, 2)), ("iran", (3,))]


def test_names_in_both_languages(matcher: ConceptMatcher) -> None:
    assert (matcher.name("cirrhosis", SL), matcher.name("cirrhosis", EN)) == ("ciroza jeter", "liver cirrhosis")


@given(st.text(max_size=60))
def test_any_text_can_be_searched_for_concepts(text: str) -> None:
    found = _small_matcher().find(text, nested=True)
    assert [m.positions for m in found] == sorted(m.positions for m in found)
    assert [m for m in found if max(m.positions) >= len(words(text))] == []


def _small_matcher() -> ConceptMatcher:
    rows = ["ev\tvezikel\tvesicle\tZV\tEV\t\t\tvesicle\t", "mh\tluknja v makuli\thole in the macula\t\t\t\t\tdisease\t"]
    return ConceptMatcher(read_glossary(Path("x"), "\n".join([HEADER, *rows])))


# Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("ZV-MSC (NCT04388982)", ["zv-msc", "zv", "msc", "nct04388982"], id="compound and id"),
        pytest.param("popkovnice (11,12,27,28).", ["popkovnice"], id="citations are no words"),
        pytest.param("Alzheimer's", ["alzheimer"], id="possessive"),
        pytest.param("TGF-β", ["tgf-beta", "tgf", "beta"], id="Greek letter"),
        pytest.param("Čeprav ŽE šest", ["ceprav", "ze", "6"], id="folded, number word"),
        pytest.param("(< 200 nm)", ["200", "nm"], id="comparison"),
        pytest.param("", [], id="empty"),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_small_words_are_no_content() -> None:
    assert content_words("Ali je ZV varen in ali so MSC varne?", SL) == ["zv", "varen", "msc", "varne"]
    assert content_words("Is the EV safe, and are EVs safe?", EN) == ["ev", "safe", "evs"]


def test_terms_have_their_lemmas() -> None:
    assert set(terms("bolnikov", SL)) == {"bolnikov", "bolnik"}
    assert set(terms("patients", EN)) == {"patients", "patient"}
    assert terms("NCT05499156", SL) == ["nct05499156"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("fistule", "fistulah"),
        ("eksosomi", "eksosomov"),
        ("vezikli", "veziklov"),
        ("bolnika", "bolniki"),
        ("jetra", "jeter"),
        ("ljudje", "clovek"),
        ("mice", "mouse"),
    ],
)
def test_forms_of_one_word_are_alike(first: str, second: str) -> None:
    assert same_word(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("nct04388982", "nct04388983"), ("ev", "evs"), ("msc", "mscs"), ("faza", "fizika"), ("miR-21", "miR-22")],
)
def test_ids_and_short_words_are_alike_only_when_equal(first: str, second: str) -> None:
    assert similarity(first, second) < 0.75


@given(st.text(st.sampled_from("abcdeč123"), max_size=10), st.text(st.sampled_from("abcdeč123"), max_size=10))
def test_similarity_is_symmetric_and_within_0_and_1(first: str, second: str) -> None:
    assert 0.0 <= similarity(first, second) <= 1.0
    assert similarity(first, second) == similarity(second, first)
    assert similarity(first, first) == 1.0


# Repairs


def test_every_repair_has_something_to_repair(article: Article) -> None:
    assert len(article.repairs) >= 30
    assert [slip for slip, _ in article.repairs if slip not in article.source] == []
    assert [slip for slip, search in article.repairs if slip == search or not search.strip()] == []
    assert [slip for slip, n in Counter(slip for slip, _ in article.repairs).items() if n > 1] == []


def test_repairing_twice_changes_nothing(article: Article) -> None:
    once = article.search_form(article.source)
    assert once != article.source
    assert article.search_form(once) == once
    assert [slip for slip, _ in article.repairs if slip in once] == []


def test_the_slips_of_the_source_are_all_repaired(article: Article) -> None:
    repaired = article.search_form(article.source)
    assert [article.source.count(w) for w in ("popkovnice", "popkavnice", "popkovernice")] == [5, 8, 1]
    assert repaired.count("popkovnice") == 14
    slips = (
        "recep-torjev|prizade ne|Chronov|GVHD|ravnih dejavnikov|oboogatimo|dioksidgenaza|sprostitevijo|proznetne|"
        "zapiranj nevralske|nezadostnega proizvodnje|imunomodulacijski in|endocitosk|raziskovalnih prednosti:|"
        "lahko imele pomembno|Brazilijska|pigmentoz\t|3inflammasome|ZEROTM|Exo\\.in|Hairloss|Repaire|cronic|ZV- MSC"
    )
    assert re.findall(slips, repaired) == []
    assert len(re.findall(slips, article.source)) == 25
    assert re.findall(r"- [αβγ]|\bA β|\bβ -|IL-1 β|\$", repaired) == []


def test_genuine_hyphens_and_signs_are_left_alone(article: Article) -> None:
    repaired = article.search_form(article.source)
    for genuine in (
        "študija-register pacientov",
        "off-the-shelf",
        "2-letni",
        "6-mesečnem",
        "100-krat",
        "ZV-terapij",
        "I/R poškodbah",
        "albumin/kreatinin",
        "indoleamin-2,3-",
        "ClinicalTrials.gov",
        "(< 200 nm)",
        "NCT05499156",
        "Crohnova bolezen",
        "2 µm",
        "80 %",
        "(34-37)",
    ):
        assert (genuine, repaired.count(genuine)) == (genuine, article.source.count(genuine))
        assert genuine in repaired
    assert repaired.count("ZV-MSC") == article.source.count("ZV-MSC") + article.source.count("ZV- MSC")


def test_repairs_leave_figures_ids_and_citations_alone(article: Article) -> None:
    repaired = article.search_form(article.source)
    for pattern in (r"NCT\d{8}", r"\(\d+(?:[-,]\d+)*\)", r"\d+ %", r"10\.\d{4,}/\S+", r"PMID: \S+", r"20\d\d"):
        assert re.findall(pattern, repaired) == re.findall(pattern, article.source)


# Notes


def test_notes_concern_pieces_of_the_article(article: Article, document: Document) -> None:
    known = {piece.id for piece in document.pieces()}
    assert [(note.id, piece) for note in article.notes for piece in note.pieces if piece not in known] == []
    assert [note.id for note in article.notes if not note.pieces or len(set(note.pieces)) != len(note.pieces)] == []
    assert [note_id for note_id, n in Counter(note.id for note in article.notes).items() if n > 1] == []


def test_notes_are_in_both_languages(article: Article) -> None:
    assert [note.id for note in article.notes if set(note.text) != {SL, EN}] == []
    texts = [text for note in article.notes for text in note.text.values()]
    assert [text for text in texts if text != " ".join(text.split()) or not text.endswith((".", ")"))] == []
    assert [text for text in texts if not unicodedata.is_normalized("NFC", text)] == []
    assert [note.id for note in article.notes if re.search("[čšžČŠŽ]", note.text[EN])] == []


def test_both_languages_of_a_note_name_the_same_figures(article: Article) -> None:
    for note in article.notes:
        figures = [Counter(re.findall(r"\d+", note.text[language])) for language in Language]
        assert (note.id, figures[0]) == (note.id, figures[1])


def test_notes_name_trials_and_works_that_exist(article: Article, document: Document) -> None:
    trials = {trial for s in document.sentences for trial in s.trials} | {trial.id for trial in document.trials}
    named = {trial for note in article.notes for trial in re.findall(r"NCT\d+", note.text[SL])}
    assert named - trials == set()
    numbers = {int(n) for note in article.notes for n in re.findall(r"\((\d{1,2})\)", note.text[SL])}
    assert numbers <= set(range(1, 86))


def test_notes_quote_the_article(article: Article) -> None:
    source, english = fold(article.source), " ".join(article.translations.values())
    for note in article.notes:
        # Words that a note inflects are compared by their stems.
        quoted = [fold(q) for q in re.findall("»(.+?)«", note.text[SL])]
        stems = [" ".join(word[:3] for word in q.split()) for q in quoted]
        text = " ".join(word[:3] for word in re.sub(r"[“”»«\"(),.]", "", source).split())
        assert (note.id, [s for s in stems if s not in text]) == (note.id, [])
        quoted = re.findall("“(.+?)”", note.text[EN])
        assert (note.id, [q for q in quoted if q not in english and q not in article.source]) == (note.id, [])


def test_notes_are_found_by_their_pieces(article: Article) -> None:
    assert {note.id for notes in article.notes_by_piece.values() for note in notes} == {n.id for n in article.notes}
    assert [
        (piece, note.id)
        for piece, notes in article.notes_by_piece.items()
        for note in notes
        if piece not in note.pieces
    ] == []


@pytest.mark.parametrize(
    ("pieces", "slovene", "english"),
    [
        pytest.param(
            ["3.1.6:3.4", "3.1.6:3.5"],
            ["7 bolnikih", "5 bolnikov"],
            ["7 patients", "the 5 who"],
            id="macular holes, 7 or 5",
        ),
        pytest.param(["3.1.4.1:2.7"], ["9 %", "45 %", "72 %"], ["9 %", "45 %", "72 %"], id="percentages"),
        pytest.param(
            ["3.1.4.1:2.5", "table-2:NCT05499156"], ["80 %", "udeležencev"], ["80 %", "participants"], id="80s"
        ),
        pytest.param(
            ["3.1.4.1:2.3", "table-2:NCT05499156"],
            ["popkovnice", "placento"],
            ["umbilical cord", "placenta"],
            id="umbilical cord or placenta",
        ),
        pytest.param(
            ["3.1.6:1.2"],
            ["dve", "štiri", "NCT05413148", "NCT03437759", "NCT04213248", "NCT05738629"],
            ["two", "four", "NCT05413148", "NCT03437759", "NCT04213248", "NCT05738629"],
            id="two ophthalmology studies or four",
        ),
        pytest.param(
            ["table-2:caption", "table-2:NCT04388982", "table-2:NCT05499156", "table-2:NCT05402748"],
            ["(38)", "(56)", "(57)"],
            ["(38)", "(56)", "(57)", "no published results"],
            id="results of trials without results",
        ),
        pytest.param(
            ["3:1.7", "table-2:caption"], ["novembra 2024", "44"], ["November 2024", "44"], id="dates, counts"
        ),
        pytest.param(["3.1.7:1.3", "table-2:NCT04356300"], ["ZUN"], ["not yet recruiting"], id="still running"),
        pytest.param(["3.1.6:3.7", "table-2:NCT03437759"], ["Zgodnja faza 1"], ["Early Phase 1"], id="early phase"),
        pytest.param(["3.1.2:1.3"], ["NCT05261360"], ["NCT05261360"], id="one meniscus trial"),
        pytest.param(["2:2.8", "3:1.8", "4:1.3"], ["FDA", "celicami"], ["FDA", "cells"], id="approval of cells"),
        pytest.param(
            ["3.1.5:1.4", "ref:62"], ["2021", "2022", "placente"], ["2021", "2022", "placental"], id="years, 62"
        ),
        pytest.param(["3.1.1:2.2", "3.1.1:2.3"], ["deklici"], ["girl"], id="the patient's sex"),
        pytest.param(["1:1.5", "figure-1:1.5", "figure-1:1.6"], ["200 nm"], ["200 nm"], id="sizes overlap"),
    ],
)
def test_no_contradiction_goes_without_a_note(
    article: Article, pieces: list[str], slovene: list[str], english: list[str]
) -> None:
    def says_it(note: Note) -> bool:
        return (
            set(pieces) <= set(note.pieces)
            and all(part in note.text[SL] for part in slovene)
            and all(part in note.text[EN] for part in english)
        )

    assert [note.id for note in article.notes if says_it(note)] != []


# Loading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ARTICLE_DIR, tmp_path / "article"))


def test_the_same_files_have_the_same_hash_and_any_change_another(folder: Path, article: Article) -> None:
    assert load_article(folder).sha256 == article.sha256
    with (folder / "notes.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "new", "pieces": ["1:1.1"], "sl": "Da.", "en": "Yes."}) + "\n")
    changed = load_article(folder)
    assert changed.sha256 != article.sha256
    assert [note.id for note in changed.notes_by_piece["1:1.1"]] == ["new"]


def test_an_edited_source_is_refused(folder: Path) -> None:
    source = folder / "source.txt"
    source.write_bytes(source.read_bytes().replace(b"popkavnice", b"popkovnice"))
    with pytest.raises(CorpusError, match=r"source\.txt is not the file described in article\.toml"):
        load_article(folder)


def test_even_other_line_ends_are_refused(folder: Path) -> None:
    source = folder / "source.txt"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(CorpusError, match="is not the file described"):
        load_article(folder)


@pytest.mark.parametrize("name", ["source.txt", "translation.en.jsonl", "glossary.tsv", "repairs.tsv", "notes.jsonl"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CorpusError, match=rf"{re.escape(name)} cannot be read"):
        load_article(folder)


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("notes.jsonl", "{", "not JSON"),
        ("notes.jsonl", '{"id": "x", "pieces": []}', "no sl, en"),
        ("translation.en.jsonl", "nothing", "not JSON"),
        ("translation.en.jsonl", '{"id": "x", "sl": "a"}', "no en"),
        ("repairs.tsv", "only one column", ""),
        ("glossary.tsv", "two\tcolumns", "expected 9 columns"),
    ],
)
def test_a_malformed_line_is_named(folder: Path, name: str, line: str, message: str) -> None:
    path = folder / name
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"{line}\n")
    with pytest.raises(CorpusError, match=rf"{re.escape(name)}, line {n_lines + 1}: .*{message}"):
        load_article(folder)


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    path = folder / "repairs.tsv"
    raw = path.read_bytes()
    path.write_bytes(raw + "č\tc\tx\n".encode("cp1250"))
    n_lines = len(raw.splitlines())
    with pytest.raises(CorpusError, match=rf"repairs\.tsv, line {n_lines + 1}: not UTF-8"):
        load_article(folder)
