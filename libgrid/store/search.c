#include "libgrid/store/search.h"

#include "libgrid/store/query.h"
#include "proto/heap.h"

#include <stdio.h>
#include <string.h>

/* Another number whenever tokens, parts or tables change: older files are made anew. */
enum { SEARCH_FORM = 1, SEARCH_MERGE_PAGES = 64, SEARCH_FILE_ID = 0x67726964 };

/* clang-format off */
#define SEARCH_SQL_MAP(X) \
    X(BEGIN, "BEGIN IMMEDIATE") \
    X(COMMIT, "COMMIT") \
    X(STAMP, "SELECT stamp FROM doc WHERE no = ?1") \
    X(STAMPS, "SELECT no, stamp FROM doc WHERE no > ?1 ORDER BY no LIMIT ?2") \
    X(DOC_PUT, "INSERT OR REPLACE INTO doc (no, stamp) VALUES (?1, ?2)") \
    X(DOC_DROP, "DELETE FROM doc WHERE no = ?1") \
    X(WORDS_PUT, "INSERT INTO words (rowid, head, body, rest) VALUES (?1, ?2, ?3, ?4)") \
    X(WORDS_DROP, "DELETE FROM words WHERE rowid = ?1") \
    X(WORDS_FIND, "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3") \
    X(WORDS_MERGE, "INSERT INTO words (words, rank) VALUES ('merge', ?1)")
/* clang-format on */

enum search_sql {
#define X(name, text) SEARCH_##name,
    SEARCH_SQL_MAP(X)
#undef X
            SEARCH_SQL_COUNT
};
static const char *const texts[SEARCH_SQL_COUNT] = {
#define X(name, text) [SEARCH_##name] = text,
        SEARCH_SQL_MAP(X)
#undef X
};

struct search {
    sqlite3 *db;
    sqlite3_stmt *statements[SEARCH_SQL_COUNT];
    bool tidying; /* a merge of everything has begun */
};

