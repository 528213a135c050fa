/* Who gets which bucket (D14, DOMAIN 7, Reading): the centre decides it from the latest roster; a
 * device never asks for more. */
#include "libgrid/sync/sync.h"
#include "proto/heap.h"

#include <stdio.h>
#include <string.h>

/* --- who reads at the other end --- */

struct collecting {
    struct link_reader *reader;
    int32_t today;
    bool failed;
};

static bool keep_post(void *context, const struct grid_post *post)
{
    struct collecting *collecting = context;
    struct link_reader *reader = collecting->reader;
    if (post->to != GRID_DAY_NONE && post->to < collecting->today)
        return true; /* what it read then is read by whoever came after */
    if (reader->post_count == reader->post_capacity) {
        size_t capacity = reader->post_capacity == 0 ? 4 : reader->post_capacity * 2;
        struct reader_post *grown = grid_resize(reader->posts, capacity * sizeof(*grown));
        collecting->failed = grown == NULL;
        if (grown == NULL)
            return false;
        reader->posts = grown;
        reader->post_capacity = capacity;
    }
    struct reader_post *kept = &reader->posts[reader->post_count++];
    kept->role = post->role;
    snprintf(kept->place, sizeof(kept->place), "%.*s", (int)post->place.size,
            (const char *)post->place.data);
    return true;
}

static enum grid_status look_up_reader(
        const struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error)
{
    struct link_reader *reader = &link->reader;
    const struct grid_device *device = roster_device_of(sync->roster, link->identity);
    struct collecting collecting = {.reader = reader, .today = stamp_day(now.wall_ms)};
    reader->post_count = 0;
    reader->knows_roster = !roster_identity_cut(sync->roster, link->identity);
    reader->is_device = device != NULL;
    struct roster_author who;
    reader->unit[0] = '\0';
    if (device == NULL && roster_enrolled_as(sync->roster, link->identity, &who) && who.is_centre)
        snprintf(reader->unit, sizeof(reader->unit), "%.*s", (int)who.unit.size,
                (const char *)who.unit.data);
    if (device == NULL)
        return GRID_OK;
    memcpy(reader->person, device->person, sizeof(reader->person));
    grid_roster_each_post_of(sync->roster, device->person, GRID_DAY_NONE, keep_post, &collecting);
    return collecting.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "") : GRID_OK;
}

static bool post_reads(
        const struct sync *sync, const struct link_reader *reader, struct bytes place)
{
    bool reads = false;
    uint64_t rv = roster_rv(sync->roster);
    for (size_t i = 0; i < reader->post_count && !reads; i++)
        reads = roster_post_reads(
                sync->roster, rv, reader->posts[i].role, bytes_text(reader->posts[i].place), place);
    return reads;
}

/* By whose rosters it will judge what it is given: of the units above it, of those whose cases it
 * reads, and what was handed to us for the like. */
static bool permits_roster(
        const struct sync *sync, const struct link_reader *reader, const struct bucket *bucket)
{
    struct bytes unit = bucket->roster;
    struct bytes child = bytes_text(reader->unit);
    if (!place_covers(sync->unit, unit) || bytes_equal(sync->unit, unit))
        return true;
    if (reader->is_device)
        return post_reads(sync, reader, unit);
    char name[GRID_BUCKET_BYTES + 1];
    snprintf(name, sizeof(name), "below/%s", reader->unit);
    const struct bucket *given = bucket_find(&sync->buckets, STORE_FILLED_HERE, bytes_text(name));
    return !place_covers(child, unit) &&
           (place_covers(unit, child) || (given != NULL && place_is_neighbour(sync, given, unit)));
}

