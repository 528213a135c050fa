/* Bodies of entries (P-30…): the body of every act on a case, and a field table for each kind
 * below. What is read here has passed the gate: lengths are true, map keys ascend, texts are UTF-8.
 */
#include "proto/body.h"

#include <assert.h>
#include <inttypes.h>

static enum grid_status shape_wrong(struct grid_error *error, uint64_t key)
{
    return grid_fail(error, GRID_MALFORMED, "body_shape", "%" PRIu64, key);
}

/* --- acts on a case --- */

enum case_key {
    CASE_AS = 0,
    CASE_SETS = 1,
    CASE_ADDS = 2,
    CASE_REMOVALS = 3,
    CASE_ARGS = 4,
    CASE_SEEN = 5,
};

struct case_reader {
    struct reader reader;
    struct arena *arena;
    struct case_body *out;
    size_t op_count;
    bool newer;
    struct grid_error *error;
};

static enum grid_status value_wrong(struct case_reader *in, const char *name)
{
    return grid_fail(in->error, GRID_MALFORMED, "body_value", "%s", name);
}

/* Counts ops before their memory is asked for (P-34). A list that is there has something in it:
 * there is one way to say nothing. */
static enum grid_status ops_count(struct case_reader *in, uint64_t key, size_t count)
{
    if (in->reader.failed || count == 0)
        return shape_wrong(in->error, key);
    if (count > GRID_OPS_MAX - in->op_count)
        return grid_fail(in->error, GRID_MALFORMED, "body_ops", "%d", GRID_OPS_MAX);
    in->op_count += count;
    return GRID_OK;
}

static enum grid_status read_as(struct case_reader *in)
{
    struct grid_as *as = &in->out->as;
    if (read_array(&in->reader) != 3)
        return shape_wrong(in->error, CASE_AS);
    read_bin_exact(&in->reader, as->person, sizeof(as->person));
    uint64_t role = read_uint(&in->reader);
    as->place = read_str(&in->reader);
    if (in->reader.failed || role == GRID_ROLE_NONE || role > UINT16_MAX ||
            place_kind(as->place) == GRID_PLACE_NONE)
        return shape_wrong(in->error, CASE_AS);
    as->role = (unsigned)role;
    if (grid_role_name(as->role) == NULL)
        in->newer = true;
    return GRID_OK;
}

/* The number of a register, collection or argument: 1 … end − 1, or *newer. */
static unsigned read_name(struct case_reader *in, unsigned end)
{
    uint64_t name = read_uint(&in->reader);
    if (name >= 1 && name < end)
        return (unsigned)name;
    in->newer = true;
    return 0;
}

static enum grid_status read_sets(struct case_reader *in)
{
    size_t count = read_map(&in->reader);
    enum grid_status status = ops_count(in, CASE_SETS, count);
    if (status != GRID_OK)
        return status;
    struct case_op *sets = arena_alloc_array(in->arena, count, sizeof(*sets));
    if (sets == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        sets[i].name = read_name(in, GRID_REGISTER_END);
        sets[i].value = read_raw(&in->reader);
        if (in->reader.failed)
            return shape_wrong(in->error, CASE_SETS);
        if (sets[i].name != 0 && !value_check_register(sets[i].name, sets[i].value))
            return value_wrong(in, grid_register_name(sets[i].name));
    }
    in->out->sets = sets;
    in->out->set_count = count;
    return GRID_OK;
}

static enum grid_status read_adds(struct case_reader *in)
{
    size_t count = read_array(&in->reader);
    enum grid_status status = ops_count(in, CASE_ADDS, count);
    if (status != GRID_OK)
        return status;
    struct case_op *adds = arena_alloc_array(in->arena, count, sizeof(*adds));
    if (adds == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        if (read_array(&in->reader) != 2)
            return shape_wrong(in->error, CASE_ADDS);
        adds[i].name = read_name(in, GRID_COLLECTION_END);
        adds[i].value = read_raw(&in->reader);
        if (in->reader.failed)
            return shape_wrong(in->error, CASE_ADDS);
        if (adds[i].name != 0 && !value_check_addition(adds[i].name, adds[i].value))
            return value_wrong(in, grid_collection_name(adds[i].name));
    }
    in->out->adds = adds;
    in->out->add_count = count;
    return GRID_OK;
}

