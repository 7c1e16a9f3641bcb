"""deploy/nginx.conf speaks as the hub does: its own errors and sizes are those of the formats."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from eads_wire import limits
from eads_wire.problems import MEDIA_TYPE, PROBLEMS, TYPE_PREFIX

CONFIG = (Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf").read_text()
ANSWERS = re.findall(r"default_type (\S+);.*?return (\d{3}) '(.*?)';", CONFIG, re.DOTALL)


def megabytes(location: str) -> int:
    found = re.search(r"client_max_body_size (\d+)m;", location)
    assert found
    return int(found[1]) * limits.MIB


def test_nginx_answers_itself_in_several_cases():
    assert len(ANSWERS) >= 5


@pytest.mark.parametrize(("media_type", "status", "body"), ANSWERS)
def test_what_nginx_answers_itself_is_a_problem_of_the_table(media_type, status, body):
    problem = json.loads(body)
    known = PROBLEMS[problem["code"]]
    assert media_type == MEDIA_TYPE
    assert problem["type"] == TYPE_PREFIX + problem["code"]
    assert problem["title"] == known.title
    assert problem["status"] == known.status == int(status)


def test_a_notice_of_the_largest_size_passes():
    outside_blobs = CONFIG.split("location /api/v1/blobs/")[0]
    assert megabytes(outside_blobs) >= max(limits.ENVELOPE_BYTES, limits.KEYRING_BYTES)


def test_a_file_of_the_largest_size_passes_once_sealed():
    blobs = CONFIG.split("location /api/v1/blobs/")[1]
    assert megabytes(blobs) >= limits.FILE_BYTES + limits.MIB // 2


def test_what_the_client_claims_about_itself_is_overwritten():
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in CONFIG
    assert "proxy_set_header X-Forwarded-Proto https;" in CONFIG


def test_no_query_and_no_header_is_logged():
    log = re.search(r"log_format plain '([^']*)'", CONFIG)
    assert log
    assert not re.search(r"\$(request |request_uri|args|http_)", log[1] + " ")
