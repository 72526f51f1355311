"""Questions of people who know no more than the title, and how their answers are counted."""

import pytest

from corpus.types import Document, Language
from eval.newcomers import NEWCOMERS, Ending, Told, count, ending, told_by
from eval.practice import PracticeQuestion, load_practice
from rag.engine import Engine
from rag.retrieval.learned import SOURCES, TABLE

SL, EN = Language.SL, Language.EN


def asked(question: str, language: Language, *pieces: str) -> PracticeQuestion:
    return PracticeQuestion(need="one", lang=language, question=question, pieces=pieces)


def test_the_questions_are_sound(document: Document) -> None:
    questions = load_practice(NEWCOMERS)
    assert len({(one.need, one.question) for one in questions}) == len(questions) > 1000
    known = {TABLE, SOURCES, "table-2:caption", *(sentence.id for sentence in document.sentences)}
    cells = {piece for one in questions for piece in one.pieces if piece.startswith("table-1")}
    assert {piece for one in questions for piece in one.pieces} - known - cells == set()
    assert {one.lang for one in questions} == {SL, EN}
    assert {told_by(one) for one in questions} == set(Told)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (asked("Kaj je GvHD?", SL, "3.1.5:1.1"), Ending.RIGHT),
        (asked("What is GvHD?", EN, "3.1.5:1.1"), Ending.RIGHT),
        (asked("What is GvHD?", EN, "4:1.3"), Ending.OTHER),
        (asked("Kaj je GvHD?", SL), Ending.OTHER),
        (asked("How many trials are in Iran?", EN, TABLE), Ending.RIGHT),
        (asked("Kaj je GvHD?", SL, TABLE), Ending.OTHER),
        (asked("Koliko stane kino?", SL), Ending.RIGHT),
        (asked("What is the price of a cinema ticket?", EN, "4:1.3"), Ending.REFUSED),
    ],
)
def test_how_an_answer_ended(engine: Engine, question: PracticeQuestion, expected: Ending) -> None:
    assert ending(question, engine.ask(question.question)) is expected


def test_they_are_counted_by_language_and_by_what_tells(engine: Engine) -> None:
    slovene = asked("Kaj je GvHD?", SL, "3.1.5:1.1")
    counted = count(engine, [slovene, slovene, replace_language(slovene)])
    assert counted == {(Told.PROSE, SL, Ending.RIGHT): 2, (Told.PROSE, EN, Ending.RIGHT): 1}


def replace_language(question: PracticeQuestion) -> PracticeQuestion:
    return question.model_copy(update={"lang": EN, "question": "What is GvHD?"})
