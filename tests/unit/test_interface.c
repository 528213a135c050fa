/* What the kernel says of the network interfaces: news is what changed (D17, F19). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/interface.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

enum { ETH = 2, WIFI = 3 };

struct message {
    uint8_t bytes[4096];
    size_t size;
};

static void put_head(struct message *message, uint16_t type, uint16_t flags, const void *body,
        size_t body_size, const void *tail, size_t tail_size)
{
    size_t size = NLMSG_HDRLEN + NLMSG_ALIGN(body_size) + tail_size;
    struct nlmsghdr head = {.nlmsg_len = (uint32_t)size, .nlmsg_type = type, .nlmsg_flags = flags};
    uint8_t *at = message->bytes + message->size;
    assert_true(message->size + NLMSG_ALIGN(size) <= sizeof(message->bytes));
    memset(at, 0, NLMSG_ALIGN(size));
    memcpy(at, &head, sizeof(head));
    memcpy(at + NLMSG_HDRLEN, body, body_size);
    if (tail_size > 0)
        memcpy(at + NLMSG_HDRLEN + NLMSG_ALIGN(body_size), tail, tail_size);
    message->size += NLMSG_ALIGN(size);
}

static void put_link(struct message *message, uint16_t type, int index, unsigned flags)
{
    struct ifinfomsg body = {.ifi_index = index, .ifi_flags = flags};
    put_head(message, type, 0, &body, sizeof(body), NULL, 0);
}

static void put_address(struct message *message, uint16_t type, uint16_t flags, unsigned index,
        uint8_t scope, const char *address, size_t size)
{
    struct ifaddrmsg body = {.ifa_scope = scope, .ifa_index = index};
    uint8_t tail[64] = {0};
    struct rtattr other = {.rta_len = sizeof(other) + 3, .rta_type = IFA_LABEL};
    struct rtattr attribute = {
            .rta_len = (uint16_t)(sizeof(attribute) + size), .rta_type = IFA_ADDRESS};
    memcpy(tail, &other, sizeof(other));
    memcpy(tail + 8, &attribute, sizeof(attribute));
    memcpy(tail + 8 + sizeof(attribute), address, size);
    put_head(message, type, flags, &body, sizeof(body), tail, 8 + sizeof(attribute) + size);
}

static struct interface_news tell(struct interface_state *state, struct message *message)
{
    struct interface_news news;
    interface_read(state, bytes_of(message->bytes, message->size), &news);
    memset(message, 0, sizeof(*message));
    return news;
}

static struct interface_news tell_link(struct interface_state *state, int index, unsigned flags)
{
    struct message message = {0};
    put_link(&message, RTM_NEWLINK, index, flags);
    return tell(state, &message);
}

static struct interface_news tell_address(
        struct interface_state *state, uint16_t type, unsigned index, const char *address)
{
    struct message message = {0};
    put_address(&message, type, 0, index, RT_SCOPE_UNIVERSE, address, strlen(address));
    return tell(state, &message);
}

static void a_link_that_comes_up_is_news_once(void **state)
{
    (void)state;
    struct interface_state known = {0};
    assert_false(tell_link(&known, WIFI, IFF_UP).came); /* no carrier */
    assert_true(tell_link(&known, WIFI, IFF_UP | IFF_RUNNING).came);
    assert_false(tell_link(&known, WIFI, IFF_UP | IFF_RUNNING).came); /* a scan */
    assert_true(tell_link(&known, ETH, IFF_UP | IFF_RUNNING).came);
    struct interface_news news = tell_link(&known, WIFI, 0);
    assert_true(news.went && !news.came);
    assert_false(tell_link(&known, WIFI, 0).went);
    assert_true(tell_link(&known, WIFI, IFF_UP | IFF_RUNNING).came);
}

static void the_machine_itself_is_no_road(void **state)
{
    (void)state;
    struct interface_state known = {0};
    struct message message = {0};
    assert_false(tell_link(&known, 1, IFF_UP | IFF_RUNNING | IFF_LOOPBACK).came);
    put_address(&message, RTM_NEWADDR, 0, 1, RT_SCOPE_HOST, "abcd", 4);
    assert_false(tell(&known, &message).came);
}

