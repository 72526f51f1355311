"""What a question leans on: the turn before, one of the things it listed, or nothing."""

import pytest

from corpus.types import Language
from rag.engine import Engine
from rag.questions.dialogue import Link, Resolution, members, resolve
from rag.questions.question import Turn, content_words
from rag.questions.swap import asked_of

SL, EN = Language.SL, Language.EN


def _resolved(engine: Engine, first: str, then: str, language: Language) -> Resolution:
    return resolve(then, language, n_content=len(content_words(then, language)), previous=engine.ask(first))


EGYPT = ("NCT02138331", "NCT04270006")
CASES = [
    ("Katere študije potekajo v Egiptu?", "Katera bolezen je cilj druge?", SL, Link.MEMBER, EGYPT[1]),
    ("Which trials are in Egypt?", "What about the first one?", EN, Link.MEMBER, EGYPT[0]),
    ("Which trials are in Egypt?", "And the last one?", EN, Link.MEMBER, EGYPT[1]),
    ("What is the status of NCT05402748?", "And its country?", EN, Link.MEMBER, "NCT05402748"),
    ("V kateri državi je NCT05402748?", "Kakšen pa je njen status?", SL, Link.MEMBER, "NCT05402748"),
    ("What is the status of NCT05402748?", "How many trials are there in Egypt?", EN, Link.NONE, ""),
    ("V kateri državi je NCT05402748?", "In koliko študij je v Iranu?", SL, Link.NONE, ""),
    ("Which trials are in Egypt?", "What are exosomes?", EN, Link.NONE, ""),
    ("Katere študije potekajo v Egiptu?", "Kaj je eksosom?", SL, Link.NONE, ""),
    ("Which trials are in Egypt?", "And in Iran?", EN, Link.TOPIC, "Which trials are in Egypt"),
    ("Katere študije potekajo v Egiptu?", "Koliko udeležencev imata skupaj?", SL, Link.TOPIC, "Katere študije"),
    ("Which trials are in Egypt?", "In Slovene, please.", EN, Link.LANGUAGE, "Which trials are in Egypt"),
]


@pytest.mark.parametrize(
    ("first", "then", "language", "link", "added"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES]
)
def test_a_question_leans_on_the_turn_before_it_as_its_words_say(
    engine: Engine, first: str, then: str, language: Language, link: Link, added: str
) -> None:
    resolution = _resolved(engine, first, then, language)
    assert resolution.link is link
    assert resolution.text.startswith(added or then)
    if link is Link.NONE:
        assert resolution.text == then


def test_nothing_comes_before_the_first_question() -> None:
    assert resolve("And in Iran?", EN, n_content=1, previous=None).text == "And in Iran?"


def test_an_earlier_list_is_picked_from_when_the_last_answer_is_about_one_thing(engine: Engine) -> None:
    listing, last = engine.ask("Which trials are in Egypt?"), engine.ask("What is the status of NCT04270006?")
    assert members(listing) == EGYPT
    resolution = resolve("And the first one?", EN, n_content=0, previous=last, listing=listing)
    assert resolution.text == "NCT02138331 And the first one?"
    assert resolve("And the first one?", EN, n_content=0, previous=last).link is not Link.MEMBER or (
        "NCT04270006" in resolve("And the first one?", EN, n_content=0, previous=last).text
    )


@pytest.mark.parametrize(
    ("first", "then", "language", "stands"),
    [
        ("What is the status of NCT05402748?", "OK. What did vesicles do to the kidneys of rats, then?", EN, True),
        ("Kakšen je status NCT05402748?", "Dobro. Kaj naredijo vezikli v ledvicah podgan?", SL, True),
        ("What is the status of NCT05402748?", "OK, and which disease does it treat?", EN, False),
        ("Kakšen je status NCT05402748?", "Hvala. In katero bolezen zdravi?", SL, False),
        ("What can be wrong with transplanted stem cells?", "Is there an advantage of one with vesicles?", EN, False),
        ("Which stem cells did the FDA approve?", "Does any authorised one with vesicles exist?", EN, True),
        ("Katere matične celice je odobrila FDA?", "Je odobreno tudi kaj podobnega z vezikli?", SL, True),
        ("Which stem cells did the FDA approve?", "And has it been authorised?", EN, False),
    ],
)
def test_a_question_that_names_its_own_topic_stands_by_itself(
    engine: Engine, first: str, then: str, language: Language, stands: bool
) -> None:
    resolved = engine.planner.readings(then, [first])[0][1].question.resolved
    assert (resolved == then) is stands


