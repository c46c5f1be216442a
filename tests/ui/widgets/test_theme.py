"""The look: tokens as designed, contrast, fonts for all scripts, icons, switching live."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPixmap, QTextLayout
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.contrast import contrast, luminance, mix
from app.ui.theme.fonts import FALLBACKS, font, load_fonts
from app.ui.theme.icons import icon_names, icon_pixmap
from app.ui.theme.theme import Appearance, Theme
from app.ui.theme.tokens import Mode, StatusKind, Tone, TypeRole, tokens
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Chip
from app.ui.widgets.line_model import Spark
from app.ui.widgets.lists import ChipSpec, paint_chip
from tests.support.leftovers import clear_leftovers

AA_TEXT = 4.5
AA_GRAPHIC = 3.0


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The theme, put back to light afterwards. What earlier tests left is not styled along: it is gone first."""
    clear_leftovers()
    yield Theme.current()
    Theme.current().set_reduced_motion(None)
    Theme.current().set_appearance(Appearance.LIGHT)


def name_of(color: QColor) -> str:
    return color.name().upper()


def test_tokens_are_those_of_the_design() -> None:
    token = tokens()
    light, dark = token.modes[Mode.LIGHT], token.modes[Mode.DARK]
    assert (light.colors.canvas, light.colors.accent, dark.colors.accent) == ("#F6F7F5", "#0B6B5B", "#4CC3AC")
    assert light.status[StatusKind.ARRIVED].text == "#7A4B00"
    assert dark.status[StatusKind.HELD].fill == "#222B28"
    assert (token.scale[TypeRole.BODY].size, token.scale[TypeRole.BODY].line) == (13, 20)
    assert (token.shell.side_panel, token.radius.panel, token.event.pixels_per_20_minutes) == (360, 10, 24)
    assert set(light.status) == set(StatusKind)


def test_contrast_arithmetic() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert luminance("#FFFFFF") == pytest.approx(1)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_every_text_has_aa_contrast_on_every_ground_it_stands_on(theme: Theme, appearance: Appearance) -> None:
    theme.set_appearance(appearance)
    c = theme.colors
    grounds = [c.canvas, c.surface, c.sunken, c.hover, c.pressed, c.selected, c.closed]
    pairs = [(text, ground) for text in (c.text, c.muted) for ground in grounds]
    pairs += [(c.on_accent, ground) for ground in (c.accent, c.accent_hover, c.accent_pressed)]
    pairs += [(theme.status(kind).text, theme.status(kind).fill) for kind in StatusKind]
    pairs += [(theme.status(StatusKind.DONE).text, theme.done_fill())]
    pairs += [(theme.tone(tone), ground) for tone in (Tone.WARN, Tone.CRITICAL, Tone.DONE) for ground in (c.surface,)]
    weak = [(name_of(a), name_of(b)) for a, b in pairs if contrast(name_of(a), name_of(b)) < AA_TEXT]
    assert not weak


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_edges_of_controls_and_the_focus_ring_can_be_seen(theme: Theme, appearance: Appearance) -> None:
    theme.set_appearance(appearance)
    c = theme.colors
    for edge in (c.control_line, c.accent):
        for ground in (c.canvas, c.surface):
            assert contrast(name_of(edge), name_of(ground)) >= AA_GRAPHIC
    for kind in StatusKind:
        assert contrast(name_of(theme.status(kind).text), name_of(c.surface)) >= AA_GRAPHIC


def test_switching_reaches_windows_that_are_open(theme: Theme, qtbot: QtBot) -> None:
    theme.set_appearance(Appearance.LIGHT)
    window = QWidget()
    field, button = QLineEdit("x", window), Button("Book", kind=ButtonKind.PRIMARY, parent=window)
    field.setGeometry(10, 10, 120, 32)
    button.setGeometry(10, 60, 120, 32)
    window.resize(160, 110)
    qtbot.addWidget(window)
    window.show()

    def seen(x: int, y: int) -> str:
        image: QImage = window.grab().toImage()
        return name_of(image.pixelColor(x, y))

    assert (seen(100, 25), seen(15, 75)) == ("#FFFFFF", "#0B6B5B")
    with qtbot.waitSignal(theme.changed, timeout=2000):
        theme.set_appearance(Appearance.DARK)
    assert (seen(100, 25), seen(15, 75)) == ("#18201D", "#4CC3AC")
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_appearance(Appearance.DARK)


