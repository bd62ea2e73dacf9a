/* verify_beside.c - a verification beside a process that writes all it can: events,
 * letters, retries, sagas with timeouts, views. Nothing of it is a fault. */
#include "files/kept.h"
#include "support/effort.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/verify.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 300 / TEST_STRIDE + 20, HOUR_MS = 3600 * 1000, WATCHDOG_SECONDS = 600 };

/* ---- the writer ---------------------------------------------------------------------
 */

static const char *const names[] = {"letters", "labels", "adverts", "mails", "orders",
                                    "notes",   "board",  "slate",   "news"};
static const char *const words[] = {"ok", "fail", "ok", "reject", "ok", "fail"};
static const char *const calls[] = {"pay", "ask", "fail", "wait", "pay", "bye"};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "verify_beside: %s\n", what);
    _exit(1);
}

/* Some are refused, or are of a saga that is over: that is a part of it. */
static void send_some(struct kept *kept, int round)
{
    char id[40], saga[40];

    for (int i = 0; i < 12; i++) {
        snprintf(id, sizeof id, "d%d", (round * 7 + i * 5) % 40);
        jangle_send(kept->jangle, NULL, say, .desk_id = id, .to = names[(round + i) % 9],
                    .word = words[(round + i) % 6]);
    }
    snprintf(saga, sizeof saga, "trip-%d", round);
    jangle_send(kept->jangle, NULL, begin, .desk_id = "office", .id = saga);
    snprintf(saga, sizeof saga, "trip-%d", round - round % 5);
    jangle_send(kept->jangle, NULL, call, .desk_id = "office", .id = saga,
                .word = calls[round % 6]);
}

static void poll_some(struct kept *kept)
{
    int64_t done = 1;

    for (int i = 0; done && i < 200; i++)
        must(!jangle_poll(kept->jangle, &done, &kept->error), kept->error.message);
}

static void write_all(const char *path)
{
    struct kept kept = {.now = {1767236640000000}};

    must(kept_open(&kept, path, kept_subscribers, kept_sagas), kept.error.message);
    for (int round = 0; round < ROUNDS; round++) {
        send_some(&kept, round);
        poll_some(&kept);
        kept.now = jangle_time_after_ms(kept.now, HOUR_MS / 4);
    }
    must(!jangle_close(kept.jangle, -1), "close");
}

/* ---- the one that looks
 * ---------------------------------------------------------------- */

static enum jangle_result tell(void *context, const struct jangle_finding *finding)
{
    (void)context;
    print_message("%s: %s %s, row %s, column %s: %s\n", finding->file,
                  jangle_finding_kind_name(finding->kind),
                  finding->table ? finding->table : "-",
                  finding->row ? finding->row : "-",
                  finding->column ? finding->column : "-", finding->what);
    return JANGLE_OK;
}

/* Returns the number of events. */
static int64_t look(const char *path, bool deep)
{
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_verify_options options = {.deep = deep};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    enum jangle_result result =
        jangle_verify(&storage, &options, tell, NULL, &totals, &error);

    if (result == JANGLE_NOT_FOUND || result == JANGLE_INVALID)
        return 0; /* it has not been made yet */
    if (result)
        fail_msg("%s: %s", jangle_result_name(result), error.message);
    assert_int_equal(totals.findings, 0);
    assert_int_equal(totals.events, totals.position);
    return totals.events;
}

static void beside_a_writer_nothing_is_found(void **state)
{
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    int looks = 0, grown = 0, status = 0;
    int64_t events = 0;
    pid_t child, ended;

    (void)state;
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "desks.db");
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        alarm(WATCHDOG_SECONDS);
        write_all(path);
        _exit(0);
    }
    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        int64_t now = look(path, looks % 3 == 2);

        grown += now > events;
        events = now;
        looks += now > 0;
    }
    assert_int_equal(ended, child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(look(path, true) > ROUNDS);
    print_message("%d looks, at %d states\n", looks, grown);
    assert_true(grown >= 3);
    temp_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beside_a_writer_nothing_is_found),
    };

    alarm(WATCHDOG_SECONDS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
