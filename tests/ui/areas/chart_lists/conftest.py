"""A chart in a window."""

from __future__ import annotations

from tests.ui.areas.chart.conftest import chart, make_chart  # noqa: F401 - fixtures