static enum grid_status fail(const struct search *search, struct grid_error *error)
{
    int code = sqlite3_extended_errcode(search->db);
    if ((code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM)
        return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    const char *reason = (code & 0xff) == SQLITE_FULL ? "disk_full" : "search_file";
    return grid_fail(error, GRID_STORAGE, reason, "%s (%d)", sqlite3_errmsg(search->db), code);
}

/* --- the tokenizer, as FTS5 calls it --- */

static int tokenizer_create(
        void *context, const char **arguments, int count, Fts5Tokenizer **tokenizer)
{
    (void)arguments;
    (void)count;
    *tokenizer = context; /* it has no state: anything but NULL */
    return SQLITE_OK;
}

static void tokenizer_delete(Fts5Tokenizer *tokenizer)
{
    (void)tokenizer;
}

static int tokenizer_tokenize(Fts5Tokenizer *tokenizer, void *context, int flags, const char *text,
        int size, int (*each)(void *, int, const char *, int, int, int))
{
    struct token_reader reader = {.source = bytes_of(text, (size_t)size)};
    struct token token;
    int code = SQLITE_OK;
    (void)tokenizer;
    (void)flags;
    while (code == SQLITE_OK && token_next(&reader, &token))
        code = each(context, 0, (const char *)token.text.data, (int)token.text.size,
                (int)token.from, (int)token.to);
    return code;
}

static enum grid_status register_tokenizer(struct search *search, struct grid_error *error)
{
    static fts5_tokenizer tokenizer = {
            .xCreate = tokenizer_create,
            .xDelete = tokenizer_delete,
            .xTokenize = tokenizer_tokenize,
    };
    fts5_api *api = NULL;
    sqlite3_stmt *statement = NULL;
    /* An SQLite that was built without FTS5 has no such function. */
    int code = sqlite3_prepare_v2(search->db, "SELECT fts5(?1)", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_pointer(statement, 1, (void *)&api, "fts5_api_ptr", NULL);
    if (code == SQLITE_OK)
        (void)sqlite3_step(statement);
    sqlite3_finalize(statement);
    if (code != SQLITE_OK)
        return fail(search, error);
    if (api == NULL || api->iVersion < 2 ||
            api->xCreateTokenizer(api, "grid", search, &tokenizer, NULL) != SQLITE_OK)
        return grid_fail(error, GRID_STORAGE, "search_file", "%s", "fts5");
    return GRID_OK;
}

/* --- life --- */

static enum grid_status run_text(struct search *search, const char *sql, struct grid_error *error)
{
    return sqlite3_exec(search->db, sql, NULL, NULL, NULL) == SQLITE_OK ? GRID_OK
                                                                        : fail(search, error);
}

/* The number that a PRAGMA answers. */
static enum grid_status pragma(
        struct search *search, const char *sql, int *out, struct grid_error *error)
{
    sqlite3_stmt *statement = NULL;
    enum grid_status status = GRID_OK;
    if (sqlite3_prepare_v2(search->db, sql, -1, &statement, NULL) != SQLITE_OK ||
            sqlite3_step(statement) != SQLITE_ROW)
        status = fail(search, error);
    else
        *out = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* NORMAL: a commit of the index waits for no disk; after a power cut it is whole and a little
 * older, and the stamps say so. What was erased is overwritten (secure_delete). */
static enum grid_status configure(struct search *search, struct grid_error *error)
{
    sqlite3_db_config(search->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(search->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(search->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_extended_result_codes(search->db, 1);
    return run_text(search,
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
            " PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 0; PRAGMA cache_size = -2048;"
            " PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;"
            " PRAGMA journal_size_limit = 1048576",
            error);
}

static enum grid_status make_tables(struct search *search, struct grid_error *error)
{
    char sql[640];
    snprintf(sql, sizeof(sql),
            "BEGIN IMMEDIATE;"
            "CREATE TABLE doc (no INTEGER PRIMARY KEY, stamp INTEGER NOT NULL) STRICT;"
            "CREATE VIRTUAL TABLE words USING fts5(head, body, rest, tokenize = 'grid',"
            " columnsize = 0);"
            "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
            SEARCH_FILE_ID, SEARCH_FORM);
    return run_text(search, sql, error);
}

static enum grid_status check_form(struct search *search, struct grid_error *error)
{
    int form = 0;
    int id = 0;
    int tables = 0;
    enum grid_status status = pragma(search, "PRAGMA user_version", &form, error);
    if (status == GRID_OK)
        status = pragma(search, "PRAGMA application_id", &id, error);
    if (status == GRID_OK)
        status = pragma(search, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (status == GRID_OK && tables == 0)
        return make_tables(search, error);
    if (status == GRID_OK && (form != SEARCH_FORM || id != SEARCH_FILE_ID))
        return grid_fail(error, GRID_STORAGE, "search_file", "%d", form);
    return status;
}

static enum grid_status try_open(
        struct search *search, const char *path, const char *vfs, struct grid_error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum grid_status status = GRID_OK;
    if (sqlite3_open_v2(path, &search->db, flags, vfs) != SQLITE_OK)
        status = search->db != NULL ? fail(search, error)
                                    : grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    if (status == GRID_OK)
        status = configure(search, error);
    if (status == GRID_OK)
        status = register_tokenizer(search, error);
    if (status == GRID_OK)
        status = check_form(search, error);
    for (int i = 0; i < SEARCH_SQL_COUNT && status == GRID_OK; i++)
        if (sqlite3_prepare_v3(search->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                    &search->statements[i], NULL) != SQLITE_OK)
            status = fail(search, error);
    return status;
}

void search_close(struct search *search)
{
    if (search == NULL)
        return;
    for (int i = 0; i < SEARCH_SQL_COUNT; i++)
        sqlite3_finalize(search->statements[i]);
    sqlite3_close(search->db);
    grid_free(search);
}

void search_remove(const char *path, const char *vfs)
{
    static const char *const ends[] = {"", "-wal", "-journal", "-shm"};
    sqlite3_vfs *files = sqlite3_vfs_find(vfs);
    char name[4096];
    if (files == NULL || strlen(path) + 16 > sizeof(name))
        return;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void)files->xDelete(files, name, 0); /* what is not there need not go */
    }
}

enum grid_status search_open(
        struct search **out, const char *path, const char *vfs, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    *out = NULL;
    for (int attempt = 0; attempt < 2 && *out == NULL; attempt++) {
        struct search *search = grid_alloc(sizeof(*search));
        if (search == NULL)
            return grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
        status = try_open(search, path, vfs, error);
        if (status == GRID_OK) {
            *out = search;
            return GRID_OK;
        }
        search_close(search);
        if (status == GRID_NOMEM)
            return status;
        search_remove(path, vfs);
    }
    return status;
}

/* --- statements --- */

static sqlite3_stmt *statement(struct search *search, enum search_sql sql)
{
    sqlite3_reset(search->statements[sql]);
    return search->statements[sql];
}

static enum grid_status next_row(
        struct search *search, sqlite3_stmt *statement, bool *row, struct grid_error *error)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    if (*row)
        return GRID_OK;
    enum grid_status status = code == SQLITE_DONE ? GRID_OK : fail(search, error);
    query_end(statement);
    return status;
}

static enum grid_status run(
        struct search *search, sqlite3_stmt *statement, struct grid_error *error)
{
    bool row = false;
    enum grid_status status = next_row(search, statement, &row, error);
    query_end(statement);
    return status;
}

enum grid_status search_begin(struct search *search, struct grid_error *error)
{
    return run(search, statement(search, SEARCH_BEGIN), error);
}

enum grid_status search_commit(struct search *search, struct grid_error *error)
{
    return run(search, statement(search, SEARCH_COMMIT), error);
}

enum grid_status search_stamp(
        struct search *search, int64_t no, int64_t *stamp, bool *found, struct grid_error *error)
{
    sqlite3_stmt *get = statement(search, SEARCH_STAMP);
    bind_int(get, 1, no);
    enum grid_status status = next_row(search, get, found, error);
    *stamp = *found ? sqlite3_column_int64(get, 0) : 0;
    if (*found)
        query_end(get);
    return status;
}

enum grid_status search_drop(struct search *search, int64_t no, struct grid_error *error)
{
    sqlite3_stmt *drop = statement(search, SEARCH_WORDS_DROP);
    bind_int(drop, 1, no);
    enum grid_status status = run(search, drop, error);
    drop = statement(search, SEARCH_DOC_DROP);
    bind_int(drop, 1, no);
    return status == GRID_OK ? run(search, drop, error) : status;
}

enum grid_status search_put(struct search *search, int64_t no, int64_t stamp,
        const struct bytes parts[static SEARCH_PARTS], struct grid_error *error)
{
    enum grid_status status = search_drop(search, no, error);
    if (status != GRID_OK)
        return status;
    sqlite3_stmt *put = statement(search, SEARCH_WORDS_PUT);
    bind_int(put, 1, no);
    for (int i = 0; i < SEARCH_PARTS; i++)
        bind_text(put, 2 + i, parts[i]);
    status = run(search, put, error);
    put = statement(search, SEARCH_DOC_PUT);
    bind_int(put, 1, no);
    bind_int(put, 2, stamp);
    return status == GRID_OK ? run(search, put, error) : status;
}

/* Cases are numbered from 1: the row of none holds the mark. */
enum { MARK_NO = 0 };

enum grid_status search_mark(struct search *search, int64_t *out, struct grid_error *error)
{
    bool found = false;
    return search_stamp(search, MARK_NO, out, &found, error);
}

enum grid_status search_put_mark(struct search *search, int64_t mark, struct grid_error *error)
{
    sqlite3_stmt *put = statement(search, SEARCH_DOC_PUT);
    bind_int(put, 1, MARK_NO);
    bind_int(put, 2, mark);
    return run(search, put, error);
}

enum grid_status search_stamps(struct search *search, int64_t after, unsigned limit,
        search_stamp_fn *each, void *context, struct grid_error *error)
{
    sqlite3_stmt *list = statement(search, SEARCH_STAMPS);
    bind_int(list, 1, after);
    bind_int(list, 2, limit);
    bool row = false;
    enum grid_status status = next_row(search, list, &row, error);
    while (status == GRID_OK && row) {
        status = each(context, sqlite3_column_int64(list, 0), sqlite3_column_int64(list, 1));
        if (status == GRID_OK)
            status = next_row(search, list, &row, error);
    }
    query_end(list);
    return status;
}

/* --- finding --- */

static void append(struct buffer *out, const char *text)
{
    buffer_append(out, text, strlen(text));
}

/* {head body} : ("村 口" AND "a1" *). What stands between the quotes are our own tokens, none of
 * which holds a quote: nothing that a person types is ever syntax. */
static void append_parts(struct buffer *out, const struct phrases *phrases, unsigned part)
{
    static const char *const columns[SEARCH_PARTS] = {"head", "head body", "head body rest"};
    append(out, "({");
    append(out, columns[part]);
    append(out, "} : (");
    for (size_t i = 0; i < phrases->count; i++) {
        const struct phrase *phrase = &phrases->items[i];
        append(out, i == 0 ? "\"" : " AND \"");
        for (size_t j = 0; j < phrase->count; j++) {
            struct bytes token = phrases->tokens[phrase->first + j];
            append(out, j == 0 ? "" : " ");
            buffer_append(out, token.data, token.size);
        }
        append(out, phrase->begins ? "\" *" : "\"");
    }
    append(out, "))");
}

enum grid_status search_find(struct search *search, const struct phrases *phrases, unsigned part,
        int64_t before, unsigned limit, search_found_fn *each, void *context,
        struct grid_error *error)
{
    struct buffer match = {0};
    struct buffer numbers = {0};
    append_parts(&match, phrases, part);
    if (part > 0) {
        append(&match, " NOT ");
        append_parts(&match, phrases, part - 1);
    }
    sqlite3_stmt *find = statement(search, SEARCH_WORDS_FIND);
    bind_text(find, 1, buffer_bytes(&match));
    bind_int(find, 2, before);
    bind_int(find, 3, limit);
    bool row = false;
    enum grid_status status = match.failed ? grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "")
                                           : next_row(search, find, &row, error);
    while (status == GRID_OK && row) {
        int64_t no = sqlite3_column_int64(find, 0);
        buffer_append(&numbers, &no, sizeof(no));
        status = next_row(search, find, &row, error);
    }
    query_end(find);
    if (status == GRID_OK && numbers.failed)
        status = grid_fail(error, GRID_NOMEM, "out_of_memory", "%s", "");
    for (size_t at = 0; status == GRID_OK && at < numbers.size; at += sizeof(int64_t)) {
        int64_t no = 0;
        memcpy(&no, numbers.data + at, sizeof(no));
        status = each(context, no);
    }
    buffer_close(&match);
    buffer_close(&numbers);
    return status;
}

/* --- tidying --- */

/* The first merge, negative, takes all pieces together into one; the others go on with it. It is at
 * its end when one changes nothing. */
enum grid_status search_tidy(struct search *search, bool *done, struct grid_error *error)
{
    int before = sqlite3_total_changes(search->db);
    sqlite3_stmt *merge = statement(search, SEARCH_WORDS_MERGE);
    bind_int(merge, 1, search->tidying ? SEARCH_MERGE_PAGES : -SEARCH_MERGE_PAGES);
    enum grid_status status = run(search, merge, error);
    *done = sqlite3_total_changes(search->db) - before < 2;
    search->tidying = !*done;
    return status;
}