static enum grid_status read_removals(struct case_reader *in)
{
    size_t count = read_array(&in->reader);
    enum grid_status status = ops_count(in, CASE_REMOVALS, count);
    if (status != GRID_OK)
        return status;
    struct case_removal *removals = arena_alloc_array(in->arena, count, sizeof(*removals));
    if (removals == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct case_removal *removal = &removals[i];
        if (read_array(&in->reader) != 3)
            return shape_wrong(in->error, CASE_REMOVALS);
        removal->collection = read_name(in, GRID_COLLECTION_END);
        dot_read(&in->reader, &removal->dot);
        removal->value = read_raw(&in->reader);
        if (in->reader.failed)
            return shape_wrong(in->error, CASE_REMOVALS);
        if (removal->collection != 0 && !value_check_addition(removal->collection, removal->value))
            return value_wrong(in, grid_collection_name(removal->collection));
    }
    in->out->removals = removals;
    in->out->removal_count = count;
    return GRID_OK;
}

static enum grid_status read_args(struct case_reader *in)
{
    size_t count = read_map(&in->reader);
    if (in->reader.failed || count == 0)
        return shape_wrong(in->error, CASE_ARGS);
    for (size_t i = 0; i < count; i++) {
        unsigned name = read_name(in, GRID_ARGUMENT_END);
        struct bytes value = read_raw(&in->reader);
        if (in->reader.failed)
            return shape_wrong(in->error, CASE_ARGS);
        if (name != 0 && !value_check_argument(name, value))
            return value_wrong(in, grid_argument_name(name));
        in->out->args[name] = value; /* args[0] belongs to nobody */
    }
    in->out->args[0] = bytes_of(NULL, 0);
    return GRID_OK;
}

/* Unlike the others it may be empty: a decider who had seen nothing but the create's own log says
 * so. */
static enum grid_status read_seen(struct case_reader *in)
{
    size_t count = read_array(&in->reader);
    if (in->reader.failed)
        return shape_wrong(in->error, CASE_SEEN);
    if (count > GRID_SEEN_MAX)
        return grid_fail(in->error, GRID_MALFORMED, "body_seen", "%d", GRID_SEEN_MAX);
    struct dot *seen = arena_alloc_array(in->arena, count, sizeof(*seen));
    if (seen == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++)
        dot_read(&in->reader, &seen[i]);
    if (in->reader.failed)
        return shape_wrong(in->error, CASE_SEEN);
    in->out->has_seen = true;
    in->out->seen = seen;
    in->out->seen_count = count;
    return GRID_OK;
}

static enum grid_status read_key(struct case_reader *in, uint64_t key)
{
    switch (key) {
    case CASE_AS:
        return read_as(in);
    case CASE_SETS:
        return read_sets(in);
    case CASE_ADDS:
        return read_adds(in);
    case CASE_REMOVALS:
        return read_removals(in);
    case CASE_ARGS:
        return read_args(in);
    case CASE_SEEN:
        return read_seen(in);
    default:
        if (key < BODY_KEY_OPTIONAL)
            in->newer = true;
        read_skip(&in->reader);
        return GRID_OK;
    }
}

