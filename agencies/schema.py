"""Shapes of requests and answers, for the OpenAPI description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, inline_serializer
from rest_framework import serializers

from eads_wire.problems import PROBLEMS, TYPE_PREFIX

_HEX64 = r"^[0-9a-f]{64}$"


def shape(name: str, **fields: Any) -> Any:
    """A named object of the description."""
    return inline_serializer(name, fields)


def text(help_text: str = "", **options: Any) -> serializers.CharField:
    return serializers.CharField(help_text=help_text, **options)


def number(help_text: str = "", **options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=help_text, **options)


def digest(help_text: str = "A SHA-256 in hex.", **options: Any) -> serializers.RegexField:
    return serializers.RegexField(_HEX64, help_text=help_text, **options)


ProblemShape = shape(
    "Problem",
    type=text(),
    title=text(),
    status=number(),
    code=serializers.ChoiceField(choices=sorted(PROBLEMS)),
    detail=text("What is wrong and what to do."),
    retry_after=number("Seconds.", required=False),
)


def _problem_example(code: str) -> OpenApiExample:
    problem = PROBLEMS[code]
    value = {
        "type": TYPE_PREFIX + code,
        "title": problem.title,
        "status": problem.status,
        "code": code,
        "detail": problem.title + ".",
    }
    return OpenApiExample(
        code, value=value, response_only=True, status_codes=[str(problem.status)],
        media_type="application/problem+json",
    )  # fmt: skip


def answers(good: dict[Any, Any], *codes: str) -> dict[Any, Any]:
    """The answers of an operation: what it gives, and the problems that it may meet."""
    by_status: dict[int, list[str]] = {}
    for code in ("unauthenticated", "forbidden", *codes):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    bad = {
        (status, "application/problem+json"): OpenApiResponse(
            ProblemShape,
            description=", ".join(dict.fromkeys(names)),
            examples=[_problem_example(name) for name in dict.fromkeys(names)],
        )
        for status, names in by_status.items()
    }
    return {**good, **bad}


_SIGNATURE = shape("Signature", keyid=text("32 hex digits."), sig=text("Base64 of 3373 bytes."))

Document = shape(
    "Document",
    payloadType=text(),
    payload=text("Base64 of the bytes that are signed."),
    signatures=serializers.ListField(child=_SIGNATURE),
)
TokenRequest = shape(
    "TokenRequest",
    grant_type=text(),
    assertion=text("A compact JWS, specs/token.md."),
    assertion_pq=text("Base64 of the ML-DSA-65 signature.", required=False),
)
Token = shape("Token", access_token=text(), token_type=text(), expires_in=number("Seconds."))
TOKEN_EXAMPLE = OpenApiExample(
    "A token",
    value={"access_token": "WyJUSC1SVFAi…", "token_type": "Bearer", "expires_in": 600},
    response_only=True,
    status_codes=["200"],
)
RegionAnswer = shape("RegionAnswer", version=number(), index=number(), document=Document)
KeyringAnswer = shape(
    "KeyringAnswer", agency=text(), version=number(), index=number(), document=Document
)
Keyrings = shape(
    "Keyrings",
    keyrings=serializers.ListField(
        child=shape("KeyringHead", agency=text(), version=number(), index=number(), digest=digest())
    ),
)
Placed = shape("Placed", digest=digest(), index=number("Place in the log.", allow_null=True))
GrantsRequest = shape(
    "GrantsRequest",
    kid=text("The epoch's key."),
    grants=serializers.DictField(child=text("Base64 of 1168 bytes.")),
)
GrantList = shape(
    "GrantList",
    grants=serializers.ListField(
        child=shape("Grant", kid=text(), officer_kid=text(), grant=text("Base64."))
    ),
)
