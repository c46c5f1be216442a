"""Every real HL7 file: how many messages were read, how many results they have, how many were refused."""

from __future__ import annotations

import pytest

from app.domain.lab_messages import TakenMessage
from app.interop.hl7.message import read_file
from tests.support.hl7 import REAL, ZONE, at

# file: messages read, results in them, messages refused
EXPECTED: dict[str, tuple[int, int, int]] = {
    "cdc/COVID19_ELR_01.hl7": (1, 8, 0),
    "cosyte-edge/batch__single-batch.hl7": (0, 0, 2),
    "cosyte-edge/canonical__oru-r01.hl7": (1, 3, 0),
    "cosyte-edge/charset__utf8-name.hl7": (0, 0, 1),
    "cosyte-edge/edge-cases__crlf-line-endings.hl7": (0, 0, 1),
    "cosyte-edge/edge-cases__custom-msh-delimiters.hl7": (0, 0, 1),
    "cosyte-edge/edge-cases__decoded-br.hl7": (1, 1, 0),
    "cosyte-edge/edge-cases__lf-line-endings.hl7": (0, 0, 1),
    "cosyte-edge/edge-cases__no-trailing-newline.hl7": (0, 0, 1),
    "cosyte-edge/nte__obr-order-notes.hl7": (0, 0, 1),
    "cosyte-edge/text__formatting-note.hl7": (1, 1, 0),
    "cosyte-edge/vendor-quirks__duplicate-required-segment.hl7": (0, 0, 2),
    "cosyte-edge/vendor-shapes__cerner__oru-r01.hl7": (1, 1, 0),
    "cosyte-edge/vendor-shapes__genericLab__oru-r01.hl7": (1, 2, 0),
    "elexis/01TEST5005.hl7": (1, 7, 0),
    "elexis/12345_LabCube_ABXMicrosEmi_20160217143956_198647.hl7": (1, 18, 0),
    "elexis/19054_LabCube_DriChemNX700i_20200428083747_598550.hl7": (1, 7, 0),
    "elexis/4207398_Resultat_leer.hl7": (1, 1, 0),
    "elexis/Unilabs_StGallen_10.HL7": (1, 8, 0),
    "elexis/Viollier_1.HL7": (1, 28, 0),
    "elexis/testrefM.hl7": (1, 1, 0),
    "healthsim/blood-culture-preliminary.hl7": (1, 1, 0),
    "healthsim/cbc.hl7": (1, 14, 0),
    "healthsim/cmp.hl7": (1, 15, 0),
    "healthsim/minimal.hl7": (1, 1, 0),
    "linuxforhealth/ORU-multiline-short-mixed.hl7": (1, 3, 0),
    "mirth/08.hl7": (1, 14, 0),
    "ms-fhir-converter/LAB-ORU-1.hl7": (1, 10, 0),
    "node-hl7-complete/ORU_R01_2.5.1_SampleTestCase1.hl7": (1, 1, 0),
    "node-hl7-complete/ORU_R01_2.5.1_SampleTestCase2.hl7": (1, 1, 0),
    "node-hl7-complete/cerner_bordetella.hl7": (1, 1, 0),
    "node-hl7-complete/realm-campylobacter-jejuni.hl7": (1, 1, 0),
    "openelis/abbott-architect-result.hl7": (1, 2, 0),
    "openelis/mindray-cbc-result.hl7": (1, 4, 0),
    "pipehat/sample-v2.3-oru-r01-1.hl7": (1, 9, 0),
    "pipehat/sample-v2.8-oru-r01-1.hl7": (1, 1, 0),
    "prime-reportstream/ORU_deidentified.hl7": (1, 4, 0),
    "prime-reportstream/batch_message.hl7": (2, 10, 0),
    "prime-reportstream/mars_unwanted_condition_to_notes.hl7": (1, 7, 0),
    "prime-reportstream/sample-single-pdi-20210608-0002.hl7": (1, 6, 0),
    "prime-reportstream/sample_oru_CDPH_NBS_20241021-001.hl7": (1, 9, 0),
}


def read(name: str) -> list[TakenMessage]:
    return list(read_file((REAL / name).read_bytes(), name, ZONE))


def test_no_file_is_forgotten() -> None:
    assert {str(path.relative_to(REAL)) for path in REAL.rglob("*") if path.is_file()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_message_is_read_or_refused(name: str) -> None:
    messages = read(name)
    reports = [one.report for one in messages if one.report is not None]
    refused = [one.refusal for one in messages if one.report is None]
    assert (len(reports), sum(report.results for report in reports), len(refused)) == EXPECTED[name]
    assert all(refused)
    assert all(one.control_id and one.sender and one.sent_at for one in messages)


def test_utf_8_under_another_name_and_latin_1_without_any() -> None:
    cube = read("elexis/12345_LabCube_ABXMicrosEmi_20160217143956_198647.hl7")[0]
    viollier = read("elexis/Viollier_1.HL7")[0]
    assert cube.report is not None and viollier.report is not None  # noqa: PT018
    assert cube.report.orders[0].items[2].name == "Hämoglobin"
    assert viollier.report.orders[0].items[3].unit == "µmol/L"
    assert viollier.remarks == ("the message doesn't say its character set; read as cp1252",)


def test_notes_stand_with_what_they_are_about() -> None:
    report = read("elexis/01TEST5005.hl7")[0].report
    assert report is not None
    items = {item.code or item.name: item for item in report.orders[0].items}
    assert items["LEUK"].note == "Das ist ein Kommentar zum Resultat LEUK"
    assert items["E2"].note.count("\n") == 6
    assert str(items["Comment of the laboratory"].value).startswith("Das ist eine Bemerkung")


def test_empty_results_alternate_codes_corrections_and_broken_lines() -> None:
    (empty,) = read("elexis/4207398_Resultat_leer.hl7")
    (mirth,) = read("mirth/08.hl7")
    (corrected,) = read("prime-reportstream/sample-single-pdi-20210608-0002.hl7")
    (broken,) = read("pipehat/sample-v2.8-oru-r01-1.hl7")
    for one in (empty, mirth, corrected, broken):
        assert one.report is not None, one.refusal
    first = [one.report.orders[0].items for one in (empty, mirth, corrected, broken) if one.report]
    assert (first[0][0].value, first[0][0].status) == ("", "final")
    assert (first[1][0].code, first[1][0].unit) == ("6690-2", "/nl")
    assert {item.status for item in first[2]} == {"corrected"}
    assert (first[3][0].code, first[3][0].value, first[3][0].unit) == ("1554-5", 182, "mg/dl")


def test_a_range_with_words_and_two_states() -> None:
    lead = read("node-hl7-complete/ORU_R01_2.5.1_SampleTestCase1.hl7")[0].report
    pending = read("ms-fhir-converter/LAB-ORU-1.hl7")[0].report
    assert lead is not None and pending is not None  # noqa: PT018
    (item,) = lead.orders[0].items
    assert (item.value, item.low, item.high, item.flag) == (50, None, None, "H")
    assert item.note == "Range: <9 mcg/dL: Acceptable background lead exposure"
    assert [one.status for one in pending.orders[0].items] == ["preliminary"] * 4 + ["final"]
    assert pending.orders[0].items[1].observed_at == at("2014-10-05T23:27")
    assert not pending.orders[0].final
