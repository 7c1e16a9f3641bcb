"""The OpenAPI description: bearer scheme, examples, and the address that serves it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema

from agencies.authentication import Principal
from agencies.capabilities import Capability
from agencies.endpoint import PlainView
from eads.schema_examples import EXAMPLES, PARAMETERS, TEXT_EXAMPLES
from eads_wire.problems import MEDIA_TYPE, PROBLEMS

_VERBS: Final = frozenset({"get", "put", "post", "delete", "patch"})


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "agencies.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "From POST /api/v1/token; lives ten minutes (specs/token.md).",
        }


def add_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> Any:
    """Give every body and parameter that has none the example of its shape."""
    for path, item in result["paths"].items():
        for verb in _VERBS & item.keys():
            operation = item[verb]
            for body in [operation.get("requestBody", {}), *operation["responses"].values()]:
                for kind, media in body.get("content", {}).items():
                    _exemplify(path, kind, media)
            for parameter in operation.get("parameters", []):
                if parameter["name"] in PARAMETERS and "examples" not in parameter:
                    parameter.setdefault("example", PARAMETERS[parameter["name"]])
    return result


def _exemplify(path: str, kind: str, media: dict[str, Any]) -> None:
    if "examples" in media:
        return
    name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if name in EXAMPLES:
        media["examples"] = {name: {"value": EXAMPLES[name]}}
    elif kind.startswith("text/") and path in TEXT_EXAMPLES:
        media["examples"] = {"text": {"value": TEXT_EXAMPLES[path]}}


def describe_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> Any:
    """Write the table of problems where the code stands, and keep to those that can occur."""
    _open_to_all(result)
    schemas = result.get("components", {}).get("schemas", {})
    table = "\n".join(
        f"* `{code}` ({problem.status}): {problem.title}.{' Try again later.' * problem.retry}"
        for code, problem in PROBLEMS.items()
    )
    for shape in schemas.values():
        code = shape.get("properties", {}).get("code")
        if code is not None and "retry_after" in shape["properties"]:
            code.clear()
            code.update({"type": "string", "enum": list(PROBLEMS), "description": table})
    return result


def _open_to_all(result: dict[str, Any]) -> None:
    """Where no token is asked for, none can be missing or too weak."""
    for item in result["paths"].values():
        for verb in _VERBS & item.keys():
            if not item[verb].get("security"):
                _drop_problems(item[verb]["responses"], ("Unauthenticated", "Forbidden"))


def _drop_problems(responses: dict[str, Any], names: tuple[str, ...]) -> None:
    for status, answer in list(responses.items()):
        examples = answer.get("content", {}).get(MEDIA_TYPE, {}).get("examples")
        if examples is None:
            continue
        for name in names:
            examples.pop(name, None)
        answer["description"] = ", ".join(name.lower() for name in examples)
        if not examples:
            del responses[status]


@cache
def _description() -> bytes:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    content = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(content, ensure_ascii=False).encode()


class OpenApiView(PlainView):
    """This description."""

    capability = Capability.PUBLIC

    @staticmethod
    @extend_schema(exclude=True)
    def get(request: HttpRequest, principal: Principal | None) -> HttpResponse:
        return HttpResponse(
            _description(),
            content_type="application/vnd.oai.openapi+json",
            headers={"Cache-Control": "public, max-age=300"},
        )


openapi = OpenApiView.as_view()
