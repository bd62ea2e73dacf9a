/* threads.c - one compiled pattern is matched by several threads at the same time. */
#include "filters/pattern/judge.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, MATCHES = 3000 };

struct worker {
    pthread_t thread;
    const struct jangle_pattern *pattern;
    int first, wrong;
};

/* Of three documents one matches, one differs and one is a misfit. */
static void *match_many(void *context)
{
    struct worker *worker = context;
    char json[200];

    for (int i = worker->first; i < worker->first + MATCHES; i++) {
        struct jangle_error why;

        snprintf(json, sizeof json,
                 "{\"event\":{\"name\":\"item.%d\",\"attributes\":{\"quantity\":%s,"
                 "\"tags\":[\"t\\u0061g\",%d]}}}",
                 i,
                 i % 3 == 0   ? "5"
                 : i % 3 == 1 ? "0"
                              : "[]",
                 i);
        worker->wrong += jangle_pattern_match(worker->pattern, json, strlen(json),
                                              &why) != (enum jangle_match)(i % 3);
    }
    return NULL;
}

static void any_number_of_threads_may_match_it(void **state)
{
    struct worker workers[THREADS];
    struct jangle_pattern *pattern;

    (void)state;
    assert_result(jangle_pattern_compile("name: match(r'item[.]\\d+'), quantity: gt(0),"
                                         "tags: [gte(0), or(match('(t|a|g)+$'), any())]",
                                         NULL, &pattern, NULL),
                  JANGLE_OK);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.pattern = pattern, .first = i * 1000};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, match_many, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].wrong, 0);
    }
    jangle_pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_may_match_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
