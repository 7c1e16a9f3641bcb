"""Strict JSON apart from any format."""

from __future__ import annotations

from collections.abc import Iterator

from specs.vectors.generate.documents import Json, Vector, written

LIMIT = 4096


def text(name: str, expect: str, comment: str, raw: str | bytes, value: Json = None) -> Vector:
    content: dict[str, Json] = {"limit": LIMIT, "json": written(raw)}
    if expect == "ok":
        content["out"] = {"value": value}
    return Vector("json", name, expect, comment, content)


def ok(name: str, comment: str, raw: str, value: Json) -> Vector:
    return text(f"ok-{name}", "ok", comment, raw, value)


def malformed(name: str, comment: str, raw: str | bytes) -> Vector:
    return text(name, "malformed", comment, raw)


def vectors() -> Iterator[Vector]:
    yield from _accepted()
    yield from _bytes()
    yield from _grammar()
    yield from _numbers()
    yield from _strings()
    yield from _keys()
    yield from _nesting()


def _accepted() -> Iterator[Vector]:
    yield ok("empty-object", "The smallest.", "{}", {})
    yield ok("blanks", "All four blanks of JSON.", ' \t\r\n{ "a" :\n1 }\n', {"a": 1})
    yield ok("literals", "Literals.", '{"a":[true,false,null]}', {"a": [True, False, None]})
    yield ok("largest-integer", "2^53-1.", '{"a":9007199254740991}', {"a": 2**53 - 1})
    yield ok("zero", "Zero.", '{"a":0}', {"a": 0})
    yield ok(
        "escapes", "Every escape.", r'{"a":"\"\\\/\b\f\n\r\t\u0e01"}', {"a": '"\\/\b\f\n\r\t\u0e01'}
    )
    yield ok(
        "surrogate-pair", "A pair is one character.", r'{"a":"\ud83d\ude00"}', {"a": "\U0001f600"}
    )
    yield ok("not-ascii", "UTF-8.", '{"ก":"ស្រី"}', {"ก": "ស្រី"})
    yield ok("nul", "An escaped zero is a character.", '{"a":"\\u0000"}', {"a": "\0"})
    yield ok("same-key-apart", "The same key in two objects.", '{"a":{"a":1}}', {"a": {"a": 1}})
    yield ok("proto", "A key like any other.", '{"__proto__":1}', {"__proto__": 1})
    yield ok("at-limit", "As large as allowed.", "{" + " " * (LIMIT - 2) + "}", {})


def _bytes() -> Iterator[Vector]:
    yield malformed("over-limit", "One byte too many.", "{" + " " * (LIMIT - 1) + "}")
    yield malformed("empty", "Nothing.", "")
    yield malformed("blank", "A blank.", " ")
    yield malformed("byte-order-mark", "UTF-8 with a mark.", b"\xef\xbb\xbf{}")
    yield malformed("utf16", "UTF-16.", "{}".encode("utf-16-le"))
    yield malformed("lone-byte", "A byte that is not UTF-8.", b'{"a":"\xff"}')
    yield malformed("overlong", "A slash in two bytes.", b'{"a":"\xc0\xaf"}')
    yield malformed("surrogate-bytes", "A surrogate in UTF-8.", b'{"a":"\xed\xa0\x80"}')
    yield malformed("beyond-unicode", "Beyond U+10FFFF.", b'{"a":"\xf4\x90\x80\x80"}')


def _grammar() -> Iterator[Vector]:
    for name, raw, comment in (
        ("truncated", '{"a":1', "No end."),
        ("trailing-object", "{}{}", "A second value."),
        ("trailing-nul", "{}\0", "A zero byte after."),
        ("trailing-comma", '{"a":1,}', "A comma too many."),
        ("trailing-comma-in-list", '{"a":[1,]}', "A comma too many."),
        ("comment", '{"a":1/**/}', "JSON has no comments."),
        ("single-quotes", "{'a':1}", "JSON has double quotes."),
        ("bare-key", "{a:1}", "A key in no quotes."),
        ("no-break-space", '{"a":\u00a01}', "A blank that JSON does not know."),
        ("form-feed", '{"a":\f1}', "A blank that JSON does not know."),
        ("capital-literal", '{"a":True}', "Python's word."),
        ("undefined", '{"a":undefined}', "JavaScript's word."),
        ("not-a-number", '{"a":NaN}', "Not JSON."),
        ("infinity", '{"a":Infinity}', "Not JSON."),
        ("minus-infinity", '{"a":-Infinity}', "Not JSON."),
        ("list", "[]", "A list on top."),
        ("text", '"a"', "A string on top."),
        ("number", "1", "A number on top."),
        ("null", "null", "Null on top."),
    ):
        yield malformed(name, comment, raw)


