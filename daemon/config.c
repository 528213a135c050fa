#include "daemon/config.h"

#include "proto/gate.h"

#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- one function a kind of value: false when the text is not permitted --- */

static bool text_put(char *out, size_t size, const char *value)
{
    int length = snprintf(out, size, "%s", value);
    return length > 0 && (size_t)length < size;
}

static bool number_parse(uint64_t *out, const char *text, uint64_t max)
{
    uint64_t number = 0;
    if (*text == '\0' || strlen(text) > 10)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = number * 10 + (uint64_t)(*text - '0');
    }
    *out = number;
    return number <= max;
}

bool config_unit_valid(const char *unit)
{
    enum grid_place_kind kind = place_kind(bytes_text(unit));
    return kind == GRID_PLACE_REGION || kind == GRID_PLACE_LEAGUE_CITY ||
           kind == GRID_PLACE_BANNER || kind == GRID_PLACE_TOWNSHIP;
}

bool config_name_valid(const char *name)
{
    return text_is_name(bytes_text(name));
}

static bool set_role(struct config *config, const char *value)
{
    config->role = strcmp(value, "centre") == 0 ? GRID_NODE_CENTRE : GRID_NODE_HANDHELD;
    return config->role == GRID_NODE_CENTRE || strcmp(value, "handheld") == 0;
}

static bool set_unit(struct config *config, const char *value)
{
    return config_unit_valid(value) && text_put(config->unit, sizeof(config->unit), value);
}

static bool set_name(struct config *config, const char *value)
{
    return config_name_valid(value) && text_put(config->name, sizeof(config->name), value);
}

static bool set_operator(struct config *config, const char *value)
{
    return person_key_valid(bytes_text(value)) &&
           text_put(config->operator_key, sizeof(config->operator_key), value);
}

static bool set_slot(struct config *config, const char *value)
{
    uint64_t slot = 0;
    bool valid = number_parse(&slot, value, GRID_SLOT_MAX) && slot > 0;
    config->slot = (unsigned)slot;
    return valid;
}

static bool set_listen(struct config *config, const char *value)
{
    struct sockaddr_storage ignored;
    config->has_listen =
            address_parse(&config->listen, value) && address_numeric(&ignored, &config->listen);
    return config->has_listen;
}

static bool set_advertise(struct config *config, const char *value)
{
    config->has_advertise = address_parse(&config->advertise, value);
    return config->has_advertise;
}

static bool set_parent(struct config *config, const char *value)
{
    config->has_parent = address_parse(&config->parent, value);
    return config->has_parent;
}

static bool set_parent_key(struct config *config, const char *value)
{
    return ident_unhex(config->parent_key, sizeof(config->parent_key), value);
}

static bool set_uids(struct config *config, const char *value)
{
    char text[CONFIG_LINE_BYTES_MAX + 1];
    if (!text_put(text, sizeof(text), value))
        return false;
    char *rest = text;
    for (char *word = strsep(&rest, " ,"); word != NULL; word = strsep(&rest, " ,")) {
        uint64_t uid = 0;
        if (*word == '\0')
            continue;
        if (config->uid_count == CONFIG_UIDS_MAX || !number_parse(&uid, word, UINT32_MAX - 1))
            return false;
        config->uids[config->uid_count++] = (uid_t)uid;
    }
    return config->uid_count > 0;
}

static const struct setting {
    const char *section;
    const char *name;
    bool (*set)(struct config *config, const char *value);
} settings[] = {
        {"node", "role", set_role},
        {"node", "unit", set_unit},
        {"node", "name", set_name},
        {"node", "operator", set_operator},
        {"node", "slot", set_slot},
        {"listen", "address", set_listen},
        {"listen", "advertise", set_advertise},
        {"parent", "address", set_parent},
        {"parent", "key", set_parent_key},
        {"control", "allow_uid", set_uids},
};
enum { SETTING_COUNT = sizeof(settings) / sizeof(settings[0]) };

/* --- reading --- */

struct reading {
    struct config *config;
    struct bytes rest; /* of the text */
    const char *path;
    unsigned line; /* the one handed out last, from 1 */
    bool seen[SETTING_COUNT];
    struct grid_error *error;
    bool failed;
};

/* Keeps the first thing that is wrong. */
static int refuse(struct reading *reading, const char *reason, const char *name)
{
    if (!reading->failed)
        (void)grid_fail(reading->error, GRID_INVALID, reason, "%s:%u" GRID_ARG "%s", reading->path,
                reading->line, name);
    reading->failed = true;
    return 0;
}

/* Like fgets, for inih: one line of the text. */
static char *next_line(char *line, int size, void *stream)
{
    struct reading *reading = stream;
    if (reading->rest.size == 0 || reading->failed)
        return NULL;
    const uint8_t *end = memchr(reading->rest.data, '\n', reading->rest.size);
    size_t length = end == NULL ? reading->rest.size : (size_t)(end - reading->rest.data) + 1;
    reading->line++;
    if (length > CONFIG_LINE_BYTES_MAX || (int)length >= size ||
            memchr(reading->rest.data, '\0', length) != NULL) {
        (void)refuse(reading, "config_line", "");
        return NULL;
    }
    memcpy(line, reading->rest.data, length);
    line[length] = '\0';
    reading->rest.data += length;
    reading->rest.size -= length;
    return line;
}

