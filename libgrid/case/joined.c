#include "libgrid/case/joined.h"

#include "libgrid/roster/lookup.h"

#include <stdlib.h>
#include <string.h>

static enum grid_status out_of_memory(struct grid_error *error)
{
    return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
}

/* --- the set --- */

struct gathering {
    struct book *book;
    struct buffer *members; /* struct store_member, in the order in which they were met */
    struct lookup by_id;
    struct grid_error *error;
};

static struct store_member *member_at(const struct buffer *members, size_t index)
{
    return (struct store_member *)(void *)members->data + index;
}

static size_t member_count(const struct buffer *members)
{
    return members->size / sizeof(struct store_member);
}

static uint32_t hash_of(const uint8_t id[static GRID_ID_BYTES])
{
    return lookup_hash(0, bytes_of(id, GRID_ID_BYTES));
}

static bool is_met(const struct gathering *gathering, const uint8_t id[static GRID_ID_BYTES])
{
    uint32_t item = lookup_first(&gathering->by_id, hash_of(id));
    for (; item != LOOKUP_END; item = lookup_next(&gathering->by_id, item))
        if (memcmp(member_at(gathering->members, item)->case_id, id, GRID_ID_BYTES) == 0)
            return true;
    return false;
}

/* As the store has it, or as it will: what came in this turn has no summary yet. */
static enum grid_status read_member(struct book *book, int64_t no, struct store_member *out,
        bool *found, struct grid_error *error)
{
    const struct book_case *item = shelf_cached(book, no);
    if (item == NULL || !item->dirty)
        return store_member_get(book->log->store, no, out, found, error);
    const struct fold_entry *create = fold_create(item->fold);
    *found = true;
    *out = (struct store_member){.no = no,
            .created = create != NULL ? create->head.hlc : 0,
            .state = fold_state(item->fold),
            .shown = item->shown,
            .primary = item->primary};
    memcpy(out->case_id, item->id, sizeof(out->case_id));
    return GRID_OK;
}

/* A stub, and a case whose create is void, are no members, and nothing is joined through them. */
static enum grid_status meet(struct gathering *gathering, int64_t no)
{
    struct store_member member;
    bool found = false;
    enum grid_status status = read_member(gathering->book, no, &member, &found, gathering->error);
    if (status != GRID_OK || !found || member.state == GRID_STATE_NONE ||
            is_met(gathering, member.case_id))
        return status;
    buffer_append(gathering->members, &member, sizeof(member));
    if (gathering->members->failed ||
            !lookup_reserve(&gathering->by_id, member_count(gathering->members)))
        return out_of_memory(gathering->error);
    lookup_add(&gathering->by_id, hash_of(member.case_id), true);
    return GRID_OK;
}

static enum grid_status meet_all(struct gathering *gathering, const struct buffer *numbers)
{
    enum grid_status status = GRID_OK;
    for (size_t at = 0; at < numbers->size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, numbers->data + at, sizeof(no));
        status = meet(gathering, no);
    }
    return status;
}

/* Appends the numbers of the cases at the other ends of links, those that are here. */
static enum grid_status neighbours(struct book *book, int64_t no,
        const uint8_t id[static GRID_ID_BYTES], struct buffer *numbers, struct grid_error *error)
{
    struct buffer ids = {0};
    enum grid_status status = store_link_of_case(book->log->store, no, &ids, error);
    for (size_t at = 0; at < ids.size && status == GRID_OK; at += GRID_ID_BYTES) {
        int64_t other = 0;
        status = book_find(book, ids.data + at, &other, error);
        if (other != 0)
            buffer_append(numbers, &other, sizeof(other));
    }
    buffer_close(&ids);
    if (status == GRID_OK)
        status = store_link_to_case(book->log->store, id, numbers, error);
    return status == GRID_OK && numbers->failed ? out_of_memory(error) : status;
}

int joined_compare(const void *a, const void *b)
{
    const struct store_member *left = a;
    const struct store_member *right = b;
    if (left->created != right->created)
        return left->created < right->created ? -1 : 1;
    return memcmp(left->case_id, right->case_id, sizeof(left->case_id));
}

enum grid_status joined_members(
        struct book *book, int64_t no, struct buffer *members, struct grid_error *error)
{
    struct gathering gathering = {.book = book, .members = members, .error = error};
    enum grid_status status = joined_flush(book, error);
    if (status == GRID_OK)
        status = meet(&gathering, no);
    for (size_t i = 0; i < member_count(members) && status == GRID_OK; i++) {
        struct buffer numbers = {0};
        const struct store_member *member = member_at(members, i);
        status = neighbours(book, member->no, member->case_id, &numbers, error);
        if (status == GRID_OK)
            status = meet_all(&gathering, &numbers);
        buffer_close(&numbers);
    }
    lookup_close(&gathering.by_id);
    if (status == GRID_OK && members->size > 0)
        qsort(members->data, member_count(members), sizeof(struct store_member), joined_compare);
    return status;
}

unsigned joined_shown(const struct store_member *member, const struct store_member *primary)
{
    bool is_open = member->state < GRID_STATE_DECLINED;
    if (member->no == primary->no || (is_open && primary->state >= GRID_STATE_DECLINED))
        return member->state;
    return GRID_STATE_MERGED;
}

/* --- what is kept of it --- */

static enum grid_status show(struct book *book, struct store_member *member,
        const struct store_member *primary, struct grid_error *error)
{
    struct store_member now = *member;
    now.shown = joined_shown(member, primary);
    now.primary = member->no == primary->no ? 0 : primary->no;
    struct book_case *item = shelf_cached(book, member->no);
    if (now.shown == member->shown && now.primary == member->primary)
        return GRID_OK;
    if (item != NULL) {
        item->shown = now.shown;
        item->primary = now.primary;
    }
    enum grid_status status = store_member_put(book->log->store, &now, error);
    /* One that is dirty tells for itself when its own summary is written. */
    if (status == GRID_OK && now.shown != member->shown && (item == NULL || !item->dirty))
        book_tell_shown(book, member->no, item, member->shown, now.shown);
    return status;
}

