"""The JSON API: the contract of `evidenca ask --json`, its description, its refusals, and look-ups."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from corpus.types import Document, Language
from ingest.chunk import Chunk
from rag.answer import Answer
from rag.engine import Engine, Turn
from rag.inspect import BY_ID, Contents
from rag.progress import Progress, Stage
from tests.test_answer import QUESTIONS, SCHEMA
from ui.api.app import create_api
from ui.api.examples import ASK, CHECK, SEARCH, values
from ui.api.schema import docstring
from ui.cli_serve import contents_of
from ui.http.auth import Passwords
from ui.http.options import ServerOptions
from ui.inspect import view_dict

pytestmark = pytest.mark.model

SL, EN = Language.SL, Language.EN
ROOT = Path(__file__).parent.parent
Post = Callable[..., Any]


@pytest.fixture(scope="module")
def contents(engine: Engine) -> Contents:
    return contents_of(engine)


@pytest.fixture(scope="module")
def client(engine: Engine, contents: Contents) -> Iterator[TestClient]:
    """The API alone; what stands in front of it has tests of its own (test_server.py)."""
    with TestClient(create_api(engine, contents), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/openapi.json").json()
    return schema


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "timings_ms": {}}


def check_fits(value: object, description: dict[str, Any], name: str) -> None:
    """Fail unless a value fits the schema of that name in the description."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def events(text: str) -> list[tuple[str, Any]]:
    """Return name and data of each event of a stream."""
    found = []
    for block in text.split("\n\n"):
        if block and not block.startswith(":"):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


# --- The contract ---------------------------------------------------------------------------------

ASKED: list[dict[str, Any]] = [
    {"id": "sl", "question": "Kako uspešni so ZV-MSC pri perianalnih fistulah?"},
    {"id": "en", "question": "How many trials are in China?"},
    {"id": "abstained", "question": "Ali naj vzamem eksosome za svoja kolena?"},
    {"id": "", "question": "Has any EV therapy been approved for use in humans?"},
    {
        "id": "follow-up",
        "question": "And in which country?",
        "history": [{"role": "user", "content": "Which trial studies ALS?"}, {"role": "assistant", "content": "…"}],
    },
]


