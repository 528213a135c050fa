#include "libgrid/case/judge.h"
#include "proto/heap.h"

#include <assert.h>
#include <string.h>

/* --- life --- */

enum grid_status fold_open(struct fold **out, const uint8_t case_id[static GRID_ID_BYTES])
{
    struct fold *fold = grid_alloc(sizeof(*fold));
    *out = fold;
    if (fold == NULL)
        return GRID_NOMEM;
    memcpy(fold->case_id, case_id, GRID_ID_BYTES);
    arena_init(&fold->arena, 0);
    arena_init(&fold->views_arena, 0);
    fold->buckets = fold->first_buckets;
    fold->bucket_count = FOLD_BUCKETS_FIRST;
    fold->sorted = fold->first_sorted;
    fold->sorted_capacity = FOLD_SORTED_FIRST;
    fold->queue_end = &fold->queue;
    return GRID_OK;
}

void fold_close(struct fold *fold)
{
    if (fold == NULL)
        return;
    for (unsigned reg = 0; reg < GRID_REGISTER_END; reg++)
        if (fold->live[reg].capacity > 0)
            grid_free(fold->live[reg].at.many);
    if (fold->buckets != fold->first_buckets)
        grid_free(fold->buckets);
    if (fold->sorted != fold->first_sorted)
        grid_free(fold->sorted);
    arena_close(&fold->views_arena);
    arena_close(&fold->arena);
    grid_free(fold);
}

size_t fold_bytes(const struct fold *fold)
{
    size_t bytes = sizeof(*fold) + fold->arena.held_bytes + fold->views_arena.held_bytes;
    for (unsigned reg = 0; reg < GRID_REGISTER_END; reg++)
        bytes += fold->live[reg].capacity * sizeof(struct fold_held *);
    if (fold->buckets != fold->first_buckets)
        bytes += fold->bucket_count * sizeof(struct fold_name *);
    if (fold->sorted != fold->first_sorted)
        bytes += fold->sorted_capacity * sizeof(struct fold_held *);
    return bytes;
}

/* What was looked at no longer holds. */
void fold_views_drop(struct fold *fold)
{
    if (fold->views == NULL)
        return;
    arena_reset(&fold->views_arena);
    fold->views = NULL;
}

/* --- names --- */

/* The tag is part of a hash already; author, lane and seq are in it. */
static size_t dot_bucket(const struct dot *dot, size_t bucket_count)
{
    return (size_t)get_u64(dot->tag) & (bucket_count - 1);
}

struct fold_name *fold_name_find(const struct fold *fold, const struct dot *dot)
{
    struct fold_name *name = fold->buckets[dot_bucket(dot, fold->bucket_count)];
    while (name != NULL && !dot_equal(&name->dot, dot))
        name = name->next;
    return name;
}

static bool buckets_grow(struct fold *fold)
{
    size_t count = fold->bucket_count * 4;
    struct fold_name **buckets = grid_alloc_array(count, sizeof(*buckets));
    if (buckets == NULL)
        return false;
    for (size_t i = 0; i < fold->bucket_count; i++)
        for (struct fold_name *name = fold->buckets[i], *next = NULL; name != NULL; name = next) {
            struct fold_name **bucket = &buckets[dot_bucket(&name->dot, count)];
            next = name->next;
            name->next = *bucket;
            *bucket = name;
        }
    if (fold->buckets != fold->first_buckets)
        grid_free(fold->buckets);
    fold->buckets = buckets;
    fold->bucket_count = count;
    return true;
}

/* The name `dot`, made when it is new; NULL when memory ends. */
static struct fold_name *name_of(struct fold *fold, const struct dot *dot)
{
    struct fold_name *name = fold_name_find(fold, dot);
    if (name != NULL)
        return name;
    if (fold->name_count >= fold->bucket_count && !buckets_grow(fold))
        return NULL;
    name = arena_alloc(&fold->arena, sizeof(*name));
    if (name == NULL)
        return NULL;
    struct fold_name **bucket = &fold->buckets[dot_bucket(dot, fold->bucket_count)];
    *name = (struct fold_name){.dot = *dot, .next = *bucket};
    *bucket = name;
    fold->name_count++;
    return name;
}

/* --- canonical order: hybrid clock, then leaf --- */

static int held_order(const struct fold_held *a, const struct fold_held *b)
{
    if (a->entry.head.hlc != b->entry.head.hlc)
        return a->entry.head.hlc < b->entry.head.hlc ? -1 : 1;
    return memcmp(a->entry.entry.leaf, b->entry.entry.leaf, GRID_HASH_BYTES);
}

