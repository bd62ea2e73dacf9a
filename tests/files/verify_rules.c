/* verify_rules.c - each rule of docs/operations.md is broken by hand, with checksums that
 * fit, so that only the rule can notice; and what a verification promises beside its
 * findings. */
#include "files/kept.h"
#include "files/kept_copy.h"
#include "sqlite/file/checksum.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/views/view_format.h"
#include "support/failing_allocator.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/config.h>
#include <jangle/plugin/verify.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- what is found -------------------------------------------------------------------
 */

enum { SEEN_MAX = 300, TEXT_SIZE = 420 };

struct seen {
    enum jangle_finding_kind kind;
    char file[TEMP_PATH_SIZE], table[64], row[160], column[64], what[TEXT_SIZE];
    char advice[TEXT_SIZE];
    int64_t affected;
};

struct findings {
    struct seen seen[SEEN_MAX];
    int count;
    int end_at; /* the visit ends the call at so many; 0: never */
};

static void keep(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

static enum jangle_result see(void *context, const struct jangle_finding *finding)
{
    struct findings *findings = context;
    struct seen *seen = &findings->seen[findings->count++];

    assert_true(findings->count <= SEEN_MAX);
    seen->kind = finding->kind;
    seen->affected = finding->affected;
    keep(seen->file, sizeof seen->file, finding->file);
    keep(seen->table, sizeof seen->table, finding->table);
    keep(seen->row, sizeof seen->row, finding->row);
    keep(seen->column, sizeof seen->column, finding->column);
    keep(seen->what, sizeof seen->what, finding->what);
    keep(seen->advice, sizeof seen->advice, finding->advice);
    return findings->count == findings->end_at ? JANGLE_REJECTED : JANGLE_OK;
}

static enum jangle_result verify_path(const char *path,
                                      const struct jangle_verify_options *options,
                                      struct findings *findings,
                                      struct jangle_verify_totals *totals,
                                      struct jangle_error *error)
{
    struct jangle_storage storage = jangle_sqlite(path);

    findings->count = 0;
    return jangle_verify(&storage, options, see, findings, totals, error);
}

static const struct seen *find(const struct findings *findings,
                               enum jangle_finding_kind kind,
                               const char *table,
                               const char *column)
{
    for (int i = 0; i < findings->count; i++) {
        const struct seen *seen = &findings->seen[i];

        if (seen->kind == kind && !strcmp(seen->table, table) &&
            !strcmp(seen->column, column))
            return seen;
    }
    return NULL;
}

static void print_findings(const struct findings *findings)
{
    for (int i = 0; i < findings->count; i++)
        print_message("  %s %s, row %s, column %s: %s\n",
                      jangle_finding_kind_name(findings->seen[i].kind),
                      findings->seen[i].table, findings->seen[i].row,
                      findings->seen[i].column, findings->seen[i].what);
}

/* ---- rules that are broken ------------------------------------------------------------
 */

#define EVENTS_FREE                                                                      \
    "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted;"

struct broken {
    const char *rule;
    const char *sql;
    enum jangle_finding_kind kind;
    const char *table, *column;
    int file;
    bool deep;     /* only a deep check finds it */
    bool no_row;   /* the finding names none */
    int64_t least; /* rows are affected */
};

static const struct broken broken[] = {
    {"V2: an event is missing", EVENTS_FREE "DELETE FROM events WHERE position = 7",
     JANGLE_FINDING_MISSING, "events", "", .least = 1},
    {"V2: many events are missing",
     EVENTS_FREE "DELETE FROM events WHERE position BETWEEN 20 AND 29",
     JANGLE_FINDING_MISSING, "events", "", .least = 10},
    {"V3: a version is missing",
     EVENTS_FREE "UPDATE events SET version = version + 5 WHERE position ="
                 " (SELECT max(position) FROM events)",
     JANGLE_FINDING_ORDER, "events", "version", .least = 5},
    {"V3: a first version is missing",
     EVENTS_FREE "UPDATE events SET version = 3 WHERE stream ="
                 " (SELECT id FROM streams WHERE version = 1 LIMIT 1)",
     JANGLE_FINDING_ORDER, "events", "version", .least = 2},
    {"V3: two versions have changed places",
     EVENTS_FREE "UPDATE events SET version = 1000 WHERE stream = 3 AND version = 1;"
                 "UPDATE events SET version = 1 WHERE stream = 3 AND version = 2;"
                 "UPDATE events SET version = 2 WHERE stream = 3 AND version = 1000",
     JANGLE_FINDING_ORDER, "events", "position", .least = 1},
    {"V3: the row of a stream says another version",
     "UPDATE streams SET version = version + 1 WHERE id = 3;"
     "UPDATE streams SET checksum = " JN_STREAM_CHECKSUM("version"),
     JANGLE_FINDING_MISMATCH, "streams", "version", .file = KEPT_COPY_STORE},
    {"V4: a payload is another one",
     EVENTS_FREE "UPDATE events SET payload = CAST('{}' AS BLOB) WHERE position = 9",
     JANGLE_FINDING_CHECKSUM, "events", "checksum", .file = KEPT_COPY_STORE},
    {"V4: a payload is gone without its digest",
     "PRAGMA ignore_check_constraints = ON;" EVENTS_FREE
     "UPDATE events SET payload = NULL WHERE position = 9",
     JANGLE_FINDING_VALUE, "events", "payload", .file = KEPT_COPY_STORE},
    {"V4: a payload is there with its digest",
     "PRAGMA ignore_check_constraints = ON;" EVENTS_FREE
     "UPDATE events SET digest = zeroblob(16) WHERE position = 9",
     JANGLE_FINDING_VALUE, "events", "digest", .file = KEPT_COPY_STORE},
    {"V4: the type of an event is missing",
     EVENTS_FREE "UPDATE events SET type = 999 WHERE position = 9",
     JANGLE_FINDING_MISMATCH, "events", "type", .file = KEPT_COPY_STORE},
    {"V4: the stream of an event is missing",
     EVENTS_FREE "UPDATE events SET stream = 999 WHERE position = 9",
     JANGLE_FINDING_MISMATCH, "events", "stream", .file = KEPT_COPY_STORE},
    {"V5: a receipt names no event",
     "UPDATE commands SET position = 99999 WHERE position ="
     " (SELECT max(position) FROM commands);"
     "UPDATE commands SET checksum = " JN_COMMAND_CHECKSUM,
     JANGLE_FINDING_MISMATCH, "commands", "position", .file = KEPT_COPY_STORE},
    {"V5: the step of a saga names no event",
     "UPDATE saga_steps SET position = 99999 WHERE position ="
     " (SELECT max(position) FROM saga_steps);"
     "UPDATE saga_steps AS t SET checksum = " JN_SAGA_STEP_CHECKSUM(
         "g.saga", "g.id") " FROM sagas AS g WHERE g.number = t.saga",
     JANGLE_FINDING_MISMATCH, "saga_steps", "position", .file = KEPT_COPY_STORE},
    {"V5: the step of a handler names no event",
     "UPDATE delivery_steps SET position = 99999 WHERE number ="
     " (SELECT min(number) FROM delivery_steps);"
     "UPDATE delivery_steps AS d SET checksum = " JN_DELIVERY_STEP_CHECKSUM(
         "s.name") " FROM subscribers AS s WHERE s.id = d.subscriber",
     JANGLE_FINDING_MISMATCH, "delivery_steps", "position", .file = KEPT_COPY_STORE},
    {"V5: the step of a handler is of no event",
     "UPDATE delivery_steps SET event_position = 99999 WHERE number ="
     " (SELECT min(number) FROM delivery_steps);"
     "UPDATE delivery_steps AS d SET checksum = " JN_DELIVERY_STEP_CHECKSUM(
         "s.name") " FROM subscribers AS s WHERE s.id = d.subscriber",
     JANGLE_FINDING_MISMATCH, "delivery_steps", "event_position",
     .file = KEPT_COPY_STORE},
    {"V6: a checkpoint is behind the end",
     "UPDATE checkpoints SET position = 99999 WHERE subscriber ="
     " (SELECT id FROM subscribers WHERE name = 'letters');"
     "UPDATE checkpoints AS c SET checksum = " JN_CHECKPOINT_CHECKSUM(
         "s.name") " FROM subscribers AS s WHERE s.id = c.subscriber",
     JANGLE_FINDING_MISMATCH, "checkpoints", "position", .file = KEPT_COPY_STORE},
    {"V6: a checkpoint is of another store's event",
     "UPDATE checkpoints SET event_id = zeroblob(16) WHERE subscriber ="
     " (SELECT id FROM subscribers WHERE name = 'letters');"
     "UPDATE checkpoints AS c SET checksum = " JN_CHECKPOINT_CHECKSUM(
         "s.name") " FROM subscribers AS s WHERE s.id = c.subscriber",
     JANGLE_FINDING_MISMATCH, "checkpoints", "event_id", .file = KEPT_COPY_STORE},
    {"V6: a checkpoint is missing",
     "DELETE FROM checkpoints WHERE subscriber ="
     " (SELECT id FROM subscribers WHERE name = 'letters')",
     JANGLE_FINDING_MISSING, "checkpoints", "", .file = KEPT_COPY_STORE},
    {"V6: a subscriber is missing", "DELETE FROM subscribers WHERE name = 'letters'",
     JANGLE_FINDING_MISMATCH, "subscribers", "", .file = KEPT_COPY_STORE},
    {"V7: a parked key is missing",
     "DELETE FROM parked WHERE subscriber ="
     " (SELECT id FROM subscribers WHERE name = 'letters') AND key = 'desk/b'",
     JANGLE_FINDING_MISSING, "parked", "", .file = KEPT_COPY_STORE},
    {"V7: a parked event is missing",
     "UPDATE parked SET position = 99999 WHERE key = 'desk/b';"
     "UPDATE parked AS p SET checksum = " JN_PARKED_CHECKSUM(
         "s.name") " FROM subscribers AS s WHERE s.id = p.subscriber",
     JANGLE_FINDING_MISMATCH, "parked", "position", .file = KEPT_COPY_STORE},
    {"V7: a parked event is of another stream",
     "UPDATE parked SET key = 'desk/bb' WHERE key = 'desk/b';"
     "UPDATE parked AS p SET checksum = " JN_PARKED_CHECKSUM(
         "s.name") " FROM subscribers AS s WHERE s.id = p.subscriber",
     JANGLE_FINDING_MISMATCH, "parked", "key", .file = KEPT_COPY_STORE},
    {"V8: a saga counts more steps",
     "UPDATE sagas SET step_count = step_count + 1 WHERE id = 'trip-open';"
     "UPDATE sagas SET checksum = " JN_SAGA_CHECKSUM("saga"),
     JANGLE_FINDING_MISSING, "saga_steps", "", .file = KEPT_COPY_STORE},
    {"V8: the steps of a saga have a gap",
     "UPDATE saga_steps AS t SET number = 9 WHERE number = 3 AND saga ="
     " (SELECT number FROM sagas WHERE id = 'trip-open');"
     "UPDATE saga_steps AS t SET checksum = " JN_SAGA_STEP_CHECKSUM(
         "g.saga", "g.id") " FROM sagas AS g WHERE g.number = t.saga",
     JANGLE_FINDING_MISSING, "saga_steps", "", .file = KEPT_COPY_STORE},
    {"V8: the event of a turn is missing",
     "UPDATE sagas SET turn_position = 99999 WHERE id = 'trip-open';"
     "UPDATE sagas SET checksum = " JN_SAGA_CHECKSUM("saga"),
     JANGLE_FINDING_MISMATCH, "sagas", "turn_position", .file = KEPT_COPY_STORE},
    {"V9: a view is behind the end of the log",
     "UPDATE jangle_place SET position = 99999;"
     "UPDATE jangle_place SET checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS,
     JANGLE_FINDING_MISMATCH, "jangle_place", "position", .file = KEPT_COPY_VIEW,
     .no_row = true},
    {"V9: a view has seen another event",
     "UPDATE jangle_place SET event_id = zeroblob(16);"
     "UPDATE jangle_place SET checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS,
     JANGLE_FINDING_MISMATCH, "jangle_place", "event_id", .file = KEPT_COPY_VIEW,
     .no_row = true},
    {"V9: a view is another store's",
     "UPDATE jangle_place SET store_id = zeroblob(16);"
     "UPDATE jangle_place SET checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS,
     JANGLE_FINDING_MISMATCH, "jangle_place", "store_id", .file = KEPT_COPY_VIEW,
     .no_row = true},
    {"V9: a file has the name of a view", "PRAGMA application_id = 7",
     JANGLE_FINDING_MISMATCH, "", "", .file = KEPT_COPY_VIEW, .no_row = true},
    {"V10: the store says twice which it is",
     "PRAGMA ignore_check_constraints = ON;"
     "INSERT INTO store SELECT 2, id, epoch, first_position, schema_1_events, checksum"
     " FROM store",
     JANGLE_FINDING_VALUE, "store", "one", .file = KEPT_COPY_STORE},
    {"V10: the store does not say which it is", "DELETE FROM store",
     JANGLE_FINDING_MISSING, "store", "", .no_row = true},
    {"V10: a table is missing", "DROP TABLE pauses", JANGLE_FINDING_UNREADABLE, "pauses",
     "", .no_row = true},
    {"V11: a payload is no JSON",
     EVENTS_FREE "UPDATE events SET payload = CAST('{\"a\":}' AS BLOB)"
                 " WHERE position = 9",
     JANGLE_FINDING_JSON, "events", "payload", .deep = true},
    {"V11: a payload is no object",
     EVENTS_FREE "UPDATE events SET payload = CAST('[1]' AS BLOB) WHERE position = 9",
     JANGLE_FINDING_JSON, "events", "payload", .deep = true},
    {"V11: a payload is not UTF-8",
     EVENTS_FREE "UPDATE events SET payload = x'7b2261223a22ff227d' WHERE position = 9",
     JANGLE_FINDING_JSON, "events", "payload", .deep = true},
    {"V11: an origin is no JSON",
     EVENTS_FREE "UPDATE events SET meta = '{' WHERE position = 9", JANGLE_FINDING_JSON,
     "events", "meta", .deep = true},
    {"V11: a payload is nested too deep",
     EVENTS_FREE
     "UPDATE events SET payload = CAST('{\"a\":' || replace(hex(zeroblob(64)),"
     " '00', '[') || replace(hex(zeroblob(64)), '00', ']') || '}' AS BLOB)"
     " WHERE position = 9",
     JANGLE_FINDING_JSON, "events", "payload", .deep = true},
    {"V11: a payload is too long",
     EVENTS_FREE "UPDATE events SET payload = CAST('{\"a\":\"' ||"
                 " hex(zeroblob(1024 * 512)) || '\"}' AS BLOB) WHERE position = 9",
     JANGLE_FINDING_JSON, "events", "payload", .deep = true},
};

static void spoil(int file, const char *sql)
{
    char *message = NULL;
    sqlite3 *handle;

    assert_int_equal(sqlite3_open(kept_copy_path(file), &handle), SQLITE_OK);
    assert_int_equal(jn_checksum_register(handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, &message))
        fail_msg("%s: %s", sql, message);
    sqlite3_close(handle);
}

static struct findings findings;

static void break_rule(const struct broken *rule)
{
    struct jangle_verify_options options = {.deep = rule->deep};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    const struct seen *seen;

    kept_copy_make();
    spoil(rule->file, rule->sql);
    assert_result(verify_path(kept_copy_path(KEPT_COPY_STORE), &options, &findings,
                              &totals, &error),
                  JANGLE_OK);
    seen = find(&findings, rule->kind, rule->table, rule->column);
    if (!seen || (!rule->no_row && !*seen->row) || seen->affected < rule->least) {
        print_findings(&findings);
        fail_msg("%s: nothing says so", rule->rule);
    }
    assert_true(totals.findings >= 1);
    assert_true(*seen->what && *seen->advice);
    assert_string_equal(seen->file, kept_copy_path(rule->file));
    kept_copy_remove();
}

static void each_rule_that_is_broken_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        break_rule(&broken[i]);
}

