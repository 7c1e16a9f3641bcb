"""Who may do what: one table of every route, method and role, and what is then answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from tests.cast import OUTSIDER, RECIPIENT, REVIEWING, ROLES, SENDER, Person, signed
from tests.notices.forging import logged, publish
from tests.stage import Stage, code_of

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
ZEROES = "0" * 64
NOBODY = "00000000-0000-7000-8000-000000000000"

# liaison, approver, reviewer, analyst, admin, service, then without a token.
# 403 is "the role may not"; every other number is what a role that may is answered here.
TABLE = """
GET    openapi.json                          200 200 200 200 200 200 200
GET    region                                200 200 200 200 200 200 200
GET    region/<int:version>                  404 404 404 404 404 404 404
POST   token                                 400 400 400 400 400 400 400
GET    keyrings                              200 200 200 200 200 200 401
GET    keyrings/<agency:agency>              200 200 200 200 200 200 401
PUT    keyrings/<agency:agency>              400 400 400 400 400 400 400
GET    keyrings/<agency:agency>/<int:version> 404 404 404 404 404 404 401
GET    grants                                200 200 200 200 200 200 401
PUT    grants                                403 403 403 403 400 403 401
GET    log/checkpoint                        200 200 200 200 200 200 401
POST   notices                               400 403 403 403 403 403 401
GET    notices/pending                       200 200 200 403 403 403 401
GET    notices/<digest:digest>               404 404 404 404 403 404 401
DELETE notices/<digest:digest>               404 404 404 403 403 403 401
POST   notices/<digest:digest>/signatures    400 400 400 403 403 403 401
GET    notices/<digest:digest>/receipts      404 404 403 404 404 404 401
POST   receipts                              400 400 400 403 403 400 401
GET    mailbox                               200 200 200 200 403 200 401
GET    stream                                503 503 503 503 403 503 401
GET    blobs/<digest:sha256>                 404 404 404 404 403 404 401
HEAD   blobs/<digest:sha256>                 404 404 404 404 403 404 401
PUT    blobs/<digest:sha256>                 400 403 403 403 403 403 401
GET    subscriptions                         403 403 403 403 200 403 401
POST   subscriptions                         403 403 403 403 400 403 401
DELETE subscriptions/<uuid:identifier>       403 403 403 403 404 403 401
POST   subscriptions/<uuid:identifier>/enable 403 403 403 403 404 403 401
GET    stats                                 200 200 200 200 200 200 401
"""


@dataclass(frozen=True)
class Line:
    method: str
    route: str
    statuses: tuple[int, ...]

    @property
    def path(self) -> str:
        """The route with something in its gaps that is not there, save for the agency."""
        values = {"int": "9", "agency": SENDER, "digest": ZEROES, "uuid": NOBODY}
        return re.sub(r"<(\w+):\w+>", lambda gap: values[gap[1]], self.route)


def table() -> list[Line]:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    return [Line(row[0], row[1], tuple(map(int, row[2:]))) for row in rows]


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route below ``api/v1/`` with its view class."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if "api/v1/".startswith(route) or route.startswith("api/v1/"):
                yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/v1/"):
            found: Any = pattern.callback
            yield route.removeprefix("api/v1/"), getattr(found, "cls", None)


def answered(view: Any) -> set[str]:
    """The methods that a view has code for; HEAD stands where it is more than GET's."""
    return {name for name in METHODS if name.lower() in _own(view)}


def _own(view: Any) -> set[str]:
    return {name for cls in view.__mro__ if not issubclass(APIView, cls) for name in vars(cls)}


def test_the_table_names_every_route_and_method_and_no_other() -> None:
    served = {(method, route) for route, view in routes() for method in answered(view)}
    assert served == {(line.method, line.route) for line in table()}
    assert len(served) > 25


@pytest.mark.parametrize("line", table(), ids=lambda line: f"{line.method} {line.route}")
def test_a_role_is_answered_as_the_table_says(stage: Stage, line: Line) -> None:
    body = b"{}" if line.method in ("POST", "PUT") else b""
    who = [*((SENDER, role) for role in ROLES), (None, "liaison")]
    found = []
    for agency, role in who:
        answer = stage.ask(line.method, line.path, agency, role, body, **_form_of(line))
        found.append(answer.status_code)
        if answer.status_code == 403:
            assert line.method == "HEAD" or code_of(answer) == "forbidden"
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert tuple(found) == line.statuses


