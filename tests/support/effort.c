/* effort.c - how much each long test does, and from which seed. */
#include "support/effort.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLICES_IN_CI = 5 };

static const struct row {
    const char *test, *unit;
    int slice, full;
} rows[EFFORT_COUNT] = {
#define ROW(constant, test, unit, slice, full)                                           \
    [EFFORT_##constant] = {test, unit, slice, full},
    EFFORTS(ROW)
#undef ROW
};

/* A variable that is misspelt must not make a test that tries little, or something
 * else. */
static void refuse(const char *variable, const char *value, const char *expected)
{
    fprintf(stderr, "The environment says %s=%s, but %s.\n", variable, value, expected);
    exit(2);
}

int effort_count(enum effort effort)
{
    const struct row *row = &rows[effort];
    const char *level = getenv("JANGLE_EFFORT");

    if (!level || strcmp(level, "slice") == 0)
        return row->slice;
    if (strcmp(level, "soak") == 0)
        return row->full;
    if (strcmp(level, "ci") != 0)
        refuse("JANGLE_EFFORT", level, "the tests know slice, ci and soak");
    return row->full / SLICES_IN_CI < row->slice ? row->full : row->slice * SLICES_IN_CI;
}

const char *effort_test(enum effort effort)
{
    return rows[effort].test;
}

const char *effort_unit(enum effort effort)
{
    return rows[effort].unit;
}

uint64_t effort_seed(void)
{
    const char *given = getenv("JANGLE_SEED");
    uint64_t seed = (uint64_t)time(NULL);
    char *end;

    if (given) {
        seed = strtoull(given, &end, 10);
        if (*given < '0' || *given > '9' || *end)
            refuse("JANGLE_SEED", given, "a seed is a whole number");
    }
    printf("JANGLE_SEED=%" PRIu64 "\n", seed);
    return seed;
}
