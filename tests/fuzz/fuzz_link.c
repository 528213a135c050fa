/* A node and whoever is at the other end of its link. The input decides each frame, where it is
 * cut, what comes before HELLO and what after, what the clock does, and what the node's own people
 * write meanwhile; entries of the peer's own making are truly sealed and receipts truly signed, so
 * that it comes past the signatures. Whatever it says is never a failure of the node (D15), takes
 * nothing from what the node's own people wrote, and leaves a database without a defect in which
 * the same cases are found again after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/link_town.h"

#include <stdio.h>
#include <string.h>

enum { STREAMS = 4, OPS_MAX = 300, WAITING_BYTES_MAX = 1 << 20, TENTHS_MAX = 36000 };

struct talk {
    struct link_town *town;
    enum link_world world;
    struct pair_home *home;        /* who listens */
    struct pair_link *link;        /* where the peer speaks; number 0: it stands no more */
    struct forge streams[STREAMS]; /* of the peer's making; count 0: not begun */
    uint64_t sent[STREAMS];
    size_t chunk;
    struct bytes rest; /* of the input */
};

/* --- the input --- */

static struct bytes take(struct talk *talk, size_t size)
{
    struct bytes taken = talk->rest;
    taken.size = size < taken.size ? size : taken.size;
    talk->rest.size -= taken.size;
    if (taken.size > 0)
        talk->rest.data += taken.size;
    return taken;
}

static unsigned take_byte(struct talk *talk)
{
    struct bytes byte = take(talk, 1);
    return byte.size == 1 ? byte.data[0] : 0;
}

static size_t take_size(struct talk *talk)
{
    unsigned high = take_byte(talk);
    return high << 8 | take_byte(talk);
}

static struct bytes take_sized(struct talk *talk)
{
    return take(talk, take_size(talk));
}

/* --- the wire --- */

static struct pair_way *way_to_home(const struct talk *talk)
{
    return talk->link->child == talk->home ? &talk->link->down : &talk->link->up;
}

/* What the node said is for nobody; where it ended a link, that link is over. */
static void hear(struct talk *talk)
{
    struct pair *pair = &talk->town->pair;
    for (size_t i = 0; i < PAIR_LINKS_MAX; i++) {
        struct pair_link *link = &pair->links[i];
        struct pair_way *from_home = link->child == talk->home ? &link->up : &link->down;
        if (link->number == 0)
            continue;
        buffer_clear(&from_home->bytes);
        buffer_clear(&from_home->recorded);
        if (from_home->ended)
            pair_cut(pair, link, link->reason);
    }
    FUZZ_CHECK(talk->home->falls == 0);
}

static void deliver(struct talk *talk, size_t size)
{
    while (size > 0 && talk->link->number != 0) {
        size_t step = talk->chunk > 0 && talk->chunk < size ? talk->chunk : size;
        step = pair_deliver(talk->link, way_to_home(talk), step);
        if (step == 0)
            return;
        size -= step;
    }
}

static void end_turn(struct talk *talk)
{
    if (talk->link->number != 0)
        deliver(talk, way_to_home(talk)->bytes.size);
    FUZZ_CHECK(pair_turn(talk->home));
    hear(talk);
}

static void link_again(struct talk *talk, bool cut_first)
{
    struct pair *pair = &talk->town->pair;
    /* A child that comes again does so while its old connection seems to stand; a parent is called
     * by us, and once. */
    bool parent = talk->world == WORLD_HANDHELD || talk->world == WORLD_JOIN;
    if (talk->link->number != 0 && (cut_first || parent))
        pair_cut(pair, talk->link, "valley");
    struct pair_link *link = link_town_connect(talk->town, talk->world);
    if (link != NULL)
        talk->link = link;
    hear(talk);
}

static struct pair_way *speak(struct talk *talk)
{
    if (talk->link->number == 0)
        link_again(talk, true);
    struct pair_way *way = way_to_home(talk);
    if (way->bytes.size > WAITING_BYTES_MAX)
        end_turn(talk);
    if (talk->link->number == 0)
        link_again(talk, true);
    return way_to_home(talk);
}

/* --- what the peer says --- */

static void say_frame(struct talk *talk)
{
    unsigned type = take_byte(talk);
    struct bytes head = take_sized(talk);
    struct bytes tail = take_sized(talk);
    (void)frame_write(&speak(talk)->bytes, (uint8_t)type, 0, head, tail);
}

