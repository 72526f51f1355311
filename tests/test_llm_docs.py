"""docs/llm.md says what the code does."""

import json
import re
from pathlib import Path

from rag.llm.breaker import FAILURES, REST_S
from rag.llm.settings import LlmSettings
from rag.llm.verify import SUPPORT
from ui.cli import _parser

PAGE = (Path(__file__).parent.parent / "docs" / "llm.md").read_text(encoding="utf-8")
_ROWS = {
    "reworded": "reworded faithfully",
    "clause": "a clause of the evidence",
    "invented": "a plausible invention",
    "addition": "half evidence, half another sentence",
    "near sentence": "the nearest other sentence",
}


def support_table() -> str:
    figures = json.loads(SUPPORT.read_text(encoding="utf-8"))["held_out"]
    lines = ["| Sentence | Slovene | English |", "|---|---|---|"]
    for kind, title in _ROWS.items():
        cells = [
            f"{100 * figures[f'{kind}, {language}: shown']:.0f} % of {figures[f'{kind}, {language}: n']}"
            for language in ("sl", "en")
        ]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_figures_are_those_of_the_fit() -> None:
    shown = PAGE.split("<!-- support:")[1].split("-->", 1)[1].split("<!-- /support -->")[0]
    assert shown.strip() == support_table()


def test_the_options_and_their_defaults_are_those_of_the_command() -> None:
    defaults = LlmSettings(model="m", url="http://h/v1")
    table = dict(re.findall(r"^\| `(--llm-[\w-]+)` \| `?(\w*)`? ?\|", PAGE, re.MULTILINE))
    assert table == {
        "--llm-url": "",
        "--llm-backend": str(defaults.backend),
        "--llm-context-window": str(defaults.context_window),
        "--llm-max-tokens": str(defaults.max_tokens),
        "--llm-silence": f"{defaults.silence_s:g}",
        "--llm-budget": f"{defaults.budget_s:g}",
        "--llm-retries": str(defaults.retries),
    }
    (commands,) = (action for action in _parser()._actions if action.dest == "run" or action.choices)
    assert commands.choices is not None
    for name in ("ask", "chat"):
        known = {option for action in commands.choices[name]._actions for option in action.option_strings}  # type: ignore[index]
        assert set(table) <= known
        text = commands.choices[name].format_help()  # type: ignore[index]
        for value in (
            defaults.context_window,
            defaults.max_tokens,
            f"{defaults.silence_s:g}",
            f"{defaults.budget_s:g}",
        ):
            assert f"({value})" in text
    assert (FAILURES, REST_S) == (3, 30)
    assert "three failures in a row" in PAGE
    assert "30 seconds" in PAGE
