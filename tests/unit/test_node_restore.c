/* Older copies put back, and nodes that were refilled (F53–F54; I2, I3, I6, I7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a node knows of its logs beyond their entries. */
struct standing {
    size_t stream_count;
    struct store_stream streams[16];
    uint64_t tails[GRID_LANE_COUNT];
    uint64_t clock;
    uint8_t digest[GRID_HASH_BYTES];
};

static void stand(struct pair_home *home, struct standing *out)
{
    const struct log *log = &home->node->log;
    memset(out, 0, sizeof(*out));
    out->stream_count = log->stream_count;
    out->clock = log->clock;
    assert_true(log->stream_count <= 16);
    for (size_t i = 0; i < log->stream_count; i++)
        out->streams[i] = log->streams[i]->row;
    for (uint8_t lane = 0; lane < GRID_LANE_COUNT; lane++)
        out->tails[lane] = log->tails[lane].lsn;
    assert_int_equal(book_digest(&home->node->book, out->digest, NULL), GRID_OK);
}

static void assert_stands(struct pair_home *home, const struct standing *before)
{
    struct standing now;
    uint64_t entries = 0;
    stand(home, &now);
    assert_int_equal(now.stream_count, before->stream_count);
    for (size_t i = 0; i < now.stream_count; i++) {
        assert_int_equal(now.streams[i].tip_seq, before->streams[i].tip_seq);
        entries += now.streams[i].tip_seq;
        assert_memory_equal(now.streams[i].tip_id, before->streams[i].tip_id, GRID_HASH_BYTES);
    }
    assert_memory_equal(now.tails, before->tails, sizeof(now.tails));
    assert_memory_equal(now.digest, before->digest, sizeof(now.digest));
    assert_true(now.clock >= before->clock);
    assert_int_equal(pair_check(home), entries);
}

/* Tips, arrival logs and the digest are not written with each entry: whoever dies anywhere knows
 * them again. */
static void a_node_opened_again_stands_where_it_died(void **state)
{
    (void)state;
    struct town town;
    struct standing before;
    char title[64];
    town_open(&town, 41);
    for (unsigned i = 0; i < 24; i++) {
        struct pair_home *home = i % 5 == 4 ? town.centre : town.worker;
        snprintf(title, sizeof(title), "倒下之前第%u件", i);
        pair_act(home, "report",
                FIELDS("title", title, "unit", STAGE_MICRO, "urgency", i % 3 == 0 ? "U1" : "U3"),
                NULL);
        if (i % 7 == 6)
            pair_sync(town.worker);
        stand(home, &before);
        pair_kill(home);
        pair_start(home);
        assert_stands(home, &before);
    }
    pair_sync(town.worker);
    stand(town.centre, &before);
    pair_kill(town.centre);
    pair_start(town.centre);
    assert_stands(town.centre, &before);
    pair_sync(town.worker);
    assert_int_equal(pair_queue(town.worker, "queued"), 0);
    assert_int_equal(pair_case_count(town.centre), 24);
    pair_close(&town.pair);
}

