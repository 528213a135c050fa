/* A stream of reports: the days run from 2025-03-01 for a year and then begin again. */
#include "tests/gen/reports.h"

#include "proto/stamp.h"
#include "tests/gen/prose.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAYS = 365,
    /* a day's reports: each worker 0.4, each head 0.08; a weekend has six tenths of them */
    PER_DAY_T1 = 61,
    PER_DAY_T2 = 1160,
    FIRST_WEEKDAY = 6, /* 2025-03-01 is a Saturday */
    /* 1 m in 10⁻⁷ degrees, at 39.5° */
    METRE_LAT_E7 = 90,
    METRE_LON_E7 = 116,
};
static const int64_t first_day_ms = INT64_C(1740758400000); /* 2025-03-01T00:00+08:00 */
static const int64_t day_length_ms = INT64_C(86400000);

struct stream {
    const struct roster *roster;
    FILE *out;
    const char *name; /* t1, t2: the keys begin with it */
    uint64_t seed;
    uint64_t written;
    struct chance chance;
    size_t *micro_grids, *grids, *villages; /* indices of units */
    size_t micro_grid_count, grid_count, village_count;
};

/* --- where --- */

static size_t *units_of_kind(const struct roster *roster, const char *kind, size_t *count)
{
    size_t *indices = calloc(roster->unit_count, sizeof(*indices));
    if (indices == NULL)
        abort();
    *count = 0;
    for (size_t i = 0; i < roster->unit_count; i++)
        if (strcmp(roster->units[i].kind, kind) == 0)
            indices[(*count)++] = i;
    return indices;
}

/* 80 % know the micro-grid, 15 % the grid, 5 % no more than the village. */
static const struct unit *draw_unit(struct stream *stream)
{
    static const unsigned shares[] = {80, 15, 5};
    const struct unit *units = stream->roster->units;
    struct chance *chance = &stream->chance;
    switch (chance_pick(chance, shares, 3)) {
    case 0:
        return &units[stream->micro_grids[chance_below(
                chance, (unsigned)stream->micro_grid_count)]];
    case 1:
        return &units[stream->grids[chance_below(chance, (unsigned)stream->grid_count)]];
    default:
        return &units[stream->villages[chance_below(chance, (unsigned)stream->village_count)]];
    }
}

/* 吴家沟社 of 吴家沟社二联户; for all that is no household group the village. */
static void short_place(
        const struct roster *roster, const struct unit *unit, char out[static NAME_BYTES])
{
    const char *hamlet =
            strcmp(unit->subkind, "household_group") == 0 ? strstr(unit->name, "社") : NULL;
    if (hamlet != NULL)
        snprintf(out, NAME_BYTES, "%.*s", (int)(hamlet + strlen("社") - unit->name), unit->name);
    else
        snprintf(out, NAME_BYTES, "%s", roster->units[unit->village].name);
}

/* Sums of 12 draws are nearly normal: σ is one `width`. */
static int draw_normal(struct chance *chance, int width)
{
    int sum = -6 * width;
    for (int i = 0; i < 12; i++)
        sum += (int)chance_below(chance, (unsigned)width + 1);
    return sum;
}

/* As measured: σ 8 m; 3 % are worse than 100 m. */
static void print_position(struct stream *stream, int32_t lat_e7, int32_t lon_e7)
{
    struct chance *chance = &stream->chance;
    int lat = draw_normal(chance, 8 * METRE_LAT_E7);
    int lon = draw_normal(chance, 8 * METRE_LON_E7);
    if (chance_percent(chance, 3)) {
        int side = chance_percent(chance, 50) ? 1 : -1;
        lat += side * chance_within(chance, 100, 500) * METRE_LAT_E7;
        lon += chance_within(chance, -300, 300) * METRE_LON_E7;
    }
    lat += lat_e7;
    lon += lon_e7;
    fprintf(stream->out, ",\"at\":\"%d.%07d,%d.%07d\"", lat / 10000000, lat % 10000000,
            lon / 10000000, lon % 10000000);
}

/* --- one line --- */

static void print_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, ",\"%s\":\"", name);
    for (; *text != '\0'; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    fputc('"', out);
}

static void print_tags(FILE *out, const struct matter *matter)
{
    const char *tags[4];
    size_t count = 0;
    if (matter->mining)
        tags[count++] = "mining";
    if (matter->item->code == 120)
        tags[count++] = "livestock";
    if (matter_in_group(matter, 8))
        tags[count++] = "school";
    if (matter->hour == 23 || matter->hour <= 6)
        tags[count++] = "night";
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\"%s\"", i == 0 ? ",\"tags\":[" : ",", tags[i]);
    if (count > 0)
        fputc(']', out);
}

