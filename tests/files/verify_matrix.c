/* verify_matrix.c - whatever is altered in a store's files is found by jangle_verify, by
 * table, row and column, or stands in the table of docs/operations.md that says what is
 * not.
 *
 *   files_verify_matrix columns     all alterations, or a shard of them
 *   files_verify_matrix print       the matrix, for people
 *   files_verify_matrix             files cut, and bytes flipped; JANGLE_SEED=N repeats
 *                                   them */
#include "files/alterations.h"
#include "files/kept_copy.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/sqlite_damage.h"

#include <jangle/config.h>
#include <jangle/verify.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WATCHDOG_SECONDS = 30 * 60 };

static int failures;

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "verify_matrix: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- what is found ------------------------------------------------------------------
 */

/* What a verification has said of one column. */
struct search {
    const struct altered_column *column; /* NULL: of any */
    bool found;                          /* its table was named */
    bool found_row;                      /* and the row */
    bool found_name;                     /* and the column */
    bool found_checksum;                 /* a checksum differs */
    char first[600];
};

/* A rule between two tables may blame either. */
static bool is_about(const struct jangle_finding *finding, const char *table)
{
    char name[100];

    snprintf(name, sizeof name, "table %s", table);
    return (finding->table && !strcmp(finding->table, table)) ||
           strstr(finding->what, name);
}

static enum jangle_result search_one(void *context, const struct jangle_finding *finding)
{
    struct search *search = context;
    const struct altered_column *column = search->column;

    must(finding->file && finding->what && *finding->what && finding->advice,
         "a finding says where it is, what is wrong, and what to do");
    if (finding->kind == JANGLE_FINDING_UNSEEN)
        return JANGLE_OK;
    if (!*search->first)
        snprintf(search->first, sizeof search->first, "%s, row %s, column %s: %s",
                 finding->table ? finding->table : "-", finding->row ? finding->row : "-",
                 finding->column ? finding->column : "-", finding->what);
    if (!column || !is_about(finding, column->table))
        return JANGLE_OK;
    search->found = true;
    search->found_row = search->found_row || finding->row;
    search->found_name =
        search->found_name || (finding->column && !strcmp(finding->column, column->name));
    search->found_checksum =
        search->found_checksum || finding->kind == JANGLE_FINDING_CHECKSUM;
    return JANGLE_OK;
}

static enum jangle_result verify_copy(struct search *search,
                                      bool deep,
                                      struct jangle_verify_totals *totals,
                                      struct jangle_error *error)
{
    struct jangle_verify_options options = {.deep = deep};
    struct jangle_storage storage = jangle_sqlite(kept_copy_path(KEPT_COPY_STORE));

    return jangle_verify(&storage, &options, search_one, search, totals, error);
}

/* ---- the matrix -----------------------------------------------------------------------
 */

static void complain(const struct altered_column *column,
                     enum altered_kind kind,
                     const char *what,
                     const char *first)
{
    fprintf(stderr, "%s.%s %s: %s\n  %s\n", column->table, column->name,
            altered_kinds[kind], what, first);
    failures++;
}

/* A value that its column cannot hold is named by row and column. But a NULL where one
 * may be is seen by the checksum of the row alone; and only SQLite's own check sees a key
 * that is NULL, and it knows no row. */
static void judge(const struct search *search, enum altered_kind kind)
{
    const struct altered_column *column = search->column;
    bool documented = altered_is_documented(column, kind);
    bool exact = kind == ALTERED_NO_VALUE || kind == ALTERED_ANOTHER_KIND;

    if (search->found && documented)
        complain(column, kind, "is found, and the page says that it is not",
                 search->first);
    else if (!search->found && !documented)
        complain(column, kind, "is not found, and the page does not say so",
                 search->first);
    else if (search->found && exact && !search->found_name &&
             !(kind == ALTERED_NO_VALUE && search->found_checksum))
        complain(column, kind, "is found, and the column is not named", search->first);
    else if (search->found && exact && !search->found_row && !column->is_key)
        complain(column, kind, "is found, and the row is not named", search->first);
}

/* NULL: the file does not let it. */
static const char *try_one(struct search *search, enum altered_kind kind)
{
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    char sql[ALTERED_SQL_SIZE];
    int changed;

    altered_write(sql, search->column, kind);
    kept_copy_make();
    changed = sqlite_damage_by(kept_copy_path(search->column->file), sql);
    if (changed > 0 && verify_copy(search, false, &totals, &error))
        complain(search->column, kind, error.message, search->first);
    kept_copy_remove();
    if (changed <= 0)
        return NULL;
    judge(search, kind);
    return search->found ? search->first : "not found";
}

