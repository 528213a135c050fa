/* CLIENTS connections to the socket of a gridd, each with one report under way at a time, until
 * COUNT are acknowledged. The reports are lines of FILE (title, tab, text); fields are added to
 * each. With verb=note they are notes instead, and the lines are case code, tab, text. Prints so
 * many per second. clients SOCKET CLIENTS COUNT FILE [NAME=VALUE]… */
#include "tests/bench/talk.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 256, FIELDS_MAX = 8 };

/* Title and text first, then what the command line adds. */
struct report {
    const char *verb;
    struct grid_field fields[FIELDS_MAX];
    size_t count;
};

static void add_fields(struct report *report, char **arguments)
{
    report->count = 2;
    report->fields[0].name = bytes_text("title");
    report->fields[1].name = bytes_text("text");
    for (; *arguments != NULL && report->count < FIELDS_MAX; arguments++) {
        char *value = strchr(*arguments, '=');
        if (value == NULL)
            exit(2);
        *value = '\0';
        if (strcmp(*arguments, "verb") == 0) {
            report->verb = value + 1;
            report->fields[0].name = bytes_text("case");
            continue;
        }
        report->fields[report->count++] =
                (struct grid_field){bytes_text(*arguments), bytes_text(value + 1)};
    }
}

static void send_report(struct talk *client, struct report *report, FILE *texts)
{
    char line[8192];
    if (fgets(line, sizeof(line), texts) == NULL) {
        rewind(texts);
        if (fgets(line, sizeof(line), texts) == NULL)
            exit(1);
    }
    line[strcspn(line, "\n")] = '\0';
    char *tab = strchr(line, '\t');
    if (tab == NULL)
        exit(1);
    *tab = '\0';
    report->fields[0].value = bytes_text(line);
    report->fields[1].value = bytes_text(tab + 1);
    talk_send(client, report->verb, report->fields, report->count);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    size_t client_count = strtoul(argv[2], NULL, 10);
    size_t count = strtoul(argv[3], NULL, 10);
    FILE *texts = fopen(argv[4], "r");
    if (client_count == 0 || client_count > CLIENTS_MAX || client_count > count || texts == NULL)
        return 2;
    static struct talk clients[CLIENTS_MAX];
    static struct pollfd watched[CLIENTS_MAX];
    struct report report = {.verb = "report"};
    add_fields(&report, argv + 5);
    for (size_t i = 0; i < client_count; i++) {
        talk_open(&clients[i], argv[1]);
        watched[i] = (struct pollfd){.fd = clients[i].socket, .events = POLLIN};
    }
    size_t begun = 0;
    size_t done = 0;
    double began_s = talk_now_s();
    for (; begun < client_count; begun++)
        send_report(&clients[begun], &report, texts);
    while (done < count) {
        if (poll(watched, client_count, 60000) <= 0)
            exit(1);
        for (size_t i = 0; i < client_count; i++) {
            if ((watched[i].revents & (POLLIN | POLLHUP)) == 0 || !talk_take(&clients[i]))
                continue;
            done++;
            if (begun < count) {
                send_report(&clients[i], &report, texts);
                begun++;
            }
        }
    }
    printf("%.0f\n", (double)count / (talk_now_s() - began_s));
    for (size_t i = 0; i < client_count; i++)
        talk_close(&clients[i]);
    fclose(texts);
    return 0;
}
