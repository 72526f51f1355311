"""The command line with a language model: real processes, a scripted endpoint, and the evaluation."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.llm_peer import Peer, Status, running, said
from tests.test_answer import SCHEMA, assert_sound
from tests.test_cli import SOURCE
from tests.test_llm_faults import GOOD, INVENTED, NUMBER, QUESTION, Language, cited

ROOT = Path(__file__).parent.parent
SL, EN = Language.SL, Language.EN
KEY = "sk-geheim-0123456789abcdef"
pytestmark = pytest.mark.model
languages = pytest.mark.parametrize("language", [SL, EN])


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running() as started:
        yield started


def evidenca(*arguments: str, key: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100", "EVIDENCA_LLM_API_KEY": key}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ui.cli", *arguments],
        capture_output=True, encoding="utf-8", timeout=180, check=False, cwd=ROOT, env=environment,
    )  # fmt: skip


@languages
def test_ask_shows_the_verified_text_what_was_removed_and_the_cost(
    index_dir: Path, peer: Peer, language: Language
) -> None:
    peer.will(said(f"{cited(language)} {INVENTED[language]} [{NUMBER[language]}]."))
    done = evidenca(
        "ask", "--index", str(index_dir), "--explain", "--llm", "test-model", "--llm-url", peer.url, QUESTION[language],
        key=KEY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = " ".join(done.stdout.split())
    assert f"{GOOD[language][0]}. [1] {GOOD[language][1]}. [1]" in text
    assert ("Odstranjen je bil 1 stavek" if language is SL else "1 sentence of the language model was removed") in text
    explained = dict(line.split(": ", 1) for line in done.stderr.splitlines() if ": " in line)
    assert explained["language model"] == "test-model (written)"
    assert explained["removed sentences"] == "1 facts"
    assert explained["tokens"] == "120: 100 read, 20 written"
    assert KEY not in done.stdout + done.stderr
    assert peer.chats[0][1]["authorization"] == f"Bearer {KEY}"


@languages
def test_json_and_batch_carry_the_writing(index_dir: Path, peer: Peer, tmp_path: Path, language: Language) -> None:
    peer.will(said(cited(language)))
    batch = tmp_path / "questions.jsonl"
    batch.write_text(json.dumps({"id": "q", "question": QUESTION[language]}) + "\n", encoding="utf-8")
    done = evidenca(
        "ask", "--index", str(index_dir), "--llm", "test-model", "--llm-url", peer.url, "--batch", str(batch)
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMA)
    assert_sound(answer, SOURCE.read_text(encoding="utf-8"))
    assert (answer["engine"], answer["writing"]["status"]) == ("language_model", "written")


@languages
def test_a_dead_endpoint_is_told_once_and_the_article_answers(index_dir: Path, language: Language) -> None:
    done = evidenca(
        "ask",
        "--index",
        str(index_dir),
        "--llm",
        "m",
        "--llm-url",
        "http://127.0.0.1:9/v1",
        QUESTION[language],
        key=KEY,
    )
    assert done.returncode == 0
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("evidenca: warning: The language model failed: unreachable (http://127.0.0.1:9).")
    text = " ".join(done.stdout.split())
    assert "80 %" in text
    assert ("Jezikovni model ni dosegljiv, zato so" if language is SL else "cannot be reached, so these are") in text
    assert KEY not in done.stdout + done.stderr


def test_a_model_that_the_endpoint_does_not_list_is_named(index_dir: Path, peer: Peer) -> None:
    peer.will(said(cited(EN)))
    done = evidenca("ask", "--index", str(index_dir), "--llm", "other", "--llm-url", peer.url, QUESTION[EN])
    assert done.returncode == 0
    assert "lists no model other; it has: test-model." in done.stderr
    assert "[1]" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--llm", "m"), "No endpoint is given for the language model m."),
        (("--llm-url", "http://127.0.0.1:9/v1"), "--llm-url is given, but no language model."),
        (("--llm", "m", "--llm-url", f"http://u:{KEY}@host/v1"), "The address of the endpoint carries a name"),
        (("--llm", "m", "--llm-url", "x", "--llm-max-tokens", "9000"), "x is no address of an endpoint."),
    ],
)
def test_wrong_settings_are_one_line(index_dir: Path, arguments: tuple[str, ...], problem: str) -> None:
    done = evidenca("ask", "--index", str(index_dir), *arguments, "Kaj je GvHD?")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"evidenca: {problem}")
    assert KEY not in line


def test_the_evaluation_shows_the_model_beside_the_engine_without(index_dir: Path, peer: Peer, tmp_path: Path) -> None:
    peer.will(said(cited(EN)))
    arguments = (
        "eval", "run", "--index", str(index_dir), "--runs", str(tmp_path), "--id", "try", "--split", "dev",
        "--lang", "en", "--type", "fact", "--limit", "6", "--llm", "test-model", "--llm-url", peer.url,
        "--repeats", "2",
    )  # fmt: skip
    done = evidenca(*arguments)
    assert done.returncode == 0, done.stderr
    assert "with test-model, 2 times, beside the answers without it" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"try-without", "try-with-1", "try-with-2"}
    found = json.loads((tmp_path / "try-with-1" / "repeats.json").read_text(encoding="utf-8"))
    assert found["n_repeats"] == 2
    assert {"passed", "vital_recall", "citation_precision", "support"} <= set(found["metrics"])
    for values in found["metrics"].values():
        assert values["least"] <= values["mean"] <= values["most"]
    writing = found["writing"]
    assert writing["n_answers"] == 12
    assert sum(writing["status"].values()) == writing["n_asked"] > 0
    assert len(peer.chats) == writing["n_asked"]
    records = [json.loads(line) for line in (tmp_path / "try-without" / "items.jsonl").read_text("utf-8").splitlines()]
    assert not any("writing" in record for record in records)
    info = json.loads((tmp_path / "try-with-1" / "run.json").read_text(encoding="utf-8"))
    assert (info["system"], info["description"]["language_model"]) == ("evidenca-llm", "test-model")
    again = evidenca(*(argument if argument != "--id" else "--resume" for argument in arguments))
    assert again.returncode == 0, again.stderr
    assert len(peer.chats) == writing["n_asked"]  # nothing is asked again


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--repeats", "3"), "Without a language model every repeat is the same."),
        (("--llm", "m", "--llm-url", "http://127.0.0.1:9/v1", "--system", "bm25"), "Only our engine is given"),
        (("--llm", "m", "--llm-url", "http://127.0.0.1:9/v1"), "The language model failed: unreachable"),
    ],
)
def test_an_evaluation_without_its_model_stops(
    index_dir: Path, tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    done = evidenca("eval", "run", "--index", str(index_dir), "--runs", str(tmp_path), "--limit", "1", *arguments)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith(f"evidenca: {problem}")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_endpoint_never_fails_the_command(index_dir: Path, peer: Peer) -> None:
    peer.will([Status(500)])
    done = evidenca("ask", "--index", str(index_dir), "--llm", "test-model", "--llm-url", peer.url, QUESTION[EN])
    assert (done.returncode, done.stderr) == (0, "")
    assert "The language model had an error, so these are sentences of the article." in " ".join(done.stdout.split())
