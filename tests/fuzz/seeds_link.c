/* What real nodes say to each other, written down as inputs of fuzz_link: by hand, when the wire
 * changes.
 *   seeds_link FOLDER
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fuzz/link_town.h"

#include <stdio.h>
#include <string.h>

static const char *folder;

static void add_byte(struct buffer *seed, unsigned byte)
{
    uint8_t value = (uint8_t)byte;
    buffer_append(seed, &value, 1);
}

static void add_sized(struct buffer *seed, struct bytes bytes)
{
    add_byte(seed, (unsigned)(bytes.size >> 8));
    add_byte(seed, (unsigned)bytes.size);
    buffer_append(seed, bytes.data, bytes.size);
}

static struct buffer begin(enum link_world world)
{
    struct buffer seed = {0};
    add_byte(&seed, world);
    return seed;
}

static void keep(const char *name, struct buffer *seed)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(seed->data, 1, seed->size, file), seed->size);
    assert_int_equal(fclose(file), 0);
    buffer_close(seed);
}

/* Every frame as it was said, a turn behind each. */
static void add_frames(struct buffer *seed, struct bytes recorded)
{
    struct arena arena;
    struct frame frame;
    size_t at = 0;
    arena_init(&arena, 0);
    while (at < recorded.size && pair_frame(recorded, &at, &arena, &frame)) {
        assert_true(frame.head.size < 65536 && frame.tail.size < 65536);
        add_byte(seed, OP_FRAME);
        add_byte(seed, frame.type);
        add_sized(seed, frame.head);
        add_sized(seed, frame.tail);
        add_byte(seed, OP_TURN);
    }
    arena_close(&arena);
}

/* One session between the two as the town is found: what each said is a seed for the other. */
static void record_session(struct link_town *town)
{
    struct pair_link *link = NULL;
    struct pair_home *centre = link_town_begin(town, WORLD_CENTRE, &link);
    pair_cut(&town->pair, link, "valley");
    pair_restore(town->handheld, "base", true);
    pair_start(town->handheld);
    link = pair_connect(town->handheld, centre);
    pair_run(&town->pair, 5000);
    pair_report(town->handheld, "连着的时候又报一件", NULL);
    pair_run(&town->pair, 5000);
    struct buffer up = begin(WORLD_CENTRE);
    struct buffer down = begin(WORLD_HANDHELD);
    add_frames(&up, buffer_bytes(&link->up.recorded));
    add_frames(&down, buffer_bytes(&link->down.recorded));
    keep("session_up", &up);
    keep("session_down", &down);
    link_town_end(town);
}

static void record_enrolment(struct link_town *town)
{
    struct pair_link *link = NULL;
    struct pair_home *joiner = link_town_begin(town, WORLD_JOIN, &link);
    pair_cut(&town->pair, link, "valley");
    pair_restore(town->centre, "base", true);
    pair_start(town->centre);
    link = pair_connect(joiner, town->centre);
    pair_run(&town->pair, 5000);
    assert_true(joiner->enrolled);
    struct buffer down = begin(WORLD_JOIN);
    add_frames(&down, buffer_bytes(&link->down.recorded));
    keep("enrolment_down", &down);
    link_town_end(town);
}

static void add_frame(struct buffer *seed, enum grid_status packed, struct buffer *wire)
{
    assert_ok(packed);
    add_frames(seed, buffer_bytes(wire));
    buffer_clear(wire);
}

static void stranger_enrols(const struct link_town *town)
{
    struct enrol enrol = {0};
    struct hello hello = forge_hello();
    struct buffer wire = {0};
    struct buffer seed = begin(WORLD_STRANGER);
    memcpy(enrol.secret, town->stranger_secret, sizeof(enrol.secret));
    add_frame(&seed, message_pack_enrol(&wire, &enrol), &wire);
    add_frame(&seed, message_pack_hello(&wire, &hello), &wire);
    add_byte(&seed, OP_SEGMENT); /* the INCARNATE of stream 0 */
    buffer_append(&seed, "\0\0\1", 3);
    add_byte(&seed, OP_TURN);
    add_byte(&seed, OP_RELINK);
    add_byte(&seed, 1);
    keep("stranger_enrols", &seed);
    buffer_close(&wire);
}

/* Each entry of the handheld once more, under a key of the peer's own making. */
static enum grid_status add_copy(void *context, const struct store_entry *stored)
{
    struct buffer *seed = context;
    add_byte(seed, OP_WRITE);
    add_byte(seed, 1);
    add_sized(seed, stored->header);
    add_sized(seed, stored->body);
    add_byte(seed, OP_ENTRY);
    buffer_append(seed, "\1\2\1\0\7\x22\0\1\2\xc1", 10);
    add_sized(seed, stored->body);
    return GRID_OK;
}

static void copied_entries(struct link_town *town, enum link_world world, const char *name)
{
    struct pair_link *link = NULL;
    struct grid_error error = {0};
    struct hello hello = forge_hello();
    struct buffer wire = {0};
    struct buffer seed = begin(world);
    add_frame(&seed, message_pack_hello(&wire, &hello), &wire);
    const struct pair_home *home = link_town_begin(town, WORLD_HANDHELD, &link);
    const struct stream *own = home->node->log.own[GRID_LANE_WORK];
    assert_ok(store_entry_run(home->node->store, STORE_PLACE(own->row.no, 1),
            STORE_PLACE(own->row.no, own->row.tip_seq), add_copy, &seed, &error));
    link_town_end(town);
    add_byte(&seed, world == WORLD_HANDHELD ? OP_PUT : OP_SEGMENT);
    add_byte(&seed, 1);
    if (world != WORLD_HANDHELD)
        buffer_append(&seed, "\0\7", 2);
    add_byte(&seed, OP_BUCKET);
    add_byte(&seed, 0);
    add_byte(&seed, OP_TURN);
    add_byte(&seed, OP_ACT);
    add_byte(&seed, 0);
    add_byte(&seed, OP_RECEIPT);
    buffer_append(&seed, "\1\0", 2);
    add_byte(&seed, OP_CLOCK);
    buffer_append(&seed, "\1\0", 2);
    keep(name, &seed);
    buffer_close(&wire);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    folder = argv[1];
    struct link_town *town = link_town();
    record_session(town);
    record_enrolment(town);
    stranger_enrols(town);
    copied_entries(town, WORLD_CENTRE, "entries_to_centre");
    copied_entries(town, WORLD_HANDHELD, "entries_to_handheld");
    return 0;
}
