"""What may go wrong between us and a language model, as a closed set of causes."""

from enum import StrEnum

from corpus.errors import EvidencaError


class Failure(StrEnum):
    """Why the endpoint gave no text, or stopped giving it."""

    UNREACHABLE = "unreachable"
    """Nobody answers at that address."""
    KEY_REFUSED = "key_refused"
    """401 or 403."""
    NOT_FOUND = "not_found"
    """404: no such path or model."""
    TOO_LONG = "too_long"
    """The question with its evidence exceeds the model's context window."""
    REJECTED = "rejected"
    """Another 4xx: the request is not one the endpoint accepts."""
    BUSY = "busy"
    """429: too many requests."""
    BROKEN = "broken"
    """5xx."""
    SILENT = "silent"
    """Nothing came for too long."""
    TOO_SLOW = "too_slow"
    """The time for the whole question was used up."""
    CUT = "cut"
    """The connection broke off."""
    GARBLED = "garbled"
    """What came is not what the protocol allows: bad UTF-8, bad JSON, missing fields."""

    @property
    def is_passing(self) -> bool:
        """Whether a second try may help."""
        return self in (Failure.BUSY, Failure.BROKEN, Failure.CUT)

    @property
    def is_the_endpoints(self) -> bool:
        """Whether the next question will likely fail too, so that the breaker should count it."""
        return self not in (Failure.TOO_LONG, Failure.GARBLED)


class LlmError(EvidencaError):
    """A language model could not be asked, or broke off; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"The language model failed: {failure.value.replace('_', ' ')}.")
        self.failure = failure


def failure_of(error: BaseException) -> Failure:
    """Return which failure an exception of the HTTP libraries is. Their messages are not looked at, nor kept.

    The one exception is the code that says a prompt is too long, which comes with several status codes.
    """
    if isinstance(error, LlmError):
        return error.failure
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(status, int) and status > 0:
        return _by_status(status, str(error))
    if names & {"APITimeoutError", "TimeoutException"}:
        return Failure.UNREACHABLE if "ConnectTimeout" in _causes(error) else Failure.SILENT
    causes = _causes(error)
    if causes & {"ConnectError", "ConnectionRefusedError", "ConnectTimeout", "gaierror"}:
        return Failure.UNREACHABLE
    if isinstance(error, ConnectionError) and "ResponseError" not in names:
        return Failure.UNREACHABLE  # ollama's own, for a connection that was refused
    if causes & {"RemoteProtocolError", "ReadError", "WriteError", "ProtocolError"}:
        return Failure.CUT
    # UnicodeDecodeError and JSONDecodeError are ValueErrors; missing fields raise the others.
    if isinstance(error, TypeError | LookupError | AttributeError | ValueError):
        return Failure.GARBLED
    if "APIConnectionError" in names:
        return Failure.UNREACHABLE
    if names & {"APIError", "ResponseError"}:  # an error object within the stream
        return Failure.TOO_LONG if _says_too_long(str(error)) else Failure.BROKEN
    return Failure.GARBLED


_TOO_LONG = ("context_length", "context length", "context size", "context window", "too long")


def _by_status(status: int, message: str) -> Failure:
    if status in (400, 413, 422, 500) and _says_too_long(message):
        return Failure.TOO_LONG
    if status in (401, 403):
        return Failure.KEY_REFUSED
    if status == 404:
        return Failure.NOT_FOUND
    if status == 408:
        return Failure.SILENT
    if status == 429:
        return Failure.BUSY
    return Failure.BROKEN if status >= 500 else Failure.REJECTED


def _says_too_long(message: str) -> bool:
    folded = message.casefold()
    return any(cue in folded for cue in _TOO_LONG)


def _causes(error: BaseException) -> set[str]:
    """Names of the types of an exception and of those behind it."""
    found: set[str] = set()
    current: BaseException | None = error
    for _ in range(8):
        if current is None:
            break
        found |= {kind.__name__ for kind in type(current).__mro__}
        current = current.__cause__ or current.__context__
    return found