def test_an_answer_is_that_of_the_command_line(
    client: TestClient, index_dir: Path, description: dict[str, Any], tmp_path: Path
) -> None:
    batch = tmp_path / "questions.jsonl"
    batch.write_text("\n".join(map(json.dumps, ASKED)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "ask", "--index", str(index_dir), "--batch", str(batch)],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    expected = [json.loads(line) for line in done.stdout.decode().splitlines()]
    responses = [client.post("/ask", json=body) for body in ASKED]
    assert [response.status_code for response in responses] == [200] * len(ASKED)
    assert [untimed(response.json()) for response in responses] == [untimed(answer) for answer in expected]
    assert [list(response.json()) for response in responses] == [list(answer) for answer in expected]
    assert {answer["language"] for answer in expected} == {"sl", "en"}
    for response in responses:
        jsonschema.validate(response.json(), SCHEMA)
        check_fits(response.json(), description, "Answer")
        assert response.headers["cache-control"] == "no-store"


def test_letters_are_sent_as_letters(client: TestClient) -> None:
    assert "krvotvornih matičnih" in client.post("/ask", json={"question": "Kaj je GvHD?"}).content.decode()


@pytest.mark.parametrize("body", ASKED, ids=[body["id"] or "approved" for body in ASKED])
def test_a_stream_ends_with_the_answer(client: TestClient, description: dict[str, Any], body: dict[str, Any]) -> None:
    response = client.post("/ask", json={**body, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    found = events(response.text)
    assert [name for name, _ in found] == ["progress", "progress", "answer"]
    assert untimed(found[-1][1]) == untimed(client.post("/ask", json=body).json())
    assert [data["stage"] for _, data in found[:-1]] == [Stage.SEARCHING, Stage.FOUND]
    assert found[1][1]["n_passages"] == len(found[-1][1]["citations"])
    for _, data in found[:-1]:
        check_fits(data, description, "ProgressEvent")


def test_a_stream_carries_a_question_that_cannot_be_asked_as_a_failed_answer(client: TestClient) -> None:
    found = events(client.post("/ask", json={"question": "Wie viele waren es?", "stream": True}).text)
    assert [name for name, _ in found][-1] == "answer"
    assert (found[-1][1]["outcome"], found[-1][1]["reason"]) == ("failed", "unsupported_language")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Terapija z ZV je že odobrena za uporabo pri ljudeh.", "contradicted"),
        ("No therapy with EVs in humans has been approved.", "supported"),
    ],
)
def test_check(client: TestClient, engine: Engine, description: dict[str, Any], claim: str, verdict: str) -> None:
    answer = client.post("/check", json={"claim": claim, "id": "c1"}).json()
    assert answer["check"]["verdict"] == verdict
    assert untimed(answer) == untimed(json.loads(json.dumps(engine.check(claim, question_id="c1").to_dict())))
    check_fits(answer, description, "Answer")


@pytest.mark.parametrize("question", ["viri mezenhimskih matičnih celic", "side effects of MSC transplantation"])
def test_search_is_that_of_the_command_line(client: TestClient, index_dir: Path, question: str) -> None:
    command = [sys.executable, "-m", "ui.cli", "search", "--index", str(index_dir), "--json", "-k", "3", question]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    found = client.post("/search", json={"question": question, "k": 3}).json()
    assert len(found["results"]) == 3
    assert found == json.loads(done.stdout)


def test_search_follows_up(client: TestClient) -> None:
    history = [{"role": "user", "content": "Which trial studies ALS?"}]
    found = client.post("/search", json={"question": "And in which country?", "history": history, "k": 1}).json()
    assert [result["id"] for result in found["results"]] == ["table-2:NCT06598202"]


# --- Look-ups -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "what", "id"),
    [
        ("/article/sections/3.1.4.1", "section", "3.1.4.1"),
        ("/article/sections/abstract-en", "section", "abstract-en"),
        ("/article/sentences/3.1.4.1:2.5", "sentence", "3.1.4.1:2.5"),
        ("/article/sentences/abstract-en:1.1", "sentence", "abstract-en:1.1"),
        ("/article/sentences/table-2:NCT05499156", "sentence", "table-2:NCT05499156"),
        ("/article/tables/2", "table", "2"),
        ("/references/56", "reference", "56"),
        ("/trials/NCT05402748", "trial", "NCT05402748"),
        ("/trials/zdravvestn-3627/nct05402748", "trial", "NCT05402748"),
    ],
)
def test_what_is_looked_up_is_what_inspect_shows(
    client: TestClient, contents: Contents, path: str, what: str, id: str
) -> None:
    shown = json.loads(json.dumps(view_dict(what, BY_ID[what](contents, id))))
    del shown["what"]
    assert client.get(path).json() == shown


def test_a_sentence_has_its_original_its_translation_and_its_place(client: TestClient, engine: Engine) -> None:
    sentence = client.get("/article/sentences/3.1.4.1:2.6").json()
    assert sentence["text"] == "Bolniki niso poročali o sistemskih ali lokalnih neželenih učinkih (56)."
    assert sentence["translation"].startswith("The patients did not report")
    assert [reference["number"] for reference in sentence["references"]] == [56]
    text = engine.documents[engine.article.id].text
    assert [text[span["start"] : span["end"]] for span in sentence["spans"]] == [
        span["source"] for span in sentence["spans"]
    ]


def test_the_outline_names_what_can_be_looked_up(client: TestClient, document: Document) -> None:
    (article,) = client.get("/article").json()["articles"]
    assert [section["id"] for section in article["sections"]] == [section.id for section in document.sections]
    for section in article["sections"][:5]:
        assert client.get(f"/article/sections/{section['id']}").json()["title"] == section["title"]


