#include "daemon/keys.h"

#include "daemon/log.h"
#include "daemon/system.h"
#include "daemon/text.h"
#include "proto/heap.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A slot: length u32, then the packed keyring, which ends in its own checksum (P-45). */
enum { SLOT_HEAD_BYTES = 4 };

static enum grid_status disk_error(struct grid_error *error, const char *path)
{
    return grid_fail(
            error, GRID_STORAGE, "home_io", "%s" GRID_ARG "%s", path, text_of_errno(errno));
}

static bool write_all(int file, const uint8_t *data, size_t size, off_t at)
{
    while (size > 0) {
        ssize_t written = pwrite(file, data, size, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        size -= (size_t)written;
        at += written;
    }
    return true;
}

static size_t read_all(int file, uint8_t *out, size_t size, off_t at)
{
    size_t used = 0;
    while (used < size) {
        ssize_t got = pread(file, out + used, size - used, at + (off_t)used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    return used;
}

static enum grid_status slot_pack(struct buffer *out, const struct grid_keyring *keyring)
{
    uint8_t head[SLOT_HEAD_BYTES] = {0};
    buffer_append(out, head, sizeof(head));
    enum grid_status status = keyring_pack(out, keyring);
    if (status != GRID_OK || out->failed)
        return status != GRID_OK ? status : GRID_NOMEM;
    assert(out->size <= KEYS_SLOT_BYTES);
    put_u32(out->data, (uint32_t)(out->size - SLOT_HEAD_BYTES));
    return GRID_OK;
}

static void buffer_forget(struct buffer *buffer)
{
    if (buffer->data != NULL)
        crypto_forget(buffer->data, buffer->size);
    buffer_close(buffer);
}

bool key_file_exists(int directory)
{
    return faccessat(directory, "keys/keyring", F_OK, AT_EACCESS) == 0;
}

static enum grid_status make_file(
        int folder, const struct grid_keyring *keyring, struct grid_error *error)
{
    static const uint8_t zeros[KEYS_SLOT_BYTES];
    struct buffer slot = {0};
    enum grid_status status = slot_pack(&slot, keyring);
    int file = -1;
    if (status == GRID_OK) {
        file = openat(folder, "keyring.new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        /* Under its name it appears whole: first the content, then the name, then the folder. */
        if (file < 0 || !write_all(file, zeros, sizeof(zeros), 0) ||
                !write_all(file, zeros, sizeof(zeros), KEYS_SLOT_BYTES) ||
                !write_all(file, slot.data, slot.size, 0) || fsync(file) != 0 ||
                renameat(folder, "keyring.new", folder, "keyring") != 0 || fsync(folder) != 0)
            status = disk_error(error, "keys/keyring");
    }
    if (file >= 0)
        (void)close(file);
    buffer_forget(&slot);
    return status;
}

enum grid_status key_file_make(int directory, struct grid_error *error)
{
    if (mkdirat(directory, "keys", 0700) != 0 && errno != EEXIST)
        return disk_error(error, "keys");
    int folder = openat(directory, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return disk_error(error, "keys");
    enum grid_status status = GRID_OK;
    struct grid_keyring *keyring = grid_alloc(sizeof(*keyring));
    if (keyring == NULL) {
        status = GRID_NOMEM;
    } else {
        keyring->generation = 1;
        system_random(NULL, keyring->identity_seed, sizeof(keyring->identity_seed));
        system_random(NULL, keyring->spare_seed, sizeof(keyring->spare_seed));
        status = make_file(folder, keyring, error);
        keyring_forget(keyring);
        grid_free(keyring);
    }
    (void)close(folder);
    if (status == GRID_OK && fsync(directory) != 0)
        status = disk_error(error, "keys");
    return status;
}

/* False when the slot is torn, empty or foreign. */
static bool slot_read(int file, unsigned slot, uint8_t *scratch, struct grid_keyring *out)
{
    size_t size = read_all(file, scratch, KEYS_SLOT_BYTES, (off_t)slot * KEYS_SLOT_BYTES);
    if (size < SLOT_HEAD_BYTES)
        return false;
    uint32_t length = get_u32(scratch);
    if (length == 0 || length > size - SLOT_HEAD_BYTES)
        return false;
    return keyring_read(bytes_of(scratch + SLOT_HEAD_BYTES, length), out, NULL) == GRID_OK;
}

static enum grid_status read_newer(struct key_file *keys, uint8_t *scratch,
        struct grid_keyring *other, struct grid_error *error)
{
    bool first = slot_read(keys->file, 0, scratch, keys->keyring);
    bool second = slot_read(keys->file, 1, scratch, other);
    if (!first && !second)
        return grid_fail(error, GRID_STORAGE, "keys_unreadable", "keys/keyring");
    bool take_second = second && (!first || other->generation > keys->keyring->generation);
    if (take_second)
        *keys->keyring = *other;
    keys->next_slot = take_second ? 0 : 1;
    /* The second slot of a new file is empty; later both are full but for a write cut short. */
    if (first != second && keys->keyring->generation > 1)
        log_warning("event=key_slot_torn slot=%u generation=%llu", keys->next_slot,
                (unsigned long long)keys->keyring->generation);
    return GRID_OK;
}

enum grid_status key_file_open(struct key_file *keys, int directory, struct grid_error *error)
{
    memset(keys, 0, sizeof(*keys));
    keys->file = openat(directory, "keys/keyring", O_RDWR | O_CLOEXEC);
    if (keys->file < 0)
        return errno == ENOENT ? grid_fail(error, GRID_STORAGE, "keys_missing", "keys/keyring")
                               : disk_error(error, "keys/keyring");
    keys->open = true;
    (void)fchmod(keys->file, 0600);
    uint8_t *scratch = grid_alloc(KEYS_SLOT_BYTES);
    struct grid_keyring *other = grid_alloc(sizeof(*other));
    keys->keyring = grid_alloc(sizeof(*keys->keyring));
    enum grid_status status = GRID_NOMEM;
    if (scratch != NULL && other != NULL && keys->keyring != NULL)
        status = read_newer(keys, scratch, other, error);
    if (scratch != NULL)
        crypto_forget(scratch, KEYS_SLOT_BYTES);
    if (other != NULL)
        keyring_forget(other);
    grid_free(scratch);
    grid_free(other);
    if (status != GRID_OK)
        key_file_close(keys);
    return status;
}

enum grid_status key_file_write(
        struct key_file *keys, const struct grid_keyring *keyring, struct grid_error *error)
{
    struct grid_keyring *next = grid_alloc(sizeof(*next));
    if (next == NULL)
        return GRID_NOMEM;
    *next = *keyring;
    /* Whoever hands it over may count generations or not: here they always grow. */
    if (next->generation <= keys->keyring->generation)
        next->generation = keys->keyring->generation + 1;
    struct buffer slot = {0};
    enum grid_status status = slot_pack(&slot, next);
    if (status == GRID_OK && (!write_all(keys->file, slot.data, slot.size,
                                      (off_t)keys->next_slot * KEYS_SLOT_BYTES) ||
                                     fdatasync(keys->file) != 0))
        status = disk_error(error, "keys/keyring");
    if (status == GRID_OK) {
        *keys->keyring = *next;
        keys->next_slot = 1 - keys->next_slot;
    }
    buffer_forget(&slot);
    keyring_forget(next);
    grid_free(next);
    return status;
}

void key_file_close(struct key_file *keys)
{
    if (keys->open)
        (void)close(keys->file);
    if (keys->keyring != NULL)
        keyring_forget(keys->keyring);
    grid_free(keys->keyring);
    memset(keys, 0, sizeof(*keys));
}
