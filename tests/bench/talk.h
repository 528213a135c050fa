/* A connection to the socket of a gridd, as `grid` has it. Whatever goes wrong ends the program
 * with a word on standard error: a rate of failures is of no use. */
#ifndef GRID_TESTS_BENCH_TALK_H
#define GRID_TESTS_BENCH_TALK_H

#include "proto/control.h"

struct talk {
    int socket;
    struct buffer in;
};

void talk_open(struct talk *talk, const char *path);
void talk_close(struct talk *talk);
void talk_send(struct talk *talk, const char *verb, const struct grid_field *fields, size_t count);
/* Reads once; true when the answer came to its end. */
bool talk_take(struct talk *talk);

double talk_now_s(void);

#endif
