"""How an operation is named and grouped in the OpenAPI description."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema


class Operation(AutoSchema):
    """Names follow the address, which is unique: ``get_keyrings_agency_version``."""

    def _parts(self) -> list[str]:
        path = self.path.removeprefix("/api/v1")
        return re.findall(r"[A-Za-z0-9]+", path)

    def get_operation_id(self) -> str:
        return "_".join([self.method.lower(), *self._parts()])

    def get_tags(self) -> list[str]:
        return self._parts()[:1] if self.path.startswith("/api/") else ["health"]

    def get_summary(self) -> Any:
        return super().get_summary() or (self.view.__doc__ or "").strip().splitlines()[0]
