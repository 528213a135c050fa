#include "daemon/loop.h"

#include "daemon/control.h"
#include "daemon/log.h"
#include "daemon/peer.h"
#include "daemon/system.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { SIGNAL_COUNT = 3 };
static const int signal_numbers[SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP};

enum {
    LOOP_FAILURES_MAX = 2,
    LOOP_FAILURE_WINDOW_MS = 60000,
    /* While a commit takes so long, another millisecond in which more requests may join it is well
     * spent. */
    LOOP_GATHER_FROM_MS = 3,
    LOOP_GATHER_MS = 1,
};

/* --- the node --- */

static enum grid_status open_node(struct loop *loop, struct grid_error *error)
{
    struct grid_options options;
    char database[HOME_PATH_BYTES];
    char search[HOME_PATH_BYTES];
    enum grid_status status =
            loop_node_options(&options, database, loop->home, loop->config, error);
    if (status == GRID_OK)
        status = home_path(search, loop->home, "search.db", error);
    options.search = search;
    if (status == GRID_OK)
        status = grid_node_open(&loop->node, &options, system_now(), error);
    if (status != GRID_OK)
        return status;
    grid_node_set_storage(loop->node, home_check_space(loop->home, system_now().mono_ms, true));
    loop_feed(loop); /* what the open decided is committed and done in the first turn */
    return GRID_OK;
}

/* --- stopping --- */

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* What is asked for once more, while we end, is under way: the exit code stays ours. libuv goes by
 * way of the default, which kills; what comes in between waits and is then ignored. */
