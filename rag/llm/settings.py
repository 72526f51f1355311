"""What a language model is asked with: endpoint, model, key, and how long it may take.

Built once at the door, from what a user gives. The key comes from the environment alone, so that it is
in no shell history, process list or settings file; see `Secret`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from corpus.errors import ConfigError

KEY_VARIABLE = "EVIDENCA_LLM_API_KEY"
OLLAMA_URL = "http://127.0.0.1:11434"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Room for the instructions and the evidence of a question: without it every question would be cut short.
_LEAST_PROMPT_TOKENS = 1024


class Backend(StrEnum):
    """How an endpoint is spoken to."""

    OPENAI = "openai"
    """Any endpoint compatible with OpenAI's chat completions: vLLM, llama.cpp, hosted ones."""
    OLLAMA = "ollama"
    """Ollama's own interface."""


class Secret:
    """A text that nothing prints by accident: not `repr`, not a log, not a traceback with variables."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, to be sent and not kept."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("A secret is not written down.")


NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmSettings:
    """What a language model is asked with.

    Attributes:
        model: name, as the endpoint knows it.
        url: of the endpoint, up to and with `/v1` for OpenAI's interface.
        key: sent as a bearer token; empty for none.
        context_window: tokens that the model reads and writes together.
        max_tokens: tokens that it may write.
        temperature: 0 for the likeliest words.
        connect_s: to reach the endpoint, also for the probe at the start.
        silence_s: without a sign of life, before the first word and between any two.
        budget_s: for one question altogether, a second try included.
        retries: further tries, 0 or 1, when the endpoint refuses before its first word.
    """

    model: str
    url: str
    backend: Backend = Backend.OPENAI
    key: Secret = NO_SECRET
    context_window: int = 8192
    max_tokens: int = 700
    temperature: float = 0.0
    connect_s: float = 3.0
    silence_s: float = 45.0
    budget_s: float = 120.0
    retries: int = 1

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ConfigError: names the value and what is allowed.
        """
        if not self.model.strip():
            raise ConfigError("The name of the language model is empty.", hint="Give it: --llm MODEL")
        _check_url(self.url)
        if self.max_tokens < 1 or self.context_window - self.max_tokens < _LEAST_PROMPT_TOKENS:
            raise ConfigError(
                f"The model may write {self.max_tokens} of a context window of {self.context_window} tokens.",
                hint=f"Leave at least {_LEAST_PROMPT_TOKENS} tokens to the question and its evidence.",
            )
        if not 0 <= self.temperature <= 2:
            raise ConfigError(f"The temperature is {self.temperature}.", hint="It must lie between 0 and 2.")
        for name, seconds in (("connect", self.connect_s), ("silence", self.silence_s), ("budget", self.budget_s)):
            if not 0 < seconds <= 3600:
                raise ConfigError(f"The time for {name} is {seconds} seconds.", hint="Give 3600 or less, above 0.")
        if self.retries not in (0, 1):
            raise ConfigError(f"The number of retries is {self.retries}.", hint="It must be 0 or 1.")

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine, so that questions do not leave it."""
        return urlsplit(self.url).hostname in _LOOPBACK

    @property
    def place(self) -> str:
        """Scheme and host of the endpoint: what may be said of it in logs and messages."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def given(
        cls,
        *,
        model: str,
        url: str | None = None,
        backend: str | None = None,
        environment: Mapping[str, str] = os.environ,
        **values: float | int | None,
    ) -> "LlmSettings":
        """Return the settings that a user gives; the key comes from EVIDENCA_LLM_API_KEY.

        No other variable is read: neither a key that the machine holds for another program, nor a
        forgotten address that would send questions away.

        Args:
            values: further attributes; None leaves one at its default.

        Raises:
            ConfigError: a value is missing, unknown or out of range.
        """
        if backend is not None and backend not in set(Backend):
            raise ConfigError(f"There is no backend {backend}.", hint=f"Choose one of: {', '.join(Backend)}.")
        kind = Backend(backend) if backend is not None else Backend.OPENAI
        address = url or (OLLAMA_URL if kind is Backend.OLLAMA else "")
        if not address:
            raise ConfigError(
                f"No endpoint is given for the language model {model}.",
                hint="Give its address: --llm-url http://127.0.0.1:8080/v1, or --llm-backend ollama",
            )
        chosen = {name: value for name, value in values.items() if value is not None}
        return cls(
            model=model.strip(),
            url=address.rstrip("/"),
            backend=kind,
            key=Secret(environment.get(KEY_VARIABLE, "").strip()),
            **chosen,  # type: ignore[arg-type]
        )


def _check_url(url: str) -> None:
    """Refuse an address that cannot be one, or that carries a secret; it is not repeated then."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError("The address of the endpoint cannot be read.", hint="Such as: http://host:8080/v1") from None
    if parts.username or parts.password or parts.query:
        raise ConfigError(
            "The address of the endpoint carries a name, password or query.",
            hint=f"Give the plain address, and a key in {KEY_VARIABLE}.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{url} is no address of an endpoint.", hint="It begins with http:// or https://.")
