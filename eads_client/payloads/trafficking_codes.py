"""Code tables for trafficking in persons: IC-TIP and the Palermo elements, CTDC, route legs."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypeAliasType

from eads_client.payloads.code_table import CodeTable

_IC_TIP = "IC-TIP, UN Statistical Commission 2025"
_CTDC = "CTDC codebook"

TRAFFICKING_ACTS = CodeTable(
    "trafficking acts",
    _IC_TIP,
    {
        "recruitment": "recruitment",
        "transportation": "transportation",
        "transfer": "transfer",
        "harbouring": "harbouring",
        "receipt": "receipt",
    },
)
TRAFFICKING_MEANS = CodeTable(
    "trafficking means",
    _IC_TIP,
    {
        "threat": "threat",
        "force": "use of force",
        "coercion": "other coercion",
        "abduction": "abduction",
        "fraud": "fraud",
        "deception": "deception",
        "abuse-of-power": "abuse of power",
        "abuse-of-vulnerability": "abuse of a position of vulnerability",
        "payment-for-control": "payment to a person who has control over another",
    },
)
TRAFFICKING_PURPOSES = CodeTable(
    "trafficking purposes",
    _IC_TIP,
    {
        "sexual-exploitation": "sexual exploitation",
        "forced-labour": "forced labour or services",
        "slavery": "slavery",
        "similar-practices": "practices similar to slavery",
        "servitude": "servitude",
        "organ-removal": "removal of organs",
        "forced-criminality": "forced criminality, scam compounds among them",
        "forced-marriage": "forced marriage",
        "begging": "forced begging",
        "armed-use": "use in armed conflict",
    },
)
SECTORS = CodeTable(
    "sectors of exploitation",
    _CTDC,
    {
        "agriculture": "agriculture",
        "aquafarming": "fishing and aquafarming",
        "begging": "begging",
        "construction": "construction",
        "domestic-work": "domestic work",
        "hospitality": "hospitality",
        "illicit-activities": "illicit activities",
        "manufacturing": "manufacturing",
        "mining-or-drilling": "mining or drilling",
        "peddling": "peddling",
        "transportation": "transportation",
        "prostitution": "prostitution",
        "pornography": "pornography",
        "remote-interactive-services": "remote interactive sexual services",
        "private-sexual-services": "private sexual services",
        "other": "other sector",
    },
)
CONTROLS = CodeTable(
    "means of control",
    _CTDC,
    {
        "debt-bondage": "debt bondage",
        "takes-earnings": "takes earnings",
        "restricts-financial-access": "restricts access to money",
        "threats": "threats",
        "psychological-abuse": "psychological abuse",
        "physical-abuse": "physical abuse",
        "sexual-abuse": "sexual abuse",
        "false-promises": "false promises",
        "psychoactive-substances": "psychoactive substances",
        "restricts-movement": "restricts movement",
        "restricts-medical-care": "restricts medical care",
        "excessive-working-hours": "excessive working hours",
        "uses-children": "uses children for control",
        "threat-of-law-enforcement": "threatens with the authorities",
        "withholds-necessities": "withholds necessities",
        "withholds-documents": "withholds documents",
        "other": "other means of control",
    },
)
# CTDC's own bands; the first two are children.
AGE_BANDS = CodeTable(
    "age bands",
    _CTDC,
    {band: band for band in ("0-8", "9-17", "18-23", "24-30", "31-38", "39-47", "48+")},
)
CHILD_AGE_BANDS = frozenset({"0-8", "9-17"})

CROSSING_KINDS = CodeTable(
    "crossing kinds",
    "e-ADS",
    {
        "official": "official crossing point",
        "informal": "informal track (jalan tikus)",
        "sea": "sea or river landing",
        "air": "airport",
    },
)
TRANSPORT_MODES = CodeTable(
    "transport modes",
    "e-ADS",
    {
        "foot": "on foot",
        "motorcycle": "motorcycle",
        "car": "car or taxi",
        "van": "van or minibus",
        "bus": "coach or bus",
        "lorry": "lorry",
        "train": "train",
        "small-boat": "small boat",
        "ferry": "ferry",
        "fishing-vessel": "fishing vessel",
        "cargo-vessel": "cargo vessel",
        "flight": "flight",
        "other": "other",
    },
)
FACILITATOR_ROLES = CodeTable(
    "facilitator roles",
    "e-ADS",
    {
        "recruiter": "recruiter",
        "transporter": "transporter",
        "forger": "forger",
        "harbourer": "harbourer",
        "exploiter": "exploiter",
        "corrupt-official": "corrupt official",
        "money-mover": "money mover",
    },
)
FREQUENCIES = CodeTable(
    "frequencies",
    "e-ADS",
    {
        "once": "once",
        "occasional": "now and then",
        "monthly": "every month",
        "weekly": "every week",
        "daily": "every day",
        "several-daily": "several times a day",
    },
)
CONFIDENCES = CodeTable(
    "confidences",
    "e-ADS",
    {
        "confirmed": "confirmed by independent sources",
        "probable": "probable",
        "possible": "possible",
        "doubtful": "doubtful",
    },
)
TIMES_OF_DAY = CodeTable(
    "times of day", "e-ADS", {"day": "by day", "night": "by night", "any": "at any time"}
)

TraffickingAct = TypeAliasType("TraffickingAct", Annotated[str, TRAFFICKING_ACTS])
TraffickingMeans = TypeAliasType("TraffickingMeans", Annotated[str, TRAFFICKING_MEANS])
TraffickingPurpose = TypeAliasType("TraffickingPurpose", Annotated[str, TRAFFICKING_PURPOSES])
Sector = TypeAliasType("Sector", Annotated[str, SECTORS])
Control = TypeAliasType("Control", Annotated[str, CONTROLS])
AgeBand = TypeAliasType("AgeBand", Annotated[str, AGE_BANDS])
CrossingKind = TypeAliasType("CrossingKind", Annotated[str, CROSSING_KINDS])
TransportMode = TypeAliasType("TransportMode", Annotated[str, TRANSPORT_MODES])
FacilitatorRole = TypeAliasType("FacilitatorRole", Annotated[str, FACILITATOR_ROLES])
Frequency = TypeAliasType("Frequency", Annotated[str, FREQUENCIES])
Confidence = TypeAliasType("Confidence", Annotated[str, CONFIDENCES])
TimeOfDay = TypeAliasType("TimeOfDay", Annotated[str, TIMES_OF_DAY])
