"""The ``eads`` command: everything that an officer, a key administrator or the Secretariat does
at a terminal or from a script.
"""

from __future__ import annotations

from eads_client.cli.program import main

__all__ = ["main"]
