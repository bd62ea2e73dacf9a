/* actor.c - a process with an instance of the purses that does what it is told. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "support/actor.h"
#include "support/fault_vfs.h"
#include "support/purse.h"
#include "support/temp_directory.h"

#include "engine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RACE_PURSES = 500, RACE_THREADS = 4 };

/* ---- lines ------------------------------------------------------------------- */

/* False at the end. */
static bool read_line(int file, char line[ACTOR_LINE])
{
    size_t size = 0;

    while (size < ACTOR_LINE - 1) {
        if (read(file, &line[size], 1) != 1)
            return false;
        if (line[size] == '\n')
            break;
        size++;
    }
    line[size] = '\0';
    return true;
}

static bool write_line(int file, const char *line)
{
    char whole[ACTOR_LINE + 1];
    int size = snprintf(whole, sizeof whole, "%.*s\n", ACTOR_LINE - 1, line);

    return write(file, whole, (size_t)size) == size;
}

/* ---- in the actor ------------------------------------------------------------ */

enum place { NOWHERE, IN_DECIDE, IN_HANDLER, IN_VIEW };

static struct {
    int from, to, diary;
    struct jangle *jangle;
    char store[TEMP_PATH_SIZE];
    enum place stop; /* there, once */
} self;

static struct {
    _Atomic int64_t left;
} * race;

static void stop_at(enum place place)
{
    char line[ACTOR_LINE];

    if (self.stop != place)
        return;
    self.stop = NOWHERE;
    if (!write_line(self.to, "stopped") || !read_line(self.from, line) ||
        strcmp(line, "go") != 0)
        _exit(1);
}

/* The purse's deciders, of which one can be stopped. */
static jangle_decide_fn *take_from_purse;
static struct jangle_decider deciders[16];
static struct jangle_aggregate purse;
static const struct jangle_aggregate *const aggregates[] = {
    &purse, &guild_aggregate, &names_aggregate, &mint_aggregate, NULL};

static enum jangle_result decide_take(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    stop_at(IN_DECIDE);
    return take_from_purse(decision, state, command);
}

static void make_purse(void)
{
    purse = purse_aggregate;
    purse.commands = deciders;
    for (size_t i = 0; purse_aggregate.commands[i].command; i++) {
        deciders[i] = purse_aggregate.commands[i];
        if (deciders[i].command != &take_out)
            continue;
        take_from_purse = deciders[i].decide;
        deciders[i].decide = decide_take;
    }
}

/* ---- its subscribers --------------------------------------------------------- */

struct row_counts {
    int64_t rows, different;
};

struct get_rows {
    const char *purse_id;
};

static JANGLE_STRUCT(row_counts, rows, different);
static JANGLE_QUERY(get_rows, purse_id, answer(row_counts));

/* A second row of the same event would be let in. */
static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    enum jangle_result result = jangle_view_run(
        delivery->view, "INSERT INTO shown (position) VALUES (?)", event->position);

    stop_at(IN_VIEW);
    return result;
}

static enum jangle_result answer_rows(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    struct row_counts counts;
    enum jangle_result result =
        jangle_view_row(query->view, &counts, row_counts,
                        "SELECT count(*) AS rows, count(DISTINCT position) AS different "
                        "FROM shown");

    return result ? result
                  : jangle_answer_with(answer, row_counts, .rows = counts.rows,
                                       .different = counts.different);
}

static enum jangle_result write_diary(char what, int64_t position)
{
    char line[64];
    int size =
        snprintf(line, sizeof line, "%c %" PRId64 " %d\n", what, position, (int)getpid());

    return write(self.diary, line, (size_t)size) == size ? JANGLE_OK : JANGLE_INVALID;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)delivery;
    if (write_diary('b', event->position))
        return JANGLE_INVALID;
    stop_at(IN_HANDLER);
    return write_diary('e', event->position);
}

static const struct jangle_subscriber shown = {
    .name = "shown",
    .handlers =
        (const struct jangle_handler[]){
            {&coins_put_in, show}, {&coins_taken_out, show}, {&coin_struck, show}, {0}},
    .answerers = (const struct jangle_answerer[]){{&get_rows, answer_rows}, {0}},
    .schema = "CREATE TABLE shown (position INTEGER)"};

