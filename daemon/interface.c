#include "daemon/interface.h"

#include "daemon/log.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INTERFACE_DATAGRAM_BYTES = 32768 };

/* --- what is known --- */

/* Where all places are taken the oldest is forgotten: its next message is news once more. */
static bool *link_of(struct interface_state *state, uint32_t index)
{
    for (size_t i = 0; i < state->link_count; i++)
        if (state->links[i].index == index)
            return &state->links[i].up;
    if (state->link_count == INTERFACES_MAX)
        memmove(&state->links[0], &state->links[1], --state->link_count * sizeof(state->links[0]));
    size_t at = state->link_count++;
    state->links[at].index = index;
    state->links[at].up = false;
    return &state->links[at].up;
}

static size_t find_address(
        const struct interface_state *state, uint32_t index, struct bytes address)
{
    size_t at = 0;
    while (at < state->address_count &&
            (state->addresses[at].index != index ||
                    !bytes_equal(bytes_of(state->addresses[at].bytes, state->addresses[at].size),
                            address)))
        at++;
    return at;
}

static void drop_address(struct interface_state *state, size_t at)
{
    memmove(&state->addresses[at], &state->addresses[at + 1],
            (--state->address_count - at) * sizeof(state->addresses[0]));
}

static void keep_address(struct interface_state *state, uint32_t index, struct bytes address)
{
    if (state->address_count == INTERFACE_ADDRESSES_MAX)
        drop_address(state, 0);
    size_t at = state->address_count++;
    state->addresses[at].index = index;
    state->addresses[at].size = (uint8_t)address.size;
    memcpy(state->addresses[at].bytes, address.data, address.size);
}

/* --- messages --- */

static void read_link(struct interface_state *state, uint16_t type, struct bytes body,
        struct interface_news *news)
{
    struct ifinfomsg link;
    if (body.size < sizeof(link))
        return;
    memcpy(&link, body.data, sizeof(link));
    if ((link.ifi_flags & IFF_LOOPBACK) != 0)
        return;
    bool up = type == RTM_NEWLINK && (link.ifi_flags & IFF_UP) != 0 &&
              (link.ifi_flags & IFF_RUNNING) != 0;
    bool *was_up = link_of(state, (uint32_t)link.ifi_index);
    news->came = up && !*was_up;
    news->went = !up && *was_up;
    *was_up = up;
}

/* The local address of the interface, or the only one that is told. */
static struct bytes address_of(struct bytes attributes)
{
    struct bytes found = {0};
    while (attributes.size >= sizeof(struct rtattr)) {
        struct rtattr attribute;
        memcpy(&attribute, attributes.data, sizeof(attribute));
        size_t size = attribute.rta_len;
        if (size < sizeof(attribute) || size > attributes.size)
            break;
        struct bytes value = {attributes.data + sizeof(attribute), size - sizeof(attribute)};
        bool fits = value.size > 0 && value.size <= INTERFACE_ADDRESS_BYTES;
        if (fits && (attribute.rta_type == IFA_LOCAL ||
                            (attribute.rta_type == IFA_ADDRESS && found.size == 0)))
            found = value;
        size_t step = RTA_ALIGN(size);
        if (step > attributes.size)
            break;
        attributes.data += step;
        attributes.size -= step;
    }
    return found;
}

static void read_address(struct interface_state *state, uint16_t type, struct bytes body,
        struct interface_news *news)
{
    struct ifaddrmsg head;
    if (body.size < sizeof(head))
        return;
    memcpy(&head, body.data, sizeof(head));
    size_t skip = NLMSG_ALIGN(sizeof(head));
    if (head.ifa_scope == RT_SCOPE_HOST || body.size <= skip)
        return;
    struct bytes address = address_of((struct bytes){body.data + skip, body.size - skip});
    if (address.size == 0)
        return;
    size_t at = find_address(state, head.ifa_index, address);
    bool known = at < state->address_count;
    if (type == RTM_NEWADDR && !known) {
        keep_address(state, head.ifa_index, address);
        news->came = true;
    }
    if (type == RTM_DELADDR && known) {
        drop_address(state, at);
        news->went = true;
    }
}

