/* Those who mean harm: bytes that change on the road with checksums that fit. */
#include "tests/sim/world.h"

#include <string.h>

/* Changes a byte of the payload and makes the checksum fit again, if the frame can be read so. */
void sim_falsify(struct sim *sim, struct buffer *frame)
{
    struct arena arena;
    struct frame read = {0};
    struct grid_error error = {0};
    size_t taken = 0;
    arena_init(&arena, 0);
    if (frame_next(buffer_bytes(frame), &arena, &read, &taken, &error) == GRID_OK && taken > 0) {
        struct buffer head = {0};
        struct buffer tail = {0};
        buffer_append(&head, read.head.data, read.head.size);
        buffer_append(&tail, read.tail.data, read.tail.size);
        struct buffer *changed = tail.size > 0 && sim_one_in(sim, 2) ? &tail : &head;
        uint64_t how = sim_chance(sim, 4);
        uint8_t type = read.type;
        buffer_clear(frame);
        if (changed->size > 0)
            changed->data[sim_chance(sim, changed->size)] ^= (uint8_t)(1 + sim_chance(sim, 255));
        if (how == 1)
            type = (uint8_t)(1 + sim_chance(sim, FRAME_BUSY));
        if (how != 2) /* or it is dropped */
            (void)frame_write(frame, type, read.channel, buffer_bytes(&head), buffer_bytes(&tail));
        if (how == 3) { /* or comes twice */
            struct buffer twice = {0};
            buffer_append(&twice, frame->data, frame->size);
            buffer_append(frame, twice.data, twice.size);
            buffer_close(&twice);
        }
        buffer_close(&head);
        buffer_close(&tail);
    }
    arena_close(&arena);
}

void sim_hostile(struct sim *sim)
{
    (void)sim;
}