static const struct jangle_subscriber it = {
    .name = "it",
    .handlers = (const struct jangle_handler[]){{&coins_put_in, handle},
                                                {&coins_taken_out, handle},
                                                {&coin_struck, handle},
                                                {0}},
    .start = JANGLE_FROM_FIRST};

static const struct jangle_subscriber *const subscribers[] = {&shown, &it, NULL};

/* ---- its verbs --------------------------------------------------------------- */

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
    struct jangle_config config = {.aggregates = aggregates,
                                   .subscribers = subscribers,
                                   .storage = jangle_sqlite(self.store),
                                   .host.logger = jangle_logger_none()};
    struct jangle_error error = {0};

    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        if (!strcmp(word, "plain"))
            config.subscribers = NULL;
        else if (!strcmp(word, "follower"))
            config.follower = true;
        else if (!strcmp(word, "workers"))
            config.workers = atoi(strtok(NULL, " "));
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
    const char *id = strtok(words, " ");
    int count = atoi(strtok(NULL, " "));
    struct jangle_outcome outcome = {0};

    for (int i = 0; i < count && !outcome.error.result; i++)
        jangle_send(self.jangle, &outcome, put_in, .purse_id = id, .amount = 1);
    tell_outcome(answer, &outcome);
}

static void do_take(char *words, char answer[ACTOR_LINE])
{
    const char *id = strtok(words, " ");
    int amount = atoi(strtok(NULL, " "));
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

    jangle_send(self.jangle, &outcome, strike_coin, .weight = atoi(words));
    tell_outcome(answer, &outcome);
}

static void do_name(char *words, char answer[ACTOR_LINE])
{
    const char *id = strtok(words, " ");
    const char *name = strtok(NULL, " ");
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
    tell(answer, jn_committer_flush(&self.jangle->commits, &error), &error);
}

static void do_wait(char *words, char answer[ACTOR_LINE])
{
    const char *subscriber = strtok(words, " ");
    int64_t position = atoi(strtok(NULL, " "));
    int64_t ms = atoi(strtok(NULL, " "));

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
    const char *kind = strtok(words, " ");
    const char *id = strtok(NULL, " ");
    struct jangle_error error = {0};

    answer[0] = '\0';
    if (store->ops->read_stream(store, kind, id, 0, list_record, answer, &error))
        tell(answer, error.result, &error);
}

