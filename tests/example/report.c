/* From a grid to its heads, and a report filed: a whole centre inside one program.
 *   report ROSTER_FOLDER HOME_FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "libgrid/grid.h"

static void draw(void *context, uint8_t *out, size_t size)
{
    (void)context;
    if (getrandom(out, size, 0) != (ssize_t)size)
        exit(1);
}

static struct grid_now now(void)
{
    struct timespec wall = {0};
    clock_gettime(CLOCK_REALTIME, &wall);
    int64_t ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
    return (struct grid_now){.wall_ms = ms, .mono_ms = ms};
}

/* One turn: an act, the commit, and only then what depends on it (here: the key file). */
static void turn(struct grid_node *node, const char *verb, const struct grid_field *fields,
        size_t field_count, struct buffer *reply)
{
    struct grid_request request = {bytes_text(verb), fields, field_count};
    struct grid_action action;
    struct grid_error error = {0};
    enum grid_status status = grid_node_submit(node, now(), &request, reply, &error);
    if (status == GRID_OK)
        status = grid_node_commit(node, now(), &error);
    if (status != GRID_OK) {
        fprintf(stderr, "%s: %s %s\n", verb, error.reason, error.detail);
        exit(1);
    }
    while (grid_node_next_action(node, now(), &action))
        if (action.type == GRID_ACTION_MARK) {
            /* a real program makes *action.keyring durable before it goes on */
        }
}

static struct bytes read_file(const char *folder, const char *name)
{
    struct buffer text = {0};
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    for (int byte = file != NULL ? fgetc(file) : EOF; byte != EOF; byte = fgetc(file))
        buffer_append(&text, &(uint8_t){(uint8_t)byte}, 1);
    return file == NULL || fclose(file) != 0 ? bytes_text("") : buffer_bytes(&text);
}

static bool print_head(void *context, const struct grid_post *post)
{
    (void)context;
    printf("    %s %.*s\n", grid_role_name(post->role), (int)post->name.size, post->name.data);
    return true;
}

static bool print_unit(void *context, const struct grid_unit *unit)
{
    const struct grid_roster *roster = context;
    printf("  %.*s %.*s\n", (int)unit->code.size, unit->code.data, (int)unit->name.size,
            unit->name.data);
    grid_roster_each_post(roster, unit->code, stamp_day(now().wall_ms), print_head, NULL);
    return true;
}

int main(int argc, char **argv)
{
    static struct grid_keyring keyring;
    char database[4096];
    struct grid_node *node = NULL;
    struct grid_error error = {0};
    struct buffer reply = {0};
    if (argc != 3)
        return 2;
    draw(NULL, keyring.identity_seed, sizeof(keyring.identity_seed));
    draw(NULL, keyring.spare_seed, sizeof(keyring.spare_seed));
    snprintf(database, sizeof(database), "%s/grid.db", argv[2]);
    struct grid_options options = {.database = database,
            .role = GRID_NODE_CENTRE,
            .unit = "150622103",
            .name = "纳日松镇综治中心",
            .keyring = &keyring,
            .random = draw};
    if (grid_node_open(&node, &options, now(), &error) != GRID_OK) {
        fprintf(stderr, "%s %s\n", error.reason, error.detail);
        return 1;
    }
    struct grid_field files[] = {
            {bytes_text("units.csv"), read_file(argv[1], "units.csv")},
            {bytes_text("posts.csv"), read_file(argv[1], "posts.csv")},
            {bytes_text("departments.csv"), read_file(argv[1], "departments.csv")},
    };
    turn(node, "roster_import", files, 3, &reply);

    /* 网格 → 微网格 → 联户长 */
    const struct grid_roster *roster = grid_node_roster(node);
    grid_roster_each_unit(
            roster, bytes_text("150622103203004"), false, print_unit, (void *)(uintptr_t)roster);

    struct grid_field report[] = {
            {bytes_text("as"), bytes_text("p0007")},
            {bytes_text("unit"), bytes_text("吴家沟社二联户")},
            {bytes_text("category"), bytes_text("井盖")},
            {bytes_text("title"), bytes_text("井盖被压碎")},
    };
    buffer_clear(&reply);
    turn(node, "report", report, 4, &reply);
    struct reader reader = reader_of(buffer_bytes(&reply));
    for (size_t left = read_map(&reader); left > 0; left--) {
        struct bytes key = read_str(&reader);
        struct bytes value = read_raw(&reader);
        struct reader text = reader_of(value);
        if (bytes_equal(key, bytes_text("case")) && read_type(&text) == PACK_STR)
            printf("saved: %.*s\n", GRID_CODE_DIGITS + 4, read_str(&text).data);
    }
    buffer_close(&reply);
    for (size_t i = 0; i < 3; i++)
        grid_free((void *)(uintptr_t)files[i].value.data);
    grid_node_close(node);
    return 0;
}
