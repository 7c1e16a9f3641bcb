"""The code tables of the field, each in one place.

A code is lower case with hyphens unless its standard writes it otherwise. `Annotated` types at
the end of each section are what the models use; the tables are what pick lists show.
Trafficking has its own tables in `trafficking_codes`, colours in `colours`.
"""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypeAliasType

from eads_client.payloads.code_table import CodeTable, labels, read_register

# --- registers -----------------------------------------------------------------------------

COUNTRIES = CodeTable(
    "countries",
    "ISO 3166-1 alpha-2",
    labels("countries.tsv"),
    pattern="^[A-Z]{2}$",
)
LANGUAGES = CodeTable(
    "languages",
    "ISO 639-2, bibliographic code in lower case",
    labels("languages.tsv"),
    pattern="^[a-z]{3}$",
)
# ISO 639-2 has two codes for twenty languages; the terminological one is read, never written.
TERMINOLOGICAL_LANGUAGES = {
    other: code for code, other, _ in read_register("languages.tsv") if other != code
}
SCRIPTS = CodeTable(
    "scripts",
    "ISO 15924",
    labels("scripts.tsv"),
    pattern="^[A-Z][a-z]{3}$",
)
CURRENCIES = CodeTable(
    "currencies",
    "ISO 4217",
    labels("currencies.tsv"),
    pattern="^[A-Z]{3}$",
)

Country = TypeAliasType("Country", Annotated[str, COUNTRIES])
Language = TypeAliasType("Language", Annotated[str, LANGUAGES])
Script = TypeAliasType("Script", Annotated[str, SCRIPTS])
Currency = TypeAliasType("Currency", Annotated[str, CURRENCIES])

# --- persons -------------------------------------------------------------------------------

SEXES = CodeTable("sexes", "ICAO 9303", {"M": "male", "F": "female", "X": "unspecified or unknown"})
NAME_ROLES = CodeTable(
    "name roles",
    "e-ADS",
    {
        "full": "the whole name, parts not told apart",
        "given": "given name",
        "surname": "family name",
        "patronymic": "father's name, with bin, binti, a/l, s/o where used",
        "clan": "clan, marga or tribe",
        "single": "the only name the person has",
        "alias": "also known as",
        "nickname": "called by friends",
        "birth": "name at birth",
    },
)
PERSON_STATUSES = CodeTable(
    "person statuses",
    "e-ADS",
    {
        "suspect": "suspected, not charged",
        "accused": "charged",
        "convicted": "convicted, sentence not served",
        "escaped": "escaped from custody",
    },
)
WARNINGS = CodeTable(
    "warnings",
    "SIS",
    {
        "armed": "armed",
        "violent": "violent",
        "absconded": "has absconded or escaped",
        "suicide-risk": "risk of suicide",
        "public-health": "threat to public health",
        "terrorism": "linked to terrorism",
    },
)
DOCUMENT_KINDS = CodeTable(
    "document kinds",
    "ICAO 9303 and national practice",
    {
        "passport": "passport",
        "diplomatic-passport": "diplomatic or official passport",
        "emergency-passport": "emergency passport or certificate of identity",
        "border-pass": "border pass",
        "identity-card": "national identity card",
        "residence-permit": "residence permit",
        "work-permit": "work permit",
        "visa": "visa",
        "seafarer-book": "seafarer's identity document",
        "refugee-document": "refugee or stateless person's travel document",
        "driving-licence": "driving licence",
        "birth-certificate": "birth certificate",
        "household-register": "household register",
        "other": "other document",
    },
)
MARK_KINDS = CodeTable(
    "mark kinds",
    "ANSI/NIST-ITL SMT",
    {
        "scar": "scar",
        "mark": "birthmark or mole",
        "tattoo": "tattoo",
        "piercing": "piercing",
        "missing": "missing part of the body",
        "deformity": "deformity",
        "prosthesis": "prosthesis or medical device",
        "other": "other mark",
    },
)
RELATIONS = CodeTable(
    "relations",
    "e-ADS",
    {
        "father": "father",
        "mother": "mother",
        "guardian": "guardian",
        "spouse": "spouse",
        "child": "child",
        "sibling": "brother or sister",
        "companion": "last seen with",
    },
)

