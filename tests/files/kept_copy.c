/* kept_copy.c - the store that was kept, and copies of it. */
#include "files/kept_copy.h"
#include "files/damage_use.h"
#include "support/temp_directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[KEPT_COPY_FILES] = {"desks.db", "desks.db.notes",
                                                   "desks.db.board", "desks.db.slate"};
static char original[TEMP_PATH_SIZE], copy[TEMP_PATH_SIZE];
static char paths[2][KEPT_COPY_FILES][TEMP_PATH_SIZE];

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "kept_copy: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t size;

    must(in && out, to);
    while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
        must(fwrite(bytes, 1, size, out) == size, to);
    must(!fclose(in) && !fclose(out), to);
}

void kept_copy_prepare(void)
{
    static struct damage_known known;

    must(temp_directory_make(original), "a directory");
    damage_prepare(original, &known);
    for (int i = 0; i < KEPT_COPY_FILES; i++)
        temp_directory_path(paths[0][i], original, files[i]);
}

void kept_copy_finish(void)
{
    temp_directory_remove(original);
}

const char *kept_copy_original(int file)
{
    return paths[0][file];
}

void kept_copy_make(void)
{
    must(temp_directory_make(copy), "a directory");
    for (int i = 0; i < KEPT_COPY_FILES; i++) {
        temp_directory_path(paths[1][i], copy, files[i]);
        copy_file(paths[0][i], paths[1][i]);
    }
}

void kept_copy_remove(void)
{
    temp_directory_remove(copy);
}

const char *kept_copy_path(int file)
{
    return paths[1][file];
}
