"""Papers: what stands in the PDF can be read, found and copied; nothing is lost between pages."""

from __future__ import annotations

import base64
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.documents.branding import letterhead, paper, read_logo
from app.documents.flow import pieces
from app.documents.furniture import read_picture
from app.documents.model import (
    Block,
    Bullets,
    Cell,
    Document,
    Facts,
    Heading,
    Letterhead,
    PageBreak,
    Paper,
    Paragraph,
    PatientBlock,
    Picture,
    QrCode,
    Signature,
    Table,
    TableColumn,
)
from app.documents.paged import Paged, pdf_bytes, save_pdf
from app.documents.qr import modules
from app.documents.text import TextBlock, from_right, plain
from app.kernel.i18n import set_language
from tests.support.papers import ink, pdf_sheet, pdf_text, pdf_title

pytestmark = pytest.mark.usefixtures("qapp")
HEAD = Letterhead("Harbor Family Clinic", ("12 Harbor Street", "(415) 555-0100"), foot="Invented people.")
PATIENT = PatientBlock("Ana Ramírez", "Born 14 March 1962", (("Record number", "MRN-1002"),))
SCRIPTS = ("Zofia Łęcka", "Иван Петров", "王小明", "سارة حداد", "שרה כהן", "ธนา ใจดี", "ქეთი", "Արամ")


def document(*blocks: Block, **more: object) -> Document:
    values = {"title": "Referral to Cardiology", "letterhead": HEAD, "blocks": blocks, "patient": PATIENT, **more}
    return Document(**values)  # type: ignore[arg-type]


def png(color: Qt.GlobalColor = Qt.GlobalColor.black, size: int = 40) -> bytes:
    image = QImage(size, size, QImage.Format.Format_RGB32)
    image.fill(color)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def test_the_pdf_has_title_head_patient_and_text_that_can_be_copied(qapp: QApplication) -> None:
    words = "Ejection fraction 35 % (2019-11-02), call (415) 555-0199."
    data = pdf_bytes(document(Paragraph(words), dated="22 Nov 2026"))
    text = pdf_text(data)
    assert pdf_title(data) == "Referral to Cardiology"
    for found in ("Harbor Family Clinic", "12 Harbor Street", "(415) 555-0100", "Ana Ramírez", "Born 14 March 1962",
                  "MRN-1002", "22 Nov 2026", words,
                  "Page 1 of 1", "Invented people."):  # fmt: skip
        assert found in text


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_drawn_and_can_be_copied(name: str) -> None:
    one = document(Paragraph(name), patient=None, title="T")
    text = pdf_text(pdf_bytes(one))
    letters = {c for c in name if not c.isspace()}
    found = {c for c in letters if c in text}
    assert len(found) >= len(letters) - 1, name  # marks over a letter may come back joined
    blank = document(Paragraph(" "), patient=None, title="T")
    assert ink(Paged(one).image(0, 900)) > ink(Paged(blank).image(0, 900)) + 100


def test_text_from_the_right_stands_at_the_right_but_not_in_cells() -> None:
    arabic = "تعاني من ارتفاع ضغط الدم"
    assert from_right(arabic)
    assert not from_right("10 mg Lisinopril")
    page = Paged(document(Paragraph(arabic), patient=None, title="T")).image(0, 595)
    assert ink(page, 300, 140, 595, 240) > 5 * ink(page, 0, 140, 300, 240)
    page = Paged(document(Bullets((arabic,)), patient=None, title="T")).image(0, 595)
    assert ink(page, 0, 140, 300, 240) > 5 * ink(page, 300, 140, 595, 240)


def test_a_sentence_of_ours_keeps_its_direction_whatever_name_begins_it() -> None:
    sentence = "سارة حداد is under our care."
    ours = Paged(document(Paragraph(sentence, ours=True), patient=None, title="T")).image(0, 1190)
    assert ink(ours, 0, 240, 600, 480) > 500
    assert ink(ours, 600, 240, 1190, 480) == 0
    typed = Paged(document(Paragraph(sentence), patient=None, title="T")).image(0, 1190)
    assert ink(typed, 600, 240, 1190, 480) > 500
    assert ink(typed, 0, 240, 600, 480) == 0


