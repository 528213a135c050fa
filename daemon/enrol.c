#include "daemon/enrol.h"

#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/system.h"
#include "daemon/text.h"

#include <stdio.h>
#include <string.h>

enum {
    JOIN_LIMIT_MS = 30000,  /* without a sign of the parent */
    JOIN_REFUSED_MS = 5000, /* when every call is refused at once */
    /* A parent whose disk is full lets us in and breaks off, for as long as nobody clears up. A
     * greeting and an answer are shorter than this; a roster on its way is longer. */
    JOIN_FRUIT_BYTES = 1024,
    JOIN_FRUITLESS_MAX = 5, /* connections in a row that brought less */
};

/* --- init --- */

/* New keys are made only where nothing was ever written with others. */
static enum grid_status ensure_keys(struct home *home, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    if (!key_file_exists(home->directory) && !home_has_file(home, "grid.db"))
        status = key_file_make(home->directory, error);
    if (status == GRID_OK)
        status = key_file_open(&home->keys, home->directory, error);
    return status;
}

/* One turn of the new node: its database and what its first entries need are durable then. */
static enum grid_status run_one_turn(
        struct home *home, const struct config *config, struct grid_error *error)
{
    struct loop loop;
    enum grid_status status = loop_open(&loop, home, config, NULL, error);
    if (status != GRID_OK)
        return status;
    loop_stop(&loop);
    status = loop_run(&loop, error);
    loop_close(&loop);
    return status;
}

static enum grid_status refuse_state(const struct home *home, struct grid_error *error)
{
    switch (home->state) {
    case HOME_READY:
    case HOME_RESTORING:
        return grid_fail(error, GRID_REFUSED, "home_ready", "%s", home->path);
    case HOME_JOINING:
        return grid_fail(error, GRID_REFUSED, "home_joining", "%s", home->path);
    case HOME_STARTED:
        return grid_fail(error, GRID_REFUSED, "home_started", "%s", home->path);
    case HOME_EMPTY:
        break;
    }
    return GRID_OK;
}

enum grid_status enrol_init(const char *path, const struct config *config, struct grid_error *error)
{
    struct home home;
    struct buffer text = {0};
    /* Whatever cannot be written down is refused before anything is made. */
    enum grid_status status = config_print(&text, config, error);
    buffer_close(&text);
    if (status != GRID_OK)
        return status;
    status = home_make(&home, path, error);
    if (status != GRID_OK)
        return status;
    if (home.state != HOME_STARTED)
        status = refuse_state(&home, error);
    bool ours = status == GRID_OK;
    if (status == GRID_OK)
        status = ensure_keys(&home, error);
    if (status == GRID_OK)
        status = run_one_turn(&home, config, error);
    if (status == GRID_OK)
        status = home_write_config(&home, config, error);
    if (status != GRID_OK && ours && home.state == HOME_EMPTY)
        home_remove(&home);
    home_close(&home);
    return status;
}

/* --- join --- */

struct join {
    struct home home;
    struct config config;
    struct loop loop;
    struct invite invite;
    uv_timer_t limit;
    int64_t started_ms;
    bool asked;         /* bytes went to the parent, in this run or before: it may have granted */
    bool met;           /* the parent was there */
    bool linked;        /* it is there now */
    size_t brought;     /* bytes of this connection */
    unsigned fruitless; /* connections in a row, see JOIN_FRUITLESS_MAX */
    bool told;          /* the person knows that we wait */
    bool settled;       /* the end came: `outcome` and `error` */
    enum grid_status outcome;
    struct grid_error error;
};

static void settle(struct join *join, enum grid_status status, const struct grid_error *error)
{
    if (join->settled)
        return;
    join->settled = true;
    join->outcome = status;
    if (error != NULL)
        join->error = *error;
    loop_stop(&join->loop);
}

static void address_of(const struct join *join, char out[static ADDRESS_TEXT_BYTES])
{
    address_print(out, &join->config.parent);
}

static enum grid_status before_send(void *context, struct grid_error *error)
{
    struct join *join = context;
    if (join->asked)
        return GRID_OK;
    /* From here on the parent may know our key: the home must survive a kill. */
    enum grid_status status = home_write_file(&join->home, "keys/asked", bytes_text("1\n"), error);
    join->asked = status == GRID_OK;
    return status;
}

