"""The ten forces of ASEANAPOL with invented officers. Nobody named here exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Force:
    """A member: its id, country and name, and its officers by their role.

    The key administrator holds the agency's root; the service is the force's own system, which
    polls day and night.
    """

    agency: str
    country: str
    name: str
    liaison: str
    approver: str
    admin: str
    service: str = "exchange"

    @property
    def officers(self) -> tuple[tuple[str, str], ...]:
        """Id and role of each officer."""
        return (
            (self.admin, "admin"),
            (self.liaison, "liaison"),
            (self.approver, "approver"),
            (self.service, "service"),
        )


FORCES: Final = (
    Force("BN-RBPF", "BN", "Royal Brunei Police Force", "n.morshidi", "a.damit", "k.latif"),
    Force("ID-POLRI", "ID", "Indonesian National Police", "s.wulandari", "b.prakoso", "d.lestari"),
    Force("KH-CNP", "KH", "Cambodian National Police", "c.sorya", "p.vanna", "r.dara"),
    Force("LA-GDP", "LA", "Lao General Department of Police", "k.phonsa", "v.mani", "s.bounmy"),
    Force("MM-MPF", "MM", "Myanmar Police Force", "t.kyawmin", "e.thandar", "z.hlaing"),
    Force("MY-PDRM", "MY", "Royal Malaysia Police", "f.hashim", "l.chongwei", "r.subramani"),
    Force("PH-PNP", "PH", "Philippine National Police", "m.dimaculangan", "j.bautro", "l.sarmin"),
    Force("SG-SPF", "SG", "Singapore Police Force", "t.huiling", "m.rahmadan", "k.devaraj"),
    Force("TH-RTP", "TH", "Royal Thai Police", "p.chaiwut", "n.suphan", "o.rattana"),
    Force("VN-MPS", "VN", "Viet Nam People's Public Security", "l.thuha", "d.quanghai", "b.minhan"),
)

BY_AGENCY: Final = {force.agency: force for force in FORCES}