static void do_mix(char *words, char answer[ACTOR_LINE])
{
    struct jangle_error error = {0};
    int count = atoi(words);
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

    for (; atomic_fetch_sub(&race->left, 1) > 0 && !racer->outcome.error.result;
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
    self.stop = !strcmp(words, "decide") ? IN_DECIDE
                : !strcmp(words, "it")   ? IN_HANDLER
                                         : IN_VIEW;
    snprintf(answer, ACTOR_LINE, "OK");
}

static void do_room(char *words, char answer[ACTOR_LINE])
{
    fault_vfs_set_room(atoi(words));
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

static _Noreturn void live(int from, int to, const char *directory)
{
    char line[ACTOR_LINE], answer[ACTOR_LINE], diary[TEMP_PATH_SIZE];

    make_purse();
    self.from = from;
    self.to = to;
    temp_directory_path(self.store, directory, "purses.db");
    temp_directory_path(diary, directory, "diary");
    self.diary = open(diary, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (self.diary >= 0 && read_line(from, line)) {
        act(line, answer);
        if (!write_line(to, answer))
            break;
    }
    _exit(jangle_close(self.jangle, -1) != JANGLE_OK);
}

/* ---- here -------------------------------------------------------------------- */

enum { ENDS_MAX = 64 };

/* Of pipes to actors. One that another actor has, too, never comes to its end. */
static bool is_end[ENDS_MAX];

static void keep_end(int file)
{
    assert_true(file >= 0 && file < ENDS_MAX);
    is_end[file] = true;
}

static void close_end(int file)
{
    is_end[file] = false;
    close(file);
}

static void close_all_ends(void)
{
    for (int file = 0; file < ENDS_MAX; file++)
        if (is_end[file])
            close_end(file);
}

void actor_start(struct actor *actor, const char *directory)
{
    int down[2], up[2];

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    keep_end(actor->to = down[1]);
    keep_end(actor->from = up[0]);
    fflush(NULL);
    actor->process = fork();
    assert_true(actor->process >= 0);
    if (actor->process == 0) {
        close_all_ends();
        live(down[0], up[1], directory);
    }
    close(down[0]);
    close(up[1]);
}

static void write_down(struct actor *actor, const char *format, va_list values)
{
    char line[ACTOR_LINE];

    vsnprintf(line, sizeof line, format, values);
    if (!write_line(actor->to, line))
        fail_msg("an actor is gone: it cannot be told to \"%s\"", line);
}

void actor_tell(struct actor *actor, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_down(actor, format, values);
    va_end(values);
}

const char *actor_hear(struct actor *actor)
{
    if (!read_line(actor->from, actor->line))
        fail_msg("an actor is gone, without an answer");
    return actor->line;
}

const char *actor_ask(struct actor *actor, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_down(actor, format, values);
    va_end(values);
    return actor_hear(actor);
}

static void close_pipes(struct actor *actor)
{
    close_end(actor->to);
    close_end(actor->from);
    actor->process = 0;
}

void actor_kill(struct actor *actor)
{
    int status;

    assert_int_equal(kill(actor->process, SIGKILL), 0);
    assert_int_equal(waitpid(actor->process, &status, 0), actor->process);
    close_pipes(actor);
}

void actor_freeze(struct actor *actor)
{
    int status;

    assert_int_equal(kill(actor->process, SIGSTOP), 0);
    assert_int_equal(waitpid(actor->process, &status, WUNTRACED), actor->process);
    assert_true(WIFSTOPPED(status));
}

void actor_thaw(struct actor *actor)
{
    assert_int_equal(kill(actor->process, SIGCONT), 0);
}

void actor_finish(struct actor *actor)
{
    pid_t process = actor->process;
    int status = 0;

    if (!process)
        return;
    actor_thaw(actor);
    close_pipes(actor);
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void actor_set_race(int64_t commands)
{
    if (!race)
        race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(race != MAP_FAILED);
    atomic_store(&race->left, commands);
}

/* ---- the diary --------------------------------------------------------------- */

enum { DIARY_EVENTS = 100000, DIARY_WRITERS = 16 };

struct reading {
    struct diary diary;
    int *handled; /* one an event */
    pid_t writers[DIARY_WRITERS];
    pid_t inside; /* 0: nobody is */
    int64_t last;
};

static bool is_dead(pid_t process, const pid_t *dead, size_t dead_count)
{
    for (size_t i = 0; i < dead_count; i++)
        if (dead[i] == process)
            return true;
    return false;
}

static void note_writer(struct reading *reading, pid_t process)
{
    for (int i = 0; i < reading->diary.writers; i++)
        if (reading->writers[i] == process)
            return;
    assert_true(reading->diary.writers < DIARY_WRITERS);
    reading->writers[reading->diary.writers++] = process;
}

static void note_line(struct reading *reading, char what, int64_t position, pid_t process)
{
    struct diary *diary = &reading->diary;

    assert_true(position > 0 && position < DIARY_EVENTS);
    note_writer(reading, process);
    if (what == 'b') {
        diary->begun++;
        diary->steps_back += position <= reading->last;
        reading->last = position;
        diary->overlaps += reading->inside != 0;
        reading->inside = process;
        return;
    }
    diary->ended++;
    diary->overlaps += reading->inside != process;
    reading->inside = 0;
    diary->events += reading->handled[position] == 0;
    diary->repeated += reading->handled[position]++ == 1;
}

struct diary actor_read_diary(const char *directory, const pid_t *dead, size_t dead_count)
{
    struct reading reading = {.handled = calloc(DIARY_EVENTS, sizeof(int))};
    char path[TEMP_PATH_SIZE], what;
    int64_t position;
    int process;
    FILE *file;

    temp_directory_path(path, directory, "diary");
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(reading.handled);
    while (fscanf(file, " %c %" SCNd64 " %d", &what, &position, &process) == 3) {
        if (is_dead(reading.inside, dead, dead_count) && reading.inside != process)
            reading.inside = 0;
        note_line(&reading, what, position, process);
    }
    fclose(file);
    free(reading.handled);
    return reading.diary;
}