static void close_signals(struct loop *loop)
{
    sigset_t ours;
    sigset_t before;
    (void)sigemptyset(&ours);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        (void)sigaddset(&ours, signal_numbers[i]);
    (void)pthread_sigmask(SIG_BLOCK, &ours, &before);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        close_handle((uv_handle_t *)&loop->signals[i]);
        (void)signal(signal_numbers[i], SIG_IGN);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Everything that keeps the loop alive is closed; uv_run returns when all of it is gone. */
static void shut_down(struct loop *loop)
{
    if (loop->stopped)
        return;
    loop->stopped = true;
    if (loop->control != NULL)
        control_stop(loop->control);
    if (loop->peers != NULL)
        peers_stop(loop->peers);
    close_handle((uv_handle_t *)&loop->prepare);
    close_handle((uv_handle_t *)&loop->check);
    close_handle((uv_handle_t *)&loop->timer);
    close_handle((uv_handle_t *)&loop->gathering);
    interfaces_close(&loop->interfaces);
    close_signals(loop);
}

void loop_stop(struct loop *loop)
{
    loop->stop_asked = true;
    loop_feed(loop);
}

static void stop_with(struct loop *loop, const struct grid_error *error)
{
    loop->result = error->status;
    loop->result_error = *error;
    shut_down(loop);
}

/* --- the turn --- */

/* A full disk is told from a broken one: it is waited for. After the second other failure within a
 * minute the disk is not to be trusted (F2, D3): the process stops, and its next start verifies.
 * A command (init, join) serves nobody: it waits for no room, and says at once what failed. */
static bool is_broken(struct loop *loop, const struct grid_error *failure)
{
    int64_t now_ms = system_now().mono_ms;
    if (loop->control == NULL)
        return true;
    if (strcmp(failure->reason, "disk_full") == 0) {
        home_give_up_reserve(loop->home);
        return false;
    }
    if (loop->failures > 0 && now_ms - loop->failed_ms > LOOP_FAILURE_WINDOW_MS)
        loop->failures = 0;
    loop->failed_ms = now_ms;
    loop->failures++;
    return loop->failures >= LOOP_FAILURES_MAX;
}

/* The node cannot go on: it is opened again from what is on the disk. */
static void recover(struct loop *loop, const struct grid_error *failure)
{
    struct grid_error answer;
    struct grid_error error = *failure;
    log_error("event=turn_failed status=%s reason=%s", grid_status_word(failure->status),
            failure->reason);
    (void)grid_fail(&answer, GRID_STORAGE, "storage", "%s", failure->reason);
    loop->faulty = true; /* what still asks meanwhile is answered with an error as well */
    if (loop->control != NULL) {
        control_fail_held(loop->control, &answer);
        control_release(loop->control);
    }
    peers_drop(loop->peers);
    grid_node_close(loop->node);
    loop->node = NULL;
    loop->faulty = false;
    if (is_broken(loop, failure))
        stop_with(loop, &answer);
    else if (open_node(loop, &error) != GRID_OK)
        stop_with(loop, &error);
    if (loop->result != GRID_OK)
        return;
    /* F50: what failed will fail again at once; the parent is not called in a circle. */
    if (loop->config->has_parent)
        grid_node_link_down(loop->node, system_now(), 0, failure->reason);
    if (strcmp(failure->reason, "disk_full") == 0)
        grid_node_set_full(loop->node, system_now());
    if (loop->control != NULL)
        control_reopened(loop->control);
}

static enum grid_status take_action(
        struct loop *loop, const struct grid_action *action, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    switch (action->type) {
    case GRID_ACTION_MARK:
        return key_file_write(&loop->home->keys, action->keyring, error);
    case GRID_ACTION_SEND:
        if (loop->hooks.before_send != NULL)
            status = loop->hooks.before_send(loop->hooks.context, error);
        if (status == GRID_OK)
            peers_send(loop->peers, action->link, action->bytes);
        return status;
    case GRID_ACTION_CLOSE:
        peers_leave(loop->peers, action->link, action->reason);
        return GRID_OK;
    case GRID_ACTION_CONNECT:
        if (loop->config->has_parent)
            peers_connect(loop->peers, &loop->config->parent, loop->config->parent_key);
        return GRID_OK;
    case GRID_ACTION_ENROLLED:
        if (loop->hooks.enrolled != NULL)
            loop->hooks.enrolled(loop->hooks.context, action->error);
        return GRID_OK;
    case GRID_ACTION_CHANGED:
        if (loop->control != NULL)
            control_changed(loop->control, action->bytes);
        return GRID_OK;
    case GRID_ACTION_NONE:
        return GRID_OK;
    }
    return GRID_OK;
}

static enum grid_status take_actions(struct loop *loop, struct grid_error *error)
{
    struct grid_action action = {0};
    enum grid_status status = GRID_OK;
    while (status == GRID_OK && grid_node_next_action(loop->node, system_now(), &action)) {
        status = take_action(loop, &action, error);
        memset(&action, 0, sizeof(action));
    }
    return status;
}

static void on_timer(uv_timer_t *timer)
{
    loop_feed(timer->data);
}

static void arm_timer(struct loop *loop)
{
    int64_t deadline = grid_node_deadline(loop->node);
    if (deadline == INT64_MAX) {
        (void)uv_timer_stop(&loop->timer);
        return;
    }
    int64_t now_ms = system_now().mono_ms;
    int64_t wait_ms = deadline > now_ms ? deadline - now_ms : 0;
    /* Never 0: a deadline that is always past must not turn into a loop that never sleeps. */
    uv_update_time(&loop->uv);
    (void)uv_timer_start(&loop->timer, on_timer, wait_ms > 1 ? (uint64_t)wait_ms : 1, 0);
}

static enum grid_status commit(struct loop *loop, struct grid_error *error)
{
    struct grid_now now = system_now();
    grid_node_set_storage(loop->node, home_check_space(loop->home, now.mono_ms, false));
    if (grid_node_deadline(loop->node) <= now.mono_ms)
        grid_node_tick(loop->node, now);
    enum grid_status status = grid_node_commit(loop->node, now, error);
    loop->commit_ms = system_now().mono_ms - now.mono_ms;
    return status;
}

static void on_gathered(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    loop->gathered = true;
}

/* Many clients that ask one thing after the other would fall into two halves, each of which waits
 * for the disk while the other is served. */
static bool gathers(struct loop *loop)
{
    bool waits = !loop->gathered && !loop->stop_asked && loop->control != NULL &&
                 loop->commit_ms >= LOOP_GATHER_FROM_MS && control_awaits_more(loop->control);
    if (waits && !uv_is_active((uv_handle_t *)&loop->gathering)) {
        uv_update_time(&loop->uv);
        (void)uv_timer_start(&loop->gathering, on_gathered, LOOP_GATHER_MS, 0);
    }
    if (!waits) {
        (void)uv_timer_stop(&loop->gathering);
        loop->gathered = false;
    }
    return waits;
}

static void turn(struct loop *loop)
{
    struct grid_error error = {0};
    if (!loop->fed || loop->stopped || gathers(loop))
        return;
    loop->fed = false;
    enum grid_status status = commit(loop, &error);
    if (status != GRID_OK) {
        error.status = status;
        if (error.reason[0] == '\0')
            (void)grid_fail(&error, status, "storage", "%s", grid_status_word(status));
        recover(loop, &error);
    } else {
        status = take_actions(loop, &error);
        if (status != GRID_OK) {
            /* It is committed, but what others may see of it is not marked outside the database
             * (D5): nothing more may leave this process. */
            struct grid_error answer;
            (void)grid_fail(&answer, GRID_STORAGE, "storage", "%s", error.reason);
            if (loop->control != NULL)
                control_fail_held(loop->control, &answer);
            error.status = status;
        }
        if (loop->control != NULL)
            control_release(loop->control);
        if (status != GRID_OK)
            stop_with(loop, &error);
    }
    if (loop->stopped)
        return;
    peers_flush(loop->peers);
    if (loop->stop_asked)
        shut_down(loop);
    else
        arm_timer(loop);
}

static void on_prepare(uv_prepare_t *prepare)
{
    turn(prepare->data);
}

static void on_check(uv_check_t *check)
{
    turn(check->data);
}

static void on_signal(uv_signal_t *handle, int number)
{
    log_info("event=signal number=%d", number);
    loop_stop(handle->data);
}

/* --- life --- */

static enum grid_status make_handles(struct loop *loop, struct grid_error *error)
{
    int failure = uv_loop_init(&loop->uv);
    if (failure != 0)
        return grid_fail(error, GRID_INTERNAL, "system", "%s", uv_strerror(failure));
    (void)uv_prepare_init(&loop->uv, &loop->prepare);
    (void)uv_check_init(&loop->uv, &loop->check);
    (void)uv_timer_init(&loop->uv, &loop->timer);
    (void)uv_timer_init(&loop->uv, &loop->gathering);
    loop->prepare.data = loop;
    loop->check.data = loop;
    loop->timer.data = loop;
    loop->gathering.data = loop;
    /* Both ends of the poll: what timers fed is done before the loop sleeps, what sockets fed as
     * soon as all that was readable has been read. */
    (void)uv_prepare_start(&loop->prepare, on_prepare);
    (void)uv_check_start(&loop->check, on_check);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (uv_signal_init(&loop->uv, &loop->signals[i]) != 0)
            assert(!"libuv could not make a signal handle");
        loop->signals[i].data = loop;
        (void)uv_signal_start(&loop->signals[i], on_signal, signal_numbers[i]);
    }
    loop->ready = true;
    return GRID_OK;
}

