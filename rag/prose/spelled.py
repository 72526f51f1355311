"""Names in full, where a question asks for them or is nothing but a name."""

from corpus.concepts import ConceptMatcher
from corpus.terms import searchable, words
from ingest.chunk import Chunk
from rag.prose.rivals import named_by
from rag.questions.definition import asks_definition, asks_to_spell, spelled_out
from rag.questions.question import Question
from rag.retrieval.retrieve import Retriever

# A question that is nothing but a name has so many words; a compound counts with its parts.
_NAME_WORDS = 3


def spelled_out_in(question: Question, retriever: Retriever, matcher: ConceptMatcher) -> dict[str, Chunk]:
    """Return the pieces that spell out what a question names, when it asks for that or is that name: "TSG-6?".

    Who types no more than a disease wants to be told of it.
    """
    keys = named_by(question)
    folded = searchable(question.text)
    alone = len(keys) == 1 and question.text == question.resolved and not asks_definition(folded, question.language)
    is_name = alone and len(words(question.text)) <= _NAME_WORDS and not matcher.kind(*keys).startswith("disease:")
    if not is_name and not asks_to_spell(folded, question.language):
        return {}
    return spelled_out(keys, retriever.chunks, matcher)
