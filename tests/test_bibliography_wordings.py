"""Questions about the bibliography in the many ways people word them, in both languages, up to the answer."""

import pytest

from corpus.concepts import ConceptMatcher
from corpus.load import Article
from corpus.types import Document, Language
from rag.answer import Outcome
from rag.bibliography.execute import execute
from rag.bibliography.numerals import place
from rag.bibliography.query import Field, Operation
from rag.bibliography.read import read
from rag.engine import Engine
from rag.questions.plan import Route

SL, EN = Language.SL, Language.EN
KINDS = {"guideline": [2, 30, 81], "systematic": [40], "case_report": [62], "randomised": [84], "pilot": [46, 83]}


@pytest.fixture(scope="module")
def matcher(article: Article) -> ConceptMatcher:
    return ConceptMatcher(article.glossary)


def cited(engine: Engine, question: str) -> list[int]:
    """The references that an answer cites."""
    return [
        number
        for citation in engine.ask(question).citations
        for number in citation.references
        if citation.id == f"ref:{number}"
    ]


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("Which cited works predate 2008?", None, 2007),
        ("references pre-2008", None, 2007),
        ("How many cited papers came out since the beginning of 2024?", 2024, None),
        ("Which sources are no older than 2024?", 2024, None),
        ("Which sources were not published after 2009?", None, 2009),
        ("Which references are from 2024 and later?", 2024, None),
        ("cited papers of the 2000s", 2000, 2009),
        ("How many references are there from 2015 to 2017?", 2015, 2017),
        ("Koliko virov je izšlo od začetka leta 2024?", 2024, None),
        ("Kateri viri niso starejši od leta 2024?", 2024, None),
        ("Kateri viri niso bili objavljeni pred letom 2024?", 2024, None),
        ("Kateri viri niso bili objavljeni po letu 2009?", None, 2009),
        ("Kateri viri so bili objavljeni pred l. 2008?", None, 2007),
        ("Katere reference so iz leta 2024 ali novejše?", 2024, None),
        ("Koliko virov je iz desetletja 2000?", 2000, 2009),
        ("Koliko virov je iz let 2015 do 2017?", 2015, 2017),
    ],
)
def test_years(document: Document, matcher: ConceptMatcher, question: str, start: int | None, end: int | None) -> None:
    language = SL if question[0] == "K" else EN
    query = read(question, language, matcher, document)
    assert query is not None
    assert query.years is not None
    assert (query.years.start, query.years.end) == (start, end)


@pytest.mark.parametrize(
    ("ordinal", "language", "number"),
    [
        ("first", EN, 1),
        ("twelfth", EN, 12),
        ("twenty-first", EN, 21),
        ("thirtieth", EN, 30),
        ("last", EN, 85),
        ("last but one", EN, 84),
        ("prvi", SL, 1),
        ("dvanajstega", SL, 12),
        ("enaindvajseti", SL, 21),
        ("petinosemdeseto", SL, 85),
        ("trideseta", SL, 30),
        ("predzadnji", SL, 84),
        ("recent", EN, 0),
        ("star", SL, 0),
    ],
)
def test_places_in_words(ordinal: str, language: Language, number: int) -> None:
    assert place(ordinal, language, last=85) == number


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Who wrote the eleventh reference?", 11),
        ("title of the final entry, i.e. the last reference", 85),
        ("Kdo je napisal enajsti vir?", 11),
        ("Naslov zadnjega vira na seznamu?", 85),
    ],
)
def test_an_entry_by_its_place_in_words(engine: Engine, question: str, number: int) -> None:
    assert cited(engine, question) == [number]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which guidelines or position statements are among the references?", "guideline"),
        ("Does the list of references hold a systematic review?", "systematic"),
        ("any case reports among the cited works?", "case_report"),
        ("Which of the cited studies were randomised?", "randomised"),
        ("Which source is a pilot study?", "pilot"),
        ("Je med viri kakšno stališče strokovnega združenja?", "guideline"),
        ("Kateri od virov je sistematični pregled?", "systematic"),
        ("Je med citiranimi deli prikaz primera?", "case_report"),
        ("Katera citirana raziskava je randomizirana?", "randomised"),
        ("Kateri viri so pilotne študije?", "pilot"),
    ],
)
def test_kinds_of_works(engine: Engine, question: str, kind: str) -> None:
    assert cited(engine, question) == KINDS[kind]