def test_reduced_motion_moves_nothing(theme: Theme) -> None:
    theme.set_reduced_motion(False)
    assert (theme.fade_ms(), theme.drop_ms()) == (120, 180)
    theme.set_reduced_motion(True)
    assert (theme.fade_ms(), theme.drop_ms()) == (0, 0)


def test_figures_are_tabular(qapp: QApplication) -> None:
    ours = QFontMetricsF(font(TypeRole.BODY))
    assert ours.horizontalAdvance("1111") == ours.horizontalAdvance("0000")
    plain = QFont(font(TypeRole.BODY))
    plain.unsetFeature(QFont.Tag("tnum"))
    bare = QFontMetricsF(plain)
    assert bare.horizontalAdvance("1111") < bare.horizontalAdvance("0000")


@pytest.mark.parametrize(
    "name",
    [
        "Aoife Ní Bhriain",
        "Nguyễn Thị Hương",
        "Oluwaseun Adébáyọ̀",
        "Χρήστος Βέργος",
        "Ираклий Джапаридзе",
        "ირაკლი ჯაფარიძე",
        "Արամ Խաչատրյան",
        "רות אברהם",
        "محمد الحسن",
        "देवेश शर्मा",
        "রহিমা খাতুন",
        "ਹਰਪ੍ਰੀਤ ਕੌਰ",
        "தமிழ்ச்செல்வி",
        "สมชาย ใจดี",
        "李秀英 王小明 郭文",
        "田中 さくら",
        "김민준 배수지",
    ],
)
@pytest.mark.parametrize("strong", [False, True])
def test_a_name_in_any_of_our_scripts_is_drawn_by_a_bundled_font(qapp: QApplication, name: str, strong: bool) -> None:
    bundled = set(load_fonts())
    layout = QTextLayout(name, font(TypeRole.BODY, strong))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    runs = layout.glyphRuns()
    assert runs
    for run in runs:
        assert run.rawFont().familyName() in bundled
        assert 0 not in run.glyphIndexes(), f"a glyph of {name} is missing"


def test_fallbacks_are_bundled(qapp: QApplication) -> None:
    assert set(FALLBACKS) | {"Inter"} <= set(load_fonts())


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.75, 2.5])
def test_every_icon_draws_in_its_colour_at_every_scale(qapp: QApplication, scale: float) -> None:
    for name in icon_names():
        pixmap: QPixmap = icon_pixmap(name, QColor("#0B6B5B"), 20, scale)
        assert pixmap.width() == round(20 * scale)
        image = pixmap.toImage()
        inked = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 100
        ]
        assert inked, name
        for pixel in inked:
            off = max(abs(pixel.red() - 0x0B), abs(pixel.green() - 0x6B), abs(pixel.blue() - 0x5B))
            assert off <= 6, f"{name} is drawn in {pixel.name()}"


def test_an_unknown_icon_is_named(qapp: QApplication) -> None:
    with pytest.raises(KeyError, match="no icon 'unicorn'"):
        icon_pixmap("unicorn", QColor("black"))


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_a_plain_chip_stands_out_of_its_ground_as_drawn(theme: Theme, appearance: Appearance) -> None:
    theme.set_appearance(appearance)
    picture = QImage(200, 20, QImage.Format.Format_ARGB32)
    with QPainter(picture) as painter:
        paint_chip(painter, ChipSpec("High risk", "flag"), 0, 0)
    assert picture.pixelColor(30, 2).name().upper() == {"dark": "#222B28", "light": "#ECEFEC"}[theme.mode.value]
    chip = Chip("High risk", icon="flag")
    assert chip.grab().toImage().pixelColor(30, 2) == picture.pixelColor(30, 2)


def test_a_small_change_is_not_drawn_as_a_big_one() -> None:
    low, high = Spark((135.0, 138.0), least=20.0).span()
    assert (low, high) == (126.5, 146.5)
    assert Spark((120.0, None, 160.0), least=20.0).span() == (120.0, 160.0)
    assert Spark((7.0, 7.0)).span() == (6.5, 7.5)
    assert Spark((84.0,), low=60.0, high=90.0, least=4.0).span() == (60.0, 90.0)