enum grid_status body_read_case(struct bytes body, struct arena *arena, struct case_body *out,
        bool *newer, struct grid_error *error)
{
    struct case_reader in = {.reader = reader_of(body), .arena = arena, .out = out, .error = error};
    enum grid_status status = GRID_OK;
    *out = (struct case_body){0};
    *newer = false;
    for (size_t left = read_map(&in.reader); left > 0 && status == GRID_OK; left--) {
        uint64_t key = read_uint(&in.reader);
        if (in.reader.failed)
            break;
        status = read_key(&in, key);
    }
    /* P-32: in an entry of a newer program nothing that we think of its shape counts. */
    if (status == GRID_MALFORMED && in.newer)
        status = GRID_OK;
    else if (status == GRID_OK && !reader_done(&in.reader))
        status = shape_wrong(error, BODY_KEY_OPTIONAL);
    else if (status == GRID_OK && out->as.place.size == 0 && !in.newer)
        status = shape_wrong(error, CASE_AS);
    *newer = status == GRID_OK && in.newer;
    return status;
}

static void pack_as(struct buffer *out, const struct grid_as *as)
{
    pack_array(out, 3);
    pack_bin(out, bytes_of(as->person, sizeof(as->person)));
    pack_uint(out, as->role);
    pack_str(out, as->place);
}

/* Sets in the order of their registers, whatever order the caller filled them in (P-17). */
static void pack_sets(struct buffer *out, const struct case_op *sets, size_t count)
{
    pack_uint(out, CASE_SETS);
    pack_map(out, count);
    size_t packed = 0;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        for (size_t i = 0; i < count; i++)
            if (sets[i].name == reg) {
                pack_uint(out, reg);
                pack_raw(out, sets[i].value);
                packed++;
            }
    assert(packed == count); /* every one a register of ours */
}

static void pack_adds(struct buffer *out, const struct case_op *adds, size_t count)
{
    pack_uint(out, CASE_ADDS);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_array(out, 2);
        pack_uint(out, adds[i].name);
        pack_raw(out, adds[i].value);
    }
}

static void pack_removals(struct buffer *out, const struct case_removal *removals, size_t count)
{
    pack_uint(out, CASE_REMOVALS);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        pack_array(out, 3);
        pack_uint(out, removals[i].collection);
        dot_pack(out, &removals[i].dot);
        pack_raw(out, removals[i].value);
    }
}

static size_t arg_count(const struct case_body *body)
{
    size_t count = 0;
    for (unsigned name = 1; name < GRID_ARGUMENT_END; name++)
        count += body->args[name].size > 0;
    return count;
}

static void pack_args(struct buffer *out, const struct case_body *body)
{
    pack_uint(out, CASE_ARGS);
    pack_map(out, arg_count(body));
    for (unsigned name = 1; name < GRID_ARGUMENT_END; name++)
        if (body->args[name].size > 0) {
            pack_uint(out, name);
            pack_raw(out, body->args[name]);
        }
}

static void pack_seen(struct buffer *out, const struct dot *seen, size_t count)
{
    pack_uint(out, CASE_SEEN);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        dot_pack(out, &seen[i]);
}

void body_pack_case(struct buffer *out, const struct case_body *body)
{
    bool has_args = arg_count(body) > 0;
    assert(body->set_count + body->add_count + body->removal_count <= GRID_OPS_MAX);
    assert(body->seen_count <= GRID_SEEN_MAX);
    pack_map(out, 1 + (size_t)(body->set_count > 0) + (size_t)(body->add_count > 0) +
                          (size_t)(body->removal_count > 0) + (size_t)has_args +
                          (size_t)body->has_seen);
    pack_uint(out, CASE_AS);
    pack_as(out, &body->as);
    if (body->set_count > 0)
        pack_sets(out, body->sets, body->set_count);
    if (body->add_count > 0)
        pack_adds(out, body->adds, body->add_count);
    if (body->removal_count > 0)
        pack_removals(out, body->removals, body->removal_count);
    if (has_args)
        pack_args(out, body);
    if (body->has_seen)
        pack_seen(out, body->seen, body->seen_count);
}

struct bytes case_body_set(const struct case_body *body, unsigned reg)
{
    for (size_t i = 0; i < body->set_count; i++)
        if (body->sets[i].name == reg)
            return body->sets[i].value;
    return bytes_of(NULL, 0);
}
