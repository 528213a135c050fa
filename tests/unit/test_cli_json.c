/* Records of the daemon as JSON, and as members looked up by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/json.h"
#include "cli/record.h"
#include "proto/pack.h"

#include <stdlib.h>
#include <string.h>

static void pack_sample(struct buffer *out)
{
    pack_map(out, 7);
    pack_text(out, "case");
    pack_text(out, "吴\"\n\033\u200b");
    pack_text(out, "count");
    pack_uint(out, UINT64_MAX);
    pack_text(out, "cold");
    pack_int(out, -5);
    pack_text(out, "reason");
    pack_nil(out);
    pack_text(out, "overdue");
    pack_bool(out, true);
    pack_text(out, "key");
    pack_bin(out, bytes_of("\x01\xff", 2));
    pack_text(out, "list");
    pack_array(out, 2);
    pack_uint(out, 1);
    pack_map(out, 0);
}

static void every_type_has_its_json(void **state)
{
    struct buffer record = {0};
    (void)state;
    pack_sample(&record);
    json_t *json = json_of(buffer_bytes(&record));
    char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text,
            "{\"case\":\"吴\\\"\\n\\u001B\u200b\",\"count\":\"18446744073709551615\","
            "\"cold\":-5,\"reason\":null,\"overdue\":true,\"key\":\"01ff\","
            "\"list\":[1,{}]}");
    free(text);
    json_decref(json);
    buffer_close(&record);
}

static void members_are_found_by_name(void **state)
{
    struct buffer packed = {0};
    struct reader list;
    (void)state;
    pack_sample(&packed);
    struct bytes record = buffer_bytes(&packed);
    assert_true(record_bool(record, "overdue"));
    assert_true(record_empty(record, "reason"));
    assert_true(record_empty(record, "absent"));
    assert_false(record_empty(record, "cold"));
    assert_int_equal(record_array(record, "list", &list), 2);
    assert_int_equal(record_array(record, "case", &list), 0);
    assert_int_equal(record_text(record, "count").size, 0);
    assert_int_equal(record_raw(bytes_of("", 0), "case").size, 0);
    buffer_close(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_type_has_its_json),
            cmocka_unit_test(members_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
