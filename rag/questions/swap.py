"""A question asked again of another thing: "… in mice. And in people?", "What are stem cells? And mesenchymal ones?".

What the second question names stands in place of what the first one names of the same class.
"""

from collections.abc import Collection

from corpus.concepts import ConceptMatcher
from corpus.terms import words
from corpus.types import Language
from rag.questions.question import content_words

# Of these kinds one thing stands in place of another; people and animals are of one kind.
_KINDS = ("disease", "organ", "tissue", "animal", "vesicle", "molecule", "cell")
_PEOPLE = frozenset({"other:human", "other:patient", "other:child"})
# Where nothing of the same kind was named, diseases and parts of the body are of one kind.
_FIELD, _OF_FIELD = "field", ("disease", "organ", "tissue")


def asked_of(before: str, question: str, language: Language, matcher: ConceptMatcher) -> str:
    """Return a question without what another one names something in place of; unchanged where it names nothing such."""
    named = {mention.key for mention in matcher.find(question, language=language)}
    if not named:
        return _of_that_kind(before, question, language, matcher)
    for broad in (False, True):
        classes = {class_of(matcher.kind(key), broad=broad) for key in named} - {""}
        rivals = [
            mention
            for mention in matcher.find(before)
            if class_of(matcher.kind(mention.key), broad=broad) in classes and mention.key not in named
        ]
        if rivals:
            tokens = words(before)
            return without(before, {tokens[place] for mention in rivals for place in mention.positions})
    return before


def class_of(kind: str, *, broad: bool = False) -> str:
    """Return of which class a concept ("kind:key") is, that one may stand in place of another of it; "" of none.

    Args:
        broad: diseases and parts of the body count as one class.
    """
    name, key = kind.split(":", 1)
    if kind in _PEOPLE:
        return "animal"
    if name == key or name not in _KINDS:
        return ""
    return _FIELD if broad and name in _OF_FIELD else name


def without(text: str, gone: Collection[str]) -> str:
    """Return a text without these (folded) words."""
    return " ".join(word for word in text.split() if not words(word) or not set(words(word)) <= set(gone))


def _of_that_kind(before: str, question: str, language: Language, matcher: ConceptMatcher) -> str:
    """Return a question with a thing of another kind in it, where the other one only names the kind."""
    tokens = words(before)
    for mention in matcher.find(before):
        name = " ".join(tokens[place] for place in mention.positions)
        for word in content_words(question, language):
            found = matcher.find(f"{word} {name}")
            if found and found[0].key != mention.key and len(found[0].positions) > len(mention.positions):
                return f"{without(before, {tokens[place] for place in mention.positions})} {word} {name}"
    return before
