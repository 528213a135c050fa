/* Records as JSON on standard output: one object a line. Long lists are printed as they come. */
#ifndef GRID_CLI_JSON_H
#define GRID_CLI_JSON_H

#include "proto/bytes.h"
#include "proto/status.h"

#include <jansson.h>

/* A packed value → JSON: nil is null, bytes are hex. New reference; NULL when memory ends. */
json_t *json_of(struct bytes value);
/* Prints one object and a line end; releases it. */
void json_print(json_t *object);
/* {"error": WORD, "message": TEXT} */
json_t *json_failure(const struct grid_error *error);

/* An answer on its way out: the rows of the first list are printed at once, those of other lists
 * wait, then come the members of END. `lists`: names that are always there, joined by blanks. */
struct json_answer {
    const char *lists;
    bool open;       /* "{" is printed */
    char first[32];  /* the list whose rows are being printed */
    size_t printed;  /* of its rows */
    json_t *waiting; /* object: list → array */
};
void json_answer_row(struct json_answer *answer, struct bytes list, json_t *row);
/* Closes the object with the members of `end` (released; NULL: none). */
void json_answer_end(struct json_answer *answer, json_t *end);

#endif
