/* shard.h - a long test in parts, which ctest runs side by side: jangle_test(... SHARDS
 * 4) in a CMakeLists.txt. The name of a part is that of the test, with a number behind
 * it.
 *
 * JANGLE_SHARD=2/4 is the second part of four. Without it a program does all. */
#ifndef SHARD_H
#define SHARD_H

#include "support/test.h"

#include <stdbool.h>

/* How many parts there are, and which one this is, from 0 on. */
int64_t shard_count(void);
int64_t shard_index(void);

/* Does this part do that case? For what a test goes through one by one. */
bool shard_takes(int64_t number);

/* As cmocka_run_group_tests, of each so many tests one. */
#define SHARD_RUN(tests) shard_run(#tests, tests, sizeof tests / sizeof tests[0])
int shard_run(const char *name, const struct CMUnitTest *tests, size_t count);

#endif