static bool sorted_reserve(struct fold *fold)
{
    if (fold->count < fold->sorted_capacity)
        return true;
    size_t capacity = fold->sorted_capacity * 2;
    bool first = fold->sorted == fold->first_sorted;
    struct fold_held **sorted =
            grid_resize(first ? NULL : fold->sorted, capacity * sizeof(struct fold_held *));
    if (sorted == NULL)
        return false;
    if (first)
        memcpy(sorted, fold->first_sorted, sizeof(fold->first_sorted));
    fold->sorted = sorted;
    fold->sorted_capacity = capacity;
    return true;
}

static void sorted_insert(struct fold *fold, struct fold_held *held)
{
    size_t low = 0;
    size_t high = fold->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (held_order(fold->sorted[middle], held) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(&fold->sorted[low + 1], &fold->sorted[low],
            (fold->count - low) * sizeof(struct fold_held *));
    fold->sorted[low] = held;
    held->entry.order = (unsigned)fold->count++;
}

/* --- live writes --- */

struct fold_held *const *fold_live_writes(const struct fold *fold, unsigned reg)
{
    const struct fold_live *live = &fold->live[reg];
    return live->capacity > 0 ? live->at.many : &live->at.one;
}

/* Where `held` stands among the live writes, or would stand. */
static size_t live_position(
        const struct fold *fold, unsigned reg, const struct fold_held *held, bool *found)
{
    struct fold_held *const *writes = fold_live_writes(fold, reg);
    size_t low = 0;
    size_t high = fold->live[reg].count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dot_compare(&writes[middle]->entry.dot, &held->entry.dot) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < fold->live[reg].count && writes[low] == held;
    return low;
}

static void live_remove(struct fold *fold, unsigned reg, const struct fold_held *held)
{
    struct fold_live *live = &fold->live[reg];
    bool found = false;
    size_t position = live_position(fold, reg, held, &found);
    if (!found)
        return;
    live->count--;
    if (live->capacity > 0)
        memmove(&live->at.many[position], &live->at.many[position + 1],
                (live->count - position) * sizeof(struct fold_held *));
    else
        live->at.one = NULL;
}

static bool live_reserve(struct fold_live *live)
{
    enum { MANY_FIRST = 4 };
    if (live->count < (live->capacity > 0 ? live->capacity : 1))
        return true;
    size_t capacity = live->capacity > 0 ? live->capacity * 2 : MANY_FIRST;
    struct fold_held **many = grid_resize(
            live->capacity > 0 ? live->at.many : NULL, capacity * sizeof(struct fold_held *));
    if (many == NULL)
        return false;
    if (live->capacity == 0)
        many[0] = live->at.one;
    live->at.many = many;
    live->capacity = capacity;
    return true;
}

bool fold_live_insert(struct fold *fold, unsigned reg, struct fold_held *held)
{
    struct fold_live *live = &fold->live[reg];
    bool found = false;
    size_t position = live_position(fold, reg, held, &found);
    assert(!found);
    if (!live_reserve(live))
        return false;
    if (live->capacity > 0) {
        memmove(&live->at.many[position + 1], &live->at.many[position],
                (live->count - position) * sizeof(struct fold_held *));
        live->at.many[position] = held;
    } else {
        live->at.one = held;
    }
    live->count++;
    return true;
}

/* Replaces, in one register, all that `from` names, and through entries that write the register
 * too, whatever their verdict, what those name (D20). What is not here yet is remembered. */
static void replace_named(struct fold *fold, unsigned reg, struct fold_held *from)
{
    const uint32_t bit = 1u << reg;
    struct fold_held *todo = from;
    from->walk = NULL;
    while (todo != NULL) {
        const struct fold_held *held = todo;
        todo = held->walk;
        for (size_t i = 0; i < held->name_count; i++) {
            struct fold_name *name = held->names[i];
            if ((name->replaced & bit) != 0)
                continue;
            name->replaced |= bit;
            if (name->held == NULL || (name->held->sets & bit) == 0)
                continue;
            live_remove(fold, reg, name->held);
            name->held->walk = todo;
            todo = name->held;
        }
    }
}

/* An entry that valid writers named before it came: what it names is replaced through it. */
static void replace_through(struct fold *fold, struct fold_held *held)
{
    uint32_t registers = held->sets & held->name->replaced;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++)
        if ((registers >> reg & 1) != 0)
            replace_named(fold, reg, held);
}

