"""The same weights as a module of sentence-transformers, for programs built on that library.

    from ingest.embedder.st_module import load_model
    model = load_model()

`SentenceTransformer(folder, trust_remote_code=True)` gives the same; the library asks for that flag
whenever a model's class is not one of its own. Evidenca itself needs neither: see ingest.embedder.static.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule, Normalize

from ingest.embedder.static import MODEL_DIR
from ingest.embedder.weights import FILE, Weights, read_weights, rows_of, save, write_weights

_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "ingest.embedder.st_module.FeatureSum"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.base.modules.normalize.Normalize"},
]


class FeatureSum(InputModule):
    """Texts to sums of feature vectors, shape (n, dimension), not yet of unit length; zero without features."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.weights = weights
        vectors = torch.from_numpy(weights.rows(np.arange(len(weights.keys))))
        self.embedding = torch.nn.EmbeddingBag.from_pretrained(vectors, freeze=False, mode="sum")

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Return the row numbers of the texts' features, one after another, and where each text begins."""
        texts = [f"{prompt or ''}{text}" for text in inputs]
        rows = [rows_of(self.weights, text) for text in texts]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])[:-1]]).astype(np.int64)
        return {
            "input_ids": torch.from_numpy(np.concatenate(rows).astype(np.int64)),
            "offsets": torch.from_numpy(starts),
        }

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Add `sentence_embedding` to the features."""
        features["sentence_embedding"] = self.embedding(features["input_ids"], features["offsets"])
        return features

    def get_embedding_dimension(self) -> int:
        """Length of each vector."""
        return self.weights.dimension

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Write the weights file: as it was or, when training has changed the vectors, quantised anew."""
        path, vectors = Path(output_path) / FILE, self.embedding.weight.detach().cpu().numpy()
        if np.array_equal(vectors, self.weights.rows(np.arange(len(vectors)))):
            save(path, self.weights)
        else:
            write_weights(path, vectors, self.weights.keys, ngrams=self.weights.ngrams)

    @classmethod
    def load(cls, model_name_or_path: str, *_: Any, **__: Any) -> Self:
        """Return the module with the weights of a local folder.

        Raises:
            ConfigError: they are missing or damaged.
        """
        return cls(read_weights(Path(model_name_or_path) / FILE))


def load_model(folder: Path = MODEL_DIR) -> SentenceTransformer:
    """Return the model in `folder` as a SentenceTransformer on the CPU.

    Raises:
        ConfigError: its weights are missing or damaged.
    """
    modules: list[torch.nn.Module] = [FeatureSum.load(str(folder)), Normalize()]
    return SentenceTransformer(modules=modules, device="cpu")


def write_folder(folder: Path) -> None:
    """Write what the library needs beside the weights file to load the folder by its path."""
    for name, content in (
        ("modules.json", _MODULES),
        ("config_sentence_transformers.json", {"similarity_fn_name": "cosine", "prompts": {}}),
        ("1_Normalize/config.json", {}),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
