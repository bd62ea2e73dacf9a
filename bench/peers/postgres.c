/* postgres.c - PostgreSQL by libpq: the two statements of same-N, prepared, in one
 * transaction and one round trip. */
#include "payload.h"
#include "peers/find.h"
#include "peers/peer.h"
#include "verify.h"

#include "bench.h"

#include <glob.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER "bench"

static const struct peer_setting settings[] = {{"fsync", "on"},
                                               {"synchronous_commit", "on"},
                                               {"full_page_writes", "on"},
                                               {"wal_sync_method", "fdatasync"},
                                               {"commit_delay", "0"},
                                               {NULL, NULL}};

/* ---- where it is ------------------------------------------------------------------- */

/* The folder of the newest, if several are installed as packages do it. */
static bool newest(const char *pattern, char *folder, size_t size)
{
    glob_t found;
    long best = -1;

    if (glob(pattern, 0, NULL, &found))
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        long version = strtol(path + strcspn(path, "0123456789"), NULL, 10);

        if (version <= best)
            continue;
        best = version;
        snprintf(folder, size, "%.*s", (int)(strlen(path) - strlen("/initdb")), path);
    }
    globfree(&found);
    return best >= 0;
}

static bool find(const char *name, char path[PATH_MAX])
{
    const char *named = getenv("JANGLE_BENCH_POSTGRES_BIN");
    char folder[PATH_MAX];

    if (named)
        return find_in(named, name, path);
    return (newest("/usr/lib/postgresql/[1-9]*/bin/initdb", folder, sizeof folder) &&
            find_in(folder, name, path)) ||
           find_in(getenv("PATH"), name, path);
}

static const char *missing(const char *directory)
{
    char path[PATH_MAX];

    if (!find("initdb", path) || !find("postgres", path))
        return "PostgreSQL is not installed (Debian: apt-get install postgresql), or its "
               "programs are elsewhere: JANGLE_BENCH_POSTGRES_BIN names their folder";
    return peer_server_missing(directory, true, "PostgreSQL");
}

static void version(char text[PEER_VERSION_SIZE])
{
    char path[PATH_MAX];

    if (!find("postgres", path))
        bench_die("postgres", "it has gone");
    find_version(path, "(PostgreSQL) ", text, PEER_VERSION_SIZE);
}

/* ---- a connection ------------------------------------------------------------------ */

static PGconn *dial(const struct peer_server *server)
{
    const char *const names[] = {"host", "port", "user", "dbname", NULL};
    const char *const values[] = {server->directory, "5432", USER, "postgres", NULL};
    PGconn *client = PQconnectdbParams(names, values, 0);

    if (!client)
        bench_die("PostgreSQL", "there is too little memory");
    return client;
}

static PGresult *must(PGconn *client, PGresult *result, ExecStatusType wanted)
{
    if (PQresultStatus(result) != wanted)
        bench_die("PostgreSQL", PQerrorMessage(client));
    return result;
}

static void run(PGconn *client, const char *text)
{
    PQclear(must(client, PQexec(client, text), PGRES_COMMAND_OK));
}

static void compare(PGconn *client, const struct peer_setting *setting)
{
    char question[64], sentence[128];
    PGresult *answer;

    snprintf(question, sizeof question, "SHOW %s", setting->name);
    answer = must(client, PQexec(client, question), PGRES_TUPLES_OK);
    if (strcmp(PQgetvalue(answer, 0, 0), setting->value) != 0) {
        snprintf(sentence, sizeof sentence, "%s is %.40s, and was to be %s",
                 setting->name, PQgetvalue(answer, 0, 0), setting->value);
        bench_die("PostgreSQL", sentence);
    }
    PQclear(answer);
}

static void *connect_client(const struct peer_server *server)
{
    PGconn *client = dial(server);

    if (PQstatus(client) != CONNECTION_OK)
        bench_die("PostgreSQL", PQerrorMessage(client));
    for (int i = 0; settings[i].name; i++)
        compare(client, &settings[i]);
    return client;
}

