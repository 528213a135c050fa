/* What people do, and what they were told about it. */
#include "tests/sim/world.h"

#include <assert.h>
#include <string.h>

/* --- asking the node --- */

enum grid_status sim_submit(struct sim_home *home, const char *verb, const char *const fields[],
        struct buffer *reply, struct grid_error *error)
{
    struct grid_field given[16];
    struct grid_request request = {.verb = bytes_text(verb), .fields = given};
    for (; fields[0] != NULL; fields += 2) {
        assert(request.field_count < 16);
        given[request.field_count++] =
                (struct grid_field){.name = bytes_text(fields[0]), .value = bytes_text(fields[1])};
    }
    return grid_node_submit(home->node, sim_now(home), &request, reply, error);
}

static bool find(struct bytes record, const char *key, struct bytes *out)
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

static bool read_answer(struct bytes record, struct sim_act *act)
{
    struct bytes value;
    struct bytes entry;
    char hex[2 * GRID_ID_BYTES + 1] = "";
    if (find(record, "case", &value)) {
        struct reader reader = reader_of(value);
        if (read_type(&reader) == PACK_STR) {
            struct bytes code = read_str(&reader);
            snprintf(act->code, sizeof(act->code), "%.*s", (int)code.size, (const char *)code.data);
        }
    }
    if (!find(record, "entry", &entry) || !find(entry, "author", &value))
        return false;
    struct reader reader = reader_of(value);
    struct bytes text = read_str(&reader);
    snprintf(hex, sizeof(hex), "%.*s", (int)text.size, (const char *)text.data);
    if (!ident_unhex(act->author, sizeof(act->author), hex) || !find(entry, "lane", &value))
        return false;
    reader = reader_of(value);
    act->lane = (uint8_t)read_uint(&reader);
    if (!find(entry, "seq", &value))
        return false;
    reader = reader_of(value);
    act->seq = read_uint(&reader);
    return !reader.failed;
}

/* --- saved --- */

void sim_forget_waiting(struct sim_home *home)
{
    for (size_t i = 0; i < home->waiting_count; i++) {
        buffer_close(&home->replies[i]);
        if (home->waiting[i].key[0] != '\0') {
            home->unanswered = home->waiting[i];
            home->has_unanswered = true;
        }
    }
    home->waiting_count = 0;
}

static const struct sim_act *same_key(const struct sim *sim, const struct sim_act *act)
{
    for (size_t i = 0; act->key[0] != '\0' && i < sim->act_count; i++)
        if (strcmp(sim->acts[i].key, act->key) == 0)
            return &sim->acts[i];
    return NULL;
}

static void remember(struct sim_home *home, const struct sim_act *act)
{
    struct sim *sim = home->sim;
    const struct sim_act *before = same_key(sim, act);
    if (before != NULL) { /* F12: a second tap gets the first answer */
        bool same = before->seq == act->seq && before->lane == act->lane &&
                    memcmp(before->author, act->author, sizeof(act->author)) == 0;
        if (!same && before->excuse == NULL && !home->was_restored && !home->rival)
            sim_violate(sim, "F12", "%s: key %s was answered twice, by %d and %d", home->name,
                    act->key, (int)before->seq, (int)act->seq);
        if (same)
            return;
    }
    for (size_t i = 0; i < sim->act_count && act->verb == SIM_REPORT; i++)
        if (sim->acts[i].verb == SIM_REPORT && strcmp(sim->acts[i].code, act->code) == 0 &&
                !home->rival && memcmp(sim->acts[i].leaf, act->leaf, sizeof(act->leaf)) != 0)
            sim_violate(sim, "F54", "%s gave code %s twice", home->name, act->code);
    if (sim->act_count == SIM_ACTS_MAX)
        return;
    sim->acts[sim->act_count] = *act;
    if (home->revoked)
        sim->acts[sim->act_count].excuse = "its device was revoked";
    sim->act_count++;
}

void sim_say_saved(struct sim_home *home)
{
    struct sim *sim = home->sim;
    for (size_t i = 0; i < home->waiting_count; i++) {
        struct sim_act *act = &home->waiting[i];
        struct entry entry;
        struct store_entry stored;
        struct grid_error error = {0};
        bool found = false;
        bool good = read_answer(buffer_bytes(&home->replies[i]), act);
        buffer_close(&home->replies[i]);
        const struct stream *stream =
                good ? log_stream(&home->node->log, act->author, act->lane) : NULL;
        if (stream != NULL)
            (void)log_entry(&home->node->log, STORE_PLACE(stream->row.no, act->seq), &entry,
                    &stored, &found, &error);
        if (!found) {
            sim_violate(sim, "I6", "%s said saved and holds nothing", home->name);
            break;
        }
        memcpy(act->leaf, entry.leaf, sizeof(act->leaf));
        act->said_ms = sim->mono_ms;
        sim_note(sim, "%s says saved: %02x%02x/%u/%d of %s", home->name, act->author[0],
                act->author[1], act->lane, (int)act->seq, act->code);
        remember(home, act);
        if (home->has_unanswered && strcmp(home->unanswered.key, act->key) == 0)
            home->has_unanswered = false;
    }
    home->waiting_count = 0;
}

/* --- acting --- */

static void submit(struct sim_home *home, const struct sim_act *act, const char *const fields[])
{
    static const char *const verbs[] = {"report", "set", "note", "tag", "second", "ruling"};
    struct sim *sim = home->sim;
    struct grid_error error = {0};
    struct buffer reply = {0};
    enum grid_status status = sim_submit(home, verbs[act->verb], fields, &reply, &error);
    sim->counts.acts++;
    sim_note(sim, "%s: %s %u %s: %s", home->name, verbs[act->verb], act->number, act->code,
            status == GRID_OK ? "taken" : error.reason);
    if (status != GRID_OK) {
        buffer_close(&reply);
        return;
    }
    home->waiting[home->waiting_count] = *act;
    home->replies[home->waiting_count++] = reply;
}