static bool permits(const struct sync *sync, const struct link *link, const struct bucket *bucket)
{
    const struct link_reader *reader = &link->reader;
    if (bucket->side != STORE_FILLED_HERE || !reader->knows_roster)
        return false;
    if (bucket->roster.size > 0)
        return permits_roster(sync, reader, bucket);
    if (!reader->is_device)
        return bucket->below.size > 0 && bytes_equal(bucket->below, bytes_text(reader->unit));
    char own[GRID_BUCKET_BYTES + 1];
    place_bucket_of_person(own, reader->person);
    return strcmp(own, bucket->name) == 0 ||
           (bucket->below.size == 0 && post_reads(sync, reader, bytes_text(bucket->name)));
}

/* --- the list of a link --- */

struct listing {
    struct buffer states;
    struct buffer names; /* struct bytes, one behind the other */
    bool changed;
};

static struct subscription *subscribe(struct link *link, struct bucket *bucket)
{
    if (link->subscription_count == link->subscription_capacity) {
        size_t capacity = link->subscription_capacity == 0 ? 8 : link->subscription_capacity * 2;
        struct subscription *grown = grid_resize(link->subscriptions, capacity * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        link->subscriptions = grown;
        link->subscription_capacity = capacity;
    }
    struct subscription *subscription = &link->subscriptions[link->subscription_count++];
    *subscription = (struct subscription){.bucket = bucket};
    return subscription;
}

static bool is_subscribed(const struct link *link, const struct bucket *bucket)
{
    for (size_t i = 0; i < link->subscription_count; i++)
        if (link->subscriptions[i].bucket == bucket)
            return true;
    return false;
}

/* P-98: a state for what the child named, and joining names. */
static void keep_state(struct listing *listing, enum bucket_told state)
{
    uint8_t byte = (uint8_t)state;
    buffer_append(&listing->states, &byte, 1);
}

static enum grid_status join(const struct sync *sync, struct link *link, struct listing *listing,
        struct bucket *bucket, struct grid_error *error)
{
    struct bytes name = bytes_text(bucket->name);
    if (link->subscription_count >= GRID_BUCKETS_MAX || !permits(sync, link, bucket) ||
            is_subscribed(link, bucket))
        return GRID_OK;
    listing->changed = true;
    buffer_append(&listing->names, &name, sizeof(name));
    return subscribe(link, bucket) != NULL
                   ? GRID_OK
                   : grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
}

static enum grid_status join_all(const struct sync *sync, struct link *link,
        struct listing *listing, size_t from, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    /* What all else is judged by goes first, and of that our own word. */
    if (sync->roster_bucket != NULL && from == 0)
        status = join(sync, link, listing, sync->roster_bucket, error);
    for (size_t i = from; i < sync->buckets.count && status == GRID_OK; i++)
        if (sync->buckets.items[i]->roster.size > 0)
            status = join(sync, link, listing, sync->buckets.items[i], error);
    for (size_t i = from; i < sync->buckets.count && status == GRID_OK; i++)
        status = join(sync, link, listing, sync->buckets.items[i], error);
    return status;
}

static enum grid_status send_list(
        struct sync *sync, struct link *link, struct listing *listing, struct grid_error *error)
{
    enum grid_status status = listing->states.failed || listing->names.failed
                                      ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                      : GRID_OK;
    size_t names = listing->names.size / sizeof(struct bytes);
    size_t at = 0;
    struct buckets list = {
            .states = listing->states.data, .state_count = listing->states.size, .more = true};
    memcpy(list.epoch, sync->log->epoch, sizeof(list.epoch));
    while (status == GRID_OK && list.more) {
        struct buffer frame = {0};
        list.name_count = names - at < GRID_TIPS_MAX ? names - at : GRID_TIPS_MAX;
        list.names = names > 0 ? (struct bytes *)(void *)listing->names.data + at : NULL;
        at += list.name_count;
        list.more = at < names;
        status = link_queue(sync, link, &frame, message_pack_buckets(&frame, &list), error);
        list.state_count = 0;
    }
    link->pumped = 0;
    return status;
}

static void close_listing(struct listing *listing)
{
    buffer_close(&listing->states);
    buffer_close(&listing->names);
}

/* Where the child's copy goes on. A position that we do not have is of another life of ours. */
static enum bucket_told place_copy(const struct sync *sync, struct subscription *subscription,
        const struct held_buckets *held, const struct held_bucket *copy)
{
    const struct bucket *bucket = subscription->bucket;
    bool ours = memcmp(held->epoch, sync->log->epoch, sizeof(held->epoch)) == 0 &&
                copy->position <= bucket->position;
    subscription->sent = ours ? copy->position : 0;
    subscription->told = ours && copy->position == bucket->position &&
                         memcmp(copy->digest, bucket->digest, sizeof(copy->digest)) == 0;
    return subscription->told ? BUCKET_EQUAL : BUCKET_OPEN;
}

enum grid_status subscribe_begin(struct sync *sync, struct grid_now now, struct link *link,
        const struct held_buckets *held, struct grid_error *error)
{
    struct listing listing = {0};
    enum grid_status status = look_up_reader(sync, now, link, error);
    for (size_t i = 0; i < held->count && status == GRID_OK; i++) {
        struct bucket *bucket = bucket_find(&sync->buckets, STORE_FILLED_HERE, held->items[i].name);
        bool keeps = bucket != NULL && permits(sync, link, bucket) && !is_subscribed(link, bucket);
        struct subscription *subscription = subscribe(link, keeps ? bucket : NULL);
        if (subscription == NULL)
            status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        else
            keep_state(&listing,
                    keeps ? place_copy(sync, subscription, held, &held->items[i]) : BUCKET_CLOSED);
    }
    if (status == GRID_OK)
        status = join_all(sync, link, &listing, 0, error);
    if (status == GRID_OK)
        status = send_list(sync, link, &listing, error);
    link->serves = status == GRID_OK;
    close_listing(&listing);
    return status;
}

/* The roster says something else now: what ended is closed, what came joins. */
static enum grid_status look_again(
        struct sync *sync, struct grid_now now, struct link *link, struct grid_error *error)
{
    struct listing listing = {0};
    enum grid_status status = look_up_reader(sync, now, link, error);
    for (size_t i = 0; i < link->subscription_count && status == GRID_OK; i++) {
        struct subscription *subscription = &link->subscriptions[i];
        bool keeps = subscription->bucket != NULL && permits(sync, link, subscription->bucket);
        listing.changed = listing.changed || (subscription->bucket != NULL && !keeps);
        keep_state(&listing, keeps ? BUCKET_OPEN : BUCKET_CLOSED);
        if (!keeps)
            subscription->bucket = NULL;
    }
    if (status == GRID_OK)
        status = join_all(sync, link, &listing, 0, error);
    if (status == GRID_OK && listing.changed)
        status = send_list(sync, link, &listing, error);
    close_listing(&listing);
    return status;
}

static enum grid_status look_at_new(struct sync *sync, struct link *link, struct grid_error *error)
{
    struct listing listing = {0};
    enum grid_status status = join_all(sync, link, &listing, sync->subscribed_count, error);
    if (status == GRID_OK && listing.changed)
        status = send_list(sync, link, &listing, error);
    close_listing(&listing);
    return status;
}

enum grid_status subscribe_flush(struct sync *sync, struct grid_now now, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    bool grew = sync->buckets.count > sync->subscribed_count;
    for (struct link *link = sync->links; link != NULL && status == GRID_OK; link = link->next) {
        if (!link->serves || link->phase == LINK_ENDED)
            continue;
        if (sync->scopes_changed)
            status = look_again(sync, now, link, error);
        else if (grew)
            status = look_at_new(sync, link, error);
    }
    sync->scopes_changed = false;
    sync->subscribed_count = sync->buckets.count;
    return status;
}

void subscribe_close(struct link *link)
{
    grid_free(link->reader.posts);
    grid_free(link->subscriptions);
}