/* F54, F55 */
static void an_older_database_numbers_nothing_twice(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 54);
    file_reports(&town, town.worker, "先前", 5);
    pair_sync(town.worker);
    pair_stop(town.worker);
    pair_save(town.worker, "older");
    pair_start(town.worker);
    file_reports(&town, town.worker, "其后", 7);
    pair_sync(town.worker);
    file_reports(&town, town.worker, "未送", 0);
    pair_kill(town.worker);
    const uint8_t *seed = town.worker->keyring.authors[0].seed;
    uint64_t sealed = town.worker->keyring.authors[0].sealed[GRID_LANE_WORK].seq;
    uint64_t entries = pair_status_uint(town.centre, "entries");
    assert_non_null(seed);

    pair_restore(town.worker, "older", false);
    town.worker->unreachable = true;
    pair_start(town.worker);
    /* the author was closed before anything was written */
    assert_int_equal(town.worker->keyring.author_count, 2);
    file_reports(&town, town.worker, "恢复", 4);
    assert_int_equal(town.worker->keyring.authors[0].sealed[GRID_LANE_WORK].seq, sealed);
    assert_int_equal(pair_case_count(town.worker), 9);
    pair_meet(town.worker);

    assert_int_equal(pair_case_count(town.worker), 16);
    assert_each_once(town.centre, "先前", 5);
    assert_each_once(town.centre, "其后", 7);
    assert_each_once(town.centre, "恢复", 4);
    assert_each_once(town.worker, "其后", 7);
    assert_in_step(town.worker, town.centre);
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 5); /* and INCARNATE */
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 0);
    assert_int_equal(pair_status_uint(town.worker, "quarantine"), 0);
    /* and again, twice over */
    for (unsigned i = 0; i < 2; i++) {
        pair_kill(town.worker);
        pair_restore(town.worker, "older", false);
        pair_start(town.worker);
        file_reports(&town, town.worker, i == 0 ? "又一次" : "再一次", 2);
        pair_meet(town.worker);
        assert_in_step(town.worker, town.centre);
    }
    assert_int_equal(pair_case_count(town.worker), 20);
    pair_close(&town.pair);
}

/* I7, D13: an arrival number of one epoch names one entry for good. The second time the author that
 * was opened the first time has written nothing, so no mark tells. */
static void the_same_older_database_twice_begins_an_epoch_twice(void **state)
{
    (void)state;
    struct town town;
    uint8_t epochs[3][GRID_EPOCH_BYTES];
    town_open(&town, 77);
    file_reports(&town, town.worker, "先前", 3);
    pair_sync(town.worker);
    pair_stop(town.worker);
    pair_save(town.worker, "older");
    pair_start(town.worker);
    memcpy(epochs[0], town.worker->node->log.epoch, sizeof(epochs[0]));
    file_reports(&town, town.worker, "其后", 3);
    pair_sync(town.worker);
    town.worker->unreachable = true;
    for (unsigned i = 1; i < 3; i++) {
        pair_kill(town.worker);
        pair_restore(town.worker, "older", false);
        pair_start(town.worker);
        memcpy(epochs[i], town.worker->node->log.epoch, sizeof(epochs[i]));
        for (unsigned j = 0; j < i; j++)
            assert_memory_not_equal(epochs[i], epochs[j], sizeof(epochs[i]));
    }
    /* and not without need */
    pair_stop(town.worker);
    pair_start(town.worker);
    assert_memory_equal(town.worker->node->log.epoch, epochs[2], sizeof(epochs[2]));
    file_reports(&town, town.worker, "恢复", 2);
    pair_meet(town.worker);
    assert_each_once(town.centre, "其后", 3);
    assert_each_once(town.centre, "恢复", 2);
    assert_in_step(town.worker, town.centre);
    pair_close(&town.pair);
}

/* I7, D13: nothing was sealed since the copy was made, so every mark holds; what came from others
 * since then had numbers of the old epoch all the same. */
static void an_older_database_that_sealed_nothing_begins_an_epoch(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 79);
    struct pair_home *homes[] = {town.worker, town.centre};
    file_reports(&town, town.worker, "先前", 3);
    pair_sync(town.worker);
    for (size_t i = 0; i < 2; i++) {
        uint8_t before[GRID_EPOCH_BYTES];
        pair_stop(homes[i]);
        pair_save(homes[i], "older");
        pair_start(homes[i]);
        memcpy(before, homes[i]->node->log.epoch, sizeof(before));
        pair_sync(town.worker);
        pair_kill(homes[i]);
        uint32_t authors = homes[i]->keyring.author_count;
        pair_restore(homes[i], "older", false);
        pair_start(homes[i]);
        assert_int_equal(homes[i]->keyring.author_count, authors + 1);
        assert_memory_not_equal(homes[i]->node->log.epoch, before, sizeof(before));
        pair_meet(town.worker);
        assert_in_step(town.worker, town.centre);
    }
    assert_each_once(town.centre, "先前", 3);
    pair_close(&town.pair);
}

