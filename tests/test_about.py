"""Questions about the article itself: which fields they ask for, and what answers them."""

import pytest

from corpus.types import Language
from rag.answer import Grounding, Outcome, Reason, Support
from rag.engine import Engine
from rag.questions.about import Asked, Fact, read, unsaid, without_opinion
from rag.questions.plan import Route

SL, EN = Language.SL, Language.EN


def _facts(question: str, language: Language, *, follows: bool = False) -> tuple[str, ...]:
    asked = read(question, language, follows=follows)
    return tuple(map(str, asked.facts)) if asked else ()


@pytest.mark.parametrize(
    ("facts", "slovene", "english"),
    [
        ("title", "S kakšnim naslovom je izšel članek?", "Give me the full title of the article."),
        ("authors", "Kdo so strokovnjakinje, ki so napisale ta članek?", "Name the experts who wrote the review."),
        ("imprint", "Od katere do katere strani sega prispevek?", "What pages does the article run to?"),
        ("title", "Kako se članek imenuje v angleščini?", "What is the name of this paper?"),
        ("journal", "Katera revija je objavila ta članek?", "Where was this article published?"),
        ("journal", "Kdo je izdal ta članek?", "Which periodical printed the review?"),
        ("imprint", "Katerega leta je izšel prispevek?", "What year is this review from?"),
        ("imprint", "V katerem letniku in zvezku je članek?", "How many pages does the article have?"),
        ("doi", "Kateri DOI ima ta prispevek?", "What is the link to the article?"),
        ("licence", "Ali smem članek deliti s študenti?", "Am I allowed to share the paper with my students?"),
        ("licence", "Ali je članek prosto dostopen?", "Who holds the copyright?"),
        ("authors", "Kdo podpisuje članek?", "Who are the people behind this review?"),
        ("authors", "Kdo je prva avtorica?", "List the authors."),
        (
            "authors affiliation",
            "Kdo so avtorice in kje delajo avtorice?",
            "Who wrote this, and where do the authors work?",
        ),
        (
            "authors affiliation",
            "Kdo so avtorji in kje so zaposleni?",
            "Who are the authors and where are they employed?",
        ),
        ("affiliation", "Iz katere ustanove prihajajo avtorice?", "What country are the authors from?"),
        ("correspondence", "Kako lahko stopim v stik z avtoricami?", "How can I contact the authors?"),
        ("conflict", "So avtorice navedle nasprotje interesov?", "Are the authors paid by a drug company?"),
        ("conflict", "So avtorice prejele denar od podjetij?", "Do the authors have financial ties to industry?"),
        ("funding", "Kateri projekt je financiral članek?", "Was the article supported by a grant?"),
        ("contributions", "Kaj je prispevala posamezna avtorica?", "What did each author contribute?"),
        ("reviewers", "Je bil članek recenziran?", "Was the paper peer reviewed?"),
        ("impact", "Kolikšen faktor vpliva ima revija?", "What's the impact factor of the journal?"),
        ("retraction", "Je bil članek umaknjen?", "Has this article been retracted?"),
        ("screened", "Koliko člankov so avtorice izločile?", "How many abstracts were screened for the review?"),
        ("coverage", "Česa članek ne pokriva?", "Does the review cover all aspects?"),
        ("accessed", "Kdaj so avtorice zadnjič dostopale do registra?", "When did the authors access the registry?"),
        ("scope", "Kakšna vrsta članka je to?", "What is the aim of this review?"),
        ("keywords", "Naštej ključne besede.", "What are the keywords of the article?"),
        ("dates", "Kdaj je bil prispevek sprejet v objavo?", "When did the journal accept the paper?"),
        ("citation", "Kako naj ta prispevek navedem v diplomi?", "Give me the citation for this article."),
        ("tables", "Koliko preglednic ima članek?", "How many tables are in the paper?"),
        ("figures", "Koliko slik je v članku?", "How many figures does it have?"),
        ("language", "V katerem jeziku je napisan članek?", "What language is the article written in?"),
    ],
)
def test_fields_in_both_languages(facts: str, slovene: str, english: str) -> None:
    assert (_facts(slovene, SL), _facts(english, EN)) == (tuple(facts.split()), tuple(facts.split()))


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Kaj menijo avtorice o prihodnosti veziklov?", SL),
        ("Kaj so avtorice ugotovile o miR-146a?", SL),
        ("V katerem letu so izvedli raziskavo o mrežnici?", SL),
        ("V kateri reviji je izšla študija o suhem očesu?", SL),
        ("Kdo financira študijo NCT05499156?", SL),
        ("Kateri avtorji so pisali o fibrozi jeter?", SL),
        ("Kako se imenuje postopek izolacije?", SL),
        ("V kateri ustanovi poteka študija?", SL),
        ("Kako v seminarju navedem spletno stran?", SL),
        ("What did the authors conclude?", EN),
        ("According to the authors, when will EVs be approved?", EN),
        ("Which authors wrote about liver fibrosis?", EN),
        ("In which journal was the dry eye study published?", EN),
        ("Who funded trial NCT05499156?", EN),
        ("What is graft versus host disease called in Slovene?", EN),
        ("Where was MISEV published?", EN),
        ("What does the review say about licensing?", EN),
        ("Which volume of EVs was injected?", EN),
        ("How should I quote a web site in MLA style?", EN),
        ("V katerem letu so po članku prvič uporabili MSC?", SL),
        ("Kdaj je bila ustanovljena zbirka podatkov?", SL),
        ("Kolikšen je prispevek miRNA k učinku?", SL),
        ("Kdaj je bolnik prišel na pregled?", SL),
        ("When does the article say MSCs were first used?", EN),
        ("When was the registry database founded?", EN),
        ("Is there a link between tau and EVs?", EN),
        ("Does treatment cover all symptoms?", EN),
        ("Which organs are mentioned in the article?", EN),
    ],
)
def test_questions_about_the_subject_or_other_works_ask_for_no_field(question: str, language: Language) -> None:
    assert _facts(question, language) == ()


