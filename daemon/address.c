#include "daemon/address.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

static bool port_parse(uint16_t *out, const char *text)
{
    uint32_t port = 0;
    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (uint32_t)(*text - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

bool address_parse(struct address *out, const char *text)
{
    const char *host = text;
    const char *end;
    const char *port;
    if (text[0] == '[') {
        host = text + 1;
        end = strchr(host, ']');
        if (end == NULL || end[1] != ':')
            return false;
        port = end + 2;
    } else {
        end = strchr(text, ':');
        if (end == NULL || strchr(end + 1, ':') != NULL)
            return false; /* IPv6 needs its brackets, or the port could not be told apart */
        port = end + 1;
    }
    size_t length = (size_t)(end - host);
    if (length == 0 || length >= sizeof(out->host))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)host[i] <= 0x20 || host[i] == 0x7f || strchr("/;#[]", host[i]) != NULL)
            return false;
    memset(out, 0, sizeof(*out));
    memcpy(out->host, host, length);
    struct in6_addr ignored;
    if (text[0] == '[' && uv_inet_pton(AF_INET6, out->host, &ignored) != 0)
        return false;
    return port_parse(&out->port, port);
}

void address_print(char out[static ADDRESS_TEXT_BYTES], const struct address *address)
{
    bool brackets = strchr(address->host, ':') != NULL;
    (void)snprintf(out, ADDRESS_TEXT_BYTES, "%s%s%s:%u", brackets ? "[" : "", address->host,
            brackets ? "]" : "", address->port);
}

bool address_numeric(struct sockaddr_storage *out, const struct address *address)
{
    memset(out, 0, sizeof(*out));
    const char *host = strcmp(address->host, "localhost") == 0 ? "127.0.0.1" : address->host;
    if (uv_ip4_addr(host, address->port, (struct sockaddr_in *)out) == 0)
        return true;
    return uv_ip6_addr(host, address->port, (struct sockaddr_in6 *)out) == 0;
}

bool address_is_any(const struct address *address)
{
    return strcmp(address->host, "0.0.0.0") == 0 || strcmp(address->host, "::") == 0;
}

void address_of_machine(struct address *out, uint16_t port)
{
    *out = (struct address){.host = "127.0.0.1", .port = port};
    uv_interface_address_t *interfaces = NULL;
    int count = 0;
    if (uv_interface_addresses(&interfaces, &count) != 0)
        return;
    for (int i = 0; i < count; i++) {
        if (interfaces[i].is_internal != 0 || interfaces[i].address.address4.sin_family != AF_INET)
            continue;
        (void)uv_ip4_name(&interfaces[i].address.address4, out->host, sizeof(out->host));
        break;
    }
    uv_free_interface_addresses(interfaces, count);
}

void address_peer(char out[static ADDRESS_PEER_BYTES], const struct sockaddr *socket_address)
{
    (void)snprintf(out, ADDRESS_PEER_BYTES, "unknown");
    if (socket_address->sa_family == AF_INET)
        (void)uv_ip4_name((const struct sockaddr_in *)socket_address, out, ADDRESS_PEER_BYTES);
    else if (socket_address->sa_family == AF_INET6)
        (void)uv_ip6_name((const struct sockaddr_in6 *)socket_address, out, ADDRESS_PEER_BYTES);
}
