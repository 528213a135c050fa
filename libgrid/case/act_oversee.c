/* That work gets done: urging, cards, a leader who answers for the case, warnings (DOMAIN 6 and 7).
 */
#include "libgrid/case/draft.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

struct leaders {
    struct bytes wanted;
    const struct grid_post *found;
    char list[GRID_DETAIL_BYTES / 2]; /* as candidates */
};

static bool take_leader(void *context, const struct grid_post *post)
{
    struct leaders *leaders = context;
    size_t used = strlen(leaders->list);
    if (post->role != GRID_ROLE_LEADER)
        return true;
    if (bytes_equal(post->key, leaders->wanted) || bytes_equal(post->name, leaders->wanted))
        leaders->found = post;
    snprintf(&leaders->list[used], sizeof(leaders->list) - used, "%s%.*s %.*s",
            used > 0 ? ", " : "", typed_shown(post->key), (const char *)post->key.data,
            typed_shown(post->name), (const char *)post->name.data);
    return true;
}

/* One of the leaders of the office that names him. */
enum grid_status fill_lead_case(
        struct draft *draft, const struct grid_request *request, struct grid_error *error)
{
    struct leaders leaders = {.wanted = typed_trim(request_field(request, "leader")->value)};
    struct buffer packed = {0};
    grid_roster_each_post(draft->context->world->roster, place_unit(draft->author->place),
            stamp_day(draft->context->wall_ms), take_leader, &leaders);
    if (leaders.list[0] == '\0')
        return grid_fail(error, GRID_REFUSED, "leader_none", "%s", "");
    if (leaders.found == NULL)
        return grid_fail(error, GRID_REFUSED, "leader_unknown", "%.*s" GRID_ARG "%s",
                typed_shown(leaders.wanted), (const char *)leaders.wanted.data, leaders.list);
    pack_bin(&packed, bytes_of(leaders.found->person, GRID_ID_BYTES));
    return draft_set(draft, GRID_REGISTER_CASE_LEADER, &packed);
}
