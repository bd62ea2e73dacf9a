/* damage_matrix.c - whatever is altered in a store's files is noticed, by name, or stands
 * in the table of docs/operations.md that says what is not.
 *
 *   files_damage_matrix columns         all alterations, or a shard of them
 *   files_damage_matrix print           the matrix, for people
 *   files_damage_matrix                 random bytes; JANGLE_SEED=N repeats them
 *
 * The store is one that was kept, brought up to date, and used. Each alteration is made
 * in a copy, and a child opens and uses everything there is in it. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "files/damage_use.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/sqlite_damage.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WATCHDOG_SECONDS = 30 * 60,
    SQL_SIZE = 8000,
    ROW_SIZE = 2000,
    NAME_SIZE = 64,
    VALUE_SIZE = 300
};

static const char *const files[] = {"desks.db", "desks.db.notes", "desks.db.board",
                                    "desks.db.slate"};

enum { FILE_COUNT = sizeof files / sizeof *files };

static char original[TEMP_PATH_SIZE], copy[TEMP_PATH_SIZE];
static struct damage_told *told; /* shared with the child */
static struct damage_known known;
static int failures;

/* ---- files --------------------------------------------------------------------- */

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "damage_matrix: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void path_of(char path[TEMP_PATH_SIZE], const char *directory, const char *name)
{
    temp_directory_path(path, directory, name);
}

static void copy_file(const char *name)
{
    char from[TEMP_PATH_SIZE], to[TEMP_PATH_SIZE], bytes[65536];
    FILE *in, *out;
    size_t size;

    path_of(from, original, name);
    path_of(to, copy, name);
    in = fopen(from, "rb");
    out = fopen(to, "wb");
    must(in && out, name);
    while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
        must(fwrite(bytes, 1, size, out) == size, to);
    must(!fclose(in) && !fclose(out), to);
}

static void make_copy(void)
{
    must(temp_directory_make(copy), "a directory");
    for (int i = 0; i < FILE_COUNT; i++)
        copy_file(files[i]);
}

/* ---- a child that uses it ------------------------------------------------------ */

