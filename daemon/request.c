/* Where each verb goes: acts and questions to the node, the rest is answered here. */
#include "daemon/request.h"

#include "daemon/backup.h"
#include "daemon/system.h"

#include <unistd.h>

enum { REQUEST_FIELDS_MAX = 128, REQUEST_WAIT_MAX_S = 604800 };

/* The node knows no addresses: what an invitation is to name comes from here. */
static void invite_address(const struct config *config, char out[static ADDRESS_TEXT_BYTES])
{
    struct address address = config->has_advertise ? config->advertise : config->listen;
    if (!config->has_advertise && address_is_any(&address))
        address_of_machine(&address, config->listen.port);
    address_print(out, &address);
}

static enum grid_status handle_invite(struct loop *loop, const struct grid_request *request,
        struct buffer *record, struct grid_error *error)
{
    const struct config *config = loop->config;
    struct grid_field fields[REQUEST_FIELDS_MAX];
    char address[ADDRESS_TEXT_BYTES];
    size_t count = 0;
    if (request->field_count >= REQUEST_FIELDS_MAX)
        return grid_fail(error, GRID_USAGE, "fields_many", "%d", REQUEST_FIELDS_MAX);
    if (config->has_listen) {
        invite_address(config, address);
        fields[count++] = (struct grid_field){bytes_text("address"), bytes_text(address)};
    }
    for (size_t i = 0; i < request->field_count; i++)
        fields[count++] = request->fields[i];
    struct grid_request full = {.verb = request->verb, .fields = fields, .field_count = count};
    return grid_node_submit(loop->node, system_now(), &full, record, error);
}

static enum grid_status handle_ping(struct buffer *record)
{
    pack_map(record, 2);
    pack_text(record, "version");
    pack_text(record, GRID_VERSION);
    pack_text(record, "pid");
    pack_uint(record, (uint64_t)getpid());
    return GRID_OK;
}

void request_pack_synced(struct buffer *record, bool synced)
{
    pack_map(record, 1);
    pack_text(record, "synced");
    pack_bool(record, synced);
}

static bool read_seconds(struct bytes text, int64_t *out)
{
    int64_t seconds = 0;
    if (text.size == 0 || text.size > 6)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        seconds = seconds * 10 + (text.data[i] - '0');
    }
    *out = seconds;
    return seconds <= REQUEST_WAIT_MAX_S;
}

/* Without `wait` it is answered at once. With it the answer comes when all is done, at the earliest
 * with the commit of the turn that it hurried. */
static enum grid_status handle_sync(struct loop *loop, const struct grid_request *request,
        struct buffer *record, int64_t *wait_ms, struct grid_error *error)
{
    const struct grid_field *wait = request_field(request, "wait");
    int64_t seconds = 0;
    if (wait != NULL && !read_seconds(wait->value, &seconds))
        return grid_fail(error, GRID_USAGE, "sync_wait", "%d", REQUEST_WAIT_MAX_S);
    grid_node_hurry(loop->node, system_now());
    loop_feed(loop);
    if (wait != NULL)
        *wait_ms = seconds * 1000;
    else
        request_pack_synced(record, grid_node_synced(loop->node, system_now(), NULL));
    return GRID_OK;
}

/* First how everything stands, then what changes from now on. */
static enum grid_status handle_watch(struct loop *loop, grid_row_fn *row, void *context,
        struct buffer *record, int64_t *wait_ms, struct grid_error *error)
{
    const struct grid_field brief = {bytes_text("brief"), bytes_text("yes")};
    const struct grid_request ask = {
            .verb = bytes_text("status"), .fields = &brief, .field_count = 1};
    enum grid_status status =
            grid_node_ask(loop->node, system_now(), &ask, row, context, record, error);
    if (status == GRID_OK)
        status = grid_node_watch(loop->node, true);
    if (status == GRID_OK)
        status = row(context, "status", buffer_bytes(record));
    *wait_ms = REQUEST_WATCHES;
    return status;
}

static bool verb_is(const struct grid_request *request, const char *verb)
{
    return bytes_equal(request->verb, bytes_text(verb));
}

enum grid_status request_handle(struct loop *loop, const struct grid_request *request,
        grid_row_fn *row, void *context, struct buffer *record, int64_t *wait_ms,
        struct grid_error *error)
{
    *wait_ms = REQUEST_ANSWERED;
    if (loop->faulty)
        return grid_fail(error, GRID_STORAGE, "storage", "%s", "turn");
    if (verb_is(request, "invite"))
        return handle_invite(loop, request, record, error);
    if (grid_node_writes(request->verb))
        return grid_node_submit(loop->node, system_now(), request, record, error);
    if (verb_is(request, "sync"))
        return handle_sync(loop, request, record, wait_ms, error);
    if (verb_is(request, "backup"))
        return backup_request(loop, request, error);
    if (verb_is(request, "watch"))
        return handle_watch(loop, row, context, record, wait_ms, error);
    if (verb_is(request, "ping"))
        return handle_ping(record);
    /* The node knows the rest, or says that there is no such verb. */
    return grid_node_ask(loop->node, system_now(), request, row, context, record, error);
}
