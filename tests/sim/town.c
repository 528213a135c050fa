/* A township's roster that grows and changes, and how its people get their handhelds. */
#include "tests/sim/world.h"

#include <stdlib.h>
#include <string.h>

/* --- drawing --- */

static void add_post(struct sim *sim, const char *person, const char *role, const char *place)
{
    if (sim->post_count == SIM_POSTS_MAX)
        return;
    struct sim_post *post = &sim->posts[sim->post_count++];
    memset(post, 0, sizeof(*post));
    snprintf(post->person, sizeof(post->person), "%s", person);
    post->role = role;
    snprintf(post->place, sizeof(post->place), "%s", place);
    snprintf(post->from, sizeof(post->from), "%s", "2025-01-01");
}

static void grid_code(char out[static 24], unsigned village, unsigned grid)
{
    snprintf(out, 24, SIM_TOWNSHIP "%03u%03u", 203 + village % 700, grid % 900 + 1);
}

void sim_draw_place(struct sim *sim, char out[static SIM_CODE_BYTES])
{
    char grid[SIM_CODE_BYTES];
    grid_code(
            grid, (unsigned)sim_chance(sim, sim->villages), (unsigned)sim_chance(sim, sim->grids));
    unsigned micro = (unsigned)sim_chance(sim, sim->micros + 1);
    if (micro == 0)
        snprintf(out, SIM_CODE_BYTES, "%s", grid);
    else
        snprintf(out, SIM_CODE_BYTES, "%.15s%03u", grid, micro % 900);
}

static void draw_grid(struct sim *sim, unsigned village, unsigned grid)
{
    char place[24];
    char person[8];
    grid_code(place, village, grid);
    snprintf(person, sizeof(person), "w%u%u", village % 100, grid % 100);
    add_post(sim, person, "grid_worker", place);
    for (unsigned micro = 0; micro < sim->micros; micro++) {
        char code[24];
        snprintf(code, sizeof(code), "%.15s%03u", place, micro % 900 + 1);
        snprintf(person, sizeof(person), "h%u%u%u", village % 100, grid % 10, micro % 10);
        add_post(sim, person, "head", code);
    }
}

void sim_draw_town(struct sim *sim)
{
    sim->micros = 2;
    sim->grids = 2;
    sim->villages = 1 + sim->plan.handhelds / 6;
    add_post(sim, "k1", "clerk", SIM_TOWNSHIP);
    add_post(sim, "k2", "clerk", SIM_TOWNSHIP);
    add_post(sim, "d1", "director", SIM_TOWNSHIP);
    for (unsigned village = 0; village < sim->villages; village++)
        for (unsigned grid = 0; grid < sim->grids; grid++)
            draw_grid(sim, village, grid);
}

/* --- the files --- */

static const char units_head[] =
        "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
        "successors\n";

static void add_text(struct buffer *out, const char *text)
{
    buffer_append(out, text, strlen(text));
}

static void unit_row(struct buffer *out, const char *code, const char *kind, const char *subkind,
        const char *name)
{
    char row[256];
    snprintf(row, sizeof(row), "%s,%s,%s,%s,,,,,,2025-01-01,,\n", code, kind, subkind, name);
    add_text(out, row);
}

static void grid_rows(struct sim *sim, struct buffer *out, unsigned village, unsigned grid)
{
    char code[24];
    char name[64];
    grid_code(code, village, grid);
    snprintf(name, sizeof(name), "村%u第%u网格", village, grid + 1);
    unit_row(out, code, "grid", "base", name);
    for (unsigned micro = 0; micro < sim->micros; micro++) {
        char below[32];
        snprintf(below, sizeof(below), "%s%03u", code, micro % 900 + 1);
        snprintf(name, sizeof(name), "村%u网格%u联户%u", village, grid + 1, micro + 1);
        unit_row(out, below, "micro_grid", "household_group", name);
    }
}

static void unit_rows(struct sim *sim, struct buffer *out)
{
    char code[24];
    char name[64];
    add_text(out, units_head);
    unit_row(out, SIM_TOWNSHIP, "township", "", "纳日松镇");
    for (unsigned village = 0; village < sim->villages; village++) {
        snprintf(code, sizeof(code), SIM_TOWNSHIP "%03u", 203 + village % 700);
        snprintf(name, sizeof(name), "村%u", village);
        unit_row(out, code, "village", "village", name);
        unsigned grids = sim->grids + (village == 0 ? sim->extra_grids : 0);
        for (unsigned grid = 0; grid < grids; grid++)
            grid_rows(sim, out, village, grid);
    }
}

