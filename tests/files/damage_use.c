/* damage_use.c - the store that is damaged, and a program that uses all there is
 * in it. */
#include "files/damage_use.h"
#include "files/kept.h"
#include "support/temp_directory.h"

#include "core/engine.h"

#include <jangle/testing.h>

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DAY_MS = 24 * 3600 * 1000, POLLS = 3000, ROUNDS = 4 };

static jangle_time now = {1767236640000000}; /* when the store was left */
static uint64_t next_id;
static struct damage_told *told;
static struct jangle *program;

/* ---- telling --------------------------------------------------------------------- */

static void tell(const char *format, ...) JANGLE_PRINTF(1, 2);

static void tell(const char *format, ...)
{
    size_t room = told ? sizeof told->text - told->used : 0;
    va_list values;
    int length;

    if (room < 2)
        return;
    va_start(values, format);
    length = vsnprintf(told->text + told->used, room - 1, format, values);
    va_end(values);
    if (length < 0)
        return;
    told->used += (size_t)length < room - 1 ? (size_t)length : room - 2;
    told->text[told->used++] = '\n';
    told->text[told->used] = '\0';
}

static void heed(const char *what, enum jangle_result result, const char *sentence)
{
    if (result)
        tell("%s: %s: %s", what, jangle_result_name(result), sentence);
}

static void hear(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (entry->level <= JANGLE_LEVEL_WARNING &&
        strcmp(entry->topic, "STORE_AT_RISK") != 0)
        tell("%s: %s", entry->topic, entry->message);
}

/* ---- the program ----------------------------------------------------------------- */

static bool start(const char *path, struct jangle_error *error)
{
    struct jangle_retry retry = {
        .max_attempts = 3, .first_delay_ms = 60000, .max_delay_ms = 600000};
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&desk_aggregate, &odd_aggregate),
        .subscribers = kept_subscribers,
        .sagas = kept_sagas,
        .storage = jangle_sqlite(path),
        .host = {.clock = jangle_clock_fixed(&now),
                 .random = jangle_random_counting(&next_id),
                 .logger = {hear, NULL}},
        .retry = retry,
        .saga_retry = retry,
        .program = "desks",
    };

    program = jangle_open(&config, error);
    return program != NULL;
}

static void poll_all(void)
{
    struct jangle_error error = {0};
    int64_t done = 1;

    for (int i = 0; done && i < POLLS; i++) {
        enum jangle_result result = jangle_poll(program, &done, &error);

        heed("poll", result, error.message);
        if (result)
            break;
    }
}

/* ---- preparing ------------------------------------------------------------------- */

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "damage_use: %s\n", what);
    exit(1);
}

static void unpack(const char *directory)
{
    pid_t child = fork();
    int status;

    must(child >= 0, "fork");
    if (!child) {
        execlp("tar", "tar", "-xzf", KEPT_ARCHIVE, "-C", directory, (char *)NULL);
        _exit(1);
    }
    must(waitpid(child, &status, 0) == child && !status, "tar");
}

static void read_names(sqlite3 *database, const char *sql, struct damage_names *names)
{
    sqlite3_stmt *statement;

    must(!sqlite3_prepare_v2(database, sql, -1, &statement, NULL), sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        must(names->count < DAMAGE_NAMES, "too many names");
        snprintf(names->items[names->count++], DAMAGE_NAME_SIZE, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
}

static void read_all_names(const char *path, struct damage_known *known)
{
    sqlite3 *database;

    must(!sqlite3_open(path, &database), path);
    read_names(database, "SELECT name FROM streams WHERE kind = 'desk'", &known->desks);
    read_names(database, "SELECT id FROM sagas", &known->sagas);
    read_names(database, "SELECT CAST(command_id AS TEXT) FROM commands",
               &known->commands);
    read_names(database, "SELECT name FROM subscribers", &known->subscribers);
    must(sqlite3_close(database) == SQLITE_OK, "close");
}

void damage_prepare(const char *directory, struct damage_known *known)
{
    static const char *const paused[] = {"letters", "notes", "orders"};
    struct jangle_error error = {0};
    char path[TEMP_PATH_SIZE];

    unpack(directory);
    temp_directory_path(path, directory, "desks.db");
    next_id = 100000000;
    must(start(path, &error), error.message);
    for (int i = 0; i < 6; i++)
        must(!jangle_send_in(program, NULL,
                             jangle_envelope(.command_id = i ? NULL : "new words"), say,
                             .desk_id = i % 2 ? "a" : "new", .to = "letters",
                             .word = i == 4 ? "fail" : "ok"),
             "say");
    must(!jangle_send(program, NULL, begin, .desk_id = "office", .id = "trip-new"),
         "begin");
    for (size_t i = 0; i < sizeof paused / sizeof *paused; i++)
        must(!jangle_pause(program, paused[i], i ? "Ann" : "Bob", paused[i], &error) &&
                 !jangle_resume(program, paused[i], &error),
             error.message);
    must(!jangle_send(program, NULL, call, .desk_id = "office", .id = "trip-new",
                      .word = "pay"),
         "call");
    poll_all();
    must(jangle_close(program, -1) == JANGLE_OK, "close");
    read_all_names(path, known);
}

/* ---- using it -------------------------------------------------------------------- */

static void send_all(const struct damage_known *known)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < known->desks.count; i++)
        heed("say",
             jangle_send(program, &outcome, say, .desk_id = known->desks.items[i],
                         .to = "notes", .word = "ok"),
             outcome.error.message);
    for (int i = 0; i < known->sagas.count; i++)
        heed("call",
             jangle_send(program, &outcome, call, .desk_id = "office",
                         .id = known->sagas.items[i], .word = "pay"),
             outcome.error.message);
    heed("say_oddly",
         jangle_send(program, &outcome, say_oddly, .desk_id = "e", .to = "letters",
                     .word = "ok"),
         outcome.error.message);
    for (int i = 0; i < known->commands.count; i++)
        heed("outcome_of", jangle_outcome_of(program, known->commands.items[i], &outcome),
             outcome.error.message);
}