def test_all_references_and_those_of_a_filter(client: TestClient, document: Document) -> None:
    everything = client.get("/references").json()
    assert everything["n"] == 85
    assert [view["reference"]["number"] for view in everything["references"]] == list(range(1, 86))

    def numbers(**parameters: object) -> list[int]:
        found = client.get("/references", params=parameters).json()  # type: ignore[arg-type]
        assert found["n"] == len(found["references"])
        return [view["reference"]["number"] for view in found["references"]]

    of_2022 = [reference.number for reference in document.references if reference.year == 2022]
    assert numbers(year=2022) == of_2022 != []
    by_drobnic = [r.number for r in document.references if any(name.startswith("Drobnič") for name in r.authors)]
    assert numbers(author="drobnic") == by_drobnic != []
    fistulas = [r.number for r in document.references if "fistula" in r.text.lower() and "human" in r.text.lower()]
    assert numbers(q="FISTULA human") == fistulas != []
    assert numbers(year=2022, author="nazari") == [56]
    assert numbers(year=1999, author="nazari") == []


@pytest.mark.parametrize(
    ("parameters", "meets"),
    [
        ({"country": "China"}, lambda trial: trial.country == "Kitajska"),
        ({"country": "kitajska"}, lambda trial: trial.country == "Kitajska"),
        ({"status": "ZU"}, lambda trial: trial.status == "ZU"),
        ({"status": "zbiranje udelezencev"}, lambda trial: trial.status == "ZU"),
        ({"status": "Recruiting"}, lambda trial: trial.status == "ZU"),
        ({"phase": "2"}, lambda trial: 2 in trial.phases),
        ({"early": "true"}, lambda trial: trial.early),
        ({"observational": "false"}, lambda trial: not trial.observational),
        ({"condition": "liver"}, lambda trial: "jeter" in trial.condition),
        ({"condition": "ciroza jeter"}, lambda trial: trial.condition == "Ciroza jeter"),
        ({"min_enrolment": "20", "max_enrolment": "60"}, lambda trial: 20 <= trial.enrolment <= 60),
        (
            {"q": "exosomes china", "phase": "1"},
            lambda trial: trial.country == "Kitajska" and 1 in trial.phases and "exosomes" in trial.title.lower(),
        ),
        ({"country": "Atlantis"}, lambda trial: False),
        ({}, lambda trial: True),
    ],
)
def test_trials_of_a_filter(
    client: TestClient, document: Document, parameters: dict[str, str], meets: Callable[..., bool]
) -> None:
    found = client.get("/trials", params=parameters).json()
    expected = [trial.id for trial in document.trials if meets(trial)]
    assert (found["n"], [view["id"] for view in found["trials"]]) == (len(expected), expected)
    assert (expected == []) == (parameters.get("country") == "Atlantis")


# --- The description ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        *(("/ask", body, "Answer") for body in values(ASK)),
        *(("/check", body, "Answer") for body in values(CHECK)),
        *(("/search", body, "SearchResults") for body in values(SEARCH)),
    ],
)
def test_examples_of_the_description_are_answered(
    client: TestClient, description: dict[str, Any], path: str, body: dict[str, Any], name: str
) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 200
    assert response.json().get("outcome", "answered") == "answered"
    check_fits(response.json(), description, name)


def _look_ups(description: dict[str, Any]) -> list[tuple[str, str]]:
    """Return an address for each look-up and each example of its id, with the schema of what it gives."""
    found = []
    for path, methods in description["paths"].items():
        if "get" not in methods:
            continue
        schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        parameters = [p for p in methods["get"].get("parameters", []) if p["in"] == "path"]
        ids = [example["value"] for p in parameters for example in p["examples"].values()] or [""]
        found += [(path.replace("{id}", quote(id)), schema.rsplit("/", 1)[-1]) for id in ids]
    return found


def test_look_ups_give_what_the_description_says(client: TestClient, description: dict[str, Any]) -> None:
    look_ups = _look_ups(description)
    assert len(look_ups) > 10
    for path, name in look_ups:
        response = client.get(path)
        assert response.status_code == 200, path
        check_fits(response.json(), description, name)