static void json_is_looked_at_in_a_deep_check_alone(void **state)
{
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};

    (void)state;
    kept_copy_make();
    spoil(0, EVENTS_FREE
          "UPDATE events SET payload = CAST('{' AS BLOB)"
          " WHERE position = 9");
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &totals, &error),
                  JANGLE_OK);
    assert_null(find(&findings, JANGLE_FINDING_JSON, "events", "payload"));
    assert_non_null(find(&findings, JANGLE_FINDING_CHECKSUM, "events", "checksum"));
    kept_copy_remove();
}

static void the_sound_records_around_a_bad_one_are_checked(void **state)
{
    struct jangle_verify_totals sound, totals;
    struct jangle_error error = {0};

    (void)state;
    assert_result(verify_path(kept_copy_original(0), NULL, &findings, &sound, &error),
                  JANGLE_OK);
    assert_int_equal(sound.findings, 0);
    assert_int_equal(sound.files, KEPT_COPY_FILES);
    assert_int_equal(sound.events, sound.position);
    kept_copy_make();
    spoil(0, EVENTS_FREE "UPDATE events SET at = at + 1 WHERE position IN (9, 11)");
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &totals, &error),
                  JANGLE_OK);
    assert_int_equal(totals.findings, 2);
    assert_string_equal(findings.seen[0].row, "9");
    assert_string_equal(findings.seen[1].row, "11");
    assert_int_equal(totals.events, sound.events);
    assert_int_equal(totals.rows, sound.rows);
    kept_copy_remove();
}

