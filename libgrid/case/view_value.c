/* Values as people and JSON read them. */
#include "libgrid/case/record.h"
#include "libgrid/case/typed.h"
#include "libgrid/case/view.h"
#include "proto/stamp.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHORT_TEXT_BYTES = 64 };

static void pack_name(struct buffer *out, const char *name)
{
    if (name != NULL)
        pack_text(out, name);
    else
        pack_nil(out);
}

/* "U2", "R0" */
static void pack_level(struct buffer *out, char letter, unsigned level)
{
    char text[SHORT_TEXT_BYTES];
    snprintf(text, sizeof(text), "%c%u", letter, level);
    pack_text(out, text);
}

static void pack_category(struct buffer *out, unsigned category)
{
    char text[SHORT_TEXT_BYTES];
    snprintf(text, sizeof(text), "%04u", category);
    pack_text(out, text);
}

static void pack_time(struct buffer *out, int64_t wall_ms)
{
    char text[STAMP_TEXT_BYTES];
    stamp_print(text, wall_ms);
    pack_text(out, text);
}

static void pack_hex(struct buffer *out, struct bytes bytes)
{
    char text[2 * GRID_HASH_BYTES + 1];
    if (bytes.size == 0 || bytes.size > GRID_HASH_BYTES) {
        pack_nil(out);
        return;
    }
    ident_hex(text, bytes);
    pack_text(out, text);
}

static void pack_lead(struct buffer *out, struct bytes value)
{
    struct lead_value lead = {0};
    if (!value_lead(value, &lead) || lead.lead.size == 0) {
        pack_nil(out);
        return;
    }
    struct record record = {0};
    record_str(&record, "lead", lead.lead);
    struct buffer *assists = record_member(&record, "assists");
    pack_array(assists, lead.assist_count);
    for (size_t i = 0; i < lead.assist_count; i++)
        pack_str(assists, lead.assists[i]);
    record_end(&record, out);
}

static void pack_due(struct buffer *out, struct bytes value)
{
    struct due_value due = {0};
    if (!value_due(value, &due)) {
        pack_nil(out);
        return;
    }
    struct record record = {0};
    record_time(&record, "act", due.act_ms);
    record_time(&record, "finish", due.finish_ms);
    record_uint(&record, "policy", due.policy);
    record_end(&record, out);
}

static const char *method_name(unsigned number)
{
    static const char *const names[] = {NULL, "on_spot", "explain", "mediation_people",
            "mediation_admin", "mediation_judicial", "rectify", "repair", "agency", "arbitration",
            "litigation", "judicial_confirm", "refer"};
    return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

static void pack_outcome(struct buffer *out, struct bytes value)
{
    struct outcome_value outcome = {0};
    if (!value_outcome(value, &outcome)) {
        pack_nil(out);
        return;
    }
    struct record record = {0};
    record_text(&record, "method", method_name(outcome.method));
    record_bool(&record, "success", outcome.success);
    record_str(&record, "text", outcome.text);
    record_end(&record, out);
}

static void pack_occurred(struct buffer *out, struct bytes value)
{
    struct occurred_value occurred = {0};
    if (value_occurred(value, &occurred))
        pack_time(out, occurred.ms);
    else
        pack_nil(out);
}

/* LAT,LON in decimal degrees, as --at reads it. */
static void pack_geo(struct buffer *out, struct bytes value)
{
    struct geo_value geo = {0};
    char text[SHORT_TEXT_BYTES];
    if (!value_geo(value, &geo)) {
        pack_nil(out);
        return;
    }
    snprintf(text, sizeof(text), "%s%d.%07d,%s%d.%07d", geo.latitude < 0 ? "-" : "",
            abs(geo.latitude) / 10000000, abs(geo.latitude) % 10000000,
            geo.longitude < 0 ? "-" : "", abs(geo.longitude) / 10000000,
            abs(geo.longitude) % 10000000);
    pack_text(out, text);
}

static void pack_parties(struct buffer *out, struct bytes value)
{
    struct reader reader = reader_of(value);
    size_t count = read_array(&reader);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++) {
        struct record record = {0};
        read_array(&reader);
        record_text(&record, "kind", party_kind_name((unsigned)read_uint(&reader)));
        record_str(&record, "label", read_str(&reader));
        record_end(&record, out);
    }
}

static const char *supervision_name(uint64_t number)
{
    static const char *const names[] = {"none", "yellow", "red"};
    return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

void view_value(struct buffer *out, unsigned reg, struct bytes value)
{
    unsigned number = (unsigned)value_uint(value);
    if (value.size == 0) {
        pack_nil(out);
        return;
    }
    switch ((enum grid_register)reg) {
    case GRID_REGISTER_STATE:
        pack_name(out, grid_state_name(number));
        return;
    case GRID_REGISTER_SCALE:
        pack_name(out, grid_scale_name(number));
        return;
    case GRID_REGISTER_TRACK:
        pack_name(out, grid_track_name(number));
        return;
    case GRID_REGISTER_SUPERVISION:
        pack_name(out, supervision_name(number));
        return;
    case GRID_REGISTER_CATEGORY:
        pack_category(out, number);
        return;
    case GRID_REGISTER_URGENCY:
        pack_level(out, 'U', number);
        return;
    case GRID_REGISTER_RISK:
        pack_level(out, 'R', number);
        return;
    case GRID_REGISTER_PARTY_COUNT:
    case GRID_REGISTER_AMOUNT_FEN:
    case GRID_REGISTER_IMPACT:
        pack_uint(out, value_uint(value));
        return;
    case GRID_REGISTER_HOLDER:
    case GRID_REGISTER_TITLE:
    case GRID_REGISTER_DESCRIPTION:
    case GRID_REGISTER_UNIT:
    case GRID_REGISTER_PLACE_TEXT:
        pack_str(out, value_text(value));
        return;
    case GRID_REGISTER_LEAD:
        pack_lead(out, value);
        return;
    case GRID_REGISTER_DUE:
        pack_due(out, value);
        return;
    case GRID_REGISTER_OUTCOME:
        pack_outcome(out, value);
        return;
    case GRID_REGISTER_OCCURRED_AT:
        pack_occurred(out, value);
        return;
    case GRID_REGISTER_GEO:
        pack_geo(out, value);
        return;
    case GRID_REGISTER_PARTIES:
        pack_parties(out, value);
        return;
    case GRID_REGISTER_CONTACT:
    case GRID_REGISTER_CASE_LEADER:
        pack_hex(out, value_text(value));
        return;
    case GRID_REGISTER_END:
        break;
    }
    pack_nil(out);
}

void view_void(struct buffer *out, enum grid_verdict verdict)
{
    if (verdict == GRID_VALID)
        pack_nil(out);
    else
        pack_name(out, grid_verdict_name(verdict));
}

void view_entry_name(
        struct buffer *out, const uint8_t author[static GRID_ID_BYTES], uint8_t lane, uint64_t seq)
{
    char hex[2 * GRID_ID_BYTES + 1];
    struct record record = {0};
    ident_hex(hex, bytes_of(author, GRID_ID_BYTES));
    record_text(&record, "author", hex);
    record_uint(&record, "lane", lane);
    record_uint(&record, "seq", seq);
    record_end(&record, out);
}
