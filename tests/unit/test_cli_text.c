/* The two catalogues say the same things, and all that the code says is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/session.h"
#include "cli/text.h"
#include "proto/words.h"

#include <stdio.h>
#include <string.h>

struct list {
    const struct text_entry *zh, *en;
    size_t zh_count, en_count;
};

static void lists_of(struct list out[static 3])
{
    const struct catalogue *zh = &catalogue_zh, *en = &catalogue_en;
    out[0] = (struct list){zh->reasons, en->reasons, zh->reason_count, en->reason_count};
    out[1] = (struct list){
            zh->words->entries, en->words->entries, zh->words->count, en->words->count};
    out[2] = (struct list){zh->sentences, en->sentences, zh->sentence_count, en->sentence_count};
}

static void both_catalogues_have_the_same_ids_in_order(void **state)
{
    struct list lists[3];
    (void)state;
    lists_of(lists);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(lists[i].zh_count, lists[i].en_count);
        for (size_t j = 0; j < lists[i].zh_count; j++) {
            assert_string_equal(lists[i].zh[j].id, lists[i].en[j].id);
            if (j > 0)
                assert_true(strcmp(lists[i].zh[j - 1].id, lists[i].zh[j].id) < 0);
            assert_true(lists[i].zh[j].text[0] != '\0');
            assert_true(lists[i].en[j].text[0] != '\0');
        }
    }
}

static unsigned arguments_of(const char *sentence)
{
    unsigned arguments = 0;
    for (const char *at = sentence; (at = strchr(at, '%')) != NULL; at++)
        if (at[1] >= '1' && at[1] <= '9')
            arguments |= 1U << (at[1] - '0');
    return arguments;
}

static void both_languages_use_the_same_arguments(void **state)
{
    struct list lists[3];
    (void)state;
    lists_of(lists);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < lists[i].zh_count; j++)
            if (arguments_of(lists[i].zh[j].text) != arguments_of(lists[i].en[j].text))
                fail_msg("%s", lists[i].zh[j].id);
}

static void every_status_word_has_a_sentence(void **state)
{
    (void)state;
    for (enum grid_status status = GRID_OK; status < GRID_STATUS_COUNT; status++) {
        char id[64];
        snprintf(id, sizeof(id), "error.%s", grid_status_word(status));
        assert_non_null(text_find(id));
    }
}

static void every_command_and_option_has_help(void **state)
{
    (void)state;
    for (const struct command *command = commands; command->name != NULL; command++) {
        char id[96];
        if (command->run == NULL)
            continue;
        snprintf(id, sizeof(id), "help.%s%s%s", command->name, command->sub != NULL ? "." : "",
                command->sub != NULL ? command->sub : "");
        static const char *const parts[] = {"", ".example", ".next"};
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            char part[112];
            snprintf(part, sizeof(part), "%s%s", id, parts[i]);
            if (text_find(part) == NULL)
                fail_msg("%s", part);
        }
        const struct option *const tables[] = {command->options, global_options};
        for (size_t i = 0; i < 2; i++)
            for (const struct option *option = tables[i]; option != NULL && option->name != NULL;
                    option++) {
                snprintf(id, sizeof(id), "option.%s",
                        option->help != NULL ? option->help : option->name);
                if (!(option->flags & OPTION_LATER) && text_find(id) == NULL)
                    fail_msg("%s", id);
            }
    }
}

static void named(const char *group, const char *(*name)(unsigned number))
{
    for (unsigned number = 1; number < 100; number++) {
        const char *id = name(number);
        if (id != NULL && text_word_find(group, bytes_text(id)).size == 0)
            fail_msg("%s.%s", group, id);
    }
}

static void every_identifier_of_the_domain_has_a_name(void **state)
{
    (void)state;
    named("state", grid_state_name);
    named("source", grid_source_name);
    named("scale", grid_scale_name);
    named("track", grid_track_name);
    named("role", grid_role_name);
    named("kind", grid_kind_name);
    named("field", grid_register_name);
}

static void arguments_go_where_the_sentence_wants_them(void **state)
{
    struct buffer out = {0};
    const struct bytes args[] = {bytes_text("one"), bytes_text("reported")};
    (void)state;
    text_use_locale("en_GB.UTF-8");
    text_fill(&out, "a %2{state} b %1 c %3 100% %2{nothing}", args, 2);
    assert_int_equal(out.size, strlen("a reported b one c  100% reported"));
    assert_memory_equal(out.data, "a reported b one c  100% reported", out.size);
    buffer_clear(&out);
    text_use_locale("zh_CN.UTF-8");
    text_fill(&out, "%2{state}", args, 2);
    assert_int_equal(out.size, strlen("已上报"));
    assert_memory_equal(out.data, "已上报", out.size);
    buffer_close(&out);
}

static void assert_filled(const char *wanted, const char *sentence, const char *argument)
{
    struct buffer out = {0};
    const struct bytes args[] = {bytes_text(argument)};
    text_fill(&out, sentence, args, 1);
    buffer_append(&out, "", 1);
    assert_string_equal((const char *)out.data, wanted);
    buffer_close(&out);
}

static void lists_and_usage_are_told_in_words(void **state)
{
    (void)state;
    text_use_locale("zh_CN.UTF-8");
    assert_filled("patrol 网格巡查、nothing、U1 特急", "%1{source*}、U1 特急", "patrol, nothing");
    assert_filled("title 标题、tags 标签", "%1{field*}", "title tags");
    assert_filled("U1 特急、U2 紧急", "%1{urgency*}", "U1, U2");
    assert_filled("案码 [文字] U1…U4 +标签", "%1{usage}", "CODE [TEXT] U1…U4 +TAG");
    text_use_locale("en");
    assert_filled("CODE [TEXT]", "%1{usage}", "CODE [TEXT]");
    text_use_locale(NULL);
}

static void what_is_typed_in_words_is_understood(void **state)
{
    static const struct {
        const char *group, *typed, *id;
    } rows[] = {{"source", "来访", "visit"}, {"scale", "群体", "group"},
            {"scale", "群体（10–49 人）", "group"}, {"urgency", "紧急", "U2"},
            {"urgency", "U1 特急", "U1"}, {"state", "已上报", "reported"},
            {"role", "网格员", "grid_worker"}, {"role", "grid worker", "grid_worker"},
            {"field", "标题", "title"}, {"field", "规模", "scale"}, {"source", "visit", "visit"},
            {"source", "拜访", NULL}, {"role", "grid", NULL}, {"source", "", NULL},
            {"source", "网格", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *id = text_identifier(rows[i].group, bytes_text(rows[i].typed));
        if (rows[i].id == NULL)
            assert_null(id);
        else
            assert_string_equal(id, rows[i].id);
    }
}

static void an_unknown_reason_is_told_with_its_arguments(void **state)
{
    struct buffer out = {0};
    struct grid_error error = {0};
    (void)state;
    text_use_locale("en");
    grid_fail(&error, GRID_REFUSED, "no_such_reason_at_all", "%s" GRID_ARG "%s", "x", "y");
    text_error(&out, &error);
    buffer_append(&out, "", 1);
    assert_non_null(strstr((const char *)out.data, "no_such_reason_at_all: x, y"));
    buffer_close(&out);
    text_use_locale(NULL);
}

static void chinese_is_spoken_unless_english_is_asked_for(void **state)
{
    static const char *const chinese[] = {
            NULL, "", "C", "C.UTF-8", "POSIX", "zh_CN.UTF-8", "mn_CN"};
    (void)state;
    for (size_t i = 0; i < sizeof(chinese) / sizeof(chinese[0]); i++) {
        text_use_locale(chinese[i]);
        assert_string_equal(text("value.yes"), "是");
    }
    text_use_locale("en_US.UTF-8");
    assert_string_equal(text("value.yes"), "yes");
    text_use_locale(NULL);
}

static void durations_are_told_in_the_unit_that_reads_best(void **state)
{
    static const struct {
        uint64_t seconds;
        const char *words;
    } rows[] = {{0, "0 秒"}, {12, "12 秒"}, {119, "119 秒"}, {120, "2 分钟"}, {5400, "90 分钟"},
            {7200, "2 小时"}, {172800, "2 天"}};
    (void)state;
    text_use_locale(NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buffer out = {0};
        text_duration(&out, rows[i].seconds);
        assert_true(bytes_equal(buffer_bytes(&out), bytes_text(rows[i].words)));
        buffer_close(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(both_catalogues_have_the_same_ids_in_order),
            cmocka_unit_test(both_languages_use_the_same_arguments),
            cmocka_unit_test(every_status_word_has_a_sentence),
            cmocka_unit_test(every_command_and_option_has_help),
            cmocka_unit_test(every_identifier_of_the_domain_has_a_name),
            cmocka_unit_test(arguments_go_where_the_sentence_wants_them),
            cmocka_unit_test(lists_and_usage_are_told_in_words),
            cmocka_unit_test(what_is_typed_in_words_is_understood),
            cmocka_unit_test(an_unknown_reason_is_told_with_its_arguments),
            cmocka_unit_test(chinese_is_spoken_unless_english_is_asked_for),
            cmocka_unit_test(durations_are_told_in_the_unit_that_reads_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