def test_every_schema_is_sound_and_every_field_of_the_answer_is_explained(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert "Attributes:" not in json.dumps(description)
    answer = schemas["Answer"]
    assert answer["required"] == list(answer["properties"])
    assert set(answer["properties"]) == set(SCHEMA["properties"])
    silent = {name for name, schema in answer["properties"].items() if "description" not in schema}
    assert silent == {"question", "resolved_question", "outcome"}
    assert answer["properties"]["missing"]["description"].startswith("what was asked for and not found")


def test_operations_have_short_names_and_say_whether_a_password_is_needed(
    engine: Engine, contents: Contents, description: dict[str, Any]
) -> None:
    names = [operation["operationId"] for methods in description["paths"].values() for operation in methods.values()]
    assert names == [
        "ask", "check", "search", "outline", "section", "sentence", "table", "list_references", "reference",
        "list_trials", "trial",
    ]  # fmt: skip
    assert "security" not in description
    with api_of(engine, contents, passwords=Passwords({})) as client:
        assert client.get("/openapi.json").json()["security"] == [{"basic": []}]


def test_docstrings_are_read_whole() -> None:
    text, attributes = docstring(Chunk)
    assert "\n" not in text
    assert docstring(Answer)[1]["reason"] == "why there is no answer; None when `outcome` is answered."
    assert all(attributes.values())


def test_the_list_of_addresses_needs_no_script_and_no_other_host(
    client: TestClient, description: dict[str, Any]
) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"<script|src=|https?://", page.text) == []
    for path, methods in description["paths"].items():
        for method in methods:
            assert f"{method.upper()} /api{path}" in page.text


