"""What the workstation's store searches patients with: word and trigram indexes (FTS5) kept by triggers.

``patient_words`` finds whole words and beginnings of words, ``patient_parts`` any three letters or digits, and
``search_typo`` names that a misspelt word may mean. The text itself stays in ``patient_search``, by whose ``n`` the
indexes go. The server's twin is migrations/sql/60_search.sql.
"""

# ruff: noqa: S608 - no value of anybody's goes into these texts

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from app.db.search_text import name_words, typo_keys

NOT_MERGED = "NOT EXISTS (SELECT 1 FROM patient_detail d WHERE d.patient_id = p.id AND d.merged_into IS NOT NULL)"
_FIELDS = """p.id, p.clinic_id, mha_folded_names(p.first_name, p.last_name, p.demographics),
    mha_sort_key(p.first_name, p.last_name), substr(p.date_of_birth, 1, 10), mha_phone_digits(p.demographics),
    mha_record_number(p.demographics)"""
_ROW = "patient_search (patient_id, clinic_id, folded, sort_key, birth_date, phones, mrn)"

# The key of patient_search is a text on the server. Here a number of its own is added, which VACUUM leaves alone.
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS patient_search_by_name ON patient_search (clinic_id, sort_key, patient_id)",
    "CREATE INDEX IF NOT EXISTS patient_search_by_birth ON patient_search (clinic_id, birth_date)",
    "CREATE INDEX IF NOT EXISTS patient_search_by_mrn ON patient_search (clinic_id, mrn)",
)
_INDEXES_GO = tuple(f"DROP INDEX IF EXISTS patient_search_by_{what}" for what in ("name", "birth", "mrn"))
_TABLES = (
    """CREATE TABLE IF NOT EXISTS patient_search (
        n INTEGER PRIMARY KEY,
        patient_id TEXT NOT NULL UNIQUE REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
        clinic_id TEXT NOT NULL, folded TEXT NOT NULL, sort_key TEXT NOT NULL, birth_date DATE,
        phones TEXT NOT NULL DEFAULT '', mrn TEXT NOT NULL DEFAULT '')""",
    *_INDEXES,
    """CREATE VIRTUAL TABLE IF NOT EXISTS patient_words USING fts5 (
        words, content = '', detail = none, prefix = '1 2 3',
        tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* P* S* C*'")""",
    """CREATE VIRTUAL TABLE IF NOT EXISTS patient_parts USING fts5 (
        parts, content = '', detail = none, tokenize = 'trigram')""",
    """CREATE VIRTUAL TABLE IF NOT EXISTS search_name_parts USING fts5 (
        name, clinic_id UNINDEXED, detail = none, tokenize = 'trigram')""",
    """CREATE TABLE IF NOT EXISTS search_typo (clinic_id TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (clinic_id, key, name)) WITHOUT ROWID""",
)

_INDEX = """
    INSERT INTO patient_words (rowid, words) VALUES (NEW.n, NEW.folded);
    INSERT INTO patient_parts (rowid, parts) VALUES (NEW.n, NEW.folded || NEW.phones);
"""
_FORGET = """
    INSERT INTO patient_words (patient_words, rowid, words) VALUES ('delete', OLD.n, OLD.folded);
    INSERT INTO patient_parts (patient_parts, rowid, parts) VALUES ('delete', OLD.n, OLD.folded || OLD.phones);
"""
_NAMED = """
    INSERT INTO search_name_parts (name, clinic_id) VALUES (NEW.name, NEW.clinic_id);
    INSERT INTO search_typo (clinic_id, key, name)
    SELECT NEW.clinic_id, k.value, NEW.name FROM json_each(mha_typo_keys(NEW.name)) k WHERE true
    ON CONFLICT DO NOTHING;
"""


def _refresh(row: str, condition: str) -> str:
    return f"""
    INSERT INTO {_ROW} SELECT {_FIELDS} FROM patients p WHERE p.id = {row} AND {condition}
    ON CONFLICT (patient_id) DO UPDATE SET clinic_id = excluded.clinic_id, folded = excluded.folded,
        sort_key = excluded.sort_key, birth_date = excluded.birth_date, phones = excluded.phones, mrn = excluded.mrn;
    INSERT INTO search_name (clinic_id, name, uses)
    SELECT s.clinic_id, w.value, 1 FROM patient_search s, json_each(mha_name_words(s.folded)) w
    WHERE s.patient_id = {row}
    ON CONFLICT (clinic_id, name) DO NOTHING;
    """


_MERGED_GOES = "DELETE FROM patient_search WHERE patient_id = NEW.patient_id AND NEW.merged_into IS NOT NULL;"
_CHANGED = "OLD.folded <> NEW.folded OR OLD.phones <> NEW.phones"