/* A valid entry takes effect. */
static enum grid_status apply(struct fold *fold, struct fold_held *held)
{
    fold->written |= held->sets;
    if (held->entry.body.removal_count > 0)
        fold->taker_count++;
    for (unsigned reg = 1; reg < GRID_REGISTER_END; reg++) {
        if (!held_writes(held, reg))
            continue;
        replace_named(fold, reg, held);
        if ((held->name->replaced >> reg & 1) == 0 && !fold_live_insert(fold, reg, held))
            return GRID_NOMEM;
    }
    return GRID_OK;
}

/* --- the digest's sums --- */

void fold_sum_add(struct fold_sum *sum, const uint8_t leaf[static GRID_HASH_BYTES], bool minus)
{
    unsigned carry = minus ? 1 : 0; /* a − b = a + ~b + 1 */
    for (size_t i = 0; i < 4; i++) {
        uint64_t word = get_u64(leaf + 24 - 8 * i);
        if (minus)
            word = ~word;
        uint64_t total = sum->words[i] + word;
        unsigned over = total < word ? 1 : 0;
        sum->words[i] = total + carry;
        carry = over + (sum->words[i] < total ? 1 : 0);
    }
}

void fold_verdict_set(struct fold *fold, struct fold_held *held, enum grid_verdict verdict)
{
    enum grid_verdict before = held->entry.verdict;
    const uint8_t *leaf = held->entry.entry.leaf;
    fold->verdict_count[before]--;
    fold_sum_add(&fold->verdict_sum[before], leaf, true);
    held->entry.verdict = verdict;
    fold->verdict_count[verdict]++;
    fold_sum_add(&fold->verdict_sum[verdict], leaf, false);
}

/* --- waiting --- */

static void queue_add(struct fold *fold, struct fold_held *held)
{
    if (held->queued || held->entry.verdict != GRID_PENDING)
        return;
    held->queued = true;
    held->next = NULL;
    *fold->queue_end = held;
    fold->queue_end = &held->next;
}

static struct fold_held *queue_take(struct fold *fold)
{
    struct fold_held *held = fold->queue;
    if (held == NULL)
        return NULL;
    fold->queue = held->next;
    if (fold->queue == NULL)
        fold->queue_end = &fold->queue;
    held->queued = false;
    return held;
}

static bool wait_add(struct fold *fold, struct fold_wait **waits, struct fold_held *waiter)
{
    struct fold_wait *wait = fold->free_waits;
    if (wait != NULL)
        fold->free_waits = wait->next;
    else
        wait = arena_alloc(&fold->arena, sizeof(*wait));
    if (wait == NULL)
        return false;
    *wait = (struct fold_wait){.waiter = waiter, .next = *waits};
    *waits = wait;
    return true;
}

static void wake(struct fold *fold, struct fold_wait **waits)
{
    while (*waits != NULL) {
        struct fold_wait *wait = *waits;
        *waits = wait->next;
        queue_add(fold, wait->waiter);
        wait->next = fold->free_waits;
        fold->free_waits = wait;
    }
}

static enum grid_status decide(struct fold *fold, struct fold_held *held, enum grid_verdict verdict)
{
    fold_verdict_set(fold, held, verdict);
    wake(fold, &held->name->waits);
    if (held == fold->create)
        wake(fold, &fold->create_waits);
    return verdict == GRID_VALID ? apply(fold, held) : GRID_OK;
}

/* --- adding --- */

/* The shape of an act: a create begins a case, all else belongs to one. */
static bool shape_fits(const struct fold_entry *entry)
{
    const struct life_kind *kind = life_kind(entry->head.kind);
    return kind != NULL && kind->create == !entry->head.has_case;
}

/* Decodes what the entry says. What this program cannot read is opaque: kept, counted, not folded
 * (D7, P-31). */
