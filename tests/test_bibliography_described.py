"""Works described by what the article says of them, up to the answer, and follow-ups on their record."""

import pytest

from rag.answer import Outcome
from rag.engine import Engine, Turn


def _works(engine: Engine, question: str, *earlier: str) -> list[int]:
    """The references that an answer cites as entries."""
    answer = engine.ask(question, history=[Turn("user", text) for text in earlier])
    return sorted({n for c in answer.citations for n in c.references if c.id == f"ref:{n}"})


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Who had seven covid patients breathe in vesicles?", []),  # nobody is asked for who published it
        ("Who carried out the study in which 7 covid patients inhaled vesicles?", [82]),
        ("Kdo je izvedel raziskavo, v kateri je 7 bolnikov s covidom vdihavalo vezikle?", [82]),
        ("Which journal published the trial with fewer deaths within 60 days?", [84]),
        ("V kateri reviji je izšla študija, po kateri je bila smrtnost v 60 dneh manjša?", [84]),
        ("Whose mouse work showed that vesicles from the synovium rebuild the meniscus?", [42]),
        ("Čigava raziskava na miših je pokazala, da vezikli iz sinovialne membrane obnavljajo meniskus?", [42]),
        ("Who reported that bone marrow vesicles slow diabetic nephropathy in mice?", [49]),
        ("Kdo je poročal, da vezikli iz maščobe pri podganah znižajo glukozo?", [50]),
        ("Where was the fistula study published in which 80 % of patients improved?", [56]),
        ("Katera članka poročata o veziklih pri suhem očesu miši?", [68, 69]),
        ("Which two papers describe trials in perianal fistulas?", [56, 57]),
        ("DOI of the paper where nose drops were given to people with dementia?", [38]),
        ("V kateri knjigi je poglavje o obratih GMP in kdo jo je založil?", [32]),
        ("Who wrote the article cited from the Lancet?", [58]),
        ("Kdo je avtor članka, ki ga citirajo iz revije Chest?", [84]),
    ],
)
def test_a_work_is_found_by_what_the_article_cites_it_for(engine: Engine, question: str, numbers: list[int]) -> None:
    assert _works(engine, question) == numbers


@pytest.mark.parametrize(
    "question",
    [
        "Who showed that vesicles cure breast cancer?",
        "Kdo je dokazal, da vezikli pomagajo pri astmi?",
        "Which team tested vesicles in stroke patients?",
        "Kdo je preučeval vezikle pri možganski kapi?",
        "Who discovered exosomes?",
        "Kdo je odkril eksosome?",
        "Who approved the first medicine with MSCs?",
        "Katere korake dela s celicami je treba poenotiti?",
    ],
)
def test_what_is_said_of_no_cited_work_finds_none(engine: Engine, question: str) -> None:
    assert _works(engine, question) == []


@pytest.mark.parametrize(
    ("asked", "follow_ups"),
    [
        (
            "What happened to mortality in ARDS patients treated with bone marrow vesicles?",
            ["Who published that?", "In which journal?", "And the year?"],
        ),
        (
            "Kaj se je zgodilo s smrtnostjo bolnikov z ARDS po veziklih iz kostnega mozga?",
            ["Kdo je to objavil?", "V kateri reviji?", "Pa leto?"],
        ),
    ],
)
def test_follow_ups_on_the_record_mean_the_work_behind_the_answer(
    engine: Engine, asked: str, follow_ups: list[str]
) -> None:
    said = ("Lightner", "Chest", "2023")
    earlier = [asked]
    for question, part in zip(follow_ups, said, strict=True):
        assert _works(engine, question, *earlier) == [84]
        assert part in engine.ask(question, history=[Turn("user", text) for text in earlier]).answer
        earlier.append(question)


@pytest.mark.parametrize(
    "question",
    [
        "Smem članek natisniti in ga prodajati študentom?",
        "Ali lahko besedilo uporabim v plačljivi spletni učilnici?",
        "May I put this article into a book that I sell?",
        "Are we allowed to hand out copies in a paid course?",
    ],
)
def test_what_one_may_do_with_the_article_is_told_by_its_licence(engine: Engine, question: str) -> None:
    answer = engine.ask(question).answer
    assert "Nekomercialno" in answer or "NonCommercial" in answer


@pytest.mark.parametrize(
    "question",
    ["Čigav denar stoji za tem člankom?", "Who footed the bill for this paper?", "Whose money is behind it?"],
)
def test_whose_money_it_was_the_article_does_not_say(engine: Engine, question: str) -> None:
    assert engine.ask(question).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    "question", ["Koliko časa je minilo od oddaje do sprejema?", "How many days from submission to acceptance?"]
)
def test_how_long_it_took_is_told_by_its_dates(engine: Engine, question: str) -> None:
    answer = engine.ask(question).answer
    assert "18. 4. 2025" in answer
    assert "12. 12. 2025" in answer


@pytest.mark.parametrize(
    "question",
    [
        "Who treated perianal fistulas without Crohn's disease?",
        "Kdo je zdravil perianalne fistule pri bolnikih brez Crohnove bolezni?",
    ],
)
def test_what_the_question_denies_no_title_may_be_about(engine: Engine, question: str) -> None:
    assert [c.id for c in engine.ask(question).citations if c.id.startswith("ref:")] == ["ref:57"]
