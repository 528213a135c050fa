/* What grid says to its gridd over the Unix socket, and what comes back (P-120…). One shape for
 * every request: a verb and named texts as they were typed; the daemon resolves names, codes and
 * times, so that every face of the product says the same. An answer is any number of ROW frames and
 * one END or ERROR; requests on one connection may be pipelined, their frames carry the request's
 * channel.
 *
 * No request and no record is bound to the size of a frame: a request that does not fit sends its
 * fields ahead as PARTs (P-122), and a record that does not fit comes as several frames, one right
 * behind the other (P-124). Both sides put them together here, so that nobody else sees pieces. */
#ifndef GRID_PROTO_CONTROL_H
#define GRID_PROTO_CONTROL_H

#include "proto/api.h"
#include "proto/frame.h"

enum {
    GRID_REQUEST_FIELDS_MAX = 1024,
    GRID_REQUEST_NAME_BYTES = 64,       /* of a verb, a field, a list */
    GRID_CONTROL_RECORD_MAX = 16777216, /* one record put together: a case of 10 000 entries */
};

/* A name may stand several times (tag); the order is kept. A value is any bytes: what was typed is
 * judged by the daemon, and the CSV files of a roster may be no UTF-8. */
struct grid_field {
    struct bytes name;
    struct bytes value;
};

struct grid_request {
    struct bytes verb;
    const struct grid_field *fields;
    size_t field_count;
};
/* The first field of that name; NULL when absent. */
GRID_API const struct grid_field *request_field(
        const struct grid_request *request, const char *name);

/* P-121: REQUEST {"verb": str, "fields": [[name str, value bin]…]}. P-122: where that does not fit
 * one frame, all fields go ahead in their order as PART [name, more, chunk bin], and the REQUEST
 * has no fields of its own. GRID_LIMIT past GRID_CONTROL_UPLOAD_MAX; nothing is appended then. */
enum grid_status control_pack_request(
        struct buffer *out, uint16_t channel, const struct grid_request *request);

/* Collects PARTs until the REQUEST of their channel; one for each connection. */
struct control_intake;
enum grid_status control_intake_open(struct control_intake **out);
void control_intake_close(struct control_intake *intake); /* NULL does nothing */
/* Takes a REQUEST or PART frame. *ready: `request` is complete and valid until the next call (the
 * frame is not needed any more). GRID_LIMIT past GRID_CONTROL_UPLOAD_MAX, GRID_MALFORMED: close the
 * connection. */
enum grid_status control_intake_take(struct control_intake *intake, const struct frame *frame,
        bool *ready, struct grid_request *request, struct grid_error *error);

/* Answers. A record is a packed map with text keys, the members of CLI.md's JSON. P-123: ROW [list,
 * more, chunk bin], END [more, chunk bin], ERROR {"word", "reason", "detail"}; a packer appends all
 * frames of its record, or nothing. An empty record in END stands for an empty map. */
enum grid_status control_pack_row(
        struct buffer *out, uint16_t channel, const char *list, struct bytes record);
enum grid_status control_pack_end(struct buffer *out, uint16_t channel, struct bytes record);
enum grid_status control_pack_error(
        struct buffer *out, uint16_t channel, const struct grid_error *failure);

/* The other side: whole answers out of ROW, END and ERROR frames; one for each connection. */
enum control_answer_type { CONTROL_ROW, CONTROL_END, CONTROL_ERROR };
struct control_answer {
    enum control_answer_type type;
    uint16_t channel;
    struct bytes list;         /* of a ROW */
    struct bytes record;       /* of a ROW or END: one map, passed by the gate */
    struct grid_error failure; /* of an ERROR */
};
struct control_answer_intake;
enum grid_status control_answer_intake_open(struct control_answer_intake **out);
void control_answer_intake_close(struct control_answer_intake *intake); /* NULL does nothing */
/* *ready: `answer` is whole and valid until the next call or the end of the frame's bytes.
 * GRID_MALFORMED: not an answer; GRID_LIMIT past GRID_CONTROL_RECORD_MAX. */
enum grid_status control_answer_take(struct control_answer_intake *intake,
        const struct frame *frame, bool *ready, struct control_answer *answer,
        struct grid_error *error);

#endif