def test_sheets_by_locale() -> None:
    assert paper("en", "US") is Paper.LETTER
    assert paper("en_GB", "US") is Paper.A4
    assert paper("es-MX", "DE") is Paper.LETTER
    assert paper("es", "ES") is Paper.A4
    assert pdf_sheet(pdf_bytes(document(paper=Paper.LETTER))) == pytest.approx((612, 792), abs=1)
    assert pdf_sheet(pdf_bytes(document(paper=Paper.A4))) == pytest.approx((595, 842), abs=1)


def test_a_long_table_repeats_its_head_and_loses_no_row() -> None:
    columns = (TableColumn("Test", 3), TableColumn("Value", 1, right=True))
    rows = tuple((f"Hemoglobin {n}", Cell(f"{n}.0", strong=True)) for n in range(120))
    one = document(Table(columns, rows))
    text = pdf_text(pdf_bytes(one))
    assert Paged(one).count == text.count("Value") >= 3
    assert all(f"Hemoglobin {n}\n" in text for n in range(120))
    assert text.count("Ana Ramírez") == Paged(one).count, "each page says whose it is"


def test_a_row_taller_than_a_page_is_parted_between_its_lines() -> None:
    words = "\n".join(f"line{n}x" for n in range(200))
    text = pdf_text(pdf_bytes(document(Table((TableColumn("Note", 1), TableColumn("By", 1)), ((words, "Dr Okafor"),)))))
    assert all(text.count(f"line{n}x") == 1 for n in range(200))


def test_a_fact_taller_than_a_page_goes_on_on_the_next_one_and_its_title_stays_with_it() -> None:
    words = "\n".join(f"line{n}x" for n in range(150))
    for before in range(22, 60, 9):
        one = document(*(Paragraph(f"x{n}") for n in range(before)), Paragraph("Signed by Okafor", strong=True, gap=2),
                       Facts((("Reason", "Cough"), ("History", words)), columns=1))  # fmt: skip
        text = pdf_text(pdf_bytes(one))
        assert all(text.count(f"line{n}x") == 1 for n in range(150))
        (page,) = [part for part in text.split("Page ") if "Signed by Okafor" in part]
        assert "Cough" in page


def test_a_heading_is_never_left_alone_at_the_foot() -> None:
    for lines in range(30, 60):
        one = document(*(Paragraph(f"x{n}") for n in range(lines)), Heading("Problems"), Paragraph("Asthma\nGout"))
        texts = [part for part in pdf_text(pdf_bytes(one)).split("Page ") if "Problems" in part]
        assert len(texts) == 1
        assert "Asthma" in texts[0]


def test_headings_above_each_other_stay_with_what_stands_below_them() -> None:
    for lines in range(30, 60):
        one = document(*(Paragraph(f"x{n}") for n in range(lines)), Heading("Weekly"), Heading("Recommendations"),
                       Bullets(("Walk more",)))  # fmt: skip
        (page,) = [part for part in pdf_text(pdf_bytes(one)).split("Page ") if "Weekly" in part]
        assert "Recommendations" in page
        assert "Walk more" in page


def test_a_heading_stays_with_a_picture_or_a_table_that_needs_the_next_page() -> None:
    table = Table((TableColumn("Test"),), (("Sodium",),))
    for below in (Picture(png(), 90), table):
        for lines in range(20, 60):
            paged = Paged(document(*(Paragraph(f"x{n}") for n in range(lines)), Heading("Week by week"), below))
            pages = [[piece for _, piece in page] for page in paged._pages]
            (page,) = [one for one in pages if any(piece.keeps for piece in one)]
            assert not page[-1].keeps, lines


def test_no_head_of_a_table_stands_over_nothing() -> None:
    table = Table((TableColumn("Test"), TableColumn("Value")), (("Sodium", "140"), ("Potassium", "4.1")))
    for lines in range(30, 60):
        for after in ([], [Paragraph("the end")]):
            text = pdf_text(pdf_bytes(document(*(Paragraph(f"x{n}") for n in range(lines)), table, *after)))
            pages = [part for part in text.split("Page ") if "Value" in part]
            assert all("Sodium" in part or "Potassium" in part for part in pages), lines
            assert Paged(document(*(Paragraph(f"x{n}") for n in range(lines)), table)).count <= 3


def test_a_long_span_beside_the_title_stands_above_the_patient() -> None:
    short, long = (pieces(document(dated=text), 500)[0].height for text in ("today", "27 de abril " * 9))
    assert long > short


