"""Read questions for `--batch`: JSON Lines, one question a line, bad lines kept as such."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError


class BatchTurn(BaseModel):
    """An earlier message of the dialogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    content: str


class BatchQuestion(BaseModel):
    """A line that can be asked; `number` is set by the reader."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = ""
    question: str
    history: tuple[BatchTurn, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True)
class BatchLineError:
    """A line that cannot be asked, and why; `id` is its own if that much could be read."""

    number: int
    id: str
    text: str
    message: str


def read_batch(path: str) -> Iterator[BatchQuestion | BatchLineError]:
    """Yield the lines of a JSON Lines file, "-" meaning standard input; blank lines are passed over.

    Raises:
        OSError: the file cannot be read.
    """
    if path == "-":
        yield from _lines(sys.stdin.buffer)
        return
    with Path(path).open("rb") as file:
        yield from _lines(file)


def _lines(stream: BinaryIO) -> Iterator[BatchQuestion | BatchLineError]:
    for number, raw in enumerate(stream, start=1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            yield BatchLineError(number, "", raw.decode("utf-8", "replace").strip()[:200], "not UTF-8.")
            continue
        if not text:
            continue
        try:
            yield BatchQuestion.model_validate_json(text).model_copy(update={"number": number})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            message = f"{where}: {first['msg']}." if where else f"{first['msg']}."
            yield BatchLineError(number, _id(text), text[:200], message)


def _id(text: str) -> str:
    """The id of a line whose other fields do not fit, or ""."""

    class _Only(BaseModel):
        id: str

    try:
        return _Only.model_validate_json(text).id
    except ValidationError:
        return ""