/* ---- many findings, and how a call ends
 * -------------------------------------------------- */

static void of_many_findings_a_hundred_are_shown_and_all_are_counted(void **state)
{
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    const struct seen *more;

    (void)state;
    kept_copy_make();
    spoil(0, EVENTS_FREE "UPDATE events SET at = at + 1");
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &totals, &error),
                  JANGLE_OK);
    more = find(&findings, JANGLE_FINDING_MORE, "events", "");
    assert_non_null(more);
    assert_int_equal(totals.findings, totals.events);
    assert_int_equal(more->affected, totals.events - 100);
    assert_int_equal(findings.count, 101);
    kept_copy_remove();
}

static void a_visit_ends_the_call(void **state)
{
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};

    (void)state;
    kept_copy_make();
    spoil(0, EVENTS_FREE "UPDATE events SET at = at + 1");
    findings.end_at = 3;
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &totals, &error),
                  JANGLE_REJECTED);
    assert_int_equal(findings.count, 3);
    findings.end_at = 0;
    kept_copy_remove();
}

struct stop {
    const char *at; /* the part in which it says stop */
    bool stopped;
};

static bool stop_at(void *context, const char *part, int64_t done, int64_t total)
{
    struct stop *stop = context;

    assert_true(done >= 0 && total >= 0);
    assert_false(stop->stopped); /* it is not asked again */
    stop->stopped = !strcmp(part, stop->at);
    return !stop->stopped;
}

