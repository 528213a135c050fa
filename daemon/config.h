/* gridd.conf: an INI file of few keys, read once into one struct. */
#ifndef GRID_DAEMON_CONFIG_H
#define GRID_DAEMON_CONFIG_H

#include "daemon/address.h"
#include "libgrid/grid.h"

#include <sys/types.h>

enum {
    CONFIG_NAME_BYTES = 128, /* GRID_NAME_CHARS_MAX characters of any script */
    CONFIG_OPERATOR_BYTES = 24,
    CONFIG_UIDS_MAX = 16,
    CONFIG_FILE_BYTES_MAX = 65536,
    CONFIG_LINE_BYTES_MAX = 199, /* inih cuts what is longer, without a word */
};

struct config {
    enum grid_node_role role;                 /* [node] role: handheld, centre */
    char unit[GRID_PLACE_BYTES];              /* [node] unit */
    char name[CONFIG_NAME_BYTES];             /* [node] name */
    char operator_key[CONFIG_OPERATOR_BYTES]; /* [node] operator: who acts without --as */
    unsigned slot;                            /* [node] slot of a handheld; 0: none */
    bool has_listen;
    struct address listen; /* [listen] address */
    bool has_advertise;
    struct address advertise; /* [listen] advertise: what invitations name */
    bool has_parent;
    struct address parent;              /* [parent] address */
    uint8_t parent_key[GRID_KEY_BYTES]; /* [parent] key, in hex */
    uid_t uids[CONFIG_UIDS_MAX];        /* [control] allow_uid: besides root and our own */
    size_t uid_count;
};

/* Reads `text`, or says which line is wrong: nothing is half-applied. `path` is named in errors. */
enum grid_status config_read(
        struct config *out, struct bytes text, const char *path, struct grid_error *error);
/* The text of a file that config_read reads back as the same. GRID_INVALID "config_value" when a
 * value cannot be written down in this form. */
enum grid_status config_print(
        struct buffer *out, const struct config *config, struct grid_error *error);
/* A centre's unit: a township or above. */
bool config_unit_valid(const char *unit);
/* 1 … GRID_NAME_CHARS_MAX characters, none of them a control character. */
bool config_name_valid(const char *name);

#endif
