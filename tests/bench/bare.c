/* The physical limit beside which the bench prints our rates: COUNT records into bare SQLite, BATCH
 * a transaction. Prints records per second.
 *   bare FOLDER COUNT BATCH */
#include "tests/bench/bare_store.h"
#include "tests/bench/talk.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    char path[4096];
    snprintf(path, sizeof(path), "%s/bare-%s.db", argv[1], argv[3]);
    long count = strtol(argv[2], NULL, 10);
    long batch = strtol(argv[3], NULL, 10);
    struct bare_store store;
    bare_open(&store, path);
    double began_s = talk_now_s();
    for (long i = 0; i < count; i++) {
        if (batch > 1 && i % batch == 0)
            bare_run(&store, "BEGIN");
        bare_put(&store);
        if (batch > 1 && (i % batch == batch - 1 || i == count - 1))
            bare_run(&store, "COMMIT");
    }
    printf("%.0f\n", (double)count / (talk_now_s() - began_s));
    bare_close(&store);
    return 0;
}