static void say_bytes(struct talk *talk)
{
    struct bytes bytes = take_sized(talk);
    buffer_append(&speak(talk)->bytes, bytes.data, bytes.size);
}

static const struct pair_home *peer_of(const struct talk *talk)
{
    if (talk->world == WORLD_HANDHELD || talk->world == WORLD_JOIN)
        return talk->town->centre;
    return talk->world == WORLD_STRANGER ? talk->town->stranger : talk->town->handheld;
}

static struct forge *stream_of(struct talk *talk, unsigned number)
{
    struct forge *forge = &talk->streams[number % STREAMS];
    uint8_t seed[GRID_SEED_BYTES] = {9, (uint8_t)(number % STREAMS / GRID_LANE_COUNT)};
    if (forge->count == 0)
        forge_open(forge, peer_of(talk)->keyring.identity_seed, seed,
                (uint8_t)(number % GRID_LANE_COUNT));
    return forge;
}

static void write_raw(struct talk *talk)
{
    struct forge *forge = stream_of(talk, take_byte(talk));
    struct bytes header = take_sized(talk);
    struct bytes body = take_sized(talk);
    if (forge->count < FORGE_ENTRIES_MAX)
        (void)forge_add_raw(forge, header, body);
}

/* One that the handheld wrote, or one of the peer's own making. */
static struct dot some_dot(struct talk *talk, const struct forge *forge)
{
    unsigned which = take_byte(talk);
    struct dot dot = talk->town->names[which % talk->town->name_count].dot;
    if (which >= 192) { /* of the stream itself: earlier, this one, or later */
        memcpy(dot.author, forge->author, sizeof(dot.author));
        dot.lane = forge->lane;
        dot.seq = 1 + (which - 192) % (forge->count + 2);
    } else if (which >= 160) {
        dot.tag[0] ^= 1;
    }
    return dot;
}

static void write_entry(struct talk *talk)
{
    enum { NAMES_MAX = 15 };
    struct dot basis[NAMES_MAX], refs[NAMES_MAX];
    struct forge *forge = stream_of(talk, take_byte(talk));
    struct entry_header header = {.kind = take_byte(talk), .basis = basis, .refs = refs};
    unsigned which = take_byte(talk);
    header.has_case = which > 0;
    if (header.has_case)
        memcpy(header.case_id, talk->town->names[which % talk->town->name_count].leaf,
                sizeof(header.case_id));
    header.rv = talk->town->rv + ((uint64_t)(take_byte(talk) / 64) << 32);
    uint64_t later = take_byte(talk);
    header.hlc = ((uint64_t)STAGE_NOW_MS << 16) + (later << (later & 31));
    unsigned counts = take_byte(talk);
    for (unsigned i = 0; i < (counts & 15); i++)
        basis[header.basis_count++] = some_dot(talk, forge);
    for (unsigned i = 0; i < counts >> 4; i++)
        refs[header.ref_count++] = some_dot(talk, forge);
    header.basis_count = dots_sort(basis, header.basis_count);
    header.ref_count = dots_sort(refs, header.ref_count);
    struct bytes body = take_sized(talk);
    if (forge->count < FORGE_ENTRIES_MAX)
        (void)forge_add_entry(forge, &header, body);
}

/* What was written since, `overlap` entries of what was sent before included: at most a segment. */
static struct segment next_segment(struct talk *talk, unsigned number, unsigned overlap)
{
    struct forge *forge = stream_of(talk, number);
    uint64_t *sent = &talk->sent[number % STREAMS];
    uint64_t first = *sent + 1 > overlap ? *sent + 1 - overlap : 1;
    if (first > forge->count)
        first = forge->count;
    uint64_t last = forge->count;
    if (last - first >= GRID_SEGMENT_ENTRIES_MAX)
        last = first + GRID_SEGMENT_ENTRIES_MAX - 1;
    while (last > first && forge->ends[last] - forge->ends[first - 1] > GRID_SEGMENT_BYTES_MAX)
        last--;
    *sent = last;
    return forge_segment(forge, first, last);
}

