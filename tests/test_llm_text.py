"""What a model writes, read tolerantly: markers, sentences, facts; and what a reader is told of it."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import ConfigError
from corpus.types import Language
from rag.llm import prompts
from rag.llm.breaker import Breaker
from rag.llm.facts import Facts, cue, facts, missing, turned
from rag.llm.failure import Failure
from rag.llm.markers import Draft, Reader, numbers_of
from rag.llm.messages import Fallback, broke_off, instead, removed
from rag.llm.prompts import messages, prompt
from rag.llm.verify import Evidence

SL, EN = Language.SL, Language.EN
PIECES = st.sampled_from(
    "[1] [2] [1, 2] [1-3] [Source 2] (Vir 1) 【2】 [^3] [2024] (12,13) [ ] ( [1 **Bold** <think> </think> Foo. "
    "bar npr. 80 % Kaj? - * 1. # Sources: \n \n\n \t … \u202e \x00 č ž \ud7ff".split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join)
)


def read(text: str, *, by: int = 10_000, finished: bool = True) -> list[Draft]:
    reader = Reader()
    drafts: list[Draft] = []
    for start in range(0, len(text), by):
        drafts += reader.feed(text[start : start + by])
    return drafts + reader.end(finished=finished)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("[1]", (1,)), ("[1, 2]", (1, 2)), ("[1-3]", (1, 2, 3)), ("[1–3]", (1, 2, 3)), ("[2][1]", (2, 1)),
        ("[Source 2]", (2,)), ("[Sources 1 and 2]", (1, 2)), ("[Vir 1]", (1,)), ("[Vira 1 in 2]", (1, 2)),
        ("(Source 2)", (2,)), ("(vir 3)", (3,)), ("【2】", (2,)), ("【2†source】", (2,)), ("[^2]", (2,)),
        ("[Dokaz 1; Dokaz 2]", (1, 2)), ("[ 4 ]", (4,)), ("so [1", (1,)), ("[1,1,1]", (1,)), ("[#3]", (3,)),
        ("[2024]", ()), ("(12,13)", ()), ("(5)", ()), ("[a]", ()), ("[]", ()), ("[0]", ()), ("[3-1]", ()),
    ],
)  # fmt: skip
def test_markers_in_the_wild(text: str, numbers: tuple[int, ...]) -> None:
    assert numbers_of(text) == numbers


@pytest.mark.parametrize(
    ("text", "drafts"),
    [
        ("Prvi stavek [1]. Drugi, npr. ta [2].", [("Prvi stavek.", (1,)), ("Drugi, npr. ta.", (2,))]),
        ("First. [1] Second.[2]", [("First.", (1,)), ("Second.", (2,))]),
        ("One [1][2]. Two【3】.", [("One.", (1, 2)), ("Two.", (3,))]),
        ("**Answer:** One [1].\n\n- Two [2]\n- Three", [("One.", (1,)), ("Two", (2,)), ("Three", ())]),
        ("Seen before (12,13) and in [2024].", [("Seen before and in 2024.", ())]),
        ("<think>No [9].</think>Yes [1].", [("Yes.", (1,))]),
        ("No [9].</think>Yes [1].", [("Yes.", (1,))]),
        ("Viri: [1], [2]", []),
        ("```\nCode.\n```", [("Code.", ())]),
        ("", []),
    ],
)
def test_sentences_with_their_markers(text: str, drafts: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(draft.text, draft.numbers) for draft in read(text)] == drafts


def test_a_sentence_comes_out_only_when_its_marker_cannot_follow_any_more() -> None:
    reader = Reader()
    assert reader.feed("First sentence.") == []
    assert reader.feed(" [") == []
    assert reader.feed("1] Sec") == [Draft("First sentence.", (1,))]
    assert reader.end(finished=False) == [Draft("Sec", (), complete=False)]


@settings(deadline=None)
@given(text=TEXTS, by=st.integers(min_value=1, max_value=9))
def test_nothing_a_model_writes_raises_and_chunks_do_not_matter(text: str, by: int) -> None:
    if re.search(r"</?think", text):  # what was thought aloud may come out before its end is seen
        read(text, by=by)
        return
    whole = read(text)
    assert read(text, by=by) == whole
    for draft in whole:
        assert draft.text.strip()
        assert not set(draft.text) & set("[]【】\n\r\x00\u202e")
        assert len(set(draft.numbers)) == len(draft.numbers)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("80 % bolnikov po 6 mesecih", "80 percent of patients after six months"),
        ("faza I/II", "phase 1/2"),
        ("v 2. fazi", "in phase 2"),
        ("30–150 nm", "between 30 and 150 nm"),
        ("1.500 celic", "1,500 cells"),
        ("0,5 mg", "0.5 mg"),
        ("6 ali 12 mesecev", "6 or 12 months"),
        ("miR-146a in IL-10", "miR-146a and IL-10"),
        ("6-mesečno spremljanje", "a 6-month follow-up"),
        ("polovica bolnikov", "half of the patients"),
        ("leta 2022 (12,13)", "in 2022"),
    ],
)
def test_facts_are_the_same_in_both_languages(one: str, other: str) -> None:
    assert facts(one) == facts(other) != facts("")


@pytest.mark.parametrize(
    ("sentence", "source", "lacking"),
    [
        ("95 % of patients", "80 % of patients", ("95 percent",)),
        ("80 patients", "80 % of patients", ("80",)),
        ("after 6 weeks", "after 6 months", ("6 week",)),
        ("5 mg", "5 µg", ("5 milligram",)),
        ("in 2023", "in 2022", ("2023",)),
        ("faza 3", "faza 2", ("phase 3",)),
        ("NCT05499157", "NCT05499156", ("nct05499157",)),
        ("miR-21", "miR-146a", ("mir21",)),
        ("twice as many", "as many", ("share0double",)),
        ("polovica", "tretjina", ("share0half",)),
        ("enajst bolnikov", "12 bolnikov", ("11",)),
        ("V 4 fazah", "4 phases", ()),
        ("8 of 44 trials", "44 trials, of which 8", ()),
    ],
)
def test_a_fact_that_the_source_lacks_is_named(sentence: str, source: str, lacking: tuple[str, ...]) -> None:
    assert missing(facts(sentence), facts(source)) == lacking


@pytest.mark.parametrize(
    ("sentence", "source", "words"),
    [
        ("Umrljivost je bila večja.", "Pripravek je privedel do zmanjšane umrljivosti.", ("vecja",)),
        ("Umrljivost je bila manjša.", "Pripravek je privedel do zmanjšane umrljivosti.", ()),
        (
            "More side effects and greater efficacy.",
            "A lower likelihood of side effects and greater efficacy.",
            ("more",),
        ),
        ("Fewer side effects, greater efficacy.", "A lower likelihood of side effects, greater efficacy.", ()),
        ("EVs are less stable than cells.", "EVs are more stable than cells.", ("less",)),
        ("Stanje se je izboljšalo.", "Stanje je bilo ocenjeno.", ("izboljsalo",)),
    ],
)
def test_what_goes_up_does_not_go_down(sentence: str, source: str, words: tuple[str, ...]) -> None:
    assert turned(sentence, source) == words


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_every_text_holds_its_own_facts(text: str) -> None:
    assert isinstance(facts(text), Facts)
    assert missing(facts(text), facts(text)) == ()


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1, "Odstranjen je bil 1 stavek jezikovnega modela, ki ga viri ne podpirajo."),
        (2, "Odstranjena sta bila 2 stavka jezikovnega modela, ki ju viri ne podpirajo."),
        (3, "Odstranjeni so bili 3 stavki jezikovnega modela, ki jih viri ne podpirajo."),
        (5, "Odstranjenih je bilo 5 stavkov jezikovnega modela, ki jih viri ne podpirajo."),
        (11, "Odstranjenih je bilo 11 stavkov jezikovnega modela, ki jih viri ne podpirajo."),
        (102, "Odstranjena sta bila 102 stavka jezikovnega modela, ki ju viri ne podpirajo."),
    ],
)
def test_removed_sentences_are_counted_in_good_slovene(n: int, text: str) -> None:
    assert removed(n, SL) == text
    assert removed(1, EN).startswith("1 sentence of the language model was removed")
    assert removed(2, EN).startswith("2 sentences of the language model were removed")


def test_every_failure_has_its_words_in_both_languages() -> None:
    assert {str(failure) for failure in Failure} <= {str(reason) for reason in Fallback}
    for language in Language:
        texts = [instead(reason, language) for reason in Fallback]
        assert len(set(texts)) == len(Fallback)
        assert all(text.endswith(".") for text in texts)
    assert broke_off(SL) != broke_off(EN)


@pytest.mark.parametrize("language", [SL, EN])
def test_the_prompt_says_what_the_code_waits_for(language: Language) -> None:
    told = prompt(language)
    assert told.no_answer in told.system
    assert cue("no_answer", language).search(told.no_answer.casefold())


@pytest.mark.parametrize(
    ("change", "problem"),
    [("question = ''\n", "question is empty"), ("extra = 'x'\n", "unknown key extra"), ("", "lacks")],
)
def test_a_prompt_file_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, problem: str) -> None:
    whole = tomllib.loads((Path(prompts.__file__).parent / "prompts" / "en.toml").read_text(encoding="utf-8"))
    kept = {name: text for name, text in whole.items() if name != ("question" if "question" in change else "reminder")}
    if "extra" in change:
        kept = whole
    lines = [f"{name} = '''{text}'''\n" for name, text in kept.items()]
    (tmp_path / "en.toml").write_text("".join(lines) + change, encoding="utf-8")
    monkeypatch.setattr(prompts, "_FOLDER", tmp_path)
    prompt.cache_clear()
    try:
        with pytest.raises(ConfigError, match=problem):
            prompt(EN)
    finally:
        prompt.cache_clear()


@settings(deadline=None)
@given(question=st.text(max_size=50), text=st.text(min_size=1, max_size=50))
def test_no_text_passes_through_a_template(question: str, text: str) -> None:
    system, user = messages(question, [Evidence(number=1, texts={EN: text})], EN)
    assert system.content == prompt(EN).system
    assert f"[1] {text}" in user.content
    assert question in user.content


def test_the_breaker_opens_rests_tries_once_and_closes() -> None:
    now = [0.0]
    breaker = Breaker(failures=2, rest_s=10, clock=lambda: now[0])
    assert breaker.allows()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    now[0] = 10.0
    assert breaker.allows()  # one try …
    assert not breaker.allows()  # … and only one
    breaker.failed()
    assert not breaker.allows()
    now[0] = 20.0
    assert breaker.allows()
    breaker.abandoned()  # the reader left: the next one may try
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    breaker.failed()
    assert breaker.allows()  # counted from nothing again
    breaker.failed(certainly="unreachable")
    assert breaker.reason == "unreachable"
    assert not breaker.allows()
