"""Mistyped words of a question are mended to words of the article, and nothing else is touched."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.load import Article
from corpus.types import Document, Language
from ingest.spellings import spellings
from rag.answer import Outcome
from rag.engine import Engine
from rag.questions.spelling import Speller, speller

SL, EN = Language.SL, Language.EN


@pytest.fixture(scope="module")
def knowing(article: Article, document: Document) -> Speller:
    return speller(spellings(article, [document]), {document.id: document})


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("Kaj so zunajceilčni vezikli?", SL, "Kaj so zunajcelični vezikli?"),
        ("Kako celijo perianlane fitsule?", SL, "Kako celijo perianalne fistule?"),
        ("Mrežncia in miR-146a", SL, "Mrežnica in miR-146a"),
        ("How do vescicles reach the rteina?", EN, "How do vesicles reach the retina?"),
        ("Chian or Grmany", EN, "China or Germany"),
    ],
)
def test_slips_are_mended(knowing: Speller, typed: str, language: Language, meant: str) -> None:
    assert knowing.mend(typed, language) == meant


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Kaj članek pove o glavkomu in metforminu?", SL),  # words of medicine that the article lacks
        ("Does it mention sarcoidosis, losartan or glioblastoma?", EN),
        ("Kaj pravi Novakova o eksosomih?", SL),  # names
        ("What did Nazari, Zhou and Buzas find?", EN),
        ("zunajcelicni vezikli pri celjenju poskodb", SL),  # without diacritics
        ("NCT05499156, GvHD, miR-146a, ZV-MSC, $A\\beta$", SL),
    ],
)
def test_what_is_right_stays(knowing: Speller, question: str, language: Language) -> None:
    assert knowing.mend(question, language) == question


@pytest.mark.parametrize("language", [SL, EN])
def test_nothing_the_article_says_is_mended(knowing: Speller, article: Article, language: Language) -> None:
    texts = [text for sides in article.restatements.values() for text in sides[language]]
    assert [text for text in texts if knowing.mend(text, language) != text] == []


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), language=st.sampled_from([SL, EN]))
def test_any_text_keeps_its_marks_and_mending_twice_changes_nothing(
    knowing: Speller, text: str, language: Language
) -> None:
    mended = knowing.mend(text, language)
    assert knowing.mend(mended, language) == mended
    assert re.sub(r"[^\W\d_]", "", mended) == re.sub(r"[^\W\d_]", "", text)


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("Kako na mržnico vpliva miR-146a?", "Kako na mrežnico vpliva miR-146a?"),
        ("Which trials study Alzheimmer's disease?", "Which trials study Alzheimer's disease?"),
    ],
)
def test_the_answer_says_how_the_question_was_read(engine: Engine, question: str, understood: str) -> None:
    answer = engine.ask(question)
    assert (answer.outcome, answer.question, answer.resolved_question) == (Outcome.ANSWERED, question, understood)
