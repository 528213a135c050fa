/* HOST:PORT, as configuration, invitations and the command line write it. */
#ifndef GRID_DAEMON_ADDRESS_H
#define GRID_DAEMON_ADDRESS_H

#include "proto/invite.h"

#include <sys/socket.h>

enum { ADDRESS_TEXT_BYTES = INVITE_HOST_BYTES + 8 };

struct address {
    char host[INVITE_HOST_BYTES]; /* a name, IPv4, or IPv6 without its brackets */
    uint16_t port;
};

/* "name:7000", "192.0.2.1:7000", "[2001:db8::1]:7000"; false for anything else and for port 0. */
bool address_parse(struct address *out, const char *text);
void address_print(char out[static ADDRESS_TEXT_BYTES], const struct address *address);
/* An IPv4 or IPv6 literal (or "localhost") as a socket address; false for other names. */
bool address_numeric(struct sockaddr_storage *out, const struct address *address);
/* The address means "every interface" and tells nobody where to call. */
bool address_is_any(const struct address *address);
/* What an invitation should name when the node listens on every interface: an outward IPv4 address
 * of this machine, else its loopback. */
void address_of_machine(struct address *out, uint16_t port);
/* The other end of a socket, without its port: "192.0.2.1". */
enum { ADDRESS_PEER_BYTES = 64 };
void address_peer(char out[static ADDRESS_PEER_BYTES], const struct sockaddr *socket_address);

#endif