def test_a_kind_narrows_a_topic_down(engine: Engine) -> None:
    assert cited(engine, "Which guideline on covid-19 do they cite?") == [81]
    assert cited(engine, "Kdo je napisal sistematični pregled o meniskusu?") == [40]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What impact factor does the journal of reference 7 have?", "impact factor"),
        ("How often has source 12 been cited according to Scopus?", "citations in other works"),
        ("Which institution does the first author of reference 3 work at?", "institution"),
        ("Is reference 9 open access?", "access"),
        ("Has source 46 been retracted?", "retraction"),
        ("What is the full name of Buzas in the references?", "initials"),
        ("Kolikšen faktor vpliva ima revija vira 7?", "faktor vpliva"),
        ("Kolikokrat je vir 12 citiran v bazi Scopus?", "število navedb"),
        ("Iz katere ustanove je prvi avtor vira 3?", "ustanova"),
        ("Je vir 9 prosto dostopen?", "dostopnost"),
        ("Ali je bil vir 46 umaknjen?", "umik"),
        ("Iz katere države je vir 56?", "država"),
    ],
)
def test_what_no_list_of_references_gives(engine: Engine, question: str, named: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert named in answer.answer


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("What is the DOI of reference 52?", Outcome.ABSTAINED),
        ("Does reference 52 have a DOI?", Outcome.ANSWERED),
        ("Kateri PMID ima vir 46?", Outcome.ABSTAINED),
        ("Ali ima vir 46 PMID?", Outcome.ANSWERED),
    ],
)
def test_a_field_that_is_not_there_answers_only_whether_it_is(engine: Engine, question: str, outcome: Outcome) -> None:
    answer = engine.ask(question)
    assert answer.outcome is outcome
    assert "ni podatka" in answer.answer or "does not give" in answer.answer


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("What backs up the claim that culture conditions shape the vesicles?", [29, 30]),
        ("On which study does the figure of 4 closed macular defects out of 5 rest?", [72]),
        ("Which papers do they lean on when they write that GMP production is costly?", [32]),
        ("Where does the claim that miR-204 reprogrammes macrophages come from?", [70]),
        ("What reference is cited for the drop in blood glucose in rats?", [50]),
        ("Where is GvHD said to be the most common complication? Give the source.", [60]),
        ("S čim podprejo trditev, da gojenje celic vpliva na lastnosti veziklov?", [29, 30]),
        ("Katera vira podpirata navedbo, da vezikli zavirajo limfocite T?", [54, 55]),
        ("Od kod podatek, da so se defekti zaprli pri 4 od 5 bolnikov?", [72]),
        ("Na kateri študiji temelji trditev o umrljivosti v 60 dneh?", [84]),
        ("Katero delo citirajo za zmanjšanje glukoze v krvi podgan?", [50]),
    ],
)
def test_what_a_statement_rests_on(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "Who is cited for vesicles improving Parkinson's disease?",
        "Which source backs the claim that vesicles restore hair growth?",
        "S čim podprejo trditev, da je zdravljenje varno za nosečnice?",
        "Kateri vir podpira trditev, da vezikli zdravijo raka dojke?",
        "Which source is cited for the claim that EVs cure diabetes in children?",
        "Which reference supports that MSCs cross the blood-brain barrier?",
        "Kateri vir podpira trditev, da eksosomi preprečujejo izpadanje las?",
        "What does the claim that EVs improve memory in Huntington's rest on?",
    ],
)
def test_a_statement_that_the_article_does_not_make_has_no_source(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert not answer.citations


@pytest.mark.parametrize(
    ("question", "operation", "by"),
    [
        ("Which journal supplies the largest number of references?", Operation.GROUP, Field.JOURNAL),
        ("Whose name occurs most often among the cited authors?", Operation.GROUP, Field.AUTHORS),
        ("What time span do the references cover?", Operation.GROUP, Field.YEAR),
        ("Which source is repeated most?", Operation.MOST_CITED, None),
        ("In which context does source 33 come up?", Operation.CITING, None),
        ("What information is taken from reference 80?", Operation.CITING, None),
        ("Katera revija med viri prevladuje?", Operation.GROUP, Field.JOURNAL),
        ("Kdo se med citiranimi avtorji pojavi največkrat?", Operation.GROUP, Field.AUTHORS),
        ("Od kdaj do kdaj segajo viri?", Operation.GROUP, Field.YEAR),
        ("Kateri vir se največkrat ponovi?", Operation.MOST_CITED, None),
        ("V kakšnem kontekstu se pojavi vir 33?", Operation.CITING, None),
        ("Kateri podatki so povzeti po viru 80?", Operation.CITING, None),
    ],
)
def test_operations(
    document: Document, matcher: ConceptMatcher, question: str, operation: Operation, by: Field | None
) -> None:
    language = SL if question.startswith(("Kat", "Kdo", "Od", "V ")) else EN
    query = read(question, language, matcher, document)
    assert query is not None
    assert (query.operation, query.by) == (operation, by)


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Kalluri", [5]),
        ("Cytotherapy: which reference?", [85]),
        ("anything by Hawlina?", [63]),
        ("What did Nassar et al. find?", [48]),
        ("Under which number is Lener listed?", [30]),
        ("Kaj imajo od Hawline?", [63]),
        ("Kaj so ugotovili Nassar in sod.?", [48]),
        ("Pod katero številko je naveden Lener?", [30]),
        ("Which references have a single author?", [1, 67]),
        ("Kateri viri imajo enega samega avtorja?", [1, 67]),
        ("the two oldest references", [12, 58]),
        ("Kateri sta dve najstarejši citirani deli?", [12, 58]),
        ("sources on GVHD (skin, eye)", [62, 70]),
        ("Which references deal with diseases of the eye?", [67, 68, 69, 70]),
        ("Kateri viri obravnavajo očesne bolezni?", [67, 68, 69, 70]),
        pytest.param(
            "viri o fibrozi (jetra, ledvica)",
            [49, 59],
            marks=pytest.mark.xfail(strict=True, reason="58, on cirrhosis, is counted as well"),
        ),
    ],
)
def test_names_orders_and_lists(engine: Engine, question: str, numbers: list[int]) -> None:
    assert sorted(set(cited(engine, question))) == numbers


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Is there anything by Théry?", "Théry"),
        ("Ali citirajo Théry?", "Théry"),
        ("Do they cite anything from JAMA?", "JAMA"),
        ("Koliko virov je iz Nature?", "Nature"),
        ("Which paper has PMID 26825?", "26825"),
    ],
)
def test_what_is_not_in_the_list_is_named(engine: Engine, question: str, unknown: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert unknown in answer.answer


def test_a_disease_that_no_title_names_is_not_answered_by_titles_on_diseases(engine: Engine) -> None:
    assert engine.ask("Je med viri kaj o Parkinsonovi bolezni?").outcome is Outcome.ABSTAINED
    assert engine.ask("Which references concern Parkinson's disease?").outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Year of Zuk's paper?", 12),
        ("Katero leto ima članek, ki ga je napisal Zuk?", 12),
        ("Whose name stands first on the paper about adipose exosomes in Alzheimer's patients?", 38),
        ("Kdo je prvi avtor raziskave, ki je eksosome iz urina dala diabetičnim podganam?", 47),
        ("Where and when did the MISEV2023 document come out?", 2),
    ],
)
def test_a_work_that_is_described(engine: Engine, question: str, number: int) -> None:
    assert cited(engine, question) == [number]


