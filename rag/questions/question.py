"""Understand a question: its language, its telling words, its ids, and what it is not for.

Deterministic and small on purpose: cue words are data in `rag/questions/cues.toml`, one list per language.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from corpus.concepts import ConceptMatcher
from corpus.config import MAX_QUESTION_CHARS
from corpus.errors import QuestionError
from corpus.language import detect_language
from corpus.terms import STOP_WORDS, is_dictionary_word, searchable, words
from corpus.text import fold
from corpus.types import Language
from rag.prose.claim import is_announced
from rag.questions.about import Asked, is_opinion
from rag.questions.about import read as read_about
from rag.questions.advice import asks_advice
from rag.questions.definition import asks_definition, frame
from rag.questions.expect import Expectation, asked_by, expected
from rag.questions.point import Point, point_of
from rag.retrieval.lexical import QuestionWord

_TRIAL_ID = re.compile(r"\bnct\d+\b")
# A cue of more words than this reaches into what the question is about.
_CUE = 3
# So few words ("pa M-CSF?", "in Iran") are in the language of the question before, if they may be.
_FEW = 3
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the dialogue so far."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as understood.

    Attributes:
        text: as asked, control characters removed and white space collapsed.
        resolved: the same, completed from the dialogue when it is a follow-up.
        words: those that carry meaning, with the concepts they name.
        told: pieces that the answer before cited; a follow-up hardly asks for them again.
        identifiers: registry ids, folded; evidence must contain them all.
        references: numbers of the bibliography asked for ("vir 56").
        wants_references: it asks about cited works.
        about: which facts of the article itself it asks for.
        asks_about_article: it does, or speaks of the article's own record: licence, dates.
        asks_advice: it asks what somebody should do about their health.
        gives_orders: it tries to instruct the assistant rather than ask the article.
        makes_small_talk, checks_claim, wants_overview, compares, enumerates: what it does or asks for.
        in_time: it asks which of two things was the earlier one.
        defines: when it asks what something is, the pieces where the article defines its concepts.
        expects: what kind of answer would answer it.
        point: the word it turns on, what it counts, which periods it names.
        kinds: the kinds of its glossary concepts, as "kind:key".
    """

    text: str
    resolved: str
    language: Language
    words: tuple[QuestionWord, ...]
    told: frozenset[str]
    identifiers: tuple[str, ...]
    references: tuple[int, ...]
    wants_references: bool
    about: Asked | None
    asks_about_article: bool
    asks_advice: bool
    gives_orders: bool
    makes_small_talk: bool
    checks_claim: bool
    wants_overview: bool
    in_time: bool
    compares: bool
    enumerates: bool
    defines: tuple[str, ...]
    expects: Expectation
    point: Point
    kinds: frozenset[str]


def clean(text: str) -> str:
    """Return `text` without control characters, white space collapsed.

    Raises:
        QuestionError: nothing is left, or it is longer than `MAX_QUESTION_CHARS`.
    """
    cleaned = " ".join(_CONTROL.sub(" ", text).split())
    if not any(char.isalnum() for char in cleaned):
        raise QuestionError(
            "The question is empty.", reason="empty_question", hint="Write a question about the article."
        )
    if len(cleaned) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"The question has {len(cleaned)} characters; at most {MAX_QUESTION_CHARS} are read.",
            reason="question_too_long",
            hint="Shorten it.",
        )
    return cleaned


def language_of(text: str, *, earlier: Sequence[str] = ()) -> Language:
    """Return the language of a cleaned question; one that tells nothing has that of the dialogue.

    Raises:
        QuestionError: it is in neither Slovene nor English.
    """
    previous = detect_language(earlier[-1]) if earlier else None
    if previous is not None and not _is_of_another(text, previous):
        return previous
    language = detect_language(text, default=previous or Language.SL)
    if language is None:
        raise QuestionError(
            "The question is in neither Slovene nor English.",
            reason="unsupported_language",
            hint="Ask in Slovene or English. / Vprašajte v slovenščini ali angleščini.",
        )
    return language


def _is_of_another(text: str, language: Language) -> bool:
    """Whether a text is long enough to tell its language, or has a word that only the other one has."""
    spoken = re.findall(r"[^\W\d_]+", text.lower())
    others = [other for other in Language if other is not language]
    return len(spoken) > _FEW or any(
        is_dictionary_word(word, other) and not is_dictionary_word(word, language)
        for word in spoken
        for other in others
    )


