"""The key goes to the endpoint and nowhere else; and nothing but question and evidence leaves the machine."""

import copy
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import ConfigError, MissingExtraError
from rag.llm.client import Client, Message
from rag.llm.failure import Failure, LlmError
from rag.llm.open import Probe
from rag.llm.settings import Backend, LlmSettings, Secret
from tests.llm_peer import Finish, Pause, Peer, Raw, Reset, Status, Step, Text, running, said

KEY = "sk-geheim-0123456789abcdef"
ROOT = Path(__file__).parent.parent
MESSAGES = [Message("system", "S"), Message("user", "U")]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running() as started:
        yield started


def chosen(peer: Peer, **values: object) -> LlmSettings:
    backend = values.get("backend", Backend.OPENAI)
    url = peer.url if backend is Backend.OPENAI else peer.url.removesuffix("/v1")
    given = {"model": "test-model", "url": url, "key": Secret(KEY), "silence_s": 0.5, "retries": 0, **values}
    return LlmSettings(**given)  # type: ignore[arg-type]


def test_a_secret_shows_nowhere(peer: Peer) -> None:
    settings = chosen(peer)
    texts = [
        repr(settings),
        str(settings),
        f"{settings.key}",
        f"{settings.key!r}",
        repr([settings.key]),
        repr(vars(Secret)),
    ]
    assert [text for text in texts if KEY in text] == []
    assert settings.key.reveal() == KEY
    with pytest.raises(TypeError):
        pickle.dumps(settings.key)
    with pytest.raises(TypeError):
        copy.deepcopy(settings.key)
    with pytest.raises(TypeError):
        json.dumps(settings.key)


@pytest.mark.parametrize("backend", list(Backend))
@pytest.mark.parametrize(
    "step",
    [
        Status(401, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}})),
        Status(400, f"bad: Authorization: Bearer {KEY}"),
        Status(500, KEY),
        Raw(f'data: {{"error": {{"message": "{KEY}"}}}}\n\n'.encode()),
        Raw(f"{KEY} \xff\n\n".encode("latin-1")),
        Reset(),
        Pause(10),
    ],
    ids=["401", "400", "500", "error-event", "garbage", "reset", "silent"],
)
def test_no_error_and_no_log_holds_the_key(
    peer: Peer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], backend: Backend, step: Step
) -> None:
    """Not even when the endpoint says it back, with every library at its most talkative."""
    peer.will([step])
    caplog.set_level(logging.DEBUG)
    client = Client(chosen(peer, backend=backend))
    with pytest.raises(LlmError) as caught:
        list(client.stream(MESSAGES))
    below = caught.value.__traceback__
    assert below is not None  # without the frame of this test, which knows the key
    told = traceback.TracebackException(LlmError, caught.value, below.tb_next, capture_locals=True)
    shown = "".join(told.format())
    assert "rag/llm/client.py" in shown
    output = capfd.readouterr()
    texts = [shown, str(caught.value), repr(caught.value), caplog.text, output.out, output.err]
    for text in (*texts, repr(client), repr(vars(client))):
        assert KEY not in text
    assert [record for record in caplog.records if KEY in repr(vars(record))] == []
    assert peer.chats[0][1]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("backend", list(Backend))
