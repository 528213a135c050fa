/* What others wrote, on its way to a terminal: nothing of it can move the cursor, change the order
 * of other text or pass for ours (D25), and cells are counted; text that is composed stays so. A
 * packed value that passes the gate becomes JSON that reads again. */
#include "cli/json.h"
#include "cli/normalise.h"
#include "cli/print.h"
#include "proto/gate.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static bool harmless(struct bytes text, bool lines)
{
    /* NOLINTBEGIN: what is looked for on a screen */
    static const char *const hidden[] = {"\u202e", "\u202a", "\u2066", "\u2069", "\u200b", "\u200e",
            "\u2028", "\ufeff", "\u00ad", "\xc2\x85", "\xc2\x9b", "\u061c"};
    /* NOLINTEND */
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] < 0x20 && !(lines && text.data[i] == '\n')) || text.data[i] == 0x7f)
            return false;
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (text.size > 0 && memmem(text.data, text.size, hidden[i], strlen(hidden[i])) != NULL)
            return false;
    return true;
}

static void try_safe(struct bytes text)
{
    struct buffer safe = {0};
    struct buffer twice = {0};
    print_safe(&safe, text, false);
    FUZZ_CHECK(gate_utf8(buffer_bytes(&safe)) && harmless(buffer_bytes(&safe), false));
    print_safe(&twice, buffer_bytes(&safe), true);
    FUZZ_CHECK(bytes_equal(buffer_bytes(&safe), buffer_bytes(&twice)));
    buffer_clear(&twice);
    print_safe(&twice, text, true);
    FUZZ_CHECK(gate_utf8(buffer_bytes(&twice)) && harmless(buffer_bytes(&twice), true));
    for (int wide = 0; wide < 2; wide++) {
        screen.ambiguous_wide = wide == 1;
        int cells = 2 + (int)(text.size % 40);
        buffer_clear(&twice);
        print_cell(&twice, buffer_bytes(&safe), cells);
        FUZZ_CHECK(print_cells(buffer_bytes(&twice)) == cells);
    }
    buffer_close(&safe);
    buffer_close(&twice);
}

static void try_normal(struct bytes text)
{
    struct buffer composed = {0};
    struct buffer again = {0};
    if (normalise_nfc(text, &composed) == GRID_OK) {
        FUZZ_CHECK(gate_utf8(buffer_bytes(&composed)));
        FUZZ_CHECK(normalise_nfc(buffer_bytes(&composed), &again) == GRID_OK);
        FUZZ_CHECK(bytes_equal(buffer_bytes(&composed), buffer_bytes(&again)));
        normalise_lines(&composed);
        FUZZ_CHECK(composed.size == 0 || memchr(composed.data, '\r', composed.size) == NULL);
    } else {
        FUZZ_CHECK(
                text.size > 0 && (!gate_utf8(text) || memchr(text.data, '\0', text.size) != NULL));
    }
    buffer_close(&composed);
    buffer_close(&again);
}

static void try_json(struct bytes value)
{
    if (gate_check(value, GATE_CONTROL, NULL) != GRID_OK)
        return;
    json_t *object = json_of(value);
    FUZZ_CHECK(object != NULL);
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text != NULL) { /* NULL: a key was cut within a character */
        json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        FUZZ_CHECK(again != NULL && json_equal(object, again));
        json_decref(again);
    }
    free(text);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_of(data, size);
    try_safe(text);
    try_normal(text);
    try_json(text);
    return 0;
}
