"""Write the vectors, or check that the files are what this program writes."""

from __future__ import annotations

import argparse
import sys

from specs.vectors.generate.files import SOURCES, differing, rendered, write


def main() -> int:
    """The exit code is 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m specs.vectors.generate")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write every file")
    what.add_argument("--check", action="store_true", help="fail where a file differs")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SOURCES,
        metavar="FORMAT",
        help=f"with --check: these formats only, of {', '.join(SOURCES)}",
    )
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write writes every file")
    files = rendered(options.only or list(SOURCES))
    if options.write:
        write(files)
        return 0
    wrong = differing(files, whole=options.only is None)
    for path in wrong:
        print(f"{path} is not what the generator writes", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
