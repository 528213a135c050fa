#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/stage.h"

#include "proto/stamp.h"

#include <stdio.h>
#include <string.h>

enum { CENTRE_AUTHOR = 15 };

const struct actor the_head = {"h1", GRID_ROLE_HEAD, STAGE_MICRO, 1};
const struct actor the_other_head = {"h2", GRID_ROLE_HEAD, STAGE_MICRO2, 2};
const struct actor the_worker = {"w1", GRID_ROLE_GRID_WORKER, STAGE_GRID, 3};
const struct actor the_chief = {"c1", GRID_ROLE_GRID_CHIEF, STAGE_GRID, 4};
const struct actor the_group_leader = {"g1", GRID_ROLE_GROUP_LEADER, STAGE_GROUP, 5};
const struct actor the_secretary = {"s1", GRID_ROLE_VILLAGE_SECRETARY, STAGE_VILLAGE, 6};
const struct actor the_other_secretary = {"s2", GRID_ROLE_VILLAGE_SECRETARY, STAGE_VILLAGE2, 7};
const struct actor the_clerk = {"k1", GRID_ROLE_CLERK, STAGE_TOWNSHIP, CENTRE_AUTHOR};
const struct actor the_other_clerk = {"k2", GRID_ROLE_CLERK, STAGE_TOWNSHIP, CENTRE_AUTHOR};
const struct actor the_director = {"d1", GRID_ROLE_DIRECTOR, STAGE_TOWNSHIP, CENTRE_AUTHOR};
const struct actor the_officer = {"o1", GRID_ROLE_OFFICER, STAGE_DEPARTMENT, CENTRE_AUTHOR};

const char stage_units_csv[] =
        "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
        "successors\n"
        "150622103,township,,纳日松镇,,,,,,2025-01-01,,\n"
        "150622103203,village,village,柳塔村,,,,,,2025-01-01,,\n"
        "150622103204,village,village,二道柳村,,,,,,2025-01-01,,\n"
        "150622103203001,grid,base,柳塔村第一网格,,,,,,2025-01-01,,\n"
        "150622103204001,grid,base,二道柳村第一网格,,,,,,2025-01-01,,\n"
        "150622103203001001,micro_grid,household_group,吴家沟社一联户,,,,,150622103P0001,"
        "2025-01-01,,\n"
        "150622103203001002,micro_grid,household_group,吴家沟社二联户,,,,,,2025-01-01,,\n"
        "150622103P0001,party_group,,吴家沟党小组,,,,,,2025-01-01,,\n";
const char stage_posts_csv[] = "person,name,role,place,phone,from,to\n"
                               "h1,吴桂兰,head,150622103203001001,,2025-01-01,\n"
                               "h2,刘二,head,150622103203001002,,2025-01-01,\n"
                               "w1,苏和,grid_worker,150622103203001,,2025-01-01,\n"
                               "c1,陈网格,grid_chief,150622103203001,,2025-01-01,\n"
                               "g1,郭组长,group_leader,150622103P0001,,2025-01-01,\n"
                               "s1,石书记,village_secretary,150622103203,,2025-01-01,\n"
                               "s2,宋书记,village_secretary,150622103204,,2025-01-01,\n"
                               "k1,赵明,clerk,150622103,,2025-01-01,\n"
                               "k2,钱亮,clerk,150622103,,2025-01-01,\n"
                               "d1,董主任,director,150622103,,2025-01-01,\n"
                               "o1,欧阳,officer,150622103D0001,,2025-01-01,\n";
const char stage_departments_csv[] = "id,name,kind,stationing,routes,valid_from,valid_to\n"
                                     "150622103D0001,纳日松镇司法所,department,resident,01,"
                                     "2025-01-01,\n";

static void finding_is_no_error(void *context, const struct grid_finding *finding)
{
    (void)context;
    if (finding->code[0] == 'R')
        fail_msg("%s:%u %s %s", finding->file, finding->line, finding->code, finding->text);
}

