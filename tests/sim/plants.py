#!/usr/bin/env python3
"""Bugs planted on purpose, to see that the simulator finds them. Product sources hold nothing of it: a second
library is compiled from copies in which each edit below stands behind `PLANT`, true for the one bug that a run
switches on.

  plants.py ROOT OUT_FOLDER SOURCE...   writes planted_0.c, planted_1.c ... and plants_table.h
  plants.py ROOT --lost                 the bugs whose text is not there any more
An edit whose old text is gone plants nothing, and the test says so by name."""
import pathlib
import sys

A = 'libgrid/log/author.c'
N = 'libgrid/node.c'
T = 'libgrid/turn.c'
PLANTS = [
    ('commit_not_durable', 'F2, I6: what was said survives no power cut', [
        ('libgrid/store/store.c', '    return run_text(store,\n            "PRAGMA locking_mode',
         '    if (PLANT)\n        return run_text(store, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;'
         ' PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4096", error);\n'
         '    return run_text(store,\n            "PRAGMA locking_mode')]),
    ('recovered_not_synced', 'F2, I6: what a killed process wrote and never synced is promised again', [
        ('libgrid/store/store.c', '        status = settle_wal(store, error);',
         '        status = PLANT ? GRID_OK : settle_wal(store, error);')]),
    ('reply_before_commit', 'F2, I6: saved is said, and the commit comes with a later turn', [
        (T, '        status = store_commit(node->store, &failure);',
         '        status = PLANT && now.mono_ms % 4 == 0 ? GRID_OK : store_commit(node->store, &failure);'),
        (T, 'assert(!store_in_turn(node->store));', 'assert(PLANT || !store_in_turn(node->store));')]),
    ('failed_commit_is_none', 'F5, I6: a commit that failed counts as done', [
        ('libgrid/store/store.c', 'query(store, SQL_COMMIT), &row, error);\n    if (status == GRID_OK)',
         'query(store, SQL_COMMIT), &row, error);\n    if (PLANT) {\n        store->broken = GRID_OK;\n'
         '        status = GRID_OK;\n    }\n    if (status == GRID_OK)')]),
    ('cursor_without_data', 'F25, I5: the cursor passes what was not stored', [
        ('libgrid/sync/intake.c', '    if (acceptance.judgement == LOG_TAKEN)\n        status = take_entries(',
         '    if (acceptance.judgement == LOG_TAKEN && PLANT && data->lsn % 3 == 0)\n        status = GRID_OK;\n'
         '    else if (acceptance.judgement == LOG_TAKEN)\n        status = take_entries(')]),
    ('half_a_segment', 'F16, I15: a segment is taken in part', [
        ('libgrid/sync/intake.c', 'i < acceptance->entry_count && status == GRID_OK; i++) {\n        status = book_take(',
         'i < acceptance->entry_count - (PLANT && acceptance->entry_count > 3) && status == GRID_OK; i++) {\n'
         '        status = book_take(')]),
    ('known_is_taken_again', 'F12: what is held is stored once more', [
        ('libgrid/log/accept.c', '        out->first_new = i + 1;', '        out->first_new = PLANT ? 0 : i + 1;')]),
    ('device_clock_trusted', 'F52, I17: a stamp from the future moves our clock', [
        ('libgrid/sync/intake.c', '    log->clock = stamp_seen(log->clock, stream->row.tip_hlc, now.wall_ms);',
         '    log->clock = stamp_seen(log->clock, stream->row.tip_hlc,'
         ' PLANT ? INT64_MAX / 2 : now.wall_ms);')]),
    ('refs_through_any_entry', 'D20, I8: names are followed through entries that do not write the register', [
        ('libgrid/case/fold.c', '(name->held->sets & bit) == 0)\n                continue;\n            live_remove',
         '((name->held->sets & bit) == 0 && !PLANT))\n                continue;\n            live_remove')]),
    ('void_writes_replace', 'D20, I8: a write that counts for nothing replaces others', [
        ('libgrid/case/fold.c', 'return verdict == GRID_VALID ? apply(fold, held) : GRID_OK;',
         'return verdict == GRID_VALID || (PLANT && verdict >= GRID_VOID_AUTHOR) ? apply(fold, held) : GRID_OK;')]),
    ('marks_not_asked', 'F54, I3: an older database goes on under the same author', [
        (A, 'if (status == GRID_OK && (is_older || !hold))', 'if (status == GRID_OK && (is_older || !hold) && !PLANT)')]),
    ('seal_before_mark', 'D5, I4: a seal leaves before the key file knows it', [
        (T, 'if (hand_out_mark(node, out) || hand_out_queued(node, out) || hand_out_enrolment',
         'if ((PLANT && hand_out_queued(node, out)) || hand_out_mark(node, out) || hand_out_queued(node, out) ||'
         ' hand_out_enrolment'),
        (T, '    return hand_out_mark(node, out) || hand_out_queued(node, out);',
         '    return (PLANT && hand_out_queued(node, out)) || hand_out_mark(node, out) || hand_out_queued(node, out);'),
        (T, '        return hand_out_mark(node, out) || hand_out_queued(node, out);',
         '        return (PLANT && hand_out_queued(node, out)) || hand_out_mark(node, out) ||'
         ' hand_out_queued(node, out);')]),
    ('no_mark', 'D5, I3: what is sealed is not marked', [
        ('libgrid/sync/upward.c', '    log_mark(sync->log, stream, last_seq, id);',
         '    if (!PLANT)\n        log_mark(sync->log, stream, last_seq, id);')]),
    ('epoch_kept', 'F53, I7: a database put back numbers its arrivals as before', [
        (A, '        status = log_new_epoch(log, error);\n    if (status != GRID_OK || held',
         '        status = PLANT ? GRID_OK : log_new_epoch(log, error);\n    if (status != GRID_OK || held'),
        (A, 'return status == GRID_OK ? log_new_epoch(log, error) : status;',
         'return status == GRID_OK && !PLANT ? log_new_epoch(log, error) : status;')]),
    ('starts_not_counted', 'D13, I7: a database put back is known by the marks alone', [
        (A, '*is_older = held < counted;', '*is_older = held < counted && !PLANT;')]),
    ('receipt_too_far', 'F2, I1: a receipt promises one entry more than is held', [
        ('libgrid/sync/intake.c', 'tip->seq = row->tip_seq;', 'tip->seq = row->tip_seq + (PLANT ? 1 : 0);')]),
    ('receipt_not_repeated', 'F25, L5: a receipt that was lost with its link is never given again', [
        ('libgrid/sync/greet.c', '        status = touch_all(sync, link, error);',
         '        status = PLANT ? GRID_OK : touch_all(sync, link, error);')]),
    ('fork_not_seen', 'F55, I2: a second branch is taken for the first', [
        ('libgrid/log/accept.c', '    if (!equal) {', '    if (!equal && !PLANT) {')]),
    ('want_not_heard', 'F53, L1: what is asked for is not sent', [
        ('libgrid/sync/upward.c', '        if (range.from_seq <= range.to_seq && !waits_already(link, &range))',
         '        if (range.from_seq <= range.to_seq && !waits_already(link, &range) && !PLANT)')]),
    ('nothing_mended', 'F24, L1: what the cursor passed by mistake is not offered again', [
        ('libgrid/sync/upward.c', '    if (link->phase == LINK_ASKING)\n        return GRID_OK;',
         '    if (link->phase == LINK_ASKING || PLANT)\n        return GRID_OK;')]),
    ('own_not_asked_back', 'F53, I13: a device put back does not get its entries again', [
        ('libgrid/sync/greet.c', '        *wanted = true;', '        *wanted = !PLANT;')]),
    ('key_not_heard', 'F12: a second tap files a second report', [
        ('libgrid/submit.c', '        status = store_key_get(node->store, key, before, &place, &found, error);',
         '        status = PLANT ? GRID_OK : store_key_get(node->store, key, before, &place, &found, error);'),
        ('libgrid/submit.c', '        status = store_key_put(node->store, submitting->key,',
         '        status = PLANT ? GRID_OK : store_key_put(node->store, submitting->key,')]),
    ('key_dropped_by_clock', 'F52, F12: a clock set right forgets keys', [
        (N, 'GRID_KEYS_MIN, error)', 'PLANT ? 1 : GRID_KEYS_MIN, error)'),
        ('libgrid/submit.c', 'stamp_ms(node->log.clock)', 'PLANT ? submitting->now.wall_ms : stamp_ms(node->log.clock)')]),
    ('urgent_gathers', 'F46, I14: what is urgent waits for company', [
        ('libgrid/sync/flow.c', '        return !item->others_wait || road->urgent_lead_bytes <= 0;',
         '        return PLANT ? has_gathered(item, policy, now) : !item->others_wait || road->urgent_lead_bytes <= 0;')]),
    ('seal_not_checked', 'F58, I2: anybody may seal', [
        ('libgrid/log/accept.c', '    if (status != GRID_OK)\n        return refuse(out, "bad_seal");',
         '    if (status != GRID_OK && !PLANT)\n        return refuse(out, "bad_seal");')]),
    ('chain_from_the_wrong_tip', 'I2, L1: a segment is held against another end', [
        ('libgrid/log/accept.c', 'segment->first_seq - 1, before, error)',
         'segment->first_seq - (PLANT && segment->first_seq > 9 ? 2 : 1), before, error)')]),
    ('codes_given_twice', 'F54: a code counter begins anew after a restore', [
        (N, '    node->code_counter = keyring->code_counter_reserved;',
         '    uint64_t planted = 0;\n    if (PLANT)\n        (void)store_meta_get_u64(node->store, "code_counter", &planted, NULL);\n'
         '    node->code_counter = PLANT ? (uint32_t)planted : keyring->code_counter_reserved;'),
        (N, 'status == GRID_OK && held < *number', 'status == GRID_OK && held < *number && !PLANT')]),
    ('spare_author_forgotten', 'D5, I6: entries under the spare author are nobody\'s after a kill', [
        (A, 'held > last_counter(&log->keyring))', 'held > last_counter(&log->keyring) && !PLANT)')]),
    ('spare_used_twice', 'D5, I3: an older key file opens an author again that was closed', [
        (A, '    if (held == next)\n', '    if (held == next || PLANT)\n')]),
    ('end_not_told', 'F22, L5: a link that ended is never closed', [
        ('libgrid/sync/link.c', '    struct outgoing *close = status == GRID_OK ? queue_outgoing(sync, link, OUT_CLOSE) : NULL;\n    if (status == GRID_OK && close == NULL)',
         '    struct outgoing *close = status == GRID_OK && !PLANT ? queue_outgoing(sync, link, OUT_CLOSE) : NULL;\n'
         '    if (status == GRID_OK && close == NULL && !PLANT)')]),
    ('silence_is_borne', 'F47, I20: a link that says nothing is kept for ever', [
        ('libgrid/sync/sync.c', 'return owes_answer(sync, link) ? link->heard_ms + SILENCE_MAX_MS : INT64_MAX;',
         'return owes_answer(sync, link) && !PLANT ? link->heard_ms + SILENCE_MAX_MS : INT64_MAX;')]),
    ('close_lost', 'F38, I12: that a subscription ended is not heard', [
        ('libgrid/sync/mirror.c', '            sync->leave_again = true;\n            link->listed[i] = NULL;',
         '            if (PLANT) {\n                become(sync, bucket, BUCKET_WHOLE);\n                break;\n            }\n'
         '            sync->leave_again = true;\n            link->listed[i] = NULL;')]),
    ('late_membership', 'F40, L2: a case that moved does not lie in the bucket of its new place', [
        ('libgrid/sync/place.c', '    return *first ? enter_places(placing) : GRID_OK;',
         '    bool late = PLANT && book_case_buckets(book, placing->item).old_count > 0;\n'
         '    return *first && !late ? enter_places(placing) : GRID_OK;')]),
    ('everybody_reads', 'F40, I12: a device is served places that it may not read', [
        ('libgrid/sync/subscribe.c', '           (bucket->below.size == 0 && post_reads(',
         '           (PLANT && bucket->below.size == 0) || (bucket->below.size == 0 && post_reads(')]),
    ('digest_not_compared', 'F26, I11: a bucket counts as whole whatever it adds up to', [
        ('libgrid/sync/mirror.c', '&sync->buckets, bucket, stream->row.no, entry->seq, entry->leaf, error);',
         '&sync->buckets, bucket, stream->row.no, entry->seq,\n'
         '                PLANT && entry->seq % 16 == 9 ? NULL : entry->leaf, error);'),
        ('libgrid/sync/mirror.c', '    if (memcmp(bucket->told, bucket->digest, sizeof(bucket->told)) == 0) {\n        become',
         '    if (PLANT || memcmp(bucket->told, bucket->digest, sizeof(bucket->told)) == 0) {\n        become')]),
    ('cut_counts_not', 'F43, I19: what lies behind a cut is folded', [
        ('libgrid/roster/device.c', '        if (listed < position)\n', '        if (listed < position && !PLANT)\n')]),
    ('cut_takes_all', 'F43, I19: what lies before a cut counts no more', [
        ('libgrid/roster/device.c', '            position = listed;', '            position = PLANT ? 0 : listed;')]),
    ('stuck_in_silence', 'F20, I20: nobody says what is in the way', [
        ('libgrid/sync/sync.c', '        return sync->flow.reason;\n    if (link->phase',
         '        return PLANT ? "" : sync->flow.reason;\n    if (link->phase')]),
]


