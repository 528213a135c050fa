/* Requests of grid to gridd and their answers (P-120…), taken apart into frames and put together.
 */
#include "proto/control.h"

#include "proto/gate.h"
#include "proto/heap.h"
#include "proto/limits.h"
#include "proto/pack.h"

#include <assert.h>
#include <string.h>

/* What one frame carries of a value that is split: the rest is room for the frame's own bytes. */
enum { CHUNK_BYTES = GRID_FRAME_BYTES_MAX - 512, INTAKE_CHANNELS_MAX = 64 };

static bool bytes_are(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_text(text));
}

const struct grid_field *request_field(const struct grid_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++)
        if (bytes_are(request->fields[i].name, name))
            return &request->fields[i];
    return NULL;
}

/* --- packing --- */

/* Writes one frame whose head was packed, and closes the head. */
static enum grid_status send(
        struct buffer *out, uint8_t type, uint16_t channel, struct buffer *head)
{
    enum grid_status status = GRID_NOMEM;
    if (!head->failed)
        status = frame_write(out, type, channel, buffer_bytes(head), bytes_of(NULL, 0));
    buffer_close(head);
    return status;
}

/* Several frames enter `out` together or not at all. */
static enum grid_status keep_or_undo(struct buffer *out, size_t before, enum grid_status status)
{
    if (status == GRID_OK && out->failed)
        status = GRID_NOMEM;
    if (status != GRID_OK)
        out->size = before;
    return status;
}

static struct bytes chunk_take(struct bytes *rest)
{
    size_t size = rest->size < CHUNK_BYTES ? rest->size : CHUNK_BYTES;
    struct bytes chunk = {rest->data, size};
    if (size > 0)
        *rest = bytes_of(rest->data + size, rest->size - size);
    return chunk;
}

/* `value` in as many frames as it takes, each [name?, more, chunk]. */
static enum grid_status send_chunks(struct buffer *out, uint8_t type, uint16_t channel,
        const struct bytes *name, struct bytes value)
{
    enum grid_status status = GRID_OK;
    bool more = true;
    while (status == GRID_OK && more) {
        struct buffer head = {0};
        struct bytes chunk = chunk_take(&value);
        more = value.size > 0;
        pack_array(&head, name != NULL ? 3 : 2);
        if (name != NULL)
            pack_str(&head, *name);
        pack_bool(&head, more);
        pack_bin(&head, chunk);
        status = send(out, type, channel, &head);
    }
    return status;
}

static enum grid_status send_request(struct buffer *out, uint16_t channel, struct bytes verb,
        const struct grid_field *fields, size_t field_count)
{
    struct buffer head = {0};
    pack_map(&head, 2);
    pack_text(&head, "verb");
    pack_str(&head, verb);
    pack_text(&head, "fields");
    pack_array(&head, field_count);
    for (size_t i = 0; i < field_count; i++) {
        pack_array(&head, 2);
        pack_str(&head, fields[i].name);
        pack_bin(&head, fields[i].value);
    }
    return send(out, FRAME_REQUEST, channel, &head);
}

enum grid_status control_pack_request(
        struct buffer *out, uint16_t channel, const struct grid_request *request)
{
    size_t before = out->size;
    size_t total = 0;
    enum grid_status status = GRID_OK;
    assert(request->verb.size <= GRID_REQUEST_NAME_BYTES);
    for (size_t i = 0; i < request->field_count; i++) {
        assert(request->fields[i].name.size <= GRID_REQUEST_NAME_BYTES);
        total += request->fields[i].name.size + request->fields[i].value.size + 16;
    }
    if (total > GRID_CONTROL_UPLOAD_MAX || request->field_count > GRID_REQUEST_FIELDS_MAX)
        return GRID_LIMIT;
    if (total <= CHUNK_BYTES - 2 * GRID_REQUEST_NAME_BYTES) {
        status = send_request(out, channel, request->verb, request->fields, request->field_count);
        return keep_or_undo(out, before, status);
    }
    /* P-122: all of them, so that their order is kept without a word about it */
    for (size_t i = 0; i < request->field_count && status == GRID_OK; i++)
        status = send_chunks(
                out, FRAME_PART, channel, &request->fields[i].name, request->fields[i].value);
    if (status == GRID_OK)
        status = send_request(out, channel, request->verb, NULL, 0);
    return keep_or_undo(out, before, status);
}

