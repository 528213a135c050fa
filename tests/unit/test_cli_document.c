/* Documents as text and as a page, and QR codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/document.h"
#include "cli/print.h"
#include "cli/qr.h"
#include "proto/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void member(struct buffer *out, const char *key, const char *value)
{
    pack_text(out, key);
    pack_text(out, value);
}

/* A record as the daemon gives it. */
static struct buffer record_of(const char *type, const char *summary, const char *text)
{
    struct buffer out = {0};
    pack_map(&out, 13);
    member(&out, "number", "150622103-26-0117-00042-89-S01");
    member(&out, "type", type);
    member(&out, "issuer", "纳日松镇综治中心");
    member(&out, "addressee", "申请人");
    member(&out, "date", "2026-11-22T14:12:00+08:00");
    pack_text(&out, "superseded");
    pack_bool(&out, true);
    member(&out, "case", "150622103-26-0117-00042-89");
    member(&out, "token", "7K3M9Q");
    member(&out, "qr", "1506221032601170004289-7K3M9Q");
    member(&out, "text", text);
    pack_text(&out, "copies");
    pack_array(&out, 1);
    pack_text(&out, "柳塔村");
    pack_text(&out, "fields");
    pack_array(&out, 1);
    pack_map(&out, 2);
    member(&out, "label", "情况摘要");
    member(&out, "text", summary);
    pack_text(&out, "replies");
    pack_array(&out, 0);
    return out;
}

static bool holds(const struct buffer *out, const char *words)
{
    return memmem(out->data, out->size, words, strlen(words)) != NULL;
}

static void a_document_keeps_to_80_columns(void **state)
{
    (void)state;
    struct buffer long_text = {0};
    for (size_t i = 0; i < 60; i++)
        buffer_append(&long_text, "墙，裂缝abc。", strlen("墙，裂缝abc。"));
    buffer_append(&long_text, "", 1);
    struct buffer record =
            record_of("order_transfer", (const char *)long_text.data, (const char *)long_text.data);
    struct buffer page = {0};
    document_as_text(&page, buffer_bytes(&record));
    assert_true(holds(&page, "转送交办单"));
    assert_true(holds(&page, "（已被替代）"));
    assert_true(holds(&page, "办 理 回 执"));
    assert_true(holds(&page, "抄送：柳塔村"));
    assert_true(holds(&page, "查询码：7K3M9Q"));
    assert_true(holds(&page, "2026年11月22日"));
    for (size_t at = 0; at < page.size;) {
        const uint8_t *end = memchr(page.data + at, '\n', page.size - at);
        assert_non_null(end);
        struct bytes line = bytes_of(page.data + at, (size_t)(end - page.data) - at);
        if (print_cells(line) > 80)
            fail_msg("%.*s", (int)line.size, (const char *)line.data);
        assert_false(line.size >= 3 && memcmp(line.data, "。", 3) == 0); /* 避头尾 */
        at += line.size + 1;
    }
    buffer_close(&page);
    buffer_close(&record);
    buffer_close(&long_text);
}

static void what_others_wrote_is_shown_and_never_run(void **state)
{
    (void)state;
    /* U+202E, byte by byte: it turns the source around, too */
    static const char override[] = {(char)0xe2, (char)0x80, (char)0xae, '\0'};
    char hostile[16];
    snprintf(hostile, sizeof(hostile), "a\x1b[31mb%sc", override);
    struct buffer record = record_of("notice_acceptance", "<img src=x onerror=a()>\n\"'&", hostile);
    struct buffer page = {0};
    assert_true(document_as_html(&page, buffer_bytes(&record)));
    assert_true(holds(&page, "&lt;img src=x onerror=a()&gt;\n&quot;&#39;&amp;"));
    assert_false(holds(&page, "<img"));
    assert_false(holds(&page, "\x1b"));
    assert_false(holds(&page, override));
    assert_true(holds(&page, "@page{size:A4"));
    assert_true(holds(&page, "<svg"));
    assert_false(holds(&page, "href="));
    assert_false(holds(&page, "url("));
    buffer_clear(&page);
    document_as_text(&page, buffer_bytes(&record));
    assert_false(holds(&page, "\x1b"));
    assert_false(holds(&page, override));
    buffer_close(&page);
    buffer_close(&record);
}

/* Half blocks back to modules. */
static bool drawn_dark(const char *line, int column, bool lower, bool colour)
{
    static const char *const blocks[] = {" ", "▄", "▀", "█"};
    int drawn = 0;
    for (int at = 0;; at++)
        for (int i = 0; i < 4; i++) {
            size_t size = strlen(blocks[i]);
            if (strncmp(line, blocks[i], size) != 0)
                continue;
            line += size;
            drawn = i;
            if (at == column)
                return (lower ? drawn & 1 : drawn >> 1) == (colour ? 1 : 0);
            break;
        }
}

static void a_qr_code_is_drawn_as_it_was_made(void **state)
{
    (void)state;
    struct qr qr;
    assert_true(qr_make(&qr, "1506221032601170004289"));
    assert_int_equal(qr.width, 21); /* digits alone fit the smallest */
    for (int colour = 0; colour < 2; colour++) {
        struct buffer out = {0};
        qr_draw(&out, &qr, colour != 0);
        buffer_append(&out, "", 1);
        const char *line = (const char *)out.data;
        for (int row = -QR_QUIET_MODULES; row < qr.width + QR_QUIET_MODULES; row++) {
            bool lower = (row + QR_QUIET_MODULES) % 2 == 1;
            const char *at = colour != 0 ? strchr(line, 'm') + 1 : line;
            for (int column = 0; column < qr.width + 2 * QR_QUIET_MODULES; column++)
                assert_int_equal(drawn_dark(at, column, lower, colour != 0),
                        qr_is_dark(&qr, column - QR_QUIET_MODULES, row));
            line = lower ? strchr(line, '\n') + 1 : line;
        }
        buffer_close(&out);
    }
    qr_close(&qr);
    char too_long[4096];
    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    assert_false(qr_make(&qr, too_long));
}

static void an_svg_covers_each_dark_module_once(void **state)
{
    (void)state;
    struct qr qr;
    struct buffer out = {0};
    size_t dark = 0;
    size_t covered = 0;
    assert_true(qr_make(&qr, "1506221032601170004289-7K3M9Q"));
    qr_svg(&out, &qr, 24);
    buffer_append(&out, "", 1);
    for (int row = 0; row < qr.width; row++)
        for (int column = 0; column < qr.width; column++)
            dark += qr_is_dark(&qr, column, row);
    for (const char *at = strstr((const char *)out.data, "d=\""); at != NULL && *at != '\0'; at++)
        if (*at == 'M') {
            char *end = NULL;
            long column = strtol(at + 1, &end, 10);
            long row = strtol(end + 1, &end, 10);
            long run = strtol(end + 1, &end, 10);
            for (long i = 0; i < run; i++)
                assert_true(qr_is_dark(
                        &qr, (int)(column + i) - QR_QUIET_MODULES, (int)row - QR_QUIET_MODULES));
            covered += (size_t)run;
        }
    assert_int_equal(covered, dark);
    buffer_close(&out);
    qr_close(&qr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_document_keeps_to_80_columns),
            cmocka_unit_test(what_others_wrote_is_shown_and_never_run),
            cmocka_unit_test(a_qr_code_is_drawn_as_it_was_made),
            cmocka_unit_test(an_svg_covers_each_dark_module_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
