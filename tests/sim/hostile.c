/* Those who mean harm: bytes that change on the road with checksums that fit. */
#include "tests/sim/world.h"

#include <string.h>

/* Changes a byte of the payload and makes the checksum fit again, if the frame can be read so. */
void sim_falsify(struct sim *sim, struct buffer *frame)
{
    struct arena arena;
    struct frame read = {0};
    struct grid_error error = {0};
    size_t taken = 0;
    arena_init(&arena, 0);
    if (frame_next(buffer_bytes(frame), &arena, &read, &taken, &error) == GRID_OK && taken > 0) {
        struct buffer head = {0};
        struct buffer tail = {0};
        buffer_append(&head, read.head.data, read.head.size);
        buffer_append(&tail, read.tail.data, read.tail.size);
        struct buffer *changed = tail.size > 0 && sim_one_in(sim, 2) ? &tail : &head;
        uint64_t how = sim_chance(sim, 4);
        uint8_t type = read.type;
        buffer_clear(frame);
        if (changed->size > 0)
            changed->data[sim_chance(sim, changed->size)] ^= (uint8_t)(1 + sim_chance(sim, 255));
        if (how == 1)
            type = (uint8_t)(1 + sim_chance(sim, FRAME_BUSY));
        if (how != 2) /* or it is dropped */
            (void)frame_write(frame, type, read.channel, buffer_bytes(&head), buffer_bytes(&tail));
        if (how == 3) { /* or comes twice */
            struct buffer twice = {0};
            buffer_append(&twice, frame->data, frame->size);
            buffer_append(frame, twice.data, twice.size);
            buffer_close(&twice);
        }
        buffer_close(&head);
        buffer_close(&tail);
    }
    arena_close(&arena);
}

/* --- a handheld that writes whatever passes the gate, under an enrolled key --- */

struct forging {
    struct sim *sim;
    uint8_t seed[GRID_SEED_BYTES], author[GRID_ID_BYTES], tip[GRID_HASH_BYTES];
    uint8_t lane;
    uint64_t count;
    struct buffer entries;
};

/* Whatever is not admitted is left out: others would not take it either. */
static void add(struct forging *forging, const struct entry_header *head, struct bytes body)
{
    struct buffer header = {0};
    struct grid_error error = {0};
    entry_pack_header(&header, head);
    struct entry entry = {.lane = forging->lane,
            .seq = forging->count + 1,
            .header = buffer_bytes(&header),
            .body = body};
    memcpy(entry.author, forging->author, sizeof(entry.author));
    if (entry_admit(&entry, &error) == GRID_OK && chain_next(forging->tip, entry.leaf) == GRID_OK) {
        buffer_append(&forging->entries, header.data, header.size);
        buffer_append(&forging->entries, body.data, body.size);
        forging->count++;
    }
    buffer_close(&header);
}

static void begin(struct forging *forging, const struct sim_home *home)
{
    struct incarnate_body incarnate = {.counter = 1};
    struct entry_header head = {
            .hlc = (uint64_t)forging->sim->wall_ms << 16, .kind = GRID_KIND_INCARNATE};
    struct buffer body = {0};
    for (size_t i = 0; i < sizeof(forging->seed); i++)
        forging->seed[i] = (uint8_t)sim_chance(forging->sim, 256);
    forging->lane = (uint8_t)sim_chance(forging->sim, GRID_LANE_COUNT);
    (void)crypto_public_key(incarnate.key, forging->seed);
    (void)author_of_key(forging->author, incarnate.key);
    (void)chain_start(forging->tip, forging->author, forging->lane);
    memcpy(incarnate.identity, home->identity, sizeof(incarnate.identity));
    (void)incarnate_sign(&incarnate, home->keyring.identity_seed);
    (void)body_pack_incarnate(&body, &incarnate);
    add(forging, &head, buffer_bytes(&body));
    buffer_close(&body);
}

/* I18: a kind that only a newer program knows. */
static void add_unknown(struct forging *forging)
{
    struct entry_header head = {.hlc = (uint64_t)forging->sim->wall_ms << 16, .kind = 200};
    struct buffer body = {0};
    pack_map(&body, 1);
    pack_uint(&body, 128 + sim_chance(forging->sim, 1000));
    pack_uint(&body, sim_chance(forging->sim, 1000));
    add(forging, &head, buffer_bytes(&body));
    buffer_close(&body);
}

