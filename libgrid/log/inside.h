/* What the files of this room share. */
#ifndef GRID_LOG_INSIDE_H
#define GRID_LOG_INSIDE_H

#include "libgrid/log/log.h"

/* streams.c: takes a row into the table; its number is the next one. */
enum grid_status log_stream_add(struct log *log, const struct store_stream *row,
        struct stream **out, struct grid_error *error);
/* author.c */
enum grid_status log_load_epoch(struct log *log, struct grid_error *error);
enum grid_status log_new_epoch(struct log *log, struct grid_error *error);
/* Holds the keyring's marks against the database; opens the author that is to be used. */
enum grid_status log_settle_author(struct log *log, struct grid_error *error);
/* Writes INCARNATE, the first entry of our stream in `lane` (P-41). */
enum grid_status log_incarnate(struct log *log, enum grid_lane lane, struct grid_error *error);

#endif
