/* Looks members of a packed record up; what is missing reads as empty. */
#include "cli/record.h"

struct bytes record_raw(struct bytes record, const char *name)
{
    struct reader reader = reader_of(record);
    if (read_type(&reader) != PACK_MAP)
        return (struct bytes){0};
    size_t count = read_map(&reader);
    for (size_t i = 0; i < count && !reader.failed; i++) {
        struct bytes key = read_str(&reader);
        struct bytes value = read_raw(&reader);
        if (!reader.failed && bytes_equal(key, bytes_text(name)))
            return value;
    }
    return (struct bytes){0};
}

bool record_empty(struct bytes record, const char *name)
{
    struct reader reader = reader_of(record_raw(record, name));
    enum pack_type type = read_type(&reader);
    return type == PACK_NONE || type == PACK_NIL;
}

struct bytes value_as_text(struct bytes value)
{
    struct reader reader = reader_of(value);
    return read_type(&reader) == PACK_STR ? read_str(&reader) : (struct bytes){0};
}

bool value_is_map(struct bytes value)
{
    struct reader reader = reader_of(value);
    return read_type(&reader) == PACK_MAP;
}

bool value_is_array(struct bytes value)
{
    struct reader reader = reader_of(value);
    return read_type(&reader) == PACK_ARRAY;
}

struct bytes record_text(struct bytes record, const char *name)
{
    return value_as_text(record_raw(record, name));
}

bool record_is(struct bytes record, const char *name, const char *text)
{
    return bytes_equal(record_text(record, name), bytes_text(text));
}

uint64_t record_uint(struct bytes record, const char *name)
{
    struct reader reader = reader_of(record_raw(record, name));
    return read_type(&reader) == PACK_UINT ? read_uint(&reader) : 0;
}

int64_t record_int(struct bytes record, const char *name)
{
    struct reader reader = reader_of(record_raw(record, name));
    enum pack_type type = read_type(&reader);
    return type == PACK_UINT || type == PACK_NEGATIVE ? read_int(&reader) : 0;
}

bool record_bool(struct bytes record, const char *name)
{
    struct reader reader = reader_of(record_raw(record, name));
    return read_type(&reader) == PACK_BOOL && read_bool(&reader);
}

size_t record_array(struct bytes record, const char *name, struct reader *reader)
{
    *reader = reader_of(record_raw(record, name));
    return read_type(reader) == PACK_ARRAY ? read_array(reader) : 0;
}
