/* cached.c - states stay in memory between commands: nothing is read, and every answer is
 * what it would be if all had been read. Others store in the same streams meanwhile. */
#include "support/domains/jars.h"
#include "support/stores/lying_store.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "command/state_check.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a store that counts what is asked of it ----------------------------------- */

static int reads, heads;

static enum jangle_result read_and_count(struct jangle_store *store,
                                         const char *kind,
                                         const char *id,
                                         int64_t version,
                                         jangle_record_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    reads++;
    store = honest_store(store);
    return store->ops->read_stream(store, kind, id, version, visit, context, error);
}

static enum jangle_result head_and_count(struct jangle_store *store,
                                         const char *kind,
                                         const char *id,
                                         int64_t *version,
                                         struct jangle_error *error)
{
    heads++;
    store = honest_store(store);
    return store->ops->stream_head(store, kind, id, version, error);
}

static const struct lie counts = {
    .store = {.read_stream = read_and_count, .stream_head = head_and_count}};

/* ---- a world: two instances on one file ------------------------------------------ */

static struct {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct lying lying;
    struct jangle *jangle, *other;
    struct jangle_outcome outcome;
    struct jangle_stats stats;
} world;

static struct jangle_config config_of(struct jangle_storage storage)
{
    return (struct jangle_config){.aggregates = jar_aggregates,
                                  .storage = storage,
                                  .host = {.logger = jangle_logger_none()}};
}

static struct jangle *open_jangle(const struct jangle_config *config)
{
    struct jangle_error error = {0};
    struct jangle *jangle = jangle_open(config, &error);

    if (!jangle)
        fail_msg("%s", error.message);
    return jangle;
}

static void open_with(struct jangle_config config)
{
    world.lying = (struct lying){.storage = jangle_sqlite(world.path), .lie = &counts};
    config.aggregates = jar_aggregates;
    config.storage = lying_storage(&world.lying);
    config.host.logger = jangle_logger_none();
    world.jangle = open_jangle(&config);
}

static int set_up(void **state)
{
    struct jangle_config other;

    (void)state;
    memset(&world, 0, sizeof world);
    if (!temp_directory_make(world.directory))
        return -1;
    temp_directory_path(world.path, world.directory, "jars.db");
    open_with((struct jangle_config){0});
    other = config_of(jangle_sqlite(world.path));
    world.other = open_jangle(&other);
    reads = heads = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    assert_result(jangle_close(world.other, -1), JANGLE_OK);
    temp_directory_remove(world.directory);
    return 0;
}

static void reopen_with(struct jangle_config config)
{
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    open_with(config);
    reads = heads = 0;
}

static void measure(void)
{
    jangle_measure(world.jangle, &world.stats);
}

static void add(const char *jar, int64_t amount)
{
    assert_result(jars_add(world.jangle, jar, amount, "own"), JANGLE_OK);
}

static void other_adds_five(void)
{
    assert_result(jars_add(world.other, "a", 5, "other"), JANGLE_OK);
}

/* In two attempts of the same command, one after the other. */
static void other_adds_five_twice(void)
{
    other_adds_five();
    jars_meanwhile = other_adds_five;
}

static void other_takes_all(void)
{
    assert_result(
        jangle_send(world.other, NULL, take_pebbles, .jar_id = "a", .amount = 10),
        JANGLE_OK);
}

/* ---- nothing is read --------------------------------------------------------------- */

static void a_command_after_another_reads_nothing(void **state)
{
    (void)state;
    add("a", 1);
    assert_int_equal(reads, 1);
    for (int i = 0; i < 5; i++)
        add("a", 1);
    assert_int_equal(reads, 1);
    assert_int_equal(heads, 0);
    assert_string_equal(jars_count(world.jangle, "a"), "6 own own own own");
    assert_int_equal(reads, 1);
    measure();
    assert_int_equal(world.stats.cache_hits, 6);
    assert_int_equal(world.stats.cache_misses, 1);
    assert_true(world.stats.cache_bytes > 0);
    assert_int_equal(world.stats.cache_evictions, 0);
    assert_string_equal(jars_count(world.other, "a"), "6 own own own own");
}

