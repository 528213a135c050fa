/* Older copies put back, clones, and nodes that were refilled (F53–F55; I2, I3, I6, I7). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODES_MAX = 256 };

struct town {
    struct pair pair;
    struct pair_home *centre, *worker;
    char codes[CODES_MAX][GRID_CODE_TEXT_BYTES];
    size_t code_count;
};

static void town_open(struct town *town, uint64_t seed)
{
    memset(town, 0, sizeof(*town));
    pair_open(&town->pair, seed);
    town->centre = pair_centre(&town->pair);
    town->worker = pair_handheld(&town->pair, town->centre, "w1");
}

/* `count` reports whose titles begin with `name`; no code is ever given twice. */
static void file_reports(
        struct town *town, struct pair_home *home, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char title[64];
        char *code = town->codes[town->code_count];
        snprintf(title, sizeof(title), "%s第%u件", name, i);
        pair_report(home, title, code);
        for (size_t k = 0; k < town->code_count; k++)
            assert_string_not_equal(code, town->codes[k]);
        town->code_count++;
        assert_true(town->code_count < CODES_MAX);
    }
}

static void assert_each_once(struct pair_home *home, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char title[64];
        snprintf(title, sizeof(title), "%s第%u件", name, i);
        if (pair_titled(home, title) != 1)
            fail_msg("%s holds %s %zu times", home->name, title, pair_titled(home, title));
    }
}

static void leave(struct pair_home *home)
{
    home->unreachable = true;
    struct pair_link *link = pair_link_of(home);
    if (link != NULL)
        pair_cut(home->pair, link, "valley");
}

static void come_back(struct pair_home *home)
{
    home->unreachable = false;
    pair_sync(home);
}

static void assert_in_step(struct pair_home *handheld, struct pair_home *centre)
{
    char here[65];
    char there[65];
    struct grid_error error = {0};
    if (!grid_node_synced(handheld->node, pair_now(handheld), &error))
        fail_msg("%s is not in step: %s %s", handheld->name, error.reason, error.detail);
    pair_digest(handheld, here);
    pair_digest(centre, there);
    assert_string_equal(here, there);
    assert_int_equal(pair_queue(handheld, "queued"), 0);
    assert_int_equal(pair_queue(handheld, "sent"), 0);
    assert_int_equal(pair_queue(handheld, "refused"), 0);
    (void)pair_check(handheld);
    (void)pair_check(centre);
}

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
    come_back(town.worker);

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
        come_back(town.worker);
        assert_in_step(town.worker, town.centre);
    }
    assert_int_equal(pair_case_count(town.worker), 20);
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
    come_back(town.worker);
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
    leave(town.worker);
    pair_kill(town.centre);
    pair_restore(town.centre, "older", keyring_too);
    pair_start(town.centre);
    for (unsigned i = 0; i < again; i++)
        pair_import_roster(town.centre, i % 2 == 0 ? other_posts : fewer_posts);
    come_back(town.worker);
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
    leave(town.worker);
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
        leave(town.worker);
        pair_kill(town.worker);
        pair_start(town.worker);
        pair_report(town.worker, "谷里没有信号的一件", NULL);
        reports++;
    }
    assert_true(reports > 10);
    come_back(town.worker);
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

/* --- clones --- */

/* The whole home is copied, and both copies are used. */
static void clone_is_used(unsigned common, unsigned mine, unsigned theirs, bool clone_first)
{
    struct town town;
    town_open(&town, 55);
    file_reports(&town, town.worker, "共同", common);
    pair_sync(town.worker);
    leave(town.worker);
    pair_stop(town.worker);
    pair_save(town.worker, "twin");
    struct pair_home *twin = pair_add(&town.pair, "twin", GRID_NODE_HANDHELD, town.centre);
    memcpy(twin->identity, town.worker->identity, sizeof(twin->identity));
    char path[2 * PAIR_PATH_BYTES];
    char command[5 * PAIR_PATH_BYTES];
    snprintf(path, sizeof(path), "%s.twin", town.worker->database);
    snprintf(command, sizeof(command), "cp %s %s", path, twin->database);
    assert_int_equal(system(command), 0); /* NOLINT: a copy, in a folder of our own */
    twin->keyring = town.worker->keyring;
    twin->unreachable = true;
    pair_start(twin);
    pair_start(town.worker);
    char title[64];
    for (unsigned i = 0; i < mine; i++) {
        snprintf(title, sizeof(title), "本机第%u件", i);
        pair_report(town.worker, title, NULL);
    }
    for (unsigned i = 0; i < theirs; i++) {
        snprintf(title, sizeof(title), "副本第%u件", i);
        pair_report(twin, title, NULL);
    }
    struct pair_home *first = clone_first ? twin : town.worker;
    struct pair_home *second = clone_first ? town.worker : twin;
    come_back(first);
    leave(first);
    come_back(second);
    pair_sync(second);
    leave(second);
    come_back(first);
    leave(first);
    come_back(second);
    /* the branch that came first is whole, the other is proved, not folded, and named */
    assert_each_once(town.centre, "共同", common);
    assert_each_once(town.centre, clone_first ? "副本" : "本机", clone_first ? theirs : mine);
    unsigned lesser = clone_first ? mine : theirs;
    if (lesser > 0 && (clone_first ? theirs : mine) > 0) {
        uint64_t evidence = 0;
        assert_ok(store_evidence_count(town.centre->node->store, &evidence, NULL));
        assert_true(evidence > 0);
        assert_int_equal(pair_queue(second, "refused"), lesser);
        assert_int_equal(pair_queue(second, "queued"), 0);
        struct grid_error why = {0};
        assert_false(grid_node_synced(second->node, pair_now(second), &why));
        assert_string_equal(why.reason, "sync_refused");
        struct pair_answer answer;
        pair_ask(second, "queue", NULL, &answer);
        assert_true(bytes_equal(
                pair_text(buffer_bytes(&answer.rows[0].record), "reason"), bytes_text("fork")));
        pair_answer_close(&answer);
    }
    /* from the first contact on each has a life of its own */
    file_reports(&town, second, "后来", 2);
    pair_sync(second);
    assert_each_once(town.centre, "后来", 2);
    leave(second);
    come_back(first);
    pair_report(first, "本家照常上报", NULL);
    pair_sync(first);
    assert_int_equal(pair_titled(town.centre, "本家照常上报"), 1);
    assert_int_equal(pair_queue(first, "refused"), 0);
    (void)pair_check(town.centre);
    (void)pair_check(first);
    (void)pair_check(second);
    pair_close(&town.pair);
}

