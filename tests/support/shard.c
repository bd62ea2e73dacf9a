/* shard.c - a long test in parts. */
#include "support/shard.h"

#include <stdio.h>
#include <stdlib.h>

/* A mistake in it must not be a test that tries nothing. */
static void read_shard(int *number, int *count)
{
    const char *text = getenv("JANGLE_SHARD");

    *number = *count = 1;
    if (text &&
        (sscanf(text, "%d/%d", number, count) != 2 || *number < 1 || *number > *count)) {
        fprintf(stderr, "JANGLE_SHARD=%s is not like 2/4\n", text);
        abort();
    }
}

int64_t shard_count(void)
{
    int number, count;

    read_shard(&number, &count);
    return count;
}

int64_t shard_index(void)
{
    int number, count;

    read_shard(&number, &count);
    return number - 1;
}

bool shard_takes(int64_t number)
{
    return number % shard_count() == shard_index();
}

int shard_run(const char *name, const struct CMUnitTest *tests, size_t count)
{
    struct CMUnitTest *mine = calloc(count, sizeof *mine);
    size_t taken = 0;
    int failed;

    if (!mine)
        return 1;
    for (size_t i = 0; i < count; i++)
        if (shard_takes((int64_t)i))
            mine[taken++] = tests[i];
    failed = _cmocka_run_group_tests(name, mine, taken, NULL, NULL);
    free(mine);
    return failed || !taken;
}