enum grid_status control_pack_row(
        struct buffer *out, uint16_t channel, const char *list, struct bytes record)
{
    size_t before = out->size;
    struct bytes name = bytes_text(list);
    assert(name.size <= GRID_REQUEST_NAME_BYTES);
    if (record.size > GRID_CONTROL_RECORD_MAX)
        return GRID_LIMIT;
    enum grid_status status = send_chunks(out, FRAME_ROW, channel, &name, record);
    return keep_or_undo(out, before, status);
}

enum grid_status control_pack_end(struct buffer *out, uint16_t channel, struct bytes record)
{
    static const uint8_t empty_map[] = {0x80};
    size_t before = out->size;
    if (record.size == 0)
        record = bytes_of(empty_map, sizeof(empty_map));
    if (record.size > GRID_CONTROL_RECORD_MAX)
        return GRID_LIMIT;
    enum grid_status status = send_chunks(out, FRAME_END, channel, NULL, record);
    return keep_or_undo(out, before, status);
}

enum grid_status control_pack_error(
        struct buffer *out, uint16_t channel, const struct grid_error *failure)
{
    size_t before = out->size;
    struct buffer head = {0};
    pack_map(&head, 3);
    pack_text(&head, "word");
    pack_text(&head, grid_status_word(failure->status));
    pack_text(&head, "reason");
    pack_text(&head, failure->reason);
    pack_text(&head, "detail");
    /* A detail may quote bytes that somebody typed and that are no text. */
    pack_bin(&head, bytes_text(failure->detail));
    return keep_or_undo(out, before, send(out, FRAME_ERROR, channel, &head));
}

/* --- requests: the side of gridd --- */

/* A field that is complete, or the last one of its upload still growing: offsets into `data`. */
struct intake_field {
    size_t name_at, name_size;
    size_t value_at, value_size;
};

/* What one channel has sent ahead of its REQUEST. */
struct upload {
    struct upload *next;
    uint16_t channel;
    bool growing; /* the last field has more to come */
    struct buffer data;
    struct buffer fields; /* of struct intake_field */
};

struct control_intake {
    struct upload *uploads;
    struct upload *ready; /* belongs to the request handed out last */
    struct grid_field *fields;
    size_t total_bytes; /* of all uploads */
    size_t upload_count;
};

enum grid_status control_intake_open(struct control_intake **out)
{
    *out = grid_alloc(sizeof(**out));
    return *out == NULL ? GRID_NOMEM : GRID_OK;
}

static void upload_free(struct upload *upload)
{
    if (upload == NULL)
        return;
    buffer_close(&upload->data);
    buffer_close(&upload->fields);
    grid_free(upload);
}

/* The request handed out before is over with the next call. */
static void intake_forget(struct control_intake *intake)
{
    upload_free(intake->ready);
    intake->ready = NULL;
    grid_free(intake->fields);
    intake->fields = NULL;
}

void control_intake_close(struct control_intake *intake)
{
    if (intake == NULL)
        return;
    intake_forget(intake);
    while (intake->uploads != NULL) {
        struct upload *next = intake->uploads->next;
        upload_free(intake->uploads);
        intake->uploads = next;
    }
    grid_free(intake);
}

static enum grid_status too_large(struct grid_error *error)
{
    return grid_fail(error, GRID_LIMIT, "request_too_large", "%d", GRID_CONTROL_UPLOAD_MAX);
}

static enum grid_status request_wrong(struct grid_error *error, const char *what)
{
    return grid_fail(error, GRID_MALFORMED, "request_shape", "%s", what);
}

/* The upload of a channel; a new one when it has none. */
static enum grid_status upload_of(struct control_intake *intake, uint16_t channel,
        struct upload **out, struct grid_error *error)
{
    for (*out = intake->uploads; *out != NULL; *out = (*out)->next)
        if ((*out)->channel == channel)
            return GRID_OK;
    if (intake->upload_count == INTAKE_CHANNELS_MAX)
        return grid_fail(error, GRID_LIMIT, "request_channels", "%d", INTAKE_CHANNELS_MAX);
    *out = grid_alloc(sizeof(**out));
    if (*out == NULL)
        return GRID_NOMEM;
    (*out)->channel = channel;
    (*out)->next = intake->uploads;
    intake->uploads = *out;
    intake->upload_count++;
    return GRID_OK;
}

