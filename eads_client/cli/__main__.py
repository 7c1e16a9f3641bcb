"""``python -m eads_client.cli``: the ``eads`` command."""

from __future__ import annotations

import sys

from eads_client.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
