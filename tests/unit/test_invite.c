#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/invite.h"

#include <stdio.h>
#include <string.h>

static struct invite example(const char *host)
{
    struct invite invite = {.port = 7150, .expires_ms = 1795311000000, .slot = 117};
    snprintf(invite.host, sizeof(invite.host), "%s", host);
    snprintf(invite.unit, sizeof(invite.unit), "%s", "150622103");
    memset(invite.parent, 0xAB, sizeof(invite.parent));
    memset(invite.secret, 0xCD, sizeof(invite.secret));
    return invite;
}

static void assert_same(const struct invite *a, const struct invite *b)
{
    assert_string_equal(a->host, b->host);
    assert_int_equal(a->port, b->port);
    assert_memory_equal(a->parent, b->parent, sizeof(a->parent));
    assert_memory_equal(a->secret, b->secret, sizeof(a->secret));
    assert_true(a->expires_ms == b->expires_ms);
    assert_string_equal(a->unit, b->unit);
    assert_int_equal(a->slot, b->slot);
}

static void assert_refused(const char *text, const char *reason)
{
    struct invite invite;
    struct grid_error error = {0};
    static const struct invite empty;
    assert_int_equal(invite_parse(&invite, text, &error), GRID_INVALID);
    assert_string_equal(error.reason, reason);
    assert_memory_equal(&invite, &empty, sizeof(invite));
}

static void an_invitation_comes_back(void **state)
{
    (void)state;
    static const char *const hosts[] = {
            "127.0.0.1", "centre.narisong.example", "fe80::1%eth0", "::1", "zongzhi_1"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct invite invite = example(hosts[i]), back;
        char text[INVITE_TEXT_BYTES];
        assert_int_equal(invite_print(text, &invite), GRID_OK);
        assert_int_equal(invite_parse(&back, text, NULL), GRID_OK);
        assert_same(&back, &invite);
    }
}

static void the_line_is_this_one(void **state)
{
    (void)state;
    struct invite invite = example("10.0.0.1");
    char text[INVITE_TEXT_BYTES];
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    assert_memory_equal(text, "grid1:10.0.0.1:7150/lwHEI", 21);
    invite.host[0] = ':';
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    assert_memory_equal(text, "grid1:[:0.0.0.1]:7150/", 22);
}

static void spaces_and_broken_lines_do_not_matter(void **state)
{
    (void)state;
    struct invite invite = example("10.0.0.1"), back;
    char text[INVITE_TEXT_BYTES], spaced[2 * INVITE_TEXT_BYTES];
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    snprintf(spaced, sizeof(spaced), " \n%.40s\r\n  %s \n", text, text + 40);
    assert_int_equal(invite_parse(&back, spaced, NULL), GRID_OK);
    assert_same(&back, &invite);
}

/* The address is outside of what is checked: whoever moved the centre may mend it. */
static void the_address_may_be_mended(void **state)
{
    (void)state;
    struct invite invite = example("10.0.0.1"), back;
    char text[INVITE_TEXT_BYTES], mended[2 * INVITE_TEXT_BYTES];
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    snprintf(mended, sizeof(mended), "grid1:zongzhi.example:443%s", strchr(text, '/'));
    assert_int_equal(invite_parse(&back, mended, NULL), GRID_OK);
    assert_string_equal(back.host, "zongzhi.example");
    assert_int_equal(back.port, 443);
    assert_memory_equal(back.secret, invite.secret, sizeof(back.secret));
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    assert_refused("", "invite_form");
    assert_refused("http://10.0.0.1:7150/abc", "invite_form");
    assert_refused("grid2:10.0.0.1:7150/abc", "invite_form");
    assert_refused("grid1:10.0.0.1:7150", "invite_form");
    assert_refused("grid1:10.0.0.1/abc", "invite_address");
    assert_refused("grid1::7150/abc", "invite_address");
    assert_refused("grid1:10.0.0.1:0/abc", "invite_address");
    assert_refused("grid1:10.0.0.1:65536/abc", "invite_address");
    assert_refused("grid1:10.0.0.1:/abc", "invite_address");
    assert_refused("grid1:10.0.0.1:71x0/abc", "invite_address");
    assert_refused("grid1:10.0.0.1:000071500/abc", "invite_address");
    assert_refused("grid1:ce ntre:7150/abc", "invite_address");
    assert_refused("grid1:::1:7150/abc", "invite_address");
    assert_refused("grid1:[]:7150/abc", "invite_address");
    assert_refused("grid1:[::1:7150/abc", "invite_address");
    assert_refused("grid1:[centre]:7150/abc", "invite_address");
    assert_refused("grid1:10.0.0.1:7150/", "invite_payload");
    assert_refused("grid1:10.0.0.1:7150/abc", "invite_payload");
    assert_refused("grid1:10.0.0.1:7150/网格", "invite_payload");
    char text[1024] = "grid1:";
    memset(text + 6, 'h', 300);
    memcpy(text + 306, ":7150/abc", 10);
    assert_refused(text, "invite_address");
}

static void every_mistyped_or_missing_character_is_found(void **state)
{
    (void)state;
    struct invite invite = example("10.0.0.1");
    char text[INVITE_TEXT_BYTES];
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    size_t size = strlen(text);
    for (char *at = strchr(text, '/') + 1; *at != '\0'; at++) {
        char kept = *at;
        *at = kept == 'A' ? 'B' : 'A';
        assert_refused(text, "invite_payload");
        *at = kept;
    }
    for (size_t cut = (size_t)(strchr(text, '/') - text) + 1; cut < size; cut++) {
        char shorter[INVITE_TEXT_BYTES];
        snprintf(shorter, sizeof(shorter), "%.*s", (int)cut, text);
        assert_refused(shorter, "invite_payload");
    }
    text[size] = 'A';
    text[size + 1] = '\0';
    assert_refused(text, "invite_payload");
}

static void a_unit_that_is_none_is_refused(void **state)
{
    (void)state;
    struct invite invite = example("10.0.0.1");
    char text[INVITE_TEXT_BYTES];
    snprintf(invite.unit, sizeof(invite.unit), "%s", "150622103P0017");
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    assert_refused(text, "invite_payload");
    invite = example("10.0.0.1");
    invite.slot = 10000;
    assert_int_equal(invite_print(text, &invite), GRID_OK);
    assert_refused(text, "invite_payload");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(an_invitation_comes_back),
            cmocka_unit_test(the_line_is_this_one),
            cmocka_unit_test(spaces_and_broken_lines_do_not_matter),
            cmocka_unit_test(the_address_may_be_mended),
            cmocka_unit_test(what_is_wrong_is_named),
            cmocka_unit_test(every_mistyped_or_missing_character_is_found),
            cmocka_unit_test(a_unit_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
