/* What the files of test_vectors share: fixed keys, JSON of what is packed and read, and one
 * function for each file of proto/vectors. */
#ifndef GRID_TESTS_VECTORS_H
#define GRID_TESTS_VECTORS_H

#include "proto/message.h"

#include <jansson.h>

/* Of keys_make: the seeds are one byte repeated. */
extern uint8_t author_seed[GRID_SEED_BYTES];
extern uint8_t identity_seed[GRID_SEED_BYTES];
extern uint8_t author_key[GRID_KEY_BYTES];
extern uint8_t author[GRID_ID_BYTES];
extern uint8_t identity_key[GRID_KEY_BYTES];
void keys_make(void);

extern struct arena arena; /* everything that one vector needs; reset behind it */

#define HEX(array) json_hex(bytes_of((array), sizeof(array)))

json_t *json_hex(struct bytes bytes);
json_t *json_str(struct bytes text);
json_t *json_count(uint64_t number);
struct bytes json_unhex(const json_t *object, const char *name);
void set(json_t *object, const char *name, json_t *value);
void push(json_t *list, json_t *value);
json_t *show_dots(const struct dot *dots, size_t count);
json_t *show_tips(const struct stream_tip *tips, size_t count);
/* What was packed, in the arena. */
struct bytes kept(struct buffer *buffer);

/* Four entries of one stream, and their segment; a receipt. */
enum { STREAM_ENTRIES = 4 };
void stream_make(struct entry entries[static STREAM_ENTRIES]);
struct segment segment_make(struct entry entries[static STREAM_ENTRIES]);
struct bytes receipt_make(uint8_t signature[static GRID_SIGNATURE_BYTES]);

/* A vector of a frame, all of it read from its bytes. */
json_t *show_frame(const char *name, struct bytes bytes);

json_t *make_entries(void);
json_t *make_segments(void);
json_t *make_receipts(void);
json_t *make_messages(void);
json_t *make_control(void);
json_t *make_names(void);
json_t *make_invalid(void);

#endif