static void run_columns(bool print)
{
    int number = 0;

    for (int i = 0; i < altered_column_count(); i++)
        for (int kind = 0; kind < ALTERED_KIND_COUNT; kind++) {
            struct search search = {.column = altered_column(i)};
            const char *line;

            if (!altered_is_tried(i, (enum altered_kind)kind) ||
                number++ % shard_count() != shard_index())
                continue;
            line = try_one(&search, (enum altered_kind)kind);
            if (print)
                printf("%-16s %-16s %-13s %s\n", search.column->table,
                       kind >= ALTERED_DELETED ? "*" : search.column->name,
                       altered_kinds[kind], line ? line : "the file does not let it");
        }
}

/* ---- files that are cut, and bytes that are flipped ----------------------------------
 */

static uint64_t dice;

/* By splitmix64. */
static uint64_t draw(uint64_t limit)
{
    uint64_t bits = dice += 0x9E3779B97F4A7C15u;

    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return (bits ^ (bits >> 31)) % limit;
}

static void flip_some(const char *path, long size)
{
    FILE *stream = fopen(path, "r+b");

    must(stream != NULL, path);
    for (uint64_t left = 1 + draw(20); left; left--) {
        long at = (long)draw((uint64_t)size);
        int byte;

        must(!fseek(stream, at, SEEK_SET), path);
        byte = fgetc(stream) ^ (1 << draw(8));
        must(!fseek(stream, at, SEEK_SET) && fputc(byte, stream) != EOF, path);
    }
    must(!fclose(stream), path);
}

/* The second half is another file's. */
static void overwrite_half(const char *path, long size)
{
    FILE *stream = fopen(path, "r+b");

    must(stream && !fseek(stream, size / 2, SEEK_SET), path);
    for (long at = size / 2; at < size; at++)
        must(fputc((int)draw(256), stream) != EOF, path);
    must(!fclose(stream), path);
}

/* A header that is no store's is refused; whatever else is wrong is found. */
static void judge_file(const char *what, int number, bool must_be_found)
{
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    struct search search = {0};
    enum jangle_result result = verify_copy(&search, number % 2, &totals, &error);
    bool told = result ? *error.message : totals.findings > 0;

    if (result && result != JANGLE_STORAGE && result != JANGLE_INVALID) {
        fprintf(stderr, "%s %d: %s: %s\n", what, number, jangle_result_name(result),
                error.message);
        failures++;
    } else if (must_be_found && !told) {
        fprintf(stderr, "%s %d: nothing was found\n", what, number);
        failures++;
    }
}

static void run_files(void)
{
    uint64_t seed = effort_seed();
    int rounds = effort_count(EFFORT_DAMAGE_FLIPS) / TEST_STRIDE;
    struct stat status;

    dice = seed;
    for (int i = 0; i < rounds; i++) {
        bool store = i % 4 != 3;
        const char *path;

        kept_copy_make();
        path = kept_copy_path(store ? KEPT_COPY_STORE : KEPT_COPY_VIEW);
        must(!stat(path, &status), path);
        if (i % 3 == 0)
            must(!truncate(path, (off_t)draw((uint64_t)status.st_size)), path);
        else if (i % 3 == 1)
            flip_some(path, status.st_size);
        else
            overwrite_half(path, status.st_size);
        /* A flipped bit may be in a page, or a byte, that nothing uses; and an empty file
         * is no view and no store. */
        judge_file(i % 3 == 0   ? "a file that was cut"
                   : i % 3 == 1 ? "flipped bits"
                                : "half a file",
                   i, i % 3 != 1 && store);
        kept_copy_remove();
    }
    printf("%d files\n", rounds);
}

static void check_sound(void)
{
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    struct search search = {0};

    kept_copy_make();
    for (int deep = 0; deep < 2; deep++)
        if (verify_copy(&search, deep, &totals, &error) || totals.findings ||
            totals.files != KEPT_COPY_FILES) {
            fprintf(stderr, "what is sound, deep %d: %s %s\n", deep, error.message,
                    search.first);
            failures++;
        }
    kept_copy_remove();
}

int main(int count, char **arguments)
{
    bool print = count > 1 && !strcmp(arguments[1], "print");

    alarm(WATCHDOG_SECONDS);
    kept_copy_prepare();
    for (int i = 0; i < 2; i++) /* the store, and one view as good as any other */
        altered_read_columns(i, kept_copy_original(i));
    check_sound();
    altered_read_page("### What a check does not find");
    failures += altered_check_page() != 0;
    if (count < 2)
        run_files();
    else
        run_columns(print);
    kept_copy_finish();
    return failures ? 1 : 0;
}
