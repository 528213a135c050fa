#include "daemon/check.h"

#include "daemon/system.h"
#include "daemon/text.h"
#include "daemon/turn.h"

#include <inttypes.h>

static void print_defect(void *context, const char *what, const char *detail)
{
    (void)context;
    text_say(stdout, "check_defect", "%s" GRID_ARG "%s", what, detail);
}

static enum grid_status ignore_row(void *context, const char *list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
    return GRID_OK;
}

/* The number of own entries not yet sent, as `grid queue` counts them (F4). */
static enum grid_status count_queue(
        struct grid_node *node, uint64_t *queued, struct grid_error *error)
{
    struct buffer record = {0};
    struct grid_request request = {.verb = bytes_text("queue")};
    *queued = 0;
    enum grid_status status =
            grid_node_ask(node, system_now(), &request, ignore_row, NULL, &record, error);
    struct reader reader = reader_of(buffer_bytes(&record));
    size_t count = status == GRID_OK ? read_map(&reader) : 0;
    for (size_t i = 0; i < count && !reader.failed; i++) {
        struct bytes key = read_str(&reader);
        if (bytes_equal(key, bytes_text("queued")) || bytes_equal(key, bytes_text("sent")))
            *queued += read_uint(&reader);
        else
            read_skip(&reader);
    }
    buffer_close(&record);
    return status;
}

static enum grid_status check_node(struct grid_node *node, struct grid_error *error)
{
    struct grid_check_counts counts = {0};
    uint64_t queued = 0;
    enum grid_status status = grid_node_check(node, print_defect, NULL, &counts, error);
    if (status == GRID_OK)
        status = count_queue(node, &queued, error);
    if (status != GRID_OK)
        return status;
    text_say(stdout, "check_counts",
            "%" PRIu64 GRID_ARG "%" PRIu64 GRID_ARG "%" PRIu64 GRID_ARG "%" PRIu64 GRID_ARG
            "%" PRIu64,
            counts.streams, counts.entries, counts.cases, queued, counts.defects);
    if (counts.defects > 0)
        return grid_fail(error, GRID_REFUSED, "check_defects", "%" PRIu64, counts.defects);
    return GRID_OK;
}

enum grid_status check_home(const char *path, struct grid_error *error)
{
    struct home home;
    struct config config;
    struct grid_options options;
    struct grid_node *node = NULL;
    char database[HOME_PATH_BYTES];
    enum grid_status status = home_open(&home, path, error);
    if (status != GRID_OK)
        return status;
    status = home_require_ready(&home, error);
    if (status == GRID_OK)
        status = home_read_config(&home, &config, error);
    if (status == GRID_OK && !home_has_file(&home, "grid.db"))
        status = grid_fail(error, GRID_NOT_FOUND, "database_missing", "%s", home.path);
    if (status == GRID_OK)
        status = key_file_open(&home.keys, home.directory, error);
    if (status == GRID_OK)
        status = loop_node_options(&options, database, &home, &config, error);
    if (status == GRID_OK)
        status = grid_node_open(&node, &options, system_now(), error);
    if (status == GRID_OK)
        status = check_node(node, error);
    if (node != NULL)
        grid_node_close(node);
    home_close(&home);
    return status;
}