static void post_rows(const struct sim *sim, struct buffer *out)
{
    add_text(out, "person,name,role,place,phone,from,to\n");
    for (size_t i = 0; i < sim->post_count; i++) {
        const struct sim_post *post = &sim->posts[i];
        char row[160];
        snprintf(row, sizeof(row), "%s,人%s,%s,%s,,%s,%s\n", post->person, post->person, post->role,
                post->place, post->from, post->to);
        add_text(out, row);
    }
}

static const char departments_csv[] = "id,name,kind,stationing,routes,valid_from,valid_to\n"
                                      "150622103D0001,纳日松镇司法所,department,resident,01,"
                                      "2025-01-01,\n";

static bool member(struct bytes record, const char *key, struct bytes *out)
{
    struct reader reader = reader_of(record);
    for (size_t left = read_map(&reader); left > 0 && !reader.failed; left--) {
        bool here = bytes_equal(read_str(&reader), bytes_text(key));
        *out = read_raw(&reader);
        if (here)
            return !reader.failed;
    }
    return false;
}

void sim_import_roster(struct sim *sim)
{
    struct sim_home *centre = sim->centre;
    struct buffer units = {0};
    struct buffer posts = {0};
    struct buffer reply = {0};
    struct grid_error error = {0};
    if (centre->node == NULL)
        return;
    unit_rows(sim, &units);
    post_rows(sim, &posts);
    buffer_append(&units, "", 1);
    buffer_append(&posts, "", 1);
    const char *const fields[] = {"units.csv", (const char *)units.data, "posts.csv",
            (const char *)posts.data, "departments.csv", departments_csv, NULL};
    enum grid_status status = sim_submit(centre, "roster_import", fields, &reply, &error);
    bool done = sim_turn(centre);
    struct bytes errors = {0};
    size_t refused = 0;
    if (status == GRID_OK && member(buffer_bytes(&reply), "errors", &errors)) {
        struct reader reader = reader_of(errors);
        refused = read_array(&reader);
    }
    sim_note(sim, "the roster of %zu posts is imported: %s%s, %zu errors", sim->post_count,
            status == GRID_OK ? "ok" : error.reason, done ? "" : ", not kept", refused);
    buffer_close(&units);
    buffer_close(&posts);
    buffer_close(&reply);
}

/* --- changes --- */

/* F37: what was not sent yet is taken all the same. */
static void move_worker(struct sim *sim, struct sim_post *post)
{
    char place[24];
    grid_code(
            place, (unsigned)sim_chance(sim, sim->villages), (unsigned)sim_chance(sim, sim->grids));
    sim_note(sim, "%s moves from %s to %s", post->person, post->place, place);
    snprintf(post->place, sizeof(post->place), "%s", place);
}

void sim_change_roster(struct sim *sim)
{
    size_t at = 3 + (size_t)sim_chance(sim, sim->post_count - 3);
    struct sim_post *post = &sim->posts[at];
    sim->counts.roster_changes++;
    switch (sim_chance(sim, 4)) {
    case 0:
        if (sim->extra_grids < 5) {
            sim_note(sim, "a grid is split"); /* F41 */
            draw_grid(sim, 0, sim->grids + sim->extra_grids++);
        }
        break;
    case 1:
        sim_note(sim, "the post of %s %s", post->person,
                post->to[0] != '\0' ? "begins anew" : "ends");
        snprintf(post->to, sizeof(post->to), "%s", post->to[0] != '\0' ? "" : "2026-11-20");
        break;
    default:
        for (; at < sim->post_count; at++)
            if (strcmp(sim->posts[at].role, "grid_worker") == 0) {
                move_worker(sim, &sim->posts[at]);
                break;
            }
    }
    sim_import_roster(sim);
}

/* --- enrolment --- */

static bool invite(struct sim_home *home)
{
    struct sim_home *parent = home->parent;
    struct buffer reply = {0};
    struct grid_error error = {0};
    struct invite invitation = {0};
    struct bytes value;
    char line[INVITE_TEXT_BYTES] = "";
    const char *const person[] = {"person", home->name, "address", "192.0.2.1:7000", NULL};
    const char *const centre[] = {
            "centre", home->unit, "name", home->title, "address", "192.0.2.1:7000", NULL};
    enum grid_status status = sim_submit(
            parent, "invite", home->role == GRID_NODE_CENTRE ? centre : person, &reply, &error);
    bool good =
            sim_turn(parent) && status == GRID_OK && member(buffer_bytes(&reply), "invite", &value);
    if (good) {
        struct reader reader = reader_of(value);
        struct bytes text = read_str(&reader);
        snprintf(line, sizeof(line), "%.*s", (int)text.size, (const char *)text.data);
        good = invite_parse(&invitation, line, &error) == GRID_OK;
        memcpy(home->secret, invitation.secret, GRID_SECRET_BYTES);
    }
    buffer_close(&reply);
    return good;
}

