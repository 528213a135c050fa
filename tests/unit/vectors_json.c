/* The keys of all vectors, and JSON of what is read and packed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/vectors.h"

#include <string.h>

uint8_t author_seed[GRID_SEED_BYTES];
uint8_t identity_seed[GRID_SEED_BYTES];
uint8_t author_key[GRID_KEY_BYTES];
uint8_t author[GRID_ID_BYTES];
uint8_t identity_key[GRID_KEY_BYTES];

struct arena arena;

void keys_make(void)
{
    memset(author_seed, 1, sizeof(author_seed));
    memset(identity_seed, 2, sizeof(identity_seed));
    assert_int_equal(crypto_public_key(author_key, author_seed), GRID_OK);
    assert_int_equal(crypto_public_key(identity_key, identity_seed), GRID_OK);
    assert_int_equal(author_of_key(author, author_key), GRID_OK);
}

json_t *json_hex(struct bytes bytes)
{
    char *text = arena_alloc(&arena, bytes.size * 2 + 1);
    assert_non_null(text);
    ident_hex(text, bytes);
    return json_string(text);
}

json_t *json_str(struct bytes text)
{
    return json_stringn((const char *)text.data, text.size);
}

json_t *json_count(uint64_t number)
{
    assert_true(number <= INT64_MAX);
    return json_integer((json_int_t)number);
}

void set(json_t *object, const char *name, json_t *value)
{
    assert_int_equal(json_object_set_new(object, name, value), 0);
}

void push(json_t *list, json_t *value)
{
    assert_int_equal(json_array_append_new(list, value), 0);
}

struct bytes json_unhex(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    size_t size = strlen(text) / 2;
    uint8_t *data = arena_alloc(&arena, size);
    assert_non_null(data);
    assert_true(ident_unhex(data, size, text));
    return bytes_of(data, size);
}

json_t *show_dots(const struct dot *dots, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        set(one, "author", HEX(dots[i].author));
        set(one, "lane", json_count(dots[i].lane));
        set(one, "seq", json_count(dots[i].seq));
        set(one, "tag", HEX(dots[i].tag));
        push(list, one);
    }
    return list;
}

json_t *show_tips(const struct stream_tip *tips, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_object();
        set(one, "author", HEX(tips[i].author));
        set(one, "lane", json_count(tips[i].lane));
        set(one, "seq", json_count(tips[i].seq));
        set(one, "id", HEX(tips[i].id));
        push(list, one);
    }
    return list;
}

struct bytes kept(struct buffer *buffer)
{
    struct bytes copy = arena_copy(&arena, buffer_bytes(buffer));
    assert_non_null(copy.data);
    buffer_close(buffer);
    return copy;
}
