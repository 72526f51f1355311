"""Where sentences end, in Slovene and in English, and where a full stop ends none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.types import Document, Kind
from ingest.sentences import split_sentences

PIECES = st.sampled_from(
    "ZV MSC celice npr. oz. sod. al. Fig. e.g. t. i. (2022) 20. 18. 12. 2024 . ... … ! ? ?« .« ) ] » « A. β. *angl.* "
    "ClinicalTrials.gov 5. stopnjo Leta Nato miR-146a. ,".split()
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join))


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        # the article's own
        "MSC imajo sposobnost diferenciacije v več tipov celic (npr. osteocite, hondrocite, adipocite).",
        "Procesi so različni, kot je npr. imunski odziv.",
        "Bolezen presadka proti gostitelju (*angl.* Graft Versus Host Disease, GvHD) je zaplet.",
        "Obetavne so pri zmanjševanju posledic diabetične nefropatije oz. ledvične bolezni (47).",
        "Krause in sod. so leta 2025 predstavili prvi primer.",
        "Zhou in sod. (2022) poročajo o zmanjšanju vnetja.",
        "Nazari in sod. so v klinični študiji NCT05499156 preučevali učinek ZV- MSC.",
        "Že sredi 20. stoletja so uporabili matične celice.",
        "Pri bolnikih s 5. stopnjo KLB je že potrebna dializa.",
        "Odobrili so ga (objavljeno na spletni strani FDA, 18. 12. 2024).",
        "Prispelo / Received: 18. 4. 2025 | **Sprejeto / Accepted:** 12. 12. 2025",
        "1. odražajo stanje celice (vsebnost proteinov, lipidov, nukleinskih kislin ...) in predstavljajo označevalce;",
        "Med njimi so proteini, ki sodelujejo pri prenosu veziklov ...), lipidi in nukleinske kisline.",
        "Registrirane so v zbirki ClinicalTrials.gov od leta 2008.",
        "Na spletni strani euclinicaltrials.eu, ki podaja informacije, smo zasledili študijo.",
        "Uporabili so ključno besedo (»Mesenchymal stem cell derived exosomes«).",
        "V fazi 1 se oceni varnost; v fazi 2 učinkovitost; v fazi 3 primerjava; v fazi 4 pa tveganja (33).",
        # more Slovene
        "Izvor so celice (npr. MSC) oz. ZV, lat. Vesicula.",
        "Dodali so kislino ... 5 mg je dovolj.",
        "Že v l. 2020 in v l. 2021 so jih našteli.",
        "Glej str. 297 in gl. Tabelo 2, prim. sl. 3 ter pogl. 4.",
        "Dr. Novak, prof. dr. Kos in doc. Žagar delajo pribl. 5 let.",
        "Učinek opisuje t. i. MISEV, tj. MISEV2023.",
        "V čl. 5 in 2. odst. Zakona je drugače.",
        "Kot navaja Kobal in sod. MSC izločajo ZV.",
        # English
        "Many cells, e.g. T cells, and vesicles, i.e. EVs, were used.",
        "Smith et al. Science described it, cf. Jones et al. (2022).",
        "As Fig. 2 and Figs. 3 show, Ref. 5 vs. Ref. 6 differ by approx. 5 %.",
        "Dr. Smith and Mrs. Jones wrote pp. 5 and vol. 7.",
        # initials and letters
        "B. Novak in J.-P. Serre sta soavtorja.",
        "F. M. Dostojevski je pisatelj.",
        "Avtorja (A. Novak) in »B. Kos« sta znana.",
        "Protein Exo.in Treatment ni stavek.",
        # marks inside
        "Vprašali so: »Zakaj?« in odšli.",
        "Vrednost je 3.5 mg in ni . navedena.",
        "Vir (ClinicalTrials.gov). nima velike začetnice.",
    ],
)
def test_a_full_stop_that_ends_no_sentence(sentence: str) -> None:
    assert split(sentence) == [sentence]


@pytest.mark.parametrize(
    "sentences",
    [
        pytest.param(["To je prvi stavek.", "To je drugi."], id="two"),
        pytest.param(["Portal je v zbirki ClinicalTrials.gov.", "Portal je odprt."], id="site at the end"),
        pytest.param(["Učinek so potrdili (72).", "Varnost ocenjujejo (73)."], id="citations"),
        pytest.param(["Veliki ZV so znani (2).", "Ne glede na to so drugačni."], id="citation, then capital"),
        pytest.param(["Sodelujejo galektin 1 in 9.", "MSC so primerne."], id="number at the end"),
        pytest.param(["Študijo so izvedli leta 2024.", "Leta 2025 so jo ponovili."], id="year at the end"),
        pytest.param(["Objavili so jo 18. 12. 2024.", "Nato so molčali."], id="date at the end"),
        pytest.param(["Zdaj jih je v zbirki manj.", "44 jih je bilo prej."], id="a number begins the next"),
        pytest.param(["Zavirajo delovanje limfocitov T.", "ZV tudi zavirajo rast."], id="letter of a class"),
        pytest.param(["Zavirajo jih (npr. limfocite T).", "ZV so varni."], id="letter of a class in parentheses"),
        pytest.param(["Po akutni aortni disekciji tipa A.", "ZV so v študijah in vivo varni."], id="letter of a type"),
        pytest.param(["Izločajo TGF-β.", "Nato izločijo še TGF- β.", "Konec."], id="Greek letter at the end"),
        pytest.param(["Merili so miR-146a.", "Nato še IL-1R.", "Konec."], id="letter at the end of a name"),
        pytest.param(["Med celičnimi viri so MSC.", "MSC se že uporabljajo."], id="abbreviation at the end"),
        pytest.param(["Prizadene kosti, oči itd.", "Zdravljenja ni."], id="itd. ends"),
        pytest.param(["»To je res.«", "Nato so odšli."], id="quotation »…«"),
        pytest.param(["»Ali je res?«", "Da!", "Res."], id="question in quotation"),
        pytest.param(["„To je res.“", "Nato so odšli."], id="quotation „…“"),
        pytest.param(["“This is true.”", "Then they left."], id="quotation “…”"),
        pytest.param(['Izraz je "ZV".', '"MSC" je drug izraz.'], id="straight quotation marks"),
        pytest.param(["(Glej Tabelo 1.)", "Nato beri dalje."], id="whole sentence in parentheses"),
        pytest.param(["Prepisali so *in vivo.*", "*In vitro* je drugače."], id="emphasis at either side"),
        pytest.param(["Kaj pa zdaj ...", "Nič ni."], id="three dots"),
        pytest.param(["Kaj pa zdaj …", "Nič ni."], id="ellipsis"),
        pytest.param(["Ali je varno?!", "Je."], id="two marks"),
        pytest.param(["Ali jih je 5?", "44 jih je."], id="question, then a number"),
        pytest.param(["Opisali so ga drugi (Kobal in sod.)", "Nato so odšli."], id="abbreviation in parentheses"),
        pytest.param(["1. Prvi je tu.", "2. Drugi je tam."], id="markers of list items"),
        pytest.param(["EVs are small.", "They carry RNA.", "See Fig. 2."], id="English"),
        pytest.param(["Research has begun.", "44 trials were found.", "Eight ended early."], id="English numbers"),
    ],
)
def test_sentences_end_where_a_reader_ends_them(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences
    assert split("\n" + "\n".join(sentences) + "\n ") == sentences


@pytest.mark.parametrize("text", ["", " ", "\n\t \u00a0"])
def test_blank_text_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


@pytest.mark.parametrize("text", [".", "...", "?", "a", "ZV", "5.", "A. B. C.", "kislin ...)"])
def test_the_smallest_texts_are_one_sentence(text: str) -> None:
    assert split(f" {text} ") == [text]


@given(TEXTS)
def test_sentences_tile_the_text(text: str) -> None:
    ranges = split_sentences(text)
    covered = [at for start, end in ranges for at in range(start, end)]
    assert covered == sorted(set(covered))
    assert [at for at in covered if not text[at].isspace()] == [at for at, c in enumerate(text) if not c.isspace()]
    assert [text[start:end].strip() for start, end in ranges] == [text[start:end] for start, end in ranges]
    assert all(start < end for start, end in ranges)


def test_no_sentence_of_the_article_starts_or_ends_within_another(document: Document) -> None:
    prose = [sentence for sentence in document.sentences if sentence.kind is Kind.SENTENCE]
    assert [s.id for s in prose if not (s.text[0].isupper() or s.text[0].isdigit())] == []
    # The one that ends in a colon introduces a list.
    assert [s.id for s in prose if not s.text.endswith(".")] == ["1:3.3"]
    openings = {s.text.split()[0] for s in prose}
    assert openings & {"Sod.", "Npr.", "Stoletja", "Fig."} == set()
