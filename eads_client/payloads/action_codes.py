"""Code tables for what is asked of a recipient, what it answers, and why a notice ends."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypeAliasType

from eads_client.payloads.code_table import CodeTable

# --- asked -----------------------------------------------------------------------------------

WANTED_ACTIONS = CodeTable(
    "actions for a wanted person",
    "INTERPOL red notice, SIS Art. 26",
    {
        "arrest": "locate and arrest with a view to extradition",
        "locate": "locate and tell the issuer, no arrest",
    },
)
MISSING_ACTIONS = CodeTable(
    "actions for a missing person",
    "INTERPOL yellow notice, SIS Art. 32, ACTIP",
    {
        "locate": "find out the whereabouts and tell the issuer",
        "protect": "place under protection and tell the issuer",
        "recover": "abducted: stop the journey, bring to safety, tell the issuer at once",
        "assist": "possible victim: assist and refer to protection, never arrest",
        "identify": "help to find out who the person is",
    },
)
MISSING_KINDS = CodeTable(
    "kinds of missing person",
    "e-ADS",
    {
        "missing": "missing",
        "abducted": "abducted",
        "possible-victim": "possible victim of trafficking",
        "unidentified": "cannot say who he or she is",
    },
)
ANSWERS = CodeTable(
    "answers of the victim gate",
    "e-ADS",
    {"yes": "yes", "no": "no", "not-known": "asked, not known"},
)

# --- answered --------------------------------------------------------------------------------

HIT_OUTCOMES = CodeTable(
    "outcomes of a hit",
    "e-ADS",
    {
        "arrested": "arrested",
        "located": "located, not stopped",
        "stopped": "stopped and let go",
        "refused-entry": "refused entry",
        "under-protection": "found and under protection",
        "identified": "identified",
        "object-found": "document or vehicle found",
        "object-seized": "document or vehicle seized",
        "information": "information about the person or matter",
    },
)
MATCH_GROUNDS = CodeTable(
    "grounds of a match",
    "e-ADS",
    {
        "name": "name",
        "date-of-birth": "date of birth",
        "document": "number of a document",
        "photograph": "photograph, compared by an officer",
        "fingerprint": "fingerprint, compared by an examiner",
        "dna": "DNA",
        "marks": "distinguishing marks",
        "plate": "number plate or vehicle number",
        "statement": "the person's own statement",
    },
)
FLAG_REASONS = CodeTable(
    "reasons for a flag",
    "SIS Art. 24 and extradition law",
    {
        "national-law": "against national law",
        "own-national": "own national, not extradited",
        "not-an-offence": "no offence in our law",
        "statute-barred": "too long ago in our law",
        "already-tried": "already tried for the same acts",
        "refugee": "recognised refugee or asylum seeker",
        "political": "political, military, religious or racial character",
        "penalty": "the penalty stands against it",
        "possible-victim": "the person may be a victim",
        "incomplete": "too little to act on",
        "essential-interests": "essential national interests",
    },
)
CORRECTION_KINDS = CodeTable(
    "kinds of correction",
    "e-ADS",
    {
        "wrong": "something in the notice is wrong",
        "outdated": "something is no longer so",
        "other-person": "the notice describes another person",
        "misused-identity": "the identity belongs to a victim of its misuse",
        "unlawful": "the notice should not be held",
        "missing": "something can be added",
    },
)
WITHDRAWAL_REASONS = CodeTable(
    "reasons for a withdrawal",
    "e-ADS",
    {
        "purpose-achieved": "what was asked for has been done",
        "arrested": "arrested",
        "surrendered": "surrendered to the issuer",
        "found": "found",
        "deceased": "deceased",
        "warrant-cancelled": "warrant or judgment cancelled",
        "statute-barred": "too long ago",
        "wrong-person": "wrong person",
        "victim": "the person is a victim",
        "issued-in-error": "issued in error",
        "court-order": "ordered by a court or reviewer",
        "superseded": "another notice takes its place",
        "no-longer-needed": "no longer needed",
    },
)

WantedAction = TypeAliasType("WantedAction", Annotated[str, WANTED_ACTIONS])
MissingAction = TypeAliasType("MissingAction", Annotated[str, MISSING_ACTIONS])
MissingKind = TypeAliasType("MissingKind", Annotated[str, MISSING_KINDS])
GateAnswer = TypeAliasType("GateAnswer", Annotated[str, ANSWERS])
HitOutcome = TypeAliasType("HitOutcome", Annotated[str, HIT_OUTCOMES])
MatchGround = TypeAliasType("MatchGround", Annotated[str, MATCH_GROUNDS])
FlagReason = TypeAliasType("FlagReason", Annotated[str, FLAG_REASONS])
CorrectionKind = TypeAliasType("CorrectionKind", Annotated[str, CORRECTION_KINDS])
WithdrawalReason = TypeAliasType("WithdrawalReason", Annotated[str, WITHDRAWAL_REASONS])
