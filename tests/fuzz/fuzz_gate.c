/* What the gate passes is read whole by our reader and by msgpack-c, and packs to the same bytes;
 * what it refuses, the reader still does not leave. */
#include "proto/gate.h"
#include "proto/pack.h"
#include "tests/fuzz/fuzz.h"

#include <msgpack.h>
#include <string.h>

static void read_all(struct bytes input)
{
    struct reader reader = reader_of(input);
    while (!reader.failed && reader.at < reader.end) {
        const uint8_t *before = reader.at;
        switch (read_type(&reader)) {
        case PACK_UINT:
            read_uint(&reader);
            break;
        case PACK_NEGATIVE:
            FUZZ_CHECK(read_int(&reader) < 0 || reader.failed);
            break;
        case PACK_BOOL:
            read_bool(&reader);
            break;
        case PACK_STR:
            read_str(&reader);
            break;
        case PACK_BIN:
            read_bin(&reader);
            break;
        case PACK_ARRAY:
            read_array(&reader);
            break;
        case PACK_MAP:
            read_map(&reader);
            break;
        case PACK_NIL:
        case PACK_NONE:
            read_skip(&reader);
            break;
        }
        FUZZ_CHECK(reader.failed || reader.at > before);
        FUZZ_CHECK(reader.at <= reader.end);
    }
}

static void compare_with_msgpack(struct bytes input)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t taken = 0;
    FUZZ_CHECK(msgpack_unpack_next(&unpacked, (const char *)input.data, input.size, &taken) ==
               MSGPACK_UNPACK_SUCCESS);
    FUZZ_CHECK(taken == input.size);
    msgpack_sbuffer again;
    msgpack_sbuffer_init(&again);
    msgpack_packer packer;
    msgpack_packer_init(&packer, &again, msgpack_sbuffer_write);
    msgpack_pack_object(&packer, unpacked.data);
    FUZZ_CHECK(again.size == input.size && memcmp(again.data, input.data, input.size) == 0);
    msgpack_sbuffer_destroy(&again);
    msgpack_unpacked_destroy(&unpacked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct grid_error error;
    read_all(input);
    struct reader whole = reader_of(input);
    struct bytes raw = read_raw(&whole);
    for (unsigned profile = GATE_ENTRY; profile <= GATE_CONTROL; profile++) {
        size_t first = 0;
        if (gate_first(input, (enum gate_profile)profile, &first, &error) == GRID_OK) {
            FUZZ_CHECK(first > 0 && first <= size && raw.size == first);
            compare_with_msgpack(bytes_of(data, first));
        }
        bool passed = gate_check(input, (enum gate_profile)profile, &error) == GRID_OK;
        FUZZ_CHECK(passed == (first > 0 && first == size));
    }
    return 0;
}
