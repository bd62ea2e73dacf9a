/* log_names.c - look up streams and types by their numbers, and keep the latest. */
#include "sqlite/verify/log_names.h"

#include <jangle/plugin/support.h>

static bool prepare(struct jn_log_names *names, const char *sql, sqlite3_stmt **statement)
{
    int code = sqlite3_prepare_v3(names->verify->database->handle, sql, -1,
                                  SQLITE_PREPARE_PERSISTENT, statement, NULL);

    return !code || (jn_findings_add_code(names->verify, code, NULL, 0), false);
}

bool jn_log_names_begin(struct jn_log_names *names, struct jn_verify *verify)
{
    *names = (struct jn_log_names){.verify = verify};
    names->streams =
        jn_new(&verify->host->allocator, JN_STREAM_COUNT * sizeof *names->streams);
    if (!names->streams) {
        verify->result = jn_fail(verify->error, JANGLE_NO_MEMORY, "%s: out of memory",
                                 verify->database->path);
        return false;
    }
    return prepare(names, "SELECT kind, name FROM streams WHERE id = ?",
                   &names->stream) &&
           prepare(names, "SELECT name, version FROM types WHERE id = ?", &names->type);
}

void jn_log_names_finish(struct jn_log_names *names)
{
    const struct jangle_allocator *allocator = &names->verify->host->allocator;

    for (size_t i = 0; i < JN_TYPE_COUNT; i++)
        jn_free(allocator, names->types[i].name);
    jn_free(allocator, names->streams);
    sqlite3_finalize(names->stream);
    sqlite3_finalize(names->type);
}

/* Damage of the row itself is a finding of its table, not of each event. */
bool jn_log_names_stream_texts(struct jn_log_names *names,
                               int64_t number,
                               const char **kind,
                               const char **id)
{
    sqlite3_reset(names->stream);
    sqlite3_bind_int64(names->stream, 1, number);
    if (sqlite3_step(names->stream) == SQLITE_ROW) {
        *kind = (const char *)sqlite3_column_text(names->stream, 0);
        *id = (const char *)sqlite3_column_text(names->stream, 1);
        if (*kind && *id)
            return true;
    }
    sqlite3_reset(names->stream);
    return false;
}

static bool
find_stream(struct jn_log_names *names, int64_t number, struct jn_known_stream *known)
{
    const char *kind, *id;
    bool found = jn_log_names_stream_texts(names, number, &kind, &id);

    if (found)
        jn_checksum_begin(&known->values, kind, id);
    known->number = found ? number : 0;
    sqlite3_reset(names->stream);
    return found;
}

bool jn_log_names_stream(struct jn_log_names *names,
                         int64_t number,
                         struct jn_stream_values *values)
{
    struct jn_known_stream *known = &names->streams[(uint64_t)number % JN_STREAM_COUNT];

    if ((known->number != number || !number) && !find_stream(names, number, known))
        return false;
    *values = known->values;
    return true;
}

static bool
find_type(struct jn_log_names *names, int64_t number, struct jn_known_type *known)
{
    const struct jangle_allocator *allocator = &names->verify->host->allocator;
    const char *name = NULL;

    sqlite3_bind_int64(names->type, 1, number);
    jn_free(allocator, known->name);
    *known = (struct jn_known_type){.number = number};
    if (sqlite3_step(names->type) == SQLITE_ROW) {
        name = (const char *)sqlite3_column_text(names->type, 0);
        known->version = sqlite3_column_int(names->type, 1);
        known->name = jn_copy_text(allocator, name);
    }
    sqlite3_reset(names->type);
    return known->name != NULL;
}

const struct jn_known_type *jn_log_names_type(struct jn_log_names *names, int64_t number)
{
    struct jn_known_type *known = &names->types[(uint64_t)number % JN_TYPE_COUNT];

    if (known->name && known->number == number)
        return known;
    return find_type(names, number, known) ? known : NULL;
}
