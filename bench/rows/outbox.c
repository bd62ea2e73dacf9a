/* outbox.c - what a program does by hand to publish what it has stored. */
#include "rows/outbox.h"
#include "rows/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct outbox {
    struct sql sql;
    sqlite3_stmt *confirm;
    sqlite3 *reader;
    sqlite3_stmt *select; /* NULL until the first event is read */
};

/* ---- a store that is full ---------------------------------------------------- */

static void fill(struct outbox *outbox, int64_t count, int64_t streams)
{
    enum { BATCH = 1000, DATA_SIZE = 96 };

    for (int64_t i = 0; i < count; i++) {
        char data[DATA_SIZE];
        struct sql_event event = {1 + i % streams, 1 + i / streams, data, 0};

        event.payload_size = body_write_data(data, sizeof data, BODY_EVENT, i, i);
        if (i % BATCH == 0)
            sql_begin(&outbox->sql);
        sql_append(&outbox->sql, &event);
        if (i % BATCH == BATCH - 1 || i == count - 1)
            sql_commit(&outbox->sql);
    }
}

struct outbox *outbox_open(const char *path, int64_t count, int64_t streams)
{
    static const char table[] =
        "CREATE TABLE outbox (one INTEGER PRIMARY KEY, confirmed INTEGER NOT NULL) "
        "STRICT;"
        "INSERT INTO outbox VALUES (1, 0);";
    struct outbox *outbox = bench_new(sizeof *outbox);

    sql_open(&outbox->sql, path, streams);
    sql_must(outbox->sql.database,
             sqlite3_exec(outbox->sql.database, table, NULL, NULL, NULL), SQLITE_OK);
    outbox->confirm = sql_prepare(outbox->sql.database,
                                  "UPDATE outbox SET confirmed = ? WHERE one = 1");
    fill(outbox, count, streams);
    outbox->reader = sql_reader(path);
    return outbox;
}

void outbox_close(struct outbox *outbox)
{
    sqlite3_finalize(outbox->confirm);
    sqlite3_finalize(outbox->select);
    sql_must(outbox->reader, sqlite3_close(outbox->reader), SQLITE_OK);
    sql_close(&outbox->sql);
    free(outbox);
}

/* ---- an event ---------------------------------------------------------------- */

enum { NAME, VERSION, POSITION, AT, ID, PAYLOAD }; /* the columns */

static void write_time(char text[BODY_TIME_SIZE], int64_t at_us)
{
    time_t seconds = at_us / 1000000;
    struct tm parts;
    size_t size;

    gmtime_r(&seconds, &parts);
    size = strftime(text, BODY_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + size, BODY_TIME_SIZE - size, ".%06dZ", (int)(at_us % 1000000));
}

static void write_uuid(char text[BODY_ID_SIZE], const unsigned char *id)
{
    static const char digits[] = "0123456789abcdef";
    char *end = text;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *end++ = '-';
        *end++ = digits[id[i] >> 4];
        *end++ = digits[id[i] & 15];
    }
    *end = '\0';
}

int outbox_next(struct outbox *outbox, char text[BODY_SIZE])
{
    char id[BODY_ID_SIZE], time[BODY_TIME_SIZE];
    sqlite3_stmt *select = outbox->select;

    if (!select)
        select = outbox->select =
            sql_prepare(outbox->reader,
                        "SELECT name, events.version, position, at, event_id, payload "
                        "FROM events JOIN streams ON streams.id = stream "
                        "ORDER BY position");
    sql_must(outbox->reader, sqlite3_step(select), SQLITE_ROW);
    write_uuid(id, sqlite3_column_blob(select, ID));
    write_time(time, sqlite3_column_int64(select, AT));
    return body_write_parts(
        text, &(const struct body_parts){
                  .body = BODY_EVENT,
                  .id = id,
                  .account = (const char *)sqlite3_column_text(select, NAME),
                  .time = time,
                  .version = sqlite3_column_int64(select, VERSION),
                  .position = sqlite3_column_int64(select, POSITION),
                  .data = (const char *)sqlite3_column_blob(select, PAYLOAD),
                  .data_size = sqlite3_column_bytes(select, PAYLOAD),
              });
}

void outbox_confirm(struct outbox *outbox, int64_t confirmed)
{
    sqlite3 *database = outbox->sql.database;

    sql_begin(&outbox->sql);
    sql_must(database, sqlite3_bind_int64(outbox->confirm, 1, confirmed), SQLITE_OK);
    sql_must(database, sqlite3_step(outbox->confirm), SQLITE_DONE);
    sql_must(database, sqlite3_reset(outbox->confirm), SQLITE_OK);
    sql_commit(&outbox->sql);
}
