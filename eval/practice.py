"""Practice questions: what the models of selection and answerability are fitted on beside the development set.

They were written for that from the article alone and say only which pieces answer them, if any: half
of them ask, in the words of the others, for what the article does not tell. No figure is taken on
them. `practice.jsonl` holds one question on each line.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus.errors import GoldSetError
from corpus.types import Language

PRACTICE = Path(__file__).parent / "practice.jsonl"


class PracticeQuestion(BaseModel):
    """A question with the pieces that answer it.

    Attributes:
        need: what is asked; its Slovene and its English question share it.
        pieces: ids of the pieces of which any answers, or several together; empty when none does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    need: str
    lang: Language
    question: str
    pieces: tuple[str, ...]


def load_practice(path: Path = PRACTICE) -> list[PracticeQuestion]:
    """Return the practice questions of a file, in order.

    Raises:
        GoldSetError: it cannot be read, or a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldSetError(f"The practice questions in {path.name} cannot be read.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(PracticeQuestion.model_validate_json(line))
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            raise GoldSetError(f"Line {number} of {path.name} is no practice question: {what}.") from error
    return found
