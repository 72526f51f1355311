"""What a question takes for granted of the vesicles and the article denies."""

import pytest

from rag.engine import Engine


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("Which company sells the approved exosome medicine?", "no therapy with EVs in humans has been approved"),
        ("When did the FDA approve the first vesicle drug?", "no therapy with EVs in humans has been approved"),
        ("Komu predpišejo eksosome, ki so že na trgu?", "nobena terapija z ZV"),
        ("V kateri državi so najprej odobrili zdravilo iz veziklov matičnih celic?", "nobena terapija z ZV"),
    ],
)
def test_an_approved_vesicle_medicine_is_denied(question: str, held: str, engine: Engine) -> None:
    assert held in engine.ask(question).answer


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("Which medicine with MSCs did the FDA approve?", "off-the-shelf"),
        ("Katero zdravilo z MSC je odobrila FDA?", "off-the-shelf"),
    ],
)
def test_the_medicine_with_cells_is_not(question: str, held: str, engine: Engine) -> None:
    answer = engine.ask(question).answer
    assert held in answer
    assert not answer.startswith(("So far", "Do sedaj"))
