"""The code tables: complete, in one spelling, and mapped both ways where two lists disagree."""

from __future__ import annotations

import re

import pytest

from eads_client.payloads import codes, trafficking_codes
from eads_client.payloads.code_table import CodeTable
from eads_client.payloads.colours import EYES, HAIR, ColourList
from eads_wire import notice_types

NIST_EYES = {"BLK", "BLU", "BRO", "GRY", "GRN", "HAZ", "MAR", "MUL", "PNK", "XXX"}
NIST_HAIR = {"BAL", "BLK", "BLN", "BRO", "GRY", "RED", "SDY", "WHI", "XXX"}
INTERPOL_HAIR = {
    "BLA", "BRO", "BROF", "GRY", "GRYG", "HAIB", "HAID", "OTHD", "RED", "REDA", "WHI", "YELB",
}  # fmt: skip
INTERPOL_EYES = {
    "BLA", "BLU", "BLUL", "BRO", "BROD", "BROH", "BROL", "GRE", "GRY", "OTHC", "OTHD", "OTHL",
}  # fmt: skip

BOTH = pytest.mark.parametrize("colours", [EYES, HAIR], ids=["eyes", "hair"])


def tables(module: object) -> list[CodeTable]:
    return [each for each in vars(module).values() if isinstance(each, CodeTable)]


@pytest.mark.parametrize(
    "table", [*tables(codes), *tables(trafficking_codes)], ids=lambda t: t.name
)
def test_every_table_is_filled_and_labelled(table: CodeTable) -> None:
    assert table.entries
    assert all(code and label for code, label in table.entries.items())
    if table.pattern is not None:
        assert all(re.search(table.pattern, code) for code in table.entries)


def test_registers_have_the_codes_of_the_region() -> None:
    assert {"BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN", "TL"} <= set(
        codes.COUNTRIES.entries
    )
    assert {"Latn", "Thai", "Laoo", "Khmr", "Mymr", "Hani", "Hans", "Hant", "Arab", "Taml"} <= set(
        codes.SCRIPTS.entries
    )
    assert {"ind", "may", "tha", "lao", "khm", "bur", "vie", "fil", "chi", "tam", "eng"} <= set(
        codes.LANGUAGES.entries
    )
    assert len(codes.COUNTRIES.entries) == 249
    assert "UK" not in codes.COUNTRIES


def test_terminological_language_codes_lead_to_the_one_that_is_written() -> None:
    assert codes.TERMINOLOGICAL_LANGUAGES["msa"] == "may"
    assert codes.TERMINOLOGICAL_LANGUAGES["deu"] == "ger"
    assert len(codes.TERMINOLOGICAL_LANGUAGES) == 20
    assert not set(codes.TERMINOLOGICAL_LANGUAGES) & set(codes.LANGUAGES.entries)


@pytest.mark.parametrize(
    ("table", "header"),
    [
        (codes.CRIME_AREAS, notice_types.AREAS),
        (codes.HANDLING_CODES, notice_types.HANDLING),
        (codes.TLP_LABELS, notice_types.TLP),
    ],
    ids=["areas", "handling", "tlp"],
)
def test_payload_and_header_use_the_same_codes(table: CodeTable, header: tuple[str, ...]) -> None:
    assert set(table.entries) == set(header)


def test_both_of_interpols_lists_are_covered() -> None:
    assert set(EYES.interpol_codes) == INTERPOL_EYES
    assert set(HAIR.interpol_codes) == INTERPOL_HAIR


@BOTH
def test_interpol_code_survives_the_way_in_and_out(colours: ColourList) -> None:
    for code in colours.interpol_codes:
        back = colours.to_interpol(colours.from_interpol(code))
        assert (back.code, back.lossy) == (code, False)


@pytest.mark.parametrize(
    ("colours", "nist"), [(EYES, NIST_EYES), (HAIR, NIST_HAIR)], ids=["eyes", "hair"]
)
def test_nist_code_survives_the_way_in_and_out(colours: ColourList, nist: set[str]) -> None:
    for code in nist - {colours.nist_unknown}:
        ours = colours.from_nist(code)
        assert ours is not None
        assert colours.to_nist(ours).code == code
        assert not colours.to_nist(ours).lossy
    assert colours.from_nist(colours.nist_unknown) is None
    assert {colours.to_nist(code).code for code in colours.rows} <= nist


@BOTH
def test_lossy_mapping_is_marked_exactly_where_the_way_back_differs(colours: ColourList) -> None:
    for code in colours.rows:
        interpol, nist = colours.to_interpol(code), colours.to_nist(code)
        back = None if interpol.code is None else colours.from_interpol(interpol.code)
        assert interpol.lossy == (back != code)
        assert nist.lossy == (nist.code is None or colours.from_nist(nist.code) != code)


def test_the_same_letters_mean_different_colours_in_the_two_lists() -> None:
    assert EYES.to_interpol("black").code == "BLA"
    assert EYES.to_nist("black").code == "BLK"
    assert HAIR.to_interpol("auburn").code == "REDA"
    assert HAIR.to_nist("auburn") == HAIR.to_nist("red").__class__("RED", lossy=True)


@BOTH
def test_unknown_foreign_colour_is_an_error(colours: ColourList) -> None:
    with pytest.raises(KeyError):
        colours.from_interpol("ZZZ")
    with pytest.raises(KeyError):
        colours.from_nist("ZZZ")


@pytest.mark.parametrize("code", ["02", "0204", "02041", "020411", "11", "1109"])
def test_iccs_code_has_two_four_five_or_six_digits(code: str) -> None:
    assert re.search(codes.ICCS_PATTERN, code)


@pytest.mark.parametrize("code", ["0", "00", "12", "020", "0204111", "2.4", "02-04"])
def test_other_iccs_codes_are_refused(code: str) -> None:
    assert not re.search(codes.ICCS_PATTERN, code)