def understand(
    text: str,
    language: Language,
    *,
    matcher: ConceptMatcher,
    resolved: str = "",
    told: frozenset[str] = frozenset(),
    describes: bool = False,
) -> Question:
    """Return a cleaned question as understood.

    Args:
        describes: it describes a thing, so that no word of it merely says what kind of answer is wanted.
        told: pieces that the answer before cited.
        resolved: the question completed from the dialogue; the question itself when left out.
    """
    asked, resolved = text, written(resolved or text, language)
    text = written(text, language)
    folded = searchable(text)
    cues = _cues()[language]
    about = read_about(
        resolved, language, topic=_topic_words(resolved, language, matcher), follows=searchable(resolved) != folded
    )
    in_time = re.search(cues["in_time"], folded) is not None
    return Question(
        text=asked,
        resolved=resolved,
        language=language,
        words=_question_words(resolved, language, matcher, asked=text, describes=describes),
        told=told,
        identifiers=tuple(dict.fromkeys(_TRIAL_ID.findall(searchable(resolved)))),
        references=tuple(int(number) for number in re.findall(cues["reference_number"], folded)),
        wants_references=re.search(cues["references"], folded) is not None,
        about=about,
        asks_about_article=about is not None or _speaks_of_article(folded, language),
        asks_advice=asks_advice(folded, language),
        # An order may come in the other language than the question around it.
        gives_orders=any(re.search(_cues()[either]["orders"], folded) is not None for either in Language),
        makes_small_talk=re.search(cues["small_talk"], folded) is not None,
        checks_claim=re.search(cues["claim"], folded) is not None or is_announced(folded, language),
        wants_overview=re.search(cues["overview"], folded) is not None,
        in_time=in_time,
        compares=in_time or re.search(cues["comparison"], folded) is not None,
        enumerates=re.search(cues["enumeration"], folded) is not None,
        defines=_definitions(resolved, language, matcher) if asks_definition(folded, language) else (),
        expects=expected(text, language),
        point=point_of(text, language),
        kinds=frozenset(matcher.kind(mention.key) for mention in matcher.find(resolved, language=language)),
    )


def written(text: str, language: Language) -> str:
    """Return a question with its spoken forms ("kolk", "zakva") replaced by the written ones."""
    spoken = _spoken()[language]
    return re.sub(r"[^\W\d_]+", lambda match: spoken.get(fold(match.group()), match.group()), text)


def content_words(text: str, language: Language) -> list[str]:
    """Return the words of a question that carry meaning."""
    return [word for word in words(text) if word not in STOP_WORDS[language]]


def _topic_words(text: str, language: Language, matcher: ConceptMatcher) -> frozenset[str]:
    """Return the words (folded) that name something of the article's field."""
    tokens = words(text)
    return frozenset(
        tokens[position]
        for mention in matcher.find(text, language=language)
        if matcher.kind(mention.key).split(":", 1)[0] not in ("other", "organisation")
        for position in mention.positions
    )


def _speaks_of_article(folded: str, language: Language) -> bool:
    said = re.search(_cues()[language]["about_article"], folded) is not None
    return said and not is_opinion(folded, language)


def _definitions(text: str, language: Language, matcher: ConceptMatcher) -> tuple[str, ...]:
    pieces = (matcher.definition(mention.key) for mention in matcher.find(text, language=language))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _question_words(
    text: str, language: Language, matcher: ConceptMatcher, *, asked: str, describes: bool
) -> tuple[QuestionWord, ...]:
    """Return the telling words in order, each once, with the concepts they help to name.

    `asked` is the question itself; words of `text` that it lacks come from the turn before.
    Of a compound ("zv-msc") only the whole counts when it names something, else only its parts.
    """
    concepts: dict[int, list[str]] = {}
    for mention in matcher.find(text, language=language):
        for position in mention.positions:
            concepts.setdefault(position, []).append(mention.key)
    tokens = words(text)
    ordinary = {
        fold(word)
        for word in re.findall(r"[^\W\d_]+", text[:1].lower() + text[1:])
        if word.islower() and is_dictionary_word(word, language)
    }
    scaffolding = _cues()[language]["scaffolding"].split()
    if re.search(_cues()[language]["references"], searchable(text)):
        # "Who wrote …, in which journal": what kind of thing is asked for, not what it is about.
        scaffolding = [*scaffolding, *_cues()[language]["reference_words"].split()]
    scaffolding = [*scaffolding, *frame(searchable(asked), language)]
    if not describes and len(cue := words(asked_by(asked, language))) <= _CUE:
        scaffolding = [*scaffolding, *cue]
    own = set(words(asked))
    found: dict[str, QuestionWord] = {}
    parts_left = 0
    for position, token in enumerate(tokens):
        if parts_left:
            parts_left -= 1
            continue
        if token in STOP_WORDS[language] or token in scaffolding or (len(token) == 1 and not token.isdigit()):
            continue
        if not token.isalnum() and position not in concepts:
            continue  # a compound that means nothing as a whole: its parts follow
        if not token.isalnum():
            parts_left = sum(len(part) > 1 or part.isdigit() for part in re.split(r"[-/]", token))
        found.setdefault(
            token, QuestionWord(token, tuple(concepts.get(position, ())), token in ordinary, token not in own)
        )
    return tuple(found.values())


@cache
def _spoken() -> dict[Language, dict[str, str]]:
    data = tomllib.loads((Path(__file__).parent / "colloquial.toml").read_text(encoding="utf-8"))
    return {Language(code): words for code, words in data.items()}


@cache
def _cues() -> dict[Language, dict[str, str]]:
    """Cue patterns by language, over folded text."""
    data = tomllib.loads((Path(__file__).parent / "cues.toml").read_text(encoding="utf-8"))
    return {
        Language(code): {
            name: " ".join(value.split()) if name in ("scaffolding", "reference_words") else value
            for name, value in cues.items()
        }
        for code, cues in data.items()
    }