# A REPLACE deletes without telling triggers: write rows with ON CONFLICT DO UPDATE.
TRIGGERS = {
    "mha_search_i": f"AFTER INSERT ON patients BEGIN {_refresh('NEW.id', NOT_MERGED)} END",
    "mha_search_u": "AFTER UPDATE OF clinic_id, first_name, last_name, date_of_birth, demographics ON patients BEGIN "
    f"{_refresh('NEW.id', NOT_MERGED)} END",
    # While rows of the server are applied, foreign keys are off and nothing cascades.
    "mha_search_d": "AFTER DELETE ON patients BEGIN DELETE FROM patient_search WHERE patient_id = OLD.id; END",
    "mha_merge_i": f"AFTER INSERT ON patient_detail WHEN NEW.merged_into IS NOT NULL BEGIN {_MERGED_GOES} END",
    "mha_merge_u": "AFTER UPDATE OF merged_into ON patient_detail WHEN OLD.merged_into IS NOT NEW.merged_into BEGIN "
    f"{_MERGED_GOES} {_refresh('NEW.patient_id', 'NEW.merged_into IS NULL')} END",
    "mha_merge_d": "AFTER DELETE ON patient_detail WHEN OLD.merged_into IS NOT NULL BEGIN "
    f"{_refresh('OLD.patient_id', 'true')} END",
    "mha_index_i": f"AFTER INSERT ON patient_search BEGIN {_INDEX} END",
    "mha_index_u": f"AFTER UPDATE ON patient_search WHEN {_CHANGED} BEGIN {_FORGET} {_INDEX} END",
    "mha_index_d": f"AFTER DELETE ON patient_search BEGIN {_FORGET} END",
    "mha_name_i": f"AFTER INSERT ON search_name BEGIN {_NAMED} END",
}

_EMPTY = (
    "DELETE FROM patient_search",
    "DELETE FROM search_name",
    "DELETE FROM search_name_parts",
    "DELETE FROM search_typo",
    "INSERT INTO patient_words (patient_words) VALUES ('delete-all')",
    "INSERT INTO patient_parts (patient_parts) VALUES ('delete-all')",
)
_FILL = (
    f"INSERT INTO {_ROW} SELECT {_FIELDS} FROM patients p WHERE {NOT_MERGED}",
    "INSERT INTO patient_words (rowid, words) SELECT n, folded FROM patient_search ORDER BY n",
    "INSERT INTO patient_parts (rowid, parts) SELECT n, folded || phones FROM patient_search ORDER BY n",
)
_FTS = ("patient_words", "patient_parts", "search_name_parts")
_HASH, _USUAL_HASH = 64 << 20, 1 << 20
"""Bytes that FTS5 gathers before it writes a part of its index: fewer parts are merged less often."""


def create_tables(connection: Connection) -> None:
    """Make what search needs where it is missing: before the other tables, for ``patient_search`` is made here."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection) -> None:
    """Take the triggers off while very many rows come; ``rebuild`` and installing them anew end that."""
    for name in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def rebuild(connection: Connection) -> None:
    """Make everything that search reads anew from the patients, with the triggers off."""
    drop_triggers(connection)
    for statement in (*_EMPTY, *_INDEXES_GO):
        connection.exec_driver_sql(statement)
    _gather(connection, _HASH)
    for statement in (*_FILL, *_INDEXES):
        connection.exec_driver_sql(statement)
    _fill_names(connection)
    _gather(connection, _USUAL_HASH)
    for index in _FTS:  # one part each: a search looks into all
        connection.exec_driver_sql(f"INSERT INTO {index} ({index}) VALUES ('optimize')")


def _gather(connection: Connection, size: int) -> None:
    for index in _FTS:
        connection.exec_driver_sql(f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', {size})")


def _fill_names(connection: Connection) -> None:
    """Names and their typing errors: counted here, a Python function for every patient would take longer."""
    uses: Counter[tuple[str, str]] = Counter()
    for clinic_id, folded in connection.exec_driver_sql("SELECT clinic_id, folded FROM patient_search"):
        uses.update((clinic_id, word) for word in name_words(folded))
    names = sorted(uses)
    _many(connection, "search_name (clinic_id, name, uses)", [(*one, uses[one]) for one in names])
    _many(connection, "search_name_parts (clinic_id, name)", names)
    typos = sorted((clinic_id, key, name) for clinic_id, name in names for key in typo_keys(name))
    _many(connection, "search_typo (clinic_id, key, name)", typos)


def _many(connection: Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    driver.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * (into.count(',') + 1))})", rows)
