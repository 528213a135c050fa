/* What is asked of the nodes of a pair, and what they answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- acts --- */

static struct grid_request request_of(const char *verb, const char *const fields[],
        struct grid_field given[static PAIR_FIELDS_MAX])
{
    struct grid_request request = {.verb = bytes_text(verb), .fields = given};
    for (; fields != NULL && fields[0] != NULL; fields += 2) {
        assert_true(request.field_count < PAIR_FIELDS_MAX);
        given[request.field_count++] =
                (struct grid_field){.name = bytes_text(fields[0]), .value = bytes_text(fields[1])};
    }
    return request;
}

enum grid_status pair_submit(struct pair_home *home, const char *verb, const char *const fields[],
        struct buffer *reply, struct grid_error *error)
{
    struct grid_field given[PAIR_FIELDS_MAX];
    struct grid_request request = request_of(verb, fields, given);
    return grid_node_submit(home->node, pair_now(home), &request, reply, error);
}

static void copy_text(char *out, size_t size, struct bytes text)
{
    snprintf(out, size, "%.*s", (int)text.size, (const char *)text.data);
}

void pair_act(struct pair_home *home, const char *verb, const char *const fields[],
        char code[GRID_CODE_TEXT_BYTES])
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    if (pair_submit(home, verb, fields, &reply, &error) != GRID_OK)
        fail_msg("%s at %s: %s %s", verb, home->name, error.reason, error.detail);
    assert_true(pair_turn(home));
    if (code != NULL)
        copy_text(code, GRID_CODE_TEXT_BYTES, pair_text(buffer_bytes(&reply), "case"));
    buffer_close(&reply);
}

void pair_report(struct pair_home *home, const char *title, char code[GRID_CODE_TEXT_BYTES])
{
    pair_act(home, "report", FIELDS("title", title, "text", title, "unit", STAGE_MICRO), code);
}

/* --- a township --- */

void pair_import_roster(struct pair_home *centre, const char *posts_csv)
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    const char *const fields[] = {"units.csv", stage_units_csv, "posts.csv",
            posts_csv != NULL ? posts_csv : stage_posts_csv, "departments.csv",
            stage_departments_csv, NULL};
    if (pair_submit(centre, "roster_import", fields, &reply, &error) != GRID_OK)
        fail_msg("roster: %s %s", error.reason, error.detail);
    assert_int_equal(pair_count(buffer_bytes(&reply), "errors"), 0);
    assert_true(pair_turn(centre));
    buffer_close(&reply);
}

struct pair_home *pair_centre(struct pair *pair)
{
    struct pair_home *centre = pair_add(pair, "centre", GRID_NODE_CENTRE, NULL);
    centre->operator_key = "k1";
    pair_start(centre);
    pair_import_roster(centre, NULL);
    return centre;
}

void pair_invite(
        struct pair_home *centre, const char *person, uint8_t secret[static GRID_SECRET_BYTES])
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    struct invite invite = {0};
    char line[INVITE_TEXT_BYTES];
    const char *const fields[] = {"person", person, "address", "192.0.2.1:7000", NULL};
    if (pair_submit(centre, "invite", fields, &reply, &error) != GRID_OK)
        fail_msg("invite %s: %s %s", person, error.reason, error.detail);
    assert_true(pair_turn(centre));
    copy_text(line, sizeof(line), pair_text(buffer_bytes(&reply), "invite"));
    assert_ok(invite_parse(&invite, line, &error));
    assert_memory_equal(invite.parent, centre->identity, sizeof(invite.parent));
    memcpy(secret, invite.secret, GRID_SECRET_BYTES);
    buffer_close(&reply);
}

struct pair_home *pair_handheld(struct pair *pair, struct pair_home *centre, const char *person)
{
    uint8_t secret[GRID_SECRET_BYTES];
    char name[32];
    snprintf(name, sizeof(name), "%s-%zu", person, pair->home_count);
    struct pair_home *home = pair_add(pair, name, GRID_NODE_HANDHELD, centre);
    pair_invite(centre, person, secret);
    struct grid_error error = {0};
    assert_ok(pair_try_start(home, &error));
    grid_node_enrol(home->node, secret);
    (void)pair_turn(home);
    pair_settle(pair);
    if (!home->enrolled)
        fail_msg("%s was not enrolled: %s %s", name, home->enrol_error.reason, home->last_close);
    /* joining is a process of its own */
    pair_stop(home);
    pair_start(home);
    pair_settle(pair);
    return home;
}

/* --- questions --- */

static enum grid_status keep_row(void *context, const char *list, struct bytes record)
{
    struct pair_answer *answer = context;
    struct pair_row *rows =
            realloc(answer->rows, (answer->row_count + 1) * sizeof(struct pair_row));
    assert_non_null(rows);
    answer->rows = rows;
    struct pair_row *row = &rows[answer->row_count++];
    memset(row, 0, sizeof(*row));
    snprintf(row->list, sizeof(row->list), "%s", list);
    buffer_append(&row->record, record.data, record.size);
    return GRID_OK;
}