static void disconnect_client(void *client)
{
    PQfinish(client);
}

/* ---- its life ---------------------------------------------------------------------- */

static void make_cluster(struct peer_server *server)
{
    char path[PATH_MAX];
    const char *const words[] = {path,
                                 "--pgdata=data",
                                 "--username=" USER,
                                 "--auth=trust",
                                 "--encoding=UTF8",
                                 "--locale=C",
                                 "--no-sync",
                                 NULL};

    if (!find("initdb", path))
        bench_die("initdb", "it has gone");
    peer_server_run(server, words);
}

/* Nobody reaches it but by the socket in its directory, which has a user's rights. */
static void start_process(struct peer_server *server)
{
    enum { FIXED = 7, SETTINGS = sizeof settings / sizeof *settings - 1 };
    char path[PATH_MAX], sockets[PEER_PATH_SIZE + 32], given[SETTINGS][64];
    const char *words[FIXED + 2 * SETTINGS + 1] = {
        path, "-D", "data", "-c", "listen_addresses=", "-c", sockets};

    if (!find("postgres", path))
        bench_die("postgres", "it has gone");
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", server->directory);
    for (int i = 0; i < SETTINGS; i++) {
        snprintf(given[i], sizeof given[i], "%s=%s", settings[i].name, settings[i].value);
        words[FIXED + 2 * i] = "-c";
        words[FIXED + 2 * i + 1] = given[i];
    }
    peer_server_start(server, words);
}

static bool answers(const struct peer_server *server)
{
    PGconn *client = dial(server);
    bool well = PQstatus(client) == CONNECTION_OK;

    PQfinish(client);
    return well;
}

static void start(struct peer_server *server)
{
    double started;

    make_cluster(server);
    start_process(server);
    started = bench_now();
    while (!answers(server))
        peer_server_wait(server, started);
}

/* ---- events ------------------------------------------------------------------------ */

/* As rows/sql.c has them. */
static const char *const tables[] = {
    "CREATE TABLE streams (id bigint PRIMARY KEY, kind text NOT NULL, name text NOT NULL,"
    " version bigint NOT NULL, first_version bigint NOT NULL, checksum bigint NOT NULL,"
    " UNIQUE (kind, name))",
    "CREATE TABLE events (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " stream bigint NOT NULL, version bigint NOT NULL, type integer NOT NULL,"
    " at bigint NOT NULL, event_id uuid NOT NULL, payload bytea, meta text,"
    " checksum bigint NOT NULL, digest bytea, UNIQUE (stream, version))"};

static const char insert[] =
    "INSERT INTO events (stream, version, type, at, event_id, payload, meta, checksum)"
    " VALUES ($1::bigint, $2::bigint, 1, $3::bigint, $4::uuid, $5::bytea, $6::text,"
    " $7::bigint)";
static const char update[] =
    "UPDATE streams SET version = $2::bigint, checksum = $3::bigint"
    " WHERE id = $1::bigint AND version = $2::bigint - 1";

static void fill_version(PGconn *client, int64_t number)
{
    char payload[PAYLOAD_ROOM], version_text[24];
    const char *const values[] = {version_text, payload, payload_meta};
    const int formats[] = {0, 1, 0};
    int lengths[] = {0, 0, 0};

    snprintf(version_text, sizeof version_text, "%lld", (long long)number);
    lengths[1] = payload_write(payload, number * PAYLOAD_AMOUNT, number);
    PQclear(must(client,
                 PQexecParams(client,
                              "INSERT INTO events (stream, version, type, at, event_id,"
                              " payload, meta, checksum) SELECT id, $1::bigint, 1, 0,"
                              " gen_random_uuid(), $2::bytea, $3::text, id FROM streams"
                              " ORDER BY md5(id::text)",
                              3, NULL, values, lengths, formats, 0),
                 PGRES_COMMAND_OK));
    run(client, "UPDATE streams SET version = version + 1");
}

/* As a server has it that has been at work for a while: what dead rows took is free, it
 * knows its tables, and its log lies in files that are there already. */