static void progress_is_told_and_stops_the_call(void **state)
{
    static const char *const parts[] = {"events", "streams", "commands", "jangle_place"};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct stop stop = {.at = parts[i]};
        struct jangle_verify_options options = {.progress = stop_at,
                                                .progress_context = &stop};

        assert_result(
            verify_path(kept_copy_original(0), &options, &findings, &totals, &error),
            JANGLE_CANCELLED);
        assert_true(stop.stopped);
        assert_true(strstr(error.message, kept_copy_original(0)) != NULL);
    }
}

static void refused(const struct jangle_storage *storage,
                    enum jangle_result result,
                    const char *because)
{
    struct jangle_error error = {0};

    assert_result(jangle_verify(storage, NULL, NULL, NULL, NULL, &error), result);
    if (!strstr(error.message, because))
        fail_msg("\"%s\" does not say \"%s\"", error.message, because);
}

static void refused_after(const char *sql, enum jangle_result result, const char *because)
{
    struct jangle_storage storage;

    kept_copy_make();
    spoil(0, sql);
    storage = jangle_sqlite(kept_copy_path(0));
    refused(&storage, result, because);
    kept_copy_remove();
}

static void what_is_no_store_is_refused(void **state)
{
    struct jangle_storage memory = jangle_memory(), none = jangle_sqlite(""), gone;

    (void)state;
    refused(&memory, JANGLE_INVALID, "keeps no file");
    refused(&none, JANGLE_INVALID, "names none");
    kept_copy_make();
    gone = jangle_sqlite(kept_copy_path(0));
    assert_int_equal(unlink(kept_copy_path(0)), 0);
    refused(&gone, JANGLE_NOT_FOUND, "there is no such file");
    kept_copy_remove();
    refused_after("PRAGMA application_id = 7", JANGLE_INVALID, "not a jangle store");
    refused_after("PRAGMA user_version = 999", JANGLE_INVALID, "a newer jangle");
}