Sex = TypeAliasType("Sex", Annotated[str, SEXES])
NameRole = TypeAliasType("NameRole", Annotated[str, NAME_ROLES])
PersonStatus = TypeAliasType("PersonStatus", Annotated[str, PERSON_STATUSES])
PersonWarning = TypeAliasType("PersonWarning", Annotated[str, WARNINGS])
DocumentKind = TypeAliasType("DocumentKind", Annotated[str, DOCUMENT_KINDS])
MarkKind = TypeAliasType("MarkKind", Annotated[str, MARK_KINDS])
Relation = TypeAliasType("Relation", Annotated[str, RELATIONS])

# --- matters, charges, handling --------------------------------------------------------------

CRIME_AREAS = CodeTable(
    "crime areas",
    "SOMTC",
    {
        "terrorism": "terrorism",
        "illicit-drugs": "illicit drug trafficking",
        "trafficking-in-persons": "trafficking in persons",
        "arms-smuggling": "arms smuggling",
        "sea-piracy": "sea piracy",
        "money-laundering": "money laundering",
        "international-economic-crime": "international economic crime",
        "cybercrime": "cybercrime",
        "people-smuggling": "people smuggling",
        "wildlife-and-timber": "illicit trafficking of wildlife and timber",
    },
)
WARRANT_KINDS = CodeTable(
    "warrant kinds", "e-ADS", {"warrant": "arrest warrant", "judgment": "enforceable judgment"}
)
PROCEEDINGS = CodeTable(
    "proceedings",
    "e-ADS",
    {"prosecution": "wanted to be tried", "sentence": "wanted to serve a sentence"},
)
PENALTY_KINDS = CodeTable(
    "penalty kinds",
    "e-ADS",
    {
        "imprisonment": "imprisonment for a term",
        "life": "imprisonment for life",
        "death": "death",
        "fine": "fine",
        "other": "other penalty",
    },
)
EXTRADITION_BASES = CodeTable(
    "extradition bases",
    "e-ADS",
    {
        "treaty": "sought through a multilateral treaty",
        "bilateral": "sought through a bilateral treaty",
        "none-yet": "no basis yet",
    },
)
HANDLING_CODES = CodeTable(
    "handling codes",
    "Europol",
    {
        "H0": "police use only",
        "H1": "not as evidence without permission",
        "H2": "no onward sharing without permission",
        "H3": "other restrictions, stated in the text",
    },
)
TLP_LABELS = CodeTable(
    "TLP labels",
    "FIRST TLP 2.0",
    {
        "RED": "for the named recipients only",
        "AMBER+STRICT": "for the recipient's organisation only",
        "AMBER": "for the recipient's organisation and its clients",
        "GREEN": "for the community",
        "CLEAR": "no limit",
    },
)
SOURCE_GRADES = CodeTable(
    "source grades",
    "Europol 4x4",
    {
        "A": "no doubt about the source",
        "B": "mostly reliable",
        "C": "mostly unreliable",
        "X": "not known",
    },
)
INFORMATION_GRADES = CodeTable(
    "information grades",
    "Europol 4x4",
    {
        "1": "no doubt about its accuracy",
        "2": "known to the source, not to the officer",
        "3": "hearsay, agrees with other information",
        "4": "hearsay, cannot be confirmed",
    },
)
FILE_ROLES = CodeTable(
    "file roles",
    "e-ADS",
    {
        "photograph": "photograph",
        "fingerprint-card": "fingerprint card",
        "document-scan": "scan of a document",
        "evidence": "evidence",
        "other": "other file",
    },
)
ICCS_PATTERN = r"^(0[1-9]|1[01])([0-9]{2}[0-9]{0,2})?$"  # section, division, group, class

CrimeArea = TypeAliasType("CrimeArea", Annotated[str, CRIME_AREAS])
WarrantKind = TypeAliasType("WarrantKind", Annotated[str, WARRANT_KINDS])
Proceeding = TypeAliasType("Proceeding", Annotated[str, PROCEEDINGS])
PenaltyKind = TypeAliasType("PenaltyKind", Annotated[str, PENALTY_KINDS])
ExtraditionBasis = TypeAliasType("ExtraditionBasis", Annotated[str, EXTRADITION_BASES])
HandlingCode = TypeAliasType("HandlingCode", Annotated[str, HANDLING_CODES])
TlpLabel = TypeAliasType("TlpLabel", Annotated[str, TLP_LABELS])
SourceLetter = TypeAliasType("SourceLetter", Annotated[str, SOURCE_GRADES])
InformationDigit = TypeAliasType("InformationDigit", Annotated[str, INFORMATION_GRADES])
FileRole = TypeAliasType("FileRole", Annotated[str, FILE_ROLES])
