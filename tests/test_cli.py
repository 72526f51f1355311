"""The command line as a user runs it: a real process, its output, messages and exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from tests.test_answer import SCHEMA, assert_sound, assert_verbatim

SOURCE = Path(__file__).parent.parent / "corpus" / "zdravvestn-3627" / "source.txt"


def evidenca(*arguments: str, stdin: bytes = b"", timeout_s: float = 120) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        input=stdin,
        capture_output=True,
        timeout=timeout_s,
        check=False,
        cwd=SOURCE.parent.parent.parent,
        env={**os.environ, "COLUMNS": "100"},
    )


def one_line(stderr: bytes) -> str:
    text = stderr.decode()
    assert text.startswith("evidenca: ")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize(
    "arguments", [(), ("ask", "--batch", "x", "y"), ("fly",), ("search", "x", "-k", "0"), ("eval",)]
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    done = evidenca(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"usage: evidenca" in done.stderr


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    script = (
        "import sys, ui.cli\n"
        "try: ui.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'faiss', 'gradio', 'llama_index', 'sentence_transformers', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("ingest", "ask", "search", "chat", "eval"):
        assert f"\n    {command} " in done.stdout


@pytest.mark.model
def test_ask_prints_answer_sources_and_links(index_dir: Path) -> None:
    done = evidenca("ask", "--index", str(index_dir), "Kako uspešni so ZV-MSC pri perianalnih fistulah?")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert "80 % bolnikov" in " ".join(text.split())
    assert "[1] 3.1.4.1 Kronična vnetna črevesna bolezen" in text
    assert "delovni prevod:" in text
    assert "https://doi.org/10.1093/gastro/goac075" in text
    assert "https://pubmed.ncbi.nlm.nih.gov/36518984/" in text


@pytest.mark.model
def test_ask_reads_standard_input_and_answers_in_its_language(index_dir: Path) -> None:
    done = evidenca("ask", "--index", str(index_dir), "--json", stdin=b"What is liver cirrhosis?\n")
    assert (done.returncode, done.stderr) == (0, b"")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMA)
    assert answer["language"] == "en"
    assert answer["citations"][0]["quote"].startswith("Ciroza jeter je bolezenska sprememba")


@pytest.mark.model
def test_batch_goes_on_after_a_bad_line(index_dir: Path, tmp_path: Path) -> None:
    batch = tmp_path / "questions.jsonl"
    lines = [
        b'{"id": "a", "question": "Kaj je GvHD?"}',
        b"not json",
        b"",
        b'{"id": "c", "question": 7}',
        b'{"id": "d", "question": "\xff"}',
        b'{"id": "e", "question": "And in which country?", "history": [{"role": "user", "content": '
        b'"Which trial studies ALS?"}]}',
    ]
    batch.write_bytes(b"\n".join(lines))
    done = evidenca("ask", "--index", str(index_dir), "--batch", str(batch))
    assert done.returncode == 1
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    for answer in answers:
        jsonschema.validate(answer, SCHEMA)
    assert [(answer["id"], answer["outcome"]) for answer in answers] == [
        ("a", "answered"),
        ("", "failed"),
        ("c", "failed"),
        ("", "failed"),
        ("e", "answered"),
    ]
    messages = done.stderr.decode().splitlines()
    assert [message.split(": ", 2)[1] for message in messages] == [f"{batch}, line {n}" for n in (2, 4, 5)]
    source = SOURCE.read_bytes().decode("utf-8")
    for answer in answers:
        assert_sound(answer, source)


@pytest.mark.model
def test_search_lists_ranked_passages(index_dir: Path) -> None:
    done = evidenca("search", "--index", str(index_dir), "--json", "-k", "3", "side effects of MSC transplantation")
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert set(found) == {"id", "results"}
    assert [result["rank"] for result in found["results"]] == [1, 2, 3]
    scores = [result["score"] for result in found["results"]]
    assert scores == sorted(scores, reverse=True)
    source = SOURCE.read_bytes().decode("utf-8")
    for result in found["results"]:
        assert set(result) == {"rank", "score", "id", "kind", "section", "spans", "text"}
        assert_verbatim(result["text"], result["spans"], source)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", "--index", "{nowhere}", "Kaj je GvHD?"), "There is no index in"),
        (("ask", "--index", "{index}", "--embedding-model", "./other", "Kaj je GvHD?"), "but ./other is asked for"),
        (("ask", "--index", "{index}", "--batch", "{nowhere}"), "No such file"),
        (("ask", "--index", "{index}", ""), "Vprašanje je prazno"),
        (("ask", "--index", "{index}", "Wie viele Patienten wurden behandelt?"), "neither Slovene nor English"),
        (("search", "--index", "{index}", "   "), "The question is empty"),
        (
            ("ingest", "--index", "{nowhere}", "--embedding-model", "./nowhere"),
            "There is no embedding model at ./nowhere",
        ),
        (("ingest", "--index", "{nowhere}", "{nowhere}.md"), "cannot be read: No such file"),
    ],
)
def test_errors_are_one_clear_line(index_dir: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = evidenca(*(part.format(nowhere=tmp_path / "nowhere", index=index_dir) for part in arguments))
    assert done.returncode == 1
    assert done.stdout == b""
    assert message in one_line(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--index", "{index}", "--suite", "{nowhere}"), "The gold set {nowhere} cannot be read"),
        (("show", "no-such-item", "--run", "{nowhere}"), "{nowhere}"),
    ],
)
def test_an_evaluation_that_cannot_be_made_exits_with_2(
    index_dir: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    places = {"nowhere": tmp_path / "nowhere", "index": index_dir}
    done = evidenca("eval", *(part.format(**places) for part in arguments))
    assert (done.returncode, done.stdout) == (2, b"")
    assert message.format(**places) in one_line(done.stderr)


def test_a_question_that_is_not_utf8_is_refused(index_dir: Path) -> None:
    done = evidenca("ask", "--index", str(index_dir), stdin=b"Kaj so \xe8elije?")
    assert done.returncode == 1
    assert "not UTF-8" in one_line(done.stderr)


def test_a_stale_index_is_refused(index_dir: Path, tmp_path: Path) -> None:
    stale = tmp_path / "index"
    stale.mkdir()
    for path in index_dir.iterdir():
        (stale / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((stale / "manifest.json").read_text(encoding="utf-8"))
    manifest["articles"][0]["sha256"] = "0" * 64
    (stale / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = evidenca("ask", "--index", str(stale), "Kaj je GvHD?")
    assert done.returncode == 1
    assert "stale" in one_line(done.stderr)
    assert "evidenca ingest" in one_line(done.stderr)


@pytest.mark.model
def test_ingest_builds_then_leaves_alone(tmp_path: Path, index_dir: Path) -> None:
    """The second run needs no model, so it is quick; a copied cache keeps the first one short."""
    folder = tmp_path / "index"
    cache = tmp_path / "index-cache"
    cache.mkdir()
    for path in index_dir.with_name("index-cache").iterdir():
        (cache / path.name).write_bytes(path.read_bytes())
    first = evidenca("ingest", "--index", str(folder))
    assert (first.returncode, first.stderr) == (0, b"")
    assert b"Index built, 0 of" in first.stdout
    started = time.perf_counter()
    second = evidenca("ingest", "--index", str(folder))
    assert b"Index up to date: " in second.stdout
    assert time.perf_counter() - started < 10
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {p.name: p.read_bytes() for p in index_dir.iterdir()}


def test_ctrl_c_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "ingest", "--index", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Tests that run in the background hear no Ctrl-C, and would leave that to whom they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # Once the first vectors are saved it is surely at work, however slow the machine starts it.
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("index-cache/*.npz")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stdout == b""
    assert one_line(stderr) == "evidenca: Interrupted.\n"
    assert not folder.exists()


@pytest.mark.model
def test_a_reader_that_goes_away_is_no_error(index_dir: Path) -> None:
    command = f'"{sys.executable}" -m ui.cli search --index "{index_dir}" -k 50 "MSC" | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.startswith("1. ")
    assert done.stderr == ""


@pytest.mark.model
def test_nothing_needs_a_home_or_a_network(index_dir: Path, tmp_path: Path) -> None:
    """An empty home, and a Python that refuses every connection that is not local."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\n"
        "def refuse(*a, **k): raise OSError('network used: %r' % (a,))\n"
        "socket.socket.connect = refuse\nsocket.getaddrinfo = refuse\n",
        encoding="utf-8",
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "EVIDENCA_"))}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": f"{tmp_path}:{SOURCE.parent.parent.parent}"}
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "ask", "--index", str(index_dir), "Kaj so eksosomi?"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=tmp_path,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "200 nm" in done.stdout