/* I3, F54: an older database, and then an older key file. Each of them is known by the other, for
 * the node ran in between; so what the lost life had sealed, and the codes it gave out, are given
 * to nothing else. The second time over, the spare of the key file is that of a lost life too. */
static void an_older_key_file_after_an_older_database_numbers_nothing_twice(void **state)
{
    (void)state;
    struct town town;
    static const char *const lives[] = {"甲", "乙", "丙"};
    town_open(&town, 80);
    file_reports(&town, town.worker, "先前", 3);
    pair_sync(town.worker);
    pair_stop(town.worker);
    pair_save(town.worker, "older");
    static struct grid_keyring older;
    older = town.worker->keyring;
    pair_start(town.worker);
    for (unsigned i = 0; i < 3; i++) {
        file_reports(&town, town.worker, lives[i], 20);
        pair_meet(town.worker);
        pair_stop(town.worker);
        town.worker->unreachable = true;
        pair_restore(town.worker, "older", false);
        pair_start(town.worker);
        pair_stop(town.worker);
        town.worker->keyring = older;
        pair_start(town.worker);
    }
    file_reports(&town, town.worker, "恢复", 20);
    pair_meet(town.worker);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 0);
    assert_int_equal(pair_status_uint(town.worker, "quarantine"), 0);
    assert_int_equal(pair_case_count(town.centre), 83); /* a code given twice would hide one */
    for (unsigned i = 0; i < 3; i++)
        assert_each_once(town.centre, lives[i], 20);
    assert_each_once(town.centre, "恢复", 20);
    assert_each_once(town.worker, "恢复", 20);
    (void)pair_check(town.centre);
    (void)pair_check(town.worker);
    pair_close(&town.pair);
}

/* F54: killed between the commit and the key file, and asked again under the same key: the code is
 * told then, so the key file must know of it before an older database could give it out once more.
 */
static void a_code_that_was_told_is_in_the_key_file(void **state)
{
    (void)state;
    struct town town;
    const char *const fields[] = {"title", "井盖被压碎", "key", "k-1", NULL};
    char told[GRID_CODE_TEXT_BYTES];
    char later[GRID_CODE_TEXT_BYTES];
    struct buffer reply = {0};
    struct grid_error error = {0};
    town_open(&town, 78);
    pair_stop(town.worker);
    pair_save(town.worker, "older");
    pair_start(town.worker);
    town.worker->unreachable = true;
    assert_ok(pair_submit(town.worker, "report", fields, &reply, &error));
    assert_ok(pair_commit(town.worker, &error));
    pair_kill(town.worker);
    pair_start(town.worker);
    pair_act(town.worker, "report", fields, told);
    pair_kill(town.worker);
    pair_restore(town.worker, "older", false);
    pair_start(town.worker);
    pair_report(town.worker, "恢复以后的一件", later);
    assert_string_not_equal(told, later);
    buffer_close(&reply);
    pair_close(&town.pair);
}

/* The older database is put back and the reports of the lost days are filed again while in the
 * valley: the process dies before anything is sealed, again and again. */
static void a_new_author_survives_deaths_before_its_first_seal(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 541);
    file_reports(&town, town.worker, "先前", 3);
    pair_sync(town.worker);
    pair_stop(town.worker);
    pair_save(town.worker, "older");
    pair_start(town.worker);
    file_reports(&town, town.worker, "其后", 3);
    pair_sync(town.worker);
    pair_kill(town.worker);
    pair_restore(town.worker, "older", false);
    town.worker->unreachable = true;
    for (unsigned i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof(name), "第%u回", i);
        pair_start(town.worker);
        file_reports(&town, town.worker, name, 2);
        pair_kill(town.worker);
    }
    pair_start(town.worker);
    assert_int_equal(town.worker->keyring.author_count, 2);
    pair_meet(town.worker);
    assert_int_equal(pair_case_count(town.centre), 16);
    assert_in_step(town.worker, town.centre);
    pair_close(&town.pair);
}

