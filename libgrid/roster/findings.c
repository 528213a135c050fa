/* Findings about files, gathered in short form so that a person reads them line by line, and handed
 * on in runs so that a hostile file of a million errors costs no memory. */
#include "libgrid/roster/inside.h"

#include "proto/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINDINGS_RUN = 8192, VALUE_BYTES_MAX = 120 };

const char *sheet_name(enum sheet sheet)
{
    static const char *const names[SHEET_COUNT] = {"units.csv", "posts.csv", "departments.csv"};
    return names[sheet];
}

/* An argument of a sentence: cut at a character, and nothing in it that would end it early. */
static void add_value(struct buffer *out, struct bytes value)
{
    size_t size = value.size;
    if (size > VALUE_BYTES_MAX)
        for (size = VALUE_BYTES_MAX; size > 0 && (value.data[size] & 0xc0) == 0x80; size--)
            ;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = value.data[i] < 0x20 || value.data[i] == 0x7f ? ' ' : value.data[i];
        buffer_append(out, &byte, 1);
    }
    if (size < value.size)
        buffer_append(out, "…", strlen("…"));
}

void findings_add(struct findings *findings, enum sheet sheet, uint32_t line, const char *code,
        const char *cause, struct bytes subject, struct bytes value, struct bytes other)
{
    if (code[0] == 'R')
        findings->counts->errors++;
    else
        findings->counts->warnings++;
    if (findings->noted_count == FINDINGS_RUN)
        findings_flush(findings);
    struct noted *grown = array_grown(findings->noted, &findings->noted_capacity,
            findings->noted_count + 1, sizeof(findings->noted[0]));
    if (grown == NULL) {
        findings->failed = true;
        return;
    }
    findings->noted = grown;
    struct noted *noted = &findings->noted[findings->noted_count++];
    *noted = (struct noted){.line = line, .sheet = (uint8_t)sheet, .at = findings->texts.size};
    snprintf(noted->code, sizeof(noted->code), "%s", code);
    buffer_append(&findings->texts, cause, strlen(cause));
    const struct bytes parts[] = {subject, value, other};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buffer_append(&findings->texts, GRID_ARG, 1);
        add_value(&findings->texts, parts[i]);
    }
    noted->size = findings->texts.size - noted->at;
    findings->failed |= findings->texts.failed;
}

/* By file, line, and then as they were found. */
static int compare_noted(const void *left, const void *right)
{
    const struct noted *a = left;
    const struct noted *b = right;
    if (a->sheet != b->sheet)
        return a->sheet < b->sheet ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

void findings_flush(struct findings *findings)
{
    if (findings->noted_count > 1)
        qsort(findings->noted, findings->noted_count, sizeof(findings->noted[0]), compare_noted);
    for (size_t i = 0; i < findings->noted_count && !findings->failed; i++) {
        const struct noted *noted = &findings->noted[i];
        struct grid_finding finding = {.file = sheet_name(noted->sheet), .line = noted->line};
        memcpy(finding.code, noted->code, sizeof(finding.code));
        size_t size = noted->size < sizeof(finding.text) ? noted->size : sizeof(finding.text) - 1;
        memcpy(finding.text, findings->texts.data + noted->at, size);
        if (findings->found != NULL)
            findings->found(findings->context, &finding);
    }
    findings->noted_count = 0;
    buffer_clear(&findings->texts);
}

void findings_close(struct findings *findings)
{
    grid_free(findings->noted);
    buffer_close(&findings->texts);
    *findings = (struct findings){0};
}
