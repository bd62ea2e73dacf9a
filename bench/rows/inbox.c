/* inbox.c - what a program does by hand with messages that it takes. */
#include "rows/inbox.h"
#include "payload.h"
#include "rows/sql.h"

#include <stdlib.h>

struct inbox {
    struct sql sql;
    sqlite3_stmt *know;
    bool begun;
    int64_t stored;
    int64_t versions[PAYLOAD_STREAMS + 1]; /* of the streams */
};

struct inbox *inbox_open(const char *path)
{
    static const char table[] =
        "CREATE TABLE inbox (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID";
    struct inbox *inbox = bench_new(sizeof *inbox);

    sql_open(&inbox->sql, path, PAYLOAD_STREAMS);
    sql_must(inbox->sql.database,
             sqlite3_exec(inbox->sql.database, table, NULL, NULL, NULL), SQLITE_OK);
    inbox->know =
        sql_prepare(inbox->sql.database, "INSERT OR IGNORE INTO inbox VALUES (?)");
    return inbox;
}

#ifdef BENCH_HAS_JANSSON

#include <jansson.h>

/* 1, 2, 3...: the account that the message is about. */
static int64_t read_stream(const void *body, size_t size)
{
    json_t *event = json_loadb(body, size, 0, NULL);
    const char *subject = json_string_value(json_object_get(event, "subject"));
    int64_t stream = subject ? 1 + atoll(subject) : 0;

    if (stream < 1 || stream > PAYLOAD_STREAMS ||
        !json_is_object(json_object_get(event, "data")))
        bench_die("inbox", "a message cannot be read");
    json_decref(event);
    return stream;
}

#else /* no row asks for it */

static int64_t read_stream(const void *body, size_t size)
{
    (void)body, (void)size;
    bench_die("inbox", "jansson is not here");
}

#endif

static bool is_new(struct inbox *inbox, const void *id, size_t size)
{
    sqlite3 *database = inbox->sql.database;

    sql_must(database, sqlite3_bind_text(inbox->know, 1, id, (int)size, SQLITE_STATIC),
             SQLITE_OK);
    sql_must(database, sqlite3_step(inbox->know), SQLITE_DONE);
    sql_must(database, sqlite3_reset(inbox->know), SQLITE_OK);
    return sqlite3_changes(database) == 1;
}

static void
add(void *context, const void *id, size_t id_size, const void *body, size_t body_size)
{
    struct inbox *inbox = context;
    int64_t stream = read_stream(body, body_size);
    struct sql_event event = {stream, 0, body, (int)body_size};

    if (!inbox->begun)
        sql_begin(&inbox->sql);
    inbox->begun = true;
    if (!is_new(inbox, id, id_size))
        return;
    event.version = ++inbox->versions[stream];
    sql_append(&inbox->sql, &event);
    inbox->stored++;
}

static void commit(void *context)
{
    struct inbox *inbox = context;

    if (inbox->begun)
        sql_commit(&inbox->sql);
    inbox->begun = false;
}

struct tally_store inbox_store(struct inbox *inbox)
{
    return (struct tally_store){.add = add, .commit = commit, .context = inbox};
}

int64_t inbox_close(struct inbox *inbox)
{
    int64_t stored = inbox->stored;

    commit(inbox);
    sqlite3_finalize(inbox->know);
    sql_close(&inbox->sql);
    free(inbox);
    return stored;
}
