/* An invitation that reads prints to one that reads the same; a key file that reads packs to the
 * same bytes. */
#include "proto/invite.h"
#include "proto/keyring.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void try_invite(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    struct invite invite, again;
    struct grid_error error;
    if (invite_parse(&invite, text, &error) == GRID_OK) {
        char printed[INVITE_TEXT_BYTES];
        FUZZ_CHECK(invite_print(printed, &invite) == GRID_OK);
        FUZZ_CHECK(invite_parse(&again, printed, NULL) == GRID_OK);
        FUZZ_CHECK(strcmp(invite.host, again.host) == 0 && invite.port == again.port);
        FUZZ_CHECK(memcmp(invite.parent, again.parent, sizeof(invite.parent)) == 0);
        FUZZ_CHECK(memcmp(invite.secret, again.secret, sizeof(invite.secret)) == 0);
        FUZZ_CHECK(invite.expires_ms == again.expires_ms && invite.slot == again.slot);
        FUZZ_CHECK(strcmp(invite.unit, again.unit) == 0);
    }
    free(text);
}

static void try_keyring(struct bytes input)
{
    static struct grid_keyring keyring;
    if (keyring_read(input, &keyring, NULL) != GRID_OK)
        return;
    struct buffer again = {0};
    FUZZ_CHECK(keyring_pack(&again, &keyring) == GRID_OK);
    FUZZ_CHECK(bytes_equal(buffer_bytes(&again), input));
    buffer_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_invite(data, size);
    try_keyring(bytes_of(data, size));
    return 0;
}
