/* Inside a node: its rooms, from the bottom up. Seen by the node's own files alone. */
#ifndef GRID_NODE_H
#define GRID_NODE_H

#include "libgrid/case/act.h"
#include "libgrid/case/document.h"
#include "libgrid/case/record.h"
#include "libgrid/case/view.h"
#include "libgrid/finder.h"
#include "libgrid/grid.h"
#include "libgrid/sync/sync.h"

/* By tier. */
struct watch_held {
    uint64_t seq[GRID_TIER_MAX + 1];
};

/* What is to be told to those who watch (watch.c). */
struct watch {
    struct watch_change *changes; /* GRID_CHANGES_MAX; NULL: nobody watches */
    size_t count, given;
    uint64_t left_out;
    bool connected;          /* to the parent, as told last */
    struct buffer bytes;     /* of the action handed out last */
    struct watch_held *held; /* how far receipts of each stream were told */
    size_t held_count;
};

struct grid_node {
    enum grid_node_role role;
    char unit[GRID_PLACE_BYTES];
    char name[GRID_NAME_CHARS_MAX * 4 + 1];
    char operator_key[20]; /* empty: nobody acts unnamed */
    struct store *store;
    struct log log;
    struct grid_roster *roster;
    struct book book;
    struct sync sync;
    struct finder finder;
    enum grid_storage storage;
    uint32_t code_counter; /* the last one given out */
    uint32_t code_start;   /* what it was when the node was opened */
    bool counter_changed;
    uint8_t token_key[GRID_TOKEN_KEY_BYTES]; /* of a centre (P-133) */
    bool unissued;                           /* documents are due that could not be issued */
    bool enrolment_told;
    struct watch watch;
    struct outgoing *handed_out; /* the action whose bytes the caller has */
    struct grid_error action_error;
    /* A turn that failed half way: nothing of it may be committed. */
    enum grid_status broken;
    struct grid_error fault;
};

/* find.c: the case that a person names: a code however typed, or # and the start of a case id.
 * GRID_NOT_FOUND ("case_unknown"), GRID_AMBIGUOUS ("case_ambiguous"), GRID_INVALID ("code_…"). */
enum grid_status node_find_case(struct grid_node *node, const struct grid_request *request,
        int64_t *case_no, struct fold **fold, struct grid_error *error);
/* find_near.c: what was typed is no code, *error says why. Where one case here has a code that is
 * one slip of the pen away, *error says which. */
enum grid_status node_near_code(
        struct grid_node *node, const char *typed, struct grid_error *error);
/* The same of what was typed, by number; folds that were borrowed may be gone. */
enum grid_status node_find_typed(
        struct grid_node *node, struct bytes typed, int64_t *case_no, struct grid_error *error);
/* turn.c: remembers that the turn cannot be committed; answers `status`. */
enum grid_status node_break(
        struct grid_node *node, enum grid_status status, const struct grid_error *error);
/* The action handed out last is done with. */
void node_release_action(struct grid_node *node);

/* submit.c: the acts on cases. Who acts, with the posts that may be cited, best rank first. */
enum { NODE_POSTS_MAX = 32 };
struct acting {
    struct grid_node *node;
    uint8_t person[GRID_ID_BYTES];
    unsigned role;      /* --post: 0 any */
    struct bytes place; /* --post */
    struct act_author authors[NODE_POSTS_MAX];
    size_t count;
};
/* From the fields as and post; at least one post. */
enum grid_status node_find_authors(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct acting *acting, struct grid_error *error);
/* The act under the first post that permits it; judged whole, nothing written. */
enum grid_status node_make_act(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct fold *fold, struct fold *other,
        const struct acting *acting, struct arena *arena, struct act_result *result,
        struct grid_error *error);
/* What was made becomes the next entry of our own stream. A failure breaks the turn. */
enum grid_status node_write_act(struct grid_node *node, const struct act_result *act,
        struct entry *entry, enum grid_verdict *verdict, int64_t *case_no,
        struct grid_error *error);
/* submit_joined.c: the cases of an act. */
struct act_cases {
    int64_t no; /* the one that the person named first; 0: it is to be created */
    struct fold *fold;
    int64_t other_no; /* the one that the field `with` names; 0: none */
    struct fold *other;
    bool on_other; /* the act is an entry of the other case */
    bool on_both;  /* and of both: one entry each, in one commit */
};
/* Finds them and, of a merge and its undoing, refuses what would change nothing. Folds are borrowed
 * until the next book_flush. */
enum grid_status node_find_cases(struct grid_node *node, const struct grid_request *request,
        struct act_cases *cases, struct grid_error *error);
/* hands.c: holder_name, lead_name, lead_vacant, due, usual_urgency */
void node_pack_hands(
        struct record *record, struct grid_node *node, struct grid_now now, struct fold *fold);
/* `joined`: how many cases are one with this one; 0: it stands alone. And `primary`. */
enum grid_status node_pack_joined(
        struct record *record, struct grid_node *node, int64_t case_no, struct grid_error *error);
enum grid_status node_submit_act(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);
/* office.c: what a centre's node does itself */
/* GRID_REFUSED ("only_centre") at a handheld. */
enum grid_status node_only_centre(const struct grid_node *node, struct grid_error *error);
enum grid_status node_invite(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);
enum grid_status node_import_roster(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);
/* A centre's first words: CENTRE names its unit and key. */
enum grid_status node_found_centre(
        struct grid_node *node, struct grid_now now, struct grid_error *error);