def _numbers() -> Iterator[Vector]:
    for name, number, comment in (
        ("fraction", "1.0", "A fraction."),
        ("exponent", "1e0", "An exponent."),
        ("capital-exponent", "1E0", "An exponent."),
        ("negative", "-1", "A sign."),
        ("minus-zero", "-0", "A sign."),
        ("plus", "+1", "A sign."),
        ("leading-zero", "01", "A zero in front."),
        ("hex", "0x10", "Hexadecimal."),
        ("2-53", "9007199254740992", "One more than the largest."),
        ("of-17-digits", "10000000000000000", "Longer than the largest."),
        ("of-4000-digits", "9" * 4000, "Much longer than the largest."),
        ("bare-minus", "-", "A sign alone."),
        ("bare-point", ".5", "No digit before the point."),
        ("ends-in-point", "1.", "No digit after the point."),
        ("arabic-digit", "\u0661", "A digit that is not ASCII."),
    ):
        yield malformed(f"number-{name}", comment, f'{{"a":{number}}}')
    yield malformed("number-in-list", "A fraction in a list.", '{"a":[0,[0.5]]}')


def _strings() -> Iterator[Vector]:
    for name, string, comment in (
        ("high-surrogate", r"\ud800", "The first half of a pair."),
        ("low-surrogate", r"\udc00", "The second half of a pair."),
        ("surrogates-reversed", r"\udc00\ud800", "Two halves in the wrong order."),
        ("two-high-surrogates", r"\ud800\ud800\udc00", "A half before a pair."),
        ("line-feed", "\n", "A line feed that is not escaped."),
        ("tab", "\t", "A tab that is not escaped."),
        ("nul", "\0", "A zero byte."),
        ("unknown-escape", r"\x41", "An escape that JSON does not know."),
        ("short-escape", r"\u00e", "Three digits."),
        ("signed-escape", r"\u+041", "A sign in the escape."),
    ):
        yield malformed(f"string-{name}", comment, f'{{"a":"{string}"}}')
    yield malformed("string-surrogate-in-key", "Half a pair in a key.", r'{"\ud800":1}')
    yield malformed("string-without-end", "No closing quote.", '{"a":"b')


def _keys() -> Iterator[Vector]:
    yield malformed("duplicate-key", "Twice.", '{"a":1,"a":1}')
    yield malformed("duplicate-key-nested", "Twice, further in.", '{"b":[{"a":1,"a":2}]}')
    yield malformed("duplicate-key-escaped", "Twice, once escaped.", r'{"a":1,"\u0061":2}')
    yield malformed("duplicate-key-far-apart", "Twice.", '{"a":1,"b":{"c":2},"d":[],"a":3}')


def _nesting() -> Iterator[Vector]:
    def lists(depth: int, inside: str) -> str:
        return '{"a":' + "[" * (depth - 1) + inside + "]" * (depth - 1) + "}"

    value: Json = [1]
    for _ in range(14):
        value = [value]
    yield ok(
        "nesting-16", "An object and 15 lists, with a number inside.", lists(16, "1"), {"a": value}
    )
    yield malformed("nesting-17", "An object and 16 lists.", lists(17, ""))
    objects = '{"a":' * 16 + "{}" + "}" * 16
    yield malformed("nesting-17-objects", "17 objects.", objects)
    yield malformed("nesting-2000", "Deep enough for a stack.", lists(2000, ""))
    yield malformed("nesting-without-end", "Opened and never closed.", '{"a":' + "[" * 4000)
