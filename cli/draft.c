/* A small JSON file: written beside, synced, renamed over, and the folder synced. */
#include "cli/draft.h"

#include "cli/report.h"
#include "proto/crypto.h"
#include "proto/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { DRAFT_VERSION = 1, DRAFT_BYTES_MAX = 65536, DRAFT_NAME_HASH_BYTES = 8 };

int64_t draft_now_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *const field_names[] = {
        [DRAFT_UNIT] = "unit",
        [DRAFT_CATEGORY] = "category",
        [DRAFT_URGENCY] = "urgency",
        [DRAFT_TITLE] = "title",
        [DRAFT_TEXT] = "text",
        [DRAFT_OCCURRED_AT] = "occurred_at",
        [DRAFT_PLACE] = "place",
        [DRAFT_APPLICANT] = "applicant",
};

const char *draft_field_name(enum draft_field field)
{
    return field_names[field];
}

static const char *keep(struct draft *draft, const char *text)
{
    const char *copy = arena_text(draft->arena, bytes_text(text));
    if (copy == NULL)
        abort();
    return copy;
}

void draft_set(struct draft *draft, enum draft_field field, const char *value)
{
    draft->values[field] = value != NULL ? keep(draft, value) : NULL;
}

bool draft_is_empty(const struct draft *draft)
{
    for (size_t i = 0; i < DRAFT_FIELD_COUNT; i++)
        if (draft->answered[i] || draft->values[i] != NULL)
            return false;
    return true;
}

/* --- where it lies --- */

/* The folder of drafts with the name of this one, without ".json". Not in the home: only gridd
 * opens that, and on a centre it is another user's. */
static enum grid_status find_path(struct session *session, const char *home, const char *as,
        struct buffer *folder, struct buffer *path)
{
    const char *state = session_state_folder(session);
    uint8_t hash[GRID_HASH_BYTES];
    char name[2 * DRAFT_NAME_HASH_BYTES + 1];
    const struct bytes whose[] = {bytes_of(home, strlen(home) + 1), bytes_text(as)};
    enum grid_status status = crypto_hash(hash, whose, 2);
    if (status != GRID_OK || state[0] == '\0')
        return status;
    ident_hex(name, bytes_of(hash, DRAFT_NAME_HASH_BYTES));
    buffer_append(folder, state, strlen(state));
    buffer_append(folder, "/grid-drafts", 12);
    buffer_append(path, folder->data, folder->size);
    buffer_append(path, "/", 1);
    buffer_append(path, name, strlen(name));
    return folder->failed || path->failed ? GRID_NOMEM : GRID_OK;
}

/* mkdir -p; errno says why not. */
static bool make_folders(char *path)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char before = *at;
        *at = '\0';
        bool there = mkdir(path, 0700) == 0 || errno == EEXIST;
        *at = before;
        if (!there || before == '\0')
            return there;
    }
}

static const char *joined(const struct draft *draft, const char *path, const char *end)
{
    struct buffer buffer = {0};
    buffer_append(&buffer, path, strlen(path));
    buffer_append(&buffer, end, strlen(end));
    const char *text = arena_text(draft->arena, buffer_bytes(&buffer));
    buffer_close(&buffer);
    if (text == NULL)
        abort();
    return text;
}

/* The lock goes with the process, however it ends. */
static enum grid_status take_lock(struct draft *draft, const char *path, struct grid_error *error)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    draft->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (draft->lock < 0) {
        draft->failed = errno;
        return GRID_OK;
    }
    if (fcntl(draft->lock, F_SETLK, &lock) == 0)
        return GRID_OK;
    if (errno != EACCES && errno != EAGAIN)
        return GRID_OK; /* a file system without locks */
    fcntl(draft->lock, F_GETLK, &lock);
    return grid_fail(error, GRID_REFUSED, "draft_open", "%d", (int)lock.l_pid);
}

/* --- reading --- */

static bool take_fields(struct draft *draft, const json_t *root)
{
    const json_t *fields = json_object_get(root, "fields");
    const json_t *answered = json_object_get(root, "answered");
    for (size_t i = 0; i < DRAFT_FIELD_COUNT; i++) {
        const json_t *value = json_object_get(fields, field_names[i]);
        if (value != NULL && !json_is_string(value))
            return false;
        draft_set(draft, (enum draft_field)i, json_string_value(value));
        for (size_t j = 0; j < json_array_size(answered); j++) {
            const char *name = json_string_value(json_array_get(answered, j));
            draft->answered[i] =
                    draft->answered[i] || (name != NULL && strcmp(name, field_names[i]) == 0);
        }
    }
    return json_is_object(fields) && json_is_array(answered);
}

static bool take_json(struct draft *draft, const json_t *root)
{
    const char *key = json_string_value(json_object_get(root, "key"));
    if (json_integer_value(json_object_get(root, "draft")) != DRAFT_VERSION || key == NULL ||
            key[0] == '\0')
        return false;
    draft->key = keep(draft, key);
    draft->begun_ms = json_integer_value(json_object_get(root, "begun_ms"));
    draft->sent_ms = json_integer_value(json_object_get(root, "sent_ms"));
    return take_fields(draft, root);
}