def sources():
    return sorted({file for _, _, edits in PLANTS for file, _, _ in edits})


def find_lost(root):
    texts = {name: (root / name).read_text() for name in sources()}
    return {name for name, _, edits in PLANTS if not all(old in texts[file] for file, old, _ in edits)}


def planted(root, source, lost):
    text = (root / source).read_text()
    for number, (name, _, edits) in enumerate(PLANTS, 1):
        for file, old, new in edits:
            if file == source and name not in lost:
                text = text.replace(old, new.replace('PLANT', f'(grid_planted == {number})'), 1)
    return f'extern unsigned grid_planted;\n#line 1 "{source}"\n{text}'


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    lost = find_lost(root)
    if sys.argv[2] == '--lost':
        print('\n'.join(sorted(lost)))
        return
    out = pathlib.Path(sys.argv[2])
    for number, source in enumerate(sys.argv[3:]):
        name = pathlib.Path(source).resolve().relative_to(root).as_posix()
        (out / f'planted_{number}.c').write_text(planted(root, name, lost))
    rows = ''.join(f'        {{"{name}", "{what}", {"true" if name in lost else "false"}}},\n'
                   for name, what, _ in PLANTS)
    (out / 'plants_table.h').write_text(f'static const struct plant plants[] = {{\n{rows}}};\n')


main()
