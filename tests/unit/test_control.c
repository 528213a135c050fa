/* Requests and answers of the local socket (P-120…). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/control.h"
#include "proto/limits.h"
#include "proto/pack.h"
#include "tests/lib/heap_failing.h"

#include <stdlib.h>
#include <string.h>

/* The next frame of `wire` from *at on. */
static struct frame frame_at(const struct buffer *wire, size_t *at, struct arena *arena)
{
    struct frame frame;
    size_t taken = 0;
    struct bytes rest = bytes_of(wire->data + *at, wire->size - *at);
    assert_int_equal(frame_next(rest, arena, &frame, &taken, NULL), GRID_OK);
    assert_true(taken > 0);
    *at += taken;
    return frame;
}

static void assert_text(struct bytes bytes, const char *text)
{
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
}

/* `size` bytes that no deflate makes smaller. */
static struct bytes noise(size_t size)
{
    uint8_t *data = malloc(size);
    assert_non_null(data);
    uint32_t state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (uint8_t)(state >> 24);
    }
    return bytes_of(data, size);
}

static void release(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* Takes every frame of `wire`; the last one makes the request ready. */
static enum grid_status take_all(struct control_intake *intake, const struct buffer *wire,
        bool *ready, struct grid_request *request, struct grid_error *error)
{
    struct arena arena = {0};
    enum grid_status status = GRID_OK;
    *ready = false;
    for (size_t at = 0; at < wire->size && status == GRID_OK;) {
        struct frame frame = frame_at(wire, &at, &arena);
        assert_false(*ready);
        status = control_intake_take(intake, &frame, ready, request, error);
        arena_close(&arena); /* what is ready needs no frame */
    }
    return status;
}

static void a_request_arrives_as_it_was_given(void **state)
{
    (void)state;
    static const uint8_t no_text[] = {0xff, 0xfe};
    const struct grid_field fields[] = {
            {bytes_text("title"), bytes_text("墙体开裂")},
            {bytes_text("tag"), bytes_text("mining")},
            {bytes_text("tag"), bytes_text("night")},
            {bytes_text("text"), bytes_of(no_text, sizeof(no_text))},
            {bytes_text("place"), bytes_of(NULL, 0)},
    };
    const struct grid_request sent = {bytes_text("report"), fields, 5};
    struct buffer wire = {0};
    struct control_intake *intake = NULL;
    struct grid_request request;
    bool ready = false;
    assert_int_equal(control_pack_request(&wire, 9, &sent), GRID_OK);
    assert_int_equal(control_intake_open(&intake), GRID_OK);
    assert_int_equal(take_all(intake, &wire, &ready, &request, NULL), GRID_OK);
    assert_true(ready);
    assert_text(request.verb, "report");
    assert_int_equal(request.field_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(bytes_equal(request.fields[i].name, fields[i].name));
        assert_true(bytes_equal(request.fields[i].value, fields[i].value));
    }
    assert_text(request_field(&request, "tag")->value, "mining");
    assert_null(request_field(&request, "urgency"));
    control_intake_close(intake);
    buffer_close(&wire);
}

/* The files of a roster are larger than a frame; small fields beside them keep their place. */
static void large_fields_go_ahead_in_parts(void **state)
{
    (void)state;
    struct bytes large = noise(300000);
    const struct grid_field fields[] = {
            {bytes_text("strict"), bytes_text("yes")},
            {bytes_text("file"), large},
            {bytes_text("file"), bytes_of(large.data, 10)},
            {bytes_text("empty"), bytes_of(NULL, 0)},
            {bytes_text("file"), bytes_of(large.data, 65536)},
    };
    const struct grid_request sent = {bytes_text("roster_import"), fields, 5};
    struct buffer wire = {0};
    struct control_intake *intake = NULL;
    struct grid_request request;
    bool ready = false;
    assert_int_equal(control_pack_request(&wire, 1, &sent), GRID_OK);
    assert_int_equal(control_intake_open(&intake), GRID_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(take_all(intake, &wire, &ready, &request, NULL), GRID_OK);
        assert_true(ready);
        assert_text(request.verb, "roster_import");
        assert_int_equal(request.field_count, 5);
        for (size_t i = 0; i < 5; i++) {
            assert_true(bytes_equal(request.fields[i].name, fields[i].name));
            assert_true(bytes_equal(request.fields[i].value, fields[i].value));
        }
    }
    control_intake_close(intake);
    buffer_close(&wire);
    release(large);
}

static void requests_of_two_channels_do_not_mix(void **state)
{
    (void)state;
    struct bytes large = noise(100000);
    const struct grid_field first[] = {{bytes_text("a"), large}};
    const struct grid_field second[] = {{bytes_text("b"), bytes_of(large.data + 1, 99999)}};
    const struct grid_request sent[] = {
            {bytes_text("one"), first, 1},
            {bytes_text("two"), second, 1},
    };
    struct buffer wires[2] = {{0}, {0}};
    struct control_intake *intake = NULL;
    struct arena arena = {0};
    size_t at[2] = {0, 0};
    unsigned ready_count = 0;
    assert_int_equal(control_intake_open(&intake), GRID_OK);
    for (uint16_t i = 0; i < 2; i++)
        assert_int_equal(control_pack_request(&wires[i], i, &sent[i]), GRID_OK);
    for (size_t turn = 0; at[0] < wires[0].size || at[1] < wires[1].size; turn++) {
        struct grid_request request;
        bool ready = false;
        size_t side = turn % 2;
        if (at[side] == wires[side].size)
            continue;
        struct frame frame = frame_at(&wires[side], &at[side], &arena);
        assert_int_equal(control_intake_take(intake, &frame, &ready, &request, NULL), GRID_OK);
        if (ready) {
            assert_true(bytes_equal(request.verb, sent[side].verb));
            assert_true(bytes_equal(request.fields[0].value, sent[side].fields[0].value));
            ready_count++;
        }
    }
    assert_int_equal(ready_count, 2);
    control_intake_close(intake);
    arena_close(&arena);
    buffer_close(&wires[0]);
    buffer_close(&wires[1]);
    release(large);
}

/* One PART frame; `more` parts of the field follow. */
static void pack_part(
        struct buffer *wire, uint16_t channel, const char *name, bool more, struct bytes chunk)
{
    struct buffer head = {0};
    pack_array(&head, 3);
    pack_text(&head, name);
    pack_bool(&head, more);
    pack_bin(&head, chunk);
    assert_int_equal(frame_write(wire, FRAME_PART, channel, buffer_bytes(&head), bytes_of(NULL, 0)),
            GRID_OK);
    buffer_close(&head);
}

static void an_upload_past_its_limit_is_refused(void **state)
{
    (void)state;
    struct bytes chunk = noise(60000);
    struct buffer part = {0};
    struct control_intake *intake = NULL;
    struct grid_request request;
    struct grid_error error = {0};
    bool ready = false;
    enum grid_status status = GRID_OK;
    unsigned taken = 0;
    pack_part(&part, 1, "file", true, chunk);
    assert_int_equal(control_intake_open(&intake), GRID_OK);
    while (status == GRID_OK) {
        status = take_all(intake, &part, &ready, &request, &error);
        taken += status == GRID_OK;
    }
    assert_int_equal(status, GRID_LIMIT);
    assert_string_equal(error.reason, "request_too_large");
    assert_int_equal(taken, GRID_CONTROL_UPLOAD_MAX / 60000);
    control_intake_close(intake);
    buffer_close(&part);
    const struct grid_field field = {bytes_text("file"),
            bytes_of(chunk.data, (size_t)GRID_CONTROL_UPLOAD_MAX + 1)}; /* never looked at */
    const struct grid_request sent = {bytes_text("report"), &field, 1};
    assert_int_equal(control_pack_request(&part, 1, &sent), GRID_LIMIT);
    assert_int_equal(part.size, 0);
    release(chunk);
}

static void assert_refused(const struct buffer *wire, const char *reason)
{
    struct control_intake *intake = NULL;
    struct grid_request request;
    struct grid_error error = {0};
    bool ready = true;
    assert_int_equal(control_intake_open(&intake), GRID_OK);
    assert_int_not_equal(take_all(intake, wire, &ready, &request, &error), GRID_OK);
    assert_string_equal(error.reason, reason);
    assert_false(ready);
    control_intake_close(intake);
}

static void what_is_no_request_is_refused(void **state)
{
    (void)state;
    struct buffer wire = {0};
    struct buffer head = {0};
    const struct grid_request empty = {bytes_text("x"), NULL, 0};
    pack_part(&wire, 1, "a", true, bytes_text("1"));
    pack_part(&wire, 1, "b", false, bytes_text("2")); /* a is not finished */
    assert_refused(&wire, "request_shape");
    buffer_clear(&wire);
    pack_part(&wire, 1, "a", true, bytes_text("1"));
    assert_int_equal(control_pack_request(&wire, 1, &empty), GRID_OK);
    assert_refused(&wire, "request_shape");
    buffer_clear(&wire);
    pack_part(&wire, 1, "", false, bytes_text("1"));
    assert_refused(&wire, "request_shape");
    buffer_clear(&wire);
    pack_map(&head, 1);
    pack_text(&head, "fields");
    pack_array(&head, 0);
    frame_write(&wire, FRAME_REQUEST, 1, buffer_bytes(&head), bytes_of(NULL, 0));
    assert_refused(&wire, "request_shape"); /* no verb */
    buffer_clear(&wire);
    frame_write(&wire, FRAME_ROW, 1, buffer_bytes(&head), bytes_of(NULL, 0));
    assert_refused(&wire, "request_shape");
    buffer_clear(&wire);
    frame_write(&wire, FRAME_REQUEST, 1, bytes_text("\xdd\xff\xff\xff\xff"), bytes_of(NULL, 0));
    assert_refused(&wire, "not_canonical"); /* F56 */
    buffer_close(&head);
    buffer_close(&wire);
}

static void a_member_of_a_newer_request_is_passed_over(void **state)
{
    (void)state;
    struct buffer wire = {0};
    struct buffer head = {0};
    struct control_intake *intake = NULL;
    struct grid_request request;
    bool ready = false;
    pack_map(&head, 2);
    pack_text(&head, "colour");
    pack_array(&head, 0);
    pack_text(&head, "verb");
    pack_text(&head, "status");
    frame_write(&wire, FRAME_REQUEST, 1, buffer_bytes(&head), bytes_of(NULL, 0));
    assert_int_equal(control_intake_open(&intake), GRID_OK);
    assert_int_equal(take_all(intake, &wire, &ready, &request, NULL), GRID_OK);
    assert_true(ready);
    assert_text(request.verb, "status");
    assert_int_equal(request.field_count, 0);
    control_intake_close(intake);
    buffer_close(&head);
    buffer_close(&wire);
}

/* {"n": number, "blob": size bytes} */
static void pack_record(struct buffer *out, unsigned number, struct bytes blob)
{
    buffer_clear(out);
    pack_map(out, 2);
    pack_text(out, "n");
    pack_uint(out, number);
    pack_text(out, "blob");
    pack_bin(out, blob);
}

static void answers_come_whole_whatever_their_size(void **state)
{
    (void)state;
    struct bytes blob = noise(500000);
    static const size_t sizes[] = {0, 64000, 65000, 65024, 65536, 200000, 500000};
    enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    struct buffer wire = {0};
    struct buffer record = {0};
    struct arena arena = {0};
    struct control_answer_intake *intake = NULL;
    struct control_answer answer;
    for (unsigned i = 0; i < SIZES; i++) {
        pack_record(&record, i, bytes_of(blob.data, sizes[i]));
        assert_int_equal(control_pack_row(&wire, 7, "cases", buffer_bytes(&record)), GRID_OK);
    }
    pack_record(&record, SIZES, blob);
    assert_int_equal(control_pack_end(&wire, 7, buffer_bytes(&record)), GRID_OK);
    assert_int_equal(control_answer_intake_open(&intake), GRID_OK);
    unsigned whole = 0;
    for (size_t at = 0; at < wire.size;) {
        bool ready = false;
        struct frame frame = frame_at(&wire, &at, &arena);
        assert_int_equal(control_answer_take(intake, &frame, &ready, &answer, NULL), GRID_OK);
        if (!ready)
            continue;
        pack_record(&record, whole, bytes_of(blob.data, whole < SIZES ? sizes[whole] : 500000));
        assert_int_equal(answer.type, whole < SIZES ? CONTROL_ROW : CONTROL_END);
        assert_int_equal(answer.channel, 7);
        assert_text(answer.list, whole < SIZES ? "cases" : "");
        assert_true(bytes_equal(answer.record, buffer_bytes(&record)));
        whole++;
    }
    assert_int_equal(whole, SIZES + 1);
    control_answer_intake_close(intake);
    arena_close(&arena);
    buffer_close(&record);
    buffer_close(&wire);
    release(blob);
}

static enum grid_status take_answer(struct control_answer_intake *intake, const struct buffer *wire,
        struct control_answer *answer, struct grid_error *error)
{
    struct arena arena = {0};
    size_t at = 0;
    bool ready = false;
    struct frame frame = frame_at(wire, &at, &arena);
    enum grid_status status = control_answer_take(intake, &frame, &ready, answer, error);
    assert_int_equal(ready, status == GRID_OK);
    assert_int_equal(at, wire->size);
    arena_close(&arena);
    return status;
}

static void a_failure_keeps_its_word_and_reason(void **state)
{
    (void)state;
    struct buffer wire = {0};
    struct grid_error failure = {0};
    struct control_answer answer;
    struct control_answer_intake *intake = NULL;
    assert_int_equal(control_answer_intake_open(&intake), GRID_OK);
    grid_fail(&failure, GRID_STALE, "stale", "%s" GRID_ARG "%d", "\xff typed", 3);
    assert_int_equal(control_pack_error(&wire, 2, &failure), GRID_OK);
    assert_int_equal(take_answer(intake, &wire, &answer, NULL), GRID_OK);
    assert_int_equal(answer.type, CONTROL_ERROR);
    assert_int_equal(answer.channel, 2);
    assert_int_equal(answer.failure.status, GRID_STALE);
    assert_string_equal(answer.failure.reason, "stale");
    assert_string_equal(answer.failure.detail, failure.detail);
    control_answer_intake_close(intake);
    buffer_close(&wire);
}

static void an_end_without_members_is_an_empty_map(void **state)
{
    (void)state;
    struct buffer wire = {0};
    struct control_answer answer;
    struct control_answer_intake *intake = NULL;
    struct arena arena = {0};
    size_t at = 0;
    bool ready = false;
    assert_int_equal(control_answer_intake_open(&intake), GRID_OK);
    assert_int_equal(control_pack_end(&wire, 1, bytes_of(NULL, 0)), GRID_OK);
    struct frame frame = frame_at(&wire, &at, &arena);
    assert_int_equal(control_answer_take(intake, &frame, &ready, &answer, NULL), GRID_OK);
    assert_true(ready);
    assert_int_equal(answer.record.size, 1);
    assert_int_equal(answer.record.data[0], 0x80);
    control_answer_intake_close(intake);
    arena_close(&arena);
    buffer_close(&wire);
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    struct buffer wire = {0};
    struct control_answer answer;
    struct control_answer_intake *intake = NULL;
    struct grid_error error = {0};
    assert_int_equal(control_answer_intake_open(&intake), GRID_OK);
    assert_int_equal(control_pack_row(&wire, 1, "cases", bytes_text("\xa1x")), GRID_OK);
    assert_int_equal(take_answer(intake, &wire, &answer, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, "answer_shape"); /* a record is a map */
    buffer_clear(&wire);
    pack_part(&wire, 1, "x", false, bytes_text("1"));
    assert_int_equal(take_answer(intake, &wire, &answer, &error), GRID_MALFORMED);
    buffer_clear(&wire);
    assert_int_equal(control_pack_row(&wire, 1, "", bytes_text("\x80")), GRID_OK);
    assert_int_equal(take_answer(intake, &wire, &answer, &error), GRID_MALFORMED);
    control_answer_intake_close(intake);
    buffer_close(&wire);
}

/* P-124: the pieces of a record stand right behind each other. */
static void a_record_is_not_interrupted(void **state)
{
    (void)state;
    struct bytes blob = noise(100000);
    struct buffer record = {0};
    struct buffer wire = {0};
    struct arena arena = {0};
    struct control_answer answer;
    struct control_answer_intake *intake = NULL;
    struct grid_error error = {0};
    size_t at = 0;
    bool ready = false;
    pack_record(&record, 1, blob);
    assert_int_equal(control_pack_row(&wire, 1, "cases", buffer_bytes(&record)), GRID_OK);
    assert_int_equal(control_answer_intake_open(&intake), GRID_OK);
    struct frame frame = frame_at(&wire, &at, &arena);
    assert_int_equal(control_answer_take(intake, &frame, &ready, &answer, NULL), GRID_OK);
    assert_false(ready);
    buffer_clear(&wire);
    assert_int_equal(control_pack_end(&wire, 1, bytes_of(NULL, 0)), GRID_OK);
    assert_int_equal(take_answer(intake, &wire, &answer, &error), GRID_MALFORMED);
    assert_string_equal(error.reason, "answer_shape");
    control_answer_intake_close(intake);
    arena_close(&arena);
    buffer_close(&record);
    buffer_close(&wire);
    release(blob);
}

/* One request in parts and one answer in pieces, there and back. */
static enum grid_status exchange(struct bytes blob)
{
    const struct grid_field field = {bytes_text("file"), blob};
    const struct grid_request sent = {bytes_text("x"), &field, 1};
    struct buffer wire = {0};
    struct buffer record = {0};
    struct arena arena = {0};
    struct control_intake *intake = NULL;
    struct control_answer_intake *answers = NULL;
    struct grid_request request;
    struct control_answer answer;
    struct frame frame;
    bool ready = false;
    pack_record(&record, 1, blob);
    enum grid_status status = record.failed ? GRID_NOMEM : control_intake_open(&intake);
    if (status == GRID_OK)
        status = control_answer_intake_open(&answers);
    if (status == GRID_OK)
        status = control_pack_request(&wire, 1, &sent);
    if (status == GRID_OK)
        status = control_pack_row(&wire, 1, "cases", buffer_bytes(&record));
    for (size_t at = 0, taken = 0; status == GRID_OK && at < wire.size; at += taken) {
        struct bytes rest = bytes_of(wire.data + at, wire.size - at);
        status = frame_next(rest, &arena, &frame, &taken, NULL);
        if (status == GRID_OK && frame.type == FRAME_ROW)
            status = control_answer_take(answers, &frame, &ready, &answer, NULL);
        else if (status == GRID_OK)
            status = control_intake_take(intake, &frame, &ready, &request, NULL);
    }
    control_intake_close(intake);
    control_answer_intake_close(answers);
    arena_close(&arena);
    buffer_close(&record);
    buffer_close(&wire);
    return status;
}

static void a_failed_allocation_is_said_and_leaks_nothing(void **state)
{
    (void)state;
    struct bytes blob = noise(150000);
    size_t nth = 0;
    enum grid_status status = GRID_NOMEM;
    heap_failing_begin();
    while (status != GRID_OK) {
        heap_failing_at(++nth);
        status = exchange(blob);
        assert_int_equal(status, heap_failing_happened() ? GRID_NOMEM : GRID_OK);
        assert_int_equal(heap_failing_held(), 0);
    }
    assert_true(nth > 10);
    heap_failing_end();
    release(blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_request_arrives_as_it_was_given),
            cmocka_unit_test(large_fields_go_ahead_in_parts),
            cmocka_unit_test(requests_of_two_channels_do_not_mix),
            cmocka_unit_test(an_upload_past_its_limit_is_refused),
            cmocka_unit_test(what_is_no_request_is_refused),
            cmocka_unit_test(a_member_of_a_newer_request_is_passed_over),
            cmocka_unit_test(answers_come_whole_whatever_their_size),
            cmocka_unit_test(a_failure_keeps_its_word_and_reason),
            cmocka_unit_test(an_end_without_members_is_an_empty_map),
            cmocka_unit_test(what_is_no_answer_is_refused),
            cmocka_unit_test(a_record_is_not_interrupted),
            cmocka_unit_test(a_failed_allocation_is_said_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
