"""The options by which a command is given a language model, and what is said of it in a terminal."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from corpus.errors import ConfigError

if TYPE_CHECKING:
    from rag.answer import Writing
    from rag.engine import Engine
    from rag.llm.open import Probe
    from rag.llm.settings import LlmSettings

_OPTIONS = {
    "llm_url": "url",
    "llm_backend": "backend",
    "llm_context_window": "context_window",
    "llm_max_tokens": "max_tokens",
    "llm_silence": "silence_s",
    "llm_budget": "budget_s",
    "llm_retries": "retries",
}


def add_llm_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a language model; without `--llm` none is used, and none is imported."""
    group = parser.add_argument_group(
        "language model",
        "Words the answers that are sentences of the article; each sentence is verified against what it cites. "
        "The question and that evidence are sent to the endpoint; its key is read from EVIDENCA_LLM_API_KEY.",
    )
    group.add_argument("--llm", metavar="MODEL", help="name of the model, as the endpoint knows it (default: none)")
    group.add_argument("--llm-url", metavar="URL", help="address of the endpoint, such as http://127.0.0.1:8080/v1")
    group.add_argument(
        "--llm-backend", choices=("openai", "ollama"), help="how it is spoken to (default: openai, and compatible ones)"
    )
    group.add_argument("--llm-context-window", type=int, metavar="TOKENS", help="that it reads and writes (8192)")
    group.add_argument("--llm-max-tokens", type=int, metavar="TOKENS", help="that it may write (700)")
    group.add_argument("--llm-silence", type=float, metavar="SECONDS", help="without a word before giving up (45)")
    group.add_argument("--llm-budget", type=float, metavar="SECONDS", help="for one question altogether (120)")
    group.add_argument("--llm-retries", type=int, choices=(0, 1), help="further tries when it refuses (1)")


def llm_settings(options: argparse.Namespace) -> "LlmSettings | None":
    """Return the settings of the language model that was asked for, or None.

    Raises:
        ConfigError: a value is missing or out of range, or is given without a model.
    """
    values: dict[str, Any] = {name: getattr(options, option, None) for option, name in _OPTIONS.items()}
    if getattr(options, "llm", None) is None:
        given = [f"--{option.replace('_', '-')}" for option in _OPTIONS if getattr(options, option, None) is not None]
        if given:
            raise ConfigError(f"{given[0]} is given, but no language model.", hint="Name it: --llm MODEL")
        return None
    from rag.llm.settings import LlmSettings

    return LlmSettings.given(model=options.llm, **values)


def connect(engine: "Engine", options: argparse.Namespace, *, required: bool = False) -> "LlmSettings | None":
    """Give the engine the language model that was asked for, if one was; say on stderr when it is not there.

    Args:
        required: without the model there is nothing to do, so that its absence is an error.

    Raises:
        ConfigError: a value is missing or out of range; with `required`, also when nobody answers.
        MissingExtraError: the extra `llm` is not installed.
    """
    settings = llm_settings(options)
    if settings is None:
        return None
    from rag.llm.open import with_llm

    probe = with_llm(engine, settings)
    if required and probe.failure is not None:
        raise ConfigError(_problem(settings, probe), hint="Start the endpoint, or look at --llm-url.")
    if problem := _problem(settings, probe):
        rest = "" if probe.failure is None else " Answers are sentences of the article until it is there."
        print(f"evidenca: warning: {problem}{rest}", file=sys.stderr)
    return settings


def place_text(settings: "LlmSettings") -> str:
    """Return where questions go, for whoever starts a server."""
    if settings.is_local:
        return f"Answers are worded by {settings.model} on this machine, at {settings.place}."
    return f"Answers are worded by {settings.model}: questions and evidence are sent to {settings.place}."


def _problem(settings: "LlmSettings", probe: "Probe") -> str:
    if probe.failure is not None:
        from rag.llm.failure import LlmError

        return f"{LlmError(probe.failure).message[:-1]} ({settings.place})."
    if not probe.lists(settings.model):
        some = ", ".join(probe.models[:5])
        return f"The endpoint {settings.place} lists no model {settings.model}; it has: {some}."
    return ""


def writing_lines(writing: "Writing") -> list[tuple[str, str]]:
    """Return what a language model did for an answer, and what it cost, as names and values for `--explain`."""
    removed: dict[str, int] = {}
    for doubt in writing.removed:
        removed[str(doubt)] = removed.get(str(doubt), 0) + 1
    state = f"{writing.status}, {writing.reason}" if writing.reason else str(writing.status)
    about = "about " if writing.estimated else ""
    total = writing.prompt_tokens + writing.completion_tokens
    lines = [
        ("language model", f"{writing.model} ({state})"),
        ("verified sentences", str(writing.n_verified)),
        ("removed sentences", ", ".join(f"{n} {doubt}" for doubt, n in removed.items()) or "0"),
        ("tokens", f"{about}{total}: {writing.prompt_tokens} read, {writing.completion_tokens} written"),
    ]
    return lines if writing.complete else [*lines, ("ended", "before its end")]


def explain(writing: "Writing | None") -> None:
    """Print what a language model did, on stderr."""
    for name, value in writing_lines(writing) if writing is not None else ():
        print(f"{name}: {value}", file=sys.stderr)
