/* lives.c - lives of two programs, each of which is a process of its own. */
#include "brokers/lives.h"

#include "support/brokers/watched_broker.h"

#include "base/failpoint.h"
#include "core/engine.h"

#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LIFE_MS = 60000, /* a life that lasts longer has come to a standstill */
    DEAD_MS = 40000, /* after which nobody waits for a process that has ended */
    STEP_MS = 100,
    TAP_BYTES = 1 << 20,
    STOPPED = 9 /* the exit status of a life that was ended at a failpoint */
};

struct lives *lives;
struct neighbours lives_both;

static const struct tested_broker *broker;

bool lives_share(void)
{
    FILE *file = tmpfile();

    if (!file || ftruncate(fileno(file), sizeof *lives))
        return false;
    lives =
        mmap(NULL, sizeof *lives, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    fclose(file);
    return lives != MAP_FAILED;
}

/* ---- where a life ends ----------------------------------------------------------- */

static struct lives_failpoint *find_failpoint(const char *name)
{
    size_t at = 0;

    while (at < lives->name_count && strcmp(lives->names[at].name, name) != 0)
        at++;
    return at < lives->name_count ? &lives->names[at] : NULL;
}

int64_t lives_hits(const char *name)
{
    const struct lives_failpoint *found = find_failpoint(name);

    return found ? found->hits : 0;
}

/* The names are constants, and every process is a copy of the test's: so a pointer means
 * the same in each. */
static void pass_failpoint(void *context, const char *name)
{
    struct lives_failpoint *found = find_failpoint(name);

    (void)context;
    if (!found && lives->name_count < LIVES_NAMES) {
        found = &lives->names[lives->name_count++];
        *found = (struct lives_failpoint){.name = name};
    }
    if (!found)
        return;
    found->hits++;
    if (lives->stop_at && !strcmp(lives->stop_at, name) && found->hits == lives->stop_hit)
        _exit(STOPPED);
}

/* ---- inside of a process --------------------------------------------------------- */

_Noreturn static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    _exit(1);
}

static struct jangle_transport *open_transport(void)
{
    static const struct jangle_host system_host;
    struct jangle_transport *made = NULL;
    struct jangle_error error;

    if (broker->broker.open(&broker->broker, &system_host, "test", &made, &error))
        give_up("a transport", error.message);
    return made;
}

static void open_world(struct world *world)
{
    jn_failpoint_set(pass_failpoint, NULL);
    if (!exchange_try_open(&lives_both, world))
        give_up("open", world->error.message);
}

static void close_world(struct world *world)
{
    jn_failpoint_set(NULL, NULL);
    if (jangle_close(world->jangle, -1))
        give_up("close", "it cannot close its store");
}

/* Poll once, and let a moment pass if there was nothing to do. */
static void live_on(struct world *world, int64_t until_us)
{
    int64_t done = 0;

    if (jn_monotonic_us() > until_us)
        give_up("a program", "it has come to a standstill");
    if (jangle_poll(world->jangle, &done, &world->error))
        give_up("poll", world->error.message);
    world_pass(world, STEP_MS);
    if (!done)
        neighbours_wait_a_moment();
}

static bool is_done(struct world *world)
{
    struct jangle_left left;

    return !jangle_drain(world->jangle, 0, &left, NULL) && !left.parked && !left.dead &&
           !left.suspended;
}

void lives_sender(void)
{
    struct world *world = &lives_both.sender;
    int64_t until_us = jn_monotonic_after_ms(LIFE_MS);
    struct jangle_outcome outcome;

    open_world(world);
    for (int i = 0; i < LIVES_EVENTS; i++) {
        if (exchange_send(&lives_both, i, &outcome) ||
            outcome.position >= LIVES_POSITIONS)
            give_up("send", outcome.error.message);
        lives->sent[outcome.position] = true;
    }
    while (!is_done(world))
        live_on(world, until_us);
    close_world(world);
}

static int64_t count_at(struct jangle_transport *visitor, const char *queue)
{
    int64_t count = 0;
    struct jangle_error error;

    if (visitor->ops->count(visitor, queue, &count, &error))
        give_up(queue, error.message);
    return count;
}

static struct watched_broker watched;

static void settles(void *context, const struct jangle_settlement *settlement, size_t at)
{
    (void)context, (void)settlement, (void)at;
}

static void
has_settled(void *context, const struct jangle_settlement *settlement, size_t at)
{
    (void)context, (void)at;
    lives->taken += settlement->disposition == JANGLE_TAKEN && !settlement->result;
}

/* Until all is stored, and the broker knows that: so what a life that was stopped had in
 * hand has come again. */
void lives_taker(void)
{
    struct world *world = &lives_both.taker;
    struct jangle_transport *visitor = open_transport();
    int64_t until_us = jn_monotonic_after_ms(LIFE_MS);

    open_world(world);
    while (!exchange_is_complete(&lives_both, LIVES_EVENTS) ||
           lives->taken < 2 * LIVES_EVENTS || count_at(visitor, "watch") ||
           count_at(visitor, "counter"))
        live_on(world, until_us);
    close_world(world);
    if (count_at(visitor, "watch.dead") || count_at(visitor, "counter.dead"))
        give_up("the taker", "it has dead letters");
    visitor->ops->close(visitor);
}

