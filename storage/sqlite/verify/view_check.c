/* view_check.c - check the files of views.
 *
 * A view that is missing is no fault, because it is built again. What a view's own tables
 * hold only its program can judge (jangle_replay with .compare). */
#include "sqlite/verify/view_check.h"

#include "sqlite/verify/sqlite_check.h"
#include "sqlite/verify/tables.h"
#include "sqlite/views/view_format.h"

#include <jangle/plugin/support.h>

#include <sys/stat.h>

enum { BUSY_MS = 5000 };

/* One view's file, while it is checked. */
struct view_walk {
    struct jn_verify *verify;
    struct jn_database *store;
    struct jn_database view;
    const unsigned char *store_id;
    char *path;
    bool is_elsewhere; /* it is not beside the store */
};

static void refuse(struct view_walk *walk,
                   enum jangle_finding_kind kind,
                   const char *column,
                   const char *what)
{
    jn_findings_add(walk->verify, &(struct jangle_finding){
                                      .kind = kind,
                                      .table = column ? "jangle_place" : NULL,
                                      .column = column,
                                      .what = what,
                                  });
}

/* ---- the checkpoint and the store ------------------------------------------------ */

/* What the view says of the store. */
struct place {
    int64_t position;
    unsigned char event_id[JANGLE_ID_SIZE];
    unsigned char store_id[JANGLE_ID_SIZE];
};

static bool copy_id(sqlite3_stmt *statement, int column, unsigned char id[JANGLE_ID_SIZE])
{
    const void *bytes = sqlite3_column_blob(statement, column);

    if (!bytes || sqlite3_column_bytes(statement, column) != JANGLE_ID_SIZE)
        return false;
    memcpy(id, bytes, JANGLE_ID_SIZE);
    return true;
}