enum grid_status loop_open(struct loop *loop, struct home *home, const struct config *config,
        const struct loop_hooks *hooks, struct grid_error *error)
{
    memset(loop, 0, sizeof(*loop));
    loop->home = home;
    loop->config = config;
    if (hooks != NULL)
        loop->hooks = *hooks;
    enum grid_status status = make_handles(loop, error);
    if (status == GRID_OK)
        status = peers_open(&loop->peers, loop, home->keys.keyring->identity_seed, error);
    if (status == GRID_OK)
        status = open_node(loop, error);
    if (status != GRID_OK)
        loop_close(loop);
    return status;
}

static void on_interface(void *context, bool came)
{
    struct loop *loop = context;
    if (loop->stopped || loop->node == NULL)
        return;
    log_info("event=interface came=%d", came);
    grid_node_road(loop->node, system_now(), came);
    loop_feed(loop);
}

enum grid_status loop_serve(struct loop *loop, struct grid_error *error)
{
    enum grid_status status = GRID_OK;
    if (loop->config->has_parent)
        interfaces_open(&loop->interfaces, &loop->uv, loop, on_interface);
    if (loop->config->has_listen)
        status = peers_listen(loop->peers, &loop->config->listen, error);
    if (status == GRID_OK)
        status = control_open(&loop->control, loop, error);
    return status;
}

enum grid_status loop_run(struct loop *loop, struct grid_error *error)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (loop->result != GRID_OK)
        *error = loop->result_error;
    return loop->result;
}

void loop_close(struct loop *loop)
{
    if (!loop->ready)
        return;
    shut_down(loop);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    control_close(loop->control);
    peers_close(loop->peers);
    if (loop->node != NULL)
        grid_node_close(loop->node);
    if (uv_loop_close(&loop->uv) != 0)
        log_error("event=loop_not_empty");
    memset(loop, 0, sizeof(*loop));
}
