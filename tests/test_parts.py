"""Questions that ask several things at once, and lists in running text: what belongs together is given together."""

from dataclasses import replace

import pytest

from corpus.types import Kind, Language
from rag.answer import Outcome
from rag.engine import Engine
from rag.prose.items import Items, leads_in
from rag.prose.parts import parts
from rag.prose.readable import readable
from rag.prose.several import best_of_parts
from rag.prose.study import Studies

SL, EN = Language.SL, Language.EN
LEAD_IN, ITEMS = "1:3.3", ["1:3.4", "1:3.5", "1:3.6"]


def _cited(engine: Engine, question: str) -> list[str]:
    return [citation.id for citation in engine.ask(question).citations]


@pytest.mark.parametrize(
    "question",
    [
        "Iz katerih razlogov so vezikli za medicino tako privlačni?",
        "Naštej, zakaj so ZV medicini zanimivi.",
        "Why does medicine take an interest in EVs?",
        "List the reasons for which EVs interest medicine.",
    ],
)
def test_a_lead_in_comes_with_its_items(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    cited = [citation.id for citation in answer.citations]
    assert answer.outcome is Outcome.ANSWERED
    assert [LEAD_IN, *ITEMS] == cited[cited.index(LEAD_IN) :][:4]
    assert not answer.sentences[-1].text.endswith(":")


@pytest.mark.parametrize(
    ("question", "item"),
    [
        ("Kako veziklom na površino dodajo izbrane molekule?", "1:3.6"),
        ("By which kinds of manipulation can EVs be enriched with chosen molecules?", "1:3.6"),
    ],
)
def test_an_item_that_goes_on_comes_with_its_lead_in_only(engine: Engine, question: str, item: str) -> None:
    cited = _cited(engine, question)
    assert cited[cited.index(item) - 1] == LEAD_IN
    assert not set(ITEMS) - {item} & set(cited)


def _items(engine: Engine, *changed: str, **to: object) -> Items:
    chunks = [replace(c, **to) if c.id in changed else c for c in engine.retriever.chunks]  # type: ignore[arg-type]
    return Items(chunks, Studies(chunks))


def test_items_that_can_be_read_alone_need_no_lead_in(engine: Engine) -> None:
    lead_in, item = engine.index.chunks[LEAD_IN], engine.index.chunks[ITEMS[1]]
    sentence = "2. Njihove molekule so zavarovane pred razgradnjo."
    alone = replace(item, text=sentence)
    assert _items(engine, item.id, text=sentence).completed((alone,), best=alone, max_words=90) == (alone,)
    assert _items(engine).completed((item,), best=item, max_words=90) == (lead_in, item)


def test_a_list_keeps_to_the_length_of_a_list(engine: Engine) -> None:
    lead_in, other = engine.index.chunks[LEAD_IN], engine.index.chunks["2:2.5"]
    short = _items(engine).completed((other, lead_in), best=lead_in, max_words=110)
    assert [chunk.id for chunk in short] == [LEAD_IN, *ITEMS]
    long = _items(engine, ITEMS[1], text="beseda " * 120).completed((lead_in,), best=lead_in, max_words=110)
    assert [chunk.id for chunk in long] == [LEAD_IN, ITEMS[0]]


def test_a_lead_in_without_items_is_no_answer_beside_others(engine: Engine) -> None:
    items = _items(engine, *ITEMS, kind=Kind.CAPTION)
    lead_in, other = engine.index.chunks[LEAD_IN], engine.index.chunks["1:3.1"]
    assert leads_in(lead_in)
    assert not leads_in(other)
    assert items.completed((lead_in, other), best=lead_in, max_words=110) == (other,)


@pytest.mark.parametrize(
    ("question", "language", "pieces"),
    [
        ("Kje nastajajo eksosomi ter kako velike so celice?", SL, 2),
        ("Koliko je bilo miši in v koliko skupin so jih delili?", SL, 2),
        ("Who funded the study, and over how many years did it run?", EN, 2),
        ("How were the rabbits treated and what came of it?", EN, 2),
        ("Where do stem cells and exosomes come from?", EN, 1),
    ],
)
def test_no_part_keeps_the_conjunction(question: str, language: Language, pieces: int) -> None:
    found = parts(question, language)
    assert len(found) == pieces
    for part in found[:-1]:
        assert part.split()[-1] not in ("in", "ter", "pa", "and", "or", "but")


@pytest.mark.parametrize(
    ("answering", "first", "best"),
    [
        ([{"a": 1.0, "s": 0.99}, {"b": 1.0, "s": 0.985}], "a", ["s"]),  # one serves both parts
        ([{"a": 1.0, "s": 0.9}, {"b": 1.0, "s": 0.5}], "a", ["a", "b"]),
        ([{"a": 1.0, "s": 0.95}, {"b": 1.0}], "s", ["s", "b"]),  # the best one of all is taken where nearly as good
        ([{"a": 1.0}, {"a": 1.0}], "a", ["a"]),
        ([], "a", []),
    ],
)
def test_the_fewest_sentences_that_serve_each_part(
    answering: list[dict[str, float]], first: str, best: list[str]
) -> None:
    assert best_of_parts(answering, first) == best


@pytest.mark.parametrize(
    ("question", "one"),
    [
        ("Kam so mišim s fibrozo jeter vbrizgali pripravek in kako so učinek potem spremljali?", "3.1.4.2:1.4"),
        ("Where was the preparation injected in mice with liver fibrosis and how was its effect monitored?",
         "3.1.4.2:1.4"),
        ("Kako veliki so mikrovezikli in kako nastanejo?", "figure-1:1.5"),
        ("What size are microvesicles and how do they form?", "figure-1:1.5"),
    ],
)  # fmt: skip
def test_one_sentence_that_answers_both_parts_is_taken(engine: Engine, question: str, one: str) -> None:
    cited = _cited(engine, question)
    assert one in cited
    assert len(cited) <= 2
    for part in parts(question, SL if "kako" in question else EN)[:1]:
        assert one in _cited(engine, f"{part}?")


@pytest.mark.parametrize(
    ("question", "pieces"),
    [
        ("Kaj pomeni kratica MODS in pri katerih organih so vezikli pri I/R poškodbah pomagali?",
         {"3.1.7:1.4", "3.1.7:1.5"}),
        ("What does MODS stand for, and for which organs with I/R injury were vesicles of use?",
         {"3.1.7:1.4", "3.1.7:1.5"}),
    ],
)  # fmt: skip
def test_an_abbreviation_is_spelled_out_beside_another_part(engine: Engine, question: str, pieces: set[str]) -> None:
    assert pieces <= set(_cited(engine, question))


@pytest.mark.parametrize(
    ("piece", "language", "given"),
    [
        ("2:2.5", SL, ["2:2.4", "2:2.5"]),  # "Tvorijo namreč …"
        ("2:2.5", EN, ["2:2.4", "2:2.5"]),  # "This is because …"
        ("3:1.3", EN, ["3:1.2", "3:1.3"]),  # "The reason is that …"
        ("abstract-sl:1.4", SL, ["abstract-sl:1.3", "abstract-sl:1.4"]),  # "Zaradi teh lastnosti …"
        ("3:1.2", SL, ["3:1.2"]),  # "Kljub temu, da …" points to nothing
        ("3.1.7:1.5", SL, ["3.1.7:1.5"]),  # "namreč" alone is no reason for a longer sentence than its own
        ("3.1.4.1:1.4", EN, ["3.1.4.1:1.4"]),  # "It was also found …"
    ],
)
def test_an_answer_does_not_open_torn_off(engine: Engine, piece: str, language: Language, given: list[str]) -> None:
    read = readable((engine.index.chunks[piece],), engine.retriever, language=language)
    assert [chunk.id for chunk in read] == given


def test_a_connective_within_an_answer_goes_on_from_what_is_there(engine: Engine) -> None:
    chunks = tuple(engine.index.chunks[piece] for piece in ("2:1.6", "2:2.5"))
    assert readable(chunks, engine.retriever, language=SL) == chunks