void pair_ask(struct pair_home *home, const char *verb, const char *const fields[],
        struct pair_answer *answer)
{
    struct grid_field given[PAIR_FIELDS_MAX];
    struct grid_request request = request_of(verb, fields, given);
    struct grid_error error = {0};
    memset(answer, 0, sizeof(*answer));
    if (grid_node_ask(home->node, pair_now(home), &request, keep_row, answer, &answer->end,
                &error) != GRID_OK)
        fail_msg("%s at %s: %s %s", verb, home->name, error.reason, error.detail);
}

void pair_answer_close(struct pair_answer *answer)
{
    for (size_t i = 0; i < answer->row_count; i++)
        buffer_close(&answer->rows[i].record);
    free(answer->rows);
    buffer_close(&answer->end);
    memset(answer, 0, sizeof(*answer));
}

/* --- records --- */

static bool find_member(struct bytes record, struct bytes key, struct bytes *out)
{
    struct reader reader = reader_of(record);
    size_t count = read_map(&reader);
    for (size_t i = 0; i < count && !reader.failed; i++) {
        bool here = bytes_equal(read_str(&reader), key);
        *out = read_raw(&reader);
        if (here)
            return !reader.failed;
    }
    return false;
}

struct bytes pair_member(struct bytes record, const char *path)
{
    for (const char *key = path;;) {
        size_t size = strcspn(key, ".");
        struct bytes value = {0};
        if (!find_member(record, bytes_of(key, size), &value))
            fail_msg("the answer has no member %s", path);
        if (key[size] == '\0')
            return value;
        record = value;
        key += size + 1;
    }
}

uint64_t pair_uint(struct bytes record, const char *path)
{
    struct reader reader = reader_of(pair_member(record, path));
    uint64_t value = read_uint(&reader);
    assert_false(reader.failed);
    return value;
}

struct bytes pair_text(struct bytes record, const char *path)
{
    struct reader reader = reader_of(pair_member(record, path));
    if (read_type(&reader) == PACK_NIL)
        return bytes_of("", 0);
    struct bytes value = read_str(&reader);
    assert_false(reader.failed);
    return value;
}

size_t pair_count(struct bytes record, const char *path)
{
    struct reader reader = reader_of(pair_member(record, path));
    size_t count = read_array(&reader);
    assert_false(reader.failed);
    return count;
}

/* --- what is asked often --- */

uint64_t pair_status_uint(struct pair_home *home, const char *path)
{
    struct pair_answer answer;
    pair_ask(home, "status", NULL, &answer);
    uint64_t value = pair_uint(buffer_bytes(&answer.end), path);
    pair_answer_close(&answer);
    return value;
}

void pair_digest(struct pair_home *home, char out[2 * GRID_HASH_BYTES + 1])
{
    struct pair_answer answer;
    pair_ask(home, "status", NULL, &answer);
    copy_text(out, 2 * GRID_HASH_BYTES + 1, pair_text(buffer_bytes(&answer.end), "digest"));
    pair_answer_close(&answer);
}

size_t pair_titled(struct pair_home *home, const char *title)
{
    size_t found = 0;
    char after[32] = "";
    for (bool more = true; more;) {
        struct pair_answer answer;
        pair_ask(home, "cases",
                after[0] != '\0' ? FIELDS("limit", "1000", "after", after)
                                 : FIELDS("limit", "1000"),
                &answer);
        for (size_t i = 0; i < answer.row_count; i++)
            found += bytes_equal(
                    pair_text(buffer_bytes(&answer.rows[i].record), "title"), bytes_text(title));
        copy_text(after, sizeof(after), pair_text(buffer_bytes(&answer.end), "next"));
        more = after[0] != '\0';
        pair_answer_close(&answer);
    }
    return found;
}

uint64_t pair_case_count(struct pair_home *home)
{
    return pair_status_uint(home, "cases");
}

uint64_t pair_queue(struct pair_home *home, const char *state)
{
    struct pair_answer answer;
    pair_ask(home, "queue", NULL, &answer);
    uint64_t value = pair_uint(buffer_bytes(&answer.end), state);
    pair_answer_close(&answer);
    return value;
}

/* --- defects --- */

struct defects {
    char text[1024];
};

static void note_defect(void *context, const char *what, const char *detail)
{
    struct defects *defects = context;
    size_t size = strlen(defects->text);
    (void)detail;
    snprintf(defects->text + size, sizeof(defects->text) - size, "%s%s", size > 0 ? " " : "", what);
}

static uint64_t check(struct pair_home *home, struct defects *defects)
{
    struct grid_check_counts counts = {0};
    struct grid_error error = {0};
    *defects = (struct defects){.text = ""};
    if (grid_node_check(home->node, note_defect, defects, &counts, &error) != GRID_OK)
        fail_msg("check of %s: %s %s", home->name, error.reason, error.detail);
    return counts.entries;
}

uint64_t pair_check(struct pair_home *home)
{
    struct defects defects;
    uint64_t entries = check(home, &defects);
    if (defects.text[0] != '\0')
        fail_msg("%s has defects: %s", home->name, defects.text);
    return entries;
}

void pair_defects(struct pair_home *home, char *out, size_t size)
{
    struct defects defects;
    (void)check(home, &defects);
    snprintf(out, size, "%s", defects.text);
}
