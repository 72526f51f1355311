"""How the words of articles are written: what mistyped words of a question are compared with.

Counting them takes a tenth of a second, a good part of a first answer, so it is done at ingestion.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from corpus.load import Article
from corpus.text import fold
from corpus.types import Document, Language

# Shorter words have too many neighbours to be mended.
SHORTEST = 5

Spellings = Mapping[Language, Mapping[str, str]]


def spellings(article: Article, documents: Iterable[Document]) -> Spellings:
    """Return, for each language, the commonest spelling of each folded word of the articles.

    Translations, glossary and restatements count, too. A word is written in small letters unless it never is.
    """
    texts: dict[Language, list[str]] = {language: [] for language in Language}
    for document in documents:
        for piece in document.pieces():
            texts[piece.language].append(piece.text)
    texts[Language.EN].extend(article.translations.values())
    for language in Language:
        texts[language].extend(name for concept in article.glossary for name in concept.names(language))
        texts[language].extend(text for sides in article.restatements.values() for text in sides[language])
    return {language: _written(texts[language]) for language in Language}


def dump(found: Spellings) -> bytes:
    """Return spellings as JSON."""
    return json.dumps(found, ensure_ascii=False).encode()


def load(content: bytes) -> Spellings:
    """Return the spellings that `dump` wrote."""
    return {Language(language): written for language, written in json.loads(content).items()}


def _written(texts: Iterable[str]) -> dict[str, str]:
    counts: dict[str, Counter[str]] = {}
    for word in re.findall(rf"[^\W\d_]{{{SHORTEST},}}", "\n".join(texts)):
        counts.setdefault(fold(word), Counter())[word] += 1
    return {folded: _commonest(spelled) for folded, spelled in counts.items()}


def _commonest(counts: Counter[str]) -> str:
    return max(sorted(counts), key=lambda word: (word.islower(), counts[word]))