static void without_a_cache_each_command_reads(void **state)
{
    (void)state;
    reopen_with((struct jangle_config){.cache_count = -1});
    for (int i = 0; i < 3; i++)
        add("a", 1);
    assert_int_equal(reads, 3);
    measure();
    assert_int_equal(world.stats.cache_hits + world.stats.cache_misses, 0);
    assert_int_equal(world.stats.cache_bytes, 0);
}

static void what_is_looked_at_is_kept_too(void **state)
{
    (void)state;
    assert_result(jars_add(world.other, "b", 7, "other"), JANGLE_OK);
    for (int i = 1; i <= 3; i++) {
        assert_result(jangle_send(world.jangle, &world.outcome, match_pebbles,
                                  .jar_id = "a", .other = "b"),
                      JANGLE_OK);
        assert_string_equal(world.outcome.reply, "7 other");
    }
    assert_int_equal(reads, 2); /* each jar once */
    add("b", 1);
    assert_int_equal(reads, 2);
    assert_result(jangle_send(world.jangle, &world.outcome, match_pebbles, .jar_id = "a",
                              .other = "b"),
                  JANGLE_OK);
    assert_string_equal(world.outcome.reply, "8 other own");
    assert_int_equal(reads, 2);
}

static void a_stream_without_events_is_not_kept(void **state)
{
    (void)state;
    assert_result(
        jangle_send(world.jangle, NULL, take_pebbles, .jar_id = "a", .amount = 1),
        JANGLE_REJECTED);
    assert_string_equal(jars_count(world.jangle, "a"), "0");
    measure();
    assert_int_equal(world.stats.cache_bytes, 0);
    assert_int_equal(world.stats.cache_misses, 2);
}

static void the_one_that_was_used_longest_ago_makes_room(void **state)
{
    (void)state;
    reopen_with((struct jangle_config){.cache_count = 2});
    add("a", 1);
    add("b", 1);
    add("a", 1);
    add("c", 1); /* b goes */
    measure();
    assert_int_equal(world.stats.cache_evictions, 1);
    reads = 0;
    add("a", 1);
    add("c", 1);
    assert_int_equal(reads, 0);
    add("b", 1); /* a goes */
    assert_int_equal(reads, 1);
    add("a", 1);
    assert_int_equal(reads, 2);
    measure();
    assert_int_equal(world.stats.cache_evictions, 3);
}

static void states_take_no_more_bytes_than_they_may(void **state)
{
    (void)state;
    reopen_with((struct jangle_config){.cache_bytes = 64 * 1024});
    for (int i = 0; i < 100; i++) {
        char jar[8];

        snprintf(jar, sizeof jar, "%d", i);
        add(jar, 1);
        measure();
        assert_in_range(world.stats.cache_bytes, 1, 64 * 1024);
    }
    assert_in_range(world.stats.cache_evictions, 1, 99);
}

/* An eighth of the bytes is 8 KiB; four notes of 3000 take more. */
static void a_state_that_is_too_large_is_not_kept(void **state)
{
    static char note[3001];

    (void)state;
    memset(note, 'n', sizeof note - 1);
    reopen_with((struct jangle_config){.cache_bytes = 64 * 1024});
    for (int i = 0; i < 4; i++)
        assert_result(jars_add(world.jangle, "a", 1, note), JANGLE_OK);
    measure();
    assert_int_equal(world.stats.cache_bytes, 0);
    reads = 0;
    add("a", 1);
    assert_int_equal(reads, 1);
}

/* ---- another process stores in the same stream ---------------------------------------
 */

static void a_state_that_is_behind_is_brought_up(void **state)
{
    (void)state;
    reopen_with((struct jangle_config){.conflict_retries = 1});
    add("a", 1);
    for (int i = 1; i <= 3; i++) {
        other_adds_five();
        reads = 0;
        assert_result(jangle_send(world.jangle, &world.outcome, add_pebbles,
                                  .jar_id = "a", .amount = 1, .times = 1, .note = "own"),
                      JANGLE_OK);
        assert_int_equal(reads, 1);
        measure();
        assert_int_equal(world.stats.conflicts, i);
    }
    assert_string_equal(world.outcome.reply, "18 own other own other");
    assert_string_equal(jars_count(world.jangle, "a"), "19 other own other own");
}