static void on_limit(uv_timer_t *timer)
{
    struct join *join = timer->data;
    char address[ADDRESS_TEXT_BYTES];
    struct grid_error error;
    address_of(join, address);
    (void)grid_fail(&error, GRID_UNREACHABLE, join->met ? "join_silent" : "join_unreachable",
            "%s" GRID_ARG "%s", address, join->error.detail);
    settle(join, GRID_UNREACHABLE, &error);
}

static void progress(void *context, size_t bytes)
{
    struct join *join = context;
    join->met = join->linked = true;
    join->brought = bytes == 0 ? 0 : join->brought + bytes;
    (void)uv_timer_start(&join->limit, on_limit, JOIN_LIMIT_MS, 0);
}

/* A connection has ended. True: it was one too many that brought nothing. */
static bool is_fruitless(struct join *join)
{
    if (join->linked)
        join->fruitless = join->brought < JOIN_FRUIT_BYTES ? join->fruitless + 1 : 0;
    join->linked = false;
    return join->fruitless >= JOIN_FRUITLESS_MAX;
}

static void unreached(void *context, const char *reason)
{
    struct join *join = context;
    char address[ADDRESS_TEXT_BYTES];
    struct grid_error error;
    if (join->settled)
        return;
    address_of(join, address);
    if (strcmp(reason, "parent_key") == 0) {
        (void)grid_fail(&error, GRID_REFUSED, "parent_key", "%s", address);
        settle(join, GRID_REFUSED, &error);
        return;
    }
    const char *words = text_find(reason);
    (void)snprintf(
            join->error.detail, sizeof(join->error.detail), "%s", words != NULL ? words : reason);
    if (is_fruitless(join)) {
        (void)grid_fail(&error, GRID_UNREACHABLE, "join_broken_off",
                "%s" GRID_ARG "%s" GRID_ARG "%u", address, join->error.detail, join->fruitless);
        settle(join, GRID_UNREACHABLE, &error);
        return;
    }
    bool hopeless = strcmp(reason, "connect_refused") == 0 || strcmp(reason, "no_route") == 0 ||
                    strcmp(reason, "name_unknown") == 0;
    if (!join->met && hopeless && system_now().mono_ms - join->started_ms >= JOIN_REFUSED_MS) {
        on_limit(&join->limit);
        return;
    }
    if (!join->told)
        text_say(stderr, "join_waiting", "%s" GRID_ARG "%s", address, join->error.detail);
    join->told = true;
}

static void enrolled(void *context, const struct grid_error *failure)
{
    struct join *join = context;
    if (failure == NULL) {
        settle(join, GRID_OK, NULL);
        return;
    }
    struct grid_error error = *failure;
    /* The parent's word for it, where we have a sentence for that. */
    if (strcmp(error.reason, "enrolment_refused") == 0 && text_find(error.detail) != NULL) {
        char reason[GRID_REASON_BYTES];
        (void)snprintf(reason, sizeof(reason), "%.*s", GRID_REASON_BYTES - 1, failure->detail);
        (void)grid_fail(&error, failure->status, reason, " ");
    }
    settle(join, error.status, &error);
}

/* A refusal of the invitation itself, from the parent's own mouth: our key is nothing to it, and
 * never will be. Every other end of a link leaves open what the parent granted. */
static bool is_refusal(const struct grid_error *error)
{
    static const char *const reasons[] = {"secret_unknown", "secret_used", "secret_expired"};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(error->reason, reasons[i]) == 0)
            return true;
    return false;
}

static bool same_invitation(const struct invite *a, const struct invite *b)
{
    return crypto_equal(a->parent, b->parent, sizeof(a->parent)) &&
           crypto_equal(a->secret, b->secret, sizeof(a->secret));
}

