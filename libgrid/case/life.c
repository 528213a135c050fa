#include "libgrid/case/life.h"

/* One letter a role, as DOMAIN 7 writes them; K there means clerk or director. */
enum {
    H = 1 << GRID_ROLE_HEAD,
    G = 1 << GRID_ROLE_GROUP_LEADER,
    W = 1 << GRID_ROLE_GRID_WORKER,
    C = 1 << GRID_ROLE_GRID_CHIEF,
    S = 1 << GRID_ROLE_VILLAGE_SECRETARY,
    O = 1 << GRID_ROLE_OFFICER,
    K = 1 << GRID_ROLE_CLERK | 1 << GRID_ROLE_DIRECTOR,
    D = 1 << GRID_ROLE_DIRECTOR,
    N = 1 << GRID_ROLE_NODE,
    ANY = LIFE_WAY_ANY,
    AUTHOR = LIFE_WAY_AUTHOR,
    LEAD = LIFE_WAY_LEAD,
    NAMED = LIFE_WAY_NAMED,
    ADDRESSEE = LIFE_WAY_ADDRESSEE,
};

#define REG(name) (1u << GRID_REGISTER_##name)
#define COL(name) (1u << GRID_COLLECTION_##name)
#define ARG(name) (1u << GRID_ARGUMENT_##name)
/* The states by their numbers: 1 reported … 6 resolved are open, 7 declined, 9 withdrawn, 10
 * closed; 8 merged is a view. */
#define S1(a) (1u << (a))
#define S2(a, b) (S1(a) | S1(b))
#define S3(a, b, c) (S1(a) | S2(b, c))
#define S4(a, b, c, d) (S1(a) | S3(b, c, d))
#define FROM_OPEN (S4(1, 2, 3, 4) | S2(5, 6))
#define FROM_ANY (FROM_OPEN | S4(7, 8, 9, 10))

#define CREATE_MUST                                                                               \
    (REG(HOLDER) | REG(CATEGORY) | REG(TITLE) | REG(DESCRIPTION) | REG(OCCURRED_AT) | REG(UNIT) | \
            REG(URGENCY))
#define CREATE_MAY                                                                                \
    (REG(PLACE_TEXT) | REG(GEO) | REG(SCALE) | REG(PARTY_COUNT) | REG(AMOUNT_FEN) | REG(IMPACT) | \
            REG(RISK) | REG(TRACK) | REG(PARTIES) | REG(CONTACT))
#define AMEND_MAY ((CREATE_MUST & ~REG(HOLDER)) | CREATE_MAY)
#define CREATE_ADDS (COL(TAGS) | COL(ATTACHMENTS) | COL(EXTERNAL_REFS))
#define CREATE_ARGS (ARG(CODE) | ARG(SOURCE))

static const char *const return_reasons[] = {
        "not_our_duty", "address_unclear", "wrong_category", NULL};
static const char *const ask_reasons[] = {"hold", "extend", NULL};
static const char *const close_reasons[] = {"normal", "overdue", "special", "self_checked", NULL};

