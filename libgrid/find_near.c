/* A code that was copied wrongly: the check digits find every digit that was mistaken and every two
 * that changed places, so the right one is among few, and mostly but one of them is held here. */
#include "libgrid/node.h"

#include <string.h>

struct near {
    struct grid_node *node;
    char found[GRID_CODE_DIGITS + 1];
    const char *slip; /* reason: what was done to it */
    unsigned count;   /* codes found */
    enum grid_status status;
    struct grid_error *error;
};

static enum grid_status note_found(void *context, int64_t no)
{
    bool *found = context;
    (void)no;
    *found = true;
    return GRID_OK;
}

static void try_code(struct near *near, const char *digits, const char *slip)
{
    struct case_code code;
    bool held = false;
    if (near->status != GRID_OK || code_parse(&code, digits, NULL) != GRID_OK)
        return;
    near->status =
            store_case_by_code(near->node->store, code.digits, note_found, &held, near->error);
    if (!held || strcmp(near->found, code.digits) == 0)
        return;
    memcpy(near->found, code.digits, sizeof(near->found));
    near->slip = slip;
    near->count++;
}

static void try_other_digits(struct near *near, const char *digits)
{
    char tried[GRID_CODE_DIGITS + 1];
    for (size_t i = 0; i < GRID_CODE_DIGITS; i++)
        for (char digit = '0'; digit <= '9'; digit++) {
            memcpy(tried, digits, sizeof(tried));
            tried[i] = digit;
            try_code(near, tried, "code_near_digit");
        }
}

static void try_swaps(struct near *near, const char *digits)
{
    char tried[GRID_CODE_DIGITS + 1];
    for (size_t i = 0; i < GRID_CODE_DIGITS; i++)
        for (size_t k = i + 1; k < GRID_CODE_DIGITS; k++) {
            memcpy(tried, digits, sizeof(tried));
            tried[i] = digits[k];
            tried[k] = digits[i];
            try_code(near, tried, "code_near_swap");
        }
}

/* One digit too few: each digit at each place. One too many: without each. */
static void try_lengths(struct near *near, const char *digits, size_t count)
{
    char tried[GRID_CODE_DIGITS + 1] = {0};
    for (size_t i = 0; i <= GRID_CODE_DIGITS && count > GRID_CODE_DIGITS; i++) {
        memcpy(tried, digits, i);
        memcpy(tried + i, digits + i + 1, GRID_CODE_DIGITS - i);
        try_code(near, tried, "code_near_count");
    }
    for (size_t i = 0; i < GRID_CODE_DIGITS && count < GRID_CODE_DIGITS; i++)
        for (char digit = '0'; digit <= '9'; digit++) {
            memcpy(tried, digits, i);
            tried[i] = digit;
            memcpy(tried + i + 1, digits + i, GRID_CODE_DIGITS - 1 - i);
            try_code(near, tried, "code_near_count");
        }
}

/* The part of the code in which they first differ. */
static const char *part_of(const char *typed, const char *found)
{
    static const struct {
        size_t end;
        const char *name;
    } parts[] = {{9, "township"}, {11, "year"}, {15, "slot"}, {20, "counter"}, {22, "check"}};
    size_t at = 0;
    size_t part = 0;
    while (at < GRID_CODE_DIGITS - 1 && typed[at] == found[at])
        at++;
    while (at >= parts[part].end)
        part++;
    return parts[part].name;
}

enum grid_status node_near_code(struct grid_node *node, const char *typed, struct grid_error *error)
{
    struct grid_error reason = *error;
    struct near near = {.node = node, .error = error};
    char digits[GRID_CODE_DIGITS + 2] = {0};
    char shown[GRID_CODE_TEXT_BYTES];
    struct case_code code = {0};
    bool foreign = false;
    size_t count = code_digits(digits, GRID_CODE_DIGITS + 1, typed, &foreign);
    if (foreign)
        return reason.status;
    if (count == GRID_CODE_DIGITS) {
        try_other_digits(&near, digits);
        try_swaps(&near, digits);
    } else if (count == GRID_CODE_DIGITS - 1 || count == GRID_CODE_DIGITS + 1) {
        try_lengths(&near, digits, count);
    }
    if (near.status != GRID_OK)
        return near.status;
    *error = reason;
    if (near.count != 1)
        return reason.status;
    memcpy(code.digits, near.found, sizeof(code.digits));
    code_print(shown, &code);
    return grid_fail(error, GRID_INVALID, near.slip, "%zu" GRID_ARG "%s" GRID_ARG "%s", count,
            shown, part_of(digits, near.found));
}
