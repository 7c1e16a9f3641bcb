"""Trust: whom to believe, decided from signed documents alone.

Pure: no clock, no files, no network. The caller hands in what a hub said; what does not prove
itself is refused with a VerificationError, and what was held stays as it was.

A document's place in the log (``index``) is the hub's word in this version of the format:
inclusion proofs come with a later one. What can be checked without them is checked: places rise
along each chain, no place is given twice, every place lies below a signed checkpoint, and the
log never shrinks or shows two roots for one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from eads_client.errors import VerificationError
from eads_client.verification import verifying
from eads_wire.encoding import AgencyId, Digest
from eads_wire.header import Header, LogHead
from eads_wire.keyring import (
    Epoch,
    Keyring,
    check_keyring_fresh,
    decode_keyring,
    verify_keyring,
)
from eads_wire.log import EMPTY_ROOT, Checkpoint, verify_checkpoint
from eads_wire.quorum import Keyrings
from eads_wire.region import Member, Region, check_region_fresh, decode_region, verify_region

T = TypeVar("T", Region, Keyring)

NEWEST: Final = 2**53
"""An index after every place of the log."""


@dataclass(frozen=True, slots=True)
class Logged(Generic[T]):
    """A verified document and its place in the log."""

    index: int
    document: T


def _last_before(chain: list[Logged[T]], index: int) -> T | None:
    earlier = [entry.document for entry in chain if entry.index < index]
    return earlier[-1] if earlier else None


class Trust:
    """The region's chain, each member's keyring chain, and the newest checkpoint.

    Args:
        fingerprint: of the region's roots, as the user compared it.
    """

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        self._regions: list[Logged[Region]] = []
        self._keyrings: dict[AgencyId, list[Logged[Keyring]]] = {}
        self._places: dict[int, Digest] = {}
        self._checkpoint: Checkpoint | None = None

    # ------------------------------------------------------------ the region

    @property
    def region(self) -> Region:
        """The newest region. Raises VerificationError ``unknown-key`` if there is none."""
        if not self._regions:
            raise VerificationError("unknown-key", "the region is not at hand: sync first")
        return self._regions[-1].document

    @property
    def region_version(self) -> int:
        """Version of the newest region, 0 if there is none."""
        return self._regions[-1].document.version.number if self._regions else 0

    def accept_region(self, raw: bytes, index: int) -> Region:
        """Take the next version of the region; see :meth:`accept_regions`."""
        return self.accept_regions([(raw, index)])

    def accept_regions(self, documents: Sequence[tuple[bytes, int]]) -> Region:
        """Take the next versions of the region (specs/region.md, steps 1 to 3).

        The first time they begin with version 1 and reach the one whose roots the user compared:
        that one's roots vouch for those before it through ``prev``. A version that is held
        already is taken again if it is the same document at the same place.

        Args:
            documents: signed documents as received, each with its place in the log, by version.

        Returns:
            The newest region.

        Raises:
            VerificationError: naming the stage and step that failed; nothing was taken.
        """
        first, regions, places = not self._regions, list(self._regions), dict(self._places)
        try:
            for raw, index in documents:
                self._take_region(raw, index)
            if first and not any(self._is_pinned(entry.document) for entry in self._regions):
                raise VerificationError(
                    "unknown-key", "the roots are not those that were compared", step=2
                )
        except VerificationError:
            self._regions, self._places = regions, places
            raise
        return self.region

    def _take_region(self, raw: bytes, index: int) -> None:
        with verifying(1):
            region, _ = decode_region(raw)
        if self._is_held(self._regions, region, index):
            return
        before = self._regions[-1].document if self._regions else None
        if before is None and region.version.number != 1:
            raise VerificationError("stale", "the first version is not 1", step=2)
        with verifying():
            verified = verify_region(raw, before)
        self._append(self._regions, verified, index)

    def _is_pinned(self, region: Region) -> bool:
        return region.roots.fingerprint == self._fingerprint

    def member(self, agency: AgencyId, index: int = NEWEST) -> Member:
        """A member as the region stood before ``index``.

        Raises:
            VerificationError: ``unknown-key`` if the agency is no member.
        """
        region = _last_before(self._regions, index)
        member = region.member(agency) if region else None
        if member is None:
            raise VerificationError("unknown-key", f"{agency} is not a member of the region")
        return member

    # ------------------------------------------------------------ keyrings

    def keyring_version(self, agency: AgencyId) -> int:
        """Version of an agency's newest keyring, 0 if there is none."""
        chain = self._keyrings.get(agency)
        return chain[-1].document.version.number if chain else 0

    def accept_keyring(self, raw: bytes, index: int) -> Keyring:
        """Take the next version of an agency's keyring (specs/keyring.md, steps 1 to 4).

        Args:
            raw: the signed document as received.
            index: its place in the log.

        Raises:
            VerificationError: naming the stage and step that failed.
        """
        with verifying(1):
            keyring, _ = decode_keyring(raw)
        chain = self._keyrings.get(keyring.agency, [])
        if self._is_held(chain, keyring, index):
            return keyring
        member = self.member(keyring.agency, index)
        with verifying():
            verified = verify_keyring(raw, chain[-1].document if chain else None, member)
        self._append(chain, verified, index)
        self._keyrings[verified.agency] = chain
        return verified

    def keyring(self, agency: AgencyId) -> Keyring:
        """An agency's newest keyring. Raises VerificationError ``unknown-key``."""
        return self.keyring_at(agency, NEWEST)

    def keyring_at(self, agency: AgencyId, index: int) -> Keyring:
        """The keyring that judges what stands at ``index``: the last one before it.

        Raises:
            VerificationError: ``unknown-key`` if there is none.
        """
        keyring = _last_before(self._keyrings.get(agency, []), index)
        if keyring is None:
            raise VerificationError("unknown-key", f"the keyring of {agency} is not at hand")
        return keyring

    def history(self, agency: AgencyId) -> tuple[Keyring, ...]:
        """Every version of an agency's keyring that is held, the oldest first."""
        return tuple(entry.document for entry in self._keyrings.get(agency, []))

    def agencies(self) -> tuple[AgencyId, ...]:
        """Agencies whose keyring is at hand, sorted."""
        return tuple(sorted(self._keyrings))

    # ------------------------------------------------------------ the log

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint accepted."""
        return self._checkpoint

    def accept_checkpoint(self, raw: bytes) -> Checkpoint:
        """Take a checkpoint of the log (specs/log.md, "Verification of a checkpoint").

        Raises:
            VerificationError: ``stale`` if it is smaller than the one held, ``not-in-log`` if it
                has the same size and another root: two logs are being shown.
        """
        with verifying():
            checkpoint = verify_checkpoint(raw, self.region)
        held = self._checkpoint
        if held is not None and checkpoint.size < held.size:
            raise VerificationError("stale", "the log is smaller than it was: it was rolled back")
        if held is not None and checkpoint.size == held.size and checkpoint.root != held.root:
            raise VerificationError("not-in-log", "the log shows two roots for one size")
        self._checkpoint = checkpoint
        return checkpoint

    def log_head(self) -> LogHead:
        """What a new notice's header says of the log; of an empty log before any checkpoint."""
        checkpoint = self._checkpoint or Checkpoint(self.region.origin, 0, EMPTY_ROOT)
        return LogHead(checkpoint.origin, checkpoint.size, Digest(checkpoint.root.hex()))

    def check_covered(self) -> None:
        """Every document held stands in the log of the checkpoint.

        Raises:
            VerificationError: ``not-in-log``.
        """
        size = self._checkpoint.size if self._checkpoint else 0
        if any(index >= size for index in self._places):
            raise VerificationError("not-in-log", "a document stands outside the log's checkpoint")

    def check_in_log(self, header: Header, index: int | None) -> None:
        """Step 4 of opening a notice (specs/envelope.md).

        In this version of the format that means: the checkpoint held carries the log's signature
        by a key of the region and is larger than the notice's place. That the leaf really stands
        at that place is not proven yet; inclusion proofs come with a later version. The place is
        also held against what the issuer signed: it cannot be older than the log that the issuer
        had seen, which keeps a hub from moving a notice to before a revocation.

        Raises:
            VerificationError: ``not-in-log``.
        """
        checkpoint = self._checkpoint
        if index is None or checkpoint is None or index >= checkpoint.size:
            raise VerificationError("not-in-log", "the notice is outside the log's checkpoint")
        if header.log.origin != checkpoint.origin:
            raise VerificationError("not-in-log", "the notice names another log")
        if index < header.log.size:
            raise VerificationError("not-in-log", "the place is older than the issuer's log")
        known = self._places.get(index)
        if known is not None:
            raise VerificationError("not-in-log", "the place belongs to another document")

    # ------------------------------------------------------------ judging

    def keyrings_for(self, header: Header, index: int | None, now: datetime) -> Keyrings:
        """Step 2 of opening a notice: the keyrings that judge it.

        Args:
            header: of the notice.
            index: its place in the log, or None while it waits for signatures.
            now: an aware time; a newest region or keyring that has expired judges nothing.

        Returns:
            The issuer's keyring, and those of reviewing agencies that are at hand.

        Raises:
            VerificationError: ``unknown-key`` or ``stale``.
        """
        place = NEWEST if index is None else index
        if _last_before(self._regions, place) is self.region:
            with verifying():
                check_region_fresh(self.region, now)
        member = self.member(header.issuer, place)
        if not member.active:
            raise VerificationError("unknown-key", f"{header.issuer} is suspended")
        own = self._fresh_at(header.issuer, place, now)
        keyrings: dict[AgencyId, Keyring] = {header.issuer: own}
        for agency in own.reviewer_agencies(header.type):
            if _last_before(self._keyrings.get(agency, []), place) is not None:
                keyrings[agency] = self._fresh_at(agency, place, now)
        return keyrings

    def recipient_key(self, agency: AgencyId, now: datetime) -> Epoch:
        """The key to seal to.

        Raises:
            VerificationError: ``unknown-key`` (no member, suspended, no key in force) or
                ``stale`` (the region or the keyring has expired).
        """
        with verifying():
            check_region_fresh(self.region, now)
        if not self.member(agency).active:
            raise VerificationError("unknown-key", f"{agency} is suspended")
        epoch = self._fresh_at(agency, NEWEST, now).epoch(now)
        if epoch is None:
            raise VerificationError("unknown-key", f"{agency} has no encryption key in force")
        return epoch

    def _fresh_at(self, agency: AgencyId, index: int, now: datetime) -> Keyring:
        keyring = self.keyring_at(agency, index)
        # Earlier versions were replaced, not left to run out.
        if keyring is self._keyrings[agency][-1].document:
            with verifying():
                check_keyring_fresh(keyring, now)
        return keyring

    def places(self) -> Mapping[int, Digest]:
        """Every place in the log that is known, with the digest of the document there."""
        return dict(self._places)

    def _is_held(self, chain: list[Logged[T]], document: T, index: int) -> bool:
        for entry in chain:
            if entry.document.version.number == document.version.number:
                if entry.document.digest != document.digest:
                    raise VerificationError("stale", "another document stands under this version")
                if entry.index != index:
                    raise VerificationError("not-in-log", "the document has moved in the log")
                return True
        return False

    def _append(self, chain: list[Logged[T]], document: T, index: int) -> None:
        if chain and index <= chain[-1].index:
            raise VerificationError("not-in-log", "the place is before that of the version before")
        if index in self._places:
            raise VerificationError("not-in-log", "the place belongs to another document")
        chain.append(Logged(index, document))
        self._places[index] = document.digest