/* F53 */
static void a_centre_put_back_is_refilled_by_its_handheld(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 53);
    file_reports(&town, town.worker, "先前", 5);
    pair_sync(town.worker);
    pair_stop(town.centre);
    pair_save(town.centre, "older");
    pair_start(town.centre);
    file_reports(&town, town.worker, "其后", 40);
    pair_sync(town.worker);
    assert_int_equal(pair_queue(town.worker, "held"), 45);
    char before[65];
    char after[65];
    pair_digest(town.centre, before);
    pair_kill(town.centre);
    pair_restore(town.centre, "older", true);
    pair_start(town.centre);
    assert_int_equal(pair_case_count(town.centre), 5);
    pair_settle(&town.pair);
    pair_sync(town.worker);
    pair_digest(town.centre, after);
    assert_string_equal(before, after);
    assert_each_once(town.centre, "其后", 40);
    assert_in_step(town.worker, town.centre);
    file_reports(&town, town.worker, "再后", 3);
    pair_sync(town.worker);
    assert_in_step(town.worker, town.centre);
    assert_int_equal(pair_status_uint(town.centre, "quarantine"), 0);
    pair_close(&town.pair);
}

/* What was held is not held any more: the queue must not say so for longer than it takes to meet.
 */
static void a_receipt_of_a_lost_disk_is_taken_back(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 532);
    pair_stop(town.centre);
    pair_save(town.centre, "older");
    pair_start(town.centre);
    file_reports(&town, town.worker, "其后", 6);
    pair_sync(town.worker);
    pair_kill(town.centre);
    pair_restore(town.centre, "older", true);
    pair_start(town.centre);
    pair_sync(town.worker);
    assert_int_equal(pair_case_count(town.centre), 6);
    assert_in_step(town.worker, town.centre);
    pair_close(&town.pair);
}

static const char fewer_posts[] = "person,name,role,place,phone,from,to\n"
                                  "h1,吴桂兰,head,150622103203001001,,2025-01-01,\n"
                                  "w1,苏和,grid_worker,150622103203001,,2025-01-01,\n"
                                  "k1,赵明,clerk,150622103,,2025-01-01,\n";
static const char other_posts[] = "person,name,role,place,phone,from,to\n"
                                  "h1,吴桂兰,head,150622103203001001,,2025-01-01,\n"
                                  "w1,苏和,grid_worker,150622103203001,,2025-01-01,\n"
                                  "k2,钱亮,clerk,150622103,,2025-01-01,\n"
                                  "k1,赵明,clerk,150622103,,2025-01-01,\n";

/* The roster went on twice: once before the loss, once after, with the same numbers. */
static void roster_goes_two_ways(bool keyring_too, unsigned lost, unsigned again)
{
    struct town town;
    town_open(&town, 533);
    file_reports(&town, town.worker, "先前", 2);
    pair_sync(town.worker);
    pair_stop(town.centre);
    pair_save(town.centre, "older");
    pair_start(town.centre);
    for (unsigned i = 0; i < lost; i++) {
        pair_import_roster(town.centre, i % 2 == 0 ? fewer_posts : other_posts);
        pair_sync(town.worker);
        file_reports(&town, town.worker, i % 2 == 0 ? "旧册甲" : "旧册乙", 1);
        pair_sync(town.worker);
    }
    pair_part(town.worker);
    pair_kill(town.centre);
    pair_restore(town.centre, "older", keyring_too);
    pair_start(town.centre);
    for (unsigned i = 0; i < again; i++)
        pair_import_roster(town.centre, i % 2 == 0 ? other_posts : fewer_posts);
    pair_meet(town.worker);
    struct grid_error error = {0};
    if (!grid_node_synced(town.worker->node, pair_now(town.worker), &error))
        fail_msg("lost %u, again %u: %s %s, %s", lost, again, error.reason, error.detail,
                town.worker->last_close);
    file_reports(&town, town.worker, "新册", 2);
    pair_sync(town.worker);
    /* An act under a version that nobody at the centre remembers is held there and waits. */
    if (lost == 0)
        assert_each_once(town.centre, "新册", 2);
    assert_int_equal(pair_case_count(town.centre), 4 + lost);
    assert_int_equal(pair_queue(town.worker, "held"), 4 + lost);
    pair_stop(town.worker);
    pair_start(town.worker);
    (void)pair_check(town.worker); /* what it was judged by is there still */
    (void)pair_check(town.centre);
    pair_close(&town.pair);
}

