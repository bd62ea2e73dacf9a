/* choose.c - which of the rows are to be run. */
#include "choose.h"

#include <string.h>

/* Mark the row of that name, or the rows of that group. False: there is none. */
static bool mark(const struct bench_rows *rows, const char *name, bool *wanted)
{
    bool found = false;

    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->items[i]->name, name) != 0 &&
            strcmp(rows->items[i]->group, name) != 0)
            continue;
        wanted[i] = found = true;
    }
    return found;
}

/* A row of a set comes with those beside it, and these with theirs, which are in the
 * table before them. */
static void add_beside(const struct bench_rows *rows, bool *wanted)
{
    for (size_t i = rows->count; i-- > 0;)
        for (int b = 0; wanted[i] && rows->items[i]->set && b < BENCH_BESIDE; b++)
            if (rows->items[i]->beside[b])
                mark(rows, rows->items[i]->beside[b], wanted);
}

static bool is_beside_wanted(const struct bench_rows *rows,
                             const struct bench_row *row,
                             const bool *wanted)
{
    for (size_t i = 0; i < rows->count; i++)
        for (int b = 0; wanted[i] && b < BENCH_BESIDE && row->beside[b]; b++)
            if (!strcmp(rows->items[i]->name, row->beside[b]))
                return true;
    return false;
}

/* A peer comes with what it is beside. False: nothing that is wanted has a peer. */
static bool add_peers(const struct bench_rows *rows, bool *wanted)
{
    bool found = false;

    for (size_t i = 0; i < rows->count; i++) {
        if (!rows->items[i]->peer)
            continue;
        wanted[i] |= is_beside_wanted(rows, rows->items[i], wanted);
        found |= wanted[i];
    }
    return found;
}

bool choose_rows(const struct bench_rows *rows,
                 const struct options *options,
                 bool *wanted,
                 char problem[PROBLEM_SIZE])
{
    for (size_t i = 0; i < rows->count; i++)
        wanted[i] = !options->only_count && !rows->items[i]->only_when_named &&
                    (!rows->items[i]->only_with_all || options->all);
    for (size_t i = 0; i < options->only_count; i++) {
        if (mark(rows, options->only[i], wanted))
            continue;
        snprintf(problem, PROBLEM_SIZE,
                 "no row and no group is called \"%s\"; --list shows all of them",
                 options->only[i]);
        return false;
    }
    if (options->peers && !add_peers(rows, wanted)) {
        snprintf(problem, PROBLEM_SIZE,
                 "--peers is for append-1, append-16, append-64 and command-16, and "
                 "--only names none of them");
        return false;
    }
    add_beside(rows, wanted);
    return true;
}
