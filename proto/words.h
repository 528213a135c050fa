/* The words of the field (DOMAIN 2) with their numbers on the wire (P-30…): kinds, roles,
 * registers, collections, arguments, states. Numbers are never reused. */
#ifndef GRID_PROTO_WORDS_H
#define GRID_PROTO_WORDS_H

#include "proto/api.h"
#include "proto/bytes.h"

/* X(NUMBER, NAME, identifier). Below 32: log, roster and devices; from 32: cases. */
#define GRID_KIND_MAP(X)                      \
    X(1, INCARNATE, "incarnate")              \
    X(2, CENTRE, "centre")                    \
    X(3, DEVICE, "device")                    \
    X(4, ROWS, "rows")                        \
    X(5, ROSTER, "roster")                    \
    X(6, CUT, "cut")                          \
    X(7, FORK, "fork")                        \
    X(8, ADOPT, "adopt")                      \
    X(9, POLICY, "policy")                    \
    X(32, CREATE, "create")                   \
    X(33, CREATE_RESOLVED, "create_resolved") \
    X(34, AMEND, "amend")                     \
    X(35, TAG, "tag")                         \
    X(36, NOTE, "note")                       \
    X(37, ATTACH, "attach")                   \
    X(38, SECOND, "second")                   \
    X(39, DISCUSS, "discuss")                 \
    X(40, ACCEPT, "accept")                   \
    X(41, DECLINE, "decline")                 \
    X(42, ASSIGN, "assign")                   \
    X(43, TAKE, "take")                       \
    X(44, RETURN, "return")                   \
    X(45, ESCALATE, "escalate")               \
    X(46, ASK, "ask")                         \
    X(47, HOLD, "hold")                       \
    X(48, RESUME, "resume")                   \
    X(49, EXTEND, "extend")                   \
    X(50, RESOLVE, "resolve")                 \
    X(51, FOLLOW_UP, "follow_up")             \
    X(52, FEEDBACK, "feedback")               \
    X(53, CLOSE, "close")                     \
    X(54, REOPEN, "reopen")                   \
    X(55, REVIEW, "review")                   \
    X(56, URGE, "urge")                       \
    X(57, SUPERVISE, "supervise")             \
    X(58, LEAD_CASE, "lead_case")             \
    X(59, WARN, "warn")                       \
    X(60, REPLY, "reply")                     \
    X(61, MERGE, "merge")                     \
    X(62, UNMERGE, "unmerge")                 \
    X(63, WITHDRAW, "withdraw")               \
    X(64, RULING, "ruling")                   \
    X(65, DOCUMENT, "document")               \
    X(66, RECODE, "recode")                   \
    X(67, ERASE, "erase")

/* X(NUMBER, NAME, identifier, letter of the tables in DOMAIN 7). The rank is grid_role_rank. */
#define GRID_ROLE_MAP(X)                              \
    X(1, HEAD, "head", 'H')                           \
    X(2, GROUP_LEADER, "group_leader", 'G')           \
    X(3, GRID_WORKER, "grid_worker", 'W')             \
    X(4, GRID_CHIEF, "grid_chief", 'C')               \
    X(5, VILLAGE_SECRETARY, "village_secretary", 'S') \
    X(6, OFFICER, "officer", 'O')                     \
    X(7, MEDIATOR, "mediator", 'M')                   \
    X(8, CLERK, "clerk", 'K')                         \
    X(9, DIRECTOR, "director", 'D')                   \
    X(10, LEADER, "leader", 'L')                      \
    X(11, ADMIN, "admin", 'A')                        \
    X(12, NODE, "node", 'N')

/* Registers of a case. X(NUMBER, NAME, identifier) */
#define GRID_REGISTER_MAP(X)          \
    X(1, STATE, "state")              \
    X(2, HOLDER, "holder")            \
    X(3, LEAD, "lead")                \
    X(4, DUE, "due")                  \
    X(5, OUTCOME, "outcome")          \
    X(6, CATEGORY, "category")        \
    X(7, TITLE, "title")              \
    X(8, DESCRIPTION, "description")  \
    X(9, OCCURRED_AT, "occurred_at")  \
    X(10, UNIT, "unit")               \
    X(11, PLACE_TEXT, "place_text")   \
    X(12, GEO, "geo")                 \
    X(13, URGENCY, "urgency")         \
    X(14, SCALE, "scale")             \
    X(15, PARTY_COUNT, "party_count") \
    X(16, AMOUNT_FEN, "amount_fen")   \
    X(17, IMPACT, "impact")           \
    X(18, RISK, "risk")               \
    X(19, TRACK, "track")             \
    X(20, PARTIES, "parties")         \
    X(21, CONTACT, "contact")         \
    X(22, CASE_LEADER, "case_leader") \
    X(23, SUPERVISION, "supervision")

