"""What a model is told: instructions as data, numbered evidence, the question. Ready-made messages.

No text of a user, and none of an article, ever passes through a template: both stand in the message as
they are, between fixed labels, so that braces or orders in them are nothing but text.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.errors import ConfigError
from corpus.types import Language
from rag.answer import Citation
from rag.llm.client import Message
from rag.llm.verify import Evidence

_FOLDER = Path(__file__).parent / "prompts"
# The article's own citations "(24-26)" would be taken for markers, or be copied as such.
_CITATION_GROUP = re.compile(r"\s*\(\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\)")
# Characters a token has at least, in Slovene: for a guess before the endpoint counts.
_CHARS_A_TOKEN = 2.5


@dataclass(frozen=True, slots=True)
class Prompt:
    """The instructions in one language.

    Attributes:
        system: what the model is, and the rules.
        evidence, question: labels of the two parts of the message.
        reminder: what is repeated after the question, since small models forget the beginning.
        no_answer: what it says when the evidence does not answer.
    """

    system: str
    evidence: str
    question: str
    reminder: str
    no_answer: str


@cache
def prompt(language: Language) -> Prompt:
    """Return the instructions in a language.

    Raises:
        ConfigError: a key is missing, unknown or empty; names file and key.
    """
    path = _FOLDER / f"{language}.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    wanted = set(Prompt.__dataclass_fields__)
    for name in sorted(wanted ^ set(data)):
        problem = "lacks" if name in wanted else "has an unknown key"
        raise ConfigError(f"The prompt {path.name} {problem} {name}.", hint="See rag/llm/prompts.py.")
    empty = [name for name, text in data.items() if not str(text).strip()]
    if empty:
        raise ConfigError(f"In the prompt {path.name} {empty[0]} is empty.", hint="Give it a text.")
    return Prompt(**{name: str(text).strip() for name, text in data.items()})


def evidence(citations: Sequence[Citation], *, around: Callable[[Citation], str], asked: str = "") -> list[Evidence]:
    """Return citations as numbered evidence.

    Args:
        around: gives the passage and section that a citation stands in.
        asked: the question.
    """
    found = []
    for number, citation in enumerate(citations, start=1):
        texts = {citation.language: _CITATION_GROUP.sub("", citation.quote)}
        if citation.translation is not None:
            texts[Language.EN] = _CITATION_GROUP.sub("", citation.translation)
        found.append(Evidence(number=number, texts=texts, around=around(citation), asked=asked))
    return found


def messages(question: str, pieces: Sequence[Evidence], language: Language) -> list[Message]:
    """Return what to send for a question."""
    told = prompt(language)
    listed = "\n".join(f"[{piece.number}] {piece.texts.get(language) or piece.text}" for piece in pieces)
    said = f"{told.evidence}\n{listed}\n\n{told.question}\n{question}\n\n{told.reminder}"
    return [Message("system", told.system), Message("user", said)]


def n_tokens(sent: Sequence[Message]) -> int:
    """Return about how many tokens messages are, rather too many than too few."""
    return int(sum(len(message.content) for message in sent) / _CHARS_A_TOKEN) + 8 * len(sent)
