"""The generator of the test vectors: a second implementation with an encoder of its own.

    python -m specs.vectors.generate --write      write every file
    python -m specs.vectors.generate --check      fail where a file differs, is missing or too many

It imports neither ``eads_wire`` nor ``eads_client``, and reads no clock and no randomness: every
run gives the same bytes.
"""
