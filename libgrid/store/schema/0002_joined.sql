-- DOMAIN 9: what two reports of one matter are to each other; and documents (P-135). All of it a view of
-- the entries.
ALTER TABLE cases ADD COLUMN created INTEGER NOT NULL DEFAULT 0;     -- hybrid clock of the create
ALTER TABLE cases ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;       -- its state, or 8 merged: kept with what is joined to it
ALTER TABLE cases ADD COLUMN occurred_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN latitude INTEGER;                       -- degrees x 10^7; NULL: no position
ALTER TABLE cases ADD COLUMN longitude INTEGER;
ALTER TABLE cases ADD COLUMN primary_no INTEGER;                     -- the case that it was joined to; NULL: none, or it is the primary

-- The links that stand in a case, by the id of the other, which need not be here. The sets that they
-- make are kept in cases.shown and cases.primary_no.
CREATE TABLE link (
    case_no INTEGER NOT NULL,
    other   BLOB NOT NULL,
    PRIMARY KEY (case_no, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_other ON link (other);

-- Codes that a case was given beside the one it was created with.
CREATE TABLE case_code (
    code    TEXT NOT NULL,
    case_no INTEGER NOT NULL,
    PRIMARY KEY (code, case_no)
) STRICT, WITHOUT ROWID;

-- Cases in which a document is due that could not be issued yet.
CREATE TABLE unissued (
    case_no INTEGER PRIMARY KEY
) STRICT;

UPDATE cases SET shown = state;
-- Those that are here are looked at once more, some in each turn.
INSERT OR IGNORE INTO refold (case_no) SELECT no FROM cases;
