/* redrives.c - the bank's verbs over a RabbitMQ, or the broker that is named as an
 * argument: what it can never take is a dead letter, is shown, stays when it is only
 * looked at, and is put back. */
#include "brokers/rabbitmq/shared.h"
#include "support/parcels.h"
#include "trial/kinds.h"
#include "trial/program.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 12, PRINTED_SIZE = 4096, TRIES = 1000 };

static const char queue[] = "bank.counter", dead[] = "bank.counter.dead";

static const struct kind *kind;
static void *server;
static char directory[TEMP_PATH_SIZE], file[TEMP_PATH_SIZE];
static char printed[PRINTED_SIZE];
static struct program bank = {.name = "bank", .directory = directory};

static void start(const char *const *verb)
{
    const char *words[WORDS] = {BANK};
    size_t count = 1;

    for (; *verb; verb++)
        words[count++] = *verb;
    words[count++] = "--db";
    words[count] = file;
    assert_true(program_start(&bank, words));
}

#define START(...) start((const char *const[]){__VA_ARGS__, NULL})

/* What the verb prints is in `printed`. */
#define RUN(...)                                                                         \
    do {                                                                                 \
        START(__VA_ARGS__);                                                              \
        assert_int_equal(program_end(&bank, 0), 0);                                      \
        read_printed();                                                                  \
    } while (0)

static void read_printed(void)
{
    char name[40], path[TEMP_PATH_SIZE];
    size_t size;
    FILE *out;

    snprintf(name, sizeof name, "bank.%d.out", bank.starts);
    temp_directory_path(path, directory, name);
    out = fopen(path, "r");
    assert_non_null(out);
    size = fread(printed, 1, sizeof printed - 1, out);
    printed[size] = '\0';
    fclose(out);
}

static void assert_printed(const char *text)
{
    if (!strstr(printed, text))
        fail_msg("nothing says: %s\n%s", text, printed);
}

/* Let the bank serve until it has so many dead letters, and stop it. */
static void serve_until_dead(long long count)
{
    START("serve");
    while (program_figures(&bank).dead < count) {
        assert_false(program_has_ended(&bank));
        poll(NULL, 0, 20);
    }
    assert_int_equal(program_end(&bank, SIGINT), 130);
}

static struct jangle_transport *connect_to(void)
{
    struct jangle_transport *transport = kind_connect(kind, server);

    assert_non_null(transport);
    return transport;
}

/* NATS does not tell how many wait when some have been given back, and says -1. */
static bool is_count(int64_t now, int64_t wanted)
{
    return now == wanted || (now == -1 && kind->counts_loosely);
}

/* A broker gives back what a process had in hand a moment after that has ended. */
static void assert_counts(int64_t waiting, int64_t given_up)
{
    struct jangle_transport *transport = connect_to();
    int64_t now_waiting = -1, now_given_up = -1;

    for (int tries = 0; tries < TRIES; tries++) {
        now_waiting = count_in(transport, queue);
        now_given_up = count_in(transport, dead);
        if (is_count(now_waiting, waiting) && is_count(now_given_up, given_up))
            break;
        poll(NULL, 0, 20);
    }
    if (!is_count(now_waiting, waiting) || !is_count(now_given_up, given_up))
        fail_msg("%lld wait and %lld are dead, not %lld and %lld", (long long)now_waiting,
                 (long long)now_given_up, (long long)waiting, (long long)given_up);
    transport->ops->close(transport);
}

/* ---- the tests ------------------------------------------------------------------- */

static void endpoints_are_declared_and_connected(void **state)
{
    (void)state;
    RUN("open", "--name", "Natalie", "--amount", "100");
    RUN("endpoints");
    assert_printed("topic bank.news");
    assert_printed("queue bank.counter");
    assert_printed("connected");
    assert_null(strstr(printed, "not connected"));
    assert_counts(0, 0);
}

static void what_cannot_be_taken_is_a_dead_letter(void **state)
{
    struct jangle_transport *transport = connect_to();

    (void)state;
    publish_into(transport, queue, NULL, "{\"no\": \"CloudEvent\"}");
    publish_into(transport, queue, NULL, "nonsense");
    publish_into(transport, queue, NULL, "\033[2J");
    transport->ops->close(transport);
    RUN("endpoints");
    assert_printed("queue bank.counter           3                       0  connected\n");
    serve_until_dead(3);
    assert_counts(0, 3);
    RUN("endpoints");
    assert_printed("queue bank.counter           0                       3  connected\n");
}

static void who_only_looks_changes_nothing(void **state)
{
    (void)state;
    RUN("redrive", "--dry-run");
    assert_printed("3 dead letters seen, 0 put back\n");
    assert_printed("\n  nonsense\n");
    assert_printed("\n  ?[2J\n"); /* what would steer a terminal does not */
    assert_counts(0, 3);
    RUN("redrive", "--dry-run", "--limit", "1");
    assert_printed("1 dead letters seen, 0 put back\n");
    assert_counts(0, 3);
}

/* The one for which it waits stays, and so do those behind it. */
static void who_is_stopped_while_it_waits_puts_nothing_back(void **state)
{
    (void)state;
    START("redrive", "--wait", "3600000");
    while (!program_says(&bank, "  ")) {
        assert_false(program_has_ended(&bank));
        poll(NULL, 0, 20);
    }
    assert_int_equal(program_end(&bank, SIGINT), 130);
    read_printed();
    assert_printed("0 put back\n");
    assert_counts(0, 3);
}

static void so_many_are_put_back(void **state)
{
    (void)state;
    RUN("redrive", "--limit", "2");
    assert_printed("2 dead letters seen, 2 put back\n");
    assert_counts(2, 1);
    RUN("redrive", "--wait", "1");
    assert_printed("1 dead letters seen, 1 put back\n");
    assert_counts(3, 0);
    RUN("redrive");
    assert_printed("0 dead letters seen, 0 put back\n");
}

static void what_is_put_back_is_received_again(void **state)
{
    (void)state;
    serve_until_dead(3);
    assert_counts(0, 3);
}

/* ctest runs one RabbitMQ for many. JANGLE_RABBITMQ_URL is the older name. */
static void start_server(const char *name)
{
    kind = kind_find(name ? name : "rabbitmq");
    assert_non_null(kind);
    setenv("BROKER_HOLD_MS", "1000", 1);
    unsetenv("BROKER_URL");
    if (name) {
        server = kind->start();
        return;
    }
    server = rabbitmq_shared_start();
    setenv("JANGLE_RABBITMQ_URL", rabbitmq_server_url(server), 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_are_declared_and_connected),
        cmocka_unit_test(what_cannot_be_taken_is_a_dead_letter),
        cmocka_unit_test(who_only_looks_changes_nothing),
        cmocka_unit_test(who_is_stopped_while_it_waits_puts_nothing_back),
        cmocka_unit_test(so_many_are_put_back),
        cmocka_unit_test(what_is_put_back_is_received_again),
    };
    int failed;

    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(file, directory, "bank.db");
    start_server(argc > 1 ? argv[1] : NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end(&bank, SIGKILL);
    kind->stop(server);
    temp_directory_remove(directory);
    return failed;
}