@pytest.mark.parametrize(("question", "language"), [("In v kateri reviji?", SL), ("And in which journal?", EN)])
def test_a_follow_up_must_say_that_it_means_the_article(question: str, language: Language) -> None:
    assert _facts(question, language) == ("journal",)
    assert _facts(question, language, follows=True) == ()


def test_the_edition_is_that_named() -> None:
    assert read("What is the Slovene title of the paper?", EN) == Asked((Fact.TITLE,), SL)
    assert read("Kakšen je angleški naslov prispevka?", SL) == Asked((Fact.TITLE,), EN)


def test_an_opinion_of_the_authors_is_no_word_on_authors() -> None:
    assert without_opinion("Kdaj bo po mnenju avtoric to mogoče?", SL).split() == "Kdaj bo to mogoče?".split()
    assert without_opinion("In the authors' view, is it safe?", EN).strip(" ,") == "is it safe?"


@pytest.mark.parametrize("fact", Fact)
def test_every_fact_has_its_words_for_what_is_missing(fact: Fact) -> None:
    assert all(unsaid(fact, language) for language in Language)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "How is the article titled in Slovenian?",
            "Potencialna terapevtska uporaba zunajceličnih veziklov mezenhimskih matičnih celic [1]",
        ),
        ("Kateri DOI ima ta članek?", "https://doi.org/10.6016/ZdravVestn.3627 [1]"),
        ("Na katerih straneh je ta prispevek?", "Zdrav Vestn. 2025;94(11 – 12):297–309 [1]"),
        (
            "In which journal did the paper appear?",
            "- Zdrav Vestn. 2025;94(11 – 12):297–309 [1]\n- Copyright (c) 2025 Zdravniški Vestnik. [2]",
        ),
        ("So avtorice povezane s kakšnim podjetjem?", "Avtorice nimamo navzkrižja interesov. [1]"),
        (
            "Who are the authors and which institution do the authors belong to?",
            "- Nika Požun, Ana Kolenc, Elvira Maličev [1]\n- Institute of the Republic of Slovenia for "
            "Transfusion Medicine, Ljubljana, Slovenia [2]",
        ),
        ("Ali je pregled izčrpen?", "Zato je potrebno poudariti, da v prispevku nismo pokrili vseh vidikov. [1]"),
    ],
)
def test_only_the_field_is_answered(question: str, answer: str, engine: Engine) -> None:
    assert engine.ask(question).answer == answer


def test_each_part_stands_in_the_piece_it_cites(engine: Engine) -> None:
    questions = (
        "Naslov, revija, DOI in licenca članka?",
        "Title, journal, pages, licence and keywords of the article?",
    )
    for question in questions:
        answer = engine.ask(question)
        held = {citation.marker: (citation.quote, citation.translation or "") for citation in answer.citations}
        said = [(sentence, held[marker]) for sentence in answer.sentences for marker in sentence.markers]
        assert len(said) >= 4
        for sentence, (quote, translation) in said:
            assert sentence.text in (translation if sentence.support is Support.TRANSLATION else quote)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Kdo je plačal za nastanek članka?", "Članek ne navaja, kdo ga je financiral."),
        ("Who refereed this paper?", "The article does not say who peer reviewed it."),
    ],
)
def test_a_field_the_article_lacks_is_named(question: str, answer: str, engine: Engine) -> None:
    found = engine.ask(question)
    assert (found.outcome, found.reason) == (Outcome.ABSTAINED, Reason.NOT_IN_ARTICLE)
    assert (found.answer, found.citations) == (answer, ())


def test_what_is_lacking_is_said_beside_what_is_there(engine: Engine) -> None:
    found = engine.ask("Who wrote this article and who funded it?")
    assert found.answer == "Nika Požun, Ana Kolenc, Elvira Maličev [1] The article does not say who funded it."
    assert (found.outcome, found.grounding, found.missing) == (Outcome.ANSWERED, Grounding.PARTLY, ("who funded it",))


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(
            "Kaj avtorice pričakujejo v prihodnosti?",
            marks=pytest.mark.xfail(strict=True, reason="answered by the abstract, not the conclusion"),
        ),
        "What do the authors hope for in the future?",
    ],
)
def test_what_the_authors_expect_is_told_by_the_text(question: str, engine: Engine) -> None:
    assert engine.plan(question).route is Route.PROSE
    sections = {citation.section for citation in engine.ask(question).citations}
    assert "4" in sections
    assert not sections & {"front", "conflict-of-interest"}


@pytest.mark.parametrize("question", ["Kaj sklenejo avtorice?", "What is the conclusion of the authors?"])
def test_what_the_authors_conclude_is_the_conclusion(question: str, engine: Engine) -> None:
    assert {citation.section for citation in engine.ask(question).citations} == {"4"}


def test_the_opinion_of_the_authors_is_not_looked_for_in_the_bibliography(engine: Engine) -> None:
    assert engine.plan("Kdaj bo po mnenju avtoric zdravilo na voljo?").route is Route.PROSE
    assert engine.plan("Kateri avtorji imajo največ navedenih del v literaturi?").route is Route.BIBLIOGRAPHY
