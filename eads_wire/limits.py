"""Every limit of the formats, with its unit (specs/envelope.md, "Limits")."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

ENVELOPE_BYTES: Final = 4 * MIB
MANIFEST_BYTES: Final = 512 * KIB
HEADER_BYTES: Final = 128 * KIB
PAYLOAD_BYTES: Final = MIB
BODY_BYTES: Final = MIB + 256 * KIB
FILE_BYTES: Final = 64 * MIB
FILES: Final = 32
RECIPIENTS: Final = 512
SIGNATURES: Final = 16
REVISIONS: Final = 65535

KEYRING_BYTES: Final = 4 * MIB
REGION_BYTES: Final = MIB
RECEIPT_BYTES: Final = 512 * KIB
CHECKPOINT_BYTES: Final = 64 * KIB
ASSERTION_BYTES: Final = 4 * KIB

ROOTS: Final = 16
EPOCHS: Final = 64
OFFICERS: Final = 512
MEMBERS: Final = 512
QUORUM: Final = 8
RECEIPT_DIGESTS: Final = 1000

WRAP_BYTES: Final = 1168
GRANT_BYTES: Final = 1168

ASSERTION_LIFE: Final = timedelta(seconds=300)
ASSERTION_SKEW: Final = timedelta(seconds=60)
