/* The three files to a roster (DOMAIN 3): each row by itself, then all of them together. */
#include "libgrid/roster/inside.h"

#include <stdio.h>

struct reading {
    struct grid_roster *draft;
    struct findings findings;
    bool (*category_known)(struct bytes digits);
    struct buffer packed;
    struct grid_error *error;
};

/* A row whose bytes live as long as the draft does. */
static enum grid_status add_row(struct reading *reading, const struct row *row)
{
    struct grid_roster *draft = reading->draft;
    if (draft->row_count == ROW_ROWS_MAX)
        return grid_fail(reading->error, GRID_LIMIT, "roster_limit", "%d", ROW_ROWS_MAX);
    buffer_clear(&reading->packed);
    row_pack(&reading->packed, row);
    if (reading->packed.failed || !roster_reserve(draft, 1))
        return GRID_NOMEM;
    struct bytes raw = arena_copy(&draft->texts, buffer_bytes(&reading->packed));
    if (raw.data == NULL)
        return GRID_NOMEM;
    struct row kept;
    enum grid_status status = row_read(raw, &kept, reading->error);
    if (status != GRID_OK)
        return status;
    kept.line = row->line;
    roster_append(draft, &kept, 1);
    return GRID_OK;
}

static void found_twice(struct reading *reading, const struct sheet_row *from,
        const struct row *row, const struct row *before)
{
    static const char *const causes[] = {
            [ROW_UNIT] = "code", [ROW_POST] = "row", [ROW_DEPARTMENT] = "id"};
    struct bytes value = row->kind == ROW_UNIT   ? row->unit.code
                         : row->kind == ROW_POST ? row->post.key
                                                 : row->department.id;
    char line[16];
    snprintf(line, sizeof(line), "%u", before->line);
    findings_add(&reading->findings, from->sheet, from->line, "R04", causes[row->kind],
            row->kind == ROW_POST ? row->post.place : (struct bytes){0}, value, bytes_text(line));
}

static enum grid_status take_row(void *context, const struct sheet_row *from)
{
    struct reading *reading = context;
    struct row row;
    bool keyed = false;
    enum grid_status status =
            field_row(from, &reading->findings, reading->category_known, &row, &keyed);
    if (status != GRID_OK || !keyed)
        return status;
    const struct row *before = roster_row(reading->draft, &row);
    if (before == NULL)
        return add_row(reading, &row);
    found_twice(reading, from, &row, before);
    return GRID_OK;
}

/* A parent that only the loaded roster has stays in the new one, with all above it: what is
 * imported would hang in the air without. The rows grow while this runs. */
static enum grid_status keep_parents(struct reading *reading, const struct grid_roster *loaded)
{
    struct grid_roster *draft = reading->draft;
    enum grid_status status = GRID_OK;
    for (size_t i = 0; loaded != NULL && i < draft->row_count && status == GRID_OK; i++) {
        const struct row *row = &draft->rows[i];
        if (row->kind != ROW_UNIT)
            continue;
        struct bytes parent = unit_parent(&row->unit);
        const struct row *held = parent.size == 0 || roster_unit_row(draft, parent) != NULL
                                         ? NULL
                                         : roster_unit_row(loaded, parent);
        if (held != NULL) {
            struct row copy = *held;
            copy.line = 0;
            status = add_row(reading, &copy);
        }
    }
    return status;
}

static enum grid_status read_files(struct reading *reading, const struct grid_roster_files *files,
        const struct grid_roster *loaded, struct check *check)
{
    enum grid_status status = sheet_read(SHEET_UNITS, files->units, &reading->findings, take_row,
            reading, &check->units_readable);
    if (status == GRID_OK)
        status = sheet_read(SHEET_POSTS, files->posts, &reading->findings, take_row, reading,
                &check->posts_readable);
    if (status == GRID_OK)
        status = sheet_read(SHEET_DEPARTMENTS, files->departments, &reading->findings, take_row,
                reading, &check->departments_readable);
    if (status == GRID_OK)
        status = keep_parents(reading, loaded);
    if (status == GRID_OK)
        status = roster_complete(reading->draft);
    if (status == GRID_OK)
        status = check_rows(check);
    if (status == GRID_OK && reading->findings.failed)
        status = GRID_NOMEM;
    return status;
}

enum grid_status grid_roster_read(struct grid_roster **out, const struct grid_roster_files *files,
        const struct grid_roster *loaded, struct bytes centre, int32_t today,
        grid_finding_fn *found, void *context, struct grid_finding_counts *counts,
        struct grid_error *error)
{
    *out = NULL;
    *counts = (struct grid_finding_counts){0};
    struct reading reading = {.findings = {.found = found, .context = context, .counts = counts},
            .category_known = files->category_known,
            .error = error};
    enum grid_status status = grid_roster_open(&reading.draft);
    if (status != GRID_OK)
        return status;
    reading.draft->latest = 1; /* the one version that the files make */
    struct check check = {.draft = reading.draft,
            .loaded = loaded,
            .centre = centre,
            .today = today,
            .findings = &reading.findings};
    status = read_files(&reading, files, loaded, &check);
    findings_flush(&reading.findings);
    if (status == GRID_OK && reading.findings.failed)
        status = GRID_NOMEM;
    findings_close(&reading.findings);
    buffer_close(&reading.packed);
    if (status == GRID_OK && counts->errors == 0)
        *out = reading.draft;
    else
        grid_roster_close(reading.draft);
    return status;
}
