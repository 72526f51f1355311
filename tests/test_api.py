"""The JSON API: the contract of `evidenca ask --json`, look-ups, and its description."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from starlette.testclient import TestClient

from corpus.types import Document, Language
from ingest.chunk import Chunk
from ingest.parse import parse
from rag.answer import Answer
from rag.engine import Engine
from rag.inspect import BY_ID, Contents
from rag.progress import Stage
from tests.api_helpers import api_of, check_fits, events, untimed
from tests.test_answer import SCHEMA
from tests.test_inspect import ADDED
from ui.api.examples import ASK, CHECK, SEARCH, values
from ui.api.schema import docstring
from ui.commands.inspect import view_dict
from ui.commands.serve import contents_of
from ui.http.auth import Passwords

pytestmark = pytest.mark.model

SL, EN = Language.SL, Language.EN
ROOT = Path(__file__).parent.parent
Post = Callable[..., Any]


@pytest.fixture(scope="module")
def contents(engine: Engine) -> Contents:
    return contents_of(engine)


@pytest.fixture(scope="module")
def client(engine: Engine, contents: Contents) -> Iterator[TestClient]:
    with api_of(engine, contents) as client:
        yield client


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/openapi.json").json()
    return schema


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


def test_what_belongs_to_an_added_article_goes_by_its_id(engine: Engine, contents: Contents) -> None:
    added = parse(ADDED, document_id="smith-2024")
    both = replace(contents, documents={**contents.documents, added.id: added})
    with api_of(engine, both) as client:
        assert client.get("/article/sentences/smith-2024/1:1.1").json()["references"][0]["id"] == "smith-2024/ref:1"
        assert client.get("/references/smith-2024/2").json()["reference"]["year"] == 2021
        assert client.get("/references/2").json()["reference"]["year"] != 2021
        everything = client.get("/references").json()
        assert [view["id"] for view in everything["references"]][-2:] == ["smith-2024/ref:1", "smith-2024/ref:2"]
        assert everything["n"] == 87


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
    assert re.findall(r"Attributes:|\bNone\b", json.dumps(description)) == []
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
    anchors = re.findall(r'href="#(\w+)"', page.text)
    assert set(anchors) <= set(re.findall(r'<h3 id="(\w+)"', page.text)) == set(description["components"]["schemas"])
    assert "Answer" in anchors
