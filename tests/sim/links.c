/* Roads between nodes: latency, chunks, cuts at any byte, ends that do not know of each other, and
 * the run of the clock. */
#include "tests/sim/world.h"

#include <assert.h>
#include <string.h>

static void free_link(struct sim_link *link)
{
    buffer_close(&link->up.bytes);
    buffer_close(&link->down.bytes);
    memset(link, 0, sizeof(*link));
}

static struct sim_link *find(struct sim *sim, uint64_t number)
{
    for (size_t i = 0; i < sim->link_end; i++)
        if (sim->links[i].number == number)
            return &sim->links[i];
    return NULL;
}

struct sim_link *sim_link_of(const struct sim_home *child)
{
    struct sim *sim = child->sim;
    for (size_t i = 0; i < sim->link_end; i++)
        if (sim->links[i].number != 0 && sim->links[i].child == child && sim->links[i].child_open)
            return &sim->links[i];
    return NULL;
}

static struct sim_link *new_link(struct sim *sim)
{
    size_t at = 0;
    while (at < sim->link_end && sim->links[at].number != 0)
        at++;
    assert(at < SIM_LINKS_MAX);
    if (at == sim->link_end)
        sim->link_end++;
    return &sim->links[at];
}

/* --- ends --- */

static void end_down(struct sim_link *link, bool child_side, const char *reason)
{
    struct sim_home *home = child_side ? link->child : link->parent;
    uint64_t number = link->number;
    bool *is_open = child_side ? &link->child_open : &link->parent_open;
    if (!*is_open)
        return;
    *is_open = false;
    struct sim_way *ours = child_side ? &link->up : &link->down;
    ours->ended = true; /* what was sent still arrives */
    if (ours->reason[0] == '\0')
        snprintf(ours->reason, sizeof(ours->reason), "%s", "peer_gone");
    if (home->plays || home->node == NULL)
        return;
    sim_note(home->sim, "%s: link %d is down: %s", home->name, (int)number, reason);
    snprintf(home->last_close, sizeof(home->last_close), "%s", reason);
    grid_node_link_down(home->node, sim_now(home), number, reason);
    (void)sim_turn(home);
}

static void sweep(struct sim_link *link)
{
    if (link->number != 0 && !link->child_open && !link->parent_open)
        free_link(link);
}

void sim_break(struct sim_link *link, int64_t child_ms, int64_t parent_ms)
{
    int64_t now_ms = link->child->sim->mono_ms;
    link->broken = true;
    link->child_ends_ms = now_ms + child_ms;
    link->parent_ends_ms = now_ms + parent_ms;
}

void sim_close_end(struct sim_home *home, uint64_t number, const char *reason)
{
    struct sim_link *link = find(home->sim, number);
    if (link == NULL)
        return;
    struct sim_way *way = link->child == home ? &link->up : &link->down;
    snprintf(way->reason, sizeof(way->reason), "%s", reason);
    int64_t *ends_ms = link->child == home ? &link->child_ends_ms : &link->parent_ends_ms;
    if (*ends_ms > home->sim->mono_ms)
        *ends_ms = home->sim->mono_ms;
}

void sim_drop_ends(struct sim_home *home, bool silently)
{
    struct sim *sim = home->sim;
    for (size_t i = 0; i < sim->link_end; i++) {
        struct sim_link *link = &sim->links[i];
        if (link->number == 0 || (link->child != home && link->parent != home))
            continue;
        bool child_side = link->child == home;
        if (!(child_side ? link->child_open : link->parent_open))
            continue;
        *(child_side ? &link->child_open : &link->parent_open) = false;
        buffer_clear(child_side ? &link->down.bytes : &link->up.bytes);
        struct sim_way *ours = child_side ? &link->up : &link->down;
        int64_t *other_ms = child_side ? &link->parent_ends_ms : &link->child_ends_ms;
        ours->ended = !silently;
        snprintf(ours->reason, sizeof(ours->reason), "%s", "peer_gone");
        if (silently) { /* what was on its way may be lost, and nobody says so */
            link->broken = true;
            int64_t learns_ms = sim->mono_ms + 1000 + (int64_t)sim_chance(sim, 900000);
            if (*other_ms > learns_ms)
                *other_ms = learns_ms;
        }
    }
}

/* --- sending --- */