static void say_segment(struct talk *talk)
{
    unsigned number = take_byte(talk);
    unsigned overlap = take_byte(talk);
    struct segment segment = next_segment(talk, number, overlap);
    forge_send(speak(talk), &segment, take_byte(talk));
}

/* The bucket that stands at this place of the link's list; NULL: none. */
static const struct bucket *listed_bucket(const struct talk *talk, size_t index)
{
    const struct link *link = link_to_parent(&talk->home->node->sync);
    return link != NULL && index < link->listed_count ? link->listed[index] : NULL;
}

static void say_put(struct talk *talk)
{
    unsigned which = take_byte(talk);
    struct segment segment = next_segment(talk, take_byte(talk), 0);
    const struct bucket *bucket = listed_bucket(talk, which & 7);
    struct seq_span span = {segment.first_seq, segment.entry_count};
    struct put_op op = {.lane = segment.lane, .spans = &span, .span_count = 1, .own = which >= 240};
    struct put put = {.bucket = which & 7,
            .first_position = bucket != NULL && which < 200 ? bucket->position + 1 : which & 1,
            .ops = &op,
            .op_count = segment.entry_count > 0,
            .whole = (which & 8) != 0};
    memcpy(op.author, segment.author, sizeof(op.author));
    if (bucket != NULL) { /* that of what was before, and of one entry more */
        uint8_t digest[GRID_HASH_BYTES];
        struct entry entry = {.lane = segment.lane, .seq = segment.first_seq};
        struct bytes rest = segment.entries;
        memcpy(digest, bucket->digest, sizeof(digest));
        memcpy(entry.author, segment.author, sizeof(entry.author));
        if (segment.entry_count == 1 && entry_take(&rest, &entry, NULL) == GRID_OK)
            sum_add(digest, entry.leaf);
        memcpy(put.digest, digest, sizeof(put.digest));
    }
    (void)message_pack_put(&speak(talk)->bytes, &put, op.own ? bytes_of(NULL, 0) : segment.entries);
}

static void say_buckets(struct talk *talk)
{
    static const char *const names[] = {
            "roster/150622103", "roster/150622", STAGE_GRID, STAGE_MICRO, "x", STAGE_DEPARTMENT};
    struct pair_way *way = speak(talk);
    deliver(talk, way->bytes.size); /* states are of the list as it stands */
    const struct link *link = link_to_parent(&talk->home->node->sync);
    unsigned which = take_byte(talk);
    uint8_t states[64];
    struct bytes name = bytes_text(names[which % (sizeof(names) / sizeof(names[0]))]);
    struct buckets buckets = {.states = states,
            .names = &name,
            .name_count = (which & 64) != 0,
            .more = (which & 32) != 0};
    memcpy(buckets.epoch, peer_of(talk)->keyring.identity_seed, sizeof(buckets.epoch));
    if ((which & 128) != 0 && link != NULL)
        buckets.state_count =
                link->listed_count < sizeof(states) ? link->listed_count : sizeof(states);
    for (size_t i = 0; i < buckets.state_count; i++)
        states[i] = (uint8_t)(take_byte(talk) % 3);
    (void)message_pack_buckets(&speak(talk)->bytes, &buckets);
}

static void say_signed(struct talk *talk, struct bytes receipt)
{
    uint8_t signature[GRID_SIGNATURE_BYTES];
    FUZZ_CHECK(receipt_sign(signature, peer_of(talk)->keyring.identity_seed, receipt) == GRID_OK);
    (void)message_pack_receipt(&speak(talk)->bytes, signature, receipt);
}

static void say_receipt(struct talk *talk)
{
    struct grid_error error = {0};
    struct log *log = &talk->home->node->log;
    uint8_t id[GRID_HASH_BYTES];
    struct stream_tip tip = {.lane = take_byte(talk) % GRID_LANE_COUNT};
    unsigned back = take_byte(talk);
    struct stream *stream = log->own[tip.lane];
    if (stream == NULL || stream->row.tip_seq <= back)
        return;
    tip.seq = stream->row.tip_seq - back;
    FUZZ_CHECK(log_chain_id(log, stream, tip.seq, id, &error) == GRID_OK);
    memcpy(tip.author, stream->row.author, sizeof(tip.author));
    memcpy(tip.id, id, sizeof(tip.id));
    struct receipt receipt = {
            .tier = 1, .hlc = (uint64_t)STAGE_NOW_MS << 16, .tips = &tip, .tip_count = 1};
    memcpy(receipt.node, peer_of(talk)->identity, sizeof(receipt.node));
    memcpy(receipt.epoch, log->epoch, sizeof(receipt.epoch));
    struct buffer bytes = {0};
    receipt_pack(&bytes, &receipt);
    say_signed(talk, buffer_bytes(&bytes));
    buffer_close(&bytes);
}