@pytest.mark.parametrize(
    "question",
    [
        "Who is the first author of the article?",
        "In which journal was the article published?",
        "Kdo je prvi avtor članka?",
        "V kateri reviji je izšel članek?",
        "Which guidelines apply to the naming of vesicles?",
        "Kaj pravijo smernice o poimenovanju veziklov?",
        "What underlies the effect of MSCs?",
        "Na čem temelji učinek veziklov?",
        "Od kod izvirajo eksosomi?",
        "Which animal models were used?",
        "Kateri vir MSC je najpogostejši?",
        "Kaj podpira obnovo meniskusa?",
        "Which studies were randomised?",
    ],
)
def test_questions_of_the_text_and_of_the_article_itself_stay_there(engine: Engine, question: str) -> None:
    assert engine.plan(question).route is not Route.BIBLIOGRAPHY


@pytest.mark.parametrize("question", ["Which source is the oldest?", "Kateri vir je najstarejši?"])
def test_the_year_found_belongs_to_the_computation(engine: Engine, question: str) -> None:
    computation = engine.ask(question).computation
    assert computation is not None
    assert ("2001", 1) in computation.groups


def test_no_verb_of_citing_is_taken_for_a_typing_slip(document: Document, matcher: ConceptMatcher) -> None:
    query = read("Ali citirajo Kallurija?", SL, matcher, document)
    assert query is not None
    assert execute(query, document, matcher=matcher).numbers == (5,)


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Show me all entries that bear the name Kalluri.", [5]),
        ("Izpiši vse vnose, ki nosijo ime Kalluri.", [5]),
        ("List the papers of the bibliography that carry the name Lotfy.", [28]),
        ("Rad bi seznam del z letnico objave 2012.", [55]),
        ("Which works have the year 2012?", [55]),
        ("Je med viri kakšna knjiga? Kakšen je njen naslov?", [32]),
        ("Is any of the cited works a book chapter? What is it called?", [32]),
        ("Najstarejše delo v literaturi - katero je in iz katerega leta?", [12]),
        ("The oldest work on the list: which one and from what year?", [12]),
        ("V poglavju o živčevju omenjajo »Krause in sod. (2025)«. Za katero delo gre?", [39]),
        ('The neurology section names "Krause et al. (2025)"; which paper is that?', [39]),
    ],
)
def test_works_by_what_is_said_around_them(engine: Engine, question: str, numbers: list[int]) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ANSWERED
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Katera dela iz seznama literature opisujejo metode analize ali izolacije zunajceličnih veziklov?", [9, 24]),
        ("Which of the references describe techniques of analysing or isolating vesicles?", [9, 24]),
        ("Kateri viri so o obnovi pljuč ali COVID-19?", [78, 81, 82, 83, 84]),
        ("Which references are on bone loss or osteoarthritis?", [43, 45, 46]),
        ("Kateri viri so o izgubi sluha?", [85]),
    ],
)
def test_one_of_several_things_joined(engine: Engine, question: str, numbers: list[int]) -> None:
    assert set(numbers) <= set(cited(engine, question))


