/* grid revoke: a device whose word counts no more. */
#include "cli/record.h"
#include "cli/session.h"
#include "cli/show.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdio.h>

/* --- revoke ----------------------------------------------------------------------------------- */

static int revoke_end(struct session *session, void *context, struct bytes end)
{
    (void)session;
    (void)context;
    char slot[24], counted[24], quarantined[24];
    snprintf(slot, sizeof(slot), "%04" PRIu64, record_uint(end, "slot"));
    snprintf(counted, sizeof(counted), "%" PRIu64, record_uint(end, "counted"));
    snprintf(quarantined, sizeof(quarantined), "%" PRIu64, record_uint(end, "quarantined"));
    show_line2(record_bool(end, "already") ? "revoke.already" : "revoke.done", bytes_text(slot),
            record_text(end, "name"));
    show_line2("revoke.counts", bytes_text(counted), bytes_text(quarantined));
    return EXIT_DONE;
}

int cmd_revoke(struct session *session)
{
    static const struct view view = {.end = revoke_end};
    add_text(session, "slot", session->call.args[0]);
    return ask(session, "revoke", &view, NULL);
}