/* A home in which nothing was ever asked may take another invitation, with other keys. */
static void forget_attempt(struct home *home)
{
    static const char *const names[] = {"grid.db", "grid.db-wal", "grid.db-shm", "keys/keyring"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        home_remove_file(home, names[i]);
}

/* What an earlier run left: go on with it, or begin anew. */
static enum grid_status resume(struct join *join, struct grid_error *error)
{
    struct buffer text = {0};
    struct invite before;
    enum grid_status status =
            home_read_file(&join->home, "keys/invite", &text, INVITE_TEXT_BYTES, error);
    buffer_append(&text, "", 1);
    if (status == GRID_OK && text.failed)
        status = GRID_NOMEM;
    bool same = status == GRID_OK &&
                invite_parse(&before, (const char *)text.data, NULL) == GRID_OK &&
                same_invitation(&before, &join->invite);
    buffer_close(&text);
    if (status != GRID_OK || same)
        return status;
    if (join->asked)
        return grid_fail(error, GRID_REFUSED, "join_other", "%s", join->home.path);
    forget_attempt(&join->home);
    return GRID_OK;
}

static void make_config(struct join *join, const struct address *listen)
{
    const struct invite *invite = &join->invite;
    join->config =
            (struct config){.role = GRID_NODE_HANDHELD, .slot = invite->slot, .has_parent = true};
    if (listen != NULL) {
        join->config.role = GRID_NODE_CENTRE;
        join->config.has_listen = true;
        join->config.listen = *listen;
        /* until the parent says how it is called */
        (void)snprintf(join->config.name, sizeof(join->config.name), "%s", invite->unit);
    }
    (void)snprintf(join->config.unit, sizeof(join->config.unit), "%s", invite->unit);
    (void)snprintf(join->config.parent.host, sizeof(join->config.parent.host), "%s", invite->host);
    join->config.parent.port = invite->port;
    memcpy(join->config.parent_key, invite->parent, sizeof(join->config.parent_key));
}

/* The invitation first, then the keys: a home with keys and nothing else is a centre's. */
static enum grid_status prepare(struct join *join, const char *invitation,
        const struct address *listen, struct grid_error *error)
{
    struct buffer text = {0};
    join->asked = home_has_file(&join->home, "keys/asked");
    if (join->home.state != HOME_JOINING && join->home.state != HOME_EMPTY)
        return refuse_state(&join->home, error);
    if ((join->invite.slot == 0) != (listen != NULL))
        return grid_fail(error, GRID_USAGE, listen != NULL ? "join_no_centre" : "join_centre", "%s",
                join->invite.unit);
    make_config(join, listen);
    enum grid_status status = config_print(&text, &join->config, error);
    buffer_close(&text);
    if (status == GRID_OK && join->home.state == HOME_JOINING)
        status = resume(join, error);
    if (status == GRID_OK)
        status = home_make_keys_folder(&join->home, error);
    if (status == GRID_OK)
        status = home_write_file(&join->home, "keys/invite", bytes_text(invitation), error);
    if (status == GRID_OK)
        status = ensure_keys(&join->home, error);
    return status;
}

/* The text or number `name` of a packed record, as words. */
static void record_member(struct bytes record, const char *name, char *out, size_t size)
{
    struct reader reader = reader_of(record);
    size_t count = read_map(&reader);
    out[0] = '\0';
    for (size_t i = 0; i < count && !reader.failed; i++) {
        struct bytes key = read_str(&reader);
        if (!bytes_equal(key, bytes_text(name)) || read_type(&reader) != PACK_STR) {
            read_skip(&reader);
            continue;
        }
        struct bytes value = read_str(&reader);
        (void)snprintf(out, size, "%.*s", (int)value.size, (const char *)value.data);
        return;
    }
}

static enum grid_status ignore_row(void *context, const char *list, struct bytes record)
{
    (void)context;
    (void)list;
    (void)record;
    return GRID_OK;
}

/* The member "name" of what the node answers; empty when it does not. */
static void ask_name(
        struct join *join, const struct grid_request *request, char out[static CONFIG_NAME_BYTES])
{
    struct buffer record = {0};
    out[0] = '\0';
    if (grid_node_ask(join->loop.node, system_now(), request, ignore_row, NULL, &record, NULL) ==
            GRID_OK)
        record_member(buffer_bytes(&record), "name", out, CONFIG_NAME_BYTES);
    buffer_close(&record);
}

/* Who and where, for the sentence at the end; a node that cannot say is enrolled all the same. */
static void describe(struct join *join, struct enrol_result *result)
{
    const struct grid_field unit = {bytes_text("unit"), bytes_text(join->invite.unit)};
    const struct grid_request who = {.verb = bytes_text("status")};
    const struct grid_request where = {
            .verb = bytes_text("roster_show"), .fields = &unit, .field_count = 1};
    ask_name(join, &who, result->person);
    ask_name(join, &where, result->unit);
    if (join->config.role == GRID_NODE_CENTRE)
        (void)snprintf(join->config.name, sizeof(join->config.name), "%s", result->person);
    (void)snprintf(result->code, sizeof(result->code), "%s", join->invite.unit);
    result->slot = join->invite.slot;
    (void)snprintf(result->home, sizeof(result->home), "%s", join->home.path);
}

static enum grid_status run(struct join *join, struct enrol_result *result)
{
    const struct loop_hooks hooks = {.context = join,
            .before_send = before_send,
            .progress = progress,
            .unreached = unreached,
            .enrolled = enrolled};
    enum grid_status status =
            loop_open(&join->loop, &join->home, &join->config, &hooks, &join->error);
    if (status != GRID_OK)
        return status;
    join->started_ms = system_now().mono_ms;
    (void)uv_timer_init(&join->loop.uv, &join->limit);
    join->limit.data = join;
    uv_unref((uv_handle_t *)&join->limit);
    (void)uv_timer_start(&join->limit, on_limit, JOIN_LIMIT_MS, 0);
    grid_node_enrol(join->loop.node, join->invite.secret);
    struct grid_error error = {0};
    status = loop_run(&join->loop, &error);
    uv_close((uv_handle_t *)&join->limit, NULL);
    if (status != GRID_OK)
        join->error = error;
    else if (join->settled)
        status = join->outcome;
    else /* a signal */
        status = grid_fail(&join->error, GRID_TIMEOUT, "join_stopped", " ");
    if (status == GRID_OK)
        describe(join, result);
    loop_close(&join->loop);
    return status;
}

static enum grid_status finish(struct join *join, struct grid_error *error)
{
    enum grid_status status = home_write_config(&join->home, &join->config, error);
    if (status != GRID_OK)
        return status;
    home_remove_file(&join->home, "keys/invite");
    home_remove_file(&join->home, "keys/asked");
    return GRID_OK;
}

/* A join that was killed after its last write and is repeated: the home is what this invitation
 * made. */
static bool made_by_this(struct join *join)
{
    struct grid_error ignored = {0};
    return join->home.state == HOME_READY &&
           home_read_config(&join->home, &join->config, &ignored) == GRID_OK &&
           (join->config.role == GRID_NODE_CENTRE) == (join->invite.slot == 0) &&
           join->config.slot == join->invite.slot &&
           strcmp(join->config.unit, join->invite.unit) == 0 &&
           crypto_equal(join->config.parent_key, join->invite.parent, GRID_KEY_BYTES);
}

static enum grid_status tell_again(
        struct join *join, struct enrol_result *result, struct grid_error *error)
{
    enum grid_status status = ensure_keys(&join->home, error);
    if (status == GRID_OK)
        status = loop_open(&join->loop, &join->home, &join->config, NULL, error);
    if (status != GRID_OK)
        return status;
    describe(join, result);
    loop_close(&join->loop);
    return GRID_OK;
}

enum grid_status enrol_join(const char *path, const char *invitation, const struct address *listen,
        struct enrol_result *result, bool *kept, struct grid_error *error)
{
    static struct join join;
    *kept = false;
    enum grid_status status = invite_parse(&join.invite, invitation, error);
    if (status != GRID_OK)
        return status;
    status = home_make(&join.home, path, error);
    if (status != GRID_OK)
        return status;
    if (made_by_this(&join)) {
        status = tell_again(&join, result, error);
        home_close(&join.home);
        crypto_forget(&join.invite, sizeof(join.invite));
        return status;
    }
    status = prepare(&join, invitation, listen, error);
    if (status == GRID_OK) {
        /* Our clock may be wrong by years: the centre judges. */
        if (join.invite.expires_ms < system_now().wall_ms)
            text_say(stderr, "join_expired", " ");
        status = run(&join, result);
        if (status != GRID_OK)
            *error = join.error;
        else
            status = finish(&join, error);
        *kept = status != GRID_OK && join.asked && !is_refusal(error);
        if (status != GRID_OK && !*kept)
            home_remove(&join.home);
    } else if (join.home.state == HOME_EMPTY) {
        home_remove(&join.home);
    }
    home_close(&join.home);
    crypto_forget(&join.invite, sizeof(join.invite));
    return status;
}