static enum grid_status held_read(
        struct fold *fold, struct fold_held *held, struct grid_error *error)
{
    struct fold_entry *entry = &held->entry;
    bool newer = false;
    enum grid_status status = entry_read_header(&entry->entry, &fold->arena, &entry->head, error);
    if (status != GRID_OK)
        return status;
    entry->verdict = GRID_OPAQUE;
    if (entry->head.kind == GRID_KIND_ADOPT) {
        bool no_memory = false;
        held->adoption = adoption_read(fold, held, &no_memory);
        return no_memory ? GRID_NOMEM : GRID_OK;
    }
    if (!shape_fits(entry))
        return GRID_OK;
    status = body_read_case(entry->entry.body, &fold->arena, &entry->body, &newer, error);
    if (status == GRID_NOMEM)
        return status;
    if (status != GRID_OK || newer) {
        entry->body = (struct case_body){0};
        return GRID_OK;
    }
    entry->verdict = GRID_PENDING;
    for (size_t i = 0; i < entry->body.set_count; i++)
        held->sets |= 1u << entry->body.sets[i].name;
    return GRID_OK;
}

static enum grid_status held_name(struct fold *fold, struct fold_held *held)
{
    const struct entry_header *head = &held->entry.head;
    size_t count = head->basis_count + head->ref_count;
    if (held->entry.verdict == GRID_OPAQUE || count == 0)
        return GRID_OK;
    held->names = arena_alloc_array(&fold->arena, count, sizeof(struct fold_name *));
    if (held->names == NULL)
        return GRID_NOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t ref = i - head->basis_count;
        const struct dot *dot = i < head->basis_count ? &head->basis[i] : &head->refs[ref];
        held->names[i] = name_of(fold, dot);
        if (held->names[i] == NULL)
            return GRID_NOMEM;
    }
    held->name_count = count;
    return GRID_OK;
}

static struct fold_held *held_copy(
        struct fold *fold, const struct entry *entry, int64_t received_ms)
{
    struct fold_held *held = arena_alloc(&fold->arena, sizeof(*held));
    if (held == NULL)
        return NULL;
    held->entry.entry = *entry;
    held->entry.entry.header = arena_copy(&fold->arena, entry->header);
    held->entry.entry.body = arena_copy(&fold->arena, entry->body);
    held->entry.dot = entry_dot(entry);
    held->entry.received_ms = received_ms;
    if (held->entry.entry.header.data == NULL || held->entry.entry.body.data == NULL)
        return NULL;
    return held;
}

/* The entry takes its place: with the verdict it was given, or to be judged. */
static enum grid_status held_arrive(
        struct fold *fold, struct fold_held *held, enum grid_verdict given)
{
    enum grid_verdict first = held->entry.verdict;
    const struct life_kind *kind = life_kind(held->entry.head.kind);
    assert(!held->entry.head.has_case ||
            memcmp(fold->case_id, held->entry.head.case_id, GRID_ID_BYTES) == 0);
    held->name->held = held;
    sorted_insert(fold, held);
    fold->verdict_count[first]++;
    fold_sum_add(&fold->verdict_sum[first], held->entry.entry.leaf, false);
    if (kind != NULL && kind->create && !held->entry.head.has_case) {
        assert(memcmp(fold->case_id, held->entry.entry.leaf, GRID_ID_BYTES) == 0);
        fold->create = held;
    }
    replace_through(fold, held);
    /* Who looked for it may only have to know that it writes no register in question. */
    wake(fold, &held->name->waits);
    if (first == GRID_OPAQUE)
        return GRID_OK;
    struct fold_held *judged = held->adoption != NULL ? held->adoption->adopted : held;
    if (!verdict_decided(given)) {
        queue_add(fold, judged); /* an adoption is judged with what it takes over */
        return GRID_OK;
    }
    enum grid_status status = decide(fold, held, given);
    if (held->adoption != NULL)
        adoption_choose(judged);
    return status;
}

enum grid_status fold_take(struct fold *fold, const struct entry *entry, int64_t received_ms,
        enum grid_verdict given, bool aside, struct fold_held **out, struct grid_error *error)
{
    struct dot dot = entry_dot(entry);
    struct fold_held *held = held_copy(fold, entry, received_ms);
    *out = held;
    if (held == NULL)
        return GRID_NOMEM;
    held->entry.aside = aside;
    enum grid_status status = held_read(fold, held, error);
    if (status == GRID_OK)
        status = held_name(fold, held);
    if (status == GRID_OK && held->adoption != NULL)
        status = adoption_link(fold, held);
    if (status != GRID_OK)
        return status;
    if (held->adoption != NULL && held->adoption->adopted != NULL)
        held->entry.verdict = GRID_PENDING;
    held->name = name_of(fold, &dot);
    if (held->name == NULL || !sorted_reserve(fold))
        return GRID_NOMEM;
    fold_views_drop(fold);
    return held_arrive(fold, held, given);
}