static struct upload *upload_detach(struct control_intake *intake, struct upload *upload)
{
    struct upload **at = &intake->uploads;
    while (*at != upload)
        at = &(*at)->next;
    *at = upload->next;
    upload->next = NULL;
    intake->upload_count--;
    intake->total_bytes -= upload->data.size;
    return upload;
}

static struct intake_field *upload_fields(const struct upload *upload)
{
    return (struct intake_field *)(void *)upload->fields.data;
}

static size_t upload_field_count(const struct upload *upload)
{
    return upload->fields.size / sizeof(struct intake_field);
}

/* Adds bytes to the last field, or begins one of that name. */
static enum grid_status upload_add(struct control_intake *intake, struct upload *upload,
        struct bytes name, struct bytes chunk, struct grid_error *error)
{
    size_t count = upload_field_count(upload);
    size_t growth = chunk.size + (upload->growing ? 0 : name.size);
    if (growth > GRID_CONTROL_UPLOAD_MAX - intake->total_bytes)
        return too_large(error);
    if (upload->growing) {
        struct intake_field *last = &upload_fields(upload)[count - 1];
        struct bytes begun = {upload->data.data + last->name_at, last->name_size};
        if (!bytes_equal(begun, name))
            return request_wrong(error, "part");
        last->value_size += chunk.size;
    } else {
        if (count == GRID_REQUEST_FIELDS_MAX)
            return grid_fail(error, GRID_LIMIT, "request_fields", "%d", GRID_REQUEST_FIELDS_MAX);
        struct intake_field fresh = {.name_at = upload->data.size,
                .name_size = name.size,
                .value_at = upload->data.size + name.size,
                .value_size = chunk.size};
        buffer_append(&upload->fields, &fresh, sizeof(fresh));
        buffer_append(&upload->data, name.data, name.size);
    }
    buffer_append(&upload->data, chunk.data, chunk.size);
    if (upload->data.failed || upload->fields.failed)
        return GRID_NOMEM;
    intake->total_bytes += growth;
    return GRID_OK;
}

static bool name_fits(struct bytes name)
{
    return name.size > 0 && name.size <= GRID_REQUEST_NAME_BYTES;
}

static enum grid_status take_part(
        struct control_intake *intake, const struct frame *frame, struct grid_error *error)
{
    struct reader reader = reader_of(frame->head);
    size_t size = read_array(&reader);
    struct bytes name = read_str(&reader);
    bool more = read_bool(&reader);
    struct bytes chunk = read_bin(&reader);
    if (size != 3 || !reader_done(&reader) || !name_fits(name))
        return request_wrong(error, "part");
    struct upload *upload = NULL;
    enum grid_status status = upload_of(intake, frame->channel, &upload, error);
    if (status == GRID_OK)
        status = upload_add(intake, upload, name, chunk, error);
    if (status == GRID_OK)
        upload->growing = more;
    return status;
}

/* The fields of the REQUEST itself come behind those sent ahead. */
static enum grid_status take_fields(struct control_intake *intake, struct upload *upload,
        struct reader *reader, struct grid_error *error)
{
    for (size_t left = read_array(reader); left > 0; left--) {
        size_t size = read_array(reader);
        struct bytes name = read_str(reader);
        struct bytes value = read_bin(reader);
        if (size != 2 || reader->failed || !name_fits(name))
            return request_wrong(error, "fields");
        enum grid_status status = upload_add(intake, upload, name, value, error);
        if (status != GRID_OK)
            return status;
    }
    return GRID_OK;
}

