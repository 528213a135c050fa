/* Frames of the local socket, for the daemon's side and the client's: what comes out of them is
 * whole, and its memory is bounded by what came in. */
#include "proto/control.h"
#include "proto/gate.h"
#include "tests/fuzz/fuzz.h"

static bool daemon_takes(struct control_intake *intake, const struct frame *frame)
{
    struct grid_request request;
    struct grid_error error;
    bool ready = false;
    if (control_intake_take(intake, frame, &ready, &request, &error) != GRID_OK)
        return false;
    if (!ready)
        return true;
    FUZZ_CHECK(request.verb.size >= 1 && request.verb.size <= GRID_REQUEST_NAME_BYTES);
    FUZZ_CHECK(request.field_count <= GRID_REQUEST_FIELDS_MAX);
    for (size_t i = 0; i < request.field_count; i++)
        FUZZ_CHECK(gate_utf8(request.fields[i].name));
    return true;
}

static bool client_takes(struct control_answer_intake *intake, const struct frame *frame)
{
    struct control_answer answer;
    struct grid_error error;
    bool ready = false;
    if (control_answer_take(intake, frame, &ready, &answer, &error) != GRID_OK)
        return false;
    if (ready && answer.type != CONTROL_ERROR)
        FUZZ_CHECK(gate_check(answer.record, GATE_CONTROL, NULL) == GRID_OK);
    if (ready && answer.type == CONTROL_ERROR)
        FUZZ_CHECK(answer.failure.status > GRID_OK && answer.failure.status < GRID_STATUS_COUNT);
    return true;
}

/* The input is a run of frames: type, channel, size of the head in two bytes each, head. The
 * checksums of true frames would only keep a fuzzer out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_intake *intake = NULL;
    struct control_answer_intake *answers = NULL;
    bool daemon_open = control_intake_open(&intake) == GRID_OK;
    bool client_open = control_answer_intake_open(&answers) == GRID_OK;
    while (size >= 4 && (daemon_open || client_open)) {
        size_t head_size = get_u16(data + 2);
        if (head_size > size - 4)
            head_size = size - 4;
        struct frame frame = {.type = (uint8_t)(FRAME_REQUEST + data[0] % 5),
                .channel = data[1],
                .head = bytes_of(data + 4, head_size)};
        daemon_open = daemon_open && frame.type <= FRAME_PART && daemon_takes(intake, &frame);
        client_open = client_open && frame.type > FRAME_PART && client_takes(answers, &frame);
        data += 4 + head_size;
        size -= 4 + head_size;
    }
    control_intake_close(intake);
    control_answer_intake_close(answers);
    return 0;
}
