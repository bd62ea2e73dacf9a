/* alterations.c - what can be done to each column of a store's tables, as SQL; and the
 * rows of the page that say what of it nobody can notice. */
#include "files/alterations.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables and columns -------------------------------------------------------- */

enum { COLUMNS_MAX = 200, ROW_SIZE = 2000, VALUE_SIZE = 300 };

static struct altered_column columns[COLUMNS_MAX];
static int column_count;

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "alterations: %s: %s\n", what, strerror(errno));
    exit(1);
}

static sqlite3_stmt *query(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    must(!sqlite3_prepare_v2(database, sql, -1, &statement, NULL), sql);
    return statement;
}

void altered_read_columns(int file, const char *path)
{
    static const char sql[] =
        "SELECT t.name, c.name, c.type, c.pk,"
        " (SELECT group_concat(k.name, ', ') FROM pragma_table_info(t.name) AS k"
        "   WHERE k.pk > 0)"
        " FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c"
        " WHERE t.type = 'table' AND t.name NOT IN ('notes', 'sqlite_sequence')";
    sqlite3 *database;
    sqlite3_stmt *statement;

    must(!sqlite3_open(path, &database), path);
    statement = query(database, sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct altered_column *column = &columns[column_count++];

        must(column_count < COLUMNS_MAX, "columns");
        column->file = file;
        snprintf(column->table, ALTERED_NAME_SIZE, "%s",
                 sqlite3_column_text(statement, 0));
        snprintf(column->name, ALTERED_NAME_SIZE, "%s",
                 sqlite3_column_text(statement, 1));
        snprintf(column->type, ALTERED_NAME_SIZE, "%s",
                 sqlite3_column_text(statement, 2));
        column->is_key = sqlite3_column_int(statement, 3) > 0;
        snprintf(column->keys, sizeof column->keys, "%s",
                 sqlite3_column_text(statement, 4));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* ---- alterations --------------------------------------------------------------- */

const char *const altered_kinds[] = {"NULL",    "another kind", "junk",
                                     "swapped", "deleted",      "doubled"};

/* The row in the middle. */
static void write_row(char sql[ROW_SIZE], const struct altered_column *column)
{
    sqlite3_snprintf(ROW_SIZE, sql,
                     "(%s) = (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET"
                     " (SELECT count(*) / 2 FROM %s))",
                     column->keys, column->keys, column->table, column->keys,
                     column->table);
}

/* Of the same kind, and another one than it holds. */
static void write_junk(char value[VALUE_SIZE], const struct altered_column *column)
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

static const char *another_kind_of(const struct altered_column *column)
{
    if (!strcmp(column->type, "INTEGER"))
        return "'junk'";
    return strcmp(column->type, "TEXT") ? "7" : "x'00ff'";
}

static void write_update(char sql[ALTERED_SQL_SIZE],
                         const struct altered_column *column,
                         const char *value)
{
    char row[ROW_SIZE];

    write_row(row, column);
    sqlite3_snprintf(ALTERED_SQL_SIZE, sql,
                     "UPDATE %s SET %s = %s WHERE %s AND %s IS NOT %s", column->table,
                     column->name, value, row, column->name, value);
}

/* The row in the middle, and the first whose value is another one. */
static void write_swap(char sql[ALTERED_SQL_SIZE], const struct altered_column *column)
{
    char row[ROW_SIZE];
    const char *c = column->name, *t = column->table;

    write_row(row, column);
    sqlite3_snprintf(
        ALTERED_SQL_SIZE, sql,
        "WITH one AS (SELECT %s, %s AS value FROM %s WHERE %s), two AS (SELECT a.*,"
        " a.%s AS value FROM %s AS a, one WHERE a.%s IS NOT one.value LIMIT 1)"
        " UPDATE %s SET %s = iif((%s) = (SELECT %s FROM one), (SELECT value FROM"
        " two), (SELECT value FROM one)) WHERE EXISTS (SELECT 1 FROM two) AND"
        " ((%s) = (SELECT %s FROM one) OR (%s) = (SELECT %s FROM two))",
        column->keys, c, t, row, c, t, c, t, c, column->keys, column->keys, column->keys,
        column->keys, column->keys, column->keys);
}

/* The same row once more, under another key. */
static void write_double(char sql[ALTERED_SQL_SIZE], const struct altered_column *column)
{
    char row[ROW_SIZE], names[ROW_SIZE] = "";
    size_t used = 0;

    write_row(row, column);
    for (int i = 0; i < column_count; i++) {
        const struct altered_column *other = &columns[i];

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
    sqlite3_snprintf(ALTERED_SQL_SIZE, sql, "INSERT INTO %s SELECT %s FROM %s WHERE %s",
                     column->table, names, column->table, row);
}

void altered_write(char sql[ALTERED_SQL_SIZE],
                   const struct altered_column *column,
                   enum altered_kind kind)
{
    char row[ROW_SIZE], value[VALUE_SIZE];

    switch (kind) {
    case ALTERED_NO_VALUE:
        write_update(sql, column, "NULL");
        break;
    case ALTERED_ANOTHER_KIND:
        write_update(sql, column, another_kind_of(column));
        break;
    case ALTERED_JUNK:
        write_junk(value, column);
        write_update(sql, column, value);
        break;
    case ALTERED_SWAPPED:
        write_swap(sql, column);
        break;
    case ALTERED_DELETED:
        write_row(row, column);
        sqlite3_snprintf(ALTERED_SQL_SIZE, sql, "DELETE FROM %s WHERE %s", column->table,
                         row);
        break;
    default:
        write_double(sql, column);
    }
}

/* ---- what is tried --------------------------------------------------------------- */

/* Rows are deleted and doubled once a table: by its first key. */
bool altered_is_tried(int index, enum altered_kind kind)
{
    const struct altered_column *column = &columns[index];

    return kind < ALTERED_DELETED ||
           !strncmp(column->keys, column->name, strlen(column->name));
}

/* ---- what the page says --------------------------------------------------------- */

static char page[131072];

/* The part of it that is a table of what is not noticed. */
void altered_read_page(const char *heading)
{
    FILE *file = fopen(OPERATIONS_PAGE, "r");
    char *begin;
    size_t size;

    must(file != NULL, OPERATIONS_PAGE);
    size = fread(page, 1, sizeof page - 1, file);
    page[size] = '\0';
    fclose(file);
    begin = strstr(page, heading);
    must(begin != NULL, heading);
    memmove(page, begin, strlen(begin) + 1);
    begin = strstr(page + 1, "\n##");
    if (begin)
        *begin = '\0';
}

/* Is there a row | `table` | `column` or the row | kind, kind | why | ? */
bool altered_is_documented(const struct altered_column *column, enum altered_kind kind)
{
    char beginning[200];
    const char *row, *end, *found;

    snprintf(beginning, sizeof beginning, "\n| `%s` | `%s` | ", column->table,
             kind >= ALTERED_DELETED ? "*" : column->name);
    row = strstr(page, beginning);
    if (!row)
        return false;
    row += strlen(beginning);
    end = strchr(row, '|');
    found = strstr(row, altered_kinds[kind]);
    return end && found && found < end;
}

/* Each row of it is about a column that there is. */
int altered_check_page(void)
{
    char beginning[200];
    int rows = 0;

    for (const char *row = page; (row = strstr(row, "\n| `")); row++)
        rows++;
    for (int i = 0; i < column_count; i++) {
        const struct altered_column *column = &columns[i];

        snprintf(beginning, sizeof beginning, "\n| `%s` | `%s` | ", column->table,
                 column->name);
        rows -= strstr(page, beginning) != NULL;
        snprintf(beginning, sizeof beginning, "\n| `%s` | `*` | ", column->table);
        rows -= altered_is_tried(i, ALTERED_DELETED) && strstr(page, beginning);
    }
    if (rows)
        fprintf(stderr, "%d rows of the page are about no column\n", rows);
    return rows;
}

int altered_column_count(void)
{
    return column_count;
}

const struct altered_column *altered_column(int index)
{
    return &columns[index];
}