/* F55, D15 */
static void a_cloned_home_is_proved_and_named(void **state)
{
    (void)state;
    for (unsigned mine = 0; mine <= 3; mine++)
        for (unsigned theirs = 0; theirs <= 3; theirs++)
            for (unsigned common = 0; common <= 2; common += 2) {
                clone_is_used(common, mine, theirs, false);
                clone_is_used(common, mine, theirs, true);
            }
}

/* --- many streams --- */

enum { MANY = 600 };

/* A child of more streams than one HAVE can name, played by the test. */
static void a_receiver_asks_for_each_of_many_streams(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 512);
    leave(town.worker);
    pair_stop(town.worker);
    struct forge *forges = calloc(MANY, sizeof(*forges));
    struct stream_tip *tips = calloc(MANY, sizeof(*tips));
    assert_non_null(forges);
    assert_non_null(tips);
    for (unsigned i = 0; i < MANY; i++) {
        uint8_t seed[GRID_SEED_BYTES] = {9, (uint8_t)(i >> 8), (uint8_t)i};
        forge_open(&forges[i], town.worker->keyring.identity_seed, seed, i % 2);
        forge_add(&forges[i], 5);
        memcpy(tips[i].author, forges[i].author, sizeof(tips[i].author));
        tips[i].lane = forges[i].lane;
        tips[i].seq = 2;
        memcpy(tips[i].id, forges[i].ids[2], sizeof(tips[i].id));
    }
    struct pair_link *link = pair_connect(town.worker, town.centre);
    struct hello hello = forge_hello();
    forge_say_hello(&link->up, &hello);
    struct have have = {.more = true, .tips = tips, .tip_count = GRID_TIPS_MAX};
    assert_ok(message_pack_have(&link->up.bytes, &have));
    have = (struct have){.tips = tips + GRID_TIPS_MAX, .tip_count = MANY - GRID_TIPS_MAX};
    assert_ok(message_pack_have(&link->up.bytes, &have));
    pair_run(&town.pair, 0);
    struct buffer last = {0};
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(forge_take(&link->down, FRAME_WANT, &last), 2);
    struct frame frame = {0};
    struct want want = {0};
    struct grid_error error = {0};
    size_t at = 0;
    assert_true(pair_frame(buffer_bytes(&last), &at, &arena, &frame));
    assert_ok(message_read_want(&frame, &arena, &want, &error));
    assert_true(want.answer);
    assert_int_equal(want.range_count, MANY - GRID_TIPS_MAX);
    uint64_t entries = pair_status_uint(town.centre, "entries");
    for (unsigned i = 0; i < MANY; i++) {
        struct segment segment = forge_segment(&forges[i], 1, 2);
        forge_send(&link->up, &segment, 0);
    }
    struct cursor_message cursor = {.lane = 1, .cursor = {.epoch = {7, 7, 7}, .lsn = 600}};
    assert_ok(message_pack_cursor(&link->up.bytes, &cursor));
    pair_run(&town.pair, 0);
    assert_int_equal(pair_status_uint(town.centre, "entries"), entries + 2 * (uint64_t)MANY);
    assert_true(forge_take(&link->down, FRAME_RECEIPT, NULL) > 0);
    pair_cut(&town.pair, link, "valley");
    /* the next HELLO tells the cursor, and as many tips as there is room for */
    link = pair_connect(town.worker, town.centre);
    assert_int_equal(forge_take(&link->down, FRAME_HELLO, &last), 1);
    at = 0;
    assert_true(pair_frame(buffer_bytes(&last), &at, &arena, &frame));
    assert_ok(message_read_hello(&frame, &arena, &hello, &error));
    assert_int_equal(hello.cursors[1].lsn, 600);
    assert_int_equal(hello.tip_count, GRID_TIPS_MAX);
    (void)pair_check(town.centre);
    for (unsigned i = 0; i < MANY; i++)
        forge_close(&forges[i]);
    free(forges);
    free(tips);
    buffer_close(&last);
    arena_close(&arena);
    pair_close(&town.pair);
}

