"""Everything that the SDK raises.

::

    EadsError
    ├── ProfileError            the profile's folder, file or lock
    │   └── KeystoreError       a key file is missing, damaged or open to others
    ├── PassphraseError         the passphrase is wrong, missing or too short
    ├── DraftError              a draft that cannot be sealed as it stands
    ├── CeremonyError           a change of a keyring or region that cannot be made
    ├── ReplicaError            the local copy of the mailbox
    ├── VerificationError       .stage .detail .step   bytes that do not prove themselves
    ├── TransportError          the hub was not reached, or did not answer in HTTP
    │   ├── HubUnreachable      no connection
    │   ├── HubTimeout          no answer in time
    │   └── BadAnswer           an answer that is not of docs/api.md
    └── HubError                .code .status .detail .retry_after   a problem of specs/problems.md
        ├── NotAuthorised       401 and 403
        ├── NotFound            404
        ├── Conflict            409
        ├── Erased              410
        └── TryLater            problems after which the same request may succeed

No text of an error carries a secret, a token or the content of a notice.
"""

from __future__ import annotations

from eads_wire.errors import Stage, WireError
from eads_wire.problems import PROBLEMS


class EadsError(Exception):
    """Root of the tree."""


class ProfileError(EadsError):
    """The profile's folder, file or lock; the text says what to do."""


class KeystoreError(ProfileError):
    """A key file is missing, damaged, or may be read by others."""


class PassphraseError(EadsError):
    """The passphrase is wrong, missing or too short."""


class DraftError(EadsError):
    """A draft that cannot be sealed as it stands; the text names the field."""


class CeremonyError(EadsError):
    """A change of a keyring or region that cannot be made."""


class ReplicaError(EadsError):
    """The local copy of the mailbox cannot be read or written, or does not hold what is asked."""


class VerificationError(EadsError):
    """Bytes that do not prove themselves.

    Args:
        stage: the first stage that failed (specs/README.md, "Errors").
        detail: one sentence, without content.
        step: number of the step in the format's own list, where it has one.
    """

    def __init__(self, stage: Stage, detail: str, *, step: int | None = None) -> None:
        super().__init__(f"{stage}: {detail}")
        self.stage: Stage = stage
        self.detail = detail
        self.step = step

    @classmethod
    def of(cls, error: WireError, *, step: int | None = None) -> VerificationError:
        """The same failure, as an error of the SDK."""
        return cls(error.stage, error.detail, step=step)


class TransportError(EadsError):
    """The hub was not reached, or did not answer as a hub."""


class HubUnreachable(TransportError):
    """No connection: offline, wrong address, refused, or a certificate that does not verify."""


class HubTimeout(TransportError):
    """No answer in time. What was sent may or may not have arrived."""


class BadAnswer(TransportError):
    """An answer that is too large, redirects, or is not what docs/api.md says."""


class HubError(EadsError):
    """The hub answered with a problem (specs/problems.md).

    Args:
        code: one of ``eads_wire.problems.PROBLEMS``.
        status: HTTP status.
        detail: what the hub says to do.
        retry_after: seconds to wait, where the hub says so.
        received: where an upload goes on, for ``wrong-offset``.
    """

    def __init__(
        self,
        code: str,
        status: int,
        detail: str = "",
        *,
        retry_after: int | None = None,
        received: int | None = None,
    ) -> None:
        title = PROBLEMS[code].title if code in PROBLEMS else "The hub answered with an error"
        super().__init__(f"{code}: {title}. {detail}".rstrip())
        self.code = code
        self.status = status
        self.detail = detail
        self.retry_after = retry_after
        self.received = received


class NotAuthorised(HubError):
    """The token, the role or the agency does not allow it (401, 403)."""


class NotFound(HubError):
    """There is no such thing, or it is not this agency's to see (404)."""


class Conflict(HubError):
    """It contradicts what the hub holds (409)."""


class Erased(HubError):
    """The content was erased after a withdrawal or expiry (410)."""


class TryLater(HubError):
    """The same request may succeed later."""


_BY_STATUS: dict[int, type[HubError]] = {
    401: NotAuthorised,
    403: NotAuthorised,
    404: NotFound,
    409: Conflict,
    410: Erased,
}


def hub_error(
    code: str,
    status: int,
    detail: str = "",
    *,
    retry_after: int | None = None,
    received: int | None = None,
) -> HubError:
    """The exception for a problem code of a hub's answer."""
    known = PROBLEMS.get(code)
    kind = TryLater if known is not None and known.retry else _BY_STATUS.get(status, HubError)
    return kind(code, status, detail, retry_after=retry_after, received=received)