def test_what_is_not_confirmed_says_so_on_every_page() -> None:
    mark = "Not yet confirmed by the clinic's server"
    one = document(Paragraph("a"), PageBreak(), Paragraph("b"), mark=mark)
    assert Paged(one).count == 2
    assert pdf_text(pdf_bytes(one)).count(mark) == 3  # framed under the title, and in both feet
    assert mark not in pdf_text(pdf_bytes(document(Paragraph("a"))))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=400), max_size=6), st.sampled_from(Paper))
def test_any_text_can_be_printed(qapp: QApplication, texts: list[str], sheet: Paper) -> None:
    blocks: list[Block] = [*(Paragraph(text) for text in texts), Facts(tuple((text[:20], text) for text in texts))]
    paged = Paged(document(*blocks, Table((TableColumn("A"),), tuple((text,) for text in texts)), paper=sheet))
    assert paged.count >= 1
    assert all(not paged.image(number, 120).isNull() for number in range(paged.count))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.integers(0, 60))
def test_no_line_is_lost_between_pages(qapp: QApplication, lines: int, before: int) -> None:
    text = "\n".join(f"w{n}." for n in range(lines))
    found = pdf_text(pdf_bytes(document(Paragraph("\n".join("y" * (before or 1))), Paragraph(text))))
    assert [found.count(f"w{n}.") for n in (0, lines // 2, lines - 1)] == [1, 1, 1]


def test_control_characters_do_not_reach_the_page() -> None:
    assert plain("a\x00b\x07c\r\nd\te") == "abc\u2028d    e"
    assert TextBlock("one\ntwo\r\nthree", 400).lines == 3


def test_a_qr_code_and_a_signature() -> None:
    code = modules("MHA-NOTE:7K3P-XQ9D")
    assert len(code) == len(code[0]) >= 21
    assert all(code[y][x] for y, x in ((0, 0), (0, 6), (6, 0), (len(code) - 1, 0)))  # corners of the finder patterns
    assert code != modules("MHA-NOTE:7K3P-XQ9E")
    one = document(
        Signature("Dr Okafor", ("Internal medicine",), "Signed electronically"), QrCode("X", ("7K3P", "more"))
    )
    text = pdf_text(pdf_bytes(one))
    assert all(words in text for words in ("Dr Okafor", "Signed electronically", "7K3P", "more"))
    assert ink(Paged(one).image(0, 1200)) > 4000


def test_branding_is_not_trusted() -> None:
    read = letterhead("Clinic", {"name": 7, "address": "A\n\nB", "phone": None, "primaryColor": "red", "logo": "x"})
    assert read == Letterhead("Clinic", ("A", "B"), "red")
    assert read_logo("data:image/png;base64,@@@") == b""
    assert read_logo("data:text/html;base64,PGI+") == b""
    assert read_logo("data:image/png;base64," + base64.b64encode(png()).decode()) == png()
    assert Paged(document(letterhead=Letterhead("C", color="no colour", logo=b"no picture"))).count == 1


def test_a_logo_is_drawn_and_an_svg_that_fetches_something_is_not() -> None:
    plain_svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
    assert not read_picture(plain_svg).isNull()
    assert read_picture(plain_svg.replace(b"<rect", b'<image href="/etc/passwd"/><rect')).isNull()
    with_logo = Paged(document(letterhead=Letterhead("", logo=png()))).image(0, 595)
    without = Paged(document(letterhead=Letterhead(""))).image(0, 595)
    assert ink(with_logo, 0, 0, 200, 95) > ink(without, 0, 0, 200, 95) + 1000


def test_a_picture_keeps_its_shape_and_an_unreadable_one_is_left_out() -> None:
    assert ink(Paged(document(Picture(png(size=60), 100))).image(0, 595)) > 9000
    assert Paged(document(Picture(b"nothing", 100))).count == 1


def test_the_file_is_private_and_whole(tmp_path: Path) -> None:
    target = tmp_path / "letter.pdf"
    size = save_pdf(document(Paragraph("x")), str(target))
    assert target.stat().st_size == size
    if sys.platform != "win32":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["letter.pdf"]
    with pytest.raises(FileNotFoundError):
        save_pdf(document(), str(tmp_path / "missing" / "x.pdf"))


def test_page_numbers_follow_the_language() -> None:
    set_language("es")
    try:
        assert "Página 1 de 1" in pdf_text(pdf_bytes(document()))
    finally:
        set_language("en")
