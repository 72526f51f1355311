"""What an evaluation can ask: our engine, and the baselines that it is measured against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.config import Settings
from corpus.errors import ConfigError, QuestionError
from corpus.types import Spans
from eval.spans import share
from rag.answer import EXTRACTIVE, LANGUAGE_MODEL, Answer
from rag.engine import Engine, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """A unit of the index found for a question; where it stands makes systems comparable."""

    id: str
    score: float
    spans: Spans


class System(Protocol):
    """Answers questions and shows what it retrieved for them."""

    @property
    def name(self) -> str:
        """Short name, as given to `--system`."""

    @property
    def forks(self) -> bool:
        """Whether forked processes may ask it side by side; not with threads or sockets of its own."""

    def describe(self) -> Mapping[str, str]:
        """Return what it is made of: models, settings, index."""

    def answer(self, question: str, history: Sequence[Turn]) -> Answer:
        """Return the answer; never raises for a bad question."""

    def search(self, question: str, history: Sequence[Turn], *, k: int) -> list[Retrieved]:
        """Return the k best units, best first; none for a question that cannot be read."""

    def covers(self, spans: Spans) -> bool:
        """Return whether some unit of the index holds half of these spans or more."""


class EvidencaSystem:
    """Our engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._units = [chunk.spans for chunk in engine.index.chunks.values()]

    @property
    def name(self) -> str:
        """Its name, another one while a language model words its answers."""
        return "evidenca" if self._engine.writer is None else "evidenca-llm"

    @property
    def forks(self) -> bool:
        """Whether processes may share it: not with a language model, which is asked by threads."""
        return self._engine.writer is None

    def describe(self) -> Mapping[str, str]:
        """Return embedding model, index and engine, and the language model if there is one."""
        manifest = self._engine.index.manifest
        made_of = {
            "embedding_model": manifest.model,
            "embedding_fingerprint": manifest.model_fingerprint,
            "index": manifest.code,
            "engine": EXTRACTIVE,
        }
        if self._engine.writer is not None:
            made_of |= {"engine": LANGUAGE_MODEL, "language_model": self._engine.writer.name}
        return made_of

    def answer(self, question: str, history: Sequence[Turn]) -> Answer:
        """Return the answer."""
        return self._engine.ask(question, history=history)

    def search(self, question: str, history: Sequence[Turn], *, k: int) -> list[Retrieved]:
        """Return the k best passages, rows and references."""
        try:
            found = self._engine.search(question, history=history, k=k)
        except QuestionError:
            return []
        return [Retrieved(id=hit.chunk.id, score=hit.score, spans=hit.chunk.spans) for hit in found]

    def covers(self, spans: Spans) -> bool:
        """Return whether some chunk holds half of these spans or more."""
        return any(share(spans, unit) >= 0.5 for unit in self._units)


def open_system(name: str, settings: Settings) -> System:
    """Return the system called `name`, ready to be asked.

    Raises:
        ConfigError: there is no such system, or a package it needs is missing.
        IndexMismatchError: our engine's index is absent or stale.
    """
    from eval import baselines

    def evidenca() -> System:
        engine = Engine.open(settings)
        engine.warm_up()
        return EvidencaSystem(engine)

    makers: dict[str, Callable[[], System]] = {
        "evidenca": evidenca,
        "bm25": baselines.Bm25System,
        "minilm": baselines.MiniLmSystem,
        "llama-index": baselines.LlamaIndexSystem,
    }
    if name not in makers:
        raise ConfigError(f"There is no system {name}.", hint=f"Choose one of: {', '.join(makers)}.")
    return makers[name]()
