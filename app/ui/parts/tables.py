"""A table over keyset pages, with its columns as wide as they say and statuses as chips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QHeaderView, QWidget

from app.ui.models.delegates import ChipDelegate
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.fitted_columns import FittedColumns
from app.ui.widgets.panel import Card
from app.ui.widgets.table import Table


def paged_table(name: str, model: PagedTableModel[Any], columns: Sequence[Column[Any]]) -> Table:
    """Return a table on the model; a column without a width takes what is left.

    Columns that can be spared are left out where there is no room for all.
    """
    table = Table(name=name)
    table.setModel(model)
    header = table.horizontalHeader()
    for index, column in enumerate(columns):
        if column.width:
            header.setSectionResizeMode(index, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(index, column.width)
        else:
            header.setSectionResizeMode(index, QHeaderView.ResizeMode.Stretch)
        if column.tone is not None:
            table.setItemDelegateForColumn(index, ChipDelegate(table))
    if any(one.spare for one in columns):
        FittedColumns(table, [one.width for one in columns], [one.spare for one in columns])
    return table


def in_card(table: QWidget) -> Card:
    """Return a table with its states, with the line and the round corners of a card around it."""
    card = Card(padding=1, gap=0)
    card.body.setContentsMargins(1, 4, 1, 4)  # a table's corners are square
    card.body.addWidget(table)
    return card
