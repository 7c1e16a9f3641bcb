"""Problems: every error a hub answers with, one table (specs/problems.md; RFC 9457).

The hub may raise no code that is not here; the client maps each back to an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """Status and title of a code; ``retry`` says that the same request may succeed later."""

    status: int
    title: str
    retry: bool = False


TYPE_PREFIX: Final = "urn:e-ads:problem:"
MEDIA_TYPE: Final = "application/problem+json"

PROBLEMS: Final[dict[str, Problem]] = {
    # The bytes: one code for each stage of verification that a hub can reach.
    "malformed": Problem(400, "The bytes do not follow the format"),
    "unsupported": Problem(400, "This version, suite or type is not supported"),
    "bad-signature": Problem(422, "A signature does not verify"),
    "no-quorum": Problem(422, "The signatures are not those that are required"),
    "unknown-key": Problem(422, "A key is not listed"),
    "revoked-key": Problem(422, "A key is revoked or outside its dates"),
    "corrupt-payload": Problem(422, "Ciphertext does not match what was signed"),
    "stale": Problem(422, "The document is out of order or past its time"),
    # The request.
    "bad-request": Problem(400, "The request cannot be understood"),
    "not-found": Problem(404, "There is no such thing, or it is not yours to see"),
    "method-not-allowed": Problem(405, "The method is not allowed here"),
    "not-acceptable": Problem(406, "The answer cannot be given in that form"),
    "slow-client": Problem(408, "The request did not arrive in time", retry=True),
    "too-large": Problem(413, "The request is too large"),
    "unsupported-media-type": Problem(415, "The request has the wrong media type"),
    "range-not-satisfiable": Problem(416, "The range lies outside the blob"),
    # Who asks.
    "unauthenticated": Problem(401, "A valid bearer token is needed"),
    "bad-assertion": Problem(401, "The assertion is not accepted"),
    "replayed-assertion": Problem(401, "The assertion was used before"),
    "forbidden": Problem(403, "Your roles do not allow this"),
    "suspended": Problem(403, "The agency is suspended"),
    # A notice's admission.
    "wrong-agency": Problem(403, "The document belongs to another agency"),
    "expired": Problem(422, "The notice has expired"),
    "future-dated": Problem(422, "The notice is dated ahead"),
    "back-dated": Problem(422, "The notice is dated too long ago"),
    "unknown-recipient": Problem(422, "A recipient is not an active member"),
    "outdated-recipient-key": Problem(422, "A recipient's key is not current"),
    "route-mismatch": Problem(422, "A route does not belong to its tag"),
    "unknown-reference": Problem(422, "The notice that this answers is not known"),
    "id-conflict": Problem(409, "Another body stands under this id and revision"),
    "wrong-revision": Problem(409, "The revision does not follow the one before"),
    "blob-missing": Problem(409, "A file has not been uploaded"),
    "erased": Problem(410, "The content was erased"),
    "refused": Problem(409, "The notice was refused before it entered the log"),
    "not-pending": Problem(409, "The notice no longer waits for signatures"),
    # Blobs.
    "blob-mismatch": Problem(422, "The blob does not have its digest or size"),
    "wrong-offset": Problem(409, "The upload does not continue where it stopped"),
    # Keyrings, receipts, subscriptions.
    "version-conflict": Problem(409, "Another document stands under this version"),
    "not-a-recipient": Problem(422, "The receipt names a notice that was not sent to you"),
    "refused-address": Problem(422, "The address may not be used for notifications"),
    # The hub.
    "quota-exceeded": Problem(429, "The agency's limit is reached", retry=True),
    "busy": Problem(503, "The hub cannot answer now", retry=True),
    "internal": Problem(500, "The hub failed", retry=True),
}
