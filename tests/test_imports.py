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
HOMES = {
    "faiss": {"ingest/index.py"},
    "sentence_transformers": {"ingest/embed.py"},
    "torch": set(),
    "transformers": {"ingest/embed.py"},
    "gradio": {"ui/web.py", "ui/server.py"},
    "simplemma": {"corpus/terms.py"},
    "py3langid": {"corpus/language.py"},
    "bm25s": {"rag/lexical.py"},
    "llama_index": {"rag/llama.py"},
    "fastapi": {"ui/server.py", "ui/web.py"},
    "uvicorn": {"ui/server.py"},
}


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
        # The command line is the one place that reaches everything.
        assert others <= ALLOWED[package] or path == ROOT / "ui/cli.py", f"{path.relative_to(ROOT)} imports {others}"


def test_the_page_and_the_evaluation_do_not_know_each_other() -> None:
    for path in _files():
        relative = str(path.relative_to(ROOT))
        if relative.startswith("ui/") and relative != "ui/cli.py":
            assert not any(name.split(".")[0] == "eval" for name in _imports(path)), relative
        if relative.startswith(("rag/", "eval/", "ingest/", "corpus/")):
            assert not any(name.split(".")[0] == "ui" for name in _imports(path)), relative


@pytest.mark.parametrize("library", HOMES)
def test_each_heavy_library_has_one_home(library: str) -> None:
    users = {
        str(path.relative_to(ROOT)) for path in _files() if library in {name.split(".")[0] for name in _imports(path)}
    }
    assert users <= HOMES[library]