static void report(struct sim_home *home, struct sim_act *act)
{
    char title[64];
    const char *fields[16] = {"title", title, "text", title, "key", act->key};
    size_t count = 6;
    snprintf(title, sizeof(title), "第%u件，编号唯一", act->number);
    if (act->urgent) {
        fields[count++] = "urgency";
        fields[count++] = "U1";
    }
    if (home->role == GRID_NODE_CENTRE) {
        fields[count++] = "unit";
        fields[count++] = SIM_TOWNSHIP "203001001";
    }
    submit(home, act, fields);
}

static const struct sim_act *known_case(struct sim_home *home)
{
    const struct sim *sim = home->sim;
    if (sim->act_count == 0)
        return NULL;
    for (unsigned tries = 0; tries < 8; tries++) {
        size_t recent = sim->act_count > 40 && !sim_one_in(home->sim, 4) ? sim->act_count - 40 : 0;
        const struct sim_act *act =
                &sim->acts[recent + sim_chance(home->sim, sim->act_count - recent)];
        if (act->verb == SIM_REPORT && (act->home == home || home->role == GRID_NODE_CENTRE))
            return act;
    }
    return NULL;
}

static void act_on_case(struct sim_home *home, enum sim_verb verb)
{
    struct sim *sim = home->sim;
    const struct sim_act *on = known_case(home);
    char text[64];
    if (on == NULL)
        return;
    struct sim_act act = {.home = home, .verb = verb, .number = ++sim->texts};
    snprintf(act.code, sizeof(act.code), "%s", on->code);
    snprintf(text, sizeof(text), "写法%u号", act.number);
    static const char *const tags[] = {"mining", "night", "school"};
    static const char *const categories[] = {"0204", "0101", "0301"};
    bool both = sim_one_in(sim, 3);
    const char *field = sim_one_in(sim, 2) ? "title" : "description";
    if (home->role == GRID_NODE_CENTRE && sim_one_in(sim, 2)) { /* the case moves to another grid */
        field = "unit";
        sim_draw_place(sim, text);
    }
    const char *const set[] = {"case", act.code, field, text, both ? "category" : NULL,
            categories[sim_chance(sim, 3)], NULL};
    const char *const note[] = {"case", act.code, "text", text, NULL};
    const char *const tag[] = {"case", act.code, sim_one_in(sim, 3) ? "remove" : "add",
            tags[sim_chance(sim, 3)], NULL};
    const char *const ruling[] = {
            "case", act.code, "field", "title", "value", text, "reason", "已核实", NULL};
    const char *const *fields[SIM_VERBS] = {[SIM_SET] = set,
            [SIM_NOTE] = note,
            [SIM_TAG] = tag,
            [SIM_SECOND] = note,
            [SIM_RULING] = ruling};
    submit(home, &act, fields[verb]);
}

static void report_anew(struct sim_home *home)
{
    struct sim *sim = home->sim;
    struct sim_act act = {
            .home = home, .verb = SIM_REPORT, .number = ++sim->texts, .urgent = sim_one_in(sim, 4)};
    snprintf(act.key, sizeof(act.key), "key-%u", act.number);
    report(home, &act);
}

static void act_once(struct sim_home *home)
{
    uint64_t what = sim_chance(home->sim, 16);
    if (what < 7)
        report_anew(home);
    else if (what < 11)
        act_on_case(home, SIM_SET);
    else if (what < 13)
        act_on_case(home, SIM_NOTE);
    else if (what < 14)
        act_on_case(home, SIM_TAG);
    else if (what < 15)
        act_on_case(home, SIM_SECOND);
    else
        act_on_case(home, SIM_RULING);
}

/* The last report of this home once more, or what got no answer. */
void sim_try_again(struct sim_home *home)
{
    struct sim *sim = home->sim;
    struct sim_act act;
    if (home->node == NULL || home->waiting_count > 0)
        return;
    if (home->has_unanswered) {
        act = home->unanswered;
        act.home = home;
    } else {
        size_t at = sim->act_count;
        while (at > 0 && (sim->acts[at - 1].home != home || sim->acts[at - 1].key[0] == '\0'))
            at--;
        if (at == 0 || sim->mono_ms - sim->acts[at - 1].said_ms > INT64_C(20) * 86400000)
            return;
        act = sim->acts[at - 1];
    }
    report(home, &act);
    (void)sim_turn(home);
}

void sim_home_acts(struct sim_home *home)
{
    act_once(home);
    (void)sim_turn(home);
}

void sim_home_reports(struct sim_home *home)
{
    report_anew(home);
    (void)sim_turn(home);
}

void sim_people_act(struct sim *sim)
{
    struct sim_home *home = sim->homes[sim_chance(sim, sim->home_count)];
    if (home->node == NULL || home->waiting_count > 0)
        return;
    uint64_t rounds = 1 + (sim_one_in(sim, 12) ? sim_chance(sim, 60) : 0);
    for (uint64_t i = 0; i < rounds && home->node != NULL && !sim_bad(sim); i++) {
        uint64_t together = 1 + sim_chance(sim, 3);
        for (uint64_t k = 0; k < together; k++)
            act_once(home);
        (void)sim_turn(home);
    }
    if (sim_one_in(sim, 6))
        sim_try_again(home); /* a double tap */
}