/* policy.c: the limits of this centre, from a text */
enum grid_status node_set_policy(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);

/* issue.c: the documents that a centre's node issues by itself (DOMAIN 8). Opening gives it what
 * could not be issued before. */
enum grid_status node_open_documents(struct grid_node *node, struct grid_error *error);
/* At the end of a turn: what this turn asked for; *wrote: entries that are in no bucket yet. */
enum grid_status node_issue(
        struct grid_node *node, struct grid_now now, bool *wrote, struct grid_error *error);
/* The token of a case, empty where this node does not know it. */
enum grid_status node_case_token(
        struct grid_node *node, struct fold *fold, char out[static GRID_TOKEN_CHARS + 1]);

/* revoke.c: ends what counts of a device (D16) */
enum grid_status node_revoke(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);

/* quarantine.c: what is kept here and does not count. `reason`: why; an entry without bytes: a
 * place where a log does not go on. What is handed in is borrowed for the call. */
struct quarantined {
    struct bytes reason;
    const struct entry *entry;
};
typedef enum grid_status quarantined_fn(void *context, const struct quarantined *one);
enum grid_status quarantine_each(
        struct grid_node *node, quarantined_fn *each, void *context, struct grid_error *error);
/* The case that such an entry belongs to, and the entry in it, as far as they are here. */
enum grid_status quarantine_fold(struct grid_node *node, const struct entry *entry,
        struct fold **fold, const struct fold_entry **folded, struct grid_error *error);
enum grid_status quarantine_unknown(struct bytes dot, struct grid_error *error);
/* adopt.c: takes one of them over (P-142) */
enum grid_status node_adopt(struct grid_node *node, struct grid_now now,
        const struct grid_request *request, struct buffer *reply, struct grid_error *error);

/* roster_records.c: the three CSV files of a request, a finding as a record, {kind or role: n} of
 * the latest version below `above` (all when empty), and the identifier of a kind (DOMAIN 2). */
struct grid_roster_files roster_files_of(const struct grid_request *request);
void roster_pack_finding(struct buffer *out, const struct grid_finding *finding);
void roster_pack_counts(const struct grid_roster *roster, struct bytes above, struct buffer *out);
const char *roster_kind_name(enum grid_place_kind kind);

/* watch.c: the next change that is to be told; after everything else of the turn. */
bool watch_hand_out(struct grid_node *node, struct grid_now now, struct grid_action *out);
void watch_close(struct grid_node *node);

/* What every question gets. */
struct asking {
    struct grid_node *node;
    struct grid_now now;
    const struct grid_request *request;
    grid_row_fn *row;
    void *context;
    struct buffer *end;
    struct grid_error *error;
};
/* A number from 1 to max; `otherwise` when the field is absent. */
enum grid_status ask_number(const struct asking *asking, const char *name, int64_t max,
        int64_t otherwise, int64_t *out);
/* What every view of a case is given. */
struct view_context ask_view(const struct asking *asking);
/* The unit that is asked about, by code or name; untouched when none is named. */
enum grid_status ask_unit(const struct asking *asking, struct bytes *unit);
/* ask_cases.c, ask_find.c, ask_queue.c, ask_report.c, ask_roster.c */
enum grid_status ask_cases(struct asking *asking);
enum grid_status ask_audit(struct asking *asking);
enum grid_status ask_export(struct asking *asking);
enum grid_status ask_find(struct asking *asking);
enum grid_status ask_show(struct asking *asking);
enum grid_status ask_duplicates(struct asking *asking);
enum grid_status ask_documents(struct asking *asking);
enum grid_status ask_document(struct asking *asking);
enum grid_status ask_conflicts(struct asking *asking);
enum grid_status ask_queue(struct asking *asking);
enum grid_status ask_places(struct asking *asking);
enum grid_status ask_categories(struct asking *asking);
enum grid_status ask_preview(struct asking *asking);
enum grid_status ask_status(struct asking *asking);
enum grid_status ask_quarantine(struct asking *asking);
enum grid_status ask_inbox(struct asking *asking);
enum grid_status ask_overdue(struct asking *asking);
enum grid_status ask_stats(struct asking *asking);
enum grid_status ask_policy(struct asking *asking);
enum grid_status ask_devices(struct asking *asking);
enum grid_status ask_roster_check(struct asking *asking);
enum grid_status ask_roster_tree(struct asking *asking);
enum grid_status ask_roster_show(struct asking *asking);
enum grid_status ask_roster_who(struct asking *asking);
/* joined_look.c: what the case is in its set. `all`: with the members of a primary. The folds are
 * borrowed until the next book_flush, the list lives in the arena. */
enum grid_status node_look_joined(struct grid_node *node, int64_t case_no, bool all,
        struct arena *arena, struct view_set *out, struct grid_error *error);
/* records.c: case, title, urgency of a case; nil where it is not known (NULL: no case). */
void ask_pack_case(struct record *record, struct fold *fold);
/* Seconds until the parent is called again; nil while there is nothing to wait for. */
void ask_pack_wait(
        struct record *record, const char *key, const struct grid_node *node, struct grid_now now);
/* state, next_attempt_s, reason of the link to the parent, as its member `parent`. */
void ask_pack_parent(struct record *record, const struct grid_node *node, struct grid_now now);

#endif
