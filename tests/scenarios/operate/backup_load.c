/* backup_load.c - copies of a store that four threads write to, while its view and its
 * handler follow: each is as of one commit. */
#include "support/stores/copies.h"

#include "core/engine.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENDERS = 4, COPIES = 3, FIRST = 1500 };

static struct follower seen, seen_there;
static const struct jangle_subscriber mail = {.name = "mail",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber mail_there = {.name = "mail",
                                                    .context = &seen_there,
                                                    .handlers =
                                                        JANGLE_ARRAY(follower_handlers),
                                                    .start = JANGLE_FROM_FIRST};
static struct world world;
static pthread_t senders[SENDERS];
static atomic_bool enough;

static void *send_until_enough(void *context)
{
    const char *first = context;

    for (int i = 0; !enough; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", (*first - '0' + i) % COPIES_PURSES);
        if (jangle_send(world.jangle, NULL, put_in, .purse_id = purse, .amount = 1))
            abort();
    }
    return NULL;
}

static int64_t head(void)
{
    struct jangle_stats stats;

    jangle_measure(world.jangle, &stats);
    return stats.position;
}

static void wait_for(int64_t position)
{
    while (head() < position)
        sched_yield();
}

static int set_up(void **state)
{
    static char firsts[] = "0123";

    seen = seen_there = (struct follower){0};
    world_init(&world, true);
    world.config.workers = 2;
    world_open(&world, &mail, &copies_view, NULL);
    enough = false;
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send_until_enough, &firsts[i]),
                         0);
    wait_for(FIRST);
    *state = &world;
    return 0;
}

static void stop_sending(void)
{
    if (atomic_exchange(&enough, true))
        return;
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    assert_result(jangle_drain(world.jangle, -1, NULL, &world.error), JANGLE_OK);
}

static int tear_down(void **state)
{
    (void)state;
    stop_sending();
    world_finish(&world);
    follower_clear(&seen);
    follower_clear(&seen_there);
    return 0;
}

static const char *name_copy(int number)
{
    static char names[COPIES][TEMP_PATH_SIZE];
    char name[16];

    snprintf(name, sizeof name, "copy-%d.db", number);
    temp_directory_path(names[number], world.directory, name);
    return names[number];
}

static int64_t epoch_of(struct jangle *jangle)
{
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch;

    assert_result(jangle->store->ops->identify(jangle->store, id, &epoch, NULL),
                  JANGLE_OK);
    return epoch;
}

/* All that a copy must be, opened beside the original; returns its head. */
static int64_t check(const char *path)
{
    struct world there = world;
    int64_t position, checkpoint;

    there.directory[0] = '\0';
    there.config.workers = 0;
    there.config.storage = jangle_sqlite(path);
    there.config.host.clock.context = &there;
    there.jangle = NULL;
    world_open(&there, &mail_there, &copies_view, NULL);
    position = copies_assert_prefix(there.jangle, world.jangle);
    assert_true(epoch_of(there.jangle) > epoch_of(world.jangle));
    checkpoint = world_checkpoint(&there, "mail");
    assert_true(checkpoint <= position);
    world_poll(&there);
    copies_assert_view(&there);
    follower_assert_all(&seen_there, checkpoint + 1, position);
    follower_clear(&seen_there);
    world_finish(&there);
    return position;
}

/* Between the first parts of the copy somebody always commits. */
struct meanwhile {
    int64_t first;
    int calls;
};

static bool wait_for_a_commit(void *context, int64_t done, int64_t total)
{
    struct meanwhile *meanwhile = context;
    int64_t now = head();

    assert_true(done <= total);
    if (!meanwhile->first)
        meanwhile->first = now;
    if (meanwhile->calls++ < 5)
        wait_for(now + 1);
    return true;
}

static void a_copy_under_load_is_as_of_one_commit(void **state)
{
    (void)state;
    for (int i = 0; i < COPIES; i++) {
        struct meanwhile meanwhile = {0};
        int64_t position;

        assert_result(jangle_backup(world.jangle, name_copy(i), wait_for_a_commit,
                                    &meanwhile, &world.error),
                      JANGLE_OK);
        position = check(name_copy(i));
        assert_true(meanwhile.first > 0);
        assert_true(position >= FIRST && position <= meanwhile.first);
    }
    stop_sending();
    follower_assert_all(&seen, 1, head());
    copies_assert_view(&world);
}

/* ---- two at once ------------------------------------------------------------- */

struct copier {
    const char *path;
    enum jangle_result result;
    struct jangle_error error;
};

static void *make_copy(void *context)
{
    struct copier *copier = context;

    copier->result =
        jangle_backup(world.jangle, copier->path, NULL, NULL, &copier->error);
    return NULL;
}

static void make_copies(struct copier copiers[2])
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_copy, &copiers[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static void two_copies_may_be_made_at_once(void **state)
{
    struct copier copiers[] = {{.path = name_copy(0)}, {.path = name_copy(1)}};

    (void)state;
    make_copies(copiers);
    for (int i = 0; i < 2; i++) {
        assert_result(copiers[i].result, JANGLE_OK);
        assert_true(check(copiers[i].path) >= FIRST);
    }
}

static void of_two_copies_to_one_name_one_is_refused(void **state)
{
    struct copier copiers[] = {{.path = name_copy(0)}, {.path = name_copy(0)}};
    int refused;

    (void)state;
    make_copies(copiers);
    refused = copiers[1].result != JANGLE_OK;
    assert_result(copiers[!refused].result, JANGLE_OK);
    assert_result(copiers[refused].result, JANGLE_INVALID);
    assert_non_null(strstr(copiers[refused].error.message, "is there already"));
    assert_true(check(name_copy(0)) >= FIRST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_under_load_is_as_of_one_commit),
        TEST(two_copies_may_be_made_at_once),
        TEST(of_two_copies_to_one_name_one_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