/* What a program finds that is opened again. */
void lives_read_checkpoint(void)
{
    struct world *world = &lives_both.sender;
    struct jangle_checkpoint checkpoint = {0};
    struct jangle_store *store;

    open_world(world);
    store = world->jangle->store;
    if (store->ops->find_checkpoint(store, "news", &checkpoint, &world->error))
        give_up("a checkpoint", world->error.message);
    lives->checkpoint = checkpoint.position;
    close_world(world);
}

/* ---- the tap: a queue that gets a copy of all that the topic gets ------------------ */

static const struct jangle_queue tap = {.name = "tap", .topic = "purses"};

/* The position at which the sender has stored it. */
static void note_parcel(const struct jangle_parcel *parcel)
{
    static const char member[] = "\"sequence\":\"";
    char body[1000] = "";
    const char *found;
    long position = 0;

    if (parcel->body_size < sizeof body)
        memcpy(body, parcel->body, parcel->body_size);
    found = strstr(body, member);
    if (found)
        position = strtol(found + sizeof member - 1, NULL, 10);
    if (position < 1 || position >= LIVES_POSITIONS)
        give_up("the tap gets what is no event", body);
    lives->kept[position] = true;
}

bool lives_needs(int position)
{
    return lives->sent[position] && position <= lives->checkpoint;
}

static bool has_all_needed(void)
{
    for (int i = 0; i < LIVES_POSITIONS; i++)
        if (lives_needs(i) && !lives->kept[i])
            return false;
    return true;
}

void lives_look_at_tap(void)
{
    struct jangle_transport *visitor = open_transport();
    int64_t until_us = jn_monotonic_after_ms(LIFE_MS);
    struct jangle_parcel *parcels;
    struct jangle_error error;
    size_t count = 0;

    if (visitor->ops->attach(visitor, &tap, NULL, 0, &error))
        give_up("the tap", error.message);
    while (!has_all_needed() && jn_monotonic_us() < until_us) {
        if (visitor->ops->receive(visitor, 1, TAP_BYTES, 1000, &parcels, &count, &error))
            give_up("the tap", error.message);
        for (size_t i = 0; i < count; i++) {
            struct jangle_settlement settlement = {.parcel = &parcels[i],
                                                   .disposition = JANGLE_TAKEN};

            note_parcel(&parcels[i]);
            if (visitor->ops->settle(visitor, &settlement, 1, &error))
                give_up("the tap", error.message);
        }
    }
    visitor->ops->close(visitor);
}

/* Empty queues. */
static void prepare(void)
{
    static const char *const names[] = {"watch", "counter"};
    struct world *world = &lives_both.taker;
    struct jangle_transport *visitor = open_transport();

    open_world(world);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (jangle_remove(world->jangle, names[i], JANGLE_REMOVE_QUEUES, &world->error))
            give_up("remove", world->error.message);
    if (jangle_declare(world->jangle, NULL, &world->error))
        give_up("declare", world->error.message);
    if (visitor->ops->remove_queue(visitor, &tap, &world->error) ||
        visitor->ops->declare_queue(visitor, &tap, &world->error))
        give_up("the tap", world->error.message);
    visitor->ops->close(visitor);
    close_world(world);
}

/* ---- a process ------------------------------------------------------------------- */

/* A process that crashes ends: cmocka would go on with the next test in it. */
static void let_crash(void)
{
    static const int numbers[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], SIG_DFL);
}

/* How it ended: its exit status. A process that was killed is a failure. */
static int run(void (*life)(void))
{
    pid_t parent = getpid(), child;
    int status = 0;

    world_pass(&lives_both.sender, DEAD_MS);
    world_pass(&lives_both.taker, DEAD_MS);
    lives->name_count = 0;
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        let_crash();
        life();
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

void lives_run(void (*life)(void))
{
    lives->stop_at = NULL;
    assert_int_equal(run(life), 0);
}

/* Whether it was stopped: a life may end before it comes there so often. */
bool lives_run_until(void (*life)(void), const char *name, int64_t hit)
{
    int status;

    lives->stop_at = name;
    lives->stop_hit = hit;
    status = run(life);
    assert_true(status == STOPPED || status == 0);
    return status == STOPPED;
}

/* ---- all of them ----------------------------------------------------------------- */

void lives_begin(const struct tested_broker *tested)
{
    struct neighbours *both = &lives_both;

    broker = tested;
    *lives = (struct lives){0};
    exchange_init(both, true);
    watched = (struct watched_broker){
        .inner = broker->broker, .settles = settles, .has_settled = has_settled};
    both->sender.config.broker = broker->broker;
    both->taker.config.broker = watched_broker_make(&watched);
    both->sender.config.reconnect.max_delay_ms = 1000;
    both->taker.config.reconnect.max_delay_ms = 1000;
    lives_run(prepare);
    *lives = (struct lives){0};
}

void lives_finish(void)
{
    neighbours_finish(&lives_both);
}
