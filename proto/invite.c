#include "proto/invite.h"

#include "proto/gate.h"
#include "proto/limits.h"
#include "proto/pack.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { INVITE_VERSION = 1, INVITE_FIELDS = 7, PAYLOAD_BYTES_MAX = 192 };

static const char prefix[] = "grid1:";

/* --- base64url without padding (RFC 4648, section 5) --- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* `out` holds 4 characters for each 3 bytes begun, and a NUL. */
static void base64_print(char *out, struct bytes bytes)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        bits = bits << 8 | bytes.data[i];
        for (bit_count += 8; bit_count >= 6; bit_count -= 6)
            *out++ = alphabet[bits >> (bit_count - 6) & 63];
    }
    if (bit_count > 0)
        *out++ = alphabet[bits << (6 - bit_count) & 63];
    *out = '\0';
}

static bool is_space(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* Line breaks that a messenger put in are passed over. False for what is no such text. */
static bool base64_read(const char *text, uint8_t *out, size_t room, size_t *size)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;
    *size = 0;
    for (; *text != '\0'; text++) {
        if (is_space(*text))
            continue;
        const char *found = strchr(alphabet, *text);
        if (found == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(found - alphabet);
        bit_count += 6;
        if (bit_count < 8)
            continue;
        bit_count -= 8;
        if (*size == room)
            return false;
        out[(*size)++] = (uint8_t)(bits >> bit_count);
    }
    return bit_count < 6 && (bits & ((1U << bit_count) - 1)) == 0;
}

/* --- the payload (P-112) --- */

/* Typing errors are found by it; nobody is kept out. */
static uint32_t payload_check(struct bytes fields)
{
    return (uint32_t)crc32(0, fields.data, (uInt)fields.size);
}

static enum grid_status payload_pack(struct buffer *out, const struct invite *invite)
{
    pack_array(out, INVITE_FIELDS);
    pack_uint(out, INVITE_VERSION);
    pack_bin(out, bytes_of(invite->parent, sizeof(invite->parent)));
    pack_bin(out, bytes_of(invite->secret, sizeof(invite->secret)));
    pack_int(out, invite->expires_ms);
    pack_text(out, invite->unit);
    pack_uint(out, invite->slot);
    if (!out->failed)
        pack_uint(out, payload_check(buffer_bytes(out)));
    return out->failed ? GRID_NOMEM : GRID_OK;
}

static bool payload_read(struct bytes payload, struct invite *out)
{
    if (gate_check(payload, GATE_ENTRY, NULL) != GRID_OK)
        return false;
    struct reader reader = reader_of(payload);
    if (read_array(&reader) != INVITE_FIELDS || read_uint(&reader) != INVITE_VERSION)
        return false;
    read_bin_exact(&reader, out->parent, sizeof(out->parent));
    read_bin_exact(&reader, out->secret, sizeof(out->secret));
    out->expires_ms = read_int(&reader);
    struct bytes unit = read_str(&reader);
    uint64_t slot = read_uint(&reader);
    if (reader.failed)
        return false;
    struct bytes fields = bytes_of(payload.data, (size_t)(reader.at - payload.data));
    if (read_uint(&reader) != payload_check(fields) || !reader_done(&reader))
        return false;

    enum grid_place_kind kind = place_kind(unit);
    if (kind < GRID_PLACE_REGION || kind > GRID_PLACE_MICRO_GRID || slot > GRID_SLOT_MAX)
        return false;
    memcpy(out->unit, unit.data, unit.size);
    out->slot = (unsigned)slot;
    return true;
}

/* --- the address (P-111) --- */

static bool all_of(const char *text, size_t size, const char *permitted)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\0' || strchr(permitted, text[i]) == NULL)
            return false;
    return size > 0;
}

static const char name_characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
/* An IPv6 address, with a zone perhaps (fe80::1%eth0). */
static const char ipv6_characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";

static bool host_read(struct invite *out, const char *host, size_t size)
{
    const char *permitted = name_characters;
    if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
        permitted = ipv6_characters;
        if (memchr(host, ':', size) == NULL)
            return false; /* a name has no brackets: it would be written down without them */
    }
    if (size >= INVITE_HOST_BYTES || !all_of(host, size, permitted))
        return false;
    memcpy(out->host, host, size);
    return true;
}

static bool port_read(struct invite *out, const char *port, size_t size)
{
    if (size > 5 || !all_of(port, size, "0123456789"))
        return false;
    unsigned number = 0;
    for (size_t i = 0; i < size; i++)
        number = 10 * number + (unsigned)(port[i] - '0');
    out->port = (uint16_t)number;
    return number >= 1 && number <= UINT16_MAX;
}

static bool address_read(struct invite *out, const char *address, size_t size)
{
    size_t host_size = size;
    while (host_size > 0 && address[host_size - 1] != ':')
        host_size--;
    if (host_size == 0)
        return false;
    return host_read(out, address, host_size - 1) &&
           port_read(out, address + host_size, size - host_size);
}

