/* The machine's network interfaces, as the kernel tells of them (rtnetlink): when one comes up, or
 * gets an address, the parent may be within reach again (D17, F19). What it says is a hint for when
 * to try and nothing more: without it everything goes on by its timers (F20). */
#ifndef GRID_DAEMON_INTERFACE_H
#define GRID_DAEMON_INTERFACE_H

#include "proto/bytes.h"

#include <uv.h>

enum { INTERFACES_MAX = 32, INTERFACE_ADDRESSES_MAX = 64, INTERFACE_ADDRESS_BYTES = 16 };

/* What is known of the interfaces: a driver tells of a link that is up again and again, and a
 * router renews an address every few minutes. Neither is news. */
struct interface_state {
    struct {
        uint32_t index;
        bool up;
    } links[INTERFACES_MAX];
    size_t link_count;
    struct {
        uint32_t index;
        uint8_t size;
        uint8_t bytes[INTERFACE_ADDRESS_BYTES];
    } addresses[INTERFACE_ADDRESSES_MAX];
    size_t address_count;
};

struct interface_news {
    bool came, went; /* an interface, or an address of one; not of the machine itself (lo) */
};

/* Reads the messages of one datagram; what is cut off or unknown is passed over. */
void interface_read(
        struct interface_state *state, struct bytes datagram, struct interface_news *news);

/* The kernel's messages on the loop. */
struct interfaces {
    struct interface_state state;
    int socket;
    bool open;
    uv_poll_t poll;
    void *context;
    void (*changed)(void *context, bool came);
};

/* Where there is no rtnetlink it says so once and watches nothing. `interfaces` is zeroed. */
void interfaces_open(struct interfaces *interfaces, uv_loop_t *loop, void *context,
        void (*changed)(void *context, bool came));
void interfaces_close(struct interfaces *interfaces);

#endif
