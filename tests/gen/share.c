#include "tests/gen/share.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

static int larger_remainder(const void *left, const void *right)
{
    const struct share_part *a = *(struct share_part *const *)left;
    const struct share_part *b = *(struct share_part *const *)right;
    if (a->remainder != b->remainder)
        return a->remainder > b->remainder ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void deal_leftover(struct share_part *parts, size_t count, unsigned left)
{
    struct share_part **order = calloc(count, sizeof(struct share_part *));
    if (order == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        order[i] = &parts[i];
    qsort(order, count, sizeof(struct share_part *), larger_remainder);
    for (size_t i = 0; i < left; i++)
        order[i]->got++;
    free(order);
}

void share(struct share_part *parts, size_t count, unsigned total, unsigned min)
{
    assert(total >= count * min);
    uint64_t rest = total - count * min;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += parts[i].weight;
    assert(sum > 0);
    unsigned left = total;
    for (size_t i = 0; i < count; i++) {
        parts[i].got = min + (unsigned)(rest * parts[i].weight / sum);
        parts[i].remainder = (unsigned)(rest * parts[i].weight % sum);
        left -= parts[i].got;
    }
    assert(left < count);
    deal_leftover(parts, count, left);
}