#define GRID_COLLECTION_MAP(X)            \
    X(1, TAGS, "tags")                    \
    X(2, LINKS, "links")                  \
    X(3, NOTES, "notes")                  \
    X(4, ATTACHMENTS, "attachments")      \
    X(5, SECONDS, "seconds")              \
    X(6, DISCUSSIONS, "discussions")      \
    X(7, FOLLOW_UPS, "follow_ups")        \
    X(8, DOCUMENTS, "documents")          \
    X(9, REPLIES, "replies")              \
    X(10, EXTERNAL_REFS, "external_refs") \
    X(11, CODES, "codes")

/* Arguments of an act: fixed by its entry, written nowhere else. */
#define GRID_ARGUMENT_MAP(X)                                                                \
    X(1, CODE, "code")           /* str: the 22 digits of a created case */                 \
    X(2, SOURCE, "source")       /* uint: GRID_SOURCE_MAP */                                \
    X(3, APPLICANT, "applicant") /* bool */                                                 \
    X(4, REASON, "reason")       /* str: words, or the identifier that the kind asks for */ \
    X(5, REACHED, "reached")     /* bool */                                                 \
    X(6, SATISFIED, "satisfied") /* uint 1–5 */                                           \
    X(7, WITH, "with")           /* bin 16: the other case of a merge */                    \
    X(8, TEXT, "text")           /* str */                                                  \
    X(9, UNTIL, "until")         /* uint: UTC ms */                                         \
    X(10, RISK, "risk")          /* uint 1–3: what a warning is about */

#define GRID_STATE_MAP(X)            \
    X(1, REPORTED, "reported")       \
    X(2, ACCEPTED, "accepted")       \
    X(3, ASSIGNED, "assigned")       \
    X(4, IN_PROGRESS, "in_progress") \
    X(5, ON_HOLD, "on_hold")         \
    X(6, RESOLVED, "resolved")       \
    X(7, DECLINED, "declined")       \
    X(8, MERGED, "merged")           \
    X(9, WITHDRAWN, "withdrawn")     \
    X(10, CLOSED, "closed")

#define GRID_SOURCE_MAP(X)               \
    X(1, PATROL, "patrol")               \
    X(2, HEAD, "head")                   \
    X(3, VISIT, "visit")                 \
    X(4, HOTLINE, "hotline")             \
    X(5, PETITION, "petition")           \
    X(6, QR, "qr")                       \
    X(7, TALK_ROOM, "talk_room")         \
    X(8, PARTY_MEETING, "party_meeting") \
    X(9, TRANSFER, "transfer")           \
    X(10, SUPERIOR, "superior")          \
    X(11, VOLUNTEER, "volunteer")

#define GRID_SCALE_MAP(X)            \
    X(1, INDIVIDUAL, "individual")   \
    X(2, SMALL_GROUP, "small_group") \
    X(3, GROUP, "group")             \
    X(4, MASS, "mass")

#define GRID_TRACK_MAP(X)                  \
    X(1, CIVIL, "civil")                   \
    X(2, ADMINISTRATIVE, "administrative") \
    X(3, PETITION, "petition")             \
    X(4, SAFETY, "safety")                 \
    X(5, SERVICE, "service")

/* Ways to an outcome (DOMAIN 7) */
#define GRID_METHOD_MAP(X)                         \
    X(1, ON_SPOT, "on_spot")                       \
    X(2, EXPLAIN, "explain")                       \
    X(3, MEDIATION_PEOPLE, "mediation_people")     \
    X(4, MEDIATION_ADMIN, "mediation_admin")       \
    X(5, MEDIATION_JUDICIAL, "mediation_judicial") \
    X(6, RECTIFY, "rectify")                       \
    X(7, REPAIR, "repair")                         \
    X(8, AGENCY, "agency")                         \
    X(9, ARBITRATION, "arbitration")               \
    X(10, LITIGATION, "litigation")                \
    X(11, JUDICIAL_CONFIRM, "judicial_confirm")    \
    X(12, REFER, "refer")

/* Who the parties of a matter are: kinds, never names (DOMAIN 4) */
#define GRID_PARTY_MAP(X)          \
    X(1, VILLAGER, "villager")     \
    X(2, RESIDENT, "resident")     \
    X(3, ENTERPRISE, "enterprise") \
    X(4, MINE, "mine")             \
    X(5, VILLAGE, "village")       \
    X(6, DEPARTMENT, "department") \
    X(7, UNKNOWN, "unknown")

#define GRID_SUPERVISION_MAP(X) \
    X(0, NONE, "none")          \
    X(1, YELLOW, "yellow")      \
    X(2, RED, "red")