enum grid_status fold_add(struct fold *fold, const struct entry *entry, int64_t received_ms,
        enum grid_verdict verdict, bool *fresh, struct grid_error *error)
{
    struct dot dot = entry_dot(entry);
    const struct fold_name *known = fold_name_find(fold, &dot);
    struct fold_held *held = NULL;
    *fresh = known == NULL || known->held == NULL;
    return *fresh ? fold_take(fold, entry, received_ms, verdict, false, &held, error) : GRID_OK;
}

/* --- judging --- */

/* Who was found to wait for the world in this settling: others that wait for the same need not be
 * asked again. */
struct outside_memory {
    const struct fold_held *author; /* unknown */
    const struct fold_held *roster; /* not held; at the largest sequence, for a cut comes first */
};

static bool same_log(const struct entry *a, const struct entry *b)
{
    return a->lane == b->lane && memcmp(a->author, b->author, GRID_ID_BYTES) == 0;
}

static bool outside_known(const struct outside_memory *memory, const struct fold_held *held)
{
    const struct entry *entry = &held->entry.entry;
    if (held->adopts != NULL) /* others stand behind it */
        return false;
    if (memory->author != NULL &&
            memcmp(memory->author->entry.entry.author, entry->author, GRID_ID_BYTES) == 0)
        return true;
    return memory->roster != NULL && same_log(&memory->roster->entry.entry, entry) &&
           entry->seq <= memory->roster->entry.entry.seq &&
           held->entry.head.rv == memory->roster->entry.head.rv;
}

static void outside_add(struct fold *fold, struct fold_held *held)
{
    held->next = fold->outside;
    held->queued = true; /* it is on one list: that one */
    fold->outside = held;
}

/* Who waits for the world is asked again. */
static void outside_take(struct fold *fold)
{
    struct fold_held *held = fold->outside;
    fold->outside = NULL;
    while (held != NULL) {
        struct fold_held *next = held->next;
        held->queued = false;
        queue_add(fold, held);
        held = next;
    }
}

static enum grid_status wait_for(struct fold *fold, struct fold_held *held,
        const struct judgement *judgement, struct outside_memory *memory)
{
    if (judgement->create_missing)
        return wait_add(fold, &fold->create_waits, held) ? GRID_OK : GRID_NOMEM;
    if (judgement->outside == OUTSIDE_NONE) {
        assert(judgement->missing != NULL);
        return wait_add(fold, &judgement->missing->waits, held) ? GRID_OK : GRID_NOMEM;
    }
    if (held->adopts != NULL) {
        outside_add(fold, held);
        return GRID_OK;
    }
    if (judgement->outside == OUTSIDE_AUTHOR)
        memory->author = held;
    if (judgement->outside == OUTSIDE_ROSTER)
        memory->roster = held;
    outside_add(fold, held);
    return GRID_OK;
}

enum grid_status fold_settle(struct fold *fold, const struct fold_world *world,
        fold_judged_fn *judged, void *context, struct grid_error *error)
{
    (void)error;
    struct outside_memory memory = {0};
    enum grid_status status = GRID_OK;
    outside_take(fold);
    while (status == GRID_OK && fold->queue != NULL) {
        struct fold_held *held = queue_take(fold);
        if (held->entry.verdict != GRID_PENDING)
            continue;
        if (outside_known(&memory, held)) {
            outside_add(fold, held);
            continue;
        }
        struct judgement judgement = {0};
        enum grid_verdict verdict = fold_judge_held(fold, world, held, &judgement);
        if (verdict == GRID_PENDING) {
            status = wait_for(fold, held, &judgement, &memory);
            continue;
        }
        fold_views_drop(fold);
        status = adoption_conclude(fold, held, judged, context);
        if (status == GRID_OK)
            status = decide(fold, held, verdict);
        if (status == GRID_OK && judged != NULL)
            status = judged(context, &held->entry);
    }
    return status;
}

enum grid_verdict fold_judge(
        struct fold *fold, const struct fold_world *world, const struct fold_entry *draft)
{
    struct fold_name *basis[GRID_REFS_MAX];
    assert(draft->head.basis_count <= GRID_REFS_MAX);
    for (size_t i = 0; i < draft->head.basis_count; i++)
        basis[i] = fold_name_find(fold, &draft->head.basis[i]);
    struct judgement judgement = {.fold = fold, .world = world, .entry = draft, .basis = basis};
    return judge(&judgement);
}
