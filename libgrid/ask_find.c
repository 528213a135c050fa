/* grid find: the cases in which all the words stand. What is near to what a case is about comes
 * first, then the newest; so a page goes on where the one before ended, whatever came meanwhile.
 * One request looks at so many cases and no more; whoever asks goes on from `next`. */
#include "libgrid/case/texts.h"
#include "libgrid/case/typed.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "libgrid/store/phrase.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIND_BUDGET = 2048, /* cases of the index that are looked at in one request */
    FIND_SCAN_COST = 8, /* of those that may not fit at all there are fewer */
    FIND_BATCH = 64     /* whose folds are held at once */
};

/* Where a word was found first in the part that is nearest. */
struct hit {
    enum texts_part part; /* TEXTS_PARTS: nowhere */
    const char *field;
    struct buffer before, text, after;
};

struct finding {
    struct asking *asking;
    struct phrases phrases;
    struct phrase_text text;
    struct hit hits[PHRASES_MAX];
    enum texts_part part; /* of the page that is being made */
    int64_t before;       /* numbers below this one */
    unsigned wanted, given, budget;
    unsigned listed; /* of the batch */
    bool full;       /* there is one more than was wanted */
};

/* --- one case --- */

static void forget_hits(struct finding *finding)
{
    for (size_t i = 0; i < finding->phrases.count; i++)
        finding->hits[i].part = TEXTS_PARTS;
}

static void keep_hit(struct hit *hit, enum texts_part part, const char *field, struct bytes source,
        size_t from, size_t to)
{
    hit->part = part;
    hit->field = field;
    buffer_clear(&hit->before);
    buffer_clear(&hit->text);
    buffer_clear(&hit->after);
    phrase_before(&hit->before, source, from);
    buffer_append(&hit->text, source.data + from, to - from);
    phrase_after(&hit->after, source, to);
}

static enum grid_status look_in(
        void *context, enum texts_part part, const char *field, struct bytes text)
{
    struct finding *finding = context;
    if (!phrase_text_take(&finding->text, text))
        return GRID_NOMEM;
    for (size_t i = 0; i < finding->phrases.count; i++) {
        size_t from = 0;
        size_t to = 0;
        if (part < finding->hits[i].part &&
                phrase_stands_in(&finding->phrases, i, &finding->text, &from, &to))
            keep_hit(&finding->hits[i], part, field, text, from, to);
    }
    return GRID_OK;
}

/* The part of the word that is furthest from what the case is about; TEXTS_PARTS: one is missing.
 */
static enum texts_part furthest(const struct finding *finding)
{
    enum texts_part part = TEXTS_HEAD;
    for (size_t i = 0; i < finding->phrases.count; i++)
        if (finding->hits[i].part > part)
            part = finding->hits[i].part;
    return part;
}

static void pack_hits(struct record *record, const struct finding *finding)
{
    struct buffer items = {0};
    for (size_t i = 0; i < finding->phrases.count; i++) {
        const struct hit *hit = &finding->hits[i];
        struct record item = {0};
        record_text(&item, "field", hit->field);
        record_str(&item, "before", buffer_bytes(&hit->before));
        record_str(&item, "text", buffer_bytes(&hit->text));
        record_str(&item, "after", buffer_bytes(&hit->after));
        item.members.failed =
                item.members.failed || hit->before.failed || hit->text.failed || hit->after.failed;
        record_end(&item, &items);
    }
    record_list(record, "found", finding->phrases.count, &items);
    buffer_close(&items);
}

/* The members of `cases`, and what was found where. */
static enum grid_status give_case(struct finding *finding, struct fold *fold)
{
    struct asking *asking = finding->asking;
    struct view_context view = {.roster = asking->node->roster,
            .policies = &asking->node->book.policies,
            .wall_ms = asking->now.wall_ms};
    struct buffer packed = {0};
    struct buffer row = {0};
    struct record record = {0};
    enum grid_status status = view_case(&packed, fold, &view);
    struct reader reader = reader_of(buffer_bytes(&packed));
    if (status == GRID_OK) {
        record.count = read_map(&reader);
        buffer_append(&record.members, reader.at, (size_t)(reader.end - reader.at));
        pack_hits(&record, finding);
    }
    record_end(&record, &row);
    if (status == GRID_OK && row.failed)
        status = GRID_NOMEM;
    if (status == GRID_OK)
        status = asking->row(asking->context, "cases", buffer_bytes(&row));
    buffer_close(&packed);
    buffer_close(&row);
    return status;
}

static enum grid_status try_case(void *context, int64_t no)
{
    struct finding *finding = context;
    struct fold *fold = NULL;
    finding->listed++;
    if (finding->full)
        return GRID_OK;
    enum grid_status status =
            book_fold(&finding->asking->node->book, no, &fold, finding->asking->error);
    forget_hits(finding);
    if (status == GRID_OK && fold != NULL)
        status = texts_each(fold, finding->asking->node->roster, look_in, finding);
    bool fits = status == GRID_OK && fold != NULL && furthest(finding) == finding->part;
    finding->full = fits && finding->given == finding->wanted;
    if (finding->full)
        return GRID_OK;
    finding->before = no;
    if (!fits)
        return status;
    finding->given++;
    return give_case(finding, fold);
}

