/* audit_promises.c - compares each answer that was noted with what is stored. */
#include "audit/audit_promises.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char tables[] =
    "CREATE TEMP TABLE promises (id TEXT, answer TEXT, position INTEGER);"
    "CREATE TEMP TABLE caused AS"
    " SELECT id, max(position) AS position, max(times) AS times FROM"
    "  (SELECT json_extract(meta, '$.causation_id') AS id, max(position) AS position,"
    "     count(*) AS times FROM main.events GROUP BY 1, stream, type)"
    " GROUP BY id;"
    "CREATE INDEX temp.caused_by_id ON caused (id);";

/* A command stores an event of each type at most once. */
static const struct audit_rule rules[] = {
    {"what was acknowledged is stored exactly once",
     "SELECT count(*) FROM promises WHERE answer = 'OK' AND position > 0",
     "SELECT 'command ' || id || ' was answered OK at position ' || promises.position"
     "  || CASE WHEN times IS NULL THEN '; it is not there'"
     "       WHEN times > 1 THEN '; it is stored ' || times || ' times'"
     "       ELSE '; it is at position ' || caused.position END"
     " FROM promises LEFT JOIN caused USING (id)"
     " WHERE answer = 'OK' AND promises.position > 0"
     "  AND (times IS NOT 1 OR caused.position <> promises.position)"},
    {"what was refused is not stored",
     "SELECT count(*) FROM promises WHERE position = 0 AND answer <> 'UNKNOWN'",
     "SELECT 'command ' || id || ' was answered ' || answer"
     "  || ' and nothing was to be stored; it is at position ' || caused.position"
     " FROM promises JOIN caused USING (id)"
     " WHERE promises.position = 0 AND answer <> 'UNKNOWN'"},
    {0},
};

/* False: the line is no noted answer. */
static bool take_line(sqlite3_stmt *insert, const char *line)
{
    char id[201], answer[16];
    long long position;
    int end = 0;

    if (sscanf(line, "%200s %15s %lld%n", id, answer, &position, &end) != 3 ||
        strcmp(line + end, "\n") != 0)
        return false;
    sqlite3_bind_text(insert, 1, id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 2, answer, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(insert, 3, position);
    sqlite3_step(insert);
    return sqlite3_reset(insert) == SQLITE_OK;
}

static void fail_unreadable(struct audit *audit, const char *acks)
{
    char what[400];

    snprintf(what, sizeof what, "%.200s: %s", acks, strerror(errno));
    audit_failed(audit, "the notes of answers can be read", what);
}

/* A last line without its newline was being written when the program was stopped. */
static bool take_lines(struct audit *audit, const char *acks, FILE *file)
{
    sqlite3_stmt *insert = audit_prepare(audit, "INSERT INTO promises VALUES (?, ?, ?)");
    char line[300], what[400];
    bool taken = insert != NULL;

    for (int number = 1; taken && fgets(line, sizeof line, file); number++) {
        if (feof(file))
            break;
        taken = take_line(insert, line);
        if (taken)
            continue;
        snprintf(what, sizeof what, "line %d of %.200s is no such answer", number, acks);
        audit_failed(audit, "the notes of answers can be read", what);
    }
    if (taken && ferror(file)) {
        fail_unreadable(audit, acks);
        taken = false;
    }
    sqlite3_finalize(insert);
    return taken;
}

void audit_promises(struct audit *audit, const char *acks)
{
    FILE *file = fopen(acks, "r");

    if (!file) {
        fail_unreadable(audit, acks);
        return;
    }
    if (audit_run(audit, tables) && take_lines(audit, acks, file))
        audit_rules(audit, rules);
    fclose(file);
}