@pytest.mark.parametrize(
    "question",
    [
        "Kateri viri so o celjenju hrustanca ali osteoartritisu?",
        "Which of the references treat cartilage damage and osteoarthritis?",
    ],
)
def test_what_no_title_names_is_cited_where_the_text_names_it(engine: Engine, question: str) -> None:
    assert set(cited(engine, question)) >= {43, 44, 45, 46}


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Kdo je pokazal, da eksosomi zmanjšajo infarkt?", [73]),
        ("Who demonstrated that EVs reduce infarct size?", [73]),
        ("Kateri raziskovalci so poročali, da so ZV pomagali bolniku z GvHD?", [61]),
        ("Who reported that the symptoms of a GvHD patient improved after EVs?", [61]),
        ("When the article describes the four phases of trials, which source does it cite?", [33]),
    ],
)
def test_who_showed_something(engine: Engine, question: str, numbers: list[int]) -> None:
    assert cited(engine, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "Which papers by Andersson does the article list?",
        "Katere publikacije Anderssona navaja pregled?",
        "How often has the paper by Buzas been cited up to now?",
        "Kolikokrat je bilo delo Buzas doslej citirano?",
        "Who found that the moon is made of cheese?",
        "Kdo je dokazal, da je Luna iz sira?",
    ],
)
def test_what_the_list_does_not_hold(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


def test_citations_in_the_article_itself_are_counted(engine: Engine) -> None:
    assert engine.ask("How many times is Kalluri and LeBleu cited in this article?").outcome is Outcome.ANSWERED
    assert engine.ask("Kolikokrat je v članku citirano delo Buzas?").outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Is Ratajczak cited?", "No author named Ratajczak"),
        ("Je Ratajczak citiran?", "Avtorja z imenom Ratajczak"),
        ("Have they a paper by Mary Jones?", "No author named Mary Jones"),
        ("So med viri dela Janeza Novaka?", "Avtorja z imenom Janeza Novaka"),
        ("Are there NEJM articles among the sources?", "No journal named NEJM"),
        ("Je med viri kak JAMA članek?", "Revije JAMA"),
        ("Is anything from the Annals of Surgery cited?", "No journal named Annals of Surgery"),
        ("Je citirano kaj iz Blood (revija)?", "Revije Blood"),
        ("Is there anything from 1985?", "from 1985"),
        ("Je kaj iz leta 1985?", "iz leta 1985"),
        ("Which cited works are in German?", "language of a work"),
        ("Je kateri od virov v nemščini?", "jezik dela"),
        ("Which reference is the most influential?", "importance or reliability"),
        ("Kateri vir je najpomembnejši?", "pomen ali zanesljivost"),
        ("Are there any useful references?", "importance or reliability"),
        ("Je v seznamu kak zanimiv vir?", "pomen ali zanesljivost"),
        ("Do the references include any podcasts?", "podcasts"),
        ("Je med viri kak podkast?", "podkast"),
        ("Is there anything on vitamins in the bibliography?", "vitamins"),
    ],
)
def test_what_no_entry_has_is_denied_by_its_name(engine: Engine, question: str, named: str) -> None:
    answer = engine.ask(question)
    assert answer.outcome is Outcome.ABSTAINED
    assert named in answer.answer


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Works by Elvira Maličev", [14, 24, 27, 63]),
        ("Članki Elvire Maličev", [14, 24, 27, 63]),
        ("Do the authors of the review cite themselves?", [14, 24, 27, 63]),
        ("Ali katera od avtoric članka citira sama sebe?", [14, 24, 27, 63]),
        ("What has Karin Rebolj published?", [27]),
        ("Kaj je objavil Rebolj?", [27]),
        ("Bone Res articles", [45]),
        ("Exp Ther Med članki", [76]),
        ("References of 2008, 2010 and 2012", [33, 55, 58]),
        ("Viri iz let 2008 in 2010", [33, 58]),
        ("2021 articles about osteoarthritis", [43, 46]),
        ("članki 2021 o osteoartritisu", [43, 46]),
        ("newest publication on GvHD", [60]),
        ("najnovejši prispevek o GvHD", [60]),
        ("Which reference is the IDSA guideline?", [81]),
        ("Katera smernica IDSA je med viri?", [81]),
        ("Are there general overviews of exosomes among the references?", [9, 19]),
        ("Uvodni pregledi o eksosomih?", [9, 19]),
        ("What are the oldest three references?", [8, 12, 58, 67]),
        ("Najstarejši trije viri?", [8, 12, 58, 67]),
        ("List all publications about macular holes", [71, 72]),
        ("Naštej vse članke o makularni luknji", [71, 72]),
        ("Is Leukemia one of the journals?", [61]),
        ("Je Leukemia med revijami?", [61]),
        ("Which titles name mice?", [36, 49, 51, 52, 53, 66]),
        ("Kateri naslovi vsebujejo miši?", [36, 49, 51, 52, 53, 66]),
    ],
)
def test_works_by_what_they_are_called_and_when_they_came_out(
    engine: Engine, question: str, numbers: list[int]
) -> None:
    assert sorted(cited(engine, question)) == numbers


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Title of 45?", "Reference 45 is titled “Exosomes: roles and therapeutic potential in osteoarthritis”"),
        ("Naslov pod 45?", "Vir 45 ima naslov »Exosomes: roles and therapeutic potential in osteoarthritis«"),
        ("What is the volume of the Kalluri and LeBleu paper?", "367(6478)"),
        ("Volumen za Kalluri in LeBleu?", "367(6478)"),
        ("How long is the bibliography?", "85"),
        ("Kako dolga je literatura v seznamu virov?", "85"),
        ("In connection with what is reference 59 cited?", "carbon tetrachloride"),
        ("V zvezi s čim se navaja vir 59?", "ogljikovim tetrakloridom"),
        ("How many distinct journals are there?", "different values (journal)"),
        ("Koliko je različnih revij?", "Različnih vrednosti (revija)"),
    ],
)
def test_facts_of_entries_and_of_the_list(engine: Engine, question: str, said: str) -> None:
    assert said in engine.ask(question).answer


def test_the_filter_that_an_answer_states_names_no_word_that_its_titles_lack(engine: Engine) -> None:
    answer = engine.ask("Which references thoroughly cover the macular hole?")
    assert sorted(cited(engine, "Which references thoroughly cover the macular hole?")) == [71, 72]
    assert "thoroughly" not in answer.answer


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Papers by Maličev but not with Jazbec", [24, 27, 63]),
        ("Dela Maličev brez Jazbec", [24, 27, 63]),
        ("Which sources are cited in the introduction?", [1, 2, 3, 4, 5, 6, 7, 8, 10]),
        ("Kateri viri so navedeni v uvodu?", [1, 2, 3, 4, 5, 6, 7, 8, 10]),
        ("Which references are cited in the conclusion?", []),
        ("Kateri viri so citirani v zaključku?", []),
    ],
)
def test_works_without_an_author_and_of_a_section(engine: Engine, question: str, numbers: list[int]) -> None:
    assert sorted(cited(engine, question)) == numbers
