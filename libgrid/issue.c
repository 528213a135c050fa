/* The documents that a centre's node issues by itself (DOMAIN 8), in the turn in which the act that
 * asks for one came or was made: they are due as long as the case does not have them, so whatever
 * comes twice, late or after a restart asks for nothing twice (I16). */
#include "libgrid/node.h"

#include <assert.h>
#include <string.h>

/* --- tokens --- */

/* P-133: drawn from the identity that founded the centre, and kept in the database: so an older
 * database gives the same tokens, and a backup those of a home that was lost. */
static enum grid_status open_token_key(struct grid_node *node, struct grid_error *error)
{
    static const char name[] = "token_key";
    bool found = false;
    enum grid_status status = store_meta_get(
            node->store, name, node->token_key, sizeof(node->token_key), &found, error);
    if (status != GRID_OK || found)
        return status;
    status = token_key_make(node->token_key, node->log.keyring.identity_seed);
    if (status != GRID_OK)
        return grid_fail(error, status, "out_of_memory", "%s", "");
    return store_meta_put(node->store, name, node->token_key, sizeof(node->token_key), error);
}

enum grid_status node_case_token(
        struct grid_node *node, struct fold *fold, char out[static GRID_TOKEN_CHARS + 1])
{
    const struct fold_entry *create = fold_create(fold);
    struct case_documents documents = {0};
    struct document_value value;
    char township[GRID_TOWNSHIP_BYTES];
    struct case_code code = {0};
    out[0] = '\0';
    if (node->role != GRID_NODE_CENTRE || create == NULL || create->verdict == GRID_OPAQUE)
        return GRID_OK;
    enum grid_status status = documents_of(fold, &documents);
    for (size_t i = 0; i < documents.count && status == GRID_OK; i++)
        if (value_document(documents.items[i].value, &value) && value.token.size > 0) {
            memcpy(out, value.token.data, GRID_TOKEN_CHARS); /* what was handed out counts */
            out[GRID_TOKEN_CHARS] = '\0';
            return GRID_OK;
        }
    struct bytes digits = value_text(create->body.args[GRID_ARGUMENT_CODE]);
    if (status != GRID_OK || digits.size != GRID_CODE_DIGITS ||
            !code_township(township, bytes_text(node->unit)) ||
            memcmp(township, digits.data, GRID_TOWNSHIP_BYTES - 1) != 0)
        return status;
    memcpy(code.digits, digits.data, digits.size);
    return token_make(out, node->token_key, &code);
}

/* --- who we are --- */

static bool is_author_of_office(const struct grid_node *node, const struct stream *stream)
{
    struct roster_author who;
    return roster_author_find(node->roster, stream->row.author, &who) && who.is_centre &&
           bytes_equal(who.unit, bytes_text(node->unit));
}

/* Authors that this office is known to have had: our key file knows those of this machine, the
 * database those of machines before it. */
static unsigned count_incarnations(const struct grid_node *node)
{
    const struct log *log = &node->log;
    unsigned known = 0;
    for (size_t i = 0; i < log->stream_count; i++) {
        const struct stream *stream = log->streams[i];
        bool counted = stream->row.lane != GRID_LANE_WORK &&
                       log_stream(log, stream->row.author, GRID_LANE_WORK) != NULL;
        known += !counted && is_author_of_office(node, stream);
    }
    return known > log->keyring.author_count ? known : log->keyring.author_count;
}

/* Since when our present author writes here; the largest stamp while it has written nothing. */
static enum grid_status find_incarnated(
        struct grid_node *node, uint64_t *out, struct grid_error *error)
{
    struct stream *stream = node->log.own[GRID_LANE_WORK];
    struct entry entry;
    struct store_entry stored;
    bool found = false;
    struct entry_header header;
    *out = UINT64_MAX;
    if (stream == NULL)
        return GRID_OK;
    enum grid_status status =
            log_entry(&node->log, STORE_PLACE(stream->row.no, 1), &entry, &stored, &found, error);
    if (status != GRID_OK || !found)
        return status;
    struct arena arena;
    arena_init(&arena, 0);
    status = entry_read_header(&entry, &arena, &header, error);
    if (status == GRID_OK)
        *out = header.hlc;
    arena_close(&arena);
    return status;
}

/* --- issuing --- */

struct issuing {
    struct grid_node *node;
    struct grid_now now;
    struct fold_world world;
    struct document_office office;
    bool known; /* incarnation and incarnated are filled in */
    bool wrote;
    struct grid_error *error;
};

