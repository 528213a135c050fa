/* What the answer to an act says of the case: in whose hands it is now, until when, and what
 * whoever acted should know before the next step. */
#include "libgrid/case/codebook.h"
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/node.h"
#include "proto/stamp.h"

/* By name, or by code where this roster does not know it. */
static void pack_place_name(struct record *record, const char *key,
        const struct grid_roster *roster, struct bytes place)
{
    struct bytes name = grid_roster_place_name(roster, place);
    if (place.size > 0)
        record_str(record, key, name.size > 0 ? name : place);
    else
        record_nil(record, key);
}

static bool post_found(void *context, const struct grid_post *post)
{
    (void)post;
    *(bool *)context = true;
    return false;
}

/* Nobody of this roster can sign for the case: not known of places that another roster binds. */
static bool lead_is_vacant(const struct grid_roster *roster, struct grid_now now, struct bytes lead)
{
    bool found = false;
    if (lead.size == 0 || !roster_holds(roster, roster_rv(roster), lead))
        return false;
    grid_roster_each_post(roster, lead, stamp_day(now.wall_ms), post_found, &found);
    return !found;
}

/* A category that is refined may be of things more urgent than what was reported: "U1" where its
 * cases usually are. An act does not change the urgency by itself (DOMAIN 6). */
static void pack_usual_urgency(struct record *record, struct fold *fold)
{
    struct bytes category = fold_shown(fold, GRID_REGISTER_CATEGORY);
    const struct codebook_item *item = codebook_item((unsigned)value_uint(category));
    uint64_t urgency = value_uint(fold_shown(fold, GRID_REGISTER_URGENCY));
    struct buffer packed = {0};
    if (item == NULL || item->urgency >= urgency) {
        record_nil(record, "usual_urgency");
        return;
    }
    pack_uint(&packed, item->urgency);
    view_value(
            record_member(record, "usual_urgency"), GRID_REGISTER_URGENCY, buffer_bytes(&packed));
    record->members.failed = record->members.failed || packed.failed;
    buffer_close(&packed);
}

void node_pack_hands(
        struct record *record, struct grid_node *node, struct grid_now now, struct fold *fold)
{
    struct lead_value lead = {0};
    struct due_value due = {0};
    (void)value_lead(fold_shown(fold, GRID_REGISTER_LEAD), &lead);
    pack_place_name(record, "holder_name", node->roster,
            value_text(fold_shown(fold, GRID_REGISTER_HOLDER)));
    pack_place_name(record, "lead_name", node->roster, lead.lead);
    record_bool(record, "lead_vacant", lead_is_vacant(node->roster, now, lead.lead));
    if (value_due(fold_shown(fold, GRID_REGISTER_DUE), &due))
        record_time(record, "due", due.finish_ms);
    else
        record_nil(record, "due");
    pack_usual_urgency(record, fold);
}
