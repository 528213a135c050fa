/* Identifiers as people type them: one of a list, which a message tells whole. */
#include "libgrid/case/life.h"
#include "libgrid/case/typed.h"
#include "proto/pack.h"
#include "proto/words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LIST_BYTES = GRID_DETAIL_BYTES / 2 };

static void list_add(char list[static LIST_BYTES], const char *word)
{
    size_t used = strlen(list);
    int more = snprintf(&list[used], LIST_BYTES - used, "%s%s", used > 0 ? ", " : "", word);
    assert(more > 0 && (size_t)more < LIST_BYTES - used);
}

static enum grid_status fail_word(
        const char *reason, struct bytes text, const char *list, struct grid_error *error)
{
    return grid_fail(error, GRID_INVALID, reason, "%.*s" GRID_ARG "%s", typed_shown(text),
            (const char *)text.data, list);
}

/* One of the identifiers numbered 1…; a message lists them all. */
static enum grid_status read_word(struct buffer *out, const char *reason, struct bytes text,
        unsigned (*number)(struct bytes), const char *(*name)(unsigned), struct grid_error *error)
{
    text = typed_trim(text);
    unsigned found = number(text);
    if (found != 0) {
        pack_uint(out, found);
        return GRID_OK;
    }
    char list[LIST_BYTES] = "";
    for (unsigned i = 1; name(i) != NULL; i++)
        list_add(list, name(i));
    return fail_word(reason, text, list, error);
}

enum grid_status typed_source(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_word(out, "source_unknown", text, grid_source_number, grid_source_name, error);
}

enum grid_status typed_scale(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_word(out, "scale_unknown", text, grid_scale_number, grid_scale_name, error);
}

enum grid_status typed_track(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_word(out, "track_unknown", text, grid_track_number, grid_track_name, error);
}

enum grid_status typed_state(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_word(out, "state_unknown", text, grid_state_number, grid_state_name, error);
}

enum grid_status typed_method(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_word(out, "method_unknown", text, grid_method_number, grid_method_name, error);
}

/* --- words that a kind of act permits as its reason, kept as they are --- */

static enum grid_status read_reason(struct buffer *out, uint32_t kind, const char *reason,
        struct bytes text, struct grid_error *error)
{
    char list[LIST_BYTES] = "";
    text = typed_trim(text);
    for (const char *const *word = life_kind(kind)->reasons; *word != NULL; word++) {
        if (bytes_equal(text, bytes_text(*word))) {
            pack_str(out, text);
            return GRID_OK;
        }
        list_add(list, *word);
    }
    return fail_word(reason, text, list, error);
}

enum grid_status typed_return_reason(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_reason(out, GRID_KIND_RETURN, "return_reason_unknown", text, error);
}

enum grid_status typed_ask(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_reason(out, GRID_KIND_ASK, "ask_unknown", text, error);
}

enum grid_status typed_close(
        struct buffer *out, const struct typed *typed, struct bytes text, struct grid_error *error)
{
    (void)typed;
    return read_reason(out, GRID_KIND_CLOSE, "close_unknown", text, error);
}
