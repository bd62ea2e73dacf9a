/* cache_check.c - in builds that check states: a decide that writes to its state, and an
 * apply that uses more than state and event, are found out by name. */
#include "support/domains/jars.h"
#include "support/test.h"

#include "command/state_check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool writes;   /* the decider, through a cast */
static int64_t bonus; /* the applier adds it, wherever it comes from */

static enum jangle_result decide_add(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    const struct add_pebbles *add = command->data;
    union {
        const void *given;
        struct jar_state *jar;
    } cast = {.given = state};

    if (writes)
        cast.jar->total += add->amount;
    return jangle_emit_(decision, &pebbles_added, &(const struct {
                            int64_t amount;
                            const char *note;
                        }){add->amount, add->note});
}

static void apply_added(void *state, const struct jangle_event *event)
{
    ((struct jar_state *)state)->total += *(const int64_t *)event->data + bonus;
}

static struct jangle *open_jars(int64_t snapshot_every)
{
    static struct jangle_aggregate jar;
    static const struct jangle_aggregate *const aggregates[] = {&jar};
    static const struct jangle_decider deciders[] = {{&add_pebbles, decide_add}};
    static const struct jangle_applier appliers[] = {{&pebbles_added, apply_added}};
    struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates),
                                   .storage = jangle_memory(),
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle *jangle;

    jar = (struct jangle_aggregate){.name = "jar",
                                    .state = &jar_state,
                                    .commands = JANGLE_ARRAY(deciders),
                                    .events = JANGLE_ARRAY(appliers),
                                    .snapshot_every = snapshot_every};
    jangle = jangle_open(&config, NULL);
    assert_non_null(jangle);
    return jangle;
}

/* What a process says that does `work`, and whether it was aborted. */
static bool is_aborted(void (*work)(void), char *says, size_t size)
{
    int ends[2], status;
    ssize_t count = 0, got;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        work();
        _exit(0);
    }
    close(ends[1]);
    while ((size_t)count < size - 1 &&
           (got = read(ends[0], says + count, size - 1 - (size_t)count)) > 0)
        count += got;
    says[count] = 0;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void add(struct jangle *jangle, int times)
{
    for (int i = 0; i < times; i++)
        assert_result(jars_add(jangle, "a", 1, "n"), JANGLE_OK);
}

static void behave(void)
{
    struct jangle *jangle = open_jars(5);
    int64_t done;

    for (int i = 0; i < 40; i++) {
        add(jangle, 1);
        assert_result(jangle_poll(jangle, &done, NULL), JANGLE_OK);
    }
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

static void write_in_decide(void)
{
    writes = true;
    add(open_jars(0), 1);
}

static void use_more_in_apply(void)
{
    struct jangle *jangle = open_jars(0);

    add(jangle, 1);
    bonus = 7;
    add(jangle, 1);
    bonus = 0;
    add(jangle, 20);
}

static void use_more_before_a_snapshot(void)
{
    struct jangle *jangle = open_jars(4);
    int64_t done;

    bonus = 7;
    add(jangle, 4);
    bonus = 0;
    do
        assert_result(jangle_poll(jangle, &done, NULL), JANGLE_OK);
    while (done);
}

static void who_keeps_to_the_rules_is_left_alone(void **state)
{
    char says[1024];

    (void)state;
    assert_true(jn_states_are_checked());
    assert_false(is_aborted(behave, says, sizeof says));
}

static void a_decide_that_writes_is_named(void **state)
{
    char says[1024];

    (void)state;
    assert_true(is_aborted(write_in_decide, says, sizeof says));
    assert_non_null(strstr(says, "jar/a: decide has changed the state, for add_pebbles"));
}

static void an_apply_that_uses_more_is_found_out(void **state)
{
    char says[1024];

    (void)state;
    assert_true(is_aborted(use_more_in_apply, says, sizeof says));
    assert_non_null(strstr(says, "jar/a: the state in memory at version"));
    assert_true(is_aborted(use_more_before_a_snapshot, says, sizeof says));
    assert_non_null(strstr(says, "jar/a: the state in memory at version 4"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_keeps_to_the_rules_is_left_alone),
        cmocka_unit_test(a_decide_that_writes_is_named),
        cmocka_unit_test(an_apply_that_uses_more_is_found_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
