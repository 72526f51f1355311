"""What a sentence cites: numbers of the bibliography and ids of trials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.citations import cited_numbers, passage_references, trial_ids

PIECES = st.sampled_from([*"()[],-–; 019", "(1,2)", "(34-37)", "(2022)", "[4]", "nm", "L", "85", "999999"])
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("niso poročali o učinkih (38).", (38,), id="single"),
        pytest.param("postala bolj zahtevna (1,2).", (1, 2), id="list"),
        pytest.param("z Alzheimerjevo boleznijo (34-37).", (34, 35, 36, 37), id="range"),
        pytest.param("z Alzheimerjevo boleznijo (34–37).", (34, 35, 36, 37), id="range with an en dash"),
        pytest.param("bolj ciljano delovanje (4-6,10).", (4, 5, 6, 10), id="range and number"),
        pytest.param("tkivo popkovnice (11,12,27,28).", (11, 12, 27, 28), id="long list"),
        pytest.param("v količinah (2, 24, 31).", (2, 24, 31), id="list with blanks"),
        pytest.param("v količinah (5 – 7, 9).", (5, 6, 7, 9), id="range with blanks"),
        pytest.param("nefropatije (49), medtem ko so ZV (50).", (49, 50), id="two groups"),
        pytest.param("(54,55) in spet (55,54,3)", (54, 55, 3), id="no repeats, in order of mention"),
        pytest.param("za uporabo (24-26) (Tabela 1).", (24, 25, 26), id="before a table"),
        pytest.param("povezanih z GvHD) (61).", (61,), id="after a parenthesis"),
        pytest.param("(funkcijska raven L3) (39)", (39,), id="after a parenthesis with a figure"),
        pytest.param("as shown [12,14-16].", (12, 14, 15, 16), id="brackets"),
        pytest.param("first [3], then (2)", (3, 2), id="brackets before parentheses"),
        pytest.param("one work (85)", (85,), id="the last of the bibliography"),
    ],
)
def test_citations(text: str, expected: tuple[int, ...]) -> None:
    assert cited_numbers(text, 85) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Zhou in sod. (2022) poročajo",
        "Avtorske pravice (c) 2025",
        "smrtnosti (v 60 dneh po aplikaciji)",
        "(funkcijska raven L3)",
        "microRNA (miR-204)",
        "2023;23(4):236-50",
        "2012;147(1-2):47-54",
        "preko mikroveziklov (100 – 1000 nm)",
        "“majhni” (< 200 nm)",
        "telesa (500 nm – 2 µm)",
        "boleznijo 2019 (covid-19)",
        "10.52793/JSCR.2021.2(2)-21",
        "10.1016/S0140-6736(08)60383-9",
        "studije (Tabela 1) in (Slika 1)",
        "(86) in (0) in (1,86)",
        "(37-34)",
        "()",
        "v 4 fazah, 20 udeležencev",
        "[12](https://doi.org/10.1000/1)",
    ],
)
def test_figures_that_are_no_citation(text: str) -> None:
    assert cited_numbers(text, 85) == ()


def test_without_a_bibliography_nothing_is_cited() -> None:
    assert cited_numbers("učinki (38) in (1,2) ter [3]", 0) == ()


@given(TEXTS, st.integers(0, 100))
def test_cited_numbers_exist_and_do_not_repeat(text: str, n_references: int) -> None:
    numbers = cited_numbers(text, n_references)
    assert [number for number in numbers if not 1 <= number <= n_references] == []
    assert len(set(numbers)) == len(numbers)


@given(st.lists(st.integers(1, 85), min_size=1, max_size=8, unique=True), st.sampled_from([",", ", ", " , "]))
def test_any_list_of_numbers_is_read_back(numbers: list[int], comma: str) -> None:
    assert cited_numbers(f"Ugotovili so ({comma.join(map(str, numbers))}).", 85) == tuple(numbers)


@given(st.integers(1, 85), st.integers(0, 84), st.sampled_from(["-", "–", " – "]))
def test_any_range_is_expanded(first: int, n_more: int, dash: str) -> None:
    last = min(85, first + n_more)
    assert cited_numbers(f"Ugotovili so ({first}{dash}{last}).", 85) == tuple(range(first, last + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("(klinična študija NCT03437759).", ("NCT03437759",), id="in parentheses"),
        pytest.param(
            "Študija NCT05669144 se osredotoča, študija NCT04356300 pa, NCT05669144",
            ("NCT05669144", "NCT04356300"),
            id="two, one of them twice",
        ),
        pytest.param("NCT0543775 NCT034377590 xNCT03437759 nct03437759", (), id="not quite an id"),
    ],
)
def test_trial_ids(text: str, expected: tuple[str, ...]) -> None:
    assert trial_ids(text) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param([(), (), (72,), ()], [(72,), (72,), (), ()], id="closing citation, then a sentence after it"),
        pytest.param([(49,), (), (50, 51)], [(), (50, 51), ()], id="the next citation, not the last one"),
        pytest.param([(), ()], [(), ()], id="no citation"),
        pytest.param([], [], id="no sentence"),
    ],
)
def test_a_closing_citation_covers_the_passage_before_it(
    own: list[tuple[int, ...]], expected: list[tuple[int, ...]]
) -> None:
    assert passage_references(own) == expected


@given(st.lists(st.lists(st.integers(1, 85), max_size=2).map(tuple), max_size=12))
def test_a_sentence_has_citations_of_its_own_or_of_its_passage(own: list[tuple[int, ...]]) -> None:
    passage = passage_references(own)
    assert len(passage) == len(own)
    for position, (mine, closing) in enumerate(zip(own, passage, strict=True)):
        following = [numbers for numbers in own[position:] if numbers]
        assert closing == ((following[0] if following else ()) if not mine else ())