# --- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "slovene", "english"),
    [
        ("POST", "/ask", {"content": b'{"question": '}, 400, "ni veljaven JSON (napaka pri znaku 13)", "valid JSON"),
        ("POST", "/ask", {"content": b"[" * 60_000}, 400, "pokvarjen", "damaged"),
        ("POST", "/ask", {"content": b'{"question": "\xff"}'}, 400, "pokvarjen", "damaged"),
        ("POST", "/ask", {"json": {}}, 422, "(body.question): polje manjka", "(body.question): it is missing"),
        ("POST", "/ask", {"json": {"question": 7}}, 422, "vrednost mora biti besedilo", "it must be text"),
        ("POST", "/ask", {"json": ["Kaj?"]}, 422, "objekt JSON", "a JSON object"),
        ("POST", "/ask", {"json": {"question": "x", "k": 1}}, 422, "(body.k): tega polja ni", "no such field"),
        ("POST", "/ask", {"content": rb'{"question": "\ud800"}'}, 422, "ni veljaven Unicode", "not valid Unicode"),
        (
            "POST",
            "/ask",
            {"json": {"question": "x", "history": [{"role": "system", "content": ""}]}},
            422,
            "(body.history.0.role): dovoljene vrednosti: 'user'",
            "it must be one of 'user'",
        ),
        (
            "POST",
            "/ask",
            {"json": {"question": "x", "history": [{"role": "user", "content": ""}] * 61}},
            422,
            "dolžina sme biti največ 60",
            "its length may be at most 60",
        ),
        ("POST", "/search", {"json": {"question": "x", "k": 0}}, 422, "najmanj 1", "at least 1"),
        ("GET", "/references?year=last", {}, 422, "(query.year): vrednost mora biti celo število", "a whole number"),
        ("GET", "/trials?early=maybe", {}, 422, "true ali false", "true or false"),
        ("GET", "/references/99", {}, 404, "V članku ni enote literature z oznako »99«.", "has 1 to 85"),
        ("GET", "/article/sentences/3.1.4.1:2.99", {}, 404, "ni stavka z oznako", "near it: 3.1.4.1:2."),
        ("GET", "/article/sentences/nobody/1.1", {}, 404, "ni stavka", "There is no article nobody"),
        ("GET", "/nothing", {}, 404, "vse naslove našteva /api/docs", "/api/docs lists what there is"),
        ("GET", "/ask", {}, 405, "metoda GET ni dovoljena", "does not take GET"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_of_the_readers_language(
    client: TestClient,
    description: dict[str, Any],
    method: str,
    path: str,
    sent: dict[str, Any],
    status: int,
    slovene: str,
    english: str,
) -> None:
    for language, part in (("sl-SI,sl;q=0.9,en;q=0.5", slovene), ("en-GB", english)):
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        response = client.request(method, path, headers=headers, **sent)
        problem = response.json()
        assert (response.status_code, problem["status"]) == (status, status)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["content-language"] == language[:2]
        assert part in problem["detail"]
        check_fits(problem, description, "Problem")


def test_a_body_that_is_not_json_is_refused(client: TestClient) -> None:
    # A page of another origin can send these without being asked; JSON it cannot.
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = client.post("/ask", content=b'{"question": "Kaj je GvHD?"}', headers={"Content-Type": content_type})
        assert response.status_code == 415


@pytest.mark.parametrize(
    ("question", "reason", "detail"),
    [
        ("  ", "empty_question", "Vprašanje je prazno."),
        ("What is an exosome? " * 101, "question_too_long", "at most 2000 characters"),
        ("Wie viele Patienten wurden behandelt?", "unsupported_language", "neither Slovene nor English"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_its_answer_object(
    client: TestClient, question: str, reason: str, detail: str
) -> None:
    bodies = {"/ask": {"question": question}, "/check": {"claim": question}, "/search": {"question": question}}
    for path, body in bodies.items():
        response = client.post(path, json={**body, "id": "q7"})
        problem = response.json()
        assert (response.status_code, problem["reason"]) == (422, reason)
        assert detail in problem["detail"] == problem["answer"]["answer"]
        assert (problem["answer"]["id"], problem["answer"]["outcome"]) == ("q7", "failed")
        jsonschema.validate(problem["answer"], SCHEMA)


# --- Engines that are slow or broken --------------------------------------------------------------


class SlowEngine:
    """Answers once its gate opens; a stream stops for it between two steps."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.gate = threading.Event()
        self.asked = threading.Semaphore(0)
        self.closed = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def ask(self, question: str, **options: Any) -> Answer:
        self.asked.release()
        assert self.gate.wait(30)
        if "broken" in question:
            raise RuntimeError(f"cannot answer {question}")
        return self.engine.ask(question, **options)

    def stream(self, question: str, **options: Any) -> Iterator[Progress | Answer]:
        try:
            yield Progress(stage=Stage.SEARCHING)
            yield self.ask(question, **options)
        finally:
            self.closed.set()


@pytest.fixture
def slow(engine: Engine) -> Iterator[SlowEngine]:
    slow = SlowEngine(engine)
    yield slow
    slow.gate.set()


def api_of(engine: Any, contents: Contents, **options: Any) -> TestClient:
    return TestClient(create_api(engine, contents, ServerOptions(**options)), raise_server_exceptions=False)


def test_more_questions_than_can_wait_are_refused_until_there_is_room(slow: SlowEngine, contents: Contents) -> None:
    body = {"question": "Kaj je GvHD?"}
    with api_of(slow, contents, n_answers=1, n_waiting=1) as client, ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(client.post, "/ask", json=body) for _ in range(2)]
        assert slow.asked.acquire(timeout=20)
        deadline = time.monotonic() + 20
        while (response := client.post("/ask", json={**body, "stream": True})).status_code != 503:
            assert time.monotonic() < deadline  # the second question may not have arrived yet
        assert response.json()["type"] == "urn:evidenca:problem:busy"
        assert response.headers["retry-after"] == "5"
        slow.gate.set()
        assert [future.result(20).status_code for future in taken] == [200, 200]
        assert client.post("/ask", json=body).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(slow: SlowEngine, contents: Contents) -> None:
    with api_of(slow, contents, answer_timeout_s=0.2) as client:
        for stream in (False, True):
            response = client.post("/ask", json={"question": "Kaj je GvHD?", "stream": stream})
            problem = events(response.text)[-1][1] if stream else response.json()
            assert (problem["status"], problem["type"]) == (503, "urn:evidenca:problem:timed-out")
        slow.gate.set()  # the stream is told when it goes on, and ends without an answer
        assert slow.closed.wait(20)


def test_what_breaks_is_a_problem_without_its_message(slow: SlowEngine, contents: Contents) -> None:
    slow.gate.set()
    with api_of(slow, contents) as client:
        response = client.post("/ask", json={"question": "Is it broken?"})
        assert (response.status_code, response.json()["type"]) == (500, "urn:evidenca:problem:internal")
        streamed = client.post("/ask", json={"question": "Is it broken?", "stream": True})
        assert [name for name, _ in events(streamed.text)] == ["progress", "problem"]
        for text in (response.text, streamed.text):
            assert "cannot answer" not in text
            assert "Traceback" not in text


# --- Anything at all ------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=()), max_size=30)  # half characters too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(["Kaj", "je", "GvHD", "how many", "trials", "NCT05402748", "(56)", "\x00", "ž", "–", "²", "�"])
BODY = st.fixed_dictionaries(
    {"question": st.lists(WORDS | st.text(max_size=8), max_size=6).map(" ".join) | JSON},
    optional={"history": JSON, "id": TEXT | JSON, "stream": JSON, "k": JSON, "claim": JSON},
)
ANYTHING = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ANYTHING
@given(
    path=st.sampled_from(["/ask", "/check", "/search"]),
    body=BODY | JSON,
    language=st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=20),
)
def test_no_body_breaks_it(client: TestClient, path: str, body: object, language: str) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": language}
    response = client.post(path, content=json.dumps(body).encode(), headers=headers)
    assert response.status_code in {200, 422}, response.text
    if response.status_code == 422:
        assert response.json()["detail"]


@ANYTHING
@given(path=st.sampled_from(["/ask", "/check", "/search"]), content=st.binary(max_size=200))
def test_no_bytes_break_it(client: TestClient, path: str, content: bytes) -> None:
    response = client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}, response.text


@ANYTHING
@given(
    place=st.sampled_from(["article/sections", "article/sentences", "article/tables", "references", "trials"]),
    id=st.text(max_size=20) | st.from_regex(r"(table-2:|ref:|3\.1:|zdravvestn-3627/)?[0-9.:/ -]{0,8}", fullmatch=True),
    query=st.dictionaries(
        st.sampled_from(["country", "status", "condition", "phase", "early", "year", "author", "q", "min_enrolment"]),
        st.text(max_size=12) | st.sampled_from(["China", "2", "true", "-1", "9" * 30, "ž"]),
        max_size=3,
    ),
)
def test_no_address_breaks_it(client: TestClient, place: str, id: str, query: dict[str, str]) -> None:
    encoded = quote(id.encode("utf-8", "replace"), safe="/")
    response = client.get(f"/{place}/{encoded}", params=query)
    assert response.status_code in {200, 404, 422}, response.text
    response = client.get(f"/{place.partition('/')[0]}", params=query)
    assert response.status_code in {200, 404, 422}, response.text


# --- Many at once ---------------------------------------------------------------------------------


def test_twenty_clients_get_their_own_right_answers(engine: Engine, contents: Contents) -> None:
    """Each asks a question and a follow-up, over one server, all at the same time."""
    bodies: list[dict[str, Any]] = [
        {"id": f"{number}-{name}", "question": question}
        for number in range(2)
        for name, question in sorted(QUESTIONS.items())
        if engine.ask(question).outcome != "failed"
    ][:15]
    bodies += [
        {
            "id": f"follow-up {number}",
            "question": "In katera je najnovejša?" if number % 2 else "And in which country?",
            "history": [{"role": "user", "content": f"Which trial studies {what}?"}],
        }
        for number, what in enumerate(["ALS", "dry eye", "COVID", "liver cirrhosis", "periodontitis"])
    ]
    assert len(bodies) == 20

    def expected(body: dict[str, Any]) -> dict[str, Any]:
        history = [Turn(turn["role"], turn["content"]) for turn in body.get("history", ())]
        answer = engine.ask(body["question"], history=history, question_id=body["id"])
        return untimed(json.loads(json.dumps(answer.to_dict())))

    alone = [expected(body) for body in bodies]
    with api_of(engine, contents) as client, ThreadPoolExecutor(len(bodies)) as pool:
        barrier = threading.Barrier(len(bodies))

        def ask(body: dict[str, Any]) -> dict[str, Any]:
            barrier.wait(30)
            response = client.post("/ask", json=body)
            assert response.status_code == 200, response.text
            return untimed(response.json())

        together = list(pool.map(ask, bodies))
    assert together == alone
    assert len({answer["answer"] for answer in together}) > 10
