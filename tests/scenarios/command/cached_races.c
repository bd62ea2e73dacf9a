/* cached_races.c - threads that change states in memory, others that look at them, one
 * that saves them, and a second program that stores in the same streams: nothing is lost,
 * and nobody sees half a change. Sanitizers watch. */
#include "support/domains/jars.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, COMMANDS = 150, JARS = 3 };

static struct jangle *jangle, *other;
static char directory[TEMP_PATH_SIZE];

static struct jangle *open_on(const char *path, int64_t cache_count, int64_t chain_count)
{
    struct jangle_error error = {0};
    struct jangle_config config = {.aggregates = jar_aggregates,
                                   .storage = jangle_sqlite(path),
                                   .cache_count = cache_count,
                                   .chain_count = chain_count,
                                   .conflict_retries = 1000,
                                   .workers = 1,
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle *opened = jangle_open(&config, &error);

    if (!opened)
        fail_msg("%s", error.message);
    return opened;
}

struct sender {
    pthread_t thread;
    struct jangle *jangle;
    int number;
    int64_t added[JARS + 1];
    int failed;
};

/* Of four commands one is for a jar of its own, which looks at one that others change. */
static void *send_all(void *context)
{
    struct sender *sender = context;
    static const char *const jars[] = {"0", "1", "2"};

    for (int i = 0; i < COMMANDS; i++) {
        int at = (sender->number + i) % JARS;
        enum jangle_result result;

        if (i % 4 == 3) {
            char own[8];

            snprintf(own, sizeof own, "own%d", sender->number);
            result = jangle_send(sender->jangle, NULL, match_pebbles, .jar_id = own,
                                 .other = jars[at]);
        } else if (i % 4 == 2) {
            result = jangle_send(sender->jangle, NULL, give_pebbles, .jar_id = jars[at],
                                 .to = jars[(at + 1) % JARS], .amount = 1);
            sender->added[at] -= !result;
            sender->added[(at + 1) % JARS] += !result;
        } else {
            result = jars_add(sender->jangle, jars[at], 1, "a note of a sender");
            sender->added[at] += !result;
        }
        sender->failed += result != JANGLE_OK;
    }
    return NULL;
}

static void race(int64_t cache_count, int64_t chain_count)
{
    static struct sender senders[THREADS];
    char path[TEMP_PATH_SIZE];

    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "jars.db");
    jangle = open_on(path, cache_count, chain_count);
    other = open_on(path, cache_count, chain_count);
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.jangle = i ? jangle : other, .number = i};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
        assert_int_equal(senders[i].failed, 0);
    }
    for (int i = 0; i < JARS; i++) {
        char id[8];
        int64_t expected = 0;

        snprintf(id, sizeof id, "%d", i);
        for (int k = 0; k < THREADS; k++)
            expected += senders[k].added[i];
        assert_int_equal(strtol(jars_count(jangle, id), NULL, 10), expected);
        assert_int_equal(strtol(jars_count(other, id), NULL, 10), expected);
    }
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_result(jangle_close(other, -1), JANGLE_OK);
    temp_directory_remove(directory);
}

static void states_are_changed_by_one_and_read_by_many(void **state)
{
    (void)state;
    race(0, 1);
}

/* Room for two: states come and go all the time. */
static void states_are_evicted_while_others_read_them(void **state)
{
    (void)state;
    race(2, 1);
}

/* Who has the lock decides for those who wait, and the other program stores in between.
 */
static void who_waits_is_decided_by_another_thread(void **state)
{
    (void)state;
    race(0, 8);
}

static void who_waits_is_decided_without_a_state_in_memory(void **state)
{
    (void)state;
    race(-1, 8);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_changed_by_one_and_read_by_many),
        cmocka_unit_test(states_are_evicted_while_others_read_them),
        cmocka_unit_test(who_waits_is_decided_by_another_thread),
        cmocka_unit_test(who_waits_is_decided_without_a_state_in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
