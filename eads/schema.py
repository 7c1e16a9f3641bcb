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
from eads.schema_examples import EXAMPLES, PARAMETERS
from eads_wire.problems import PROBLEMS

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


def _operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    paths = description["paths"].values()
    return [operation for item in paths for verb, operation in item.items() if verb in _VERBS]


def add_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> Any:
    """Give every body and parameter that has none the example of its shape."""
    for operation in _operations(result):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media in body.get("content", {}).values():
                _exemplify(media)
        for parameter in operation.get("parameters", []):
            if parameter["name"] in PARAMETERS and "examples" not in parameter:
                parameter.setdefault("example", PARAMETERS[parameter["name"]])
    return result


def _exemplify(media: dict[str, Any]) -> None:
    name = media.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if name in EXAMPLES and "examples" not in media:
        media["examples"] = {name: {"value": EXAMPLES[name]}}


def describe_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> Any:
    """Write the table of problems where the code stands."""
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
