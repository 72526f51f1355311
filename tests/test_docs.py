"""The docs are true: commands exist, the demo in the README is what the demo prints."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.engine import Engine
from ui.cli import _parser
from ui.render import answer_text

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = README + "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def _commands() -> list[str]:
    (commands,) = (action for action in _parser()._actions if action.dest == "run" or action.choices)
    assert commands.choices is not None
    return list(commands.choices)


@pytest.mark.parametrize("command", _commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"evidenca {command}" in README


def test_every_command_in_the_docs_exists() -> None:
    text = re.sub(r"<!-- baseline:.*?<!-- /baseline -->", "", DOCS, flags=re.DOTALL)  # output: "evidenca on gold"
    named = set(re.findall(r"\bevidenca ([a-z]+)\b(?! [a-z]+ the)", text))
    assert named <= set(_commands())


def test_every_make_target_in_the_readme_exists() -> None:
    for target in re.findall(r"[`\n]make ([a-z]+)", README):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_links_in_the_docs_lead_somewhere() -> None:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.model
def test_the_demo_in_the_readme_is_real(engine: Engine) -> None:
    demo = README.split("<!-- demo:")[1].split("-->", 1)[1].split("<!-- /demo -->")[0]
    questions = re.findall(r'evidenca ask "([^"]+)"', MAKEFILE)
    expected = []
    for question in dict.fromkeys(questions):
        text = answer_text(engine.ask(question), section_title=engine.section_title, reference=engine.reference)
        expected.append(f'```\n$ evidenca ask "{question}"\n\n{text}\n```')
    assert demo.strip() == "\n\n".join(expected)


def test_the_figures_in_the_docs_are_those_of_the_baseline() -> None:
    """The table of docs/evaluation.md is what the blessed run says, to the letter."""
    from eval.baseline import BASELINE
    from eval.report import table_text
    from eval.runs import read_run

    page = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    shown = page.split("<!-- baseline:")[1].split("-->", 1)[1].split("<!-- /baseline -->")[0]
    summary = json.loads((BASELINE / "metrics.json").read_text(encoding="utf-8"))
    assert table_text(read_run(BASELINE), summary).strip() in shown


def test_the_wheel_carries_the_article(tmp_path: Path) -> None:
    import zipfile

    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            ".",
        ],
        check=True,
        cwd=ROOT,
    )
    (wheel,) = tmp_path.glob("evidenca-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        source = archive.read("corpus/zdravvestn-3627/source.txt")
    assert source == (ROOT / "corpus/zdravvestn-3627/source.txt").read_bytes()
    data = ("NOTICE", "article.toml", "glossary.tsv", "notes.jsonl", "repairs.tsv", "translation.en.jsonl")
    assert {f"corpus/zdravvestn-3627/{name}" for name in data} <= names
    assert {
        "corpus/zdravvestn-3627/restatements.jsonl", "ingest/embedder/model/model.safetensors",
        "ingest/embedder/model/modules.json", "rag/weights.json", "rag/questions/cues.toml",
        "rag/questions/expect.toml", "rag/prose/answers.toml",
        "rag/llm/facts.toml", "rag/llm/support.json", "rag/llm/prompts/sl.toml", "rag/llm/prompts/en.toml",
        "rag/tables/lexicon.toml", "rag/bibliography/lexicon.toml", "eval/gold/dev.jsonl", "eval/gold/test.jsonl",
        "eval/baseline/items.jsonl", "eval/templates/report.html.j2",
        "ui/page/static/page.css", "ui/page/static/page.js",
    } <= names  # fmt: skip
    assert not any(name.startswith(("tests/", "docs/", "benchmarks/")) for name in names)
