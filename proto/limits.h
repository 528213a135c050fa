/* Every limit, with its unit and its reason (D23). What grows has a limit here and says so before
 * it is reached. */
#ifndef GRID_PROTO_LIMITS_H
#define GRID_PROTO_LIMITS_H

#include <stdint.h>

/* Entries of one stream (P-20): ten thousand a second for three years; a place in a store is a
 * stream's number and a sequence in 64 bits. */
#define GRID_SEQ_MAX ((UINT64_C(1) << 40) - 1)

enum {
    /* --- bytes of outside origin --- */
    GRID_DEPTH_MAX = 8,            /* nesting of msgpack values: bodies need 5 */
    GRID_NODES_MAX = 65536,        /* values in one message: bounds a decoder's work */
    GRID_ENTRY_BYTES_MAX = 32768,  /* header and body together: a full text, ops and room */
    GRID_TEXT_BYTES_MAX = 4096,    /* one text: 1000 characters of any script fit */
    GRID_OPS_MAX = 64,             /* sets, additions and removals of one entry */
    GRID_REFS_MAX = 64,            /* basis and refs together */
    GRID_SEEN_MAX = 512,           /* logs that one deciding act lists */
    GRID_POLICY_BYTES_MAX = 24576, /* a policy's text: a calendar of ten years fits an entry */
    /* --- people's texts, in characters (code points after NFC) --- */
    GRID_TITLE_CHARS_MIN = 4,
    GRID_TITLE_CHARS_MAX = 40,
    GRID_DESCRIPTION_CHARS_MAX = 1000,
    GRID_PLACE_TEXT_CHARS_MAX = 80,
    GRID_NAME_CHARS_MAX = 30, /* units, persons, departments */
    GRID_KEY_CHARS_MAX = 128, /* idempotency keys */
    /* --- segments and frames --- */
    GRID_SEGMENT_ENTRIES_MAX = 256,
    GRID_SEGMENT_BYTES_MAX =
            49152,                /* 48 KiB of headers and bodies: a frame with room for its head */
    GRID_FRAME_BYTES_MAX = 65536, /* on the wire, header included */
    GRID_FRAME_PLAIN_MAX = 4194304, /* decoded bytes per frame */
    GRID_LINK_BYTES_MAX = 65536,    /* undecoded bytes a link may hold: one frame */
    GRID_LINK_CREDIT_BYTES = 65536, /* sent but not yet written by the system */
    GRID_LINKS_MAX = 4096,          /* children connected at once */
    GRID_STREAMS_PER_IDENTITY_MAX =
            4096, /* incarnations times lanes: a restore every day for years */
    /* --- clocks and keys --- */
    GRID_CLOCK_AHEAD_MS = 300000, /* a remote clock further ahead does not move ours: 5 min */
    GRID_INVITE_VALID_HOURS = 24,
    GRID_KEY_DAYS = 30,          /* idempotency keys are remembered */
    GRID_KEYS_MIN = 4096,        /* the latest of them whatever the clock says */
    GRID_CODE_BLOCK = 16,        /* case-code counters reserved in the key file at a time, */
    GRID_CODE_BLOCK_MAX = 1024,  /* and at most; what a death may waste */
    GRID_INCARNATIONS_MAX = 240, /* authors that one key file holds */
    /* --- local surface --- */
    GRID_CONTROL_UPLOAD_MAX = 33554432, /* the three CSV files of a banner: some 3 MiB, with room */
    GRID_CONTROL_NODES_MAX = 1048576,   /* values in one answer: a case of 10 000 entries */
    GRID_CONTROL_CLIENTS_MAX = 256,
    GRID_CHANGES_MAX = 256,        /* told of one turn; kept for those who watch */
    GRID_ROWS_MAX = 1000,          /* cases in one answer */
    GRID_CASE_ENTRIES_MAX = 10000, /* binds who writes; who receives folds all */
    GRID_VALUES_SHOWN_MAX = 16,    /* live values of one conflict shown */
    GRID_RESERVE_BYTES = 8388608,  /* kept free on disk for text when all else is refused */
};

#endif