static enum draft_found read_draft(struct draft *draft)
{
    char *text = arena_alloc(draft->arena, DRAFT_BYTES_MAX);
    FILE *file = fopen(draft->path, "re");
    if (text == NULL)
        abort();
    if (file == NULL) {
        if (errno != ENOENT)
            draft->failed = errno;
        return DRAFT_NONE;
    }
    size_t size = fread(text, 1, DRAFT_BYTES_MAX, file);
    bool read = !ferror(file) && size < DRAFT_BYTES_MAX;
    (void)fclose(file);
    json_t *root = read ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool taken = root != NULL && take_json(draft, root);
    json_decref(root);
    if (taken)
        return DRAFT_FOUND;
    /* somebody wrote there: theirs to look at, never ours to throw away */
    (void)rename(draft->path, joined(draft, draft->path, ".damaged"));
    return DRAFT_DAMAGED;
}

enum grid_status draft_open(struct draft *draft, struct session *session, enum draft_found *found,
        struct grid_error *error)
{
    char *home = realpath(session->home, NULL);
    const char *as = args_option(&session->call, "as");
    struct buffer folder = {0};
    struct buffer path = {0};
    *draft = (struct draft){.arena = &session->arena, .lock = -1, .failed = ENOENT};
    *found = DRAFT_NONE;
    enum grid_status status = find_path(
            session, home != NULL ? home : session->home, as != NULL ? as : "", &folder, &path);
    free(home);
    buffer_append(&folder, "", 1);
    buffer_append(&path, "", 1);
    bool place = status == GRID_OK && path.size > 1 && !path.failed && !folder.failed;
    if (place && !make_folders((char *)folder.data)) {
        draft->failed = errno;
        place = false;
    }
    if (place) {
        draft->failed = 0;
        draft->path = joined(draft, (const char *)path.data, ".json");
        status = take_lock(draft, joined(draft, (const char *)path.data, ".lock"), error);
        if (status == GRID_OK)
            *found = read_draft(draft);
    }
    buffer_close(&folder);
    buffer_close(&path);
    return status;
}

enum grid_status draft_begin(struct draft *draft)
{
    for (size_t i = 0; i < DRAFT_FIELD_COUNT; i++) {
        draft->values[i] = NULL;
        draft->answered[i] = false;
    }
    draft->begun_ms = draft_now_ms();
    draft->sent_ms = 0;
    return report_random_key(draft->arena, &draft->key);
}

/* --- writing --- */

static char *draft_json(const struct draft *draft)
{
    json_t *fields = json_object();
    json_t *answered = json_array();
    for (size_t i = 0; i < DRAFT_FIELD_COUNT; i++) {
        if (draft->values[i] != NULL)
            json_object_set_new(fields, field_names[i], json_string(draft->values[i]));
        if (draft->answered[i])
            json_array_append_new(answered, json_string(field_names[i]));
    }
    json_t *root = json_pack("{s:i, s:s, s:I, s:I, s:o, s:o}", "draft", DRAFT_VERSION, "key",
            draft->key, "begun_ms", (json_int_t)draft->begun_ms, "sent_ms",
            (json_int_t)draft->sent_ms, "fields", fields, "answered", answered);
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    return text;
}

/* errno of the step that failed, 0 when all of it is on the disk */
static int write_file(const char *path, const char *text)
{
    size_t size = strlen(text);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return errno;
    int failed = 0;
    for (size_t at = 0; at < size && failed == 0;) {
        ssize_t written = write(file, text + at, size - at);
        if (written > 0)
            at += (size_t)written;
        else if (written == 0 || errno != EINTR)
            failed = written == 0 ? EIO : errno;
    }
    if (failed == 0 && fsync(file) != 0)
        failed = errno;
    if (close(file) != 0 && failed == 0)
        failed = errno;
    return failed;
}

static int sync_folder_of(const struct draft *draft)
{
    char *folder = strdup(draft->path);
    if (folder == NULL)
        return ENOMEM;
    *strrchr(folder, '/') = '\0';
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = file < 0 || fsync(file) != 0 ? errno : 0;
    if (file >= 0)
        (void)close(file);
    free(folder);
    return failed;
}

bool draft_save(struct draft *draft)
{
    if (draft->path == NULL)
        return false;
    const char *beside = joined(draft, draft->path, ".new");
    char *text = draft_json(draft);
    draft->failed = text == NULL ? ENOMEM : write_file(beside, text);
    if (draft->failed == 0 && rename(beside, draft->path) != 0)
        draft->failed = errno;
    if (draft->failed == 0)
        draft->failed = sync_folder_of(draft);
    else
        (void)unlink(beside);
    free(text);
    return draft->failed == 0;
}

void draft_discard(struct draft *draft)
{
    if (draft->path != NULL && unlink(draft->path) == 0)
        (void)sync_folder_of(draft);
}

void draft_close(struct draft *draft)
{
    if (draft->lock >= 0)
        (void)close(draft->lock);
    draft->lock = -1;
}
