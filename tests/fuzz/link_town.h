/* The town that fuzz_link talks to: one centre, one handheld that has been at work, a stranger, and
 * a handheld that is about to join; each run finds them as they were. All chance comes from seeds,
 * so that what a peer once said can be said again, seals and secret included. */
#ifndef GRID_TESTS_FUZZ_LINK_TOWN_H
#define GRID_TESTS_FUZZ_LINK_TOWN_H

#include "tests/lib/forge.h"

/* Who listens, and who the input speaks for. */
enum link_world {
    WORLD_CENTRE,   /* a centre, to its enrolled handheld */
    WORLD_HANDHELD, /* a handheld, to its centre */
    WORLD_STRANGER, /* a centre, to a device that is not enrolled and has an invitation */
    WORLD_JOIN,     /* a handheld that joins, to the centre that invited it */
    WORLDS
};

/* An input: the world, then these, each with its arguments. Sizes are u16, big-endian. */
enum link_op {
    OP_FRAME,   /* type, size, head, size, tail: a whole frame with a good checksum */
    OP_BYTES,   /* size, bytes as they are */
    OP_DELIVER, /* size: that much of what waits is received; the turn goes on */
    OP_TURN,    /* all that waits, then the turn ends */
    OP_CLOCK,   /* size: so many tenths of a second pass */
    OP_RELINK,  /* the link ends and comes again */
    OP_ACT,     /* what: the node's own people write */
    OP_WRITE,   /* stream, size, header, size, body: into a stream that the peer makes up */
    OP_ENTRY,   /* stream, kind, case, rv, hlc, names: basis in the low four bits, refs in the high
                 * ones, each name; size, body: an entry that names what there is */
    OP_SEGMENT, /* stream, overlap, lsn: what was written since, truly sealed */
    OP_PUT,     /* stream: the same as the parent hands it on in the roster's bucket */
    OP_BUCKET,  /* more: the bucket's state, true but for the position */
    OP_RECEIPT, /* lane, back: the parent's signed receipt for what the node has */
    OP_SIGNED,  /* size, receipt: any receipt, truly signed */
    OP_CHUNK,   /* size: from now on bytes arrive in pieces of this size; 0: whole */
    OPS
};

/* What entries can name: those of the handheld, from its first report on. */
enum { TOWN_NAMES_MAX = 64 };
struct town_name {
    struct dot dot;
    uint8_t leaf[GRID_HASH_BYTES];
};

struct link_town {
    struct pair pair; /* as each run finds it; nobody runs */
    struct pair_home *centre, *handheld, *stranger, *joiner;
    uint8_t stranger_secret[GRID_SECRET_BYTES], joiner_secret[GRID_SECRET_BYTES];
    struct town_name names[TOWN_NAMES_MAX];
    size_t name_count;
    uint64_t rv;                     /* of the roster */
    char code[GRID_CODE_TEXT_BYTES]; /* of a case that centre and handheld have */
    uint64_t own_entries[WORLDS];    /* of the one who listens, that nothing may take away */
};

/* Once a program. */
struct link_town *link_town(void);
/* The town as it was; the one who listens runs, and the link stands. NULL in *link when it is
 * refused. */
struct pair_home *link_town_begin(
        struct link_town *town, enum link_world world, struct pair_link **link);
struct pair_link *link_town_connect(struct link_town *town, enum link_world world);
void link_town_end(struct link_town *town);
/* Entries in a node's own streams. */
uint64_t link_town_own_entries(const struct pair_home *home);

#endif
