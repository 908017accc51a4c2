-- No column of this schema ever holds a value that was found, nor a line it was found in; names that can hold values
-- are masked, or keyed digests.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- A followed log. A file is known by device and inode, by the first bytes it holds and by the bytes before the offset.
CREATE TABLE source (
    uid         INTEGER PRIMARY KEY,
    watch       TEXT    NOT NULL,
    directory   BLOB    NOT NULL,             -- masked, as the name is
    name        BLOB    NOT NULL,
    dev         INTEGER NOT NULL,
    ino         INTEGER NOT NULL,
    head        BLOB    NOT NULL,             -- keyed digest of the first head_len bytes
    head_len    INTEGER NOT NULL,
    anchor      BLOB    NOT NULL,             -- keyed digest of the anchor_len bytes before the offset
    anchor_len  INTEGER NOT NULL,
    offset      INTEGER NOT NULL,
    line        INTEGER NOT NULL,             -- number of the line that begins (or goes on) at the offset
    col         INTEGER NOT NULL,             -- 1 unless a very long line was cut there
    encoding    TEXT    NOT NULL,
    backlog_end INTEGER NOT NULL,             -- bytes below this are older than the first start of the watch
    state       TEXT    NOT NULL,             -- live | rotated | orphan | gone
    seen_at     REAL    NOT NULL,
    gone_at     REAL
);
CREATE INDEX source_identity ON source (watch, dev, ino);
CREATE INDEX source_state ON source (state);

-- A finished export that was scanned whole, by what it was at that moment.
CREATE TABLE export (
    watch      TEXT    NOT NULL,
    path       BLOB    NOT NULL,              -- keyed digest
    dev        INTEGER NOT NULL,
    ino        INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    state      TEXT    NOT NULL,              -- scanning | done | quarantined
    updated_at REAL    NOT NULL,
    PRIMARY KEY (watch, path)
) WITHOUT ROWID;

CREATE TABLE incident (
    id         TEXT PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    watch      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    service    TEXT NOT NULL,
    env        TEXT NOT NULL,
    owner      TEXT NOT NULL,
    host       TEXT NOT NULL,
    place      TEXT NOT NULL,
    path       TEXT NOT NULL,
    logger     TEXT,
    field_key  TEXT,
    severity   INTEGER NOT NULL,
    jrt0171    TEXT NOT NULL,
    entities   TEXT NOT NULL,                 -- JSON: entity -> count
    count      INTEGER NOT NULL,
    subjects   INTEGER NOT NULL,
    sample     TEXT NOT NULL,
    template   TEXT NOT NULL,
    first_seen REAL NOT NULL,
    last_seen  REAL NOT NULL,
    backlog    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX incident_place ON incident (service, place, first_seen);
CREATE INDEX incident_recent ON incident (last_seen);

CREATE TABLE finding (
    id          BLOB PRIMARY KEY,             -- keyed digest of source, place and entity: reading twice is a no-op
    incident    TEXT NOT NULL,
    entity      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    masked      TEXT NOT NULL,
    score       REAL NOT NULL,
    severity    INTEGER NOT NULL,
    path        TEXT NOT NULL,
    inside      TEXT NOT NULL,
    place       TEXT NOT NULL,
    seen_at     REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX finding_value ON finding (fingerprint);
CREATE INDEX finding_incident ON finding (incident, fingerprint);

CREATE TABLE gap (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL,
    root      TEXT NOT NULL,
    path      TEXT,
    detail    TEXT NOT NULL,
    opened_at REAL NOT NULL,
    closed_at REAL
);
CREATE UNIQUE INDEX gap_open ON gap (kind, root, ifnull(path, '')) WHERE closed_at IS NULL;

-- What each channel was last told about a subject (an incident id or gap-<id>).
CREATE TABLE told (
    channel  TEXT NOT NULL,
    subject  TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    entities TEXT NOT NULL,
    growths  INTEGER NOT NULL,
    at       REAL NOT NULL,
    PRIMARY KEY (channel, subject)
) WITHOUT ROWID;

-- What still has to be said. A row waits (message is null), at most one for a channel and a subject, until it is bound
-- to a rendered message; it goes when that message is delivered or given up.
CREATE TABLE outbox (
    channel  TEXT NOT NULL,
    subject  TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    severity INTEGER NOT NULL,
    due      REAL NOT NULL,
    created  REAL NOT NULL,
    message  TEXT,
    PRIMARY KEY (channel, subject, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX outbox_waiting ON outbox (channel, subject) WHERE message IS NULL;
CREATE INDEX outbox_due ON outbox (channel, due) WHERE message IS NULL;
CREATE INDEX outbox_message ON outbox (channel, message);

-- A text that was frozen at its first attempt: every retry sends these bytes.
CREATE TABLE message (
    channel     TEXT NOT NULL,
    id          TEXT NOT NULL,
    body        BLOB NOT NULL,
    state       TEXT NOT NULL,                -- pending | delivered | dead
    severity    INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    shortened   INTEGER NOT NULL,
    not_before  REAL NOT NULL,
    reason      TEXT NOT NULL,
    created     REAL NOT NULL,
    finished_at REAL,
    PRIMARY KEY (channel, id)
) WITHOUT ROWID;
CREATE INDEX message_pending ON message (channel, not_before) WHERE state = 'pending';
