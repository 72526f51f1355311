"""The file of a FaissStore: one file, checked and written at once.

    line 1   format, schema and the SHA-256 of all that follows, as JSON
    line 2   the nodes and the counter, as JSON
    the rest the FAISS index

Text and vectors in one file cannot get out of step. It is not JSON as a whole on purpose: LlamaIndex's
own in-memory store would read a JSON file under this name in silence, as an empty store.
"""

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

from corpus.errors import IndexMismatchError

FORMAT = "evidenca-faiss-store"
SCHEMA = 1
_HINT = "Build the store again from its documents."


def pack(content: dict[str, Any], vectors: bytes) -> bytes:
    """Return the bytes of a store file."""
    body = json.dumps(content, ensure_ascii=False).encode() + b"\n" + vectors
    header = {"format": FORMAT, "schema": SCHEMA, "sha256": hashlib.sha256(body).hexdigest()}
    return json.dumps(header).encode() + b"\n" + body


def unpack(raw: bytes, *, name: str) -> tuple[dict[str, Any], bytes]:
    """Return content and vectors of a store file.

    Args:
        name: of the file, for messages.

    Raises:
        IndexMismatchError: it is not a store file, of another version, or damaged.
    """
    line, _, body = raw.partition(b"\n")
    try:
        header = json.loads(line)
        is_store = header["format"] == FORMAT
    except (ValueError, TypeError, KeyError):
        is_store = False
    if not is_store:
        raise IndexMismatchError(f"{name} is not the file of a FaissStore, or its beginning is damaged.", hint=_HINT)
    if header.get("schema") != SCHEMA:
        raise IndexMismatchError(
            f"{name} was written by another version: schema {header.get('schema')}, expected {SCHEMA}.", hint=_HINT
        )
    if header.get("sha256") != hashlib.sha256(body).hexdigest():
        raise IndexMismatchError(f"{name} is damaged: its checksum does not match.", hint=_HINT)
    line, _, vectors = body.partition(b"\n")
    return json.loads(line), vectors


def read(path: Path) -> bytes:
    """Return the bytes of the file.

    Raises:
        IndexMismatchError: it is not there or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise IndexMismatchError(f"There is no store at {path}.", hint="Persist one there first.") from error
    except OSError as error:
        raise IndexMismatchError(f"The store at {path} cannot be read: {error}.", hint=_HINT) from error


def write(path: Path, raw: bytes) -> None:
    """Put the bytes in place at once: a reader, or a crash, meets the old file or the new one.

    Raises:
        OSError: the disk is full or the place cannot be written; an old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened; the rename is as durable as it gets
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
