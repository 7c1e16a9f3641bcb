"""A code table as a type: the codes of one standard list, checked wherever they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True)
class CodeTable:
    """The codes of one list. Used as metadata: `Annotated[str, TABLE]`.

    Attributes:
        name: what the list is called in messages.
        source: where the list comes from.
        entries: code to its English label.
        pattern: set for registers of hundreds of codes; the schema shows it instead of them all.
    """

    name: str
    source: str
    entries: Mapping[str, str]
    pattern: str | None = None

    def __contains__(self, code: object) -> bool:
        return code in self.entries

    def label(self, code: str) -> str:
        """The English label of a code; the code itself when it is not in the list."""
        return self.entries.get(code, code)

    def check(self, code: str) -> str:
        """Return the code.

        Raises:
            PydanticCustomError: it is not in the list.
        """
        if code not in self.entries:
            few = f": one of {', '.join(self.entries)}" if self.pattern is None else ""
            raise PydanticCustomError(
                "code",
                "{message}",
                {"message": f"not a code of {self.name}; use {self.source}{few}"},
            )
        return code

    def __get_pydantic_core_schema__(
        self, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        shown = handler(schema)
        shown["description"] = f"{self.name} ({self.source})"
        if self.pattern is None:
            shown["enum"] = list(self.entries)
        else:
            shown["pattern"] = self.pattern
        return shown


def read_register(file_name: str) -> list[list[str]]:
    """Read one of the registers that lie beside this module.

    Args:
        file_name: tab-separated, UTF-8, `#` for comment lines.

    Returns:
        The fields of each line.
    """
    text = files("eads_client.payloads").joinpath("registers", file_name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def labels(file_name: str) -> dict[str, str]:
    """The code and the label of each line of a register: its first and its last field."""
    return {line[0]: line[-1] for line in read_register(file_name)}
