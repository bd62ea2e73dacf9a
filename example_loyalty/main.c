/* main.c - loyalty: a program of its own, with a file of its own, beside a bank.
 *
 *     loyalty FILE            takes the bank's news, and pays bonuses, until Ctrl-C
 *     loyalty FILE points     prints the points of each member
 *
 * The environment names the broker: BROKER_URL (example_broker/named_broker.h). */
#include "loyalty.h"
#include "messages.h"

#include "example_broker/named_broker.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WORKERS = 2, CLOSE_MS = 10000, WRONG_USE = 2, FIGURES_SIZE = 600 };

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static int complain(const char *what)
{
    fprintf(stderr, "loyalty: %s\n", what);
    return 1;
}

/* ---- serving --------------------------------------------------------------------- */

/* ": the broker is away", or nothing. */
static const char *colon(const struct jangle_endpoint_stats *stats)
{
    return *stats->reason ? ": " : "";
}

static void write_figures(struct jangle *loyalty, char text[FIGURES_SIZE])
{
    struct jangle_endpoint_stats in, out;
    struct jangle_error error = {0};

    if (jangle_measure_endpoint(loyalty, from_bank.name, &in, &error) ||
        jangle_measure_endpoint(loyalty, to_bank.name, &out, &error)) {
        snprintf(text, FIGURES_SIZE, "%s\n", error.message);
        return;
    }
    snprintf(text, FIGURES_SIZE,
             "%s: %" PRId64 " received, %" PRId64 " taken, %" PRId64 " repeated, %" PRId64
             " dead%s%s\n"
             "%s: %" PRId64 " published, %" PRId64 " refused%s%s\n",
             from_bank.name, in.received, in.taken, in.repeated, in.dead, colon(&in),
             in.reason, to_bank.name, out.published, out.refused, colon(&out),
             out.reason);
}

/* A topic keeps nothing: from then on the bank's news waits for this program. */
static bool declare(struct jangle *loyalty, const char *path, bool complains)
{
    struct jangle_error error = {0};

    if (!jangle_declare(loyalty, NULL, &error)) {
        printf("%s is served; Ctrl-C ends that.\n", path);
        return true;
    }
    if (complains)
        complain(error.message);
    return false;
}

/* Print the figures whenever they have changed, once a second at most. If the broker is
 * away, the program waits for it, and says that it serves when it does. */
static void serve(struct jangle *loyalty, const char *path)
{
    char now[FIGURES_SIZE], shown[FIGURES_SIZE] = "";
    bool declared = declare(loyalty, path, true);

    while (!stopped) {
        declared = declared || declare(loyalty, path, false);
        write_figures(loyalty, now);
        if (strcmp(now, shown) != 0)
            fputs(now, stdout);
        fflush(stdout);
        memcpy(shown, now, sizeof now);
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
}

static int serve_file(const char *path)
{
    struct named_broker named;
    struct jangle_error error = {0};
    struct jangle *loyalty;

    if (named_broker_find(&named, &error))
        return complain(error.message);
    loyalty = loyalty_open(path, WORKERS, named.broker, &error);
    if (!loyalty)
        return complain(error.message);
    serve(loyalty, path);
    return jangle_close(loyalty, CLOSE_MS) ? complain("not all work was ended") : 0;
}

/* ---- asking ---------------------------------------------------------------------- */

static int print_points(const char *path)
{
    struct jangle_error error = {0};
    struct jangle_answer answer = {0};
    struct jangle *loyalty = loyalty_open_to_ask(path, &error);
    const struct member_list *list;
    int status = 0;

    if (!loyalty)
        return complain(error.message);
    if (jangle_ask(loyalty, &answer, list_members, .at_least = 0)) {
        status = complain(answer.error.message);
    } else {
        list = answer.data;
        for (size_t i = 0; i < list->members.count; i++) {
            const struct member_line *line = &list->members.items[i];

            printf("%s  %6" PRId64 " points  %10.2f moved\n", line->member_id,
                   line->points, (double)line->moved / 100);
        }
    }
    jangle_answer_free(&answer);
    jangle_close(loyalty, CLOSE_MS);
    return status;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = stop};

    if (argc == 3 && strcmp(argv[2], "points") == 0)
        return print_points(argv[1]);
    if (argc != 2 || *argv[1] == '-') {
        fputs(
            "loyalty FILE: takes a bank's news, and pays bonuses, until Ctrl-C\n"
            "loyalty FILE points: prints the points of each member\n",
            stderr);
        return WRONG_USE;
    }
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return serve_file(argv[1]);
}