void interface_read(
        struct interface_state *state, struct bytes datagram, struct interface_news *news)
{
    *news = (struct interface_news){0};
    while (datagram.size >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr head;
        memcpy(&head, datagram.data, sizeof(head));
        if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > datagram.size)
            return;
        struct bytes body = {datagram.data + NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN};
        struct interface_news this = {0};
        if (head.nlmsg_type == RTM_NEWLINK || head.nlmsg_type == RTM_DELLINK)
            read_link(state, head.nlmsg_type, body, &this);
        if (head.nlmsg_type == RTM_NEWADDR || head.nlmsg_type == RTM_DELADDR)
            read_address(state, head.nlmsg_type, body, &this);
        bool answer = (head.nlmsg_flags & NLM_F_MULTI) != 0; /* what was there when we asked */
        news->came = news->came || (this.came && !answer);
        news->went = news->went || this.went;
        size_t step = NLMSG_ALIGN((size_t)head.nlmsg_len);
        if (step > datagram.size)
            return;
        datagram.data += step;
        datagram.size -= step;
    }
}

/* --- the kernel --- */

/* Nobody but the kernel is listened to: any process may write to this socket. */
static ssize_t receive(int socket, void *out, size_t size, bool *from_kernel)
{
    struct sockaddr_nl from = {0};
    socklen_t from_size = sizeof(from);
    ssize_t taken = recvfrom(socket, out, size, 0, (struct sockaddr *)&from, &from_size);
    *from_kernel = from_size == sizeof(from) && from.nl_pid == 0;
    return taken;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    static uint8_t datagram[INTERFACE_DATAGRAM_BYTES];
    struct interfaces *interfaces = poll->data;
    struct interface_news all = {0};
    (void)events;
    bool more = status == 0;
    while (more) {
        struct interface_news news = {0};
        bool from_kernel = false;
        ssize_t size = receive(interfaces->socket, datagram, sizeof(datagram), &from_kernel);
        /* Messages were lost: something changed, and nobody knows what. */
        news.came = size < 0 && errno == ENOBUFS;
        more = size > 0 || news.came || (size < 0 && errno == EINTR);
        if (size > 0 && from_kernel)
            interface_read(&interfaces->state, bytes_of(datagram, (size_t)size), &news);
        all.came = all.came || news.came;
        all.went = all.went || news.went;
    }
    if (all.went)
        interfaces->changed(interfaces->context, false);
    if (all.came)
        interfaces->changed(interfaces->context, true);
    if (status != 0)
        interfaces_close(interfaces);
}

/* The addresses that are there at the start are known, not news. */
static void learn_present(int socket)
{
    struct {
        struct nlmsghdr head;
        struct rtgenmsg body;
    } request = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(request.body)),
                         .nlmsg_type = RTM_GETADDR,
                         .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
            .body = {.rtgen_family = AF_UNSPEC}};
    (void)send(socket, &request, request.head.nlmsg_len, 0);
}

void interfaces_open(struct interfaces *interfaces, uv_loop_t *loop, void *context,
        void (*changed)(void *context, bool came))
{
    struct sockaddr_nl where = {.nl_family = AF_NETLINK,
            .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    interfaces->context = context;
    interfaces->changed = changed;
    interfaces->socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    bool good = interfaces->socket >= 0 &&
                bind(interfaces->socket, (struct sockaddr *)&where, sizeof(where)) == 0 &&
                uv_poll_init(loop, &interfaces->poll, interfaces->socket) == 0;
    if (!good) {
        log_warning("event=interfaces_unseen errno=%d", errno);
        if (interfaces->socket >= 0)
            (void)close(interfaces->socket);
        return;
    }
    interfaces->open = true;
    interfaces->poll.data = interfaces;
    learn_present(interfaces->socket);
    if (uv_poll_start(&interfaces->poll, UV_READABLE, on_readable) != 0)
        interfaces_close(interfaces);
}

static void on_closed(uv_handle_t *handle)
{
    struct interfaces *interfaces = handle->data;
    (void)close(interfaces->socket);
}

void interfaces_close(struct interfaces *interfaces)
{
    if (!interfaces->open)
        return;
    interfaces->open = false;
    uv_close((uv_handle_t *)&interfaces->poll, on_closed);
}
