/* cached_same.c - a history of random commands, once with states in memory and once
 * without: the answers and the store are the same. In half of the histories another
 * program stores in the same streams; there the ids of events differ, because a command
 * that is decided again draws new ones. */
#include "support/domains/jars.h"
#include "support/effort.h"
#include "support/stores/lying_store.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMANDS = 60, LINE_SIZE = 1024 };

/* ---- chance: the same in both runs ------------------------------------------------- */

static uint64_t next_of(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* For the ids that jangle makes. */
static void fill(void *context, void *bytes, size_t size)
{
    unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)next_of(context);
}

static void make_id(void *context, unsigned char id[JANGLE_ID_SIZE])
{
    fill(context, id, JANGLE_ID_SIZE);
}

/* ---- a run of a history --------------------------------------------------------------
 */

struct run {
    uint64_t seed, ids; /* of what is done; of the ids */
    bool strangers;
    jangle_time now;
    struct lying lying;
    struct jangle *jangle;
    struct jangle_store *honest;
    char *told; /* a line for each answer, and for each event */
    size_t size;
    int64_t hits;
};

static void tell(struct run *run, const char *line)
{
    size_t size = strlen(line);

    run->told = realloc(run->told, run->size + size + 2);
    assert_non_null(run->told);
    memcpy(run->told + run->size, line, size);
    memcpy(run->told + run->size + size, "\n", 2);
    run->size += size + 1;
}

static struct jangle_store *found;

static enum jangle_result find_honest(struct jangle_store *store,
                                      unsigned char store_id[JANGLE_ID_SIZE],
                                      int64_t *epoch,
                                      struct jangle_error *error)
{
    found = honest_store(store);
    return found->ops->identify(found, store_id, epoch, error);
}

static const struct lie honest_lie = {.store = {.identify = find_honest}};

static void begin_run(struct run *run, int64_t cache_count)
{
    struct jangle_error error = {0};
    struct jangle_config config = {.aggregates = jar_aggregates,
                                   .cache_count = cache_count,
                                   .host = {.logger = jangle_logger_none()}};

    run->now = (jangle_time){1700000000000000};
    run->lying = (struct lying){.storage = jangle_memory(), .lie = &honest_lie};
    config.storage = lying_storage(&run->lying);
    config.host.clock = jangle_clock_fixed(&run->now);
    config.host.random = (struct jangle_random){fill, make_id, &run->ids};
    run->jangle = jangle_open(&config, &error);
    if (!run->jangle)
        fail_msg("%s", error.message);
    run->honest = found;
}

/* ---- what is done
 * ---------------------------------------------------------------------- */

static const char *const jars[] = {"a", "b", "c", "d"};

