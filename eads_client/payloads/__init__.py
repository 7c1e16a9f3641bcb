"""Payloads: what stands inside a sealed notice, as typed models.

`decode` turns opened bytes into a model or raises `PayloadError`; `encode` turns a model into
bytes for sealing. The JSON Schemas in `specs/schemas/` are generated from the same models.
"""

from __future__ import annotations

from eads_client.payloads.answers import Correction, Flag, Hit, Message, answer_due
from eads_client.payloads.codec import PAYLOADS, Payload, decode, encode
from eads_client.payloads.completeness import completeness
from eads_client.payloads.lifetimes import max_lifetime
from eads_client.payloads.missing_person import MissingPerson
from eads_client.payloads.refusal import ForeignNoticeError, PayloadError
from eads_client.payloads.summary import summary
from eads_client.payloads.trafficking_route import TraffickingRoute
from eads_client.payloads.victim_gate import VictimGate
from eads_client.payloads.wanted_person import WantedPerson
from eads_client.payloads.withdrawal import Withdrawal

__all__ = [
    "PAYLOADS",
    "Correction",
    "Flag",
    "ForeignNoticeError",
    "Hit",
    "Message",
    "MissingPerson",
    "Payload",
    "PayloadError",
    "TraffickingRoute",
    "VictimGate",
    "WantedPerson",
    "Withdrawal",
    "answer_due",
    "completeness",
    "decode",
    "encode",
    "max_lifetime",
    "summary",
]
