/* Whole messages out of a byte stream, and back (D12, P-80…). A frame is stateless on purpose: the
 * same bytes serve on TLS, on the Unix socket, in a file, in a re-send and in a test vector.
 *
 *   type u8 | flags u8 | channel u16 | length u32 | crc32 u32 | payload (length bytes)
 *
 * Plain payload: head_length u32 | HEAD | TAIL. With FRAME_DEFLATED the payload on the wire is
 * head_length u32 | HEAD | tail_length u32 | raw deflate of TAIL with the preset dictionary of
 * proto/dict; the crc is of the plain payload in both cases. HEAD is one msgpack value. */
#ifndef GRID_PROTO_FRAME_H
#define GRID_PROTO_FRAME_H

#include "proto/arena.h"
#include "proto/status.h"

enum frame_type {
    /* node to node (message.h) */
    FRAME_HELLO = 1,
    FRAME_DATA = 2,
    FRAME_RECEIPT = 3,
    FRAME_HAVE = 4,
    FRAME_WANT = 5,
    FRAME_CURSOR = 6,
    FRAME_STOPPED = 7,
    FRAME_PUT = 8,
    FRAME_BUCKETS = 9,
    FRAME_ENROL = 10,
    FRAME_ENROLLED = 11,
    FRAME_BYE = 12,
    FRAME_BUSY = 13,
    /* cli to daemon and back (control.h); never deflated: they do not leave the machine */
    FRAME_REQUEST = 64,
    FRAME_PART = 65,
    FRAME_ROW = 66,
    FRAME_END = 67,
    FRAME_ERROR = 68,
    /* P-84: an unknown type with this bit is skipped, any other unknown one ends the link */
    FRAME_SKIPPABLE = 128,
};
enum { FRAME_DEFLATED = 1, FRAME_HEADER_BYTES = 12 };

struct frame {
    uint8_t type;
    uint8_t flags;
    uint16_t channel;
    struct bytes head;
    struct bytes tail;
};

/* Appends one frame. The tail is deflated when that makes it smaller. GRID_LIMIT when it would pass
 * GRID_FRAME_BYTES_MAX (nothing is appended then), GRID_NOMEM. */
enum grid_status frame_write(
        struct buffer *out, uint8_t type, uint16_t channel, struct bytes head, struct bytes tail);

/* Takes the first whole frame of `input`. GRID_OK with *taken > 0: a frame, its bytes in the arena
 * or in `input`. GRID_OK with *taken == 0: more bytes are needed. GRID_MALFORMED: close the link
 * (bad length, crc, deflate, or inflating past GRID_FRAME_PLAIN_MAX). The head has not passed the
 * gate yet. */
enum grid_status frame_next(struct bytes input, struct arena *arena, struct frame *out,
        size_t *taken, struct grid_error *error);

/* The id of the preset dictionary that HELLO names: first 8 bytes of its SHA-256. */
uint64_t frame_dictionary_id(void);

#endif
