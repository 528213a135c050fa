/* The bare road: what the disk and the link cost without any promise of ours but the disk's. An
 * outbox in SQLite, batches through zlib (level 6) over TCP on loopback, inflated, one FULL
 * transaction a batch with one unique index, an acknowledgement, a durable mark in the outbox. Two
 * processes, batches pipelined. The records are the lines of FILE (title, tab, text), as JSON.
 * Prints reports per second, from connect to the last mark, and bytes per report.
 *   road FOLDER COUNT FILE */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
    BATCH_RECORDS = 500,
    BATCHES_UNDER_WAY = 8,
    RECORD_BYTES_MAX = 16384,
    BATCH_BYTES_MAX = BATCH_RECORDS * RECORD_BYTES_MAX,
    NAME_BYTES = 16,
};

/* In front of each batch on the wire, in the order of this machine. */
struct batch {
    uint64_t last_id;
    uint32_t plain_bytes;
    uint32_t packed_bytes;
};

static uint8_t plain[BATCH_BYTES_MAX];
static uint8_t packed[BATCH_BYTES_MAX + BATCH_BYTES_MAX / 512 + 64];

static void must(bool fact, const char *what)
{
    if (!fact) {
        perror(what);
        exit(1);
    }
}

static void must_sql(sqlite3 *database, int code, int wanted)
{
    if (code != wanted) {
        fprintf(stderr, "road: %s\n", sqlite3_errmsg(database));
        exit(1);
    }
}

