/* make_kept.c - makes the store of desks that is kept: make_kept DIRECTORY
 *
 * The program is run many times on one store ("lives"), with one subscriber or saga at a
 * time, so that none disturbs what another one left. Some lives end in a handler. The
 * last one only opens and closes the store, which folds its log into it. README.md says
 * when this is run, and how the archive is made of it. */
#include "kept.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MINUTE_MS = 60 * 1000, OUTAGE_KEYS = 16 };

static struct kept kept = {.now = {1767225600000000}, .next = 1};
static char path[300];

/* ---- what every life needs --------------------------------------------------- */

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "make_kept: %s: %s\n", what, kept.error.message);
    exit(1);
}

static void start(const struct jangle_subscriber *subscriber,
                  const struct jangle_saga *saga)
{
    struct jangle_subscribers subscribers = {&subscriber, subscriber != NULL};
    struct jangle_sagas sagas = {&saga, saga != NULL};

    if (!subscriber)
        subscribers.items = NULL;
    if (!saga)
        sagas.items = NULL;
    must(kept_open(&kept, path, subscribers, sagas), "open");
}

static void stop(void)
{
    must(jangle_close(kept.jangle, -1) == JANGLE_OK, "close");
}

static void pass_minutes(int64_t minutes)
{
    kept.now = jangle_time_after_ms(kept.now, minutes * MINUTE_MS);
}

static void poll_all(void)
{
    int64_t done = 1;

    while (done)
        must(!jangle_poll(kept.jangle, &done, &kept.error), "poll");
}

static void tell(const char *desk, const char *to, const char *word)
{
    must(!jangle_send(kept.jangle, NULL, say, .desk_id = desk, .to = to, .word = word),
         word);
}

static void tell_saga(const char *id, const char *word)
{
    if (!word)
        must(!jangle_send(kept.jangle, NULL, begin, .desk_id = "office", .id = id), id);
    else
        must(!jangle_send(kept.jangle, NULL, call, .desk_id = "office", .id = id,
                          .word = word),
             id);
}

/* A life in a process of its own, which ends in a handler. */
static void die(const struct jangle_subscriber *subscriber,
                const struct jangle_saga *saga)
{
    pid_t child = fork();
    int status;

    must(child >= 0, "fork");
    if (!child) {
        kept_mood.deadly = true;
        start(subscriber, saga);
        poll_all();
        _exit(1);
    }
    must(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
             WEXITSTATUS(status) == KEPT_DEATH,
         "a life did not end in its handler");
    kept.next += 100000; /* the child drew ids, too */
}

/* ---- subscribers ------------------------------------------------------------- */

static void make_commands(void)
{
    struct jangle_outcome outcome;

    start(NULL, NULL);
    tell("early", "news", "ok");
    for (int i = 0; i < 3; i++)
        must(!jangle_send_in(kept.jangle, &outcome,
                             jangle_envelope(.command_id = "words of Ann"), say,
                             .desk_id = "early", .to = "", .word = "once"),
             "a command with an id");
    must(!jangle_send_json(
             kept.jangle, &outcome,
             jangle_envelope(.command_id = "018f4e5a-7c1d-7000-8000-0123456789ab",
                             .origin = {.actor = "Ann"}),
             "say", "{\"desk_id\":\"early\",\"to\":\"\",\"word\":\"json\"}"),
         "a command with a UUID");
    stop();
    start(&kept_news, NULL); /* it begins here */
    tell("late", "news", "ok");
    poll_all();
    stop();
}

static void make_dead_letters(void)
{
    start(&kept_letters, NULL);
    tell("a", "letters", "fail");
    tell("a", "letters", "ok");
    tell("b", "letters", "reject");
    tell("b", "letters", "ok");
    tell("c/d", "letters", "fail");
    must(!jangle_send(kept.jangle, NULL, say_oddly, .desk_id = "e", .to = "letters",
                      .word = "fail"),
         "say_oddly");
    tell("a", "letters", "ok");
    poll_all();
    pass_minutes(2);
    poll_all();
    stop();
}

static void make_labels(void)
{
    start(&kept_labels, NULL);
    tell("f", "labels", "fail");
    tell("f", "labels", "reject");
    tell("f", "labels", "ok");
    poll_all();
    stop();
}

static void make_adverts(void)
{
    start(&kept_adverts, NULL);
    tell("g", "adverts", "reject");
    tell("g", "adverts", "ok");
    tell("h", "adverts", "fail");
    tell("h", "adverts", "ok");
    poll_all();
    stop();
}

/* So many desks fail one after the other that it is suspended; the rest is not tried. */
static void make_outage(const struct jangle_subscriber *subscriber)
{
    char desk[32];

    start(subscriber, NULL);
    for (int i = 0; i < OUTAGE_KEYS; i++) {
        snprintf(desk, sizeof desk, "%s-%d", subscriber->name, i);
        tell(desk, subscriber->name, "fail");
    }
    tell("after", subscriber->name, "ok");
    tell("after", subscriber->name, "ok");
    poll_all();
    stop();
}

