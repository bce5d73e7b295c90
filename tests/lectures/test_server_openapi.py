"""The published description is the whole interface, and the server keeps to it: schemathesis looks for more."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import httpx
import jsonschema
import pytest
from class_server import HOST, KEY, judgment, small
from hypothesis import HealthCheck, Phase, given, seed, settings

from boundaries.answers.store import Store
from boundaries.lectures.server.app import make_app
from boundaries.lectures.server.openapi import document, operations_of
from boundaries.lectures.server.service import ClassServer


def published() -> dict:
    """The document as it leaves the server."""
    return json.loads(json.dumps(document(operations_of(ClassServer))))


DOCUMENT = published()


def operations():
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


class Served:
    """Requests to an app in this process, one after another."""

    def __init__(self, app, runner):
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        )
        self.runner, self.code = runner, ""

    def request(self, method, path, **more):
        return self.runner.run(self.client.request(method, path, **more))

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, **more):
        return self.request("POST", path, **more)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A lecture in its first round, without limits: a flood is what schemathesis is."""
    app = make_app(Store(tmp_path_factory.mktemp("openapi") / "a.sqlite"), small(), host_keys=[KEY])
    for limit in ("look_up", "missed", "guess", "take_part"):
        setattr(app.state.server.limits, limit, lambda *_: None)
    with asyncio.Runner() as runner:
        served = Served(app, runner)
        body = {"title": "Rehearsal", "vignettes": ["tiles", "barter", "drink"]}
        served.code = served.post("/api/sessions", json=body, headers=HOST).json()["code"]
        served.post(
            f"/api/sessions/{served.code}/stage",
            json={"vignette": "tiles", "stage": "first"},
            headers=HOST,
        )
        yield served
        runner.run(app.state.server.close())


def test_every_route_of_the_api_is_described_and_no_other(fresh_store):
    app = make_app(fresh_store, small())
    routes = {
        f"{method} {route.path}"
        for route in app.routes
        if route.path.startswith("/api") or route.path == "/healthz"
        for method in route.methods - {"HEAD"}
    }
    assert routes == {name for name, _ in operations()}


def test_the_host_needs_a_key_exactly_where_it_is_described(served):
    for name, operation in operations():
        method, path = name.split()
        if path.endswith("/events"):
            continue
        found = served.request(
            method, path.format(code=served.code), json={} if method == "POST" else None
        )
        assert (found.status_code == 401) == bool(operation["security"]), name


def test_each_operation_has_an_example_of_what_it_takes_and_answers_that_fits():
    for name, operation in operations():
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for status, response in operation["responses"].items():
            if "$ref" in response:
                response = DOCUMENT["components"]["responses"][status]
            bodies.append(response)
        for body in bodies:
            for kind, content in body["content"].items():
                assert "example" in content, name
                if kind == "application/json":
                    schema = {**content["schema"], "components": DOCUMENT["components"]}
                    jsonschema.Draft202012Validator(schema).validate(content["example"])


def test_every_case_of_a_lecture_answers_as_described(served):
    """The whole of it: what schemathesis cannot reach by chance."""
    state = {"$ref": "#/components/schemas/State", "components": DOCUMENT["components"]}
    path = f"/api/sessions/{served.code}"
    for stage in ("lobby", "first", "discuss", "discussed", "reveal", "informed", "reveal", "over"):
        moved = served.post(
            f"{path}/stage", json={"vignette": "barter", "stage": stage, "seconds": 5}, headers=HOST
        )
        assert moved.status_code == 200, moved.text
        jsonschema.validate(moved.json(), state)
        if stage in ("first", "discussed", "informed"):
            sent = [judgment(f"{n:032x}", "barter", stage, 1 + n % 5) for n in range(7)]
            assert served.post(f"{path}/judgments", json=sent).status_code == 201
        for what, schema in (("plan", "LecturePlan"), ("tally", "Tally"), ("export", "Export")):
            found = served.get(f"{path}/{what}", headers=HOST)
            named = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
            jsonschema.validate(found.json(), named)
    assert len(found.json()["submissions"]) == 7
    moved = served.post(f"{path}/stage", json={"vignette": "tiles", "stage": "first"}, headers=HOST)
    assert moved.status_code == 200


TRIED = [
    (name, mode)
    for name, operation in operations()
    for mode in ("positive", "negative")
    if "{code}" in name or "requestBody" in operation
    # A stream that is opened does not end; and no text is wrong as a code, only unknown.
    if not name.endswith("/events") and (mode == "positive" or "requestBody" in operation)
]


@pytest.mark.parametrize(("name", "mode"), TRIED)
def test_schemathesis_finds_no_answer_of_500_and_none_that_is_not_described(served, name, mode):
    # Two seconds, which only the worker pays that runs this file; all of them import it.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as described

    always = [
        not_a_server_error,
        described.status_code_conformance,
        described.content_type_conformance,
        described.response_schema_conformance,
    ]
    method, path = name.split()
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method]
    generation = getattr(schemathesis.GenerationMode, mode.upper())
    sent = count()

    @seed(5)
    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=generation))
    def look(case):
        number = next(sent)
        if case.path_parameters and number % 4:  # else nearly every code is one that is not there
            case.path_parameters["code"] = served.code
        headers = {**(case.headers or {})}
        case.headers = headers | HOST if number % 5 else headers
        asked = case.as_transport_kwargs(base_url="http://127.0.0.1")
        asked.pop("cookies", None)
        # As bytes: on the wire a header is Latin-1, and httpx takes text for ASCII.
        asked["headers"] = {k: str(v).encode("latin-1") for k, v in asked["headers"].items()}
        found = served.runner.run(served.client.request(**asked))
        answer = schemathesis.Response.from_httpx(found, verify=False)
        kept = list(always)
        # To be refused unread, because it is too long, is to be refused; schemathesis does not count 413.
        if mode == "negative" and method == "POST" and found.status_code != 413:
            kept.append(described.negative_data_rejection)
        case.validate_response(answer, checks=kept)

    look()
    assert next(sent) > 3
