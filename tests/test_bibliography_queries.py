"""Questions about the bibliography: understood, computed, worded; held against the golden list itself."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.terms import content_words, distance
from corpus.types import Document, Language, Sentence
from rag.answer import Support
from rag.bibliography.compose import BibliographySentence, compose
from rag.bibliography.execute import execute
from rag.bibliography.index import bibliography
from rag.bibliography.lexicon import lexicon
from rag.bibliography.names import is_form_of, is_slip_of, split_name
from rag.bibliography.query import BibliographyQuery, BibliographyResult, Field, Operation
from rag.bibliography.read import read
from rag.engine import Engine
from tests.golden_files import GOLDEN

Row = dict[str, Any]
Fits = Callable[[Row], bool]
SL, EN = Language.SL, Language.EN

ROWS: list[Row] = [json.loads(line) for line in (GOLDEN / "references.jsonl").read_text(encoding="utf-8").splitlines()]
ALL = [row["number"] for row in ROWS]


@pytest.fixture(scope="module")
def matcher(article: Article) -> ConceptMatcher:
    return ConceptMatcher(article.glossary)


Ask = Callable[..., BibliographyResult]


@pytest.fixture(scope="module")
def ask(document: Document, matcher: ConceptMatcher) -> Ask:
    def asked(question: str, language: Language, pieces: tuple[str, ...] = ()) -> BibliographyResult:
        query = read(question, language, matcher, document)
        assert query is not None, f"not understood as a question about the bibliography: {question}"
        by_id = {sentence.id: sentence for sentence in document.sentences}
        found: list[str] = []

        def find_sentences(statement: str) -> list[Sentence]:
            found.append(statement)
            return [by_id[piece] for piece in pieces]

        return execute(query, document, matcher=matcher, find_sentences=find_sentences if pieces else None)

    return asked


def where(fits: Fits) -> list[int]:
    return [row["number"] for row in ROWS if fits(row)]


def by(family: str, *, first: bool = False) -> Fits:
    """Written by somebody of this family name; computed without any of the code under test."""
    return lambda row: any(
        author.rsplit(" ", 1)[0] == family for author in (row["authors"][:1] if first else row["authors"])
    )


def named(author: str) -> Fits:
    return lambda row: author in row["authors"]


def year(start: int, end: int | None = None) -> Fits:
    return lambda row: start <= row["year"] <= (end or start)


def journal(name: str) -> Fits:
    return lambda row: row["container"] == name


def lacks(*fields: str) -> Fits:
    return lambda row: not any(row[field] for field in fields)


def titled(*words: str) -> Fits:
    return lambda row: any(word in row["title"].lower() for word in words)


def both(one: Fits, other: Fits) -> Fits:
    return lambda row: one(row) and other(row)


def anything(row: Row) -> bool:
    return True


LIST, FIELD, COUNT, GROUP = Operation.LIST, Operation.FIELD, Operation.COUNT, Operation.GROUP
ENGLISH: list[tuple[str, Operation, Fits | list[int]]] = [
    ("Show reference 56.", LIST, [56]),
    ("Tell me about reference 81", LIST, [81]),
    ("what is [45]?", LIST, [45]),
    ("references 4-6 and 10", LIST, [4, 5, 6, 10]),
    ("Who is the first author of reference 66?", FIELD, [66]),
    ("In which journal was reference 12 published?", FIELD, [12]),
    ("What year is ref. 33 from?", FIELD, [33]),
    ("What is the DOI of reference 46?", FIELD, [46]),
    ("Give me the PMID of source 4", FIELD, [4]),
    ("What is the title of reference 8?", FIELD, [8]),
    ("Who edited the book in reference 32?", FIELD, [32]),
    ("how many authors does reference 2 list?", FIELD, [2]),
    ("Is reference 5 from Science?", FIELD, [5]),
    ("Which reference has DOI 10.1126/science.aau6977?", LIST, [5]),
    ("Which work is DOI 10.1016/S0140-6736(08)60383-9?", LIST, [58]),
    ("What is PMID 18328931?", LIST, [58]),
    ("How many references does the article have?", COUNT, anything),
    ("How many references are from 2022?", COUNT, year(2022)),
    ("Which references were published before 2010?", LIST, year(0, 2009)),
    ("Which works published between 2013 and 2015 are cited?", LIST, year(2013, 2015)),
    ("List the references since 2024.", LIST, year(2024, 9999)),
    ("Which cited papers are newer than 2023?", LIST, year(2024, 9999)),
    ("What share of the references is from after 2020?", COUNT, year(2021, 9999)),
    ("Are there any references from 2011?", LIST, year(2011)),
    ("How many of the cited papers appeared in Stem Cell Research & Therapy?", COUNT, journal("Stem Cell Res Ther")),
    ("Which references are from the journal Cells?", LIST, journal("Cells")),
    ("How many references come from the International Journal of Molecular Sciences?", COUNT, journal("Int J Mol Sci")),
    ("References published in The Lancet", LIST, journal("Lancet")),
    ("Which cited studies appeared in Scientific Reports?", LIST, journal("Sci Rep")),
    ("Name the references from J Extracell Vesicles", LIST, journal("J Extracell Vesicles")),
    ("Which works by Maličev are cited?", LIST, by("Maličev")),
    ("which refs are by malicev", LIST, by("Maličev")),
    ("Does the article cite Buzas?", LIST, by("Buzas")),
    ("papers by Zhang Y", LIST, named("Zhang Y")),
    ("Where is Buzas the first author?", LIST, by("Buzas", first=True)),
    ("Which references did Aghayan and Arjmand write?", LIST, both(by("Aghayan"), by("Arjmand"))),
    ("works by van der Worp", LIST, by("van der Worp")),
    ("In which journal did Nazary et al. publish?", FIELD, by("Nazari")),
    ("What is the DOI of Kalluri's paper?", FIELD, by("Kalluri")),
    ("When did Zuk et al. publish their work?", FIELD, by("Zuk")),
    ("Which references by Zhang are from 2022?", LIST, both(by("Zhang"), year(2022))),
    ("Which of their own works do the authors cite?", LIST, lambda r: by("Maličev")(r) or by("Kolenc")(r)),
    ("Which references have no DOI?", LIST, lacks("doi")),
    ("references without a PMID", LIST, lacks("pmid")),
    ("Which references have neither DOI nor PMID?", LIST, lacks("doi", "pmid")),
    ("Which reference is a book chapter?", LIST, lambda r: bool(r["publisher"])),
    ("Which references are newer than 2024 and have no PMID?", LIST, both(year(2025, 9999), lacks("pmid"))),
    ("Which is the oldest reference?", Operation.OLDEST, year(min(r["year"] for r in ROWS))),
    ("What is the most recent work cited?", Operation.NEWEST, year(max(r["year"] for r in ROWS))),
    ("Group the references by year.", GROUP, anything),
    ("Which references mention Alzheimer's disease in the title?", LIST, titled("alzheimer")),
    ("Which references deal with osteoarthritis?", LIST, titled("osteoarthritis")),
    ("In which journal was the study on liver cirrhosis published?", FIELD, titled("liver cirrhosis")),
    ("Who is the first author of the study on miR-204 and dry eye?", FIELD, titled("mir-204")),
    ("Who wrote the paper on macular holes?", FIELD, titled("macular hole")),
    ("Which refernces are about dry eye?", LIST, titled("dry eye")),
    ("Who wrote about tethered spinal cord release surgery?", FIELD, titled("tethered")),
    ("Who wrote the chapter cited as no. 32?", FIELD, [32]),
    ("What is number 45 on the reference list?", LIST, [45]),
    ("Show entry 14", LIST, [14]),
    ("Who wrote no. 56?", FIELD, [56]),
    ("Who wrote nos. 4 and 5?", FIELD, [4, 5]),
    ("Source number 12: journal, year, DOI?", FIELD, [12]),
    ("Which source is that from? (reference 84)", LIST, [84]),
    ("Where does that come from? (reference 84)", LIST, [84]),
    ("Who is its first author? (reference 84)", FIELD, [84]),
    ("In which journal did it appear and when? (reference 84)", FIELD, [84]),
    ("Which references are about Crohn's disease?", LIST, titled("crohn")),
    ("Which references are about the kidney?", LIST, titled("kidney", "nephropathy")),
    ("Which references are about the skin?", LIST, titled("skin", "cutaneous")),
    ("Which cited works concern the liver or the heart?", LIST, titled("liver", "cardiac", "myocardial infarction")),
    ("Which studies are cited for osteoarthritis?", LIST, titled("osteoarthritis")),
    ("The MISEV guidelines: first author, journal and year?", FIELD, titled("misev")),
    ("What does the article say citing 66?", Operation.CITING, [66]),
    ("In which section is reference 85 cited?", Operation.SECTIONS, [85]),
    ("How many times is reference 2 cited?", Operation.TIMES, [2]),
]
SLOVENE: list[tuple[str, Operation, Fits | list[int]]] = [
    ("Pokaži vir 56.", LIST, [56]),
    ("Kaj je [45]?", LIST, [45]),
    ("Pokaži vire 4-6 in 10", LIST, [4, 5, 6, 10]),
    ("Kdo je prvi avtor vira 66?", FIELD, [66]),
    ("V kateri reviji je bil objavljen vir 12?", FIELD, [12]),
    ("Iz katerega leta je referenca 33?", FIELD, [33]),
    ("Kakšen je DOI vira 46?", FIELD, [46]),
    ("Kaksen pmid ima vir 4?", FIELD, [4]),
    ("Kakšen je naslov reference 8?", FIELD, [8]),
    ("Kdo je urednik knjige v viru 32?", FIELD, [32]),
    ("Koliko avtorjev ima vir 2?", FIELD, [2]),
    ("Navedi strani in letnik vira 59.", FIELD, [59]),
    ("Čigavo delo je vir 67?", FIELD, [67]),
    ("Prvi avtorji virov 1-3", FIELD, [1, 2, 3]),
    ("Kateri vir ima DOI 10.1126/science.aau6977?", LIST, [5]),
    ("Koliko virov navaja članek?", COUNT, anything),
    ("Koliko referenc je iz leta 2022?", COUNT, year(2022)),
    ("Kateri viri so bili objavljeni pred letom 2010?", LIST, year(0, 2009)),
    ("Katera citirana dela so izšla med letoma 2013 in 2015?", LIST, year(2013, 2015)),
    ("Naštej vire od leta 2024 naprej.", LIST, year(2024, 9999)),
    ("Kateri citirani članki so novejši od 2023?", LIST, year(2024, 9999)),
    ("Kolikšen delež virov je objavljen po letu 2020?", COUNT, year(2021, 9999)),
    ("Katera vira sta iz leta 2025?", LIST, year(2025)),
    ("Kateri referenci sta iz leta 2025?", LIST, year(2025)),
    ("Koliko virov je iz revije Stem Cell Research & Therapy?", COUNT, journal("Stem Cell Res Ther")),
    ("Kateri viri so iz revije Cells?", LIST, journal("Cells")),
    ("Kateri viri so izšli v Lancetu?", LIST, journal("Lancet")),
    ("Katere citirane študije so izšle v Scientific Reports?", LIST, journal("Sci Rep")),
    ("Katera dela Maličeve so citirana?", LIST, by("Maličev")),
    ("kateri viri so od malicev", LIST, by("Maličev")),
    ("Ali članek citira Buzasovo?", LIST, by("Buzas")),
    ("Ali so med viri dela od Buzasove iz leta 2023?", LIST, both(by("Buzas"), year(2023))),
    ("Kateri članki Zhanga Y so v literaturi?", LIST, named("Zhang Y")),
    ("V katerih virih je Buzasova prva avtorica?", LIST, by("Buzas", first=True)),
    ("Kateri vir sta napisala Aghayan in Arjmand?", LIST, both(by("Aghayan"), by("Arjmand"))),
    ("V kateri reviji je objavljen članek Nazarija?", FIELD, by("Nazari")),
    ("v kateri reviji so objavili clanek od nazarija", FIELD, by("Nazari")),
    ("Katere refernce so od Nazarija?", LIST, by("Nazari")),
    ("Kdaj je izšel članek Kordelasa in sod.?", FIELD, by("Kordelas")),
    ("Koliko del Camussija je v seznamu literature?", COUNT, by("Camussi")),
    ("Naštej vire Hadizadeha po letu 2022.", LIST, both(by("Hadizadeh"), year(2023, 9999))),
    ("Je Caplan soavtor katerega od citiranih del?", LIST, by("Caplan")),
    ("Katera svoja dela citirajo avtorji?", LIST, lambda r: by("Maličev")(r) or by("Kolenc")(r)),
    ("Kateri viri nimajo DOI?", LIST, lacks("doi")),
    ("Kateri viri so brez PMID?", LIST, lacks("pmid")),
    ("Kateri viri so brez DOI in PMID?", LIST, lacks("doi", "pmid")),
    ("Kateri vir je poglavje v knjigi?", LIST, lambda r: bool(r["publisher"])),
    ("Kateri je najstarejši vir?", Operation.OLDEST, year(min(r["year"] for r in ROWS))),
    ("Katera so najnovejša citirana dela?", Operation.NEWEST, year(max(r["year"] for r in ROWS))),
    ("Razvrsti vire po letih.", GROUP, anything),
    ("Kateri viri govorijo o suhem očesu?", LIST, titled("dry eye")),
    ("Katere reference obravnavajo osteoartritis?", LIST, titled("osteoarthritis")),
    ("Kateri viri imajo v naslovu Alzheimerjevo bolezen?", LIST, titled("alzheimer")),
    ("Ali so v literaturi članka viri o covidu-19?", LIST, titled("covid-19")),
    ("V kateri reviji je izšel članek o cirozi jeter?", FIELD, titled("liver cirrhosis")),
    ("Kdo je napisal članek o luknji v rumeni pegi?", FIELD, titled("macular hole")),
    ("Kdo je prvi avtor študije o miR-204 in suhem očesu?", FIELD, titled("mir-204")),
    ("Pod zaporedno številko 32 je poglavje. Kdo ga je napisal?", FIELD, [32]),
    ("Kdo je avtor dela pod številko 12 v seznamu?", FIELD, [12]),
    ("Številka 45 na seznamu literature", LIST, [45]),
    ("Pokaži zapis 14", LIST, [14]),
    ("Vir z zaporedno številko 56", LIST, [56]),
    ("Katera dela so pod številkama 4 in 5?", LIST, [4, 5]),
    ("Od kod je ta podatek? (vir 84)", LIST, [84]),
    ("Kdo je prvi avtor vira, ki ga članek tu navaja? (vir 85)", FIELD, [85]),
    ("Kdo je to objavil in v kateri reviji? (vir 84)", FIELD, [84]),
    ("Kateri viri govorijo o Crohnovi bolezni?", LIST, titled("crohn")),
    ("Katere reference obravnavajo ledvice?", LIST, titled("kidney", "nephropathy")),
    ("Kateri viri so o jetrih in srcu?", LIST, titled("liver", "cardiac", "myocardial infarction")),
    ("Kdo je prvopodpisani pri smernicah MISEV in v kateri reviji so izšle?", FIELD, titled("misev")),
    ("Kaj članek navaja po viru 66?", Operation.CITING, [66]),
    ("Kaj članek navaja, ko citira Kordelasa?", Operation.CITING, by("Kordelas")),
    ("V katerem poglavju je citiran vir 85?", Operation.SECTIONS, [85]),
    ("Kolikokrat je citiran vir 2?", Operation.TIMES, [2]),
]
CASES = [(q, EN, o, f) for q, o, f in ENGLISH] + [(q, SL, o, f) for q, o, f in SLOVENE]


@pytest.mark.parametrize(("question", "language", "operation", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_is_asked_and_what_is_found(
    ask: Ask, question: str, language: Language, operation: Operation, expected: Fits | list[int]
) -> None:
    result = ask(question, language)
    assert result.query.operation is operation
    assert list(result.numbers) == (expected if isinstance(expected, list) else where(expected))
    assert not result.closest


@pytest.mark.parametrize(("question", "language", "operation", "expected"), CASES, ids=[case[0] for case in CASES])
def test_accents_case_and_punctuation_do_not_matter(
    ask: Ask, question: str, language: Language, operation: Operation, expected: Fits | list[int]
) -> None:
    bare = question.translate(str.maketrans("čšžČŠŽ", "cszCSZ")).rstrip(".?!")
    assert ask(f"  {bare} ", language).numbers == ask(question, language).numbers


NOT_ENGLISH = """
Who are the authors of this article?
In which journal was this review published?
Which journal published this article?
What is the DOI of the article?
What is the DOI 10.6016/ZdravVestn.3627?
When was the article published?
How should I cite this article?
Has this article been cited by others?
Who is the corresponding author?
Which authors are affiliated with the Blood Transfusion Centre?
Where do the authors work?
What did the authors conclude?
What do the authors say about the cost of EVs?
What do studies show about dry eye?
What did the study by Nazari et al. show in patients with fistula?
Which study in 2022 confirmed the role of miR-146a?
What are the sources of extracellular vesicles?
Which source of EVs is the most accessible?
What is the tissue source of MSCs in NCT05499156?
How many clinical trials are registered?
Which trials have published results?
Were the results of trial NCT04388982 published?
Which phase 3 trials are listed in Table 2?
What does the literature say about EV safety?
Which studies are underway in China?
How many studies used umbilical cord?
When were extracellular vesicles discovered?
What happened in 2022?
In what year did the FDA approve the first MSC product?
How many patients were treated in the 2025 study?
What is the role of miR-146a in the retina?
What are the advantages of EVs over stem cells?
What is the effect of EVs on cells?
Is there a reference standard for EV size?
How do exosomes form?
How many participants were in the first study?
How many references are older than ten years?
"""
NOT_SLOVENE = """
Kdo so avtorji članka?
Kdo je napisal ta pregledni članek?
V kateri reviji je bil objavljen ta članek?
V kateri reviji je izšel članek?
Kakšen je DOI članka?
Kdaj je bil članek objavljen?
Kako citiram ta članek?
Kolikokrat je bil ta članek citiran?
Kdo je dopisni avtor?
Kje so zaposleni avtorji?
Kaj so avtorji zaključili?
Kaj avtorji navajajo o stroških ZV?
Kaj članek navaja o zdravljenju ciroze?
Kaj omenja članek o okvari makule?
Katere bolezni navaja članek?
Kaj kažejo študije o suhem očesu?
Kaj je pokazala študija Nazarija pri bolnikih s fistulo?
Katera študija je leta 2022 potrdila vlogo miR-146a?
Kateri so viri zunajceličnih veziklov?
Kateri je najdostopnejši vir ZV?
Iz katerega vira so MSC v študiji NCT05499156?
Kaj je vir MSC za zdravljenje?
Je vir okužbe znan?
Koliko kliničnih študij je registriranih?
Katere klinične študije imajo objavljene rezultate?
Ali so rezultati študije NCT04388982 objavljeni?
Kaj pravi literatura o varnosti ZV?
Katere študije potekajo na Kitajskem?
Kdaj so odkrili zunajcelične vezikle?
Kaj se je zgodilo leta 2022?
Leta katerega je FDA odobrila prvo zdravilo z MSC?
Koliko bolnikov so zdravili v študiji leta 2025?
Kako nastanejo eksosomi?
Katere so prednosti ZV pred matičnimi celicami?
Koliko udeležencev je v največji študiji?
Koliko virov je starih več kot deset let?
"""
NEGATIVES = [(q, EN) for q in NOT_ENGLISH.strip().splitlines()] + [(q, SL) for q in NOT_SLOVENE.strip().splitlines()]


@pytest.mark.parametrize(("question", "language"), NEGATIVES, ids=[question for question, _ in NEGATIVES])
def test_what_is_not_about_the_bibliography(
    document: Document, matcher: ConceptMatcher, question: str, language: Language
) -> None:
    assert read(question, language, matcher, document) is None
    assert read(question.lower(), language, matcher, document) is None


def test_no_sentence_of_the_article_is_taken_for_a_question(
    document: Document, article: Article, matcher: ConceptMatcher
) -> None:
    texts = [(s.text, s.language) for s in document.sentences if s.section not in ("front", "references")]
    texts += [(article.translations[s.id], EN) for s in document.sentences if s.id in article.translations]
    texts = [(text, language) for text, language in texts if text not in ("References", "Literatura")]
    taken = [text for text, language in texts[::4] if read(text, language, matcher, document) is not None]
    assert [text for text in taken if not text.startswith(("Copyright", "Avtorske"))] == []


# --- parity with the golden list -----------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("number", range(1, 86, 6))
def test_every_field_of_an_entry_is_the_printed_one(ask: Ask, language: Language, number: int) -> None:
    row = ROWS[number - 1]
    questions = {
        EN: {"doi": "What is the DOI of reference {}?", "pmid": "PMID of reference {}?",
             "year": "Which year is reference {} from?",
             "container": "In which journal is reference {}?", "title": "What is the title of reference {}?",
             "authors": "Who is the first author of reference {}?"},
        SL: {"doi": "Kakšen je DOI vira {}?", "pmid": "PMID vira {}?", "year": "Iz katerega leta je vir {}?",
             "container": "V kateri reviji je vir {}?", "title": "Kakšen naslov ima vir {}?",
             "authors": "Kdo je prvi avtor vira {}?"},
    }  # fmt: skip
    for name, question in questions[language].items():
        (sentence,) = compose(ask(question.format(number), language), language=language)
        value = row[name][0] if name == "authors" else row[name]
        assert (str(value) if value else name.upper()) in sentence.text, question
        # What is not there cites nothing.
        assert sentence.pieces == ((f"ref:{number}",) if value else ())
        assert sentence.support is (Support.ROW if value else Support.NOTICE)


@pytest.mark.parametrize("family", sorted({a.rsplit(" ", 1)[0] for row in ROWS for a in row["authors"]})[::5])
def test_every_author_is_found_at_any_place(ask: Ask, family: str) -> None:
    assert list(ask(f"Which references are by {family}?", EN).numbers) == where(by(family))


@pytest.mark.parametrize("wanted", sorted({row["year"] for row in ROWS}))
def test_every_year_in_both_languages(ask: Ask, wanted: int) -> None:
    expected = where(year(wanted))
    assert list(ask(f"How many references are from {wanted}?", EN).numbers) == expected
    assert list(ask(f"Koliko virov je iz leta {wanted}?", SL).numbers) == expected
    (sentence,) = compose(ask(f"Koliko virov je iz leta {wanted}?", SL), language=SL)
    assert sentence.text.startswith("Med 85 viri ")
    assert f" {len(expected)} vir" in sentence.text


@pytest.mark.parametrize("name", sorted({row["container"] for row in ROWS if not row["publisher"]})[::3])
def test_every_journal_by_its_abbreviation(ask: Ask, name: str) -> None:
    assert list(ask(f"Which references are from the journal {name}?", EN).numbers) == where(journal(name))
    assert list(ask(f"Kateri viri so iz revije {name}?", SL).numbers) == where(journal(name))


@pytest.mark.parametrize(
    ("spoken", "name"),
    [
        ("Stem Cell Research and Therapy", "Stem Cell Res Ther"),
        ("Nature Reviews Drug Discovery", "Nat Rev Drug Discov"),
        ("Journal of Cellular and Molecular Medicine", "J Cell Mol Med"),
        ("Graefe's Archive for Clinical and Experimental Ophthalmology", "Graefes Arch Clin Exp Ophthalmol"),
        ("Signal Transduction and Targeted Therapy", "Signal Transduct Target Ther"),
        ("American Journal of Respiratory and Critical Care Medicine", "Am J Respir Crit Care Med"),
        ("Stem Cell Research", "Stem Cell Res"),
        ("Stem Cells", "Stem Cells"),
        ("npj Regenerative Medicine", "NPJ Regen Med"),
    ],
)
def test_journals_by_their_full_names(ask: Ask, spoken: str, name: str) -> None:
    assert list(ask(f"Which references appeared in the journal {spoken}?", EN).numbers) == where(journal(name))
    assert list(ask(f"Kateri viri so v reviji {spoken}?", SL).numbers) == where(journal(name))


def test_a_common_word_is_no_journal(ask: Ask) -> None:
    assert ask("Which references are about stem cells?", EN).query.journals == ()
    assert ask("Which references discuss effects in cells?", EN).query.journals == ()


@pytest.mark.parametrize(
    ("question", "language", "key"),
    [
        ("Which journal has the most references?", EN, "container"),
        ("V kateri reviji je največ virov?", SL, "container"),
        ("Which year has the most references?", EN, "year"),
        ("Iz katerega leta je največ virov?", SL, "year"),
    ],
)
def test_the_largest_group(ask: Ask, question: str, language: Language, key: str) -> None:
    ((name, most),) = Counter(str(row[key]) for row in ROWS).most_common(1)
    (group,) = ask(question, language).groups
    assert group == (name, tuple(where(lambda row: str(row[key]) == name)))
    assert len(group[1]) == most


def test_groups_hold_every_reference_once(ask: Ask) -> None:
    for question in ("Group the references by year.", "How many different journals are cited?"):
        numbers = [n for _, group in ask(question, EN).groups for n in group]
        assert sorted(numbers) == (ALL if "year" in question else [n for n in ALL if n != 32])  # 32 is in a book


def test_citations_counted_from_the_sentences(ask: Ask, document: Document) -> None:
    counts = Counter(number for s in document.sentences for number in s.references)
    most = max(counts.values())
    for question, language in (("Which reference is cited most often?", EN), ("Kateri vir je največkrat citiran?", SL)):
        result = ask(question, language)
        assert list(result.numbers) == sorted(n for n in counts if counts[n] == most)
        assert set(result.times) == {most}
    for question, language in (
        ("Which references are cited more than once?", EN),
        ("Kateri viri so citirani več kot enkrat?", SL),
    ):
        assert list(ask(question, language).numbers) == sorted(n for n in counts if counts[n] > 1)
    assert list(ask("Which references are cited more than twice?", EN).numbers) == [
        n for n in sorted(counts) if counts[n] > 2
    ]


@pytest.mark.parametrize(
    ("question", "language", "section"),
    [
        ("Which references are cited in section 3.1.6?", EN, "3.1.6"),
        ("How many references does section 3.1.4.1 cite?", EN, "3.1.4.1"),
        ("Which references are cited in the section on hematology?", EN, "3.1.5"),
        ("Kateri viri so citirani v poglavju o oftalmologiji?", SL, "3.1.6"),
        ("Koliko virov je citiranih v razdelku 3.1.4.1?", SL, "3.1.4.1"),
    ],
)
def test_references_of_a_section(ask: Ask, document: Document, question: str, language: Language, section: str) -> None:
    cited = {n for s in document.sentences if s.section == section for n in s.references}
    assert list(ask(question, language).numbers) == sorted(cited)


# --- sentences of the article ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language"),
    [("Which sentences cite reference 56?", EN), ("Kateri stavki citirajo vir 56?", SL)],
)
def test_what_the_article_says_by_a_reference(
    ask: Ask, article: Article, document: Document, question: str, language: Language
) -> None:
    result = ask(question, language)
    expected = [s for s in document.sentences if 56 in s.references or 56 in s.passage_references]
    assert [piece.id for piece in result.pieces] == [s.id for s in expected]
    head, *quoted = compose(result, language=language, translations=article.translations)
    assert head.support is Support.COMPUTED
    assert head.pieces == ("ref:56", "3.1.4.1:2.6")
    if language is SL:
        assert [(s.text, s.support) for s in quoted] == [(s.text, Support.QUOTE) for s in expected]
    else:
        assert [(s.text, s.support) for s in quoted] == [
            (article.translations[s.id], Support.TRANSLATION) for s in expected
        ]


@pytest.mark.parametrize(
    ("question", "language", "statement"),
    [
        (
            "Which reference does the article cite for the claim that the retina is protected?",
            EN,
            "retina is protected",
        ),
        ("What source supports the statement that miR-146a acts on the retina?", EN, "miR-146a acts on the retina"),
        ("Who is cited for the finding that miR-146a acts on the retina?", EN, "miR-146a acts on the retina"),
        ("Kateri vir članek navaja za trditev, da miR-146a vpliva na mrežnico?", SL, "miR-146a vpliva na mrežnico"),
        ("Na kateri vir se opira trditev, da miR-146a vpliva na mrežnico?", SL, "miR-146a vpliva na mrežnico"),
        ("Katero delo citira članek za vpliv miR-146a na mrežnico?", SL, "vpliv miR-146a na mrežnico"),
    ],
)
def test_which_reference_is_cited_for_a_statement(ask: Ask, question: str, language: Language, statement: str) -> None:
    result = ask(question, language, pieces=("3.1.6:1.8",))
    assert result.query.statement == statement
    assert result.numbers == (65, 66)
    sentences = compose(result, language=language)
    assert {piece for sentence in sentences for piece in sentence.pieces} == {"ref:65", "ref:66", "3.1.6:1.8"}


@pytest.mark.parametrize(
    ("question", "language", "statement"),
    [
        ("The explanation of how miR-146a acts carries a citation. Which work is that?", EN, "how miR-146a acts"),
        ("The authors say that miR-146a acts on the retina. Which reference is given?", EN,
         "miR-146a acts on the retina"),
        ("MiR-146a acts on the retina. What is the source for that?", EN, "MiR-146a acts on the retina"),
        ("Which references back up the sentence on miR-146a in the retina?", EN, "miR-146a in the retina"),
        ("What are the sources for the passage on miR-146a in the retina?", EN, "miR-146a in the retina"),
        ("Which study stands behind the claim that miR-146a acts?", EN, "miR-146a acts"),
        ("What supports the claim that miR-146a acts? List the citations.", EN, "miR-146a acts"),
        ("Avtorice pišejo, da miR-146a vpliva na mrežnico. Kateri vir navajajo?", SL, "miR-146a vpliva na mrežnico"),
        ("S katerimi viri avtorice podprejo trditev, da miR-146a vpliva?", SL, "miR-146a vpliva"),
        ("Katere raziskave navajajo ob trditvi, da miR-146a vpliva?", SL, "miR-146a vpliva"),
        ("Katera raziskava stoji za trditvijo, da miR-146a vpliva na mrežnico?", SL, "miR-146a vpliva na mrežnico"),
        ("Rada bi prebrala več o vplivu miR-146a. Kateri viri so navedeni?", SL, "vplivu miR-146a"),
        ("Kateri vir podpira trditev, da miR-146a vpliva? Navedi revijo.", SL, "miR-146a vpliva"),
    ],
)  # fmt: skip
def test_a_statement_in_many_wordings(ask: Ask, question: str, language: Language, statement: str) -> None:
    result = ask(question, language, pieces=("3.1.6:1.8", "3.1.6:2.5"))
    assert result.query.statement.removeprefix("da ") == statement
    assert result.numbers == (65, 66)  # of the most telling place, not of what comes close
    assert [piece.id for piece in result.pieces] == ["3.1.6:1.8"]


@pytest.mark.parametrize("language", Language)
def test_the_closing_citation_of_its_passage_counts_for_a_sentence_without_one(ask: Ask, language: Language) -> None:
    question = {
        EN: "Which source supports the statement that trials have four phases?",
        SL: "Kateri vir podpira trditev, da imajo študije štiri faze?",
    }[language]
    assert ask(question, language, pieces=("3.1:1.4",)).numbers == (33,)
    assert ask(question, language, pieces=("table-1:2.2.3",)).numbers == (24, 25, 26)  # of the table's caption


NO_STATEMENT = [
    ("Which studies support EV use in dry eye?", EN),
    ("Which clinical trials support the use of EVs?", EN),
    ("What supports the growth of new blood vessels?", EN),
    ("The authors mention phase 2. What does it test?", EN),
    ("Trial no. 3 is in China. Who runs it?", EN),
    ("Katere študije podpirajo uporabo ZV?", SL),
    ("Kaj podpira rast novih žil?", SL),
    ("Avtorice omenjajo fazo 2. Kaj se takrat preverja?", SL),
    ("Kaj je v tabeli pod številko 3?", SL),
]


@pytest.mark.parametrize(("question", "language"), NO_STATEMENT, ids=[question for question, _ in NO_STATEMENT])
def test_what_only_sounds_like_asking_for_sources(
    document: Document, matcher: ConceptMatcher, question: str, language: Language
) -> None:
    assert read(question, language, matcher, document) is None


@pytest.mark.parametrize(
    ("question", "language", "fields"),
    [
        ("First author and journal of reference 85?", EN, ["first_author", "journal"]),
        ("Reference 85: authors, journal + year", EN, ["authors", "journal", "year"]),
        ("Give the title, year and PMID of ref 59.", EN, ["title", "year", "pmid"]),
        ("Which cited paper deals with macular holes? Need first author, journal, year.", EN,
         ["first_author", "journal", "year"]),
        ("Who wrote reference 32, and which book is it from?", EN, ["authors", "journal"]),
        ("Name the journal of reference 3.", EN, ["journal"]),
        ("Navedi prvega avtorja, revijo in leto vira 85.", SL, ["first_author", "journal", "year"]),
        ("Kateri vir govori o suhem očesu? Zanimajo me prvi avtorji, revije in leta.", SL,
         ["first_author", "journal", "year"]),
        ("Povej mi prvega avtorja, naslov in DOI vira 59.", SL, ["first_author", "title", "doi"]),
        ("V kateri knjigi je vir 32 in kdo ga je napisal?", SL, ["authors", "journal"]),
        ("Vir 3: navedi revijo", SL, ["journal"]),
        ("Naštej vire iz revije Cells.", SL, []),
    ],
)  # fmt: skip
def test_several_fields_at_once(ask: Ask, question: str, language: Language, fields: list[str]) -> None:
    result = ask(question, language)
    assert [field.value for field in result.query.fields] == fields
    sentences = [s for s in compose(result, language=language) if s.support is Support.ROW]
    assert len(fields) < 2 or [s.pieces for s in sentences] == [(f"ref:{n}",) for n in result.numbers]


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("First author, journal and PMID of reference 85?", EN,
         "Reference 85 – first author: Rohde E; journal: Cytotherapy; PMID: not given."),
        ("Navedi prvega avtorja, knjigo in leto vira 32.", SL,
         "Vir 32 – prvi avtor: Aghayan HR; knjiga: Perinatal Tissue-Derived Stem Cells; leto: 2016."),
    ],
)  # fmt: skip
def test_several_fields_make_one_sentence(ask: Ask, question: str, language: Language, expected: str) -> None:
    assert texts(compose(ask(question, language), language=language)) == [expected]


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [("Which references are about the kidney?", EN, "diabetic nephropathy"),
     ("Kateri viri govorijo o ledvicah?", SL, "diabetična nefropatija")],
)  # fmt: skip
def test_titles_in_other_words_are_named(ask: Ask, question: str, language: Language, said: str) -> None:
    notices = [s.text for s in compose(ask(question, language), language=language) if s.support is Support.NOTICE]
    assert any(said in text for text in notices)


@pytest.mark.parametrize(
    ("question", "language"),
    [("Which papers does the review cite on Alzheimer's disease?", EN),
     ("Katere članke o Alzheimerjevi bolezni navaja pregled?", SL)],
)  # fmt: skip
def test_what_the_section_of_a_topic_cites_besides_the_titles(
    ask: Ask, document: Document, question: str, language: Language
) -> None:
    result = ask(question, language)
    assert list(result.numbers) == where(titled("alzheimer"))
    assert [reference.number for reference in result.beside] == [37]
    assert {piece.section for piece in result.pieces} == {"3.1.1"}
    said = {EN: "speaks of the topic", SL: "govori o tej temi"}[language]
    assert [s.pieces for s in compose(result, language=language) if said in s.text] == [("ref:37",)]
    about = {
        EN: "Which references mention Alzheimer's disease in the title?",
        SL: "Kateri viri imajo v naslovu demenco?",
    }
    assert ask(about[EN], EN).beside == ()


@pytest.mark.parametrize(
    ("question", "language"),
    [("Which references are about neurological diseases?", EN), ("Kateri viri govorijo o nevroloških boleznih?", SL)],
)  # fmt: skip
def test_the_section_of_a_field_that_no_title_names(
    ask: Ask, document: Document, question: str, language: Language
) -> None:
    result = ask(question, language)
    assert list(result.numbers) == sorted({n for s in document.sentences if s.section == "3.1.1" for n in s.references})
    notice, counted, *_ = compose(result, language=language)
    assert (notice.support, counted.support) == (Support.NOTICE, Support.COMPUTED)
    assert "Nevrologija" in notice.text


ENGINE = [
    ("Which reference stands behind the claim that deaths fell within 60 days?", [84]),
    ("Katera raziskava stoji za trditvijo, da se je smrtnost v 60 dneh zmanjšala?", [84]),
    ("What sources back the passage about storage stability of EVs?", [24, 25, 26]),
    ("Na katere raziskave se opira trditev, da so ZV stabilnejši pri shranjevanju?", [24, 25, 26]),
    ("What is cited for the claim that the moon is made of cheese?", []),
    ("Kateri vir podpira trditev, da delfini igrajo nogomet?", []),
    ("Which reference is about hearing loss?", [85]),
    ("Kateri vir govori o gluhosti?", [85]),
]


@pytest.mark.parametrize(("question", "numbers"), ENGINE, ids=[question for question, _ in ENGINE])
def test_the_place_that_says_it_is_found(engine: Engine, question: str, numbers: list[int]) -> None:
    cited = [citation.references[0] for citation in engine.ask(question).citations if citation.id.startswith("ref:")]
    assert cited == numbers


@pytest.mark.parametrize("language", Language)
def test_a_field_of_what_is_cited_for_a_statement(ask: Ask, language: Language) -> None:
    question = {
        EN: "In which journal is the study that the article cites for the effect of miR-146a on the retina?",
        SL: "V kateri reviji je izšlo delo, ki ga članek citira za vpliv miR-146a na mrežnico?",
    }[language]
    texts = [s.text for s in compose(ask(question, language, pieces=("3.1.6:1.8",)), language=language)]
    assert "Invest Ophthalmol Vis Sci" in texts[0]
    assert "Stem Cell Res Ther" in texts[1]


@pytest.mark.parametrize("language", Language)
def test_a_statement_without_citation_and_one_not_found(ask: Ask, language: Language) -> None:
    question = {
        EN: "Which reference supports the claim that no EV therapy is approved?",
        SL: "Kateri vir podpira trditev, da terapija z ZV še ni odobrena?",
    }[language]
    *_, last = compose(ask(question, language, pieces=("3:1.8",)), language=language)
    assert last.support is Support.NOTICE
    assert {EN: "cites no reference", SL: "ne navaja nobenega"}[language] in last.text
    (only,) = compose(ask(question, language), language=language)
    assert only.support is Support.NOTICE


# --- what there is not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "language", "named"),
    [
        ("Show reference 97.", EN, "1 to 85"),
        ("Pokaži vir 97.", SL, "od 1 do 85"),
        ("Kdo je avtor vira 0?", SL, "od 1 do 85"),
        ("Which works by Kallury and Smith are cited?", EN, "Smith"),
        ("Which works by Novak are cited?", EN, "The nearest names: "),
        ("Katera dela Novaka so citirana?", SL, "Najbližja imena: "),
        ("Which references were published in Nature Medicine?", EN, "Nat Rev"),
        ("Kateri viri so iz revije Nature Medicine?", SL, "Nat Rev"),
        ("Which reference has DOI 10.1000/xyz123?", EN, "10.1000/xyz123"),
        ("Kateri vir ima PMID 99999999?", SL, "99999999"),
    ],
)
def test_a_near_miss_names_what_exists(ask: Ask, question: str, language: Language, named: str) -> None:
    sentences = compose(ask(question, language), language=language)
    assert sentences[0].support is Support.NOTICE
    assert named in sentences[0].text


def test_a_range_that_goes_too_far_gives_what_there_is(ask: Ask) -> None:
    result = ask("references 83-90", EN)
    assert result.numbers == (83, 84, 85)
    assert "86–90" in compose(result, language=EN)[0].text


@pytest.mark.parametrize(
    ("question", "language", "word"),
    [
        ("Which references are about hedgehogs?", EN, "hedgehogs"),
        ("Katere reference govorijo o kvarkonijih?", SL, "kvarkonijih"),
    ],
)
def test_a_topic_no_title_has(ask: Ask, question: str, language: Language, word: str) -> None:
    sentences = compose(ask(question, language), language=language)
    assert {s.support for s in sentences} == {Support.NOTICE}
    assert word in sentences[0].text


def test_authors_without_a_common_work(ask: Ask) -> None:
    result = ask("Which works by Buzas and Maličev are cited?", EN)
    assert result.any_author
    assert list(result.numbers) == where(lambda r: by("Buzas")(r) or by("Maličev")(r))


# --- wording ---------------------------------------------------------------------------------------


def texts(sentences: tuple[BibliographySentence, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Kdo je prvi avtor vira 56?", SL, "Prvi avtor vira 56 je Nazari H."),
        ("Who is the first author of reference 56?", EN, "The first author of reference 56 is Nazari H."),
        ("Kakšen je DOI vira 32?", SL, "Pri viru 32 v seznamu literature ni podatka: DOI."),
        ("What is the DOI of reference 32?", EN, "For reference 32 the list of references does not give: DOI."),
        ("Kdo so avtorji vira 67?", SL, "Edini avtor vira 67 je Gayton JL."),
        ("Kateri viri so iz leta 2025?", SL, "Med 85 viri v seznamu literature sta 2 vira iz leta 2025: 39 in 85."),
        ("Kateri viri so iz leta 2019?", SL,
         "Med 85 viri v seznamu literature je 12 virov iz leta 2019: 4, 6, 9, 11, 35, 36, 49, 53, 54, 65, 71 in 76."),
        ("Kateri viri nimajo DOI?", SL, "Med 85 viri v seznamu literature so 3 viri brez podatka »DOI«: 32, 52 in 65."),
        ("How many references are in Lancet?", EN, "Of the 85 references, 1 is in Lancet: 58."),
        ("Kolikokrat je citiran vir 2?", SL, "Vir 2 je citiran v 5 povedih."),
        ("In which journal is reference 32?", EN,
         "Reference 32 is a chapter in the book Perinatal Tissue-Derived Stem Cells."),
        ("Where is reference 85 cited?", EN,
         "Sections of the article that cite reference 85: 3.1.9 Koronavirusna bolezen 2019 (covid-19)."),
        ("Koliko virov ima članek?", SL, "Članek ima v seznamu literature 85 virov, oštevilčenih od 1 do 85."),
    ],
)  # fmt: skip
def test_wording(ask: Ask, question: str, language: Language, expected: str) -> None:
    assert texts(compose(ask(question, language), language=language))[0] == expected


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Which author appears most often in the bibliography?", EN),
        ("Kateri avtor ima največ del v seznamu literature?", SL),
    ],
)
def test_equal_names_may_be_different_people(ask: Ask, question: str, language: Language) -> None:
    counts = Counter(author for row in ROWS for author in row["authors"])
    ((name, numbers),) = ask(question, language).groups
    assert (name, len(numbers)) == counts.most_common(1)[0]
    head, note = compose(ask(question, language), language=language)
    assert (head.support, note.support) == (Support.COMPUTED, Support.NOTICE)


def test_one_entry_is_given_as_printed(ask: Ask, document: Document) -> None:
    (sentence,) = compose(ask("Pokaži vir 46", SL), language=SL)
    assert (sentence.text, sentence.support) == (document.references[45].text, Support.QUOTE)


def test_few_entries_are_listed_and_many_counted(ask: Ask) -> None:
    few = compose(ask("Which references are from 2013?", EN), language=EN)
    many = compose(ask("Which references are from 2022?", EN), language=EN)
    assert [s.support for s in few] == [Support.COMPUTED] + [Support.ROW] * len(where(year(2013)))
    assert [s.support for s in many] == [Support.COMPUTED]
    assert many[0].pieces == tuple(f"ref:{n}" for n in where(year(2022)))


@pytest.mark.parametrize(("question", "language", "operation", "expected"), CASES, ids=[case[0] for case in CASES])
def test_every_answer_rests_on_pieces_that_exist(
    ask: Ask, document: Document, question: str, language: Language, operation: Operation, expected: object
) -> None:
    ids = {piece.id for piece in document.pieces()}
    sentences = compose(ask(question, language), language=language)
    assert sentences
    for sentence in sentences:
        assert sentence.text.strip()
        assert re.search(r"\{\w*\}|\bNone\b(?! of)", sentence.text) is None
        assert set(sentence.pieces) <= ids
        assert bool(sentence.pieces) == (sentence.support is not Support.NOTICE) or "ni nobenega" in sentence.text


# --- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("nazarija", "nazari"), ("nazariju", "nazari"), ("nazarijev", "nazari"), ("buzasove", "buzas"),
        ("buzasovo", "buzas"), ("maliceve", "malicev"), ("malicevi", "malicev"), ("krausejem", "krause"),
        ("krauseja", "krause"), ("villate", "villata"), ("vebra", "veber"), ("zhangovega", "zhang"),
        ("kolenca", "kolenc"), ("rebolja", "rebolj"), ("worpa", "worp"),
    ],
)  # fmt: skip
def test_slovene_forms_of_names(form: str, name: str) -> None:
    assert is_form_of(form, name)


@pytest.mark.parametrize(
    ("other", "name"), [("nazaret", "nazari"), ("celica", "cell"), ("maligno", "malicev"), ("lancet", "lanza")]
)
def test_other_words_are_no_forms_of_names(other: str, name: str) -> None:
    assert not is_form_of(other, name)


NAMES = sorted({split_name(author)[0] for row in ROWS for author in row["authors"]})


@given(st.sampled_from([name.lower() for name in NAMES if len(name) >= 6]), st.data())
def test_a_dropped_or_swapped_letter_is_a_slip(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(name) - 2))
    dropped = name[:at] + name[at + 1 :]
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    assert is_slip_of(dropped, name)
    assert is_slip_of(swapped, name)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_symmetric_and_zero_only_for_equal_words(one: str, other: str, third: str) -> None:
    assert distance(one, other, at_most=9) == distance(other, one, at_most=9)
    assert (distance(one, other, at_most=9) == 0) == (one == other)
    assert distance(one, other, at_most=1) == min(distance(one, other, at_most=9), 2)


# --- robustness --------------------------------------------------------------------------------------

WORDS = (
    "vir viri reference references 56 97 4-6 [45] 2022 Nazari Nazarija Zhang Y et al. in sod. revija Cells Lancet DOI "
    "10.1126/science.aau6977 PMID kdo je prvi avtor who wrote which journal o suhem očesu about dry eye citira cites "
    "za trditev, da for the claim that največkrat most cited v poglavju section ? ( ) » 85 over"
).split(" ")


@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=9), language=st.sampled_from(Language))
def test_any_text_is_read_and_answered_without_error(
    document: Document, matcher: ConceptMatcher, words: list[str], language: Language
) -> None:
    query = read(" ".join(words), language, matcher, document)
    if query is None:
        return
    result = execute(query, document, matcher=matcher)
    assert set(result.numbers) <= set(ALL)
    assert compose(result, language=language)


@settings(max_examples=60, deadline=None)
@given(start=st.integers(1995, 2030), length=st.integers(0, 20))
def test_year_ranges_agree_with_the_list(document: Document, matcher: ConceptMatcher, start: int, length: int) -> None:
    for question, language in (
        (f"Which references are from between {start} and {start + length}?", EN),
        (f"Kateri viri so izšli med letoma {start} in {start + length}?", SL),
    ):
        query = read(question, language, matcher, document)
        assert query is not None
        assert list(execute(query, document, matcher=matcher).numbers) == where(year(start, start + length))


@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(st.integers(1, 85), min_size=1, max_size=5, unique=True), language=st.sampled_from(Language))
def test_numbers_are_heard_in_any_order(
    document: Document, matcher: ConceptMatcher, numbers: list[int], language: Language
) -> None:
    word = {EN: "references", SL: "vire"}[language]
    query = read(f"{word} {', '.join(map(str, numbers))}", language, matcher, document)
    assert isinstance(query, BibliographyQuery)
    assert list(execute(query, document, matcher=matcher).numbers) == sorted(numbers)


def test_titles_lead_to_their_entries(document: Document, matcher: ConceptMatcher) -> None:
    """Who wrote "…", with the whole title: the entry is among those found, and mostly alone."""
    alone = 0
    for row in ROWS:
        title = row["title"].replace(" (September 2022)", "")  # of 81, which is from 2024
        query = read(f"Which reference is titled {title}?", EN, matcher, document)
        assert query is not None
        found = execute(query, document, matcher=matcher).numbers
        assert row["number"] in found, row["title"]
        alone += found == (row["number"],)
    assert alone >= 80


def test_the_index_is_kept_and_the_lexicon_complete(document: Document, matcher: ConceptMatcher) -> None:
    assert bibliography(document, matcher) is bibliography(document, matcher)
    for language in Language:
        words = lexicon(language)
        assert set(words.fields) == set(Field)
        assert set(words.operations) == set(Operation) - {LIST, FIELD, GROUP}
        assert content_words("vir", language)


@pytest.mark.parametrize(
    ("question", "language", "number", "first"),
    [
        ("What did Krause and colleagues discover?", EN, 39, "Krause in sod."),
        ("Kaj so dokazali Zhou in sodelavci?", SL, 70, "Zhou in sod."),
        ("What did Doyle et al. find?", EN, 9, ""),
    ],
)
def test_what_an_author_found_is_said_where_the_work_is_cited(
    ask: Ask, question: str, language: Language, number: int, first: str
) -> None:
    result = ask(question, language)
    assert result.query.operation is Operation.CITING
    assert result.numbers == (number,)
    assert result.pieces
    assert result.pieces[0].text.startswith(first)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Koliko člankov so avtorice izločile, preden so izbrale vire?", SL),
        ("How many papers were thrown out before the references were chosen?", EN),
        ("Kdaj po mnenju avtoric izide prva knjiga o tem zdravljenju na trgu?", SL),
        ("According to the cited review by Lai and Lim, which dose works best?", EN),
    ],
)
def test_what_no_list_of_works_tells_is_left_to_the_text(
    matcher: ConceptMatcher, document: Document, question: str, language: Language
) -> None:
    assert read(question, language, matcher, document) is None