enum grid_status joined_update(struct book *book, int64_t no, struct grid_error *error)
{
    struct buffer members = {0};
    enum grid_status status = joined_members(book, no, &members, error);
    for (size_t i = 0; i < member_count(&members) && status == GRID_OK; i++)
        status = show(book, member_at(&members, i), member_at(&members, 0), error);
    if (status == GRID_OK && members.size == 0) { /* it is none that can be joined any more */
        struct store_member alone;
        bool found = false;
        status = read_member(book, no, &alone, &found, error);
        if (status == GRID_OK && found)
            status = show(book, &alone, &alone, error);
    }
    buffer_close(&members);
    return status;
}

static enum grid_status update_all(
        struct book *book, const struct buffer *numbers, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (size_t at = 0; at < numbers->size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, numbers->data + at, sizeof(no));
        status = joined_update(book, no, error);
    }
    return status;
}

enum grid_status joined_is(
        struct book *book, const struct book_case *item, bool *out, struct grid_error *error)
{
    struct buffer numbers = {0};
    *out = item->primary != 0;
    if (*out || !book->has_links)
        return GRID_OK;
    enum grid_status status = neighbours(book, item->no, item->id, &numbers, error);
    *out = numbers.size > 0;
    buffer_close(&numbers);
    return status;
}

/* --- links as the fold has them --- */

void joined_touch(struct book *book, struct book_case *item)
{
    book->links_changed += !item->links_changed;
    item->links_changed = true;
}

static bool fold_links(const struct fold_item *items, size_t count, const uint8_t *other)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes id = value_text(items[i].value);
        if (id.size == GRID_ID_BYTES && memcmp(id.data, other, GRID_ID_BYTES) == 0)
            return true;
    }
    return false;
}

/* What is not linked any more shows what it is alone; its own links may have kept it in the set. */
static enum grid_status drop_gone(struct book *book, const struct book_case *item,
        const struct fold_item *items, size_t count, struct grid_error *error)
{
    struct buffer ids = {0};
    enum grid_status status = store_link_of_case(book->log->store, item->no, &ids, error);
    for (size_t at = 0; at < ids.size && status == GRID_OK; at += GRID_ID_BYTES) {
        int64_t other = 0;
        if (fold_links(items, count, ids.data + at))
            continue;
        status = store_link_drop(book->log->store, item->no, ids.data + at, error);
        if (status == GRID_OK)
            status = book_find(book, ids.data + at, &other, error);
        if (other != 0)
            buffer_append(&book->parted, &other, sizeof(other));
    }
    buffer_close(&ids);
    return status == GRID_OK && book->parted.failed ? out_of_memory(error) : status;
}

/* Found by code like the one it was created with. */
static enum grid_status write_codes(
        struct book *book, const struct book_case *item, struct grid_error *error)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    if (fold_collection(item->fold, GRID_COLLECTION_CODES, &items, &count) != GRID_OK)
        return out_of_memory(error);
    enum grid_status status = store_code_drop(book->log->store, item->no, error);
    for (size_t i = 0; i < count && status == GRID_OK; i++)
        if (items[i].entry != fold_create(item->fold))
            status = store_code_put(book->log->store, value_text(items[i].value), item->no, error);
    return status;
}

static enum grid_status write_links(
        struct book *book, struct book_case *item, struct grid_error *error)
{
    const struct fold_item *items = NULL;
    size_t count = 0;
    if (fold_collection(item->fold, GRID_COLLECTION_LINKS, &items, &count) != GRID_OK)
        return out_of_memory(error);
    enum grid_status status = drop_gone(book, item, items, count, error);
    for (size_t i = 0; i < count && status == GRID_OK; i++) {
        struct bytes id = value_text(items[i].value);
        if (id.size != GRID_ID_BYTES)
            continue;
        status = store_link_put(book->log->store, item->no, id.data, error);
        book->has_links = true;
    }
    if (status == GRID_OK)
        status = write_codes(book, item, error);
    book->links_changed--;
    item->links_changed = false;
    return status;
}

enum grid_status joined_flush(struct book *book, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    for (struct book_case *item = book->newest;
            item != NULL && book->links_changed > 0 && status == GRID_OK; item = item->older)
        if (item->links_changed)
            status = write_links(book, item, error);
    return status;
}

/* The sets that fell apart: each of the former neighbours may lead one of its own. */
enum grid_status joined_part(struct book *book, struct grid_error *error)
{
    struct buffer parted = book->parted;
    book->parted = (struct buffer){0};
    enum grid_status status = update_all(book, &parted, error);
    buffer_close(&parted);
    return status;
}

enum grid_status joined_forget(struct book *book, int64_t no,
        const uint8_t id[static GRID_ID_BYTES], struct grid_error *error)
{
    struct buffer numbers = {0};
    struct buffer ids = {0};
    enum grid_status status = store_code_drop(book->log->store, no, error);
    if (status != GRID_OK || !book->has_links)
        return status;
    status = neighbours(book, no, id, &numbers, error);
    if (status == GRID_OK)
        status = store_link_of_case(book->log->store, no, &ids, error);
    for (size_t at = 0; at < ids.size && status == GRID_OK; at += GRID_ID_BYTES)
        status = store_link_drop(book->log->store, no, ids.data + at, error);
    if (status == GRID_OK)
        status = update_all(book, &numbers, error);
    buffer_close(&ids);
    buffer_close(&numbers);
    return status;
}
