"""Exit codes of ``eads``, and the sentence that goes with every error.

A code says what kind of thing went wrong, so that a script can decide; the text on stderr says
what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Final

from eads_client import errors
from eads_client.payloads import PayloadError


class Exit(IntEnum):
    """What the program answers to its caller."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNVERIFIED = 3
    LOCKED = 4
    OFFLINE = 5
    PARTIAL = 6
    INPUT = 7
    INTERNAL = 70
    INTERRUPTED = 130


MEANING: Final = {
    Exit.OK: "everything was done",
    Exit.REFUSED: "the hub refused it; the text names the problem code",
    Exit.USAGE: "the command line is wrong",
    Exit.UNVERIFIED: "something did not prove itself: a signature, a key, the log, a content",
    Exit.LOCKED: "the profile cannot be opened: folder, key file or passphrase",
    Exit.OFFLINE: "the hub was not reached, or did not answer as a hub",
    Exit.PARTIAL: "some of it was done; the text says what was not",
    Exit.INPUT: "a file, draft or name that was given cannot be used",
    Exit.INTERNAL: "a fault of the program; EADS_DEBUG=1 shows where",
    Exit.INTERRUPTED: "stopped from the keyboard",
}

ADVICE: Final = {
    "bad-assertion": "Check this machine's clock, and that the officer stands in the agency's"
    " keyring (eads keyring show).",
    "unknown-key": "Poll first, so that region and keyrings are current.",
    "revoked-key": "Ask the agency's key administrator for a new key.",
    "no-quorum": "Another officer with the missing role must sign: eads approve.",
    "forbidden": "Ask an officer with the right role; eads keyring show lists the roles.",
    "suspended": "Ask the Secretariat why the agency is suspended.",
    "unauthenticated": "Check that the officer's key is still in force (eads keyring show).",
    "outdated-recipient-key": "Poll, then seal the notice again.",
    "unknown-recipient": "Check the recipients against eads trust show.",
    "erased": "The notice was withdrawn or has expired; nothing is left to read.",
    "not-found": "Check the digest; what was not sent to this agency cannot be seen.",
    "blob-missing": "Post again: the files are uploaded first.",
    "id-conflict": "Seal the draft again, which gives it a new id.",
    "wrong-revision": "Poll, look at the newest revision, and repeat the change on it.",
    "version-conflict": "Somebody published before you: poll, then make the change again.",
    "quota-exceeded": "Wait, or ask the Secretariat for a higher limit.",
    "busy": "Try again in a moment.",
    "internal": "Try again; if it stays, tell the hub's operator.",
    "refused-address": "Give a public https address.",
}

_STAGE_ADVICE: Final = {
    "malformed": "Keep the evidence and tell the sender and the Secretariat.",
    "unsupported": "Update this program.",
    "bad-signature": "Trust nothing of it; tell the sender by telephone.",
    "no-quorum": "Not enough officers signed; tell the sender.",
    "unknown-key": "Poll again; if it stays, compare fingerprints with the sender by telephone.",
    "revoked-key": "It was signed with a key that is no longer in force; tell the sender.",
    "not-in-log": "Poll again; if it stays, the hub is not honest: tell the Secretariat.",
    "not-for-me": "It is not addressed to this agency.",
    "corrupt-payload": "Ask the sender to issue it again.",
    "stale": "It is out of order or past its time: poll again.",
}

_KINDS: Final[tuple[tuple[type[BaseException], Exit], ...]] = (
    (errors.PassphraseError, Exit.LOCKED),
    (errors.ProfileError, Exit.LOCKED),
    (errors.VerificationError, Exit.UNVERIFIED),
    (errors.TransportError, Exit.OFFLINE),
    (errors.HubError, Exit.REFUSED),
    (errors.DraftError, Exit.INPUT),
    (errors.CeremonyError, Exit.INPUT),
    (errors.ReplicaError, Exit.INPUT),
    (PayloadError, Exit.INPUT),
    (OSError, Exit.INPUT),
    (KeyboardInterrupt, Exit.INTERRUPTED),
)


class UsageProblem(Exception):
    """The command line asks for something that makes no sense."""


class InputProblem(Exception):
    """A file or name that was given cannot be used; the text says why and what to do."""


class PartlyDone(Exception):
    """The work went on past faults that were reported; some of it is done."""


def exit_for(error: BaseException) -> Exit:
    """The exit code of an error."""
    own = ((UsageProblem, Exit.USAGE), (InputProblem, Exit.INPUT), (PartlyDone, Exit.PARTIAL))
    for kind, code in (*own, *_KINDS):
        if isinstance(error, kind):
            return code
    return Exit.INTERNAL


def _of_hub(error: errors.HubError) -> str:
    advice = error.detail or ADVICE.get(error.code, "")
    if error.detail and error.code in ADVICE:
        advice = f"{error.detail} {ADVICE[error.code]}"
    wait = f" Wait {error.retry_after} seconds." if error.retry_after else ""
    title = str(error).removesuffix(error.detail).strip()
    return f"the hub refused: {title} {advice}{wait}".strip()


def _of_transport(error: errors.TransportError) -> str:
    return f"{error}. Nothing is lost: repeat the command once the hub can be reached."


def _of_verification(error: errors.VerificationError) -> str:
    step = f" (step {error.step})" if error.step is not None else ""
    advice = _STAGE_ADVICE.get(error.stage, "")
    return f"not proven, {error.stage}{step}: {error.detail}. {advice}".strip()


_SENTENCES: Final[tuple[tuple[type[BaseException], Callable[..., str]], ...]] = (
    (errors.HubError, _of_hub),
    (errors.TransportError, _of_transport),
    (errors.VerificationError, _of_verification),
    (KeyboardInterrupt, lambda _: "stopped; nothing is lost, the same command goes on"),
)


def sentence_for(error: BaseException) -> str:
    """What to tell the user of an error: what happened and what to do."""
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    if exit_for(error) is Exit.INTERNAL:
        return f"internal fault ({type(error).__name__}): set EADS_DEBUG=1 to see where"
    return str(error)


def details_of(error: BaseException) -> dict[str, object]:
    """An error as JSON: what a script may want to look at."""
    told: dict[str, object] = {"error": sentence_for(error), "exit": int(exit_for(error))}
    for name in ("code", "status", "stage", "step", "field", "file", "retry_after"):
        value = getattr(error, name, None)
        if value is not None and not callable(value):
            told[name] = value
    return told
