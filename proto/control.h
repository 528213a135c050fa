/* What grid says to its gridd over the Unix socket, and what comes back (P-120…). One shape for
 * every request: a verb and named texts as they were typed; the daemon resolves names, codes and
 * times, so that every face of the product says the same. An answer is any number of ROW frames and
 * one END or ERROR; requests on one connection may be pipelined, their frames carry the request's
 * channel. */
#ifndef GRID_PROTO_CONTROL_H
#define GRID_PROTO_CONTROL_H

#include "proto/frame.h"

/* A name may stand several times (tag). Large values (the CSV files of a roster) come as PARTs. */
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
const struct grid_field *request_field(const struct grid_request *request, const char *name);

/* REQUEST {"verb": str, "fields": [[name, value]…]}: as many PART frames [name, chunk bin] as
 * needed go ahead on the same channel when the fields do not fit one frame; control_pack_request
 * splits. */
enum grid_status control_pack_request(
        struct buffer *out, uint16_t channel, const struct grid_request *request);

/* Collects PARTs until the REQUEST of their channel. Zero-initialised; close frees. */
struct control_intake;
enum grid_status control_intake_open(struct control_intake **out);
void control_intake_close(struct control_intake *intake);
/* Takes a REQUEST or PART frame. *ready: `request` is complete and valid until the next call.
 * GRID_LIMIT past GRID_CONTROL_UPLOAD_MAX, GRID_MALFORMED. */
enum grid_status control_intake_take(struct control_intake *intake, const struct frame *frame,
        bool *ready, struct grid_request *request, struct grid_error *error);

/* Answers. A record is a packed map with text keys, the members of CLI.md's JSON (P-121). */
enum grid_status control_pack_row(
        struct buffer *out, uint16_t channel, const char *list, struct bytes record);
enum grid_status control_pack_end(struct buffer *out, uint16_t channel, struct bytes record);
enum grid_status control_pack_error(
        struct buffer *out, uint16_t channel, const struct grid_error *failure);

/* ROW [list, record], END record, ERROR {"word", "reason", "detail"}: gated, then handed out. */
enum grid_status control_read_row(const struct frame *frame, struct bytes *list,
        struct bytes *record, struct grid_error *error);
enum grid_status control_read_end(
        const struct frame *frame, struct bytes *record, struct grid_error *error);
enum grid_status control_read_error(
        const struct frame *frame, struct grid_error *failure, struct grid_error *error);

#endif