/* ---- it changes nothing, and takes little
 * ---------------------------------------------- */

static int64_t sum_of(const char *path)
{
    int64_t sum = 0;
    FILE *file = fopen(path, "rb");
    int byte;

    assert_non_null(file);
    while ((byte = fgetc(file)) != EOF)
        sum = sum * 31 % 1000000007 + byte;
    fclose(file);
    return sum;
}

static void nothing_is_changed(void **state)
{
    struct jangle_verify_options options = {.deep = true};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    int64_t before[KEPT_COPY_FILES];

    (void)state;
    kept_copy_make();
    for (int i = 0; i < KEPT_COPY_FILES; i++)
        before[i] = sum_of(kept_copy_path(i));
    assert_result(verify_path(kept_copy_path(0), &options, &findings, &totals, &error),
                  JANGLE_OK);
    for (int i = 0; i < KEPT_COPY_FILES; i++)
        assert_int_equal(sum_of(kept_copy_path(i)), before[i]);
    kept_copy_remove();
}

static bool is_beside(const char *ending)
{
    char path[TEMP_PATH_SIZE + 10];

    snprintf(path, sizeof path, "%s%s", kept_copy_path(0), ending);
    return access(path, F_OK) == 0;
}

static void frozen_files_are_read_without_making_one(void **state)
{
    struct jangle_verify_options options = {.frozen = true};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    char path[TEMP_PATH_SIZE + 10];
    FILE *log;

    (void)state;
    kept_copy_make();
    assert_result(verify_path(kept_copy_path(0), &options, &findings, &totals, &error),
                  JANGLE_OK);
    assert_int_equal(totals.findings, 0);
    assert_int_equal(totals.files, KEPT_COPY_FILES);
    assert_false(is_beside("-shm") || is_beside("-wal"));
    snprintf(path, sizeof path, "%s-wal", kept_copy_path(0));
    log = fopen(path, "w");
    assert_true(log && fputc('x', log) != EOF && !fclose(log));
    assert_result(verify_path(kept_copy_path(0), &options, &findings, &totals, &error),
                  JANGLE_INVALID);
    assert_true(strstr(error.message, "its log (-wal) is not empty") != NULL);
    kept_copy_remove();
}