/* The first crash is nobody's: it is not known which event was being handled. From the
 * second on the attempt is stored before it is made. */
static void make_crashes(const struct jangle_subscriber *subscriber, int attempts)
{
    start(NULL, NULL);
    tell(subscriber->name, subscriber->name, "die");
    tell(subscriber->name, subscriber->name, "ok");
    tell("beside", subscriber->name, "ok");
    stop();
    for (int i = 0; i < 1 + attempts; i++) {
        die(subscriber, NULL);
        if (i < attempts)
            pass_minutes(10);
    }
}

static void make_orders(void)
{
    start(&kept_orders, NULL);
    tell("i", "orders", "order");
    poll_all();
    stop();
}

/* What a person skips is lacking in the view until it is replayed. */
static void make_notes(void)
{
    struct jangle_stats stats;

    start(&kept_notes, NULL);
    tell("j", "notes", "ok");
    tell("k", "notes", "fail");
    tell("k", "notes", "ok");
    tell("l", "notes", "reject");
    tell("l", "notes", "ok");
    tell("j", "notes", "ok");
    tell("m", "notes", "reject");
    poll_all();
    jangle_measure(kept.jangle, &stats);
    must(!jangle_dead_letter_skip(kept.jangle, "notes", stats.position, &kept.error),
         "skip");
    stop();
}

/* ---- sagas ------------------------------------------------------------------- */

static void make_journeys(void)
{
    static const struct {
        const char *id, *words[3];
    } trips[] = {
        {"trip-open", {"pay"}},         {"trip-done", {"pay", "bye"}},
        {"trip-refused", {"ask"}},      {"trip-by-hand", {"pay"}},
        {"trip-dead", {"fail", "pay"}}, {"trip-both", {"wait"}},
    };

    start(NULL, &kept_journey);
    for (size_t i = 0; i < sizeof trips / sizeof trips[0]; i++) {
        tell_saga(trips[i].id, NULL);
        for (size_t j = 0; trips[i].words[j]; j++)
            tell_saga(trips[i].id, trips[i].words[j]);
    }
    poll_all();
    for (int i = 0; i < 2; i++) { /* "fail" and "wait" fail three times: dead */
        pass_minutes(10);
        poll_all();
    }
    pass_minutes(60); /* the timeout of trip-both closes its turn, and fails */
    poll_all();
    tell_saga("trip-a/b", NULL);
    tell_saga("trip-a/b", "fail");
    tell_saga("trip-a/b", "pay");
    tell_saga("trip-unfit", NULL);
    tell_saga("trip-unfit", "change");
    poll_all();
    stop();
}

/* They are renamed, and their code is changed. */
static void make_trips(void)
{
    start(NULL, &kept_trip);
    kept_mood.changed = true;
    pass_minutes(2);
    poll_all();
    kept_mood.changed = false;
    must(!jangle_saga_finish(kept.jangle, "trip", "trip-by-hand", "it was called off",
                             &kept.error),
         "finish");
    stop();
    start(NULL, NULL);
    tell_saga("trip-dies", NULL);
    tell_saga("trip-dies", "die");
    stop();
    die(NULL, &kept_trip);
    die(NULL, &kept_trip);
}

static void begin_stay(const char *id, const char *word)
{
    tell_saga(id, NULL);
    tell_saga(id, word);
}

static void make_stays(void)
{
    start(NULL, &kept_stay);
    begin_stay("stay-dead", "now");
    poll_all();
    for (int i = 0; i < 2; i++) { /* three attempts */
        pass_minutes(10);
        poll_all();
    }
    begin_stay("stay-crashes", "now");
    stop();
    for (int i = 0; i < 1 + 3; i++) { /* the first crash is nobody's */
        die(NULL, &kept_stay);
        if (i < 3)
            pass_minutes(10);
    }
    start(NULL, NULL);
    begin_stay("stay-crashed", "now");
    stop();
    die(NULL, &kept_stay);
    start(NULL, &kept_stay);
    begin_stay("stay-failed", "now");
    begin_stay("stay-ahead", "hour");
    poll_all();
    stop();
}

int main(int count, char **arguments)
{
    must(count == 2, "make_kept DIRECTORY");
    snprintf(path, sizeof path, "%s/desks.db", arguments[1]);
    must(access(path, F_OK) != 0, "there is a desks.db already");
    make_commands();
    make_dead_letters();
    make_labels();
    make_adverts();
    make_outage(&kept_mails);
    make_crashes(&kept_fragile, 3);
    make_crashes(&kept_bruised, 1);
    make_orders();
    make_notes();
    make_outage(&kept_board);
    make_crashes(&kept_slate, 1);
    make_journeys();
    make_trips();
    make_stays();
    start(NULL, NULL);
    stop();
    printf("the clock is at %" PRId64 ", the next id is %" PRIu64 "\n", kept.now.us,
           kept.next);
    return 0;
}
