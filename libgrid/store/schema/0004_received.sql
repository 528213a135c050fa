-- When the parent had what we wrote ourselves: the moment of the receipt that first reached it, for
-- the entries of one stream from `place` to `last`. What others wrote brings its own time (P-55).
CREATE TABLE received (
    place       INTEGER PRIMARY KEY,
    last        INTEGER NOT NULL,
    received_ms INTEGER NOT NULL
) STRICT;