static enum grid_status know_ourselves(struct issuing *issuing)
{
    if (issuing->known)
        return GRID_OK;
    issuing->known = true;
    issuing->office.incarnation = count_incarnations(issuing->node);
    return find_incarnated(issuing->node, &issuing->office.incarnated, issuing->error);
}

/* What can be mended by what comes later, and must not stop anybody else's turn. */
static bool may_wait(enum grid_status status)
{
    return status != GRID_OK && status != GRID_NOMEM && status != GRID_STORAGE;
}

static enum grid_status issue(
        struct issuing *issuing, struct fold *fold, const struct document_want *want)
{
    struct grid_node *node = issuing->node;
    struct arena arena;
    struct act_result act = {0};
    struct entry entry;
    enum grid_verdict verdict = GRID_PENDING;
    int64_t case_no = 0;
    arena_init(&arena, 0);
    enum grid_status status = know_ourselves(issuing);
    if (status == GRID_OK)
        status = document_make(&issuing->office, fold, want,
                log_stamp(&node->log, issuing->now.wall_ms), &arena, &act, issuing->error);
    if (status == GRID_OK) {
        status = node_write_act(node, &act, &entry, &verdict, &case_no, issuing->error);
        issuing->wrote = true;
    }
    arena_close(&arena);
    return status;
}

/* One document after the other, each seeing those before it; *left: some could not be made. */
static enum grid_status issue_all(struct issuing *issuing, int64_t no, bool *left)
{
    struct grid_node *node = issuing->node;
    size_t index = 0;
    *left = false;
    for (;;) {
        struct fold *fold = NULL;
        struct case_documents documents = {0};
        struct document_want want;
        bool found = false;
        enum grid_status status = book_fold(&node->book, no, &fold, issuing->error);
        if (status != GRID_OK || fold == NULL)
            return status;
        status = documents_of(fold, &documents);
        if (status == GRID_OK)
            status = document_want_next(&documents, node->roster, &index, &want, &found);
        if (status != GRID_OK)
            return grid_fail(issuing->error, status, "out_of_memory", "%s", "");
        if (!found)
            return GRID_OK;
        if (strcmp(want.office, node->unit) != 0)
            continue;
        status = issue(issuing, fold, &want);
        if (may_wait(status))
            *left = true;
        else if (status != GRID_OK)
            return status;
    }
}

static enum grid_status issue_case(struct issuing *issuing, int64_t no)
{
    struct grid_node *node = issuing->node;
    bool left = false;
    enum grid_status status = issue_all(issuing, no, &left);
    if (status != GRID_OK)
        return status;
    if (left) {
        node->unissued = true;
        return store_unissued_put(node->store, no, issuing->error);
    }
    return node->unissued ? store_unissued_drop(node->store, no, issuing->error) : GRID_OK;
}

enum grid_status node_issue(
        struct grid_node *node, struct grid_now now, bool *wrote, struct grid_error *error)
{
    struct book *book = &node->book;
    struct issuing issuing = {.node = node, .now = now, .world = book_world(book), .error = error};
    *wrote = false;
    if (book->asked.failed)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (book->asked.size == 0 || node->role != GRID_NODE_CENTRE)
        return GRID_OK;
    issuing.office = (struct document_office){.world = &issuing.world,
            .rv = roster_rv(node->roster),
            .policy = policies_for(&book->policies, bytes_text(node->unit)),
            .unit = bytes_text(node->unit),
            .name = bytes_text(node->name),
            .author = node->log.author,
            .secret = node->token_key};
    struct buffer asked = book->asked; /* it grows while we write */
    book->asked = (struct buffer){0};
    enum grid_status status = GRID_OK;
    int64_t before = 0;
    for (size_t at = 0; at < asked.size && status == GRID_OK; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, asked.data + at, sizeof(no));
        if (no != before)
            status = issue_case(&issuing, no);
        before = no;
    }
    buffer_close(&asked);
    *wrote = issuing.wrote;
    return status;
}

/* --- opening --- */

static enum grid_status ask_again(void *context, int64_t no)
{
    struct grid_node *node = context;
    node->unissued = true;
    buffer_append(&node->book.asked, &no, sizeof(no));
    return GRID_OK;
}

enum grid_status node_open_documents(struct grid_node *node, struct grid_error *error)
{
    enum grid_status status = open_token_key(node, error);
    if (status == GRID_OK)
        status = store_unissued_list(node->store, ask_again, node, error);
    return status;
}
