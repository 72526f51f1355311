"""Which sentences pass: faithful rewordings do, inventions and turned facts do not; and no output breaks an answer."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.config import Settings
from corpus.load import Article
from corpus.types import Language
from eval.fit_support import dev_pieces, evidence_of, read_rewordings
from rag.answer import Answer, Outcome, Support, WritingStatus
from rag.engine import Engine
from rag.llm.attribute import attribute
from rag.llm.client import Message, Piece
from rag.llm.failure import Failure, LlmError
from rag.llm.markers import Draft
from rag.llm.settings import LlmSettings
from rag.llm.verify import SUPPORT, Doubt, Evidence, Verifier
from rag.llm.writer import LlmWriter
from tests.test_answer import SCHEMA, assert_sound
from tests.test_llm_faults import GOOD, INVENTED, QUESTION

pytestmark = pytest.mark.model
SL, EN = Language.SL, Language.EN
languages = pytest.mark.parametrize("language", [SL, EN])

# What turns a statement round: (pattern, replacement), tried in order.
NEGATIONS = {
    SL: [
        (r"\bje\b", "ni"), (r"\bso\b", "niso"),
        (r"\b(zavirajo|kažejo|kaže|zajamejo|pridobivajo|prodirajo)\b", r"ne \1"),
    ],
    EN: [
        (r"\b(is|are|was|were|can|could|will|has been)\b", r"\1 not"),
        (r"\b(showed|found|helped|suggest)\b", r"did not \1"),
    ],
}  # fmt: skip
OPPOSITES = {
    SL: [
        ("zmanjša", "poveča"), ("znižali", "zvišali"), ("bolj stabilni", "manj stabilni"), ("dražje", "cenejše"),
        ("izboljšali", "poslabšali"), ("zavirajo", "spodbujajo"), ("manjša", "večja"), ("redko", "pogosto"),
    ],
    EN: [
        ("lowered", "raised"), ("reduce", "increase"), ("more stable", "less stable"), ("more expensive", "cheaper"),
        ("improved", "worsened"), ("inhibit", "promote"), ("fewer", "more"), ("lower", "higher"), ("rarely", "often"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def verifier(engine: Engine) -> Verifier:
    return Verifier(engine.matcher, engine.word_vectors)


@pytest.fixture(scope="module")
def written(engine: Engine) -> list[tuple[str, Evidence, Language, bool]]:
    """The sentences written as a model writes: sentence, evidence, language, faithful."""
    pieces = engine.index.chunks
    return [
        (text, evidence_of(pieces[piece], engine), language, faithful)
        for (piece, language), texts in read_rewordings().items()
        for faithful, text in texts
    ]


def shares(found: list[bool]) -> float:
    assert len(found) > 5
    return sum(found) / len(found)


@languages
def test_most_faithful_rewordings_pass(
    verifier: Verifier, written: list[tuple[str, Evidence, Language, bool]], language: Language
) -> None:
    passed = [verifier.verify(t, [e], language).doubt is None for t, e, own, ok in written if ok and own is language]
    assert shares(passed) >= 0.75


@languages
def test_plausible_inventions_do_not(
    verifier: Verifier, written: list[tuple[str, Evidence, Language, bool]], language: Language
) -> None:
    passed = [t for t, e, own, ok in written if not ok and own is language and not verifier.verify(t, [e], own).doubt]
    assert passed == []


@languages
def test_a_changed_number_never_passes(
    verifier: Verifier, written: list[tuple[str, Evidence, Language, bool]], language: Language
) -> None:
    changed = [
        (re.sub(r"\d+", lambda match: str(int(match[0]) + 1), text, count=1), evidence)
        for text, evidence, own, ok in written
        if ok and own is language and re.search(r"\d", text)
    ]
    assert [verifier.verify(text, [evidence], language).doubt for text, evidence in changed] == [Doubt.FACTS] * len(
        changed
    )
    assert len(changed) > 5


@languages
@pytest.mark.parametrize("turns", [NEGATIONS, OPPOSITES], ids=["negation", "opposite"])
def test_a_statement_turned_round_hardly_ever_passes(
    verifier: Verifier,
    written: list[tuple[str, Evidence, Language, bool]],
    language: Language,
    turns: dict[Language, list[tuple[str, str]]],
) -> None:
    passed = []
    for text, evidence, own, faithful in written:
        if not faithful or own is not language or verifier.verify(text, [evidence], language).doubt is not None:
            continue
        for pattern, replacement in turns[language]:
            turned = re.sub(pattern, replacement, text, count=1)
            if turned != text:
                passed.append(verifier.verify(turned, [evidence], language).doubt is None)
                break
    assert shares(passed) <= 0.15


@languages
def test_the_sentences_of_the_article_support_themselves(
    engine: Engine, verifier: Verifier, language: Language
) -> None:
    """What is copied must pass, or the verification would be of no use."""
    refused = []
    pieces = dev_pieces(engine)
    for chunk in pieces:
        evidence = evidence_of(chunk, engine)
        if language in evidence.texts:
            finding = verifier.verify(evidence.texts[language], [evidence], language)
            refused += [(chunk.id, finding)] if finding.doubt is not None else []
    assert len(refused) <= 0.03 * len(pieces), refused


@languages
def test_a_name_that_is_not_in_the_evidence_does_not_pass(
    engine: Engine, verifier: Verifier, language: Language
) -> None:
    evidence = Evidence(number=1, texts={SL: "ZV-MSC zmanjšajo fibrozo jeter.", EN: "MSC-EVs reduce liver fibrosis."})
    strange = {SL: "ZV-MSC zmanjšajo fibrozo ledvic.", EN: "MSC-EVs reduce kidney fibrosis."}[language]
    own = {SL: "Fibrozo jeter ZV-MSC zmanjšajo.", EN: "Liver fibrosis is reduced by MSC-EVs."}[language]
    assert verifier.verify(strange, [evidence], language).doubt is Doubt.NAMES
    assert verifier.verify(own, [evidence], language).doubt is None


@pytest.mark.parametrize(
    ("sentence", "source", "language", "doubt"),
    [
        ("EVs heal fistulas.", "The aim was to assess whether EVs heal fistulas.", EN, Doubt.CERTAINTY),
        (
            "The aim was to assess whether EVs heal fistulas.",
            "The aim was to assess whether EVs heal fistulas.",
            EN,
            None,
        ),
        ("EVs may heal fistulas.", "EVs could heal fistulas.", EN, None),
        ("ZV zdravijo fistule.", "Cilj je bil oceniti, ali ZV zdravijo fistule.", SL, Doubt.CERTAINTY),
        ("ZV bi lahko zdravile fistule.", "ZV bi lahko zdravile fistule.", SL, None),
    ],
)
def test_what_is_only_examined_is_not_stated(
    verifier: Verifier, sentence: str, source: str, language: Language, doubt: Doubt | None
) -> None:
    assert verifier.verify(sentence, [Evidence(number=1, texts={language: source})], language).doubt is doubt


@languages
def test_the_topic_of_the_question_may_be_repeated_where_the_passage_is_about_it(
    verifier: Verifier, language: Language
) -> None:
    texts = {
        SL: "Terapija je pozitivno vplivala na 80 % bolnikov.",
        EN: "The therapy had a positive effect on 80 % of patients.",
    }
    around = "Kronična vnetna črevesna bolezen: perianalne fistule. Inflammatory bowel disease: perianal fistulas."
    asked = {
        SL: "Kako uspešna je terapija pri perianalnih fistulah?",
        EN: "How does therapy work in perianal fistulas?",
    }
    sentence = {
        SL: "Pri perianalnih fistulah je terapija pozitivno vplivala na 80 % bolnikov.",
        EN: "In perianal fistulas the therapy had a positive effect on 80 % of patients.",
    }[language]
    about = Evidence(number=1, texts=texts, around=around, asked=asked[language])
    assert verifier.verify(sentence, [about], language).doubt is None
    elsewhere = Evidence(number=1, texts=texts, around="Ciroza jeter. Liver cirrhosis.", asked=asked[language])
    assert verifier.verify(sentence, [elsewhere], language).doubt is Doubt.NAMES


def test_a_number_of_one_piece_cannot_be_put_into_the_sentence_of_another(verifier: Verifier) -> None:
    """A real model did this: both numbers stood in the evidence, and both words did."""
    pieces = [
        Evidence(
            number=1, texts={EN: "The therapy had a positive effect on 80 % of patients, in whom healing was complete."}
        ),
        Evidence(number=2, texts={EN: "In another trial the condition of 45 % of patients improved."}),
    ]
    mixed = "The therapy had a positive effect on 45 % of patients, in whom healing was complete"
    assert attribute(verifier, Draft(mixed, (1, 2)), pieces, EN).doubt in (Doubt.FACTS, Doubt.SUPPORT)
    joined = "The therapy had a positive effect on 80 % of patients, while in another trial 45 % of patients improved"
    assert attribute(verifier, Draft(joined, (1, 2)), pieces, EN).numbers == (1, 2)


def test_only_what_is_needed_is_cited(verifier: Verifier) -> None:
    pieces = [
        Evidence(number=1, texts={EN: "EVs are more stable than cells during storage."}),
        Evidence(number=2, texts={EN: "Liver cirrhosis is a pathological change."}),
    ]
    found = attribute(verifier, Draft("EVs are more stable than cells during storage.", (1, 2)), pieces, EN)
    assert (found.numbers, found.doubt) == ((1,), None)


def test_the_threshold_is_what_the_script_fitted() -> None:
    stored = json.loads(SUPPORT.read_text(encoding="utf-8"))
    assert set(stored) == {"weights", "threshold", "held_out"}
    weights = stored["weights"]
    assert (
        min(weights["cosine"], weights["coverage"], weights["trigrams"]) > 0 > max(weights["unmatched"], weights["run"])
    )


class Says:
    """A model that says what it is told, without a network."""

    def __init__(self, pieces: Sequence[Piece | Failure]) -> None:
        self.settings = LlmSettings(model="says", url="http://127.0.0.1:1/v1")
        self.pieces = pieces

    def stream(self, messages: Sequence[Message]) -> Iterator[Piece]:
        for piece in self.pieces:
            if isinstance(piece, Failure):
                raise LlmError(piece)
            yield piece


WORDS = [
    *GOOD[SL], *GOOD[EN], *INVENTED.values(), "[1]", "[4].", "[9]", "[1-3]", ".", ". ", "\n", "- ", "<think>",
    "</think>", "Perianalne fistule so pogost zaplet pri CB", "Perianal fistulas are a common complication in CD",
    "80 %", "ne", "not", "The evidence does not answer the question.", "https://x.si", "**", "(56)", "npr.", "[", "]",
    "  ", "\u202e", "Sources:",
]  # fmt: skip
OUTPUTS = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=14).map("".join),
)


@pytest.fixture(scope="module")
def own(index_dir: Path) -> Engine:
    return Engine.open(Settings(index_dir=index_dir))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(OUTPUTS, max_size=4),
    end=st.sampled_from([Piece(finish="stop"), Piece(finish="length"), Piece(beat=True), *Failure]),
    language=st.sampled_from([SL, EN]),
)
def test_whatever_a_model_says_the_answer_is_valid(
    own: Engine, article: Article, texts: list[str], end: Piece | Failure, language: Language
) -> None:
    model = Says([*(Piece(text=text) for text in texts), end])
    own.writer = LlmWriter(model, matcher=own.matcher, word_vectors=own.word_vectors)
    verifier = Verifier(own.matcher, own.word_vectors)
    *_, answer = own.stream(QUESTION[language])
    assert isinstance(answer, Answer)
    values = json.loads(json.dumps(answer.to_dict()))
    jsonschema.validate(values, SCHEMA)
    assert_sound(values, article.source)
    assert answer.writing is not None
    assert answer.language is language
    assert (answer.outcome is Outcome.ABSTAINED) == (answer.writing.status is WritingStatus.DECLINED)
    for sentence in answer.sentences:
        if sentence.support is Support.REWORDED:
            cited = [answer.citations[marker - 1] for marker in sentence.markers]
            held = " ".join(f"{citation.quote} {citation.translation or ''}" for citation in cited)
            assert set(re.findall(r"\d+", sentence.text)) <= set(re.findall(r"\d+", held))
            assert verifier.missing_facts(sentence.text, [Evidence(number=1, texts={language: held})]) == ()


def test_a_slip_of_ours_does_not_cost_the_answer(own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    own.writer = LlmWriter(Says([Piece(text="One. Two.")]), matcher=own.matcher, word_vectors=own.word_vectors)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a slip")

    monkeypatch.setattr(Verifier, "verify", broken)
    answer = own.ask(QUESTION[EN])
    own.writer = None
    assert answer.citations == own.ask(QUESTION[EN]).citations
    assert answer.writing is not None
    assert answer.writing.status is WritingStatus.FALLBACK


@languages
def test_copied_sentences_count_as_quotes(own: Engine, language: Language) -> None:
    own.writer = None
    first = next(each for each in own.ask(QUESTION[language]).sentences if each.support is not Support.NOTICE)
    own.writer = LlmWriter(
        Says([Piece(text=f"{first.text} [1]"), Piece(finish="stop")]),
        matcher=own.matcher,
        word_vectors=own.word_vectors,
    )
    answer = own.ask(QUESTION[language])
    own.writer = None
    assert [sentence.support for sentence in answer.sentences] == [first.support]
