/* gridd.conf: a text is a configuration or names what is wrong; what was read can be written down
 * and reads the same again. */
#include "daemon/config.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void print_again(const struct config *config)
{
    struct buffer text = {0};
    struct buffer again = {0};
    struct config read = {0};
    struct grid_error error = {0};
    /* GRID_INVALID: the one form that INI cannot hold is a name with a comment in it. */
    enum grid_status status = config_print(&text, config, &error);
    FUZZ_CHECK(status == GRID_OK || status == GRID_INVALID);
    if (status == GRID_OK) {
        FUZZ_CHECK(config_read(&read, buffer_bytes(&text), "f", &error) == GRID_OK);
        FUZZ_CHECK(config_print(&again, &read, &error) == GRID_OK);
        FUZZ_CHECK(bytes_equal(buffer_bytes(&text), buffer_bytes(&again)));
    } else {
        FUZZ_CHECK(strcmp(error.reason, "config_value") == 0 || error.reason[0] != '\0');
    }
    buffer_close(&text);
    buffer_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct config untouched;
    struct config config = {0};
    struct grid_error error = {0};
    if (size > CONFIG_FILE_BYTES_MAX)
        return 0;
    if (config_read(&config, bytes_of(data, size), "f", &error) == GRID_OK) {
        FUZZ_CHECK(config_unit_valid(config.unit));
        FUZZ_CHECK(config.name[0] == '\0' || config_name_valid(config.name));
        FUZZ_CHECK(config.role == GRID_NODE_HANDHELD || config.has_listen);
        print_again(&config);
    } else {
        FUZZ_CHECK(error.status == GRID_INVALID && strncmp(error.reason, "config_", 7) == 0);
        /* NOLINTNEXTLINE: every byte, padding too, since nobody may have touched it */
        FUZZ_CHECK(memcmp(&config, &untouched, sizeof(config)) == 0); /* nothing is half-applied */
    }
    return 0;
}
