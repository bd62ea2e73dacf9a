/* late_views.c - a follower opens a view when its owner has made it: while it does so it
 * holds up nobody, and of two threads that do so at once one file stays. */
#include "core/engine.h"
#include "subscription/subscription.h"
#include "support/domains/follower.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* ---- a view ------------------------------------------------------------------ */

struct purse_count {
    int64_t events;
};

struct get_count {
    int64_t unused;
};

static JANGLE_STRUCT(purse_count, events);
static JANGLE_QUERY(get_count, unused, answer(purse_count));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO shown (position) VALUES (?)",
                           event->position);
}

static enum jangle_result answer_count(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    struct purse_count count = {0};

    if (jangle_view_row(query->view, &count, purse_count,
                        "SELECT count(*) AS events FROM shown"))
        return JANGLE_STORAGE;
    return jangle_answer_with(answer, purse_count, .events = count.events);
}

static const struct jangle_subscriber view = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}),
    .answerers = JANGLE_ANSWERERS({&get_count, answer_count}),
    .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY)"};

/* ---- views that are watched -------------------------------------------------- */

static struct world here, there;

static struct {
    struct jangle_view_store base; /* what the engine is given */
    struct jangle_view_store *real;
    struct jangle_view_store_ops ops;
    atomic_int opened, closed, opened_under_the_lock;
    pthread_barrier_t together;
    bool wait_for_each_other;
} watched;

static bool is_locked(struct jangle *jangle)
{
    struct jn_mutex *mutex = &jangle->dispatch->mutex;

    if (pthread_mutex_trylock(&mutex->raw) != 0)
        return true;
    pthread_mutex_unlock(&mutex->raw);
    return false;
}

static void close_file(struct jangle_view_file *file)
{
    if (file)
        atomic_fetch_add(&watched.closed, 1);
    watched.real->ops->close_file(file);
}

static enum jangle_result open_file(struct jangle_view_store *store,
                                    const struct jangle_view_spec *spec,
                                    struct jangle_view_file **file,
                                    struct jangle_error *error)
{
    enum jangle_result result;

    (void)store;
    if (there.jangle && !watched.wait_for_each_other && is_locked(there.jangle))
        atomic_fetch_add(&watched.opened_under_the_lock, 1);
    result = watched.real->ops->open(watched.real, spec, file, error);
    if (result)
        return result;
    atomic_fetch_add(&watched.opened, 1);
    if (watched.wait_for_each_other)
        pthread_barrier_wait(&watched.together);
    return JANGLE_OK;
}

static void close_store(struct jangle_view_store *store)
{
    (void)store;
    watched.real->ops->close(watched.real);
}

static enum jangle_result open_watched(const struct jangle_storage *storage,
                                       const struct jangle_host *host,
                                       struct jangle_stores *stores,
                                       struct jangle_error *error)
{
    struct jangle_storage real = jangle_sqlite(storage->location);
    enum jangle_result result;

    real.follower = storage->follower;
    result = real.open(&real, host, stores, error);
    if (result)
        return result;
    watched.real = stores->views;
    watched.ops = *stores->views->ops;
    watched.ops.open = open_file;
    watched.ops.close_file = close_file;
    watched.ops.close = close_store;
    watched.base.ops = &watched.ops;
    stores->views = &watched.base;
    return JANGLE_OK;
}

/* ---- a follower that comes too early ----------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    memset(&watched, 0, sizeof watched);
    world_init(&here, true);
    there = here;
    there.directory[0] = '\0';
    there.config.host.clock.context = &there;
    there.config.storage =
        (struct jangle_storage){.location = here.file, .open = open_watched};
    there.config.follower = true;
    world_open(&here, NULL);
    world_put_many(&here, 3, 1);
    world_open(&there, &view, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&there);
    world_finish(&here);
    return 0;
}

static void make_the_view(void)
{
    world_close(&here);
    world_open(&here, &view, NULL);
    world_poll(&here);
}

static enum jangle_result ask(int64_t *events)
{
    struct jangle_answer answer = {0};
    enum jangle_result result = jangle_ask(there.jangle, &answer, get_count, .unused = 0);

    if (!result)
        *events = ((const struct purse_count *)answer.data)->events;
    jangle_answer_free(&answer);
    return result;
}

static void nobody_is_held_up_while_a_view_is_opened(void **state)
{
    int64_t events = 0;

    (void)state;
    assert_result(ask(&events), JANGLE_BUSY);
    make_the_view();
    assert_result(ask(&events), JANGLE_OK);
    assert_int_equal(events, 3);
    assert_int_equal(watched.opened, 1);
    assert_int_equal(watched.opened_under_the_lock, 0);
    world_close(&there);
    assert_int_equal(watched.closed, 1);
}

static void *ask_in_a_thread(void *context)
{
    int64_t events = 0;

    (void)context;
    return ask(&events) || events != 3 ? "not answered" : NULL;
}

static void two_threads_that_open_it_at_once_keep_one(void **state)
{
    pthread_t threads[2];

    (void)state;
    make_the_view();
    watched.wait_for_each_other = true;
    assert_int_equal(pthread_barrier_init(&watched.together, NULL, 2), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_a_thread, NULL), 0);
    for (int i = 0; i < 2; i++) {
        void *said;

        assert_int_equal(pthread_join(threads[i], &said), 0);
        assert_null(said);
    }
    pthread_barrier_destroy(&watched.together);
    assert_int_equal(watched.opened, 2);
    assert_int_equal(watched.closed, 1);
    world_close(&there);
    assert_int_equal(watched.closed, 2);
}

#define TEST(test)                                                                       \
    {                                                                                    \
#test, test, set_up, tear_down, NULL                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_held_up_while_a_view_is_opened),
        TEST(two_threads_that_open_it_at_once_keep_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
