"""JSON Schema of every payload, generated from the models.

    python -m eads_client.payloads.schema --write specs/schemas
    python -m eads_client.payloads.schema --check specs/schemas

A schema says the shape. Rules that span fields (the victim gate, the graph of a route, the
calendar) are checked by `decode`; their sentences stand in the descriptions.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from eads_client.payloads.codec import PAYLOADS
from eads_client.payloads.withdrawal import Withdrawal

VERSION = 1
_DIALECT = GenerateJsonSchema.schema_dialect  # 2020-12


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas, by payload name."""
    models: dict[str, type[BaseModel]] = {**PAYLOADS, "withdrawal": Withdrawal}
    return {name: _schema(name, model) for name, model in models.items()}


def _schema(name: str, model: type[BaseModel]) -> dict[str, Any]:
    head = {"$schema": _DIALECT, "$id": f"urn:e-ads:schema:{name}:{VERSION}"}
    tree: dict[str, Any] = _tidy(model.model_json_schema(by_alias=True))
    return {**head, **tree}


def _tidy(node: Any) -> Any:
    """Say "or null" in one word instead of a branch, and leave out that null is the default."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items()}
    if tidy.get("default", ...) is None:
        del tidy["default"]
    branches = tidy.get("anyOf", [])
    if len(branches) == 2 and branches[1] == {"type": "null"} and "type" in branches[0]:
        del tidy["anyOf"]
        tidy |= {**branches[0], "type": [branches[0]["type"], "null"]}
    return tidy


def rendered() -> dict[str, str]:
    """File name -> text, as the files should be."""
    return {
        f"{name}.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


def write(folder: Path) -> None:
    """Write all schemas into a folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="utf-8")


def differing(folder: Path) -> list[str]:
    """Names of files in the folder that are missing, changed or too many."""
    wanted = rendered()
    found = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted | found if wanted.get(name) != found.get(name))


def main(arguments: list[str] | None = None) -> int:
    """Write or check the schemas; the exit code is 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m eads_client.payloads.schema")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", type=Path, metavar="FOLDER", help="write the schemas")
    what.add_argument("--check", type=Path, metavar="FOLDER", help="fail when they differ")
    options = parser.parse_args(arguments)
    if options.write is not None:
        write(options.write)
        return 0
    names = differing(options.check)
    for name in names:
        print(f"{name} differs from the models; run with --write", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