/* False if there is nothing to compare, of which a check of the table has told. */
static bool read_place(struct view_walk *walk, struct place *place)
{
    static const char sql[] = "SELECT position, event_id, store_id FROM jangle_place";
    sqlite3_stmt *statement = NULL;
    bool found = false;

    if (!sqlite3_prepare_v2(walk->view.handle, sql, -1, &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW) {
        place->position = sqlite3_column_int64(statement, 0);
        found = copy_id(statement, 1, place->event_id) &&
                copy_id(statement, 2, place->store_id);
    }
    sqlite3_finalize(statement);
    return found;
}

/* 1: the store has that event; 0: another one; -1: none. */
static int find_event(struct view_walk *walk, const struct place *place)
{
    static const char sql[] = "SELECT event_id FROM events WHERE position = ?";
    unsigned char id[JANGLE_ID_SIZE];
    sqlite3_stmt *statement = NULL;
    int found = -1;

    if (!sqlite3_prepare_v2(walk->store->handle, sql, -1, &statement, NULL) &&
        !sqlite3_bind_int64(statement, 1, place->position) &&
        sqlite3_step(statement) == SQLITE_ROW)
        found = copy_id(statement, 0, id) && memcmp(id, place->event_id, sizeof id) == 0;
    sqlite3_finalize(statement);
    return found;
}

/* The view is read before the store: whatever it has seen, the store has by then. */
static void compare_with_store(struct view_walk *walk)
{
    struct place place;
    int found;

    jn_findings_begin(walk->verify, NULL, JN_REBUILD);
    if (!read_place(walk, &place))
        return;
    if (memcmp(place.store_id, walk->store_id, JANGLE_ID_SIZE) != 0) {
        refuse(walk, JANGLE_FINDING_MISMATCH, "store_id", "is the id of another store");
        return;
    }
    if (!place.position || place.position < walk->verify->first_position)
        return;
    found = find_event(walk, &place);
    if (found < 1 && walk->is_elsewhere)
        refuse(
            walk, JANGLE_FINDING_UNSEEN, "position",
            "is of another state of the store than this file is: this is a copy, or was "
            "restored from one");
    else if (found < 0)
        refuse(walk, JANGLE_FINDING_MISMATCH, "position",
               "is behind the end of the store's log: the store was restored from an "
               "older backup");
    else if (!found)
        refuse(walk, JANGLE_FINDING_MISMATCH, "event_id",
               "is not the id of the store's event at this position: the store was "
               "restored from an older backup");
}

/* ---- a file ------------------------------------------------------------------------ */

static int64_t number_of(struct jn_database *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;

    if (!sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* False if it is not a view of today's format. */
static bool check_format(struct view_walk *walk)
{
    int64_t format = number_of(&walk->view, "PRAGMA user_version");

    jn_findings_begin(walk->verify, NULL, JN_REBUILD);
    if (number_of(&walk->view, "PRAGMA application_id") != JN_VIEW_APPLICATION_ID)
        refuse(walk, JANGLE_FINDING_MISMATCH, NULL,
               "has the name of a view's file, and is none");
    else if (format > JN_VIEW_FORMAT)
        refuse(walk, JANGLE_FINDING_UNSEEN, NULL,
               "was written by a newer jangle: it is not checked");
    else if (format < JN_VIEW_FORMAT)
        refuse(walk, JANGLE_FINDING_UNSEEN, NULL,
               "its format is 1, in which no row has a checksum: only its checkpoint is "
               "compared with the store");
    else
        return true;
    if (jn_findings_end(walk->verify) && format == 1)
        compare_with_store(walk);
    return false;
}

static void check_file(struct view_walk *walk)
{
    struct jn_verify *verify = walk->verify;

    verify->database = &walk->view;
    verify->call->totals->files++;
    if (jn_sqlite_check(verify, JN_REBUILD) && check_format(walk) &&
        jn_findings_end(verify)) {
        for (const struct jn_table_check *check = jn_view_checks; check->table; check++)
            if (!jn_table_check_run(verify, check))
                break;
        if (!verify->result)
            compare_with_store(walk);
    }
    jn_findings_end(verify);
    verify->database = walk->store;
}

/* A file that cannot be opened is a finding of its own. */
static void open_and_check(struct view_walk *walk)
{
    struct jn_verify *verify = walk->verify;
    struct jangle_error why = {0};
    enum jangle_result result = jn_database_open(&walk->view, walk->path, verify->vfs,
                                                 verify->mode, BUSY_MS, &why);

    if (!result) {
        check_file(walk);
        jn_database_close(&walk->view);
        return;
    }
    if (result == JANGLE_NO_MEMORY || result == JANGLE_BUSY) {
        verify->result = jn_fail(verify->error, result, "%s", why.message);
        return;
    }
    verify->database = &(struct jn_database){.path = walk->path};
    jn_findings_begin(verify, NULL, JN_REBUILD);
    refuse(walk, JANGLE_FINDING_UNREADABLE, NULL, why.message);
    jn_findings_end(verify);
    verify->database = walk->store;
}

/* ---- which there are ------------------------------------------------------------- */

/* A view has a row in table subscribers, as all have. Its file is beside the store,
 * unless the catalogue says where it is, which schema 3 does not. */
static const char *const next_sql[2] = {
    "SELECT id, name, NULL FROM subscribers WHERE id > ? ORDER BY id LIMIT 1",
    "SELECT id, name, (SELECT iif(json_valid(c.facts), json_extract(c.facts, '$.file'),"
    " NULL) FROM catalogue AS c WHERE c.kind = 7 AND c.name = s.name AND c.gone_at = 0)"
    " FROM subscribers AS s WHERE id > ? ORDER BY id LIMIT 1",
};

/* The first subscriber after this number; its path is made. False if there is none. */
static bool find_next(struct view_walk *walk, int64_t *number)
{
    const char *sql = next_sql[walk->verify->call->totals->schema >= 4];
    sqlite3_stmt *statement = NULL;
    bool found = !sqlite3_prepare_v2(walk->store->handle, sql, -1, &statement, NULL) &&
                 !sqlite3_bind_int64(statement, 1, *number) &&
                 sqlite3_step(statement) == SQLITE_ROW;
    const char *file;

    if (found) {
        *number = sqlite3_column_int64(statement, 0);
        file = (const char *)sqlite3_column_text(statement, 2);
        walk->is_elsewhere = file != NULL;
        sqlite3_free(walk->path);
        walk->path =
            file ? sqlite3_mprintf("%s", file)
                 : sqlite3_mprintf("%s.%s", walk->store->path,
                                   (const char *)sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return found;
}

bool jn_views_check(struct jn_verify *verify,
                    const unsigned char store_id[JANGLE_ID_SIZE])
{
    struct view_walk walk = {
        .verify = verify, .store = verify->database, .store_id = store_id};
    struct stat status;
    int64_t number = INT64_MIN;

    while (!verify->result && find_next(&walk, &number))
        if (walk.path && lstat(walk.path, &status) == 0 && status.st_size > 0) {
            walk.view = (struct jn_database){.is_view = true};
            open_and_check(&walk);
        }
    sqlite3_free(walk.path);
    return !verify->result;
}