void sim_send(struct sim_home *home, uint64_t number, struct bytes bytes)
{
    struct sim *sim = home->sim;
    struct sim_link *link = find(sim, number);
    if (link == NULL)
        return;
    bool child_side = link->child == home;
    struct sim_way *way = child_side ? &link->up : &link->down;
    ledger_see_frame(home, child_side ? link->parent : link->child, bytes);
    sim->counts.frames++;
    sim->counts.bytes += bytes.size;
    sim_trace_bytes(sim, bytes);
    if (sim->story != NULL)
        sim_note(sim, "%s sends frame type %u, %zu bytes, on link %d", home->name, bytes.data[0],
                bytes.size, (int)number);
    else
        sim_note(sim, "%u %u", home->no, bytes.data[0]);
    if (way->bytes.size == 0)
        way->ready_ms = sim->mono_ms + link->latency_ms;
    size_t before = way->bytes.size;
    if (link->lies && sim_one_in(sim, 6)) {
        struct buffer frame = {0};
        buffer_append(&frame, bytes.data, bytes.size);
        sim_falsify(sim, &frame);
        buffer_append(&way->bytes, frame.data, frame.size);
        buffer_close(&frame);
        sim->counts.hostile++;
    } else {
        buffer_append(&way->bytes, bytes.data, bytes.size);
    }
    (void)before;
}

/* --- delivering --- */

static size_t portion(struct sim *sim, const struct sim_link *link, const struct sim_way *way)
{
    size_t size = way->bytes.size;
    if (link->chunk == 1 && size > 64 && sim_one_in(sim, 2))
        size = 64 + (size_t)sim_chance(sim, 2000); /* a whole backlog byte by byte takes too long */
    else if (link->chunk > 0)
        size = 1 + (size_t)sim_chance(sim, link->chunk);
    if (size > way->bytes.size)
        size = way->bytes.size;
    if (size > way->cut_at - way->passed)
        size = way->cut_at - way->passed;
    return size;
}

static void deliver(struct sim_link *link, struct sim_way *way)
{
    bool up = way == &link->up;
    struct sim_home *to = up ? link->parent : link->child;
    struct sim_home *from = up ? link->child : link->parent;
    struct sim *sim = to->sim;
    uint64_t number = link->number;
    size_t size = portion(sim, link, way);
    if (up ? !link->parent_open : !link->child_open) {
        buffer_clear(&way->bytes);
        return;
    }
    struct buffer taken = {0};
    buffer_append(&taken, way->bytes.data, size);
    buffer_drop_front(&way->bytes, size);
    way->passed += size;
    way->ready_ms = sim->mono_ms + link->latency_ms;
    bool from_open = up ? link->child_open : link->parent_open;
    if (to->node != NULL) {
        (void)grid_node_receive(to->node, sim_now(to), number, buffer_bytes(&taken));
        (void)sim_turn(to);
    }
    buffer_close(&taken);
    if (from_open && from->node != NULL && link->number == number) {
        grid_node_sent(from->node, number, size);
        if (sim_one_in(sim, 3) || way->bytes.size == 0)
            (void)sim_turn(from);
    }
}

static bool step_way(struct sim *sim, struct sim_link *link, struct sim_way *way)
{
    if (link->number == 0 || way->bytes.size == 0 || way->ready_ms > sim->mono_ms || link->broken)
        return false;
    if (way->passed >= way->cut_at) { /* here the road ends */
        sim_note(sim, "link %d is cut at byte %zu", (int)link->number, way->passed);
        sim->counts.link_faults++;
        sim_break(link, (int64_t)sim_chance(sim, 3000), (int64_t)sim_chance(sim, 60000));
        return true;
    }
    deliver(link, way);
    return true;
}

static bool step_end(struct sim *sim, struct sim_link *link, bool child_side)
{
    bool is_open = child_side ? link->child_open : link->parent_open;
    const struct sim_way *theirs = child_side ? &link->down : &link->up;
    int64_t ends_ms = child_side ? link->child_ends_ms : link->parent_ends_ms;
    const struct sim_way *ours = child_side ? &link->up : &link->down;
    if (link->number == 0 || !is_open)
        return false;
    bool told = theirs->ended && theirs->bytes.size == 0 && !link->broken;
    if (!told && ends_ms > sim->mono_ms)
        return false;
    char reason[GRID_REASON_BYTES];
    snprintf(reason, sizeof(reason), "%s",
            told                      ? theirs->reason
            : ours->reason[0] != '\0' ? ours->reason
                                      : "cut");
    end_down(link, child_side, reason);
    return true;
}

static bool step_links(struct sim *sim)
{
    bool moved = false;
    size_t start = sim->link_end > 0 ? (size_t)sim_chance(sim, sim->link_end) : 0;
    for (size_t i = 0; i < sim->link_end && !sim_bad(sim); i++) {
        struct sim_link *link = &sim->links[(start + i) % sim->link_end];
        if (link->number == 0)
            continue;
        moved = step_way(sim, link, &link->up) || moved;
        moved = step_way(sim, link, &link->down) || moved;
        moved = step_end(sim, link, true) || moved;
        moved = step_end(sim, link, false) || moved;
        sweep(link);
    }
    return moved;
}

/* --- connecting --- */