static struct fold *any_case(struct sim *sim)
{
    struct book *book = &sim->centre->node->book;
    struct fold *fold = NULL;
    struct grid_error error = {0};
    if (book->last_no == 0)
        return NULL;
    int64_t back = (int64_t)sim_chance(sim, (uint64_t)(book->last_no < 6 ? book->last_no : 6));
    (void)book_fold(book, book->last_no - back, &fold, &error);
    return fold;
}

/* What somebody wrote in a case, once more under another key, and naming others: void mostly. What
 * its own person wrote before is valid again. */
static void add_mutant(struct forging *forging, struct fold *fold)
{
    struct sim *sim = forging->sim;
    struct dot dots[8];
    size_t count = sim_chance(sim, 5);
    size_t held = fold_entry_count(fold);
    const struct fold_entry *like = fold_entry_at(fold, sim_chance(sim, held));
    struct entry_header head = like->head;
    for (size_t i = 0; i < count; i++)
        dots[i] = fold_entry_at(fold, sim_chance(sim, held))->dot;
    count = dots_sort(dots, count);
    bool basis = sim_one_in(sim, 3);
    head.basis = basis ? dots : NULL;
    head.basis_count = basis ? count : 0;
    head.refs = basis ? NULL : dots;
    head.ref_count = basis ? 0 : count;
    if (head.has_case)
        add(forging, &head, like->entry.body);
}

static void say(struct sim_link *link, struct buffer *frame)
{
    struct sim *sim = link->child->sim;
    if (sim_one_in(sim, 12))
        sim_falsify(sim, frame);
    buffer_append(&link->up.bytes, frame->data, frame->size);
    buffer_clear(frame);
}

static void say_segment(struct sim_link *link, struct forging *forging)
{
    struct sim *sim = forging->sim;
    struct data_message data = {.segment = {.lane = forging->lane,
                                        .first_seq = 1,
                                        .entry_count = (uint32_t)forging->count,
                                        .entries = buffer_bytes(&forging->entries)},
            .lsn = sim_one_in(sim, 2) ? 0 : 1 + sim_chance(sim, 100)};
    struct buffer frame = {0};
    memcpy(data.segment.author, forging->author, sizeof(forging->author));
    (void)seal_sign(data.segment.seal, forging->seed, forging->author, forging->lane,
            forging->count, forging->tip);
    if (sim_one_in(sim, 6))
        data.segment.seal[sim_chance(sim, GRID_SIGNATURE_BYTES)] ^= 1;
    if (sim_one_in(sim, 12))
        data.segment.first_seq += sim_chance(sim, 5);
    (void)message_pack_data(&frame, &data);
    for (uint64_t times = 1 + sim_chance(sim, 2); times > 0; times--)
        buffer_append(&link->up.bytes, frame.data, frame.size);
    buffer_close(&frame);
}

static void say_hello(struct sim_link *link)
{
    struct sim *sim = link->child->sim;
    struct hello hello = {.version = GRID_PROTOCOL_VERSION,
            .wall_ms = (int64_t)sim_chance(sim, UINT64_C(1) << 60),
            .epoch = {(uint8_t)sim_chance(sim, 256)},
            .dictionary = frame_dictionary_id(),
            .program = bytes_text("forge")};
    struct buffer frame = {0};
    (void)message_pack_hello(&frame, &hello);
    say(link, &frame);
    buffer_close(&frame);
}

static struct sim_home *hostile_home(struct sim *sim)
{
    for (size_t i = 0; i < sim->home_count; i++)
        if (sim->homes[i]->plays)
            return sim->homes[i];
    return NULL;
}

void sim_hostile(struct sim *sim)
{
    struct sim_home *home = hostile_home(sim);
    struct forging forging = {.sim = sim};
    if (home == NULL || sim->centre->node == NULL || sim->centre->unreachable)
        return;
    struct sim_link *link = sim_connect(home);
    if (link == NULL || sim->centre->node == NULL)
        return;
    sim->counts.hostile++;
    sim_note(sim, "%s writes what it likes", home->name);
    say_hello(link);
    begin(&forging, home);
    for (uint64_t i = sim_chance(sim, 16); i > 0; i--) {
        struct fold *fold = sim_one_in(sim, 8) ? NULL : any_case(sim);
        if (fold != NULL)
            add_mutant(&forging, fold);
        else
            add_unknown(&forging);
    }
    say_segment(link, &forging);
    buffer_close(&forging.entries);
    link->child_ends_ms = sim->mono_ms + 5000 + (int64_t)sim_chance(sim, 60000);
}