static void fill(void *client, int64_t versions)
{
    char text[256];

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        run(client, tables[i]);
    snprintf(text, sizeof text,
             "INSERT INTO streams SELECT i, 'account', lpad(i::text, 6, '0'), 0, 1, i"
             " FROM generate_series(1, %d) i",
             PAYLOAD_STREAMS);
    run(client, text);
    for (int64_t i = 1; i <= versions; i++)
        fill_version(client, i);
    run(client, "VACUUM (ANALYZE) streams, events");
    run(client, "CHECKPOINT");
}

static void ready(void *client)
{
    PQclear(must(client, PQprepare(client, "insert", insert, 7, NULL), PGRES_COMMAND_OK));
    PQclear(must(client, PQprepare(client, "update", update, 3, NULL), PGRES_COMMAND_OK));
    if (!PQenterPipelineMode(client))
        bench_die("PostgreSQL", PQerrorMessage(client));
}

static void ask(PGconn *client, const struct peer_event *event)
{
    char stream[24], number[24], at[24];
    const char *const moved[] = {stream, number, at};
    const char *const stored[] = {
        stream, number, at, (const char *)event->id, event->payload, payload_meta, at};
    const int lengths[] = {0, 0, 0, sizeof event->id, event->payload_size, 0, 0};
    const int formats[] = {0, 0, 0, 1, 1, 0, 0};

    snprintf(stream, sizeof stream, "%lld", (long long)event->stream);
    snprintf(number, sizeof number, "%lld", (long long)event->version);
    snprintf(at, sizeof at, "%lld", (long long)event->at);
    if (!PQsendQueryPrepared(client, "update", 3, moved, NULL, NULL, 0) ||
        !PQsendQueryPrepared(client, "insert", 7, stored, lengths, formats, 0) ||
        !PQpipelineSync(client))
        bench_die("PostgreSQL", PQerrorMessage(client));
}

/* Each statement changes one row. */
static void take(PGconn *client)
{
    PGresult *result = must(client, PQgetResult(client), PGRES_COMMAND_OK);

    if (strcmp(PQcmdTuples(result), "1") != 0)
        bench_die("PostgreSQL", "the stream is at another version");
    PQclear(result);
    if (PQgetResult(client))
        bench_die("PostgreSQL", "it has answered twice");
}

/* What is between two syncs of a pipeline is one transaction, and its end is answered
 * when that is committed. */
static void append(void *client, const struct peer_event *event)
{
    ask(client, event);
    take(client);
    take(client);
    PQclear(must(client, PQgetResult(client), PGRES_PIPELINE_SYNC));
}

/* ---- what it holds ----------------------------------------------------------------- */

static int64_t number_of(PGconn *client, const char *question)
{
    PGresult *answer = must(client, PQexec(client, question), PGRES_TUPLES_OK);
    int64_t number = strtoll(PQgetvalue(answer, 0, 0), NULL, 10);

    PQclear(answer);
    return number;
}

static const char *verify(void *client, int64_t wanted)
{
    static const char torn[] =
        "SELECT count(*) FROM streams s FULL JOIN (SELECT stream, count(*) AS events,"
        " min(version) AS least, max(version) AS most FROM events GROUP BY stream) e"
        " ON e.stream = s.id WHERE e.least IS DISTINCT FROM 1"
        " OR e.most IS DISTINCT FROM e.events OR e.most IS DISTINCT FROM s.version";

    return verify_counts(number_of(client, "SELECT count(*) FROM events"),
                         number_of(client, torn), wanted);
}

const struct peer peer_postgres = {
    .name = "PostgreSQL",
    .settings = settings,
    .durability =
        "a commit is answered after its record of the log was synced, together "
        "with those of other connections that wait then; it survives a crash of "
        "the machine",
    .end = SIGQUIT,
    .humble = true,
    .missing = missing,
    .version = version,
    .start = start,
    .connect = connect_client,
    .disconnect = disconnect_client,
    .fill = fill,
    .ready = ready,
    .append = append,
    .verify = verify,
};
