"""The weights file: four bits a number, in the safetensors format, read without that library.

    codes     uint8   (n_features, dimension / 2)  two numbers a byte: columns 2i (high) and 2i + 1
    scales    float16 (n_features,)                what a row's numbers are multiplied by
    levels    float32 (16,)                        the sixteen values a code stands for
    keys      uint32  (n_features,)                CRC-32 of each row's feature, ascending

Sixteen levels that fit a normal distribution (Lloyd 1982, Max 1960) cost about one per cent of a
row's energy, and a text is the sum of dozens of rows.
"""

import hashlib
import json
import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ConfigError
from ingest.embedder.features import VERSION, hashes, words

FILE = "model.safetensors"
_DTYPES = {"U8": "u1", "U32": "<u4", "F16": "<f2", "F32": "<f4"}
_NAMES = ("codes", "keys", "levels", "scales")
_HINT = "Install Evidenca again, or train the embedder anew: python -m ingest.embedder.train --help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The arrays of a weights file, `codes` still on disk (memory-mapped).

    Attributes:
        ngrams: whether words have character n-gram features.
        digest: SHA-256 of the arrays, hexadecimal.
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float16]
    levels: NDArray[np.float32]
    keys: NDArray[np.uint32]
    ngrams: bool
    digest: str

    @property
    def dimension(self) -> int:
        """Length of each vector."""
        return 2 * int(self.codes.shape[1])

    def rows(self, indices: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the vectors of features by row number, shape (n, dimension), float32."""
        pairs = np.stack([np.repeat(self.levels, 16), np.tile(self.levels, 16)], axis=1)
        scales = self.scales[indices].astype(np.float32)
        found = pairs[self.codes[indices]].reshape(len(indices), self.dimension)
        return np.asarray(found * scales[:, None], dtype=np.float32)


def find(weights: Weights, hashed: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the row number of each hash, and whether it is a known one; both of shape (n,)."""
    rows = np.minimum(np.searchsorted(weights.keys, hashed), len(weights.keys) - 1)
    return rows, weights.keys[rows] == hashed


def rows_of(weights: Weights, text: str) -> NDArray[np.intp]:
    """Return the row numbers of the known features of all words of a text, shape (n,)."""
    hashed = [key for word in words(text) for key in hashes(word, ngrams=weights.ngrams)]
    rows, known = find(weights, np.array(hashed, dtype=np.uint32))
    return rows[known]


def write_weights(path: Path, vectors: NDArray[np.float32], keys: NDArray[np.uint32], *, ngrams: bool) -> None:
    """Quantise the vectors of features, shape (n, even dimension), and write the file."""
    order = np.argsort(keys)
    levels = normal_levels()
    codes, scales = quantise(vectors[order], levels)
    packed = ((codes[:, 0::2] << 4) | codes[:, 1::2]).astype(np.uint8)
    save(path, Weights(codes=packed, scales=scales, levels=levels, keys=keys[order], ngrams=ngrams, digest=""))


def save(path: Path, weights: Weights) -> None:
    """Write weights as they are; their digest is computed anew."""
    arrays = {
        "codes": weights.codes,
        "keys": weights.keys.astype("<u4"),
        "levels": weights.levels.astype("<f4"),
        "scales": weights.scales.astype("<f2"),
    }
    names = {np.dtype(code): name for name, code in _DTYPES.items()}
    header: dict[str, object] = {}
    digest, offset = hashlib.sha256(), 0
    for name, array in arrays.items():
        digest.update(array.tobytes())
        end = offset + array.nbytes
        header[name] = {"dtype": names[array.dtype], "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    header["__metadata__"] = {
        "features": str(VERSION),
        "ngrams": str(int(weights.ngrams)),
        "sha256": digest.hexdigest(),
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    # Beside its place, then renamed: the old file may be mapped into memory, even by `weights` itself.
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.tobytes())
    temporary.replace(path)


def read_weights(path: Path) -> Weights:
    """Return the weights in a file, checked against the digest in it.

    Raises:
        ConfigError: the file is missing, damaged, or made for other features than this version's.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > 100_000:
                raise ValueError("it does not begin with a header")
            header = json.loads(file.read(size))
            meta = header["__metadata__"]
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if digest != meta["sha256"]:
            raise ValueError("its content has changed")
        arrays = {}
        for name in _NAMES:
            entry = header[name]
            start, end = entry["data_offsets"]
            dtype = np.dtype(_DTYPES[entry["dtype"]])
            array = np.frombuffer(memory, dtype, (end - start) // dtype.itemsize, 8 + size + start)
            arrays[name] = array.reshape(entry["shape"])
        version, ngrams = int(meta["features"]), meta["ngrams"] == "1"
    except FileNotFoundError as error:
        raise ConfigError(f"There is no embedder at {path}.", hint=_HINT) from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise ConfigError(f"The embedder {path} is damaged: {error}.", hint=_HINT) from error
    if version != VERSION:
        raise ConfigError(f"The embedder {path} was made for features {version}; this is {VERSION}.", hint=_HINT)
    return Weights(**arrays, ngrams=ngrams, digest=digest)


def normal_levels() -> NDArray[np.float32]:
    """Return the sixteen values that stand for normally distributed numbers with the least squared error."""
    grid = np.linspace(-6, 6, 240_001)
    density = np.exp(-(grid**2) / 2)
    levels = np.linspace(-2.5, 2.5, 16)
    for _ in range(2000):
        nearest = np.searchsorted((levels[1:] + levels[:-1]) / 2, grid)
        weight = np.bincount(nearest, density, 16)
        new = np.bincount(nearest, density * grid, 16) / weight
        if np.abs(new - levels).max() < 1e-9:
            break
        levels = new
    return ((levels - levels[::-1]) / 2).astype(np.float32)


def quantise(
    vectors: NDArray[np.float32], levels: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Return codes (n, dimension) and scales (n,): each row's least-squares fit on the levels."""
    bounds = (levels[1:] + levels[:-1]) / 2
    scales = np.sqrt((vectors**2).mean(axis=1, keepdims=True)) + 1e-12
    for _ in range(8):  # by turns the best codes for a scale and the best scale for the codes
        codes = np.searchsorted(bounds, vectors / scales).astype(np.uint8)
        fitted = levels[codes]
        scales = (vectors * fitted).sum(axis=1, keepdims=True) / (fitted**2).sum(axis=1, keepdims=True) + 1e-12
    return codes, scales[:, 0].astype(np.float16)
