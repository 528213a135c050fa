/* The generic way from packed records to JSON; no command has one of its own. */
#include "cli/json.h"

#include "cli/print.h"
#include "cli/text.h"
#include "proto/ident.h"
#include "proto/pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_OUT = JSON_COMPACT | JSON_ENCODE_ANY };

static json_t *of_reader(struct reader *reader);

static json_t *of_uint(uint64_t number)
{
    if (number <= INT64_MAX)
        return json_integer((json_int_t)number);
    char digits[24]; /* beyond what JSON readers hold exactly */
    snprintf(digits, sizeof(digits), "%" PRIu64, number);
    return json_string(digits);
}

static json_t *of_bin(struct bytes bytes)
{
    char *hex = malloc(2 * bytes.size + 1);
    if (hex == NULL)
        return NULL;
    ident_hex(hex, bytes);
    json_t *value = json_string(hex);
    free(hex);
    return value;
}

static json_t *of_array(struct reader *reader)
{
    json_t *array = json_array();
    size_t count = read_array(reader);
    for (size_t i = 0; i < count && !reader->failed; i++)
        json_array_append_new(array, of_reader(reader));
    return array;
}

static json_t *of_map(struct reader *reader)
{
    json_t *object = json_object();
    size_t count = read_map(reader);
    for (size_t i = 0; i < count && !reader->failed; i++) {
        char name[64];
        struct bytes key = read_str(reader);
        json_t *value = of_reader(reader);
        snprintf(name, sizeof(name), "%.*s", (int)key.size, (const char *)key.data);
        json_object_set_new_nocheck(object, name, value);
    }
    return object;
}

static json_t *of_reader(struct reader *reader)
{
    switch (read_type(reader)) {
    case PACK_UINT:
        return of_uint(read_uint(reader));
    case PACK_NEGATIVE:
        return json_integer(read_int(reader));
    case PACK_BOOL:
        return json_boolean(read_bool(reader));
    case PACK_STR: {
        struct bytes text = read_str(reader);
        return json_stringn((const char *)text.data, text.size);
    }
    case PACK_BIN:
        return of_bin(read_bin(reader));
    case PACK_ARRAY:
        return of_array(reader);
    case PACK_MAP:
        return of_map(reader);
    case PACK_NIL:
    case PACK_NONE:
        read_skip(reader);
        return json_null();
    }
    return json_null();
}

json_t *json_of(struct bytes value)
{
    struct reader reader = reader_of(value);
    return of_reader(&reader);
}

void json_print(json_t *object)
{
    json_dumpf(object, stdout, JSON_OUT);
    putchar('\n');
    json_decref(object);
}

json_t *json_failure(const struct grid_error *error)
{
    struct buffer message = {0};
    text_error(&message, error);
    json_t *object = json_object();
    json_object_set_new(object, "error", json_string(grid_status_word(error->status)));
    json_t *text = json_stringn((const char *)message.data, message.size);
    if (text == NULL) { /* it quotes bytes that are no text */
        struct buffer safe = {0};
        print_safe(&safe, buffer_bytes(&message), true);
        text = json_stringn((const char *)safe.data, safe.size);
        buffer_close(&safe);
    }
    json_object_set_new(object, "message", text);
    buffer_close(&message);
    return object;
}

static void begin(struct json_answer *answer)
{
    if (!answer->open)
        putchar('{');
    answer->open = true;
}

void json_answer_row(struct json_answer *answer, struct bytes list, json_t *row)
{
    begin(answer);
    if (answer->first[0] == '\0') {
        snprintf(answer->first, sizeof(answer->first), "%.*s", (int)list.size,
                (const char *)list.data);
        printf("\"%s\":[", answer->first);
    }
    if (bytes_equal(bytes_text(answer->first), list)) {
        if (answer->printed++ != 0)
            putchar(',');
        json_dumpf(row, stdout, JSON_OUT);
        json_decref(row);
        return;
    }
    char name[32];
    snprintf(name, sizeof(name), "%.*s", (int)list.size, (const char *)list.data);
    if (answer->waiting == NULL)
        answer->waiting = json_object();
    json_t *array = json_object_get(answer->waiting, name);
    if (array == NULL) {
        array = json_array();
        json_object_set_new(answer->waiting, name, array);
    }
    json_array_append_new(array, row);
}

/* The members of `from` that were not printed yet. */
static void print_members(struct json_answer *answer, json_t *from, json_t *done, bool *comma)
{
    const char *name;
    json_t *value;
    json_object_foreach(from, name, value)
    {
        if (strcmp(name, answer->first) == 0 || json_object_get(done, name) != NULL)
            continue;
        json_object_set_new(done, name, json_true());
        if (*comma)
            putchar(',');
        printf("\"%s\":", name); /* names are identifiers of the contract */
        json_dumpf(value, stdout, JSON_OUT);
        *comma = true;
    }
}

void json_answer_end(struct json_answer *answer, json_t *end)
{
    begin(answer);
    bool comma = answer->first[0] != '\0';
    if (comma)
        putchar(']');
    json_t *done = json_object();
    if (answer->waiting != NULL)
        print_members(answer, answer->waiting, done, &comma);
    if (end != NULL)
        print_members(answer, end, done, &comma);
    json_t *missing = json_object();
    for (const char *at = answer->lists != NULL ? answer->lists : ""; *at != '\0';) {
        char name[32];
        size_t size = strcspn(at, " ");
        snprintf(name, sizeof(name), "%.*s", (int)size, at);
        json_object_set_new(missing, name, json_array());
        at += size + strspn(at + size, " ");
    }
    print_members(answer, missing, done, &comma);
    puts("}");
    json_decref(missing);
    json_decref(done);
    json_decref(answer->waiting);
    json_decref(end);
    *answer = (struct json_answer){.lists = answer->lists};
}