/* Half of them say where in words: a mine, if it is about one, or a corner of the place. */
static void print_place(struct stream *stream, const struct matter *matter, const char *place)
{
    static const char *const corners[] = {"路口", "井台", "小学旁", "桥东", "沟口", "牛圈后"};
    struct chance *chance = &stream->chance;
    if (!chance_percent(chance, 50))
        return;
    char text[2 * NAME_BYTES];
    char mine[NAME_BYTES];
    int number = chance_within(chance, 1, 80);
    const char *corner = corners[chance_below(chance, sizeof(corners) / sizeof(corners[0]))];
    name_mine(chance, mine);
    if (matter->mining)
        snprintf(text, sizeof(text), "%s%d号井口", mine, number % 9 + 1);
    else
        snprintf(text, sizeof(text), "%s%d号%s", place, number, corner);
    print_text(stream->out, "place", text);
}

/* The scene lies within 100 m of the unit's middle; both who see it measure from there. */
struct scene {
    const struct unit *unit;
    char place[NAME_BYTES];
    int32_t lat_e7, lon_e7;
};

static void write_report(
        struct stream *stream, const struct matter *matter, const struct scene *scene)
{
    FILE *out = stream->out;
    struct chance *chance = &stream->chance;
    char title[PROSE_TITLE_BYTES];
    char text[PROSE_TEXT_BYTES];
    char when[STAMP_TEXT_BYTES];
    prose_title(chance, matter, scene->place, title);
    prose_text(chance, matter, scene->place, text);
    stamp_print(when, matter->at_ms);
    fprintf(out, "{\"key\":\"%s-%" PRIu64 "-%06" PRIu64 "\"", stream->name, stream->seed,
            ++stream->written);
    print_text(out, "title", title);
    print_text(out, "text", text);
    fprintf(out, ",\"category\":\"%04u\",\"unit\":\"%s\",\"urgency\":\"U%u\",\"source\":\"%s\"",
            matter->item->code, scene->unit->code, matter->urgency, matter->source);
    print_text(out, "occurred_at", when);
    print_place(stream, matter, scene->place);
    if (scene->unit->placed && !chance_percent(chance, 12)) /* the others have no fix */
        print_position(stream, scene->lat_e7, scene->lon_e7);
    print_tags(out, matter);
    if (strcmp(matter->source, "hotline") == 0)
        fprintf(out, ",\"ref\":\"12345:%08u\"", chance_below(chance, 100000000));
    fputs("}\n", out);
}

/* --- day by day --- */

static struct scene draw_scene(struct stream *stream)
{
    struct chance *chance = &stream->chance;
    struct scene scene = {.unit = draw_unit(stream)};
    short_place(stream->roster, scene.unit, scene.place);
    scene.lat_e7 = scene.unit->lat_e7 + chance_within(chance, -70, 70) * METRE_LAT_E7;
    scene.lon_e7 = scene.unit->lon_e7 + chance_within(chance, -70, 70) * METRE_LON_E7;
    return scene;
}

/* 6 % of hazards are reported by another too; that report is the next line. */
static void write_matter(struct stream *stream, int64_t day_ms, unsigned month, uint64_t count)
{
    struct matter matter = matter_draw(&stream->chance, day_ms, month);
    struct scene scene = draw_scene(stream);
    write_report(stream, &matter, &scene);
    if (stream->written < count && matter_in_group(&matter, 2) &&
            chance_percent(&stream->chance, 6)) {
        struct matter again = matter_seen_again(&stream->chance, &matter);
        write_report(stream, &again, &scene);
    }
}

static unsigned month_of(int64_t day_ms)
{
    char text[STAMP_TEXT_BYTES];
    stamp_print(text, day_ms);
    return (unsigned)strtoul(text + 5, NULL, 10);
}

static void write_day(struct stream *stream, unsigned day, unsigned per_day, uint64_t count)
{
    int64_t day_ms = first_day_ms + day % DAYS * day_length_ms;
    unsigned weekday = (FIRST_WEEKDAY + day % DAYS) % 7;
    unsigned today = weekday == 0 || weekday == 6 ? per_day * 6 / 10 : per_day;
    unsigned month = month_of(day_ms);
    uint64_t until = stream->written + today < count ? stream->written + today : count;
    while (stream->written < until)
        write_matter(stream, day_ms, month, count);
}

void reports_write(
        const struct roster *roster, bool banner, uint64_t count, uint64_t seed, FILE *out)
{
    struct stream stream = {.roster = roster,
            .out = out,
            .name = banner ? "t2" : "t1",
            .seed = seed,
            .chance = chance_of(seed, "reports", banner ? "t2" : "t1")};
    stream.micro_grids = units_of_kind(roster, "micro_grid", &stream.micro_grid_count);
    stream.grids = units_of_kind(roster, "grid", &stream.grid_count);
    stream.villages = units_of_kind(roster, "village", &stream.village_count);
    for (unsigned day = 0; stream.written < count; day++)
        write_day(&stream, day, banner ? PER_DAY_T2 : PER_DAY_T1, count);
    free(stream.micro_grids);
    free(stream.grids);
    free(stream.villages);
}