static enum jangle_result see_saga(void *context, const struct jangle_saga_info *info)
{
    (void)context, (void)info;
    return JANGLE_OK;
}

static enum jangle_result see_dead_letter(void *context,
                                          const struct jangle_dead_letter *letter)
{
    (void)context, (void)letter;
    return JANGLE_OK;
}

static enum jangle_result see_subscriber(void *context, const char *subscriber)
{
    (void)context, (void)subscriber;
    return JANGLE_OK;
}

static void show_sagas(const struct damage_known *known)
{
    static const char *const names[] = {"trip", "stay"};
    struct jangle_error error = {0};

    for (int i = 0; i < 2; i++)
        for (int status = JANGLE_SAGA_OPEN; status <= JANGLE_SAGA_PARKED; status++)
            heed("saga_visit",
                 jangle_saga_visit(program, names[i], (enum jangle_saga_status)status,
                                   see_saga, NULL, &error),
                 error.message);
    for (int i = 0; i < known->sagas.count; i++) {
        const char *id = known->sagas.items[i];

        heed("saga_show",
             jangle_saga_show(program, strncmp(id, "trip", 4) ? "stay" : "trip", id,
                              see_saga, NULL, &error),
             error.message);
    }
}

static void show_all(const struct damage_known *known)
{
    struct jangle_subscriber_stats stats;
    struct jangle_error error = {0};

    show_sagas(known);
    heed("parked_visit",
         jangle_parked_visit(program, NULL, see_dead_letter, NULL, &error),
         error.message);
    heed("dead_letter_visit",
         jangle_dead_letter_visit(program, NULL, see_dead_letter, NULL, &error),
         error.message);
    heed("subscriber_visit",
         jangle_subscriber_visit(program, see_subscriber, NULL, &error), error.message);
    for (int i = 0; i < known->subscribers.count; i++) {
        heed("measure",
             jangle_measure_subscriber(program, known->subscribers.items[i], &stats,
                                       &error),
             error.message);
        if (stats.suspended.us)
            tell("%s stands still: %s", known->subscribers.items[i], stats.reason);
    }
}

static void ask_and_replay(void)
{
    static const char *const views[] = {"notes", "board", "slate"};
    struct jangle_replay_options options = {.compare = true};
    struct jangle_error error = {0};
    struct jangle_answer answer = {0};

    heed("ask", jangle_ask(program, &answer, get_notes, .limit = 100),
         answer.error.message);
    jangle_answer_free(&answer);
    for (int i = 0; i < 3; i++)
        heed("replay", jangle_replay(program, views[i], &options, &error), error.message);
}

static enum jangle_result see_command(void *context,
                                      const struct jangle_stored_command *command)
{
    (void)context, (void)command;
    return JANGLE_OK;
}

static enum jangle_result see_session(void *context,
                                      const struct jangle_store_session *session)
{
    (void)context, (void)session;
    return JANGLE_OK;
}

static enum jangle_result see_owner(void *context, const struct jangle_store_owner *owner)
{
    (void)context, (void)owner;
    return JANGLE_OK;
}

static enum jangle_result see_entry(void *context,
                                    const struct jangle_catalogue_entry *entry)
{
    (void)context, (void)entry;
    return JANGLE_OK;
}

/* What only tools read. */
static void show_what_it_says_of_itself(const struct damage_known *known)
{
    struct jangle_store *store = program->store;
    struct jangle_error error = {0};

    for (int i = 0; i < known->commands.count; i++)
        heed("read_command",
             store->ops->read_command(store, known->commands.items[i], see_command, NULL,
                                      &error),
             error.message);
    heed("read_sessions", store->ops->read_sessions(store, see_session, NULL, &error),
         error.message);
    heed("read_owners", store->ops->read_owners(store, see_owner, NULL, &error),
         error.message);
    heed("read_catalogue", store->ops->read_catalogue(store, see_entry, NULL, &error),
         error.message);
}

void damage_use(const char *path,
                const struct damage_known *known,
                struct damage_told *shared)
{
    struct jangle_error error = {0};

    told = shared;
    next_id = 200000000;
    kept_mood = (struct kept_mood){.healed = true};
    if (!start(path, &error)) {
        heed("open", error.result, error.message);
        return;
    }
    show_all(known);
    show_what_it_says_of_itself(known);
    send_all(known);
    for (int i = 0; i < ROUNDS; i++) {
        poll_all();
        now = jangle_time_after_ms(now, DAY_MS);
    }
    show_all(known);
    show_what_it_says_of_itself(known);
    ask_and_replay();
    heed("close", jangle_close(program, -1), "");
}
