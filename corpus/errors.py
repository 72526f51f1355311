"""Every error Evidenca raises on purpose.

EvidencaError            carries `hint`: what to do next
  ConfigError            a setting is missing, unknown or out of range
  QuestionError          a question cannot be answered as given; carries a `reason` code
  CorpusError            a source cannot be read or parsed; names file and place
  UnknownIdError         an id that the index does not hold; names near ones, or the range
  IndexMismatchError     index and settings disagree, or the index is absent or damaged
  MissingExtraError      an optional package is needed (also an ImportError)
  GoldSetError           a gold question is malformed; names its file and line
"""


class EvidencaError(Exception):
    """An error meant to be read by a person: one sentence, and a hint on what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigError(EvidencaError):
    """A setting is missing, unknown or out of range."""


class QuestionError(EvidencaError):
    """A question cannot be answered as given (empty, too long, another language)."""

    def __init__(self, message: str, *, reason: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class CorpusError(EvidencaError):
    """A source cannot be read or parsed; the message names file and place."""


class UnknownIdError(EvidencaError):
    """An id that the index does not hold; the message names near ids or the range there is."""


class IndexMismatchError(EvidencaError):
    """Index and settings disagree, or the index is absent or damaged."""


class MissingExtraError(EvidencaError, ImportError):
    """An optional package is needed; the hint is its install line."""


class GoldSetError(EvidencaError):
    """A gold question is malformed; the message names its file and line."""
