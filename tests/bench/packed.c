/* What texts weigh in frames, without TLS: the lines of FILE (title, tab, text) are reported by a
 * handheld to its centre, in one process, and the DATA frames on their way are weighed. Prints
 * bytes per report: one in a frame; and HUNDRED at once. Then the bytes of a connection with
 * nothing new: both HELLOs, what follows them, in how many frames.   packed FILE [HUNDRED] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SINGLES = 400, BATCHES = 8 };

struct scale {
    size_t data_bytes, hello_bytes, other_bytes;
    unsigned others;
};

static void weigh(void *context, const struct pair_home *from, struct buffer *frame)
{
    struct scale *scale = context;
    (void)from;
    if (frame->data[0] == FRAME_DATA) {
        scale->data_bytes += frame->size;
    } else if (frame->data[0] == FRAME_HELLO) {
        scale->hello_bytes += frame->size;
    } else {
        scale->other_bytes += frame->size;
        scale->others++;
    }
}

static bool report_line(struct pair_home *home, FILE *texts)
{
    char line[8192];
    if (fgets(line, sizeof(line), texts) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    char *tab = strchr(line, '\t');
    assert_non_null(tab);
    *tab = '\0';
    struct buffer reply = {0};
    struct grid_error error = {0};
    if (pair_submit(home, "report", FIELDS("title", line, "text", tab + 1), &reply, &error) !=
            GRID_OK)
        fail_msg("%s: %s %s", line, error.reason, error.detail);
    buffer_close(&reply);
    return true;
}

static void send_all(struct pair_home *home)
{
    (void)pair_turn(home);
    pair_settle(home->pair);
    assert_int_equal(pair_queue(home, "queued"), 0);
}

static double weigh_each(struct pair_home *home, struct scale *scale, FILE *texts)
{
    unsigned count = 0;
    scale->data_bytes = 0;
    for (; count < SINGLES && report_line(home, texts); count++)
        send_all(home);
    return (double)scale->data_bytes / count;
}

static double weigh_batches(struct pair_home *home, struct scale *scale, FILE *texts, size_t size)
{
    unsigned count = 0;
    scale->data_bytes = 0;
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        for (size_t i = 0; i < size && report_line(home, texts); i++)
            count++;
        send_all(home);
    }
    return (double)scale->data_bytes / count;
}

int main(int argc, char **argv)
{
    FILE *texts = argc >= 2 ? fopen(argv[1], "r") : NULL;
    if (texts == NULL)
        return 2;
    static struct pair pair;
    struct scale scale = {0};
    pair_open(&pair, 61);
    struct pair_home *centre = pair_centre(&pair);
    struct pair_home *home = pair_handheld(&pair, centre, "w1");
    pair.wire = weigh;
    pair.wire_context = &scale;
    printf("%.1f ", weigh_each(home, &scale, texts));
    printf("%.1f ",
            weigh_batches(home, &scale, texts, argc > 2 ? strtoul(argv[2], NULL, 10) : 100));
    scale = (struct scale){0};
    pair_cut(&pair, pair_link_of(home), "peer_gone");
    pair_settle(&pair);
    printf("%zu %zu %u\n", scale.hello_bytes, scale.other_bytes, scale.others);
    pair_close(&pair);
    fclose(texts);
    return 0;
}
