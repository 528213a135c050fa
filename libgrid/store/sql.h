/* Every SQL statement of the program, by name. Prepared once, reset after use. */
#ifndef GRID_STORE_SQL_H
#define GRID_STORE_SQL_H

/* clang-format off */
#define STORE_SQL_MAP(X) \
    X(BEGIN, "BEGIN IMMEDIATE") \
    X(COMMIT, "COMMIT") \
    /* --- meta --- */ \
    X(META_GET, "SELECT value FROM meta WHERE name = ?1") \
    X(META_PUT, "INSERT INTO meta (name, value) VALUES (?1, ?2)" \
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value") \
    /* --- log --- */ \
    X(AUTHOR_EACH, "SELECT author, key, identity, counter FROM author") \
    X(AUTHOR_PUT, "INSERT OR IGNORE INTO author (author, key, identity, counter)" \
        " VALUES (?1, ?2, ?3, ?4)") \
    X(AUTHOR_GET, "SELECT key, identity FROM author WHERE author = ?1") \
    X(STREAM_EACH, "SELECT no, author, lane, place, id, header FROM stream LEFT JOIN entry" \
        " ON place = (SELECT place FROM entry WHERE place BETWEEN no << 40 AND (no + 1 << 40) - 1" \
        " AND id IS NOT NULL ORDER BY place DESC LIMIT 1) ORDER BY no") \
    X(STREAM_PUT, "INSERT INTO stream (no, author, lane) VALUES (?1, ?2, ?3)") \
    X(ENTRY_PUT, "INSERT INTO entry (place, kind, case_no, verdict, received_ms, id, header, body)" \
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)") \
    X(ENTRY_GET, "SELECT kind, case_no, verdict, received_ms, id, header, body FROM entry" \
        " WHERE place = ?1") \
    X(ENTRY_ID, "SELECT id FROM entry WHERE place = ?1") \
    X(ENTRY_RUN, "SELECT place, kind, case_no, verdict, received_ms, id, header, body FROM entry" \
        " WHERE place BETWEEN ?1 AND ?2 ORDER BY place") \
    X(ENTRY_VERDICT, "UPDATE entry SET verdict = ?2 WHERE place = ?1 AND verdict <> ?2") \
    X(ENTRY_REPLACE, "UPDATE entry SET kind = ?2, header = ?3, body = ?4 WHERE place = ?1") \
    X(ENTRY_DROP, "DELETE FROM entry WHERE place = ?1") \
    X(ENTRY_COUNT, "SELECT count(*) FROM entry") \
    X(ENTRY_OF_CASE, "SELECT place, kind, case_no, verdict, received_ms, id, header, body" \
        " FROM entry WHERE case_no = ?1") \
    X(ENTRY_LAST, "SELECT max(place) FROM entry WHERE place BETWEEN ?1 AND ?2") \
    X(SEAL_PUT, "INSERT OR IGNORE INTO seal (place, seal) VALUES (?1, ?2)") \
    X(SEAL_LAST, "SELECT place, seal FROM seal WHERE place BETWEEN ?1 AND ?2" \
        " ORDER BY place DESC LIMIT 1") \
    X(SEAL_FIRST, "SELECT place, seal FROM seal WHERE place BETWEEN ?1 AND ?2" \
        " ORDER BY place LIMIT 1") \
    X(SEAL_DROP, "DELETE FROM seal WHERE place BETWEEN ?1 AND ?2") \
    X(ARRIVAL_CLEAR, "DELETE FROM arrival WHERE lane = ?1") \
    X(ARRIVAL_LAST, "SELECT lsn, stream, seq FROM arrival WHERE lane = ?1 AND lsn <= ?2" \
        " ORDER BY lsn DESC LIMIT 1") \
    X(ARRIVAL_NEXT, "SELECT lsn, stream, seq FROM arrival WHERE lane = ?1 AND lsn > ?2" \
        " AND (?3 = 0 OR stream = ?3) ORDER BY lsn LIMIT 1") \
    X(ARRIVAL_PUT, "INSERT INTO arrival (lane, lsn, stream, seq) VALUES (?1, ?2, ?3, ?4)") \
    /* --- cases --- */ \
    X(CASE_IDS, "SELECT no, case_id FROM cases") \
    X(CASE_BY_NO, "SELECT case_id, create_place, digest FROM cases WHERE no = ?1") \
    X(CASE_BY_CODE, "SELECT no FROM cases WHERE code = ?1" \
        " UNION SELECT case_no FROM case_code WHERE code = ?1 ORDER BY 1") \
    X(CASE_CODE_PUT, "INSERT OR IGNORE INTO case_code (code, case_no) VALUES (?1, ?2)") \
    X(CASE_CODE_DROP, "DELETE FROM case_code WHERE case_no = ?1") \
    X(CASE_PUT, "INSERT INTO cases (no, case_id, create_place, code, reporter, state, urgency," \
        " category, unit, tags, conflicts, pending, digest, buckets, longitude, accept_ms," \
        " act_ms, finish_ms, red_ms, check_ms, last_ms, flags, created, shown, primary_no," \
        " occurred_ms, latitude, reply_ms)" \
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18," \
        " ?19, ?20, ?21, ?22, ?23, ?24, nullif(?25, 0), ?26," \
        " ?27, ?28)" \
        " ON CONFLICT (no) DO UPDATE SET create_place = excluded.create_place," \
        " code = excluded.code, reporter = excluded.reporter, state = excluded.state," \
        " created = excluded.created, shown = excluded.shown," \
        " primary_no = excluded.primary_no, occurred_ms = excluded.occurred_ms," \
        " latitude = excluded.latitude, longitude = excluded.longitude, urgency = excluded.urgency," \
        " category = excluded.category, unit = excluded.unit," \
        " tags = excluded.tags, conflicts = excluded.conflicts, pending = excluded.pending," \
        " digest = excluded.digest, buckets = excluded.buckets," \
        " accept_ms = excluded.accept_ms," \
        " act_ms = excluded.act_ms, finish_ms = excluded.finish_ms, red_ms = excluded.red_ms," \
        " check_ms = excluded.check_ms, last_ms = excluded.last_ms, flags = excluded.flags," \
        " reply_ms = excluded.reply_ms") \
    X(CASE_DROP, "DELETE FROM cases WHERE no = ?1") \
    X(CASE_MEMBER, "SELECT case_id, created, state, shown, primary_no FROM cases WHERE no = ?1") \
    X(CASE_PLACES, "SELECT no, category, unit, occurred_ms, latitude, longitude, primary_no" \
        " FROM cases WHERE shown BETWEEN 1 AND 6") \
    X(CASE_JOIN, "UPDATE cases SET shown = ?2, primary_no = nullif(?3, 0) WHERE no = ?1") \
    X(LINK_PUT, "INSERT OR IGNORE INTO link (case_no, other) VALUES (?1, ?2)") \
    X(LINK_DROP, "DELETE FROM link WHERE case_no = ?1 AND other = ?2") \
    X(LINK_OF_CASE, "SELECT other FROM link WHERE case_no = ?1") \
    X(LINK_TO_CASE, "SELECT case_no FROM link WHERE other = ?1") \
    X(LINK_ANY, "SELECT EXISTS (SELECT 1 FROM link)") \
    X(CASE_BUCKETS, "SELECT buckets FROM cases WHERE no = ?1") \
    X(CASE_LAST, "SELECT max(no) FROM cases") \
    X(CASE_COUNT, "SELECT count(*) FROM cases") \
    X(CASE_EACH, "SELECT no, digest FROM cases ORDER BY no") \
    X(CASE_STATES, "SELECT no, digest, unit FROM cases WHERE no > ?1 ORDER BY no LIMIT ?2") \
    X(CASE_LIST, "SELECT no FROM cases WHERE no < ?1 AND no > ?9 AND (?2 = 0 OR shown = ?2)" \
        " AND (?3 IS NULL OR substr(unit, 1, length(?3)) = ?3) AND category BETWEEN ?4 AND ?8" \
        " AND (?5 IS NULL OR instr(tags, ?5) > 0) AND (?6 IS NULL OR reporter = ?6)" \
        " ORDER BY no DESC LIMIT ?7") \
    X(CASE_WATCH, "SELECT no, shown, urgency, category, unit, created, accept_ms, act_ms," \
        " finish_ms, red_ms, check_ms, last_ms, flags, reply_ms FROM cases" \
        " WHERE ?1 IS NULL OR substr(unit, 1, length(?1)) = ?1 ORDER BY no") \
    X(CASE_CONFLICTS, "SELECT no FROM cases WHERE conflicts > 0 ORDER BY no") \
    X(CASE_CONFLICT_COUNT, "SELECT count(*), coalesce(sum(conflicts), 0) FROM cases" \
        " WHERE conflicts > 0") \
    X(CASE_PENDING, "SELECT no FROM cases WHERE pending > 0 ORDER BY no") \
    X(REFOLD_PUT, "INSERT OR IGNORE INTO refold (case_no) VALUES (?1)") \
    X(REFOLD_PUT_MERGES, "INSERT OR IGNORE INTO refold (case_no) SELECT DISTINCT case_no FROM entry" \
        " WHERE kind = 61 AND case_no IS NOT NULL") \
    X(REFOLD_PUT_ALL, "INSERT OR IGNORE INTO refold (case_no) SELECT no FROM cases") \
    X(REFOLD_HAS, "SELECT count(*) FROM refold WHERE case_no = ?1") \
    X(REFOLD_COUNT, "SELECT count(*) FROM refold") \
    X(REFOLD_LIST, "SELECT case_no FROM refold ORDER BY case_no LIMIT ?1") \
    X(UNISSUED_PUT, "INSERT OR IGNORE INTO unissued (case_no) VALUES (?1)") \
    X(UNISSUED_LIST, "SELECT case_no FROM unissued ORDER BY case_no") \
    X(UNISSUED_DROP, "DELETE FROM unissued WHERE case_no = ?1") \
    X(REFOLD_DROP, "DELETE FROM refold WHERE case_no = ?1") \
    /* --- sync --- */ \
    X(RECEIPT_PUT, "INSERT INTO receipt (stream, tier, seq, body, signature)" \
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (stream, tier) DO UPDATE SET" \
        " seq = excluded.seq, body = excluded.body, signature = excluded.signature") \
    X(RECEIPT_GET, "SELECT body, signature FROM receipt WHERE stream = ?1 AND tier = ?2") \
    X(RECEIPT_EACH, "SELECT stream, tier, seq, body, signature FROM receipt") \
    X(RECEIPT_DROP, "DELETE FROM receipt WHERE stream = ?1 AND seq >= ?2") \
    X(RECEIVED_PUT, "INSERT INTO received (place, last, received_ms) VALUES (?1, ?2, ?3)" \
        " ON CONFLICT (place) DO NOTHING") \
    X(RECEIVED_AT, "SELECT last, received_ms FROM received WHERE place <= ?1" \
        " ORDER BY place DESC LIMIT 1") \
    X(CURSOR_GET, "SELECT epoch, lsn, leaf FROM cursor WHERE identity = ?1 AND lane = ?2") \
    X(CURSOR_PUT, "INSERT INTO cursor (identity, lane, epoch, lsn, leaf)" \
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (identity, lane) DO UPDATE SET" \
        " epoch = excluded.epoch, lsn = excluded.lsn, leaf = excluded.leaf") \
    X(STOPPED_PUT, "INSERT INTO stopped (side, author, lane, from_seq, reason, detail, since_ms)" \
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (side, author, lane) DO UPDATE SET" \
        " from_seq = excluded.from_seq, reason = excluded.reason, detail = excluded.detail") \
    X(STOPPED_GET, "SELECT from_seq, reason, detail, since_ms FROM stopped" \
        " WHERE side = ?1 AND author = ?2 AND lane = ?3") \
    X(STOPPED_EACH, "SELECT author, lane, from_seq, reason, detail FROM stopped WHERE side = ?1") \
    X(STOPPED_DROP, "DELETE FROM stopped WHERE side = ?1 AND author = ?2 AND lane = ?3") \
    X(STOPPED_COUNT, "SELECT count(*) FROM stopped WHERE side = ?1") \
    X(EVIDENCE_PUT, "INSERT OR IGNORE INTO evidence (author, lane, first_seq, count, seal, entries," \
        " received_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
    X(EVIDENCE_EACH, "SELECT author, lane, first_seq, count, seal, entries FROM evidence" \
        " ORDER BY author, lane, first_seq") \
    X(EVIDENCE_DROP, "DELETE FROM evidence WHERE author = ?1 AND lane = ?2 AND first_seq = ?3" \
        " AND seal = ?4") \
    X(EVIDENCE_OF_STREAM, "SELECT count(*) FROM evidence WHERE author = ?1 AND lane = ?2") \
    X(EVIDENCE_COUNT, "SELECT count(*) FROM evidence") \
    X(BUCKET_ALL, "SELECT no, side, name, epoch, position, digest, state, restarts, repairs" \
        " FROM bucket ORDER BY no") \
    X(BUCKET_PUT, "INSERT INTO bucket (no, side, name, epoch, position, digest, state, restarts," \
        " repairs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (no) DO UPDATE SET" \
        " epoch = excluded.epoch, position = excluded.position, digest = excluded.digest," \
        " state = excluded.state, restarts = excluded.restarts, repairs = excluded.repairs") \
    X(BUCKET_RUN_PUT, "INSERT INTO bucket_run (bucket, position, stream, count, seqs)" \
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (bucket, position) DO UPDATE SET" \
        " count = excluded.count, seqs = excluded.seqs") \
    X(BUCKET_RUN_AT, "SELECT position, stream, count, seqs FROM bucket_run WHERE bucket = ?1" \
        " AND position <= ?2 ORDER BY position DESC LIMIT 1") \
    X(BUCKET_RUN_EACH, "SELECT position, stream, count, seqs FROM bucket_run WHERE bucket = ?1" \
        " ORDER BY position") \
    X(BUCKET_CLEAR, "DELETE FROM bucket_run WHERE bucket = ?1") \
    X(INVITATION_PUT, "INSERT INTO invitation (secret_hash, slot, person, expires_ms, identity," \
        " unit, name) VALUES (?1, nullif(?2, 0), ?3, ?4, NULL, ?5, ?6)") \
    X(INVITATION_GET, "SELECT slot, person, expires_ms, identity, unit, name FROM invitation" \
        " WHERE secret_hash = ?1") \
    X(INVITATION_BIND, "UPDATE invitation SET identity = ?2 WHERE secret_hash = ?1") \
    X(INVITATION_SLOT, "SELECT max(slot) FROM invitation") \
    X(KEY_GET, "SELECT fingerprint, place FROM idempotency WHERE key = ?1") \
    X(KEY_PUT, "INSERT INTO idempotency (key, fingerprint, place, made_ms) VALUES (?1, ?2, ?3, ?4)") \
    X(KEY_DROP_PLACES, "DELETE FROM idempotency WHERE place BETWEEN ?1 AND ?2") \
    X(KEY_DROP_OLD, "DELETE FROM idempotency WHERE made_ms < ?1 AND made_ms <=" \
        " (SELECT made_ms FROM idempotency ORDER BY made_ms DESC LIMIT 1 OFFSET ?2)") \
    X(CHILD_PUT, "INSERT INTO child (identity, last_seen_ms, clock_offset_ms, lsn_known)" \
        " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (identity) DO UPDATE SET" \
        " last_seen_ms = excluded.last_seen_ms, clock_offset_ms = excluded.clock_offset_ms," \
        " lsn_known = excluded.lsn_known") \
    X(CHILD_GET, "SELECT last_seen_ms, clock_offset_ms, lsn_known FROM child" \
        " WHERE identity = ?1")
/* clang-format on */

enum store_sql {
#define X(name, text) SQL_##name,
    STORE_SQL_MAP(X)
#undef X
            SQL_COUNT
};

#endif