/* The verb stands behind all fields in the upload's bytes. */
static enum grid_status request_show(struct control_intake *intake, struct upload *upload,
        size_t verb_size, struct grid_request *request)
{
    size_t count = upload_field_count(upload);
    const struct intake_field *from = upload_fields(upload);
    const uint8_t *data = upload->data.data;
    intake->fields = grid_alloc_array(count, sizeof(*intake->fields));
    if (intake->fields == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++)
        intake->fields[i] = (struct grid_field){
                .name = {data + from[i].name_at, from[i].name_size},
                .value = {data + from[i].value_at, from[i].value_size},
        };
    *request = (struct grid_request){
            .verb = {data + upload->data.size - verb_size, verb_size},
            .fields = intake->fields,
            .field_count = count,
    };
    return GRID_OK;
}

static enum grid_status take_request(struct control_intake *intake, const struct frame *frame,
        struct grid_request *request, struct grid_error *error)
{
    struct upload *upload = NULL;
    struct bytes verb = {0};
    enum grid_status status = upload_of(intake, frame->channel, &upload, error);
    if (status == GRID_OK && upload->growing)
        status = request_wrong(error, "part");
    struct reader reader = reader_of(frame->head);
    size_t left = status == GRID_OK ? read_map(&reader) : 0;
    for (; left > 0 && status == GRID_OK; left--) {
        struct bytes key = read_str(&reader);
        if (bytes_are(key, "verb"))
            verb = read_str(&reader);
        else if (bytes_are(key, "fields"))
            status = take_fields(intake, upload, &reader, error);
        else
            read_skip(&reader);
    }
    if (status == GRID_OK && (!reader_done(&reader) || !name_fits(verb)))
        status = request_wrong(error, "verb");
    if (status != GRID_OK)
        return status;
    intake->ready = upload_detach(intake, upload);
    buffer_append(&upload->data, verb.data, verb.size);
    if (upload->data.failed)
        return GRID_NOMEM;
    return request_show(intake, upload, verb.size, request);
}

static enum grid_status head_check(
        const struct frame *frame, bool type_fits, struct grid_error *error)
{
    if (!type_fits || frame->tail.size > 0)
        return request_wrong(error, "frame");
    return gate_check(frame->head, GATE_CONTROL, error);
}

enum grid_status control_intake_take(struct control_intake *intake, const struct frame *frame,
        bool *ready, struct grid_request *request, struct grid_error *error)
{
    bool is_part = frame->type == FRAME_PART;
    *ready = false;
    *request = (struct grid_request){0};
    intake_forget(intake);
    enum grid_status status = head_check(frame, is_part || frame->type == FRAME_REQUEST, error);
    if (status != GRID_OK)
        return status;
    if (is_part)
        return take_part(intake, frame, error);
    status = take_request(intake, frame, request, error);
    *ready = status == GRID_OK;
    return status;
}

/* --- answers: the side of grid --- */

struct control_answer_intake {
    bool growing; /* `record` has more to come, in frames like the first */
    uint8_t type;
    uint16_t channel;
    char list[GRID_REQUEST_NAME_BYTES];
    size_t list_size;
    struct buffer record;
};

enum grid_status control_answer_intake_open(struct control_answer_intake **out)
{
    *out = grid_alloc(sizeof(**out));
    return *out == NULL ? GRID_NOMEM : GRID_OK;
}

void control_answer_intake_close(struct control_answer_intake *intake)
{
    if (intake == NULL)
        return;
    buffer_close(&intake->record);
    grid_free(intake);
}

static enum grid_status answer_wrong(struct grid_error *error, const char *what)
{
    return grid_fail(error, GRID_MALFORMED, "answer_shape", "%s", what);
}

/* P-124: pieces of one record stand one right behind the other. */
static bool continues(
        const struct control_answer_intake *intake, const struct frame *frame, struct bytes list)
{
    return frame->type == intake->type && frame->channel == intake->channel &&
           bytes_equal(list, bytes_of(intake->list, intake->list_size));
}

static enum grid_status answer_grow(struct control_answer_intake *intake, const struct frame *frame,
        struct bytes list, struct bytes chunk, struct grid_error *error)
{
    if (!intake->growing) {
        buffer_clear(&intake->record);
        intake->type = frame->type;
        intake->channel = frame->channel;
        intake->list_size = list.size;
        if (list.size > 0)
            memcpy(intake->list, list.data, list.size);
    }
    if (chunk.size > GRID_CONTROL_RECORD_MAX - intake->record.size)
        return grid_fail(error, GRID_LIMIT, "answer_too_large", "%d", GRID_CONTROL_RECORD_MAX);
    buffer_append(&intake->record, chunk.data, chunk.size);
    return intake->record.failed ? GRID_NOMEM : GRID_OK;
}