def test_nothing_is_sent_but_what_is_needed(peer: Peer, monkeypatch: pytest.MonkeyPatch, backend: Backend) -> None:
    """No key of another program, no account, no operating system, no version of Python."""
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OLLAMA_API_KEY"):
        monkeypatch.setenv(name, "other-secret")
    for name in ("OPENAI_API_BASE", "OLLAMA_HOST"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Other: other-secret")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # not for an endpoint on this machine
    peer.will([Text("ok"), Finish()])
    client = Client(chosen(peer, backend=backend, key=Secret("")))
    assert "".join(piece.text for piece in client.stream(MESSAGES)) == "ok"
    client.probe()
    for _, headers, _ in peer.requests:
        names = {name.lower() for name in headers}
        needed = {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"}
        assert names <= {*needed, "transfer-encoding"}
        assert headers["user-agent"].startswith("evidenca/")
        assert "other-secret" not in repr(headers)
    (_, _, body) = peer.chats[0]
    assert [message["content"] for message in body["messages"]] == ["S", "U"]
    assert "user" not in body


def test_a_redirect_is_not_followed(peer: Peer) -> None:
    with running() as elsewhere:
        elsewhere.will(said("ok"))
        peer.will([Status(307, "", (("location", f"{elsewhere.url}/chat/completions"),))])
        with pytest.raises(LlmError):
            list(Client(chosen(peer)).stream(MESSAGES))
        assert elsewhere.requests == []


@pytest.mark.parametrize("backend", list(Backend))
def test_the_probe_lists_models_or_says_what_is_wrong(peer: Peer, backend: Backend) -> None:
    client = Client(chosen(peer, backend=backend))
    peer.models = ("one", "two:latest")
    assert client.probe() == ("one", "two:latest")
    assert Probe(failure=None, models=client.probe()).lists("two")
    assert not Probe(failure=None, models=client.probe()).lists("three")
    peer.models = Status(404)
    assert client.probe() == ()
    for code, failure in ((401, Failure.KEY_REFUSED), (503, Failure.BROKEN)):
        peer.models = Status(code, KEY)
        with pytest.raises(LlmError) as caught:
            client.probe()
        assert caught.value.failure is failure
    peer.models = Status(200, "<html>")
    with pytest.raises(LlmError) as caught:
        client.probe()
    assert caught.value.failure is Failure.GARBLED
    peer.models = ("test-model",)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"model": " "}, "name of the language model is empty"),
        ({"url": None}, "No endpoint is given"),
        ({"url": "ftp://x"}, "no address of an endpoint"),
        ({"url": "http://user:sk-geheim@host/v1"}, "carries a name, password or query"),
        ({"url": "http://host/v1?key=sk-geheim"}, "carries a name, password or query"),
        ({"url": "http://host:port/v1"}, "cannot be read"),
        ({"backend": "azure"}, "no backend azure"),
        ({"max_tokens": 8000}, "8000 of a context window of 8192"),
        ({"max_tokens": 0}, "may write 0"),
        ({"retries": 2}, "retries is 2"),
        ({"silence_s": 0}, "silence is 0"),
        ({"budget_s": -1}, "budget is -1"),
        ({"temperature": 3}, "temperature is 3"),
    ],
)
def test_settings_are_checked_at_the_door(values: dict[str, object], problem: str) -> None:
    given = {"model": "m", "url": "http://host/v1", "environment": {}, **values}
    with pytest.raises(ConfigError, match=problem) as caught:
        LlmSettings.given(**given)  # type: ignore[arg-type]
    assert "sk-geheim" not in str(caught.value)


def test_the_key_comes_from_its_variable_only() -> None:
    settings = LlmSettings.given(
        model="m", url="http://h/v1/", environment={"EVIDENCA_LLM_API_KEY": f" {KEY}\n", "OPENAI_API_KEY": "other"}
    )
    assert (settings.key.reveal(), settings.url) == (KEY, "http://h/v1")
    assert not LlmSettings.given(model="m", url="http://h", environment={"OPENAI_API_KEY": "other"}).key
    assert LlmSettings.given(model="m", backend="ollama", environment={}).url == "http://127.0.0.1:11434"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_index.llms.openai_like", None)
    with pytest.raises(MissingExtraError, match=r'pip install "evidenca\[llm\]"'):
        Client(LlmSettings(model="m", url="http://127.0.0.1:9/v1"))


def test_asking_touches_no_global_settings_downloads_nothing_and_connects_nowhere_else(
    peer: Peer, tmp_path: Path
) -> None:
    """A process of its own with an empty home, where any connection but to the endpoint fails."""
    peer.will([Text("ok"), Finish()])
    script = (
        "import socket, sys\n"
        "real = socket.socket.connect\n"
        "def connect(self, address):\n"
        "    assert address[0] == '127.0.0.1', address\n"
        "    return real(self, address)\n"
        "socket.socket.connect = connect\n"
        "from llama_index.core import settings\n"
        "def refuse(_): raise AssertionError('the global Settings were asked')\n"
        "settings._Settings.llm = property(refuse); settings._Settings.embed_model = property(refuse)\n"
        "from rag.llm.client import Client, Message\n"
        "from rag.llm.settings import LlmSettings\n"
        "client = Client(LlmSettings(model='test-model', url=sys.argv[1]))\n"
        "print(''.join(piece.text for piece in client.stream([Message('user', 'U')])))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, peer.url],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**os.environ, "HOME": str(tmp_path), "TIKTOKEN_CACHE_DIR": str(tmp_path)},
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("ok", 0), done.stderr
    assert list(tmp_path.iterdir()) == []