static void run_sql(sqlite3 *database, const char *sql)
{
    must_sql(database, sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    must_sql(database, sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    return statement;
}

/* Runs a statement that gives no rows. */
static void step(sqlite3 *database, sqlite3_stmt *statement)
{
    must_sql(database, sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
}

static sqlite3 *open_new(const char *folder, const char *name, const char *schema)
{
    char path[4096];
    static const char *const tails[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s.db%s", folder, name, tails[i]);
        (void)remove(path);
    }
    snprintf(path, sizeof(path), "%s/%s.db", folder, name);
    sqlite3 *database = NULL;
    must_sql(database, sqlite3_open(path, &database), SQLITE_OK);
    run_sql(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
    run_sql(database, schema);
    return database;
}

static void send_all(int end, const void *bytes, size_t size)
{
    for (const uint8_t *at = bytes; size > 0;) {
        ssize_t taken = write(end, at, size);
        must(taken > 0, "write");
        at += taken;
        size -= (size_t)taken;
    }
}

/* False at the orderly end of the stream. */
static bool receive_all(int end, void *bytes, size_t size)
{
    for (uint8_t *at = bytes; size > 0;) {
        ssize_t got = read(end, at, size);
        must(got >= 0, "read");
        if (got == 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- the sender --- */

/* What is queued before the link comes up: not part of what is measured. */
static void fill_outbox(sqlite3 *outbox, long count, FILE *texts)
{
    run_sql(outbox, "BEGIN");
    sqlite3_stmt *insert = prepare(outbox, "INSERT INTO outbox (name, body) VALUES (?, ?)");
    for (long i = 0; i < count; i++) {
        char line[8192];
        if (fgets(line, sizeof(line), texts) == NULL) {
            rewind(texts);
            must(fgets(line, sizeof(line), texts) != NULL, "texts");
        }
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        must(tab != NULL, "texts: no tab");
        *tab = '\0';
        uint64_t name[2] = {(uint64_t)(i + 1) * 0x9e3779b97f4a7c15u, (uint64_t)i};
        char body[RECORD_BYTES_MAX];
        int size = snprintf(body, sizeof(body),
                "{\"unit\":\"150622103203004\",\"category\":\"9999\",\"urgency\":\"U3\","
                "\"at\":%" PRId64 ",\"title\":\"%s\",\"text\":\"%s\"}",
                INT64_C(1780000000000) + i * 997, line, tab + 1);
        sqlite3_bind_blob(insert, 1, name, sizeof(name), SQLITE_STATIC);
        sqlite3_bind_blob(insert, 2, body, size, SQLITE_STATIC);
        step(outbox, insert);
        if (i % 1000 == 999)
            run_sql(outbox, "COMMIT; BEGIN");
    }
    sqlite3_finalize(insert);
    run_sql(outbox, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

/* Reads records from the statement on, packs and sends them; false when there is none. */
static bool send_batch(int end, sqlite3_stmt *read_on, uint64_t *bytes)
{
    struct batch batch = {0};
    size_t count = 0;
    while (count < BATCH_RECORDS && sqlite3_step(read_on) == SQLITE_ROW) {
        uint32_t size = (uint32_t)sqlite3_column_bytes(read_on, 2);
        batch.last_id = (uint64_t)sqlite3_column_int64(read_on, 0);
        memcpy(plain + batch.plain_bytes, sqlite3_column_blob(read_on, 1), NAME_BYTES);
        memcpy(plain + batch.plain_bytes + NAME_BYTES, &size, sizeof(size));
        memcpy(plain + batch.plain_bytes + NAME_BYTES + sizeof(size),
                sqlite3_column_blob(read_on, 2), size);
        batch.plain_bytes += (uint32_t)(NAME_BYTES + sizeof(size)) + size;
        count++;
    }
    if (count == 0)
        return false;
    uLongf size = sizeof(packed);
    must(compress2(packed, &size, plain, batch.plain_bytes, 6) == Z_OK, "compress");
    batch.packed_bytes = (uint32_t)size;
    send_all(end, &batch, sizeof(batch));
    send_all(end, packed, size);
    *bytes += sizeof(batch) + size;
    return true;
}

static void send_outbox(sqlite3 *outbox, int end, uint64_t *bytes)
{
    sqlite3_stmt *read_on = prepare(outbox,
            "SELECT id, name, body FROM outbox WHERE id > (SELECT up_to FROM mark) ORDER BY id");
    sqlite3_stmt *mark = prepare(outbox, "UPDATE mark SET up_to = ?");
    size_t under_way = 0;
    for (bool more = true; more || under_way > 0;) {
        for (; more && under_way < BATCHES_UNDER_WAY; under_way += more)
            more = send_batch(end, read_on, bytes);
        uint64_t acknowledged[BATCHES_UNDER_WAY];
        size_t count = 0;
        struct pollfd watched = {.fd = end, .events = POLLIN};
        while (under_way > 0 && (count == 0 || poll(&watched, 1, 0) > 0)) {
            must(receive_all(end, &acknowledged[count], sizeof(acknowledged[count])), "no answer");
            count++;
            under_way--;
        }
        if (count > 0) { /* one durable mark for all that has been acknowledged meanwhile */
            sqlite3_bind_int64(mark, 1, (int64_t)acknowledged[count - 1]);
            step(outbox, mark);
        }
    }
    sqlite3_finalize(read_on);
    sqlite3_finalize(mark);
}

/* --- the receiver --- */

static void insert_batch(sqlite3 *database, sqlite3_stmt *insert, size_t size)
{
    run_sql(database, "BEGIN");
    for (size_t at = 0; at < size;) {
        uint32_t body_size;
        memcpy(&body_size, plain + at + NAME_BYTES, sizeof(body_size));
        const uint8_t *body = plain + at + NAME_BYTES + sizeof(body_size);
        sqlite3_bind_blob(insert, 1, plain + at, NAME_BYTES, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 2, body, (int)body_size, SQLITE_STATIC);
        step(database, insert);
        at += NAME_BYTES + sizeof(body_size) + body_size;
    }
    run_sql(database, "COMMIT");
}

static void receive_reports(sqlite3 *database, int end)
{
    sqlite3_stmt *insert = prepare(database, "INSERT INTO report (name, body) VALUES (?, ?)");
    struct batch batch;
    while (receive_all(end, &batch, sizeof(batch))) {
        must(batch.packed_bytes <= sizeof(packed), "batch");
        must(receive_all(end, packed, batch.packed_bytes), "batch cut off");
        uLongf size = sizeof(plain);
        must(uncompress(plain, &size, packed, batch.packed_bytes) == Z_OK &&
                        size == batch.plain_bytes,
                "inflate");
        insert_batch(database, insert, size);
        send_all(end, &batch.last_id, sizeof(batch.last_id));
    }
    sqlite3_finalize(insert);
}

static int run_receiver(const char *folder, int listener)
{
    sqlite3 *database = open_new(folder, "road-centre",
            "CREATE TABLE report (id INTEGER PRIMARY KEY, name BLOB, body BLOB);"
            "CREATE UNIQUE INDEX report_name ON report (name);");
    int end = accept(listener, NULL, NULL);
    must(end >= 0, "accept");
    (void)setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    receive_reports(database, end);
    close(end);
    sqlite3_close(database);
    return 0;
}

int main(int argc, char **argv)
{
    FILE *texts = argc == 4 ? fopen(argv[3], "r") : NULL;
    if (texts == NULL)
        return 2;
    long count = strtol(argv[2], NULL, 10);
    struct sockaddr_in address = {
            .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t address_bytes = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                    listen(listener, 1) == 0 &&
                    getsockname(listener, (struct sockaddr *)&address, &address_bytes) == 0,
            "listen");
    pid_t receiver = fork();
    must(receiver >= 0, "fork");
    if (receiver == 0)
        return run_receiver(argv[1], listener);
    sqlite3 *outbox = open_new(argv[1], "road-outbox",
            "CREATE TABLE outbox (id INTEGER PRIMARY KEY, name BLOB, body BLOB);"
            "CREATE TABLE mark (up_to INTEGER); INSERT INTO mark VALUES (0);");
    fill_outbox(outbox, count, texts);

    uint64_t bytes = 0;
    double began = now_s();
    int end = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(end, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
    (void)setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    send_outbox(outbox, end, &bytes);
    double took_s = now_s() - began;
    close(end);
    int state = 0;
    must(waitpid(receiver, &state, 0) == receiver && state == 0, "receiver");
    printf("%.0f %.1f\n", (double)count / took_s, (double)bytes / (double)count);
    sqlite3_close(outbox);
    fclose(texts);
    return 0;
}
