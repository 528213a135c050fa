/* What the kernel says of its interfaces: any bytes at all leave what is known within its bounds,
 * and what was said once is no news. */
#include "daemon/interface.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct interface_state state = {0};
    struct interface_news news;
    interface_read(&state, bytes_of(data, size), &news);
    FUZZ_CHECK(state.link_count <= INTERFACES_MAX);
    FUZZ_CHECK(state.address_count <= INTERFACE_ADDRESSES_MAX);
    for (size_t i = 0; i < state.address_count; i++)
        FUZZ_CHECK(
                state.addresses[i].size > 0 && state.addresses[i].size <= INTERFACE_ADDRESS_BYTES);
    return 0;
}
