"""The search that the demo ends with: what it must find, and what it must not call a find."""

from __future__ import annotations

import base64
import random
import sqlite3
from pathlib import Path

import pytest

from demo.leak_search import search
from demo.needles import texts_of

NAME = "SUHAIMI WIRASENA"
SHORT = "WIRA"


def b64(raw: bytes) -> bytes:
    return base64.b64encode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        NAME.encode(),
        NAME.encode("utf-16-le"),
        NAME.encode("utf-16-be"),
        NAME.encode().hex().encode(),
        b64(NAME.encode()),
        b64(b"x" + NAME.encode()),
        b64(b"xy" + NAME.encode()),
        b64(b'{"payload":"' + b64(b'{"header":"' + b64(NAME.encode()) + b'"}') + b'"}'),
        base64.urlsafe_b64encode(b"\xff\xfe\xfb\xff" + NAME.encode() + b"\xff\xfb\xfe\xff" * 5),
    ],
    ids=["UTF-8", "UTF-16-LE", "UTF-16-BE", "hex", "b64+0", "b64+1", "b64+2", "b64^3", "b64url"],
)
@pytest.mark.parametrize("around", [(b"", b""), (b"\x00\x17", b"\x93"), (b"Q", b"Q")])
def test_a_name_is_found_in_every_form(
    tmp_path: Path, raw: bytes, around: tuple[bytes, bytes]
) -> None:
    (tmp_path / "file").write_bytes(random.Random(1).randbytes(999) + around[0] + raw + around[1])
    assert set(search(tmp_path, [NAME]).finds) == {NAME}


def test_a_short_name_is_found_as_a_word_in_text_and_in_a_column(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"notice of WIRA accepted\n")
    assert set(search(tmp_path, [SHORT]).finds) == {SHORT}
    (tmp_path / "journal").unlink()
    with sqlite3.connect(tmp_path / "hub.sqlite3") as database:
        database.execute("CREATE TABLE notices (digest TEXT, name TEXT, kind TEXT)")
        database.execute("INSERT INTO notices VALUES ('ab', 'WIRA', 'wanted')")
    database.close()
    find = search(tmp_path, [SHORT]).finds[SHORT]
    assert find.where == "hub.sqlite3: notices"


def test_a_name_in_a_deleted_row_is_found(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "hub.sqlite3")
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE notices (name TEXT)")
    database.execute("INSERT INTO notices VALUES (?)", (NAME,))
    database.commit()
    database.execute("DELETE FROM notices")
    database.commit()
    database.close()
    assert search(tmp_path, [NAME]).finds[NAME].where == "hub.sqlite3"


def test_names_in_other_scripts_are_found_also_as_json_escapes(tmp_path: Path) -> None:
    name = "วิโรจน์"
    (tmp_path / "a").write_bytes(name.encode("ascii", "backslashreplace"))
    assert search(tmp_path, [name]).finds[name].encoding == "JSON escapes"
    (tmp_path / "a").write_bytes(name.encode())
    assert search(tmp_path, [name]).finds[name].encoding == "UTF-8"


def test_letters_inside_ciphertext_are_no_find(tmp_path: Path) -> None:
    noise = random.Random(2).randbytes(60_000)
    (tmp_path / "a").write_bytes(b64(noise) + b"xWIRAx" + b64(noise)[:400])
    (tmp_path / "b").write_bytes(noise + b"\x80WIRA\x81" + noise)
    assert search(tmp_path, [SHORT]).finds == {}


def test_texts_are_values_of_four_characters_and_more_and_words_of_names() -> None:
    notice = {
        "entity_id": "2020/71",
        "name": "BIN HAJI MORNI",
        "date_of_birth": "1984/03/17",
        "sex_id": "M",
        "born": "1984",
        "height": 1.7,
        "nationalities": ["BN"],
        "arrest_warrants": [{"charge": "Fraud"}, {"charge": None}],
    }
    assert texts_of([notice]) == (
        *("1984-03-17", "1984/03/17", "2020-71", "2020/71"),
        *("BIN HAJI MORNI", "Fraud", "HAJI", "MORNI"),
    )
