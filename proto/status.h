/* What a call answers: one enum, the word that CLI and JSON show for it, and a reason with
 * arguments that the message catalogues turn into a sentence for a person. */
#ifndef GRID_PROTO_STATUS_H
#define GRID_PROTO_STATUS_H

#include "proto/api.h"

/* X(NAME, word on the command line and on the control socket) */
#define GRID_STATUS_MAP(X)                                                                        \
    X(OK, "ok")                                                                                   \
    X(NOMEM, "internal")          /* an allocation failed; nothing changed */                     \
    X(INTERNAL, "internal")       /* our own promise was broken: a bug */                         \
    X(MALFORMED, "invalid")       /* bytes of a peer or a file break the SPEC */                  \
    X(INVALID, "invalid")         /* what a person gave is not a permitted value */               \
    X(USAGE, "usage")             /* the request itself is wrong: unknown verb, field, option */  \
    X(REFUSED, "refused")         /* permission, state or rule forbids it */                      \
    X(NOT_FOUND, "not_found")     /* no such case, unit, person, document */                      \
    X(STALE, "stale")             /* --if names another state of the case than the present one */ \
    X(KEY_REUSED, "key_reused")   /* the idempotency key was used with other content */           \
    X(LIMIT, "limit")             /* a limit of limits.h is reached */                            \
    X(STORAGE, "storage")         /* the disk failed or is full; nothing was acknowledged */      \
    X(AMBIGUOUS, "ambiguous")     /* a name fits several; the detail lists the candidates */      \
    X(TIMEOUT, "timeout")         /* not done within the time given */                            \
    X(UNREACHABLE, "unreachable") /* the daemon or the parent did not answer */

enum grid_status {
#define X(name, word) GRID_##name,
    GRID_STATUS_MAP(X)
#undef X
            GRID_STATUS_COUNT
};

enum { GRID_REASON_BYTES = 48, GRID_DETAIL_BYTES = 720 };

/* Separates the arguments within `detail`; a catalogue sentence refers to them as %1, %2, … */
#define GRID_ARG "\x1f"

struct grid_error {
    enum grid_status status;
    char reason[GRID_REASON_BYTES]; /* identifier of a sentence: "title_length" */
    char detail[GRID_DETAIL_BYTES]; /* its arguments, joined by GRID_ARG; cut at a character */
};

/* Fills *error (which may be NULL) and returns `status`, so that a caller can
 * `return grid_fail(error, GRID_INVALID, "title_length", "%zu" GRID_ARG "%d", length, max);`.
 * `reason` must have a sentence in both catalogues of cli/ (tests/lint.sh looks). */
GRID_API enum grid_status grid_fail(struct grid_error *error, enum grid_status status,
        const char *reason, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The word of GRID_STATUS_MAP; static. */
GRID_API const char *grid_status_word(enum grid_status status);
/* The status with this word (GRID_INTERNAL for "internal"); GRID_STATUS_COUNT when there is none.
 */
GRID_API enum grid_status grid_status_from_word(const char *word);

#endif