static void a_roster_may_go_two_ways_after_a_restore(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost <= 3; lost++)
        for (unsigned again = 0; again <= 3; again++) {
            roster_goes_two_ways(true, lost, again);
            roster_goes_two_ways(false, lost, again);
        }
}

/* A roster of so many clerks that it takes several PUTs. */
static void import_large_roster(struct pair_home *centre)
{
    enum { CLERKS = 1500, ROW_BYTES = 80 };
    size_t size = strlen(stage_posts_csv) + (size_t)CLERKS * ROW_BYTES;
    char *posts = malloc(size);
    assert_non_null(posts);
    size_t at = (size_t)snprintf(posts, size, "%s", stage_posts_csv);
    for (unsigned i = 0; i < CLERKS; i++)
        at += (size_t)snprintf(posts + at, size - at,
                "z%u,办事员%u号,clerk,150622103,,2025-01-01,\n", i * 7919 % CLERKS, i);
    pair_import_roster(centre, posts);
    free(posts);
}

/* F26: the new roster comes in pieces; until it is whole the old one serves, also after a restart.
 */
static void a_handheld_can_report_while_its_roster_is_replaced(void **state)
{
    (void)state;
    struct town town;
    memset(&town, 0, sizeof(town));
    pair_open(&town.pair, 26); /* the first version is the large one */
    town.centre = pair_add(&town.pair, "centre", GRID_NODE_CENTRE, NULL);
    town.centre->operator_key = "k1";
    pair_start(town.centre);
    import_large_roster(town.centre);
    town.worker = pair_handheld(&town.pair, town.centre, "w1");
    file_reports(&town, town.worker, "先前", 1);
    pair_sync(town.worker);
    pair_part(town.worker);
    bool whole = false;
    unsigned reports = 0;
    for (size_t at = 100; !whole; at += 150) {
        /* another life of the centre's log: the bucket is sent from its start */
        struct grid_error error = {0};
        assert_ok(log_close_author(&town.centre->node->log, &error));
        assert_true(pair_turn(town.centre));
        pair_stop(town.centre);
        pair_start(town.centre);
        uint64_t cuts = town.pair.cut_count;
        struct pair_link *link = pair_connect(town.worker, town.centre);
        link->down.cut_at = at;
        pair_run(&town.pair, 0);
        whole = town.pair.cut_count == cuts;
        pair_part(town.worker);
        pair_kill(town.worker);
        pair_start(town.worker);
        pair_report(town.worker, "谷里没有信号的一件", NULL);
        reports++;
    }
    assert_true(reports > 10);
    pair_meet(town.worker);
    assert_int_equal(pair_titled(town.centre, "谷里没有信号的一件"), reports);
    assert_in_step(town.worker, town.centre);
    pair_close(&town.pair);
}

/* A device that was enrolled after the copy was made is a stranger to the centre. It shows what the
 * centre itself signed, and is taken back with its slot. */
