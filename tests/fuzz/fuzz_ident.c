/* Identifiers and times as people type them: what is read prints, and reads the same again. */
#include "proto/ident.h"
#include "proto/stamp.h"
#include "proto/words.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void try_code(const char *text)
{
    struct case_code code, again;
    struct grid_error error;
    if (code_parse(&code, text, &error) != GRID_OK)
        return;
    char printed[GRID_CODE_TEXT_BYTES];
    code_print(printed, &code);
    FUZZ_CHECK(code_parse(&again, printed, NULL) == GRID_OK);
    FUZZ_CHECK(memcmp(&code, &again, sizeof(code)) == 0);
}

static void try_time(const char *text)
{
    int64_t wall_ms, again_ms;
    unsigned precision;
    int32_t day;
    char printed[STAMP_TEXT_BYTES], printed_again[STAMP_TEXT_BYTES];
    if (stamp_parse(text, &wall_ms, &precision)) {
        stamp_print(printed, wall_ms);
        FUZZ_CHECK(stamp_parse(printed, &again_ms, &precision));
        stamp_print(printed_again, again_ms);
        FUZZ_CHECK(strcmp(printed, printed_again) == 0);
    }
    if (day_parse(text, strlen(text), &day)) {
        char day_text[DAY_TEXT_BYTES];
        day_print(day_text, day);
        FUZZ_CHECK(strcmp(day_text, text) == 0);
    }
}

static void try_place(struct bytes place)
{
    enum grid_place_kind kind = place_kind(place);
    struct bytes unit = place_unit(place);
    FUZZ_CHECK(unit.size <= place.size);
    if (kind == GRID_PLACE_NONE)
        return;
    FUZZ_CHECK(place.size < GRID_PLACE_BYTES);
    FUZZ_CHECK(place_covers(unit, unit));
    struct bytes parent = place_parent(unit);
    FUZZ_CHECK(place_kind(parent) != GRID_PLACE_NONE && place_covers(parent, unit));
    FUZZ_CHECK(bytes_equal(place_cut(unit, place_kind(unit)), unit));
    char township[GRID_TOWNSHIP_BYTES];
    if (code_township(township, place))
        FUZZ_CHECK(strlen(township) == GRID_TOWNSHIP_BYTES - 1);
    for (unsigned role = 0; role <= GRID_ROLE_NODE; role++)
        FUZZ_CHECK(grid_role_rank(role, place) <= 90);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    uint8_t id[GRID_ID_BYTES];
    try_code(text);
    try_time(text);
    try_place(bytes_of(data, size));
    person_key_valid(bytes_of(data, size));
    ident_unhex(id, sizeof(id), text);
    FUZZ_CHECK(grid_kind_number(bytes_of(data, size)) <= GRID_KIND_ERASE);
    free(text);
    return 0;
}
