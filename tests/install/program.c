/* program.c - a stranger's program: it knows nothing but what was installed. It counts
 * in a file, opens it again, and goes on from there. */
#include "counter.h"

#include <stdio.h>
#include <string.h>

static int count(const char *path, int64_t by, int64_t version)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&counter_aggregate),
        .storage = jangle_sqlite(path),
    };
    struct jangle_error error;
    struct jangle_outcome outcome;
    struct jangle *app = jangle_open(&config, &error);

    if (!app) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    if (jangle_send(app, &outcome, count_up, .counter_id = "one", .by = by) ||
        outcome.version != version) {
        fprintf(stderr, "version %lld: %s\n", (long long)outcome.version,
                outcome.error.message);
        return 1;
    }
    if (jangle_send(app, &outcome, count_up, .counter_id = "one", .by = 100) !=
        JANGLE_REJECTED)
        return 1;
    return jangle_close(app, 1000) != JANGLE_OK;
}

int main(int count_of_arguments, char **arguments)
{
    if (count_of_arguments != 2 || strcmp(jangle_version(), JANGLE_VERSION))
        return 2;
    if (count(arguments[1], 3, 1) || count(arguments[1], 4, 2))
        return 1;
    printf("counted with jangle %s\n", jangle_version());
    return 0;
}
