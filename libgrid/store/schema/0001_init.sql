-- One node's store. A place is stream << 40 | seq: the one name of an entry inside this database.
-- Text of reports is in entry.body alone; everything in `cases` can be made again from the entries.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- P-41: who stands behind an author, from its INCARNATE.
CREATE TABLE author (
    author   BLOB PRIMARY KEY,
    key      BLOB NOT NULL,
    identity BLOB NOT NULL,
    counter  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers for streams. Where the unbroken part 1 … tip of each ends is told by its entries.
CREATE TABLE stream (
    no       INTEGER PRIMARY KEY,
    author   BLOB NOT NULL,
    lane     INTEGER NOT NULL,
    UNIQUE (author, lane)
) STRICT;

CREATE TABLE entry (
    place       INTEGER PRIMARY KEY,
    kind        INTEGER NOT NULL,
    case_no     INTEGER,           -- NULL in creates: cases.create_place leads there
    verdict     INTEGER NOT NULL,  -- P-113; of entries of no case: 1
    received_ms INTEGER NOT NULL,  -- at the first centre; 0 unknown
    id          BLOB,              -- of the chain up to here; NULL: came singly, beyond the tip
    header      BLOB NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX entry_case ON entry (case_no) WHERE case_no IS NOT NULL;
CREATE INDEX entry_merge ON entry (case_no) WHERE kind = 61; -- these rest on the create of another case

-- The seals of foreign streams, at the end of each segment.
CREATE TABLE seal (
    place INTEGER PRIMARY KEY,
    seal  BLOB NOT NULL
) STRICT;

-- D13: what arrived in which order, in runs of one stream: where each begins. It goes on to where the
-- next one begins, the last one of a lane to the tip of its stream.
CREATE TABLE arrival (
    lane   INTEGER NOT NULL,
    lsn    INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (lane, lsn)
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    no           INTEGER PRIMARY KEY,
    case_id      BLOB NOT NULL,   -- found through memory: an index of hashes would scatter
    create_place INTEGER,
    code         TEXT,
    reporter     BLOB,
    state        INTEGER NOT NULL,
    urgency      INTEGER NOT NULL,
    category     INTEGER NOT NULL,
    unit         TEXT NOT NULL,
    tags         TEXT NOT NULL,   -- |mining|group|
    conflicts    INTEGER NOT NULL,
    pending      INTEGER NOT NULL, -- entries that wait
    digest       BLOB NOT NULL,
    buckets      BLOB              -- numbers of those that it lies in, four bytes each
) STRICT;
CREATE INDEX cases_code ON cases (code);
CREATE INDEX cases_conflict ON cases (no) WHERE conflicts > 0;
CREATE INDEX cases_pending ON cases (no) WHERE pending > 0;

-- D16: cases whose entries are to be judged anew because a CUT came.
CREATE TABLE refold (
    case_no INTEGER PRIMARY KEY
) STRICT;

-- D9: the newest receipt of each tier for each stream, with what proves it.
CREATE TABLE receipt (
    stream    INTEGER NOT NULL,
    tier      INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    body      BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (stream, tier)
) STRICT, WITHOUT ROWID;

-- D13: how far the arrival log of a peer is held here.
CREATE TABLE cursor (
    identity BLOB NOT NULL,
    lane     INTEGER NOT NULL,
    epoch    BLOB NOT NULL,
    lsn      INTEGER NOT NULL,
    leaf     BLOB NOT NULL,
    PRIMARY KEY (identity, lane)
) STRICT, WITHOUT ROWID;

-- Streams that do not go on: refused here (side 0), or refused by the parent (side 1).
CREATE TABLE stopped (
    side     INTEGER NOT NULL,
    author   BLOB NOT NULL,
    lane     INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (side, author, lane)
) STRICT, WITHOUT ROWID;

-- D15: the second branch of a stream, sealed by its author: kept, not folded.
CREATE TABLE evidence (
    author      BLOB NOT NULL,
    lane        INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL,
    count       INTEGER NOT NULL,
    seal        BLOB NOT NULL,
    entries     BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (author, lane, first_seq, seal)
) STRICT, WITHOUT ROWID;

-- D14: buckets, at a centre those that it fills (side 0), at a child those that its parent fills
-- (side 1). digest is the sum of the leaves of all entries up to position.
CREATE TABLE bucket (
    no       INTEGER PRIMARY KEY,
    side     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    epoch    BLOB NOT NULL,     -- of the log of the centre that fills it
    position INTEGER NOT NULL,
    digest   BLOB NOT NULL,
    state    INTEGER NOT NULL,  -- 0 filling, 1 whole, 2 leaving, 3 gone
    restarts INTEGER NOT NULL,  -- how often it was begun anew
    repairs  INTEGER NOT NULL,  -- how often what was held did not add up
    UNIQUE (side, name)
) STRICT;

-- The ordered content of each bucket in runs of one stream; position is that of a run's first entry.
CREATE TABLE bucket_run (
    bucket   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    seqs     BLOB NOT NULL,     -- skip, take, skip, take… from sequence 1 on, as LEB128
    PRIMARY KEY (bucket, position)
) STRICT, WITHOUT ROWID;

-- D24: the secret itself is never kept.
CREATE TABLE invitation (
    secret_hash BLOB PRIMARY KEY,
    slot        INTEGER UNIQUE,   -- NULL: it is for a centre
    person      BLOB NOT NULL,
    expires_ms  INTEGER NOT NULL,
    identity    BLOB,
    unit        TEXT NOT NULL,    -- of the centre that is invited; empty: a device
    name        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Idempotency keys of reports, remembered for 30 days.
CREATE TABLE idempotency (
    key         TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    place       INTEGER NOT NULL,
    made_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Children as the centre sees them.
CREATE TABLE child (
    identity     BLOB PRIMARY KEY,
    last_seen_ms INTEGER NOT NULL,
    clock_offset_ms INTEGER NOT NULL,
    lsn_known    INTEGER NOT NULL -- where its arrival logs end, both lanes together
) STRICT, WITHOUT ROWID;
