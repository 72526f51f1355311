"""Whether an index fits the articles, the code and the settings; asking needs this of ingestion, and no parser."""

import hashlib
from pathlib import Path

from corpus.config import BUNDLED_MODEL, VERSION, Settings
from corpus.errors import CorpusError, IndexMismatchError
from corpus.load import Article
from ingest.embedder.static import StaticEmbedder
from ingest.index import SCHEMA, Manifest

CODE = f"{VERSION}/{SCHEMA}"


def check_fresh(manifest: Manifest, article: Article, settings: Settings) -> None:
    """Raise IndexMismatchError, with both values, unless the index fits articles, code and settings.

    Args:
        article: the bundled one.
    """
    if manifest.code != CODE:
        raise IndexMismatchError(
            f"The index was built by Evidenca {manifest.code.split('/')[0]} in another format; this is {VERSION}.",
            hint="Rebuild it: evidenca ingest",
        )
    if manifest.words_fingerprint != StaticEmbedder().fingerprint:
        raise IndexMismatchError(
            f"The word vectors of {BUNDLED_MODEL} have changed since the index was built.",
            hint="Rebuild it: evidenca ingest",
        )
    for entry in manifest.articles:
        if entry.path is None:
            changed = (entry.id, entry.sha256) != (article.id, article.sha256)
        else:
            # A file that is gone is no reason to refuse: the index holds its text.
            changed = Path(entry.path).exists() and sha256_of(Path(entry.path)) != entry.sha256
        if changed:
            raise IndexMismatchError(
                f"The index is stale: {entry.path or 'the bundled article'} has changed since it was built.",
                hint="Rebuild it: evidenca ingest",
            )
    if settings.embedding_model is not None and settings.embedding_model != manifest.model:
        raise IndexMismatchError(
            f"The index was built with the embedding model {manifest.model} ({manifest.dimension} dimensions), but "
            f"{settings.embedding_model} is asked for.",
            hint=f"Rebuild it: evidenca ingest --embedding-model {settings.embedding_model}",
        )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        CorpusError: it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from error
