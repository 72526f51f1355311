"""Give an engine a language model."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.engine import Engine
from rag.llm.breaker import Breaker
from rag.llm.client import Client
from rag.llm.failure import Failure, LlmError
from rag.llm.settings import LlmSettings
from rag.llm.writer import LlmWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was found at the start.

    Attributes:
        failure: why the model cannot be asked now; None when it can.
        models: those that the endpoint lists; empty when it does not say.
    """

    failure: Failure | None
    models: Sequence[str] = ()

    def lists(self, model: str) -> bool:
        """Return whether the endpoint lists a model, as far as it says what it has."""
        return not self.models or any(model in (name, name.removesuffix(":latest")) for name in self.models)


def with_llm(engine: Engine, settings: LlmSettings) -> Probe:
    """Have the answers of `engine` worded by a language model from now on; return whether it is there.

    An endpoint that is not there is left alone for a while, and tried again later: the answers
    meanwhile are sentences of the article, with a notice.

    Raises:
        MissingExtraError: the extra `llm` is not installed.
    """
    client = Client(settings)
    breaker = Breaker()
    try:
        probe = Probe(failure=None, models=client.probe())
    except LlmError as error:
        breaker.failed(certainly=error.failure)
        probe = Probe(failure=error.failure)
    engine.writer = LlmWriter(client, matcher=engine.matcher, word_vectors=engine.word_vectors, breaker=breaker)
    return probe
