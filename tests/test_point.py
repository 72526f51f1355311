"""The point of a question: what it turns on, counts and dates, and whether a sentence states it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.types import Language
from rag.questions.point import counts, periods, point_of

SL, EN = Language.SL, Language.EN


@pytest.mark.parametrize(
    ("question", "language", "sought"),
    [
        ("Kateri antibiotik so dobili bolniki?", SL, "antibiotik"),
        ("Which antibiotic did the patients get?", EN, "antibiotic"),
        ("What mouse strain was used?", EN, "strain"),
        ("V kateri bolnišnici so ga zdravili?", SL, "bolnisnici"),
        ("Zakaj so ZV obetavni?", SL, ""),
        ("Why are EVs promising?", EN, ""),
        ("What is a vesicle?", EN, ""),
    ],
)
def test_the_thing_asked_for_by_name(question: str, language: Language, sought: str) -> None:
    assert point_of(question, language).sought == sought


@pytest.mark.parametrize(
    ("question", "language", "counted"),
    [
        ("Koliko zdravih prostovoljcev je sodelovalo?", SL, "prostovoljcev"),
        ("How many healthy volunteers were enrolled?", EN, "volunteers"),
        ("Kako veliki so?", SL, ""),
        ("How large are they?", EN, ""),
    ],
)
def test_what_is_counted(question: str, language: Language, counted: str) -> None:
    assert point_of(question, language).counted == counted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("po enem letu", "12 months later"),
        ("čez pol leta", "after six months"),
        ("dve leti spremljanja", "24 months"),
        ("after a week", "1 teden po posegu"),
        ("po 3 dneh (56)", "three days after"),
    ],
)
def test_the_same_span_of_time_in_other_words(one: str, other: str) -> None:
    assert periods(one) == periods(other) != frozenset()


def test_other_spans_differ_and_numbers_of_references_are_none() -> None:
    assert periods("po 6 mesecih") != periods("po 6 letih")
    assert periods("Rezultati so dobri (12).") == periods("Results are good.") == frozenset()


@pytest.mark.parametrize(
    ("text", "counted", "given_"),
    [
        ("Zdravili so 7 starejših bolnikov.", ["bolnikov"], True),
        ("Seven patients were treated.", ["patients"], True),
        ("Bolnike so zdravili 7 tednov.", ["bolnike"], False),
        ("Patients were treated (7).", ["patients"], False),
    ],
)
def test_a_number_counts_what_follows_it(text: str, counted: list[str], given_: bool) -> None:
    assert counts(text, counted) is given_


@given(text=st.text(max_size=80))
def test_any_question_has_a_point(text: str) -> None:
    for language in Language:
        assert point_of(text, language) == point_of(text, language)