/* Fill the log with so many events of 1000 bytes, which are not sound. */
static void fill(int64_t count)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT (SELECT max(position) + 1 FROM events)"
             " UNION ALL SELECT i + 1 FROM n LIMIT %lld) INSERT INTO events (position,"
             " stream, version, type, at, event_id, payload, checksum) SELECT i,"
             " 1000 + i / 3, 1 + i %% 3, 1, i, randomblob(16), zeroblob(1000), 0 FROM n",
             (long long)count);
    spoil(0, sql);
}

/* ---- a view that is not beside the store
 * ------------------------------------------------ */

/* Move the file of the view, and let the store say where it is. */
static void move_view(char elsewhere[TEMP_PATH_SIZE + 10])
{
    char *sql;

    snprintf(elsewhere, TEMP_PATH_SIZE + 10, "%s.else", kept_copy_path(0));
    assert_int_equal(rename(kept_copy_path(KEPT_COPY_VIEW), elsewhere), 0);
    sql = sqlite3_mprintf(
        "UPDATE catalogue SET facts = json_set(facts, '$.file', %Q) WHERE kind = 7 AND"
        " name = 'notes'; UPDATE catalogue SET checksum = %s",
        elsewhere, JN_CATALOGUE_CHECKSUM("facts", "first_seen", "gone_at"));
    spoil(0, sql);
    sqlite3_free(sql);
}

/* A copy of a store says so, too; so what such a view has seen beyond it is no fault. */
static void a_view_is_found_where_the_store_says_that_it_is(void **state)
{
    char elsewhere[TEMP_PATH_SIZE + 10];
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};

    (void)state;
    kept_copy_make();
    move_view(elsewhere);
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &totals, &error),
                  JANGLE_OK);
    print_findings(&findings);
    assert_int_equal(totals.files, KEPT_COPY_FILES);
    assert_int_equal(totals.findings, 0);
    assert_int_equal(rename(elsewhere, kept_copy_path(KEPT_COPY_VIEW)), 0);
    spoil(KEPT_COPY_VIEW,
          "UPDATE jangle_place SET position = 99999;"
          "UPDATE jangle_place SET checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS);
    move_view(elsewhere);
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &totals, &error),
                  JANGLE_OK);
    assert_int_equal(totals.findings, 0);
    assert_non_null(find(&findings, JANGLE_FINDING_UNSEEN, "jangle_place", "position"));
    kept_copy_remove();
}