/* A command whose sender allows one retry has it, although it began on an old state. */
static void a_conflict_on_what_was_not_read_is_no_lost_race(void **state)
{
    (void)state;
    reopen_with((struct jangle_config){.conflict_retries = 1});
    add("a", 1);
    jars_meanwhile = other_adds_five_twice;
    add("a", 1);
    assert_string_equal(jars_count(world.jangle, "a"), "12 own other other own");
}

static void a_refusal_is_of_what_is_so_now(void **state)
{
    (void)state;
    add("a", 10);
    other_adds_five();
    assert_result(jangle_send(world.jangle, &world.outcome, take_pebbles, .jar_id = "a",
                              .amount = 12),
                  JANGLE_OK);
    assert_string_equal(jars_count(world.jangle, "a"), "3 own other");
}

static void an_ok_without_events_is_of_what_is_so_now(void **state)
{
    (void)state;
    add("a", 10);
    other_takes_all();
    assert_string_equal(jars_count(world.jangle, "a"), "0 own");
}

static void a_mistake_is_made_on_what_is_so_now(void **state)
{
    (void)state;
    add("a", 10);
    assert_result(
        jangle_send(world.jangle, NULL, judge_pebbles, .jar_id = "a", .most = 9),
        JANGLE_INVALID);
    other_takes_all();
    assert_result(
        jangle_send(world.jangle, NULL, judge_pebbles, .jar_id = "a", .most = 9),
        JANGLE_OK);
}

static enum jangle_result add_at(int64_t version)
{
    struct jangle_envelope envelope = {.expected_version = {true, version}};

    return jangle_send_in(world.jangle, &world.outcome, &envelope, add_pebbles,
                          .jar_id = "a", .amount = 1, .times = 1, .note = "own");
}

static void an_expected_version_is_compared_with_what_is_so_now(void **state)
{
    (void)state;
    add("a", 10);
    other_adds_five();
    assert_result(add_at(2), JANGLE_OK);
    assert_int_equal(world.outcome.version, 3);
    other_adds_five();
    assert_result(add_at(3), JANGLE_CONFLICT);
    assert_int_equal(world.outcome.version, 4);
    assert_string_equal(jars_count(world.jangle, "a"), "21 own other own other");
}

/* Jar a is known here with events; the other one goes on with it, and begins jar b. */
static void what_exists_already_is_so_now(void **state)
{
    (void)state;
    add("a", 10);
    add("b", 1);
    assert_result(
        jangle_send(world.jangle, &world.outcome, begin_jar, .jar_id = "a", .name = "b"),
        JANGLE_REJECTED);
    assert_non_null(strstr(world.outcome.error.message, "jar/b exists already"));
    assert_result(
        jangle_send(world.jangle, &world.outcome, begin_jar, .jar_id = "b", .name = "b"),
        JANGLE_REJECTED);
    other_adds_five();
    heads = 0;
    assert_result(
        jangle_send(world.jangle, &world.outcome, begin_jar, .jar_id = "a", .name = "a"),
        JANGLE_REJECTED);
    assert_int_equal(heads, 2); /* the one that had moved, and it again */
    assert_int_equal(world.outcome.version, 2);
}

static void what_was_looked_at_is_so_now(void **state)
{
    (void)state;
    add("b", 10);
    add("a", 1);
    assert_result(
        jangle_send(world.jangle, NULL, match_pebbles, .jar_id = "b", .other = "a"),
        JANGLE_OK);
    other_adds_five();
    assert_result(jangle_send(world.jangle, &world.outcome, match_pebbles, .jar_id = "b",
                              .other = "a"),
                  JANGLE_OK);
    assert_string_equal(world.outcome.reply, "6 own other");
}

/* ---- other programs, and a fence
 * ------------------------------------------------------- */

struct program {
    pid_t child;
    int go; /* a pipe to it */
};

/* A program that waits until it is told to, then adds five to jar a, and ends: without
 * closing, or in order. It is begun while this one has nothing open. */
