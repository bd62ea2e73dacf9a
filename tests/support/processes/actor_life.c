/* actor_life.c - a process with an instance of the purses, which does what it is told. */
#include "support/processes/actor_life.h"
#include "command/commands.h"
#include "support/stores/fault_vfs.h"
#include "support/temp_directory.h"

#include "command/commit.h"
#include "core/engine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RACE_PURSES = 500, RACE_THREADS = 4 };

static struct {
    struct jangle *jangle;
    char store[TEMP_PATH_SIZE];
} self;

/* ---- its verbs --------------------------------------------------------------- */

/* The next of the words, which ends there; "" if there is none. */
static char *next_word(char **words)
{
    char *word = *words;
    size_t size = strcspn(word, " ");

    *words = word[size] ? word + size + 1 : word + size;
    word[size] = '\0';
    return word;
}

static int next_number(char **words)
{
    return (int)strtol(next_word(words), NULL, 10);
}

static void
tell(char answer[ACTOR_LINE], enum jangle_result result, const struct jangle_error *error)
{
    snprintf(answer, ACTOR_LINE, "%s%s%s", jangle_result_name(result), result ? " " : "",
             result ? error->message : "");
}

static void tell_outcome(char answer[ACTOR_LINE], const struct jangle_outcome *outcome)
{
    if (outcome->error.result)
        tell(answer, outcome->error.result, &outcome->error);
    else
        snprintf(answer, ACTOR_LINE, "OK %" PRId64, outcome->position);
}

static void do_open(char *words, char answer[ACTOR_LINE])
{
    static const struct jangle_sqlite_options faulty = {.vfs = "fault"};
    struct jangle_config config = {.aggregates = actor_aggregates,
                                   .subscribers = actor_subscribers,
                                   .storage = jangle_sqlite(self.store),
                                   .host.logger = jangle_logger_none()};
    struct jangle_error error = {0};

    while (*words) {
        const char *word = next_word(&words);

        if (!strcmp(word, "plain"))
            config.subscribers = (struct jangle_subscribers){0};
        else if (!strcmp(word, "follower"))
            config.follower = true;
        else if (!strcmp(word, "workers"))
            config.workers = next_number(&words);
        else if (!strcmp(word, "faulty")) {
            fault_vfs_register();
            fault_vfs_reset();
            config.storage = jangle_sqlite_with(self.store, &faulty);
        }
    }
    self.jangle = jangle_open(&config, &error);
    tell(answer, error.result, &error);
}

static void do_close(char *words, char answer[ACTOR_LINE])
{
    struct jangle_error none = {0};

    (void)words;
    tell(answer, jangle_close(self.jangle, -1), &none);
    self.jangle = NULL;
}

static void do_put(char *words, char answer[ACTOR_LINE])
{
    const char *id = next_word(&words);
    int count = next_number(&words);
    struct jangle_outcome outcome = {0};

    for (int i = 0; i < count && !outcome.error.result; i++)
        jangle_send(self.jangle, &outcome, put_in, .purse_id = id, .amount = 1);
    tell_outcome(answer, &outcome);
}

static void do_take(char *words, char answer[ACTOR_LINE])
{
    const char *id = next_word(&words);
    int amount = next_number(&words);
    struct jangle_outcome outcome;

    jangle_send(self.jangle, &outcome, take_out, .purse_id = id, .amount = amount);
    tell_outcome(answer, &outcome);
}

static void do_look(char *words, char answer[ACTOR_LINE])
{
    struct jangle_outcome outcome;

    if (jangle_send(self.jangle, &outcome, look_in, .purse_id = words))
        tell(answer, outcome.error.result, &outcome.error);
    else
        snprintf(answer, ACTOR_LINE, "OK %s", outcome.reply);
}

static void do_strike(char *words, char answer[ACTOR_LINE])
{
    struct jangle_outcome outcome;

    jangle_send(self.jangle, &outcome, strike_coin, .weight = next_number(&words));
    tell_outcome(answer, &outcome);
}

static void do_name(char *words, char answer[ACTOR_LINE])
{
    const char *id = next_word(&words);
    const char *name = next_word(&words);
    struct jangle_outcome outcome;

    jangle_send(self.jangle, &outcome, name_purse, .purse_id = id, .name = name);
    tell_outcome(answer, &outcome);
}

static enum jangle_result poll_all(struct jangle_error *error)
{
    enum jangle_result result;
    int64_t done;

    do
        result = jangle_poll(self.jangle, &done, error);
    while (!result && done);
    return result;
}

static void do_poll(char *words, char answer[ACTOR_LINE])
{
    struct jangle_error error = {0};

    (void)words;
    tell(answer, poll_all(&error), &error);
}

static void do_flush(char *words, char answer[ACTOR_LINE])
{
    struct jangle_error error = {0};

    (void)words;
    tell(answer, jn_committer_flush(&self.jangle->commands->committer, &error), &error);
}

static void do_wait(char *words, char answer[ACTOR_LINE])
{
    const char *subscriber = next_word(&words);
    int64_t position = next_number(&words);
    int64_t ms = next_number(&words);

    snprintf(
        answer, ACTOR_LINE, "%s",
        jangle_result_name(jangle_wait(self.jangle, subscriber, position, ms, NULL)));
}

static void do_where(char *words, char answer[ACTOR_LINE])
{
    struct jangle_subscriber_stats stats;
    struct jangle_error error = {0};
    enum jangle_result result =
        jangle_measure_subscriber(self.jangle, words, &stats, &error);

    if (result)
        tell(answer, result, &error);
    else
        snprintf(answer, ACTOR_LINE, "%s %" PRId64 " %" PRId64,
                 stats.here ? "here" : "elsewhere", stats.position, stats.lag);
}

