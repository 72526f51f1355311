"""What a follow-up may mean, and which reading of it is given."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.types import Language
from eval import fit_readings
from eval.fit_readings import FollowUp
from eval.gold import load_suite
from rag.answer import Outcome
from rag.engine import Engine, Turn
from rag.questions.carry import Carrier
from rag.questions.dialogue import Link
from rag.questions.readings import Way
from rag.retrieval.retrieve import WEIGHTS
from rag.routes import meant
from rag.routes.meant import READING_FEATURES, Answered, choose

SL, EN = Language.SL, Language.EN


def _history(turns: tuple[str, ...]) -> list[Turn]:
    return [Turn("user", text) for text in turns]


# The last turn, and what its answer must cite.
CITED = [
    # Sources asked for in between are no subject: the talk goes on about what they are of.
    (("Kaj je pokazal poskus z vezikli pri retinitisu?", "Kdo je to objavil?", "In pri luknji makule?"), "3.1.6:3.3"),
    (("How were vesicles given in ARDS after COVID-19?", "Who published that?", "Did it cut mortality?"), "3.1.9:1.7"),
    # The subject is carried over into the other language.
    (("Kako so vezikli delovali pri deklici s priraščeno hrbtenjačo?", "and how much did she get?"), "3.1.1:2.3"),
    (("What did vesicles do for the girl with a tethered cord?", "koliko pa je bila stara?"), "3.1.1:2.3"),
    # One trial was spoken of; what only the table tells is told of it.
    (("Is there a trial on acute myeloid leukaemia?", "sorry, and how many people?"), "table-2:NCT06245746"),
    (("Ali je kakšna študija o akutni mieloični levkemiji?", "kolk ljudi majo?"), "table-2:NCT06245746"),
    # From the text to the trials on the same thing.
    (("What did vesicles from the synovial membrane do?", "Is there a human trial on that?"), "table-2:NCT05261360"),
    (("Kaj so vezikli naredili z meniskusom pri miših?", "v kateri fazi je študija na ljudeh?"), "table-2:NCT05261360"),
    # Another disease is asked about, whatever was chosen by before.
    (("Which trials in the USA are on hair loss?", "And what about melasma?"), "table-2:NCT06221787"),
    (("Katere študije v ZDA so o androgeni alopeciji?", "kaj pa melazma, je kakšna študija?"), "table-2:NCT06221787"),
    # What was not answered is not gone on about.
    (("What is GvHD?", "How much does its treatment cost?", "Did vesicles help a patient with it?"), "3.1.5:1.3"),
    # The reason stands before what follows from it.
    (("Is it true that obtaining vesicles is more expensive than the cells?", "How come?"), "2:3.5"),
    (("Ali drži, da je pridobivanje veziklov dražje od celic?", "Zakaj pa?"), "2:3.5"),
]  # fmt: skip


@pytest.mark.model
@pytest.mark.parametrize(("turns", "cited"), CITED, ids=[" / ".join(case[0]) for case in CITED])
def test_a_follow_up_is_answered_about_what_was_talked_of(turns: tuple[str, ...], cited: str, engine: Engine) -> None:
    answer = engine.ask(turns[-1], history=_history(turns[:-1]))
    assert cited in {citation.id for citation in answer.citations}, answer.answer


@pytest.mark.model
@pytest.mark.parametrize(
    ("turns", "language"),
    [
        (("What is GvHD?", "Can you give me that last answer in Slovene, for my seminar?"), SL),
        (("Kaj je GvHD?", "can you say that last bit in English for my colleague?"), EN),
        (("What is GvHD?", "še enkrat po slovensko prosim"), SL),
    ],
)
def test_the_same_answer_is_given_in_the_other_language(
    turns: tuple[str, ...], language: Language, engine: Engine
) -> None:
    first = engine.ask(turns[0])
    again = engine.ask(turns[1], history=_history(turns[:1]))
    assert again.language is language
    assert again.question == turns[1]
    assert {citation.id for citation in again.citations} == {citation.id for citation in first.citations}


@pytest.mark.model
@pytest.mark.parametrize(
    ("turns", "language"),
    [(("Katere dejavnike tvorijo MSC?", "pa m-csf?"), SL), (("Which trials are in Egypt?", "in Iran?"), EN)],
)
def test_a_few_words_are_in_the_language_of_the_talk(
    turns: tuple[str, ...], language: Language, engine: Engine
) -> None:
    assert engine.plan(turns[-1], history=_history(turns[:-1])).language is language


@pytest.mark.model
@pytest.mark.parametrize(
    "turns",
    [
        ("How do vesicles act on the kidneys?", "And in giraffes?"),
        ("Kako vezikli delujejo na ledvice?", "Kaj pa pri žirafah?"),
        ("Who was the girl operated on for a tethered cord?", "Which hospital was she in?"),
        ("Kdo je bila deklica, operirana zaradi priraščene hrbtenjače?", "V kateri bolnišnici je bila?"),
    ],
)
def test_what_the_article_does_not_say_of_it_is_refused(turns: tuple[str, ...], engine: Engine) -> None:
    assert engine.ask(turns[-1], history=_history(turns[:-1])).outcome is Outcome.ABSTAINED


@pytest.mark.model
@pytest.mark.parametrize(
    ("turns", "resolved"),
    [
        (("Which trials are in Egypt?", "What are exosomes?"), "What are exosomes?"),
        (("Katere študije so v Egiptu?", "Kaj so eksosomi?"), "Kaj so eksosomi?"),
    ],
)
def test_of_readings_that_say_as_much_the_plainest_is_shown(
    turns: tuple[str, ...], resolved: str, engine: Engine
) -> None:
    answer = engine.ask(turns[-1], history=_history(turns[:-1]))
    assert answer.resolved_question == resolved


@pytest.mark.model
def test_readings_begin_with_the_form_and_none_is_twice(engine: Engine) -> None:
    some = engine.readings("And in rats?", ["How do vesicles act on the kidneys?", "Any side effects?", "And in mice?"])
    texts = [one.plan.question.resolved for one in some]
    assert some[0].way is Way.FORM
    assert {Way.ALONE, Way.LAST, Way.WHOLE} <= {one.way for one in some}
    assert len(texts) == len(set(texts))


@pytest.mark.model
@pytest.mark.parametrize("question", ["Should I try this at home for my knee?", "Naj to poskusim pri svojem kolenu?"])
def test_advice_is_declined_whatever_was_said_before(question: str, engine: Engine) -> None:
    (only,) = engine.readings(question, ["What do vesicles do in osteoarthritis?"])
    assert only.answer is None
    history = _history(("What do vesicles do in osteoarthritis?",))
    assert engine.ask(question, history=history).outcome is Outcome.ABSTAINED


@pytest.mark.model
@pytest.mark.parametrize("question", ["Who published that?", "Kdo je to objavil?", "The same in Slovene, please."])
def test_a_question_about_sources_or_a_language_means_one_thing(question: str, engine: Engine) -> None:
    (only,) = engine.readings(question, ["How were vesicles given in NCT04493242?"])
    assert only.plan.link in (Link.SOURCE, Link.LANGUAGE)


@pytest.mark.model
def test_nothing_is_chosen_where_nothing_answers(engine: Engine) -> None:
    refused = engine.ask("How much does one dose cost in Paris?")
    plan = engine.plan("How much does one dose cost in Paris?")
    assert refused.outcome is Outcome.ABSTAINED
    some = [Answered(Way.FORM, plan, refused, refused), Answered(Way.ALONE, plan, refused, refused)]
    assert choose(some, told=(), retriever=engine.retriever) is None


@pytest.fixture(scope="module")
def carrier(engine: Engine) -> Carrier:
    return Carrier(engine.matcher, engine.index.lexicon, engine.word_vectors)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "of", "into", "held"),
    [
        ("Kako so bolniki z Alzheimerjevo boleznijo dobili vezikle", SL, EN, ("patient", "Alzheimer's disease")),
        ("Did mice with liver fibrosis get better", EN, SL, ("miš", "fibroza", "jetra")),
        ("Kaj je miR-146a naredil leta 2018", SL, EN, ("146a", "2018")),
    ],
)  # fmt: skip
def test_a_topic_is_carried_into_the_other_language(
    carrier: Carrier, text: str, of: Language, into: Language, held: tuple[str, ...]
) -> None:
    carried = carrier.carried(text, of, into)
    assert all(name in carried for name in held), carried


@pytest.mark.model
@given(text=st.text(max_size=60), language=st.sampled_from(list(Language)))
def test_nothing_is_carried_within_a_language(carrier: Carrier, text: str, language: Language) -> None:
    assert carrier.carried(text, language, language) == text


def test_every_stored_weight_is_of_a_feature_and_every_feature_has_one() -> None:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))["readings"]
    assert set(stored) == set(READING_FEATURES)
    assert meant.weights().shape == (len(READING_FEATURES),)


def test_practice_dialogues_are_sound_and_share_none_with_the_suite(article, document) -> None:  # type: ignore[no-untyped-def]
    practice = load_suite(fit_readings.DIALOGUES, article, document)
    suite = load_suite(Path(fit_readings.DIALOGUES).parent / "suites" / "dialogues.jsonl", article, document)
    assert all(value.item.dialogue and value.item.split == "dev" for value in practice)
    assert not {value.item.dialogue for value in practice} & {value.item.dialogue for value in suite}


def _follow_ups(n: int) -> list[FollowUp]:
    """Follow-ups of which the reading with "votes" is right, and none where there are no votes."""
    rng = np.random.default_rng(0)
    votes = READING_FEATURES.index("votes")
    found = []
    for number in range(n):
        features = rng.normal(size=(3, len(READING_FEATURES))) * 0.1
        features[:, 0] = 1.0
        answerable = number % 4 != 0
        features[:, votes] = -1.0
        right = np.zeros(3, dtype=bool)
        if answerable:
            place = int(rng.integers(3))
            features[place, votes], right[place] = 1.0, True
        found.append(FollowUp(str(number), str(number // 2), features, np.ones(3, dtype=bool), right, answerable))
    return found


def test_what_is_right_is_learned_and_what_is_not_is_refused() -> None:
    some = _follow_ups(80)
    fitted = fit_readings.fit(some)
    assert fitted[READING_FEATURES.index("votes")] > 0
    offset, right = fit_readings.cross_validated(some)
    assert np.mean(right) > 0.95
    assert all(fit_readings.is_passed(one, fitted, offset) for one in some)
    shuffled = [replace(one, right=np.roll(one.right, 1)) for one in some]
    assert np.mean([fit_readings.is_passed(one, fitted) for one in shuffled if one.answerable]) == 0