/* ---- what a crash leaves
 * ---------------------------------------------------------------- */

/* Cut the log behind event 2000, between two pages, as a recovery of the store may, and
 * say so by the epoch. */
struct recovery {
    bool says_so;
    bool done;
};

static bool recover(void *context, const char *part, int64_t done, int64_t total)
{
    struct recovery *recovery = context;

    if (recovery->done || strcmp(part, "events") != 0 || done < 1000)
        return true;
    assert_true(total > 3000 && done < 2000);
    recovery->done = true;
    spoil(0, EVENTS_FREE "DELETE FROM events WHERE position > 2000");
    if (recovery->says_so)
        spoil(0,
              "UPDATE store SET epoch = epoch + 1;"
              "UPDATE store SET checksum = " JN_STORE_CHECKSUM("epoch"));
    return true;
}

static int64_t findings_after_recovery(bool says_so)
{
    struct recovery recovery = {.says_so = says_so};
    struct jangle_verify_options options = {.progress = recover,
                                            .progress_context = &recovery};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};

    kept_copy_make();
    fill(3000);
    assert_result(verify_path(kept_copy_path(0), &options, &findings, &totals, &error),
                  JANGLE_OK);
    assert_true(recovery.done);
    assert_int_equal(totals.events, 2000);
    kept_copy_remove();
    return totals.findings;
}

/* There are many other findings, which are the same. */
static void events_that_a_recovery_took_away_are_not_missing(void **state)
{
    (void)state;
    assert_int_equal(findings_after_recovery(false), findings_after_recovery(true) + 1);
}

/* A process that writes, and dies with its log not emptied. */
static void write_and_die(const char *path)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        struct kept kept = {.now = {1767236640000000}, .next = 300000000};
        int64_t done = 1;

        kept_mood.healed = true;
        if (!kept_open(&kept, path, kept_subscribers, kept_sagas))
            _exit(1);
        for (int i = 0; i < 30; i++) {
            if (jangle_send(kept.jangle, NULL, say, .desk_id = "z", .to = "notes",
                            .word = "ok"))
                _exit(2);
            for (done = 1; done;)
                if (jangle_poll(kept.jangle, &done, &kept.error))
                    _exit(3);
        }
        _exit(0);
    }
    assert_true(waitpid(child, &status, 0) == child && status == 0);
}

static void flip(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    assert_true(file && !fseek(file, at, SEEK_SET));
    byte = fgetc(file) ^ 0x10;
    assert_true(!fseek(file, at, SEEK_SET) && fputc(byte, file) != EOF);
    assert_int_equal(fclose(file), 0);
}

/* SQLite ends a log before the first frame that does not fit: the store is an earlier
 * state of itself, and the views have seen more. */
static void a_bit_flipped_in_sqlites_log_is_seen_by_the_views(void **state)
{
    struct jangle_verify_totals whole, totals;
    struct jangle_error error = {0};
    char log[TEMP_PATH_SIZE + 10];
    struct stat status;
    int seen = 0, earlier = 0;

    (void)state;
    kept_copy_make();
    write_and_die(kept_copy_path(0));
    snprintf(log, sizeof log, "%s-wal", kept_copy_path(0));
    assert_true(stat(log, &status) == 0 && status.st_size > 10000);
    assert_result(verify_path(kept_copy_path(0), NULL, &findings, &whole, &error),
                  JANGLE_OK);
    assert_int_equal(whole.findings, 0);
    for (long at = 100; at < status.st_size; at += status.st_size / 23) {
        enum jangle_result result;

        flip(log, at);
        result = verify_path(kept_copy_path(0), NULL, &findings, &totals, &error);
        assert_true(!result || (result == JANGLE_STORAGE && *error.message));
        earlier += totals.events < whole.events;
        seen += totals.events < whole.events && totals.findings > 0;
        flip(log, at);
    }
    assert_true(earlier >= 10);
    assert_true(seen >= earlier - 1); /* the last commit may hold no event */
    kept_copy_remove();
}