struct sim_link *sim_connect(struct sim_home *child)
{
    struct sim *sim = child->sim;
    struct sim_home *parent = child->parent;
    static const int64_t latencies_ms[] = {0, 0, 20, 200, 1500};
    static const size_t chunks[] = {0, 0, 0, 700, 64, 1};
    struct sim_link *link = new_link(sim);
    *link = (struct sim_link){.number = ++sim->last_link,
            .child = child,
            .parent = parent,
            .child_open = true,
            .parent_open = true,
            .child_ends_ms = INT64_MAX,
            .parent_ends_ms = INT64_MAX,
            .up.cut_at = SIZE_MAX,
            .down.cut_at = SIZE_MAX};
    if (sim->plan.faults) {
        link->latency_ms = latencies_ms[sim_chance(sim, 5)];
        link->chunk = chunks[sim_chance(sim, 6)];
        if (sim_one_in(sim, 6))
            link->up.cut_at = (size_t)sim_chance(sim, sim_one_in(sim, 2) ? 300 : 4000);
        if (sim_one_in(sim, 8))
            link->down.cut_at = (size_t)sim_chance(sim, sim_one_in(sim, 2) ? 300 : 2000);
        link->lies = sim->plan.hostile && child->enrolled && sim_one_in(sim, 12);
    }
    sim_note(sim, "%s calls %s: link %d", child->name, parent->name, (int)link->number);
    child->wants_parent = false;
    uint64_t number = link->number;
    if (child->node != NULL) {
        (void)grid_node_link_up(child->node, sim_now(child), number, parent->identity, true);
        (void)sim_turn(child);
    }
    if (link->number == number && parent->node != NULL && link->parent_open) {
        (void)grid_node_link_up(parent->node, sim_now(parent), number, child->identity, false);
        (void)sim_turn(parent);
    }
    sweep(link);
    return link->number == number ? link : NULL;
}

static bool step_connect(struct sim_home *home)
{
    if (home->node == NULL || !home->wants_parent)
        return false;
    bool reached = !home->unreachable && !home->parent->unreachable && home->parent->node != NULL &&
                   sim_link_of(home) == NULL;
    if (reached) {
        (void)sim_connect(home);
        return true;
    }
    home->wants_parent = false;
    grid_node_link_down(home->node, sim_now(home), 0, "unreachable");
    (void)sim_turn(home);
    return true;
}

static bool step_home(struct sim_home *home)
{
    struct sim *sim = home->sim;
    bool moved = false;
    if (home->node == NULL && home->restart_ms <= sim->mono_ms && !home->destroyed) {
        (void)sim_start(home);
        if (home->node != NULL)
            sim_try_again(home);
        moved = true;
    }
    return step_connect(home) || moved;
}

/* --- the clock --- */

static int64_t deadline_of(const struct sim_home *home)
{
    if (home->node == NULL)
        return home->destroyed ? INT64_MAX : home->restart_ms;
    int64_t deadline = grid_node_deadline(home->node);
    return deadline == INT64_MAX || deadline == INT64_MIN ? deadline : deadline + home->boot_ms - 1;
}

static int64_t next_event(const struct sim *sim)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < sim->home_count; i++) {
        int64_t deadline = deadline_of(sim->homes[i]);
        next = deadline < next ? deadline : next;
    }
    for (size_t i = 0; i < sim->link_end; i++) {
        const struct sim_link *link = &sim->links[i];
        if (link->number == 0)
            continue;
        if (link->child_open && link->child_ends_ms < next)
            next = link->child_ends_ms;
        if (link->parent_open && link->parent_ends_ms < next)
            next = link->parent_ends_ms;
        if (!link->broken && link->up.bytes.size > 0 && link->up.ready_ms < next)
            next = link->up.ready_ms;
        if (!link->broken && link->down.bytes.size > 0 && link->down.ready_ms < next)
            next = link->down.ready_ms;
    }
    return next;
}

static void advance(struct sim *sim, int64_t to_ms)
{
    if (to_ms > sim->mono_ms) {
        sim->counts.device_ms += (double)(to_ms - sim->mono_ms) * (double)sim->home_count;
        sim->wall_ms += to_ms - sim->mono_ms;
        sim->mono_ms = to_ms;
    }
    for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++) {
        struct sim_home *home = sim->homes[i];
        if (home->node == NULL || deadline_of(home) > sim->mono_ms)
            continue;
        grid_node_tick(home->node, sim_now(home));
        (void)sim_turn(home);
    }
}

void sim_run(struct sim *sim, int64_t for_ms)
{
    int64_t end_ms = sim->mono_ms + for_ms;
    int64_t last_ms = sim->mono_ms;
    for (unsigned at_once = 0; !sim_bad(sim);) {
        bool moved = step_links(sim);
        for (size_t i = 0; i < sim->home_count && !sim_bad(sim); i++)
            moved = step_home(sim->homes[i]) || moved;
        at_once = sim->mono_ms == last_ms ? at_once + 1 : 0;
        last_ms = sim->mono_ms;
        if (at_once > 100000)
            sim_violate(sim, "F50", "something spins");
        if (moved)
            continue;
        int64_t next = next_event(sim);
        if (next > end_ms)
            break;
        advance(sim, next);
    }
    advance(sim, end_ms);
}