def _form_of(line: Line) -> dict[str, Any]:
    if line.route == "token":
        return {"content_type": "application/x-www-form-urlencoded"}
    # A blob of zero bytes is refused for its size, after the role was judged.
    return {"CONTENT_LENGTH": "0"} if line.route.startswith("blobs/") else {}


@pytest.mark.parametrize("role", ROLES)
def test_a_method_that_a_route_does_not_have_is_refused(stage: Stage, role: str) -> None:
    headers = stage.bearer(SENDER, role)
    known = {(line.method, line.path) for line in table()}
    for path in {line.path for line in table()}:
        for method in METHODS:
            if (method, path) in known or method == "HEAD":
                continue
            answer = stage.ask(method, path, headers=headers)
            assert answer.status_code in (403, 405), (method, path)
            assert code_of(answer) in ("forbidden", "method-not-allowed"), (method, path)


def test_a_role_beside_another_adds_to_it(stage: Stage) -> None:
    stage[SENDER].people["both"] = Person("both.one", ("admin", "analyst"))
    publish(stage, SENDER)
    assert stage.ask("GET", "mailbox", SENDER, "both").status_code == 200
    assert stage.ask("GET", "subscriptions", SENDER, "both").status_code == 200
    assert stage.ask("GET", "notices/pending", SENDER, "both").status_code == 403


@pytest.mark.parametrize("role", ["liaison", "approver"])
def test_what_is_unknown_and_what_is_anothers_are_answered_alike(stage: Stage, role: str) -> None:
    there = logged(stage).digest
    waits = signed(stage[SENDER], [stage[RECIPIENT]], "liaison")
    assert stage.post(waits).status_code == 202
    questions = [
        *(("GET", "notices/{}"), ("GET", "notices/{}/receipts"), ("DELETE", "notices/{}")),
        *(("GET", "blobs/{}"), ("HEAD", "blobs/{}"), ("POST", "notices/{}/signatures")),
    ]
    body = waits.signatures[0].to_json()
    for method, path in questions:
        sent = {"body": body} if method == "POST" else {}
        for agency in (OUTSIDER, REVIEWING):
            answers = [
                stage.ask(method, path.format(digest), agency, role, **sent)
                for digest in (ZEROES, there, waits.digest)
            ]
            assert {a.status_code for a in answers} == {404}, (method, path)
            assert len({a.content for a in answers}) == 1, (method, path)
            assert len({str(sorted(a.headers.items())) for a in answers}) == 1, (method, path)


def test_anothers_subscription_is_answered_as_if_it_were_not(stage: Stage, settings: Any) -> None:
    settings.EADS_WEBHOOK_ALLOW_PRIVATE = True
    body = {"kind": "webhook", "target": "https://127.0.0.1/hook"}
    made = stage.ask("POST", "subscriptions", SENDER, "admin", body)
    assert made.status_code == 201, made.content
    for method, end in (("DELETE", ""), ("POST", "/enable")):
        theirs = stage.ask(method, f"subscriptions/{made.json()['id']}{end}", RECIPIENT, "admin")
        unknown = stage.ask(method, f"subscriptions/{NOBODY}{end}", RECIPIENT, "admin")
        assert (theirs.status_code, theirs.content) == (404, unknown.content)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x.y.z", "Bearer " + "x" * 600]
)
def test_a_token_that_is_none_is_refused(stage: Stage, header: str) -> None:
    for path in ("mailbox", "keyrings", f"notices/{ZEROES}"):
        answer = stage.ask("GET", path, headers={"Authorization": header})
        assert (answer.status_code, code_of(answer)) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["region?format=xml", "region/99999999999999999999"])
def test_a_strange_address_is_no_error_of_the_hub(stage: Stage, path: str) -> None:
    assert stage.ask("GET", path).status_code in (200, 404)


def test_an_answer_in_another_form_cannot_be_had(stage: Stage) -> None:
    answer = stage.ask("GET", "region", headers={"Accept": "text/html"})
    assert (answer.status_code, code_of(answer)) == (406, "not-acceptable")