bool sim_enrol(struct sim_home *home)
{
    struct sim *sim = home->sim;
    bool faults = sim->plan.faults;
    sim->plan.faults = false;
    home->joins = true;
    if (!invite(home) || !sim_start(home)) {
        sim_violate(sim, "F59", "%s cannot be enrolled", home->name);
        return false;
    }
    sim_run(sim, 10000);
    home->joins = false;
    if (!home->enrolled)
        sim_violate(sim, "F59", "%s was not enrolled: %s", home->name, home->last_close);
    sim_stop(home); /* joining is a process of its own */
    home->restart_ms = INT64_MAX;
    (void)sim_start(home);
    sim_run(sim, 1000);
    sim->plan.faults = faults;
    return !sim_bad(sim);
}

/* --- the centres --- */

/* A unit and its clerk. */
static void import_office(struct sim_home *centre, const char *kind)
{
    struct buffer units = {0};
    struct buffer posts = {0};
    struct buffer reply = {0};
    struct grid_error error = {0};
    char row[160];
    add_text(&units, units_head);
    unit_row(&units, centre->unit, kind, "", centre->title);
    snprintf(row, sizeof(row),
            "person,name,role,place,phone,from,to\n%s,人%s,clerk,%s,,2025-01-01,\n",
            centre->operator_key, centre->operator_key, centre->unit);
    add_text(&posts, row);
    buffer_append(&units, "", 1);
    buffer_append(&posts, "", 1);
    const char *const fields[] = {"units.csv", (const char *)units.data, "posts.csv",
            (const char *)posts.data, "departments.csv", departments_csv, NULL};
    enum grid_status status = sim_submit(centre, "roster_import", fields, &reply, &error);
    (void)sim_turn(centre);
    if (status != GRID_OK)
        sim_violate(centre->sim, "D4", "the roster of %s: %s", centre->name, error.reason);
    buffer_close(&units);
    buffer_close(&posts);
    buffer_close(&reply);
}

static struct sim_home *found(struct sim *sim, struct sim_home *parent, const char *name,
        const char *unit, const char *title, const char *operator_key)
{
    struct sim_home *home = sim_add_home(sim, name, GRID_NODE_CENTRE, parent);
    home->unit = unit;
    home->title = title;
    home->operator_key = operator_key;
    if (parent != NULL)
        (void)sim_enrol(home);
    else
        (void)sim_start(home);
    return home;
}

void sim_found_centres(struct sim *sim)
{
    struct sim_home *above = NULL;
    if (sim->plan.tiers_above > 1) {
        sim->top = above = found(sim, NULL, "league", "1506", "鄂尔多斯市", "kl");
        import_office(above, "league_city");
    }
    if (sim->plan.tiers_above > 0) {
        above = found(sim, above, "banner", "150622", "准格尔旗", "kb");
        import_office(above, "banner");
        sim->top = sim->top != NULL ? sim->top : above;
    }
    sim->centre = found(sim, above, "centre", SIM_TOWNSHIP, "纳日松镇综治中心", "k1");
    sim->top = sim->top != NULL ? sim->top : sim->centre;
    sim_import_roster(sim);
}

/* --- revocation --- */

/* D16: a device counts up to what its centre holds of it, and no further. */
void sim_revoke(struct sim *sim)
{
    struct sim_home *home = sim->homes[sim_chance(sim, sim->home_count)];
    struct sim_home *centre = sim->centre;
    if (home->role == GRID_NODE_CENTRE || centre->node == NULL || home->revoked || home->destroyed)
        return;
    const struct grid_device *device = roster_device_of(centre->node->roster, home->identity);
    struct buffer reply = {0};
    struct grid_error error = {0};
    char slot[8] = "";
    if (device == NULL)
        return;
    snprintf(slot, sizeof(slot), "%04u", device->slot % 10000);
    const char *const fields[] = {"slot", slot, NULL};
    check_note_cut(home);
    enum grid_status status = sim_submit(centre, "revoke", fields, &reply, &error);
    bool done = status == GRID_OK;
    (void)sim_turn(centre); /* whoever dies here may have committed it, or not */
    buffer_close(&reply);
    sim_note(sim, "%s is revoked: %s", home->name, done ? "ok" : error.reason);
    if (!done)
        home->cut_count = 0;
    for (size_t i = 0; i < sim->home_count && done; i++)
        if (memcmp(sim->homes[i]->identity, home->identity, sizeof(home->identity)) == 0)
            sim->homes[i]->revoked = true;
    sim->counts.revoked += done;
    for (size_t i = 0; i < sim->act_count; i++)
        if (sim->acts[i].home->revoked && sim->acts[i].excuse == NULL &&
                (centre->node == NULL || !check_holds(centre, &sim->acts[i])))
            sim->acts[i].excuse = "its device was revoked";
}