static void a_device_that_the_centre_forgot_is_taken_back(void **state)
{
    (void)state;
    for (int keyring_too = 0; keyring_too < 2; keyring_too++) {
        struct town town;
        town_open(&town, 534);
        pair_stop(town.centre);
        pair_save(town.centre, "older");
        pair_start(town.centre);
        struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
        unsigned slot = head->node->sync.enrolled.slot;
        file_reports(&town, head, "户长", 3);
        pair_sync(head);
        pair_kill(town.centre);
        pair_restore(town.centre, "older", keyring_too != 0);
        pair_start(town.centre);
        pair_sync(town.worker);
        pair_stop(head); /* the proof outlives the process */
        pair_start(head);
        file_reports(&town, head, "户长后来", 2);
        pair_sync(head);
        pair_sync(head);
        assert_each_once(town.centre, "户长", 3);
        assert_each_once(town.centre, "户长后来", 2);
        assert_int_equal(pair_queue(head, "held"), 5);
        const struct grid_device *device =
                roster_device_of(town.centre->node->roster, head->identity);
        assert_non_null(device);
        assert_int_equal(device->slot, slot);
        assert_true(town.centre->keyring.slot_given >= slot);
        (void)pair_check(town.centre);
        (void)pair_check(head);
        pair_close(&town.pair);
    }
}

/* A proof of other words is none; and a slot that somebody else has by now is not given twice: a
 * new invitation mends both, without loss. */
static void who_cannot_be_taken_back_is_invited_anew(void **state)
{
    (void)state;
    for (int slot_taken = 0; slot_taken < 2; slot_taken++) {
        struct town town;
        town_open(&town, 535);
        pair_stop(town.centre);
        pair_save(town.centre, "older");
        pair_start(town.centre);
        struct pair_home *head = pair_handheld(&town.pair, town.centre, "h1");
        file_reports(&town, head, "户长", 3);
        pair_sync(head);
        pair_kill(town.centre);
        pair_restore(town.centre, "older", true);
        pair_start(town.centre);
        if (slot_taken != 0)
            pair_sync(pair_handheld(&town.pair, town.centre, "h1"));
        else
            head->node->sync.enrolled.proof[5] ^= 1;
        pair_sync(head);
        pair_sync(head);
        assert_string_equal(head->last_close, slot_taken != 0 ? "slot_taken" : "not_enrolled");
        assert_int_equal(pair_titled(town.centre, "户长"), 0);
        assert_int_equal(pair_case_count(head), 3);
        uint8_t secret[GRID_SECRET_BYTES];
        pair_invite(town.centre, "h1", secret);
        grid_node_enrol(head->node, secret);
        head->enrolled = false;
        pair_sync(head);
        pair_settle(&town.pair);
        assert_true(head->enrolled);
        pair_sync(head);
        assert_each_once(town.centre, "户长", 3);
        assert_int_equal(pair_queue(head, "held"), 3);
        (void)pair_check(town.centre);
        (void)pair_check(head);
        pair_close(&town.pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_node_opened_again_stands_where_it_died),
            cmocka_unit_test(an_older_database_numbers_nothing_twice),
            cmocka_unit_test(the_same_older_database_twice_begins_an_epoch_twice),
            cmocka_unit_test(an_older_database_that_sealed_nothing_begins_an_epoch),
            cmocka_unit_test(an_older_key_file_after_an_older_database_numbers_nothing_twice),
            cmocka_unit_test(a_code_that_was_told_is_in_the_key_file),
            cmocka_unit_test(a_new_author_survives_deaths_before_its_first_seal),
            cmocka_unit_test(a_centre_put_back_is_refilled_by_its_handheld),
            cmocka_unit_test(a_receipt_of_a_lost_disk_is_taken_back),
            cmocka_unit_test(a_roster_may_go_two_ways_after_a_restore),
            cmocka_unit_test(a_handheld_can_report_while_its_roster_is_replaced),
            cmocka_unit_test(a_device_that_the_centre_forgot_is_taken_back),
            cmocka_unit_test(who_cannot_be_taken_back_is_invited_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