/* --- all of them --- */

/* What is not in the index yet is looked through. */
static bool looks_through(const struct finding *finding)
{
    const struct finder *finder = &finding->asking->node->finder;
    int64_t holds_to = finder_holds_to(finder);
    return finder->index == NULL ||
           (holds_to < finder->book->last_no && finding->before > holds_to + 1);
}

static void next_part(struct finding *finding)
{
    finding->part++;
    finding->before = INT64_MAX;
}

static enum grid_status look_through(struct finding *finding)
{
    struct grid_node *node = finding->asking->node;
    struct store_case_filter filter = {.before = finding->before,
            .after = finder_holds_to(&node->finder),
            .category_last = INT32_MAX,
            .limit = FIND_BATCH};
    enum grid_status status =
            store_case_list(node->store, &filter, try_case, finding, finding->asking->error);
    if (status != GRID_OK || finding->full || finding->listed == FIND_BATCH)
        return status;
    if (node->finder.index == NULL)
        next_part(finding);
    else
        finding->before = finder_holds_to(&node->finder) + 1;
    return status;
}

static enum grid_status look_up(struct finding *finding)
{
    struct grid_node *node = finding->asking->node;
    enum grid_status status = search_find(node->finder.index, &finding->phrases, finding->part,
            finding->before, FIND_BATCH, try_case, finding, finding->asking->error);
    if (status == GRID_STORAGE && store_state(node->store, NULL) == GRID_OK) {
        finder_give_up(&node->finder, finding->asking->now, status); /* without it, then */
        return GRID_OK;
    }
    if (status == GRID_OK && !finding->full && finding->listed < FIND_BATCH)
        next_part(finding);
    return status;
}

static enum grid_status look(struct finding *finding)
{
    struct grid_node *node = finding->asking->node;
    enum grid_status status = GRID_OK;
    while (status == GRID_OK && !finding->full && finding->budget > 0 &&
            finding->part < TEXTS_PARTS) {
        bool through = looks_through(finding);
        finding->listed = 0;
        status = through ? look_through(finding) : look_up(finding);
        unsigned cost = through ? finding->listed * FIND_SCAN_COST : finding->listed;
        finding->budget -= cost < finding->budget ? cost : finding->budget;
        if (status == GRID_OK) /* lets go of what was only looked at */
            status = book_flush(&node->book, finding->asking->error);
    }
    return status;
}

/* "1-204": the part, and the number of the case that was looked at last. */
static enum grid_status read_cursor(struct finding *finding)
{
    const struct grid_field *field = request_field(finding->asking->request, "after");
    char text[32];
    char *end = text;
    finding->before = INT64_MAX;
    if (field == NULL)
        return GRID_OK;
    snprintf(text, sizeof(text), "%.*s", (int)(field->value.size < 31 ? field->value.size : 31),
            (const char *)field->value.data);
    bool good = text[0] >= '0' && text[0] < '0' + TEXTS_PARTS && text[1] == '-' && text[2] >= '0' &&
                text[2] <= '9';
    if (good) {
        finding->part = (enum texts_part)(text[0] - '0');
        finding->before = strtoll(text + 2, &end, 10);
    }
    if (!good || *end != '\0' || finding->before < 1)
        return grid_fail(finding->asking->error, GRID_USAGE, "cursor_form", "%.*s",
                typed_shown(field->value), (const char *)field->value.data);
    return GRID_OK;
}

static void close_finding(struct finding *finding)
{
    phrase_text_close(&finding->text);
    for (size_t i = 0; i < PHRASES_MAX; i++) {
        buffer_close(&finding->hits[i].before);
        buffer_close(&finding->hits[i].text);
        buffer_close(&finding->hits[i].after);
    }
}

enum grid_status ask_find(struct asking *asking)
{
    struct finding finding = {.asking = asking, .budget = FIND_BUDGET};
    const struct grid_field *field = request_field(asking->request, "words");
    int64_t limit = 0;
    enum grid_status status = phrases_read(
            &finding.phrases, field != NULL ? field->value : bytes_of(NULL, 0), asking->error);
    if (status == GRID_OK)
        status = ask_number(asking, "limit", GRID_ROWS_MAX, GRID_ROWS_MAX, &limit);
    if (status == GRID_OK)
        status = read_cursor(&finding);
    finding.wanted = (unsigned)limit;
    if (status == GRID_OK)
        status = book_flush(&asking->node->book, asking->error); /* what this turn wrote */
    if (status == GRID_OK)
        status = finder_catch_up(&asking->node->finder, asking->now, asking->error);
    if (status == GRID_OK)
        status = look(&finding);
    if (status == GRID_NOMEM)
        grid_fail(asking->error, status, "out_of_memory", "%s", "");
    close_finding(&finding);
    if (status != GRID_OK)
        return status;
    struct record record = {0};
    char next[32];
    snprintf(next, sizeof(next), "%u-%" PRId64, (unsigned)finding.part, finding.before);
    record_text(&record, "next", finding.part < TEXTS_PARTS ? next : NULL);
    record_uint(&record, "behind", finder_behind(&asking->node->finder));
    record_end(&record, asking->end);
    return GRID_OK;
}
