/* Three CSV texts give findings or a roster, and a roster travels: its step makes the same one
 * elsewhere. ROWS bodies are read whole or refused. The texts stand one behind the other, divided
 * by lines of "===="; an input that begins with a byte of a msgpack map is a ROWS body. */
#include "libgrid/roster/roster.h"
#include "proto/gate.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static struct bytes next_text(struct bytes *rest)
{
    static const char divider[] = "====\n";
    struct bytes text = *rest;
    const uint8_t *at =
            text.size == 0 ? NULL : memmem(text.data, text.size, divider, sizeof(divider) - 1);
    if (at == NULL) {
        *rest = (struct bytes){0};
        return text;
    }
    text.size = (size_t)(at - text.data);
    size_t taken = text.size + sizeof(divider) - 1;
    *rest = bytes_of(rest->data + taken, rest->size - taken);
    return text;
}

static void count_finding(void *context, const struct grid_finding *finding)
{
    size_t arguments = 0;
    for (const char *at = finding->text; *at != '\0'; at++)
        arguments += *at == GRID_ARG[0];
    FUZZ_CHECK(arguments == 3);
    ++*(unsigned *)context;
}

static bool known(struct bytes digits)
{
    return digits.data[0] == '0';
}

static enum grid_status take_body(void *context, enum grid_kind kind, struct bytes body)
{
    struct grid_roster *roster = context;
    bool newer = false;
    FUZZ_CHECK(gate_check(body, GATE_ENTRY, NULL) == GRID_OK);
    if (kind == GRID_KIND_ROWS) {
        struct rows_body rows;
        FUZZ_CHECK(body_read_rows(body, &rows, &newer, NULL) == GRID_OK && !newer);
        return roster_take_rows(roster, &rows, NULL);
    }
    const uint8_t leaf[GRID_HASH_BYTES] = {1};
    struct roster_body end;
    FUZZ_CHECK(body_read_roster(body, &end, &newer, NULL) == GRID_OK && !newer);
    return roster_take_roster(roster, &end, leaf, NULL);
}

/* Bodies are taken one by one into a second roster, while the first stays as it was. */
static void try_step(const struct grid_roster *roster)
{
    struct grid_roster *empty = NULL;
    struct grid_roster *other = NULL;
    FUZZ_CHECK(grid_roster_open(&empty) == GRID_OK && grid_roster_open(&other) == GRID_OK);
    bool changed = false;
    struct bytes unit = bytes_text("150622103");
    FUZZ_CHECK(roster_step(empty, roster, unit, &changed, take_body, other, NULL) == GRID_OK);
    FUZZ_CHECK(roster_version(other) == (changed ? 1 : 0));
    FUZZ_CHECK(roster_step(other, roster, unit, &changed, take_body, other, NULL) == GRID_OK);
    FUZZ_CHECK(!changed);
    grid_roster_close(empty);
    grid_roster_close(other);
}

static void try_files(struct bytes input)
{
    struct grid_roster_files files = {.category_known = known};
    files.units = next_text(&input);
    files.posts = next_text(&input);
    files.departments = next_text(&input);
    struct grid_roster *roster = NULL;
    struct grid_finding_counts counts;
    unsigned findings = 0;
    FUZZ_CHECK(grid_roster_read(&roster, &files, NULL, bytes_text("150622103"), 20650,
                       count_finding, &findings, &counts, NULL) == GRID_OK);
    FUZZ_CHECK(findings == counts.errors + counts.warnings);
    FUZZ_CHECK((roster == NULL) == (counts.errors > 0));
    if (roster != NULL)
        try_step(roster);
    grid_roster_close(roster);
}

static void try_rows(struct bytes input)
{
    struct rows_body rows;
    bool newer = false;
    if (gate_check(input, GATE_ENTRY, NULL) != GRID_OK ||
            body_read_rows(input, &rows, &newer, NULL) != GRID_OK || newer)
        return;
    struct grid_roster *roster = NULL;
    FUZZ_CHECK(grid_roster_open(&roster) == GRID_OK);
    (void)roster_take_rows(roster, &rows, NULL);
    grid_roster_close(roster);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    if (size > 0 && (data[0] & 0xf0) == 0x80)
        try_rows(input);
    else
        try_files(input);
    return 0;
}