/* --- the node's own people --- */

static void act(struct talk *talk)
{
    struct buffer reply = {0};
    struct grid_error error = {0};
    const char *code = talk->town->code;
    unsigned what = take_byte(talk);
    const char *person = talk->home->role == GRID_NODE_CENTRE ? "k1" : "w1";
    if (talk->world == WORLD_JOIN)
        person = "h2";
    switch (what % 4) {
    case 0:
        (void)pair_submit(talk->home, "report",
                FIELDS("as", person, "title", "自己人的新报告", "text", "正文", "unit",
                        STAGE_MICRO),
                &reply, &error);
        break;
    case 1:
        (void)pair_submit(talk->home, "set",
                FIELDS("as", person, "case", code, "title", "自己人改的题目"), &reply, &error);
        break;
    case 2:
        (void)pair_submit(talk->home, "note", FIELDS("as", person, "case", code, "text", "补充"),
                &reply, &error);
        break;
    default:
        grid_node_hurry(talk->home->node, pair_now(talk->home));
    }
    buffer_close(&reply);
}

/* --- the course of a talk --- */

static void step(struct talk *talk)
{
    switch ((enum link_op)(take_byte(talk) % OPS)) {
    case OP_FRAME:
        say_frame(talk);
        return;
    case OP_BYTES:
        say_bytes(talk);
        return;
    case OP_DELIVER:
        deliver(talk, take_size(talk));
        return;
    case OP_TURN:
        end_turn(talk);
        return;
    case OP_CLOCK:
        end_turn(talk);
        pair_run(&talk->town->pair, (int64_t)(take_size(talk) % TENTHS_MAX) * 100);
        hear(talk);
        return;
    case OP_RELINK:
        link_again(talk, take_byte(talk) % 2 == 0);
        return;
    case OP_ACT:
        act(talk);
        return;
    case OP_WRITE:
        write_raw(talk);
        return;
    case OP_ENTRY:
        write_entry(talk);
        return;
    case OP_SEGMENT:
        say_segment(talk);
        return;
    case OP_PUT:
        say_put(talk);
        return;
    case OP_BUCKET:
        say_buckets(talk);
        return;
    case OP_RECEIPT:
        say_receipt(talk);
        return;
    case OP_SIGNED:
        say_signed(talk, take_sized(talk));
        return;
    case OP_CHUNK:
        talk->chunk = take_size(talk);
        return;
    case OPS:
        return;
    }
}

static void ask(struct pair_home *home, const char *verb)
{
    struct pair_answer answer;
    pair_ask(home, verb, NULL, &answer);
    pair_answer_close(&answer);
}

static void restart(struct talk *talk)
{
    char before[2 * GRID_HASH_BYTES + 1];
    char after[2 * GRID_HASH_BYTES + 1];
    uint64_t own = link_town_own_entries(talk->home);
    FUZZ_CHECK(own >= talk->town->own_entries[talk->world]);
    pair_digest(talk->home, before);
    pair_stop(talk->home);
    pair_start(talk->home);
    FUZZ_CHECK(link_town_own_entries(talk->home) >= own);
    (void)pair_check(talk->home);
    pair_digest(talk->home, after);
    ask(talk->home, "cases");
    ask(talk->home, "conflicts");
    FUZZ_CHECK(strcmp(before, after) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct talk talk = {.town = link_town(), .rest = bytes_of(data, size)};
    if (size < 2)
        return 0;
    talk.world = take_byte(&talk) % WORLDS;
    talk.home = link_town_begin(talk.town, talk.world, &talk.link);
    for (unsigned ops = 0; ops < OPS_MAX && talk.rest.size > 0; ops++)
        step(&talk);
    end_turn(&talk);
    restart(&talk);
    link_town_end(talk.town);
    for (size_t i = 0; i < STREAMS; i++)
        forge_close(&talk.streams[i]);
    return 0;
}
