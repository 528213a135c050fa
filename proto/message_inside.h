/* What the files that pack and read heads share. */
#ifndef GRID_PROTO_MESSAGE_INSIDE_H
#define GRID_PROTO_MESSAGE_INSIDE_H

#include "proto/message.h"

static inline struct bytes no_tail(void)
{
    return bytes_of(NULL, 0);
}

/* Writes the frame whose head was packed, and closes the head. */
enum grid_status head_send(
        struct buffer *out, uint8_t type, struct buffer *head, struct bytes tail);
/* The gate, and a reader of the head. */
enum grid_status head_open(
        const struct frame *frame, uint8_t type, struct reader *reader, struct grid_error *error);
enum grid_status head_done(
        const struct frame *frame, const struct reader *reader, struct grid_error *error);
enum grid_status head_wrong(const struct frame *frame, struct grid_error *error);
enum grid_status head_too_many(const struct frame *frame, int max, struct grid_error *error);

/* Each fails the reader where the value is not of this form. */
void read_array_of(struct reader *reader, size_t count);
uint64_t read_max(struct reader *reader, uint64_t max);
uint8_t read_lane(struct reader *reader);
uint64_t read_seq(struct reader *reader);
struct bytes read_short(struct reader *reader, size_t size_max);
/* Cut at a character, so that what is sent is text still. */
void pack_short(struct buffer *out, struct bytes text, size_t size_max);
void pack_epoch(struct buffer *out, const uint8_t epoch[static GRID_EPOCH_BYTES]);

/* Of HELLO (message_bucket.c). */
void pack_held(struct buffer *out, const struct held_buckets *held);
enum grid_status read_held(const struct frame *frame, struct reader *reader, struct arena *arena,
        struct held_buckets *out, struct grid_error *error);

#endif
