-- What is this workstation's alone: the journal of commands given here, and what is needed to rebase.
-- The same tables as in app/sync/tables.py; tests/sync/test_store_migrations.py compares them.

CREATE TABLE gap (
    table_name TEXT NOT NULL,
    key TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (table_name, key)
);

CREATE TABLE journal (
    n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    clinic_id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    provider_id TEXT,
    workstation TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    client_version INTEGER NOT NULL,
    occurred_at TEXT NOT NULL,
    state TEXT NOT NULL,
    deps TEXT DEFAULT '[]' NOT NULL,
    lanes TEXT DEFAULT '[]' NOT NULL,
    sent INTEGER DEFAULT '0' NOT NULL,
    code TEXT,
    message TEXT,
    problem TEXT,
    outcome TEXT,
    closed_at TEXT,
    closed_by TEXT,
    reason TEXT,
    adopted_by TEXT,
    CONSTRAINT journal_id_key UNIQUE (id)
);

CREATE INDEX journal_state_idx ON journal (state, n);

CREATE TABLE meta (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE undo (
    u INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    entry INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    key TEXT NOT NULL,
    old TEXT
);

CREATE INDEX undo_key_idx ON undo (table_name, key);

CREATE INDEX undo_entry_idx ON undo (entry);
