/* liar_transport.c - the contract of transports, tried on one that breaks one clause at a
 * time: a test of that clause must fail. What nobody can find out is not promised.
 *
 * Each lie is tried in a process of its own, because it may lead to a crash, or to a wait
 * without an end. With the number of a lie the program tries this one, and prints it all.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "contract/lies/lying_transport.h"
#include "contract/tried_hub.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/test.h"

#include <jangle/messaging.h>
#include <jangle/testing_transport.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SECONDS = 600, NAME_SIZE = 200, CLAUSES = 20, LIES = 186 };

/* A child that cannot begin has found nothing out. */
enum { CANNOT_TRY = -1, NOT_TRIED = 127 };

static const struct transport_lie *const tables[] = {
    lies_about_publishing, lies_about_bytes, lies_about_receiving, lies_about_settling,
    lies_about_brokers};

/* The n-th of all; NULL: there are no more. */
static const struct transport_lie *lie_of(int number)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const struct transport_lie *lie = tables[i];

        while (lie->clause && number-- > 0)
            lie++;
        if (lie->clause)
            return lie;
    }
    return NULL;
}

/* ---- a hub whose transports lie ------------------------------------------------ */

static void log_nothing(void *context, const struct jangle_log_entry *entry)
{
    (void)context, (void)entry;
}

/* Returns the number of tests that failed, or CANNOT_TRY. */
static int try_lie(const struct transport_lie *lie, bool on_logs, const char *only)
{
    struct tried_hub tried;
    struct lying_broker broker = {.lie = lie};
    struct jangle_transport_trial trial = {
        .prefix = "liar-", .host.logger.write = log_nothing, .only = only};
    void *shared;
    int failures;

    if (!tried_hub_open(&tried, &trial, true))
        return CANNOT_TRY;
    broker.inner = tried_hub_broker(&tried, on_logs);
    shared = mmap(NULL, sizeof *broker.told, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return CANNOT_TRY;
    broker.told = shared;
    trial.broker = lying_broker_of(&broker);
    failures = jangle_try_transport(&trial);
    lying_broker_finish(&broker);
    munmap(shared, sizeof *broker.told);
    tried_hub_close(&tried);
    return failures;
}

static int exit_status_of(int failures)
{
    return failures == CANNOT_TRY ? NOT_TRIED : failures != 0;
}

/* ---- each in a process of its own ---------------------------------------------- */

static pid_t start_child(const struct transport_lie *lie,
                         bool on_logs,
                         const char *only,
                         FILE **output)
{
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        if (dup2(ends[1], STDOUT_FILENO) < 0 || close(ends[0]) || close(ends[1]))
            _exit(NOT_TRIED);
        _exit(exit_status_of(try_lie(lie, on_logs, only)));
    }
    assert_true(child > 0);
    close(ends[1]);
    *output = fdopen(ends[0], "r");
    assert_non_null(*output);
    return child;
}

/* Is this the line of a test that failed? A test's line is "TR-3  its_name: outcome". */
static bool is_failure(const char *line)
{
    const char *outcome = strstr(line, ": ");

    return outcome && strncmp(line, "TR-", 3) == 0 && strcmp(outcome, ": ok\n") != 0 &&
           strncmp(outcome, ": skipped ", 10) != 0;
}

/* The first test that fails is enough: the child is ended then. Returns whether there is
 * one, or the child ended badly without a word. */
static bool is_found_out(const struct transport_lie *lie,
                         bool on_logs,
                         const char *only,
                         char found[NAME_SIZE])
{
    char line[1024];
    bool failed = false;
    FILE *output;
    pid_t child = start_child(lie, on_logs, only, &output);
    int status;

    snprintf(found, NAME_SIZE, "nothing\n");
    while (!failed && fgets(line, sizeof line, output)) {
        failed = is_failure(line);
        if (failed)
            jn_text_copy(found, NAME_SIZE, line);
    }
    if (failed)
        kill(child, SIGKILL);
    fclose(output);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == NOT_TRIED);
    return failed || status != 0;
}

static void an_honest_transport_passes_through_the_liars_hands(void **state)
{
    char found[NAME_SIZE];

    (void)state;
    if (!shard_takes(0)) /* one part is enough */
        skip();
    for (int on_logs = 0; on_logs <= 1; on_logs++) {
        bool failed = is_found_out(NULL, on_logs, NULL, found);

        assert_string_equal(found, "nothing\n");
        assert_false(failed);
    }
    for (const struct transport_lie *lie = no_lies; lie->clause; lie++) {
        bool failed = is_found_out(lie, lie->on_logs, lie->clause, found);

        assert_string_equal(found, "nothing\n");
        assert_false(failed);
    }
}

/* Is the lie one of as many as the effort allows? They are spread over all. */
static bool is_chosen(int number)
{
    int chosen = effort_count(EFFORT_TRANSPORT_LIES);

    return chosen >= LIES || (number + 1) * chosen / LIES != number * chosen / LIES;
}

/* The effort's table has their number, too. */
static void the_lies_are_counted(void **state)
{
    int count = 0;

    (void)state;
    while (lie_of(count))
        count++;
    assert_int_equal(count, LIES);
}

static void every_lie_is_found_out_by_a_test_of_its_clause(void **state)
{
    const struct transport_lie *lie;
    int undetected = 0;

    (void)state;
    for (int number = 0; (lie = lie_of(number)); number++) {
        char found[NAME_SIZE];

        if (!shard_takes(number) || !is_chosen(number))
            continue;
        undetected += !is_found_out(lie, lie->on_logs, lie->clause, found);
        print_message("%3d %-6s %-45s %s", number, lie->clause, lie->what, found);
    }
    assert_int_equal(undetected, 0);
}

static bool is_told(int clause)
{
    const struct transport_lie *lie;
    char name[16];

    snprintf(name, sizeof name, "TR-%d", clause);
    for (int number = 0; (lie = lie_of(number)); number++)
        if (strcmp(lie->clause, name) == 0)
            return true;
    print_error("%s: nobody lies about it\n", name);
    return false;
}

static void there_is_a_lie_about_every_clause(void **state)
{
    (void)state;
    for (int clause = 1; clause <= CLAUSES; clause++)
        assert_true(is_told(clause));
}

int main(int argc, char **argv)
{
    const struct transport_lie *lie =
        argc > 1 ? lie_of((int)strtol(argv[1], NULL, 10)) : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lies_are_counted),
        cmocka_unit_test(an_honest_transport_passes_through_the_liars_hands),
        cmocka_unit_test(every_lie_is_found_out_by_a_test_of_its_clause),
        cmocka_unit_test(there_is_a_lie_about_every_clause),
    };

    if (lie)
        return exit_status_of(try_lie(lie, lie->on_logs, lie->clause));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
