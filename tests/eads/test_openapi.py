"""The description of the API is valid, whole, and its examples have the shapes that they show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from eads.schema_examples import EXAMPLES, PARAMETERS, TEXT_EXAMPLES
from eads_wire.problems import MEDIA_TYPE, PROBLEMS

VERBS = ("get", "put", "post", "delete")


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def operations(description: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{verb} {path}", item[verb])
        for path, item in description["paths"].items()
        for verb in VERBS
        if verb in item
    ]


def bodies(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    places = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [pair for place in places for pair in place.get("content", {}).items()]


def api_views(resolver: URLResolver, prefix: str = "") -> list[tuple[str, Any]]:
    found = []
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += api_views(entry, route)
        elif isinstance(entry, URLPattern) and route.startswith("api/"):
            found.append((route, entry.callback))
    return found


def as_template(route: str) -> str:
    parts = [part.rpartition(":")[2] for part in route.replace(">", "}").split("<")]
    return "/" + parts[0] + "".join("{" + part for part in parts[1:])


def test_it_is_openapi_3_1_and_valid(description):
    assert description["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(description).validate()


def test_the_generator_has_no_warning(tmp_path):
    options = {"validate": True, "fail_on_warn": True, "file": str(tmp_path / "openapi.yml")}
    call_command("spectacular", **options)


def test_every_route_and_verb_of_the_api_is_in_it(description):
    views = api_views(get_resolver())
    assert len(views) > 20
    expected = {
        (verb, as_template(route))
        for route, view in views
        for verb in VERBS
        if hasattr(view.cls, verb) and route != "api/v1/openapi.json"
    }
    described = {
        (verb, path)
        for path, item in description["paths"].items()
        for verb in VERBS
        if verb in item and path.startswith("/api/")
    }
    assert described == expected


def test_every_operation_has_an_example(description):
    bare = [
        name
        for name, operation in operations(description)
        if not any(media.get("examples") for _, media in bodies(operation))
    ]
    assert bare == []


def test_every_json_and_text_body_has_an_example(description):
    bare = [
        f"{name}: {kind}"
        for name, operation in operations(description)
        for kind, media in bodies(operation)
        if kind != "application/octet-stream" and not media.get("examples")
    ]
    assert bare == []


def test_every_parameter_has_an_example(description):
    bare = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(description)
        for parameter in operation.get("parameters", [])
        if "example" not in parameter and "examples" not in parameter
    ]
    assert bare == []


def test_examples_have_the_shapes_that_they_show(description):
    root = Resource.from_contents(description, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:description", root)
    wrong = []
    for name, operation in operations(description):
        for kind, media in bodies(operation):
            schema = json.loads(
                json.dumps(media.get("schema", {})).replace(
                    '"#/components', '"urn:description#/components'
                )
            )
            validator = Draft202012Validator(schema, registry=registry)
            for label, example in media.get("examples", {}).items():
                wrong += [
                    f"{name} {kind} {label}: {error.message}"
                    for error in validator.iter_errors(example["value"])
                ]
    assert wrong == []


def test_every_problem_code_is_documented_once(description):
    code = description["components"]["schemas"]["Problem"]["properties"]["code"]
    assert code["enum"] == list(PROBLEMS)
    for name, problem in PROBLEMS.items():
        assert f"`{name}` ({problem.status}): {problem.title}." in code["description"]


def test_problems_stand_under_their_own_status(description):
    for name, operation in operations(description):
        for status, answer in operation["responses"].items():
            for example in (
                answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}).values()
            ):
                code = example["value"]["code"]
                assert PROBLEMS[code].status == int(status), name


def test_tokens_are_asked_for_where_the_view_asks_for_one(description):
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    views = dict(api_views(get_resolver()))
    for route, view in views.items():
        item = description["paths"].get(as_template(route), {})
        for verb in VERBS:
            if verb in item:
                declared = view.cls.capability
                needed = declared[verb.upper()] if isinstance(declared, dict) else declared
                public = str(needed) == "public"
                assert bool(item[verb].get("security")) is not public, (verb, route)
                assert ("Forbidden" in json.dumps(item[verb]["responses"])) <= (not public)


def test_no_example_is_kept_for_a_shape_that_is_gone(description):
    assert EXAMPLES.keys() <= description["components"]["schemas"].keys()
    assert TEXT_EXAMPLES.keys() <= description["paths"].keys()
    used = {p["name"] for _, o in operations(description) for p in o.get("parameters", [])}
    assert PARAMETERS.keys() == used