static void store_by_a_stranger(struct run *run, const char *jar, int64_t amount)
{
    char payload[64];
    struct jangle_record record = {.kind = "jar",
                                   .id = jar,
                                   .type = "pebbles_added",
                                   .type_version = 1,
                                   .at = run->now,
                                   .payload = payload,
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    record.payload_size = (size_t)snprintf(
        payload, sizeof payload, "{\"amount\":%" PRId64 ",\"note\":\"other\"}", amount);
    assert_result(run->honest->ops->commit(run->honest, &group, NULL), JANGLE_OK);
}

static void send_one(struct run *run, struct jangle_outcome *outcome)
{
    const char *jar = jars[next_of(&run->seed) % 4];
    const char *other = jars[next_of(&run->seed) % 4];
    int64_t amount = (int64_t)(next_of(&run->seed) % 5);
    uint64_t dice = next_of(&run->seed) % 400;
    struct jangle_envelope envelope = {0};
    char id[8];

    if (next_of(&run->seed) % 4 == 0) {
        snprintf(id, sizeof id, "c-%d", (int)(next_of(&run->seed) % 10));
        envelope.command_id = id;
    }
    if (next_of(&run->seed) % 6 == 0)
        envelope.expected_version =
            (jangle_optional_int){true, (int64_t)(next_of(&run->seed) % 12)};
#define SEND(command, ...)                                                               \
    jangle_send_in(run->jangle, outcome, &envelope, command, .jar_id = jar, __VA_ARGS__)
    if (dice < 2)
        SEND(add_pebbles, .amount = 1, .times = 1, .note = "bad");
    else if (dice < 150)
        SEND(add_pebbles, .amount = amount, .times = amount, .note = other);
    else if (dice < 200)
        SEND(take_pebbles, .amount = 4 * amount);
    else if (dice < 250)
        SEND(give_pebbles, .to = other, .amount = amount);
    else if (dice < 300)
        SEND(match_pebbles, .other = other);
    else if (dice < 330)
        SEND(begin_jar, .name = other);
    else if (dice < 360)
        SEND(judge_pebbles, .most = 10 * amount);
    else
        jangle_send_in(run->jangle, outcome, &envelope, count_pebbles, .jar_id = jar);
#undef SEND
}

static void tell_outcome(struct run *run, const struct jangle_outcome *outcome)
{
    char line[LINE_SIZE];

    snprintf(line, sizeof line, "%s \"%s\" %" PRId64 " %" PRId64 " \"%s\" %d %s",
             jangle_result_name(outcome->error.result), outcome->error.message,
             outcome->position, outcome->version, outcome->reply, outcome->repeated,
             run->strangers ? "" : outcome->command_id);
    tell(run, line);
}

static enum jangle_result tell_record(void *context, const struct jangle_record *record)
{
    struct run *run = context;
    char line[LINE_SIZE];
    int used =
        snprintf(line, sizeof line, "%" PRId64 " %s/%s@%" PRId64 " %s %.*s ",
                 record->position, record->kind, record->id, record->version,
                 record->type, (int)record->payload_size, (const char *)record->payload);

    for (size_t i = 0; !run->strangers && i < JANGLE_ID_SIZE; i++)
        used += snprintf(line + used, sizeof line - (size_t)used, "%02x",
                         record->event_id[i]);
    if (!run->strangers)
        snprintf(line + used, sizeof line - (size_t)used, " %s", record->meta);
    tell(run, line);
    return JANGLE_OK;
}

/* An equal outcome has an equal history before it, so that the first line which differs
 * is the first mistake. */
static void make_history(struct run *run, int64_t cache_count)
{
    struct jangle_stats stats;
    int64_t done;

    begin_run(run, cache_count);
    for (int i = 0; i < COMMANDS; i++) {
        struct jangle_outcome outcome = {0};

        if (run->strangers && next_of(&run->seed) % 4 == 0)
            store_by_a_stranger(run, jars[next_of(&run->seed) % 4],
                                (int64_t)(next_of(&run->seed) % 9));
        send_one(run, &outcome);
        tell_outcome(run, &outcome);
        if (next_of(&run->seed) % 5 == 0)
            assert_result(jangle_poll(run->jangle, &done, NULL), JANGLE_OK);
    }
    assert_result(
        run->honest->ops->read_all(run->honest, 0, 100000, tell_record, run, NULL),
        JANGLE_OK);
    jangle_measure(run->jangle, &stats);
    run->hits = stats.cache_hits;
    assert_result(jangle_close(run->jangle, -1), JANGLE_OK);
}

/* Where they differ first. */
static void assert_same(const struct run *with, const struct run *without, uint64_t seed)
{
    const char *one = with->told, *other = without->told;

    while (strcmp(one, other) != 0) {
        size_t size = strcspn(one, "\n"), other_size = strcspn(other, "\n");

        if (size != other_size || memcmp(one, other, size) != 0)
            fail_msg("seed %" PRIu64 ": with states in memory\n%.*s\nand without\n%.*s",
                     seed, (int)size, one, (int)other_size, other);
        one += size + 1;
        other += other_size + 1;
    }
}

static void compare_histories(bool strangers)
{
    uint64_t seed = effort_seed();
    int64_t hits = 0;

    for (int left = effort_count(EFFORT_CACHED_SAME); left > 0; left--, seed++) {
        struct run with = {.seed = seed, .ids = seed, .strangers = strangers};
        struct run without = with;

        make_history(&with, left % 3 ? 0 : 2);
        make_history(&without, -1);
        assert_same(&with, &without, seed);
        assert_int_equal(without.hits, 0);
        hits += with.hits;
        free(with.told);
        free(without.told);
    }
    assert_true(hits > 10);
}

static void a_program_alone_says_and_stores_the_same(void **state)
{
    (void)state;
    compare_histories(false);
}

static void beside_another_program_it_does_so_too(void **state)
{
    (void)state;
    compare_histories(true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_alone_says_and_stores_the_same),
        cmocka_unit_test(beside_another_program_it_does_so_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
