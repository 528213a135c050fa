/* The key file, keys/keyring: what an installation keeps outside its database (D5). Two slots far
 * enough apart that no torn write reaches both, written in turn; the valid one of the higher
 * generation counts. The room is written out once when the file is made: later writes need no
 * space. */
#ifndef GRID_DAEMON_KEYS_H
#define GRID_DAEMON_KEYS_H

#include "proto/keyring.h"

enum { KEYS_SLOT_BYTES = 65536, KEYS_FILE_BYTES = 2 * KEYS_SLOT_BYTES };

struct key_file {
    bool open;
    int file;
    unsigned next_slot;           /* the one that does not hold what counts */
    struct grid_keyring *keyring; /* what counts: durable */
};

/* Both work on the folder `keys` of the home folder `directory`. */
bool key_file_exists(int directory);
/* New keys of random bytes, durable when it returns; either the whole file is there or none. */
enum grid_status key_file_make(int directory, struct grid_error *error);
/* GRID_STORAGE "keys_unreadable" when no slot is whole. */
enum grid_status key_file_open(struct key_file *keys, int directory, struct grid_error *error);
/* Durable when it returns GRID_OK; after a failure the old content still counts. */
enum grid_status key_file_write(
        struct key_file *keys, const struct grid_keyring *keyring, struct grid_error *error);
/* Closes and forgets; a zeroed or closed one may be closed. */
void key_file_close(struct key_file *keys);

#endif