/* The road that a roster takes in a node: from the files over the bodies of entries. */
static enum grid_status take_body(void *context, enum grid_kind kind, struct bytes body)
{
    struct stage *stage = context;
    struct grid_error error = {0};
    bool newer = false;
    if (kind == GRID_KIND_ROWS) {
        struct rows_body rows = {0};
        assert_int_equal(body_read_rows(body, &rows, &newer, &error), GRID_OK);
        return roster_take_rows(stage->roster, &rows, &error);
    }
    const uint8_t leaf[GRID_HASH_BYTES] = {7};
    struct roster_body roster = {0};
    assert_int_equal(body_read_roster(body, &roster, &newer, &error), GRID_OK);
    return roster_take_roster(stage->roster, &roster, leaf, &error);
}

static void read_roster(struct stage *stage)
{
    const struct grid_roster_files files = {.units = bytes_text(stage_units_csv),
            .posts = bytes_text(stage_posts_csv),
            .departments = bytes_text(stage_departments_csv)};
    struct grid_roster *from_files = NULL;
    struct grid_finding_counts counts = {0};
    struct grid_error error = {0};
    bool changed = false;
    assert_int_equal(grid_roster_read(&from_files, &files, NULL, bytes_text(STAGE_TOWNSHIP), 20000,
                             finding_is_no_error, NULL, &counts, &error),
            GRID_OK);
    assert_non_null(from_files);
    assert_int_equal(grid_roster_open(&stage->roster), GRID_OK);
    assert_int_equal(roster_step(stage->roster, from_files, bytes_text(STAGE_TOWNSHIP), &changed,
                             take_body, stage, &error),
            GRID_OK);
    assert_true(changed);
    assert_int_equal(roster_version(stage->roster), 1);
    grid_roster_close(from_files);
}

static void take_author(struct stage *stage, const struct actor *actor)
{
    uint8_t author[GRID_ID_BYTES];
    struct device_body device = {.unit = bytes_text(STAGE_TOWNSHIP), .slot = 100u + actor->author};
    memset(author, actor->author, sizeof(author));
    memset(device.identity, actor->author, sizeof(device.identity));
    assert_int_equal(person_id(device.person, device.unit, bytes_text(actor->key)), GRID_OK);
    assert_int_equal(roster_take_device(stage->roster, &device), GRID_OK);
    assert_int_equal(roster_take_author(stage->roster, author, device.identity), GRID_OK);
}

static void take_centre(struct stage *stage)
{
    uint8_t author[GRID_ID_BYTES];
    struct centre_body centre = {
            .unit = bytes_text(STAGE_TOWNSHIP), .name = bytes_text("纳日松镇综治中心")};
    memset(author, CENTRE_AUTHOR, sizeof(author));
    memset(centre.identity, CENTRE_AUTHOR, sizeof(centre.identity));
    assert_int_equal(roster_take_centre(stage->roster, &centre), GRID_OK);
    assert_int_equal(roster_take_author(stage->roster, author, centre.identity), GRID_OK);
}

void stage_open(struct stage *stage)
{
    static const struct actor *const on_devices[] = {&the_head, &the_other_head, &the_worker,
            &the_chief, &the_group_leader, &the_secretary, &the_other_secretary};
    *stage = (struct stage){.now_ms = STAGE_NOW_MS};
    arena_init(&stage->arena, 0);
    read_roster(stage);
    stage->world = (struct fold_world){.roster = stage->roster};
    take_centre(stage);
    for (size_t i = 0; i < sizeof(on_devices) / sizeof(on_devices[0]); i++)
        take_author(stage, on_devices[i]);
}

void stage_close(struct stage *stage)
{
    grid_roster_close(stage->roster);
    arena_close(&stage->arena);
}

struct act_author stage_author(const struct actor *actor)
{
    struct act_author author = {.role = actor->role, .place = bytes_text(actor->place)};
    memset(author.author, actor->author, sizeof(author.author));
    assert_int_equal(
            person_id(author.person, bytes_text(STAGE_TOWNSHIP), bytes_text(actor->key)), GRID_OK);
    return author;
}