/* What became of it: NULL if it ended as it should. */
static const char *use_copy(void)
{
    static char words[100];
    char path[TEMP_PATH_SIZE];
    pid_t child;
    int status;

    told->used = 0;
    told->text[0] = '\0';
    path_of(path, copy, files[0]);
    child = fork();
    must(child >= 0, "fork");
    if (!child) {
        alarm(WATCHDOG_SECONDS);
        damage_use(path, &known, told);
        _exit(0);
    }
    must(waitpid(child, &status, 0) == child, "waitpid");
    if (WIFSIGNALED(status))
        snprintf(words, sizeof words, "the program died of signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        snprintf(words, sizeof words, "the program ended with %d", WEXITSTATUS(status));
    else if (strstr(told->text, "out of memory"))
        snprintf(words, sizeof words, "damage is called \"out of memory\"");
    else
        return NULL;
    return words;
}

/* Is it about that table? An event that does not fit tells of its stream and type. */
static bool names(const char *line, const char *table)
{
    static const char *const of_events[] = {"events", "streams", "types"};
    char name[2 * NAME_SIZE];

    for (size_t i = 0; i < sizeof of_events / sizeof *of_events; i++)
        if (!strcmp(table, of_events[i]) && strstr(line, "is damaged: event "))
            return true;
    snprintf(name, sizeof name, "table %s", table);
    return strstr(line, name) || (table[0] == 'j' && strstr(line, table));
}

/* The line in which a table's damage was told; NULL: nobody noticed. */
static const char *noticed(const char *table)
{
    static char line[400];

    for (const char *at = told->text; *at; at = strchr(at, '\n') + 1) {
        snprintf(line, sizeof line, "%.*s", (int)(strchr(at, '\n') - at), at);
        if (!strcmp(table, "snapshots") && strstr(line, "SNAPSHOT_REFUSED"))
            return line;
        if (!strcmp(table, "jangle_place") && strstr(line, "is the view"))
            return line;
        if ((strstr(line, "damaged") || strstr(line, "constraint failed")) &&
            names(line, table))
            return line;
    }
    return NULL;
}

/* ---- tables and columns -------------------------------------------------------- */

struct column {
    int file;
    char table[NAME_SIZE], name[NAME_SIZE], type[NAME_SIZE];
    char keys[200]; /* of the table: "a, b" */
    bool is_key;
};

enum { COLUMNS_MAX = 150 };

static struct column columns[COLUMNS_MAX];
static int column_count;

static sqlite3_stmt *query(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    must(!sqlite3_prepare_v2(database, sql, -1, &statement, NULL), sql);
    return statement;
}

static void read_columns(int file)
{
    static const char sql[] =
        "SELECT t.name, c.name, c.type, c.pk,"
        " (SELECT group_concat(k.name, ', ') FROM pragma_table_info(t.name) AS k"
        "   WHERE k.pk > 0)"
        " FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c"
        " WHERE t.type = 'table' AND t.name NOT IN ('notes', 'sqlite_sequence')";
    char path[TEMP_PATH_SIZE];
    sqlite3 *database;
    sqlite3_stmt *statement;

    path_of(path, original, files[file]);
    must(!sqlite3_open(path, &database), path);
    statement = query(database, sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct column *column = &columns[column_count++];

        must(column_count < COLUMNS_MAX, "columns");
        column->file = file;
        snprintf(column->table, NAME_SIZE, "%s", sqlite3_column_text(statement, 0));
        snprintf(column->name, NAME_SIZE, "%s", sqlite3_column_text(statement, 1));
        snprintf(column->type, NAME_SIZE, "%s", sqlite3_column_text(statement, 2));
        column->is_key = sqlite3_column_int(statement, 3) > 0;
        snprintf(column->keys, sizeof column->keys, "%s",
                 sqlite3_column_text(statement, 4));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* ---- alterations --------------------------------------------------------------- */

enum kind { NO_VALUE, ANOTHER_KIND, JUNK, SWAPPED, DELETED, DOUBLED, KIND_COUNT };

static const char *const kinds[] = {"NULL",    "another kind", "junk",
                                    "swapped", "deleted",      "doubled"};

/* The row in the middle. */
static void write_row(char sql[ROW_SIZE], const struct column *column)
{
    sqlite3_snprintf(ROW_SIZE, sql,
                     "(%s) = (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET"
                     " (SELECT count(*) / 2 FROM %s))",
                     column->keys, column->keys, column->table, column->keys,
                     column->table);
}

/* Of the same kind, and another one than it holds. */
static void write_junk(char value[VALUE_SIZE], const struct column *column)
{
    const char *c = column->name;

    if (!strcmp(column->type, "INTEGER"))
        sqlite3_snprintf(VALUE_SIZE, value, "ifnull(%s, 0) + 1", c);
    else if (!strcmp(column->type, "TEXT"))
        sqlite3_snprintf(VALUE_SIZE, value, "ifnull(%s, '') || 'x'", c);
    else
        sqlite3_snprintf(VALUE_SIZE, value,
                         "CAST(substr(hex(ifnull(%s, x'00')), 1,"
                         " length(ifnull(%s, x'00')) - 1) || '~' AS BLOB)",
                         c, c);
}

static const char *another_kind_of(const struct column *column)
{
    if (!strcmp(column->type, "INTEGER"))
        return "'junk'";
    return strcmp(column->type, "TEXT") ? "7" : "x'00ff'";
}

static void
write_update(char sql[SQL_SIZE], const struct column *column, const char *value)
{
    char row[ROW_SIZE];

    write_row(row, column);
    sqlite3_snprintf(SQL_SIZE, sql, "UPDATE %s SET %s = %s WHERE %s AND %s IS NOT %s",
                     column->table, column->name, value, row, column->name, value);
}

/* The row in the middle, and the first whose value is another one. */
static void write_swap(char sql[SQL_SIZE], const struct column *column)
{
    char row[ROW_SIZE];
    const char *c = column->name, *t = column->table;

    write_row(row, column);
    sqlite3_snprintf(
        SQL_SIZE, sql,
        "WITH one AS (SELECT %s, %s AS value FROM %s WHERE %s), two AS (SELECT a.*,"
        " a.%s AS value FROM %s AS a, one WHERE a.%s IS NOT one.value LIMIT 1)"
        " UPDATE %s SET %s = iif((%s) = (SELECT %s FROM one), (SELECT value FROM"
        " two), (SELECT value FROM one)) WHERE EXISTS (SELECT 1 FROM two) AND"
        " ((%s) = (SELECT %s FROM one) OR (%s) = (SELECT %s FROM two))",
        column->keys, c, t, row, c, t, c, t, c, column->keys, column->keys, column->keys,
        column->keys, column->keys, column->keys);
}

/* The same row once more, under another key. */
static void write_double(char sql[SQL_SIZE], const struct column *column)
{
    char row[ROW_SIZE], names[ROW_SIZE] = "";
    size_t used = 0;

    write_row(row, column);
    for (int i = 0; i < column_count; i++) {
        const struct column *other = &columns[i];

        if (other->file != column->file || strcmp(other->table, column->table) != 0)
            continue;
        used +=
            (size_t)snprintf(names + used, sizeof names - used, "%s", used ? ", " : "");
        if (strcmp(other->name, column->name) != 0)
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s", other->name);
        else if (!strcmp(other->type, "INTEGER"))
            used += (size_t)snprintf(names + used, sizeof names - used,
                                     "(SELECT max(%s) + 1 FROM %s)", other->name,
                                     other->table);
        else
            used += (size_t)snprintf(names + used, sizeof names - used,
                                     "CAST(%s || 'x' AS %s)", other->name, other->type);
    }
    sqlite3_snprintf(SQL_SIZE, sql, "INSERT INTO %s SELECT %s FROM %s WHERE %s",
                     column->table, names, column->table, row);
}

static void
write_alteration(char sql[SQL_SIZE], const struct column *column, enum kind kind)
{
    char row[ROW_SIZE], value[VALUE_SIZE];

    switch (kind) {
    case NO_VALUE:
        write_update(sql, column, "NULL");
        break;
    case ANOTHER_KIND:
        write_update(sql, column, another_kind_of(column));
        break;
    case JUNK:
        write_junk(value, column);
        write_update(sql, column, value);
        break;
    case SWAPPED:
        write_swap(sql, column);
        break;
    case DELETED:
        write_row(row, column);
        sqlite3_snprintf(SQL_SIZE, sql, "DELETE FROM %s WHERE %s", column->table, row);
        break;
    default:
        write_double(sql, column);
    }
}

/* ---- what is tried --------------------------------------------------------------- */

/* Rows are deleted and doubled once a table: by its first key. */
static bool is_tried(int index, enum kind kind)
{
    const struct column *column = &columns[index];

    return kind < DELETED || !strncmp(column->keys, column->name, strlen(column->name));
}

/* ---- what the page says --------------------------------------------------------- */

static char page[131072];

/* The part of it that is a table of what is not noticed. */
static void read_page(void)
{
    FILE *file = fopen(OPERATIONS_PAGE, "r");
    char *begin;
    size_t size;

    must(file != NULL, OPERATIONS_PAGE);
    size = fread(page, 1, sizeof page - 1, file);
    page[size] = '\0';
    fclose(file);
    begin = strstr(page, "### What is not noticed");
    must(begin != NULL, "a page that says what is not noticed");
    memmove(page, begin, strlen(begin) + 1);
    begin = strstr(page, "\n## ");
    if (begin)
        *begin = '\0';
}

/* Is there a row | `table` | `column` or the row | kind, kind | why | ? */
static bool is_documented(const struct column *column, enum kind kind)
{
    char beginning[200];
    const char *row, *end, *found;

    snprintf(beginning, sizeof beginning, "\n| `%s` | `%s` | ", column->table,
             kind >= DELETED ? "*" : column->name);
    row = strstr(page, beginning);
    if (!row)
        return false;
    row += strlen(beginning);
    end = strchr(row, '|');
    found = strstr(row, kinds[kind]);
    return end && found && found < end;
}

/* Each row of it is about a column that there is. */
static void check_page(void)
{
    char beginning[200];
    int rows = 0;

    for (const char *row = page; (row = strstr(row, "\n| `")); row++)
        rows++;
    for (int i = 0; i < column_count; i++) {
        const struct column *column = &columns[i];

        snprintf(beginning, sizeof beginning, "\n| `%s` | `%s` | ", column->table,
                 column->name);
        rows -= strstr(page, beginning) != NULL;
        snprintf(beginning, sizeof beginning, "\n| `%s` | `*` | ", column->table);
        rows -= is_tried(i, DELETED) && strstr(page, beginning);
    }
    if (rows)
        fprintf(stderr, "%d rows of the page are about no column\n", rows);
    failures += rows != 0;
}

/* ---- the matrix ------------------------------------------------------------------ */

static void complain(const struct column *column, enum kind kind, const char *what)
{
    fprintf(stderr, "%s.%s %s: %s\n%s\n", column->table, column->name, kinds[kind], what,
            told->text);
    failures++;
}

/* NULL: the file does not let it. */
static const char *try_one(const struct column *column, enum kind kind)
{
    char sql[SQL_SIZE], path[TEMP_PATH_SIZE];
    const char *fault = NULL, *line = NULL;
    int changed;

    write_alteration(sql, column, kind);
    make_copy();
    path_of(path, copy, files[column->file]);
    changed = sqlite_damage_by(path, sql);
    if (changed > 0)
        fault = use_copy();
    temp_directory_remove(copy);
    if (changed <= 0)
        return NULL;
    line = noticed(column->table);
    if (fault)
        complain(column, kind, fault);
    else if (!line && !is_documented(column, kind))
        complain(column, kind, "is not noticed, and the page does not say so");
    else if (line && is_documented(column, kind))
        complain(column, kind, "is noticed, and the page says that it is not");
    return line ? line : "not noticed";
}

static void run_columns(bool print)
{
    int number = 0;

    for (int i = 0; i < column_count; i++)
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            const char *line;

            if (!is_tried(i, (enum kind)kind) ||
                number++ % (shard_count() * TEST_STRIDE) != shard_index())
                continue;
            line = try_one(&columns[i], (enum kind)kind);
            if (print)
                printf("%-16s %-16s %-13s %s\n", columns[i].table,
                       kind >= DELETED ? "*" : columns[i].name, kinds[kind],
                       line ? line : "the file does not let it");
        }
}

/* ---- random bytes ----------------------------------------------------------------- */

static uint64_t dice;

/* By splitmix64. */
static uint64_t draw(uint64_t limit)
{
    uint64_t bits = dice += 0x9E3779B97F4A7C15u;

    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return (bits ^ (bits >> 31)) % limit;
}

static void flip_some(int file)
{
    char path[TEMP_PATH_SIZE];
    FILE *stream;
    long size;

    path_of(path, copy, files[file]);
    stream = fopen(path, "r+b");
    must(stream && !fseek(stream, 0, SEEK_END), path);
    size = ftell(stream);
    for (uint64_t left = 1 + draw(20); left; left--) {
        long at = (long)draw((uint64_t)size);
        int byte;

        must(!fseek(stream, at, SEEK_SET), path);
        byte = fgetc(stream) ^ (1 << draw(8));
        must(!fseek(stream, at, SEEK_SET) && fputc(byte, stream) != EOF, path);
    }
    must(!fclose(stream), path);
}

/* Whatever it is, nobody crashes, hangs, or speaks of memory. */
static void run_flips(void)
{
    int quiet = 0, flips = effort_count(EFFORT_DAMAGE_FLIPS) / TEST_STRIDE;
    uint64_t seed = effort_seed();

    fflush(stdout);
    dice = seed;
    for (int i = 0; i < flips; i++) {
        const char *fault;

        make_copy();
        flip_some((int)draw(FILE_COUNT));
        fault = use_copy();
        temp_directory_remove(copy);
        if (fault)
            fprintf(stderr, "flips %d of JANGLE_SEED=%llu: %s\n%s\n", i,
                    (unsigned long long)seed, fault, told->text);
        failures += fault != NULL;
        quiet += !strstr(told->text, "damaged");
    }
    printf("%d times it was not called damage\n", quiet);
}

int main(int count, char **arguments)
{
    const char *fault;
    bool print = count > 1 && !strcmp(arguments[1], "print");

    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    must(told != MAP_FAILED, "mmap");
    must(temp_directory_make(original), "a directory");
    damage_prepare(original, &known);
    for (int i = 0; i < 2; i++) /* the store, and one view as good as any other */
        read_columns(i);
    make_copy();
    fault = use_copy();
    temp_directory_remove(copy);
    if (fault || strstr(told->text, "damaged")) {
        fprintf(stderr, "what is sound: %s\n%s", fault ? fault : "", told->text);
        failures++;
    }
    read_page();
    check_page();
    if (count < 2)
        run_flips();
    else
        run_columns(print);
    temp_directory_remove(original);
    return failures ? 1 : 0;
}
