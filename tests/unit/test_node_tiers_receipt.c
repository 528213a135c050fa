/* Receipts of the tiers above come down to whom they are about (D9, P-62): every one sees where its
 * report is, and can prove it; nothing waits for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/tiers.h"

#include <stdio.h>
#include <string.h>

/* What `queue --all` says of all that this node wrote: the tier, the same of each. */
static unsigned tier_of_all(struct pair_home *home)
{
    struct pair_answer answer;
    unsigned tier = 99;
    pair_ask(home, "queue", FIELDS("all", ""), &answer);
    for (size_t i = 0; i < answer.row_count; i++) {
        struct bytes record = buffer_bytes(&answer.rows[i].record);
        unsigned told = (unsigned)pair_uint(record, "tier");
        if (tier != 99)
            assert_int_equal(told, tier);
        tier = told;
    }
    pair_answer_close(&answer);
    return tier;
}

struct counted {
    size_t receipts, bytes;
};

static struct counted count_receipts(const struct pair_link *link)
{
    struct counted counted = {0};
    struct arena arena;
    struct frame frame;
    size_t at = 0;
    arena_init(&arena, 0);
    for (size_t before = 0; pair_frame(buffer_bytes(&link->down.recorded), &at, &arena, &frame);
            before = at)
        if (frame.type == FRAME_RECEIPT) {
            counted.receipts++;
            counted.bytes += at - before;
        }
    arena_close(&arena);
    return counted;
}

static void a_report_is_held_tier_by_tier(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open_league(&tiers, 61);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    struct pair_home *head = pair_handheld(&tiers.pair, tiers.town, "h1");
    pair_part(tiers.town);
    pair_report(worker, "沟里的一件", NULL);
    assert_int_equal(tier_of_all(worker), 0);
    pair_sync(worker);
    assert_int_equal(tier_of_all(worker), 1);
    /* the township meets the banner, which is apart from the league */
    pair_part(tiers.banner);
    tiers.town->unreachable = tiers.banner->unreachable = false;
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    pair_meet(tiers.banner);
    pair_settle(&tiers.pair);
    assert_int_equal(tier_of_all(worker), 3);
    assert_int_equal(tier_of_all(tiers.town), 99); /* it wrote into no case */
    pair_report(tiers.town, "镇里的一件", NULL);
    pair_report(head, "联户的一件", NULL);
    pair_sync(head);
    pair_settle(&tiers.pair);
    assert_int_equal(tier_of_all(tiers.town), 3);
    assert_int_equal(tier_of_all(head), 3);
    /* each is told of its own alone, and what it was told stays through a restart */
    for (size_t i = 0; i < tiers.pair.home_count; i++) {
        (void)pair_check(&tiers.pair.homes[i]);
        pair_stop(&tiers.pair.homes[i]);
        pair_start(&tiers.pair.homes[i]);
    }
    assert_int_equal(tier_of_all(worker), 3);
    assert_int_equal(tier_of_all(head), 3);
    pair_settle(&tiers.pair);
    /* nothing is said twice: on the new link stands the parent's own receipt alone */
    assert_int_equal(count_receipts(pair_link_of(worker)).receipts, 1);
    pair_close(&tiers.pair);
}

/* Receipts that were lost with a link, or with a database, come on the next one. */
static void what_a_handheld_missed_of_the_tiers_above_comes_with_the_next_link(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open(&tiers, 62);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    pair_report(worker, "沟里的一件", NULL);
    pair_part(tiers.town);
    pair_sync(worker);
    pair_part(worker);
    tiers.town->unreachable = false;
    pair_sync(tiers.town);
    pair_settle(&tiers.pair);
    assert_int_equal(tier_of_all(worker), 1);
    pair_meet(worker);
    assert_int_equal(tier_of_all(worker), 2);
    (void)pair_check(worker);
    pair_close(&tiers.pair);
}

static uint64_t false_receipts;

/* The township puts its own words into the place of what the banner signed. */
static void falsify(void *context, const struct pair_home *from, struct buffer *frame)
{
    struct tiers *tiers = context;
    if (from != tiers->town || frame->data[0] != FRAME_RECEIPT)
        return;
    struct arena arena;
    struct frame read;
    struct receipt receipt;
    struct grid_error error = {0};
    uint8_t signature[GRID_SIGNATURE_BYTES];
    size_t taken = 0;
    arena_init(&arena, 0);
    assert_ok(frame_next(buffer_bytes(frame), &arena, &read, &taken, &error));
    assert_ok(message_read_receipt(&read, signature, &error));
    assert_ok(receipt_read(read.tail, &arena, &receipt, &error));
    struct buffer bytes = {0};
    receipt.tier = 2;
    memcpy(receipt.node, tiers->banner->identity, sizeof(receipt.node));
    receipt_pack(&bytes, &receipt);
    /* signed by whoever there is: no key of the banner */
    assert_ok(receipt_sign(signature, tiers->town->keyring.identity_seed, buffer_bytes(&bytes)));
    buffer_clear(frame);
    assert_ok(message_pack_receipt(frame, signature, buffer_bytes(&bytes)));
    buffer_close(&bytes);
    arena_close(&arena);
    false_receipts++;
}

static void a_receipt_that_the_banner_did_not_sign_proves_nothing(void **state)
{
    (void)state;
    struct tiers tiers;
    tiers_open(&tiers, 63);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    tiers.pair.wire = falsify;
    tiers.pair.wire_context = &tiers;
    pair_report(worker, "沟里的一件", NULL);
    pair_sync(worker);
    assert_true(false_receipts > 0);
    assert_int_equal(tier_of_all(worker), 0);
    tiers.pair.wire = NULL;
    pair_sync(worker);
    assert_int_equal(tier_of_all(worker), 2);
    (void)pair_check(worker);
    pair_close(&tiers.pair);
}

/* D9, D17: bytes down are few. */
static void many_reports_cost_few_bytes_of_receipts(void **state)
{
    (void)state;
    enum { REPORTS = 2000 };
    struct tiers tiers;
    tiers_open(&tiers, 64);
    struct pair_home *worker = pair_handheld(&tiers.pair, tiers.town, "w1");
    pair_part(worker);
    for (int i = 0; i < REPORTS; i++)
        pair_report(worker, "沟里的一件", NULL);
    pair_meet(worker);
    pair_settle(&tiers.pair);
    assert_int_equal(tier_of_all(worker), 2);
    const struct pair_link *links[] = {pair_link_of(worker), pair_link_of(tiers.town)};
    for (size_t i = 0; i < 2; i++) {
        struct counted counted = count_receipts(links[i]);
        print_message("%s: %zu bytes down, %zu receipts of %zu bytes, %d reports\n",
                links[i]->child->name, links[i]->down.recorded.size, counted.receipts,
                counted.bytes, REPORTS);
        assert_true(links[i]->down.recorded.size <= 20 * REPORTS);
    }
    pair_close(&tiers.pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_report_is_held_tier_by_tier),
            cmocka_unit_test(what_a_handheld_missed_of_the_tiers_above_comes_with_the_next_link),
            cmocka_unit_test(a_receipt_that_the_banner_did_not_sign_proves_nothing),
            cmocka_unit_test(many_reports_cost_few_bytes_of_receipts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