enum grid_status stage_try(struct stage *stage, const struct actor *actor, struct fold *fold,
        const char *verb, const char *const fields[])
{
    struct grid_field given[STAGE_FIELDS_MAX];
    struct grid_request request = {.verb = bytes_text(verb), .fields = given};
    const struct act_author author = stage_author(actor);
    const struct act_context context = {.world = &stage->world,
            .fold = fold,
            .wall_ms = stage->now_ms,
            .rv = roster_rv(stage->roster),
            .policy = policy_builtin(),
            .township = STAGE_TOWNSHIP,
            .slot = 100u + actor->author,
            .counter = ++stage->counter};
    for (; fields != NULL && fields[0] != NULL; fields += 2) {
        assert_true(request.field_count < STAGE_FIELDS_MAX);
        given[request.field_count++] =
                (struct grid_field){.name = bytes_text(fields[0]), .value = bytes_text(fields[1])};
    }
    stage->error = (struct grid_error){0};
    stage->result = (struct act_result){0};
    stage->last_stamp = stamp_next(stage->last_stamp, stage->now_ms);
    return act_make(&context, &author, &request, stage->last_stamp, &stage->arena, &stage->result,
            &stage->error);
}

enum grid_verdict stage_add(struct stage *stage, const struct actor *actor, struct fold **fold)
{
    struct grid_error error = {0};
    struct entry entry = {.lane = (uint8_t)stage->result.lane,
            .seq = 2 + stage->seq[actor->author][stage->result.lane]++,
            .header = stage->result.header,
            .body = stage->result.body};
    bool fresh = false;
    memset(entry.author, actor->author, sizeof(entry.author));
    assert_int_equal(entry_admit(&entry, &error), GRID_OK);
    if (*fold == NULL)
        assert_int_equal(fold_open(fold, entry.leaf), GRID_OK);
    assert_int_equal(
            fold_add(*fold, &entry, stage->received_ms, GRID_PENDING, &fresh, &error), GRID_OK);
    assert_true(fresh);
    assert_int_equal(fold_settle(*fold, &stage->world, NULL, NULL, &error), GRID_OK);
    stage->now_ms += 1000;
    const struct dot dot = entry_dot(&entry);
    return fold_find(*fold, &dot)->verdict;
}

const struct fold_entry *stage_act(struct stage *stage, const struct actor *actor,
        struct fold **fold, const char *verb, const char *const fields[])
{
    enum grid_status status = stage_try(stage, actor, *fold, verb, fields);
    if (status != GRID_OK)
        fail_msg("%s by %s: %s %s", verb, actor->key, stage->error.reason, stage->error.detail);
    assert_int_equal(stage_add(stage, actor, fold), GRID_VALID);
    struct entry entry = {.lane = (uint8_t)stage->result.lane,
            .seq = 1 + stage->seq[actor->author][stage->result.lane],
            .header = stage->result.header,
            .body = stage->result.body};
    memset(entry.author, actor->author, sizeof(entry.author));
    assert_int_equal(entry_leaf(&entry), GRID_OK);
    const struct dot dot = entry_dot(&entry);
    return fold_find(*fold, &dot);
}

/* --- looking into what was made --- */

int stage_setup(void **state)
{
    static struct stage stage;
    stage_open(&stage);
    *state = &stage;
    return 0;
}

int stage_teardown(void **state)
{
    stage_close(*state);
    return 0;
}

struct case_body stage_body(struct stage *stage)
{
    struct case_body body = {0};
    struct grid_error error = {0};
    bool newer = false;
    assert_int_equal(
            body_read_case(stage->result.body, &stage->arena, &body, &newer, &error), GRID_OK);
    assert_false(newer);
    return body;
}

struct entry_header stage_header(struct stage *stage)
{
    struct entry entry = {.header = stage->result.header, .body = stage->result.body};
    struct entry_header header = {0};
    struct grid_error error = {0};
    assert_int_equal(entry_read_header(&entry, &stage->arena, &header, &error), GRID_OK);
    return header;
}

void stage_text(struct bytes packed, const char *text)
{
    struct bytes found = value_text(packed);
    assert_int_equal(found.size, strlen(text));
    assert_memory_equal(found.data, text, found.size);
}

struct bytes stage_set(struct stage *stage, unsigned reg)
{
    const struct case_body body = stage_body(stage);
    return case_body_set(&body, reg);
}

void stage_report(struct stage *stage, const struct actor *actor, const char *const fields[])
{
    if (stage_try(stage, actor, NULL, "report", fields) != GRID_OK)
        fail_msg("%s: %s %s", actor->key, stage->error.reason, stage->error.detail);
}

void stage_refused(struct stage *stage, enum grid_status status, const char *reason)
{
    assert_string_equal(stage->error.reason, reason);
    assert_int_equal(stage->error.status, status);
}