/* A router renews what it gave every few minutes: no call for that (F50). */
static void an_address_that_is_renewed_is_no_news(void **state)
{
    (void)state;
    struct interface_state known = {0};
    assert_true(tell_address(&known, RTM_NEWADDR, ETH, "abcd").came);
    assert_false(tell_address(&known, RTM_NEWADDR, ETH, "abcd").came);
    assert_true(tell_address(&known, RTM_NEWADDR, WIFI, "abcd").came);
    assert_true(tell_address(&known, RTM_NEWADDR, ETH, "0123456789abcdef").came);
    assert_true(tell_address(&known, RTM_DELADDR, ETH, "abcd").went);
    assert_false(tell_address(&known, RTM_DELADDR, ETH, "abcd").went);
    assert_true(tell_address(&known, RTM_NEWADDR, ETH, "abcd").came);
}

static void what_was_there_at_the_start_is_known_and_no_news(void **state)
{
    (void)state;
    struct interface_state known = {0};
    struct message message = {0};
    put_address(&message, RTM_NEWADDR, NLM_F_MULTI, ETH, RT_SCOPE_UNIVERSE, "abcd", 4);
    put_address(&message, RTM_NEWADDR, NLM_F_MULTI, WIFI, RT_SCOPE_UNIVERSE, "efgh", 4);
    assert_false(tell(&known, &message).came);
    assert_int_equal(known.address_count, 2);
    assert_false(tell_address(&known, RTM_NEWADDR, WIFI, "efgh").came);
}

static void several_messages_in_one_datagram_are_all_read(void **state)
{
    (void)state;
    struct interface_state known = {0};
    struct message message = {0};
    put_link(&message, RTM_NEWLINK, ETH, IFF_UP | IFF_RUNNING);
    assert_true(tell(&known, &message).came);
    put_link(&message, RTM_DELLINK, ETH, IFF_UP | IFF_RUNNING);
    put_head(&message, RTM_NEWROUTE, 0, "what is this", 12, NULL, 0);
    put_address(&message, RTM_NEWADDR, 0, WIFI, RT_SCOPE_UNIVERSE, "abcd", 4);
    struct interface_news news = tell(&known, &message);
    assert_true(news.came && news.went);
}

static void many_interfaces_are_no_end(void **state)
{
    (void)state;
    struct interface_state known = {0};
    for (int i = 2; i < 1000; i++) {
        char address[8] = {(char)(i % 100 + 1), (char)(i / 100 + 1), 1, 1};
        assert_true(tell_link(&known, i, IFF_UP | IFF_RUNNING).came);
        assert_true(tell_address(&known, RTM_NEWADDR, (unsigned)i, address).came);
    }
    assert_int_equal(known.link_count, INTERFACES_MAX);
    assert_int_equal(known.address_count, INTERFACE_ADDRESSES_MAX);
}

/* Any bytes, and whole messages with any bytes changed and cut anywhere. */
static void whatever_comes_is_read_within_its_bounds(void **state)
{
    (void)state;
    struct interface_state known = {0};
    struct message good = {0};
    put_link(&good, RTM_NEWLINK, ETH, IFF_UP);
    put_address(&good, RTM_NEWADDR, 0, WIFI, RT_SCOPE_UNIVERSE, "0123456789abcdef", 16);
    put_address(&good, RTM_DELADDR, 0, WIFI, RT_SCOPE_UNIVERSE, "0123456789abcdef", 16);
    srand(7);
    for (unsigned round = 0; round < 20000; round++) {
        size_t size = (size_t)rand() % (good.size + 1);
        uint8_t *bytes = malloc(size + 1); /* as long as that: what reads beyond it is found */
        assert_non_null(bytes);
        memcpy(bytes, good.bytes, size);
        for (unsigned i = 0; i < round % 4 && size > 0; i++)
            bytes[(size_t)rand() % size] = (uint8_t)rand();
        uint8_t *exact = realloc(bytes, size > 0 ? size : 1);
        struct interface_news news;
        interface_read(&known, bytes_of(exact, size), &news);
        assert_true(known.link_count <= INTERFACES_MAX);
        assert_true(known.address_count <= INTERFACE_ADDRESSES_MAX);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_link_that_comes_up_is_news_once),
            cmocka_unit_test(the_machine_itself_is_no_road),
            cmocka_unit_test(an_address_that_is_renewed_is_no_news),
            cmocka_unit_test(what_was_there_at_the_start_is_known_and_no_news),
            cmocka_unit_test(several_messages_in_one_datagram_are_all_read),
            cmocka_unit_test(many_interfaces_are_no_end),
            cmocka_unit_test(whatever_comes_is_read_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