static void a_log_that_another_file_has_left_is_refused(void **state)
{
    struct jangle_storage storage;
    char command[3 * TEMP_PATH_SIZE];

    (void)state;
    kept_copy_make();
    write_and_die(kept_copy_path(0));
    snprintf(command, sizeof command, "cp %s %s && rm -f %s-shm %s-lock",
             kept_copy_original(0), kept_copy_path(0), kept_copy_path(0),
             kept_copy_path(0));
    assert_int_equal(system(command), 0);
    storage = jangle_sqlite(kept_copy_path(0));
    refused(&storage, JANGLE_INVALID, "-wal");
    kept_copy_remove();
}

/* The most that was in use at a time, by jangle and by SQLite. */
static int64_t most_memory(int64_t count)
{
    struct failing_allocator memory;
    struct jangle_verify_options options = {.deep = true};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    int64_t before;

    failing_allocator_init(&memory, 0);
    options.host.allocator = memory.allocator;
    kept_copy_make();
    fill(count);
    before = sqlite3_memory_used();
    sqlite3_memory_highwater(1);
    assert_result(verify_path(kept_copy_path(0), &options, &findings, &totals, &error),
                  JANGLE_OK);
    assert_true(totals.events >= count);
    assert_int_equal(memory.pieces, 0);
    kept_copy_remove();
    return memory.most_bytes + sqlite3_memory_highwater(0) - before;
}

/* With damage in every event, too. */
static void memory_does_not_grow_with_the_store(void **state)
{
    int64_t little = most_memory(5000), much = most_memory(40000);

    (void)state;
    print_message("%lld and %lld bytes\n", (long long)little, (long long)much);
    assert_true(much <= 32 * 1024 * 1024);
    assert_true(much <= little + 512 * 1024);
}

static void memory_that_runs_out_ends_the_call(void **state)
{
    struct failing_allocator memory;
    struct jangle_verify_options options = {.deep = true};
    struct jangle_verify_totals totals;
    struct jangle_error error;
    int64_t at = 0;
    enum jangle_result result;

    (void)state;
    failing_allocator_init(&memory, 0);
    options.host.allocator = memory.allocator;
    kept_copy_make();
    spoil(0, EVENTS_FREE "UPDATE events SET at = at + 1");
    do {
        failing_allocator_arm(&memory, ++at);
        error = (struct jangle_error){0};
        result = verify_path(kept_copy_path(0), &options, &findings, &totals, &error);
        assert_int_equal(memory.pieces, 0);
        if (result)
            assert_result(result, JANGLE_NO_MEMORY);
    } while (memory.failed && at < 1000);
    assert_result(result, JANGLE_OK);
    assert_true(at > 5);
    kept_copy_remove();
}

static int prepare(void **state)
{
    (void)state;
    kept_copy_prepare();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    kept_copy_finish();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_that_is_broken_is_found),
        cmocka_unit_test(json_is_looked_at_in_a_deep_check_alone),
        cmocka_unit_test(the_sound_records_around_a_bad_one_are_checked),
        cmocka_unit_test(of_many_findings_a_hundred_are_shown_and_all_are_counted),
        cmocka_unit_test(a_visit_ends_the_call),
        cmocka_unit_test(progress_is_told_and_stops_the_call),
        cmocka_unit_test(what_is_no_store_is_refused),
        cmocka_unit_test(nothing_is_changed),
        cmocka_unit_test(frozen_files_are_read_without_making_one),
        cmocka_unit_test(a_view_is_found_where_the_store_says_that_it_is),
        cmocka_unit_test(events_that_a_recovery_took_away_are_not_missing),
        cmocka_unit_test(a_bit_flipped_in_sqlites_log_is_seen_by_the_views),
        cmocka_unit_test(a_log_that_another_file_has_left_is_refused),
        cmocka_unit_test(memory_does_not_grow_with_the_store),
        cmocka_unit_test(memory_that_runs_out_ends_the_call),
    };

    return cmocka_run_group_tests(tests, prepare, finish);
}