/* clang-format off */
static const struct life_kind kinds[] = {
    [GRID_KIND_CREATE] = {.create = true, .to = 1, .who = H|W|C|G|S|K|O|N,
        .must = CREATE_MUST, .may = CREATE_MAY, .adds = CREATE_ADDS, .args = CREATE_ARGS},
    [GRID_KIND_CREATE_RESOLVED] = {.create = true, .to = 6, .who = H|W|C,
        .must = CREATE_MUST | REG(OUTCOME), .may = CREATE_MAY, .adds = CREATE_ADDS, .args = CREATE_ARGS},
    [GRID_KIND_AMEND] = {.from = FROM_OPEN, .who = AUTHOR|S|K|LEAD, .may = AMEND_MAY, .adds = COL(EXTERNAL_REFS)},

    [GRID_KIND_TAG] = {.reach = true, .from = FROM_ANY, .who = ANY, .adds = COL(TAGS), .takes = COL(TAGS)},
    [GRID_KIND_NOTE] = {.reach = true, .from = FROM_ANY, .who = ANY, .adds = COL(NOTES)},
    [GRID_KIND_ATTACH] = {.reach = true, .from = FROM_ANY, .who = ANY, .adds = COL(ATTACHMENTS)},
    [GRID_KIND_SECOND] = {.reach = true, .from = FROM_ANY, .who = ANY, .adds = COL(SECONDS)},
    [GRID_KIND_DISCUSS] = {.reach = true, .from = FROM_ANY, .who = G|S|K, .may = REG(RISK), .adds = COL(DISCUSSIONS)},

    [GRID_KIND_ACCEPT] = {.deciding = true, .from = S1(1), .to = 2, .who = S|K|C,
        .must = REG(HOLDER) | REG(DUE), .may = REG(CATEGORY)},
    [GRID_KIND_DECLINE] = {.deciding = true, .from = S1(1), .to = 7, .who = K, .must = REG(OUTCOME)},
    [GRID_KIND_ASSIGN] = {.deciding = true, .from = S4(2, 3, 4, 6), .to = 3, .who = S|K,
        .must = REG(LEAD), .may = REG(DUE)},
    [GRID_KIND_TAKE] = {.from = S1(3), .to = 4, .who = LEAD},
    [GRID_KIND_RETURN] = {.from = S2(3, 4), .to = 2, .who = LEAD, .must = REG(LEAD),
        .args = ARG(REASON), .reasons = return_reasons},
    [GRID_KIND_ESCALATE] = {.deciding = true, .from = S4(1, 2, 3, 4), .to = 1, .who = W|C|S|K, .must = REG(HOLDER)},
    [GRID_KIND_ASK] = {.from = S1(4), .who = LEAD, .adds = COL(NOTES),
        .args = ARG(REASON) | ARG(UNTIL), .reasons = ask_reasons},
    [GRID_KIND_HOLD] = {.deciding = true, .from = S1(4), .to = 5, .who = K},
    [GRID_KIND_RESUME] = {.from = S1(5), .to = 4, .who = K|LEAD, .may = REG(DUE)},
    [GRID_KIND_EXTEND] = {.deciding = true, .from = S3(2, 3, 4), .who = K, .must = REG(DUE)},
    [GRID_KIND_RESOLVE] = {.deciding = true, .from = S1(4), .to = 6, .who = LEAD,
        .must = REG(OUTCOME), .adds = COL(ATTACHMENTS)},
    [GRID_KIND_FOLLOW_UP] = {.reach = true, .from = S1(6), .who = W|C|S|K, .adds = COL(FOLLOW_UPS), .args = ARG(REACHED)},
    [GRID_KIND_FEEDBACK] = {.reach = true, .from = S1(6), .who = S|K},
    [GRID_KIND_CLOSE] = {.deciding = true, .from = S1(6), .to = 10, .who = S|K|C,
        .args = ARG(REASON), .reasons = close_reasons},
    [GRID_KIND_REOPEN] = {.deciding = true, .from = S3(6, 7, 10), .to = 2, .who = K|S, .must = REG(DUE)},
    [GRID_KIND_REVIEW] = {.deciding = true, .from = FROM_ANY, .who = S|K},

    [GRID_KIND_URGE] = {.from = FROM_OPEN, .who = K|NAMED},
    [GRID_KIND_SUPERVISE] = {.from = FROM_OPEN, .who = K|NAMED, .must = REG(SUPERVISION)},
    [GRID_KIND_LEAD_CASE] = {.from = FROM_OPEN, .who = D, .must = REG(CASE_LEADER)},
    [GRID_KIND_WARN] = {.from = FROM_ANY, .who = K},
    [GRID_KIND_REPLY] = {.from = FROM_ANY, .who = ADDRESSEE, .adds = COL(REPLIES)},

    [GRID_KIND_MERGE] = {.deciding = true, .from = FROM_OPEN, .who = K|S,
        .adds = COL(LINKS), .args = ARG(WITH)},
    [GRID_KIND_UNMERGE] = {.deciding = true, .from = FROM_ANY, .who = K|S, .takes = COL(LINKS)},
    [GRID_KIND_WITHDRAW] = {.deciding = true, .from = S1(1), .to = 9, .who = AUTHOR},
    /* which registers: whatever it names a valid write of */
    [GRID_KIND_RULING] = {.deciding = true, .from = FROM_ANY, .who = K|S, .args = ARG(REASON)},

    [GRID_KIND_DOCUMENT] = {.from = FROM_ANY, .who = N, .adds = COL(DOCUMENTS)},
    [GRID_KIND_RECODE] = {.from = FROM_ANY, .who = K, .adds = COL(CODES)},
    [GRID_KIND_ERASE] = {.from = FROM_ANY, .who = K},
};
/* clang-format on */

const struct life_kind *life_kind(uint32_t kind)
{
    if (kind < GRID_KIND_CREATE || kind >= sizeof(kinds) / sizeof(kinds[0]))
        return NULL;
    return &kinds[kind];
}

const char *life_severity(unsigned reg)
{
    uint32_t bit = 1u << reg;
    if (bit & (REG(STATE) | REG(LEAD)))
        return "high";
    if (bit & (REG(CATEGORY) | REG(UNIT) | REG(DUE) | REG(OUTCOME) | REG(URGENCY) | REG(HOLDER)))
        return "medium";
    return "low";
}

bool life_is_evidence(uint32_t kind)
{
    return kind == GRID_KIND_NOTE || kind == GRID_KIND_ATTACH || kind == GRID_KIND_SECOND ||
           kind == GRID_KIND_DISCUSS || kind == GRID_KIND_TAG || kind == GRID_KIND_AMEND ||
           kind == GRID_KIND_FOLLOW_UP;
}

bool life_is_decision(uint32_t kind)
{
    return kind == GRID_KIND_ASSIGN || kind == GRID_KIND_ESCALATE || kind == GRID_KIND_RESOLVE ||
           kind == GRID_KIND_CLOSE || kind == GRID_KIND_DECLINE || kind == GRID_KIND_WITHDRAW ||
           kind == GRID_KIND_RULING;
}

bool life_is_resolve(uint32_t kind)
{
    return kind == GRID_KIND_RESOLVE || kind == GRID_KIND_CREATE_RESOLVED;
}

bool life_never_self_resolved(uint64_t category)
{
    return category == 204 || category == 206 || category == 207 || category == 213;
}