/* --- the line --- */

enum grid_status invite_print(char out[static INVITE_TEXT_BYTES], const struct invite *invite)
{
    struct buffer payload = {0};
    enum grid_status status = payload_pack(&payload, invite);
    if (status == GRID_OK && payload.size > PAYLOAD_BYTES_MAX)
        status = GRID_INVALID;
    if (status == GRID_OK) {
        char text[PAYLOAD_BYTES_MAX / 3 * 4 + 1];
        base64_print(text, buffer_bytes(&payload));
        bool is_ipv6 = strchr(invite->host, ':') != NULL;
        int size = snprintf(out, INVITE_TEXT_BYTES, "%s%s%s%s:%u/%s", prefix, is_ipv6 ? "[" : "",
                invite->host, is_ipv6 ? "]" : "", (unsigned)invite->port, text);
        if (size < 0 || size >= INVITE_TEXT_BYTES)
            status = GRID_INVALID;
        crypto_forget(text, sizeof(text));
    }
    if (payload.data != NULL)
        crypto_forget(payload.data, payload.capacity);
    buffer_close(&payload);
    return status;
}

static enum grid_status line_read(
        struct invite *out, const char *address, const char *slash, struct grid_error *error)
{
    size_t address_size = (size_t)(slash - address);
    if (!address_read(out, address, address_size))
        return grid_fail(error, GRID_INVALID, "invite_address", "%.*s",
                (int)(address_size < INVITE_HOST_BYTES ? address_size : INVITE_HOST_BYTES),
                address);
    uint8_t payload[PAYLOAD_BYTES_MAX];
    size_t size;
    bool good = base64_read(slash + 1, payload, sizeof(payload), &size) &&
                payload_read(bytes_of(payload, size), out);
    crypto_forget(payload, sizeof(payload));
    return good ? GRID_OK : grid_fail(error, GRID_INVALID, "invite_payload", "");
}

enum grid_status invite_parse(struct invite *out, const char *text, struct grid_error *error)
{
    *out = (struct invite){0};
    while (is_space(*text))
        text++;
    const char *address = text + sizeof(prefix) - 1;
    const char *slash = NULL;
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
        slash = strchr(address, '/');
    if (slash == NULL)
        return grid_fail(error, GRID_INVALID, "invite_form", "");
    enum grid_status status = line_read(out, address, slash, error);
    if (status != GRID_OK)
        crypto_forget(out, sizeof(*out));
    return status;
}

/* --- the proof of an enrolment --- */

static const char enrolled_words[] = "grid-enrolled-1";
enum {
    ENROLMENT_BYTES_MAX = sizeof(enrolled_words) + GRID_KEY_BYTES + GRID_ID_BYTES + 2 +
                          GRID_PLACE_BYTES + GRID_NAME_CHARS_MAX * 4
};

static struct bytes enrolment_message(
        uint8_t out[static ENROLMENT_BYTES_MAX], const struct enrolment *enrolment)
{
    assert(enrolment->unit.size < GRID_PLACE_BYTES && enrolment->slot <= GRID_SLOT_MAX &&
            enrolment->name.size <= GRID_NAME_CHARS_MAX * 4);
    uint8_t *at = out;
    memcpy(at, enrolled_words, sizeof(enrolled_words));
    at += sizeof(enrolled_words);
    memcpy(at, enrolment->identity, GRID_KEY_BYTES);
    at += GRID_KEY_BYTES;
    memcpy(at, enrolment->person, GRID_ID_BYTES);
    at += GRID_ID_BYTES;
    *at++ = (uint8_t)(enrolment->slot >> 8);
    *at++ = (uint8_t)enrolment->slot;
    memcpy(at, enrolment->unit.data, enrolment->unit.size);
    at += enrolment->unit.size;
    *at++ = 0;
    if (enrolment->name.size > 0)
        memcpy(at, enrolment->name.data, enrolment->name.size);
    return bytes_of(out, (size_t)(at - out) + enrolment->name.size);
}

enum grid_status enrolment_sign(uint8_t proof[static GRID_SIGNATURE_BYTES],
        const uint8_t centre_seed[static GRID_SEED_BYTES], const struct enrolment *enrolment)
{
    uint8_t message[ENROLMENT_BYTES_MAX];
    return crypto_sign(proof, centre_seed, enrolment_message(message, enrolment));
}

enum grid_status enrolment_verify(const uint8_t proof[static GRID_SIGNATURE_BYTES],
        const uint8_t centre[static GRID_KEY_BYTES], const struct enrolment *enrolment,
        struct grid_error *error)
{
    uint8_t message[ENROLMENT_BYTES_MAX];
    return crypto_verify(centre, proof, enrolment_message(message, enrolment), error);
}
