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
#include "files/alterations.h"
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

enum { WATCHDOG_SECONDS = 30 * 60, NAME_SIZE = ALTERED_NAME_SIZE };

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

/* ---- the matrix ------------------------------------------------------------------ */

static void
complain(const struct altered_column *column, enum altered_kind kind, const char *what)
{
    fprintf(stderr, "%s.%s %s: %s\n%s\n", column->table, column->name,
            altered_kinds[kind], what, told->text);
    failures++;
}

/* NULL: the file does not let it. */
static const char *try_one(const struct altered_column *column, enum altered_kind kind)
{
    char sql[ALTERED_SQL_SIZE], path[TEMP_PATH_SIZE];
    const char *fault = NULL, *line = NULL;
    int changed;

    altered_write(sql, column, kind);
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
    else if (!line && !altered_is_documented(column, kind))
        complain(column, kind, "is not noticed, and the page does not say so");
    else if (line && altered_is_documented(column, kind))
        complain(column, kind, "is noticed, and the page says that it is not");
    return line ? line : "not noticed";
}

static void run_columns(bool print)
{
    int number = 0;

    for (int i = 0; i < altered_column_count(); i++)
        for (int kind = 0; kind < ALTERED_KIND_COUNT; kind++) {
            const char *line;

            if (!altered_is_tried(i, (enum altered_kind)kind) ||
                number++ % (shard_count() * TEST_STRIDE) != shard_index())
                continue;
            line = try_one(altered_column(i), (enum altered_kind)kind);
            if (print)
                printf("%-16s %-16s %-13s %s\n", altered_column(i)->table,
                       kind >= ALTERED_DELETED ? "*" : altered_column(i)->name,
                       altered_kinds[kind], line ? line : "the file does not let it");
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
    char path[TEMP_PATH_SIZE];
    const char *fault;
    bool print = count > 1 && !strcmp(arguments[1], "print");

    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    must(told != MAP_FAILED, "mmap");
    must(temp_directory_make(original), "a directory");
    damage_prepare(original, &known);
    for (int i = 0; i < 2; i++) /* the store, and one view as good as any other */
        altered_read_columns(i, (path_of(path, original, files[i]), path));
    make_copy();
    fault = use_copy();
    temp_directory_remove(copy);
    if (fault || strstr(told->text, "damaged")) {
        fprintf(stderr, "what is sound: %s\n%s", fault ? fault : "", told->text);
        failures++;
    }
    altered_read_page("### What is not noticed");
    failures += altered_check_page() != 0;
    if (count < 2)
        run_flips();
    else
        run_columns(print);
    temp_directory_remove(original);
    return failures ? 1 : 0;
}