static void do_shown(char *words, char answer[ACTOR_LINE])
{
    struct jangle_answer asked = {0};
    enum jangle_result result =
        jangle_ask(self.jangle, &asked, get_rows, .purse_id = words);
    const struct row_counts *counts = asked.data;

    if (result)
        tell(answer, result, &asked.error);
    else
        snprintf(answer, ACTOR_LINE, "%" PRId64 " %" PRId64, counts->rows,
                 counts->different);
    jangle_answer_free(&asked);
}

static enum jangle_result list_record(void *context, const struct jangle_record *record)
{
    char *answer = context;
    size_t size = strlen(answer);

    snprintf(answer + size, ACTOR_LINE - size, "%s%" PRId64 ":%s", size ? " " : "",
             record->position, record->type);
    return JANGLE_OK;
}

static void do_stream(char *words, char answer[ACTOR_LINE])
{
    struct jangle_store *store = self.jangle->store;
    const char *kind = next_word(&words);
    const char *id = next_word(&words);
    struct jangle_error error = {0};

    answer[0] = '\0';
    if (store->ops->read_stream(store, kind, id, 0, list_record, answer, &error))
        tell(answer, error.result, &error);
}

static void do_mix(char *words, char answer[ACTOR_LINE])
{
    struct jangle_error error = {0};
    int count = next_number(&words);
    char id[16];

    snprintf(id, sizeof id, "%d", (int)getpid());
    for (int i = 0; i < count && !error.result; i++) {
        struct jangle_outcome outcome;

        if (jangle_send(self.jangle, &outcome, put_in, .purse_id = id, .amount = 1))
            error = outcome.error;
        else
            jangle_poll(self.jangle, NULL, &error);
    }
    tell(answer, error.result, &error);
}

/* One thread of it: no two meet in a purse. */
struct racer {
    pthread_t thread;
    const char *actor;
    int number, count;
    struct jangle_outcome outcome;
};

static void *run_race(void *context)
{
    struct racer *racer = context;
    char id[48];

    for (; atomic_fetch_sub(&actor_race->left, 1) > 0 && !racer->outcome.error.result;
         racer->count++) {
        snprintf(id, sizeof id, "%.10s-%d-%d", racer->actor, racer->number,
                 racer->count % RACE_PURSES);
        jangle_send(self.jangle, &racer->outcome, put_in, .purse_id = id, .amount = 1);
    }
    return NULL;
}

static void do_race(char *words, char answer[ACTOR_LINE])
{
    struct racer racers[RACE_THREADS];
    int count = 0;

    for (int i = 0; i < RACE_THREADS; i++) {
        racers[i] = (struct racer){.actor = words, .number = i};
        if (pthread_create(&racers[i].thread, NULL, run_race, &racers[i]))
            _exit(1);
    }
    for (int i = 0; i < RACE_THREADS; i++)
        pthread_join(racers[i].thread, NULL);
    for (int i = 0; i < RACE_THREADS; i++) {
        count += racers[i].count;
        if (racers[i].outcome.error.result)
            count = -1000000;
    }
    snprintf(answer, ACTOR_LINE, "%d", count);
}

static void do_stop(char *words, char answer[ACTOR_LINE])
{
    actor_self.stop = !strcmp(words, "decide") ? IN_DECIDE
                      : !strcmp(words, "it")   ? IN_HANDLER
                                               : IN_VIEW;
    snprintf(answer, ACTOR_LINE, "OK");
}

static void do_room(char *words, char answer[ACTOR_LINE])
{
    fault_vfs_set_room(next_number(&words));
    snprintf(answer, ACTOR_LINE, "OK");
}

static void do_unsynced(char *words, char answer[ACTOR_LINE])
{
    (void)words;
    fault_vfs_fail((struct fault){FAULT_SYNC, "-wal", 1, 1, SQLITE_IOERR_FSYNC});
    snprintf(answer, ACTOR_LINE, "OK");
}

static const struct verb {
    const char *name;
    void (*act)(char *words, char answer[ACTOR_LINE]);
} verbs[] = {{"open", do_open},     {"close", do_close}, {"put", do_put},
             {"take", do_take},     {"look", do_look},   {"strike", do_strike},
             {"name", do_name},     {"poll", do_poll},   {"flush", do_flush},
             {"wait", do_wait},     {"where", do_where}, {"shown", do_shown},
             {"stream", do_stream}, {"mix", do_mix},     {"race", do_race},
             {"stop", do_stop},     {"room", do_room},   {"unsynced", do_unsynced}};

static void act(char *line, char answer[ACTOR_LINE])
{
    size_t size = strcspn(line, " ");
    char *words = line[size] ? line + size + 1 : line + size;

    line[size] = '\0';
    snprintf(answer, ACTOR_LINE, "there is no such verb");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, line) == 0)
            verbs[i].act(words, answer);
}

_Noreturn void actor_live(int from, int to, const char *directory)
{
    char line[ACTOR_LINE], answer[ACTOR_LINE], diary[TEMP_PATH_SIZE];

    actor_make_purse();
    actor_self.from = from;
    actor_self.to = to;
    temp_directory_path(self.store, directory, "purses.db");
    temp_directory_path(diary, directory, "diary");
    actor_self.diary = open(diary, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (actor_self.diary >= 0 && actor_read_line(from, line)) {
        act(line, answer);
        if (!actor_write_line(to, answer))
            break;
    }
    _exit(jangle_close(self.jangle, -1) != JANGLE_OK);
}
