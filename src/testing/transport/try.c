/* try.c - all tests of a transport, one after the other, a line for each. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

#include <stdio.h>
#include <stdlib.h>

static const struct jn_transport_test *const tables[] = {
    jn_transport_open_tests,  jn_transport_declare_tests,    jn_transport_publish_tests,
    jn_transport_bytes_tests, jn_transport_order_tests,      jn_transport_receive_tests,
    jn_transport_log_tests,   jn_transport_settle_tests,     jn_transport_dead_tests,
    jn_transport_time_tests,  jn_transport_connection_tests, jn_transport_remove_tests,
    jn_transport_text_tests};

enum { CLAUSES = 20, TABLES = sizeof tables / sizeof *tables, NAME_AT = 6 };

/* The number of a test's clause: 3 of "tr_03_...". */
static int clause_of(const struct jn_transport_test *test)
{
    return (int)strtol(test->name + 3, NULL, 10);
}

/* ---- skip and only --------------------------------------------------------------- */

/* Is the test in such a list? A word of it is a clause, "TR-3", or the name of a test
 * that is printed behind the clause. */
static bool is_listed(const char *list, const struct jn_transport_test *test)
{
    char clause[16];

    jn_text_format(clause, sizeof clause, "TR-%d", clause_of(test));
    while (list && *(list += strspn(list, " ,\n"))) {
        size_t size = strcspn(list, " ,\n");

        if ((size == strlen(clause) && memcmp(list, clause, size) == 0) ||
            (size == strlen(test->name + NAME_AT) &&
             memcmp(list, test->name + NAME_AT, size) == 0))
            return true;
        list += size;
    }
    return false;
}

/* Why a test is skipped; or NULL. */
static const char *why_skipped(const struct jn_trial *trial,
                               const struct jn_transport_test *test)
{
    const struct jangle_transport_trial *given = trial->given;

    if (is_listed(given->skip, test))
        return "as the trial says";
    if (test->needs & JN_NEEDS_STOP && (!given->stop || !given->start))
        return "the trial cannot stop the broker";
    if (test->needs & JN_NEEDS_PASS && !given->pass)
        return "the trial cannot let time pass";
    if (test->needs & JN_NEEDS_URL && !given->broker.url)
        return "the broker has no URL";
    if (test->needs & JN_NEEDS_QUEUES && trial->is_log)
        return "the broker's queues are logs";
    if (test->needs & JN_NEEDS_LOGS && !trial->is_log)
        return "the broker's queues are no logs";
    return NULL;
}

/* ---- one after the other --------------------------------------------------------- */

/* Find out whether the queues are logs: then a parcel has an offset. */
static void look_for_logs(struct jn_trial *trial)
{
    struct jn_received received = {.count = 0};
    struct jn_line line;

    jn_trial_begin(trial);
    line = jn_line_open(trial, false);
    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    trial->is_log = !trial->failed && received.parcels[0].offset.log;
    jn_trial_end(trial);
    if (trial->failed)
        printf("a first parcel does not arrive: %s\n", trial->failure);
}

static bool run_test(struct jn_trial *trial, const struct jn_transport_test *test)
{
    const char *why = why_skipped(trial, test);

    jn_trial_begin(trial);
    if (!why) {
        test->run(trial);
        jn_trial_end(trial);
        why = trial->skip;
    }
    printf("TR-%-2d %s: %s%s%s\n", clause_of(test), test->name + NAME_AT,
           trial->failed ? trial->failure
           : why         ? "skipped ("
                         : "ok",
           !trial->failed && why ? why : "", !trial->failed && why ? ")" : "");
    fflush(stdout);
    return !trial->failed;
}

static int run_clause(struct jn_trial *trial, int clause)
{
    int failures = 0;

    for (size_t i = 0; i < TABLES; i++) {
        for (const struct jn_transport_test *test = tables[i]; test->name; test++) {
            if (clause_of(test) != clause ||
                (trial->given->only && !is_listed(trial->given->only, test)))
                continue;
            failures += !run_test(trial, test);
        }
    }
    return failures;
}

/* By number, though a file may have the tests of several clauses. */
int jangle_try_transport(const struct jangle_transport_trial *given)
{
    struct jn_trial trial;
    int failures = 0;

    if (jn_trial_init(&trial, given)) {
        printf("out of memory\n");
        return 1;
    }
    look_for_logs(&trial);
    for (int clause = 1; clause <= CLAUSES; clause++)
        failures += run_clause(&trial, clause);
    jn_trial_finish(&trial);
    return failures;
}