/* And the sending side: a node that holds many streams meets a parent that holds nothing it knows
 * of. */
static void a_sender_of_many_streams_leaves_none_out(void **state)
{
    (void)state;
    struct town town;
    town_open(&town, 513);
    leave(town.worker);
    pair_stop(town.worker);
    struct pair_home *above = pair_add(&town.pair, "above", GRID_NODE_CENTRE, NULL);
    struct pair_link *link = pair_connect(town.worker, town.centre);
    struct hello hello = forge_hello();
    forge_say_hello(&link->up, &hello);
    struct forge forge;
    for (unsigned i = 0; i < 2 * MANY; i++) {
        uint8_t seed[GRID_SEED_BYTES] = {8, (uint8_t)(i >> 8), (uint8_t)i};
        forge_open(&forge, town.worker->keyring.identity_seed, seed, i % 2);
        struct segment segment = forge_segment(&forge, 1, 1);
        forge_send(&link->up, &segment, 0);
        forge_close(&forge);
    }
    pair_run(&town.pair, 0);
    pair_cut(&town.pair, link, "valley");
    /* the centre gets a parent; its cursor is of another life of it */
    pair_stop(town.centre);
    town.centre->parent = above;
    town.centre->unreachable = true;
    pair_start(town.centre);
    size_t streams = 0;
    for (size_t i = 0; i < town.centre->node->log.stream_count; i++)
        streams += town.centre->node->log.streams[i]->row.tip_seq > 0;
    assert_true(streams >= 2 * (size_t)MANY);
    link = pair_connect(town.centre, above);
    hello.cursors[0].lsn = hello.cursors[1].lsn = 77;
    forge_say_hello(&link->down, &hello);
    pair_run(&town.pair, 0);
    struct arena arena;
    struct frame frame = {0};
    struct grid_error error = {0};
    struct buffer said = link->up.bytes;
    link->up.bytes = (struct buffer){0};
    size_t haves = 0;
    size_t tips = 0;
    arena_init(&arena, 0);
    for (size_t at = 0; pair_frame(buffer_bytes(&said), &at, &arena, &frame);) {
        struct have have = {0};
        assert_int_not_equal(frame.type, FRAME_DATA);
        if (frame.type != FRAME_HAVE)
            continue;
        assert_ok(message_read_have(&frame, &arena, &have, &error));
        struct want_range *ranges = calloc(have.tip_count, sizeof(*ranges));
        assert_non_null(ranges);
        struct want want = {.answer = true, .ranges = ranges, .range_count = have.tip_count};
        for (size_t i = 0; i < have.tip_count; i++) {
            memcpy(ranges[i].author, have.tips[i].author, sizeof(ranges[i].author));
            ranges[i].lane = have.tips[i].lane;
            ranges[i].from_seq = 1;
            ranges[i].to_seq = have.tips[i].seq;
        }
        assert_ok(message_pack_want(&link->down.bytes, &want));
        free(ranges);
        haves++;
        tips += have.tip_count;
    }
    buffer_close(&said);
    assert_int_equal(haves, (streams + GRID_TIPS_MAX - 1) / GRID_TIPS_MAX);
    assert_int_equal(tips, streams);
    pair_run(&town.pair, 0);
    size_t sent = 0;
    size_t cursors = 0;
    for (size_t at = 0; pair_frame(buffer_bytes(&link->up.bytes), &at, &arena, &frame);) {
        sent += frame.type == FRAME_DATA;
        cursors += frame.type == FRAME_CURSOR;
        assert_true(frame.type != FRAME_DATA || cursors == 0);
    }
    assert_true(sent >= streams);
    assert_int_equal(cursors, 2);
    arena_close(&arena);
    pair_close(&town.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_node_opened_again_stands_where_it_died),
            cmocka_unit_test(an_older_database_numbers_nothing_twice),
            cmocka_unit_test(a_new_author_survives_deaths_before_its_first_seal),
            cmocka_unit_test(a_centre_put_back_is_refilled_by_its_handheld),
            cmocka_unit_test(a_receipt_of_a_lost_disk_is_taken_back),
            cmocka_unit_test(a_roster_may_go_two_ways_after_a_restore),
            cmocka_unit_test(a_handheld_can_report_while_its_roster_is_replaced),
            cmocka_unit_test(a_device_that_the_centre_forgot_is_taken_back),
            cmocka_unit_test(who_cannot_be_taken_back_is_invited_anew),
            cmocka_unit_test(a_cloned_home_is_proved_and_named),
            cmocka_unit_test(a_receiver_asks_for_each_of_many_streams),
            cmocka_unit_test(a_sender_of_many_streams_leaves_none_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