static enum grid_status record_check(struct bytes record, struct grid_error *error)
{
    enum grid_status status = gate_check(record, GATE_CONTROL, error);
    struct reader reader = reader_of(record);
    if (status == GRID_OK && read_type(&reader) != PACK_MAP)
        status = answer_wrong(error, "record");
    return status;
}

static enum grid_status take_record(struct control_answer_intake *intake, const struct frame *frame,
        bool *ready, struct control_answer *answer, struct grid_error *error)
{
    bool is_row = frame->type == FRAME_ROW;
    struct reader reader = reader_of(frame->head);
    bool fits = read_array(&reader) == (is_row ? 3 : 2);
    struct bytes list = is_row ? read_str(&reader) : bytes_of(NULL, 0);
    bool more = read_bool(&reader);
    struct bytes chunk = read_bin(&reader);
    if (!fits || !reader_done(&reader) || is_row != name_fits(list) ||
            (intake->growing && !continues(intake, frame, list)))
        return answer_wrong(error, is_row ? "row" : "end");
    if (!more && !intake->growing) { /* the usual case: whole in its frame, nothing is copied */
        answer->list = list;
        answer->record = chunk;
    } else {
        enum grid_status status = answer_grow(intake, frame, list, chunk, error);
        if (status != GRID_OK)
            return status;
        intake->growing = more;
        answer->list = bytes_of(intake->list, intake->list_size);
        answer->record = buffer_bytes(&intake->record);
    }
    *ready = !more;
    answer->type = is_row ? CONTROL_ROW : CONTROL_END;
    return more ? GRID_OK : record_check(answer->record, error);
}

/* Text of the daemon into a field of fixed size, cut where it must be. */
static void text_copy(char *out, size_t size, struct bytes text)
{
    size_t length = text.size < size - 1 ? text.size : size - 1;
    if (length > 0)
        memcpy(out, text.data, length);
    out[length] = 0;
}

static enum grid_status take_error(
        const struct frame *frame, struct control_answer *answer, struct grid_error *error)
{
    struct grid_error *failure = &answer->failure;
    struct reader reader = reader_of(frame->head);
    char word[GRID_REASON_BYTES] = {0};
    for (size_t left = read_map(&reader); left > 0; left--) {
        struct bytes key = read_str(&reader);
        if (bytes_are(key, "word"))
            text_copy(word, sizeof(word), read_str(&reader));
        else if (bytes_are(key, "reason"))
            text_copy(failure->reason, sizeof(failure->reason), read_str(&reader));
        else if (bytes_are(key, "detail"))
            text_copy(failure->detail, sizeof(failure->detail), read_bin(&reader));
        else
            read_skip(&reader);
    }
    if (!reader_done(&reader))
        return answer_wrong(error, "error");
    /* A word of a newer daemon is a failure all the same. */
    failure->status = grid_status_from_word(word);
    if (failure->status == GRID_STATUS_COUNT || failure->status == GRID_OK)
        failure->status = GRID_INTERNAL;
    answer->type = CONTROL_ERROR;
    return GRID_OK;
}

enum grid_status control_answer_take(struct control_answer_intake *intake,
        const struct frame *frame, bool *ready, struct control_answer *answer,
        struct grid_error *error)
{
    *ready = false;
    *answer = (struct control_answer){.channel = frame->channel};
    if (frame->tail.size > 0)
        return answer_wrong(error, "frame");
    enum grid_status status = gate_check(frame->head, GATE_CONTROL, error);
    if (status != GRID_OK)
        return status;
    switch (frame->type) {
    case FRAME_ROW:
    case FRAME_END:
        status = take_record(intake, frame, ready, answer, error);
        break;
    case FRAME_ERROR:
        if (intake->growing)
            return answer_wrong(error, "error");
        status = take_error(frame, answer, error);
        *ready = true;
        break;
    default:
        return answer_wrong(error, "frame");
    }
    if (status != GRID_OK)
        *ready = false;
    return status;
}