GOING_ON = [
    (("How do vesicles act on the kidneys?", "And in rats?"), "in rats", "patients"),
    (("How do vesicles act on the kidneys?", "And in people?"), "patients", "rats"),
    (("Kako vezikli delujejo na ledvice?", "Kaj pa pri podganah?"), "podganah", "bolnikih"),
    (("Kako vezikli delujejo na ledvice?", "In pri ljudeh?"), "bolnikih", "podganah"),
    (("How do vesicles help in dry eye?", "In people?", "And why?"), "miR-204", "Th17"),
    (("Kako vezikli pomagajo pri suhem očesu?", "Pri ljudeh?", "Zakaj?"), "miR-204", "Th17"),
]


@pytest.mark.parametrize(("turns", "held", "lacking"), GOING_ON, ids=[" ".join(case[0]) for case in GOING_ON])
def test_in_people_in_animals_and_why(turns: tuple[str, ...], held: str, lacking: str, engine: Engine) -> None:
    answer = engine.ask(turns[-1], history=[Turn("user", text) for text in turns[:-1]])
    assert held in answer.answer
    assert lacking not in answer.answer


@pytest.mark.parametrize(
    ("before", "then", "language", "kept"),
    [
        ("What do vesicles do for the liver", "And for the heart?", EN, "What do vesicles do for the"),
        ("Kaj naredijo vezikli v jetrih", "Kaj pa v srcu?", SL, "Kaj naredijo vezikli v"),
        ("What do vesicles do for the liver", "And why?", EN, "What do vesicles do for the liver"),
        ("What are stem cells", "And haematopoietic ones?", EN, "What are haematopoietic stem cells"),
        ("Kaj so matične celice", "Kaj pa krvotvorne?", SL, "Kaj so krvotvorne maticne celice"),
    ],
)
def test_one_thing_is_asked_about_in_place_of_another(
    before: str, then: str, language: Language, kept: str, engine: Engine
) -> None:
    assert asked_of(before, then, language, engine.matcher) == kept


@pytest.mark.parametrize(
    ("turns", "held"),
    [
        (("Kaj je GvHD?", "Kako vezikli vplivajo nanjo pri miših?"), "3.1.5:1.2"),
        (("What is Crohn's disease?", "What complications does it have?"), "3.1.4.1:2.1"),
        (("Kaj je Crohnova bolezen?", "Kateri zapleti so pri njej pogosti?"), "3.1.4.1:2.1"),
        (("Kaj je makularna luknja?", "So poskusili tudi z vezikli?"), "3.1.6:3.3"),
        (("Tell me about NCT04493242.", "Did mortality change?"), "3.1.9:1.7"),
        (("Povej kaj o študiji NCT04493242.", "Ali je vplivala na smrtnost?"), "3.1.9:1.7"),
        (("What do vesicles do after a heart attack?", "When was this first reported?"), "3.1.7:1.1"),
        (("What did Krause et al. do?", "How old was the patient?"), "3.1.1:2.3"),
        (("Kdo je napisal članek?", "Kje delajo?"), "front:affiliation"),
        (("Tell me about NCT04493242.", "Who wrote the article?"), "front:authors"),
        (("Tell me about NCT04493242.", "Who wrote that paper?"), "ref:84"),
        (("Kaj so pokazali v študiji NCT04493242?", "Kdo je napisal članek?"), "front:authors"),
        (("Kaj so pokazali v študiji NCT04493242?", "Kdo je napisal ta članek?"), "ref:84"),
        (("Kje v telesu najdemo MSC?", "Kateri viri so najpogostejši?"), "2:4.1"),
    ],
)
def test_what_is_left_out_is_what_was_asked_about(turns: tuple[str, ...], held: str, engine: Engine) -> None:
    history: list[Turn] = []
    for turn in turns:
        answer = engine.ask(turn, history=history)
        history += [Turn(role="user", content=turn), Turn(role="assistant", content=answer.answer)]
    assert held in {citation.id for citation in answer.citations}