/* What becomes of an entry in the fold (DOMAIN 7). The order of the reasons is the order in which
 * they are looked for: the first that fits stands. */
#define GRID_VERDICT_MAP(X)             \
    X(0, PENDING, "pending")            \
    X(1, VALID, "valid")                \
    X(2, OPAQUE, "opaque")              \
    X(3, VOID_AUTHOR, "author")         \
    X(4, VOID_ROLE, "role")             \
    X(5, VOID_SCOPE, "scope")           \
    X(6, VOID_TRANSITION, "transition") \
    X(7, VOID_REQUIREMENT, "requirement")

#define X(number, name, text) GRID_KIND_##name = number,
enum grid_kind { GRID_KIND_MAP(X) GRID_KIND_NONE = 0 };
#undef X
#define X(number, name, text, letter) GRID_ROLE_##name = number,
enum grid_role { GRID_ROLE_MAP(X) GRID_ROLE_NONE = 0 };
#undef X
#define X(number, name, text) GRID_REGISTER_##name = number,
enum grid_register { GRID_REGISTER_MAP(X) GRID_REGISTER_END };
#undef X
#define X(number, name, text) GRID_COLLECTION_##name = number,
enum grid_collection { GRID_COLLECTION_MAP(X) GRID_COLLECTION_END };
#undef X
#define X(number, name, text) GRID_ARGUMENT_##name = number,
enum grid_argument { GRID_ARGUMENT_MAP(X) GRID_ARGUMENT_END };
#undef X
#define X(number, name, text) GRID_STATE_##name = number,
enum grid_state { GRID_STATE_MAP(X) GRID_STATE_NONE = 0 };
#undef X
#define X(number, name, text) GRID_SOURCE_##name = number,
enum grid_source { GRID_SOURCE_MAP(X) GRID_SOURCE_NONE = 0 };
#undef X
#define X(number, name, text) GRID_SCALE_##name = number,
enum grid_scale { GRID_SCALE_MAP(X) GRID_SCALE_NONE = 0 };
#undef X
#define X(number, name, text) GRID_TRACK_##name = number,
enum grid_track { GRID_TRACK_MAP(X) GRID_TRACK_NONE = 0 };
#undef X
#define X(number, name, text) GRID_METHOD_##name = number,
enum grid_method { GRID_METHOD_MAP(X) GRID_METHOD_END };
#undef X
#define X(number, name, text) GRID_PARTY_##name = number,
enum grid_party { GRID_PARTY_MAP(X) GRID_PARTY_END };
#undef X
#define X(number, name, text) GRID_SUPERVISION_##name = number,
enum grid_supervision { GRID_SUPERVISION_MAP(X) GRID_SUPERVISION_END };
#undef X
#define X(number, name, text) GRID_##name = number,
enum grid_verdict { GRID_VERDICT_MAP(X) };
#undef X

enum grid_lane { GRID_LANE_URGENT = 0, GRID_LANE_WORK = 1, GRID_LANE_COUNT = 2 };

enum { GRID_CATEGORY_UNCLASSIFIED = 9999 };

/* The identifier of a number, static; NULL for a number that this program does not know. */
GRID_API const char *grid_kind_name(unsigned number);
GRID_API const char *grid_role_name(unsigned number);
GRID_API const char *grid_register_name(unsigned number);
GRID_API const char *grid_collection_name(unsigned number);
GRID_API const char *grid_argument_name(unsigned number);
GRID_API const char *grid_state_name(unsigned number);
GRID_API const char *grid_source_name(unsigned number);
GRID_API const char *grid_scale_name(unsigned number);
GRID_API const char *grid_track_name(unsigned number);
GRID_API const char *grid_method_name(unsigned number);
GRID_API const char *grid_party_name(unsigned number);
GRID_API const char *grid_supervision_name(unsigned number);
GRID_API const char *grid_verdict_name(unsigned number);

/* The number of an identifier; 0 when there is none. */
GRID_API unsigned grid_kind_number(struct bytes name);
GRID_API unsigned grid_role_number(struct bytes name);
GRID_API unsigned grid_register_number(struct bytes name);
GRID_API unsigned grid_state_number(struct bytes name);
GRID_API unsigned grid_source_number(struct bytes name);
GRID_API unsigned grid_scale_number(struct bytes name);
GRID_API unsigned grid_track_number(struct bytes name);
GRID_API unsigned grid_method_number(struct bytes name);
GRID_API unsigned grid_party_number(struct bytes name);

/* The letter of DOMAIN 7's tables ('H', 'W', …), 0 for an unknown number. */
GRID_API char grid_role_letter(unsigned number);
/* The rank of DOMAIN 3: by role, and for clerk, director and leader by the level of their place. */
GRID_API unsigned grid_role_rank(unsigned role, struct bytes place);

#endif