static int take_setting(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].section, section) != 0 || strcmp(settings[i].name, name) != 0)
            continue;
        if (reading->seen[i])
            return refuse(reading, "config_doubled", name);
        reading->seen[i] = true;
        return settings[i].set(reading->config, value) ? 1 : refuse(reading, "config_value", name);
    }
    return refuse(reading, "config_unknown", name);
}

static bool seen(const struct reading *reading, const char *section, const char *name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
            return reading->seen[i];
    return false;
}

/* What this role cannot do without. */
static const char *first_missing(const struct reading *reading)
{
    if (!seen(reading, "node", "role"))
        return "[node] role";
    if (!seen(reading, "node", "unit"))
        return "[node] unit";
    bool parent_address = seen(reading, "parent", "address");
    bool parent_key = seen(reading, "parent", "key");
    if (reading->config->role == GRID_NODE_CENTRE) {
        if (!seen(reading, "node", "name"))
            return "[node] name";
        if (!seen(reading, "listen", "address"))
            return "[listen] address";
    } else if (!parent_address) {
        return "[parent] address";
    }
    if (parent_address != parent_key)
        return parent_key ? "[parent] address" : "[parent] key";
    return NULL;
}

enum grid_status config_read(
        struct config *out, struct bytes text, const char *path, struct grid_error *error)
{
    /* Nothing is applied until the whole file was read without complaint. */
    struct config config = {0};
    struct reading reading = {.config = &config, .rest = text, .path = path, .error = error};
    if (!gate_utf8(text)) {
        (void)refuse(&reading, "config_line", "");
        return GRID_INVALID;
    }
    int bad_line = ini_parse_stream(next_line, &reading, take_setting, &reading);
    if (bad_line != 0 && !reading.failed) {
        reading.line = bad_line > 0 ? (unsigned)bad_line : 0;
        (void)refuse(&reading, "config_line", "");
    }
    if (reading.failed)
        return GRID_INVALID;
    const char *missing = first_missing(&reading);
    if (missing != NULL)
        return grid_fail(error, GRID_INVALID, "config_missing", "%s" GRID_ARG "%s", path, missing);
    *out = config;
    return GRID_OK;
}

/* --- writing --- */

__attribute__((format(printf, 2, 3))) static void add(struct buffer *out, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof(line), format, list);
    va_end(list);
    if (length > 0)
        buffer_append(out, line, strnlen(line, sizeof(line)));
}

static void add_address(struct buffer *out, const char *name, const struct address *address)
{
    char text[ADDRESS_TEXT_BYTES];
    address_print(text, address);
    add(out, "%s = %s\n", name, text);
}

static void print(struct buffer *out, const struct config *config)
{
    add(out, "[node]\nrole = %s\nunit = %s\n",
            config->role == GRID_NODE_CENTRE ? "centre" : "handheld", config->unit);
    if (config->name[0] != '\0')
        add(out, "name = %s\n", config->name);
    if (config->operator_key[0] != '\0')
        add(out, "operator = %s\n", config->operator_key);
    if (config->slot != 0)
        add(out, "slot = %u\n", config->slot);
    if (config->has_listen) {
        add(out, "\n[listen]\n");
        add_address(out, "address", &config->listen);
        if (config->has_advertise)
            add_address(out, "advertise", &config->advertise);
    }
    if (config->has_parent) {
        char key[2 * GRID_KEY_BYTES + 1];
        ident_hex(key, bytes_of(config->parent_key, sizeof(config->parent_key)));
        add(out, "\n[parent]\n");
        add_address(out, "address", &config->parent);
        add(out, "key = %s\n", key);
    }
    for (size_t i = 0; i < config->uid_count; i++)
        add(out, "%s%u%s", i == 0 ? "\n[control]\nallow_uid = " : " ", (unsigned)config->uids[i],
                i + 1 == config->uid_count ? "\n" : "");
}

enum grid_status config_print(
        struct buffer *out, const struct config *config, struct grid_error *error)
{
    struct buffer text = {0};
    struct buffer again = {0};
    struct config read = {0};
    print(&text, config);
    /* An INI file cannot hold every text (a comment may begin within it): what does not read back
     * as it was meant is refused here, by the one who can still choose another. */
    enum grid_status status = config_read(&read, buffer_bytes(&text), "gridd.conf", error);
    if (status == GRID_OK)
        print(&again, &read);
    if (status == GRID_OK && !bytes_equal(buffer_bytes(&text), buffer_bytes(&again)))
        status = grid_fail(error, GRID_INVALID, "config_value", "gridd.conf" GRID_ARG "name");
    if (status == GRID_OK)
        buffer_append(out, text.data, text.size);
    if (text.failed || again.failed || out->failed)
        status = GRID_NOMEM;
    buffer_close(&text);
    buffer_close(&again);
    return status;
}