static struct program begin_program(bool dies)
{
    struct jangle_config config = config_of(jangle_sqlite(world.path));
    struct program program;
    struct jangle *jangle;
    int ends[2];
    char letter;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    program = (struct program){.child = fork(), .go = ends[1]};
    assert_true(program.child >= 0);
    if (program.child) {
        close(ends[0]);
        return program;
    }
    if (read(ends[0], &letter, 1) != 1 || !(jangle = jangle_open(&config, NULL)) ||
        jars_add(jangle, "a", 5, "other"))
        _exit(1);
    _exit(!dies && jangle_close(jangle, -1));
}

static void let_go(const struct program *program)
{
    int status;

    assert_int_equal(write(program->go, "x", 1), 1);
    close(program->go);
    assert_int_equal(waitpid(program->child, &status, 0), program->child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* One program dies, and the next one passes the fence: what this one has in memory is of
 * the time before, also that of a jar which nobody else has touched. */
static void after_a_fence_of_another_program_all_is_read_again(void **state)
{
    struct jangle_config other = config_of(jangle_sqlite(world.path));
    struct program dies, passes;

    (void)state;
    assert_result(jangle_close(world.other, -1), JANGLE_OK);
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    dies = begin_program(true);
    passes = begin_program(false);
    open_with((struct jangle_config){.conflict_retries = 1});
    add("a", 1);
    add("b", 1);
    let_go(&dies);
    let_go(&passes);
    reads = 0;
    add("b", 1);
    assert_int_equal(reads, 1);
    measure();
    assert_int_equal(world.stats.conflicts, 1); /* of another epoch */
    assert_string_equal(jars_count(world.jangle, "a"), "11 own other other");
    assert_int_equal(reads, 2);
    measure();
    assert_int_equal(world.stats.conflicts, 1); /* it was told by the group of b */
    world.other = open_jangle(&other);
}

/* ---- other aggregates of this process ------------------------------------------------
 */

/* It is not found out by a conflict: the commit has told it. */
static void what_others_emit_here_is_known_at_once(void **state)
{
    (void)state;
    add("a", 10);
    add("b", 1);
    for (int i = 1; i <= 2; i++) {
        assert_result(jangle_send(world.jangle, NULL, give_pebbles, .jar_id = "a",
                                  .to = "b", .amount = 3),
                      JANGLE_OK);
        reads = 0;
        add("b", 1);
        assert_int_equal(reads, 1);
        add("b", 1);
        assert_int_equal(reads, 1);
    }
    measure();
    assert_int_equal(world.stats.conflicts, 0);
    assert_string_equal(jars_count(world.jangle, "b"), "11 own given own own");
}

/* ---- a command id that is stored meanwhile --------------------------------------------
 */

/* The same command, decided by a program that adds twice as many: what is stored is what
 * counts, not what was decided here. */
static enum jangle_result decide_double(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct add_pebbles *add = command->data;

    (void)state;
    return jangle_emit_(decision, &pebbles_added, &(const struct {
                            int64_t amount;
                            const char *note;
                        }){2 * add->amount, "double"});
}

static const struct jangle_aggregate doubling_jar = {
    .name = "jar",
    .state = &jar_state,
    .commands = JANGLE_DECIDERS({&add_pebbles, decide_double}),
};
static struct jangle_aggregate doubling;
static const struct jangle_aggregate *const doublings[] = {&doubling};

static enum jangle_result add_under_id(struct jangle *jangle)
{
    struct jangle_envelope envelope = {.command_id = "c-1"};

    return jangle_send_in(jangle, &world.outcome, &envelope, add_pebbles, .jar_id = "a",
                          .amount = 4, .times = 1, .note = "own");
}

static void other_is_faster_under_the_id(void)
{
    struct jangle_outcome outcome = world.outcome;

    assert_result(add_under_id(world.other), JANGLE_OK);
    world.outcome = outcome;
}

static void a_command_that_was_stored_by_another_is_not_folded(void **state)
{
    struct jangle_config config = config_of(jangle_sqlite(world.path));

    (void)state;
    doubling = doubling_jar;
    doubling.events = jar_aggregate.events;
    config.aggregates = (struct jangle_aggregates)JANGLE_ARRAY(doublings);
    assert_result(jangle_close(world.other, -1), JANGLE_OK);
    world.other = open_jangle(&config);
    add("a", 1);
    jars_meanwhile = other_is_faster_under_the_id;
    assert_result(add_under_id(world.jangle), JANGLE_OK);
    assert_true(world.outcome.repeated);
    assert_string_equal(jars_count(world.jangle, "a"), "9 own double");
}

/* ---- an event that cannot be applied
 * ---------------------------------------------------- */

/* The answer was given by the commit, and stays; the state is not kept. */
static void an_event_that_cannot_be_applied_leaves_no_state(void **state)
{
    (void)state;
    add("a", 1);
    assert_result(jangle_send(world.jangle, &world.outcome, add_pebbles, .jar_id = "a",
                              .amount = 1, .times = 1, .note = "bad"),
                  JANGLE_OK);
    assert_int_equal(world.outcome.version, 2);
    measure();
    assert_int_equal(world.stats.cache_bytes, 0);
    assert_result(jars_add(world.jangle, "a", 1, "own"), JANGLE_INVALID);
    assert_result(jars_add(world.other, "a", 1, "own"), JANGLE_INVALID);
}

/* ---- snapshots
 * --------------------------------------------------------------------------- */

static void poll(void)
{
    int64_t done;

    do
        assert_result(jangle_poll(world.jangle, &done, NULL), JANGLE_OK);
    while (done);
}

static void a_snapshot_is_saved_from_memory_and_once(void **state)
{
    static struct jangle_aggregate saved;
    static const struct jangle_aggregate *const aggregates[] = {&saved};
    struct jangle_config config;

    (void)state;
    saved = jar_aggregate;
    saved.snapshot_every = 5;
    world.lying = (struct lying){.storage = jangle_sqlite(world.path), .lie = &counts};
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    config = config_of(lying_storage(&world.lying));
    config.aggregates = (struct jangle_aggregates)JANGLE_ARRAY(aggregates);
    world.jangle = open_jangle(&config);
    reads = 0;
    for (int i = 0; i < 17; i++) {
        add("a", 1);
        poll();
    }
    measure();
    assert_int_equal(world.stats.snapshots, 3);
    if (!jn_states_are_checked())
        assert_int_equal(reads, 1);
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    world.jangle = open_jangle(&config);
    assert_string_equal(jars_count(world.jangle, "a"), "17 own own own own");
}

/* ---- followers, and children
 * --------------------------------------------------------------- */

static void a_child_frees_what_is_kept_and_waits_for_nobody(void **state)
{
    pid_t child;
    int status;

    (void)state;
    for (int i = 0; i < 5; i++)
        add("a", 1);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(jangle_close(world.jangle, -1) != JANGLE_OK);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(jars_count(world.jangle, "a"), "5 own own own own");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_command_after_another_reads_nothing),
        TEST(without_a_cache_each_command_reads),
        TEST(what_is_looked_at_is_kept_too),
        TEST(a_stream_without_events_is_not_kept),
        TEST(the_one_that_was_used_longest_ago_makes_room),
        TEST(states_take_no_more_bytes_than_they_may),
        TEST(a_state_that_is_too_large_is_not_kept),
        TEST(a_state_that_is_behind_is_brought_up),
        TEST(a_conflict_on_what_was_not_read_is_no_lost_race),
        TEST(a_refusal_is_of_what_is_so_now),
        TEST(an_ok_without_events_is_of_what_is_so_now),
        TEST(a_mistake_is_made_on_what_is_so_now),
        TEST(an_expected_version_is_compared_with_what_is_so_now),
        TEST(what_exists_already_is_so_now),
        TEST(what_was_looked_at_is_so_now),
        TEST(after_a_fence_of_another_program_all_is_read_again),
        TEST(what_others_emit_here_is_known_at_once),
        TEST(a_command_that_was_stored_by_another_is_not_folded),
        TEST(an_event_that_cannot_be_applied_leaves_no_state),
        TEST(a_snapshot_is_saved_from_memory_and_once),
        TEST(a_child_frees_what_is_kept_and_waits_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
