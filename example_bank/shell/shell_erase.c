/* shell_erase.c - begins an empty bank, in a file beside the old one.
 *
 * The old file is not touched, because another program may have it open. */
#include "shell/shell_erase.h"
#include "app/bank.h"
#include "cli/complaint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 2, LAST = 9999, SUFFIX_SIZE = 64 };

/* Is there no file of that name, neither a bank nor the view of one? */
static bool is_free(const char *path, char *scratch, size_t size)
{
    if (access(path, F_OK) == 0)
        return false;
    for (size_t i = 0; i < bank_views.count; i++) {
        snprintf(scratch, size, "%s.%s", path, bank_views.items[i]->name);
        if (access(scratch, F_OK) == 0)
            return false;
    }
    return true;
}

/* "bank.db" is followed by "bank-2.db", "bank-3.db"... NULL: nothing is free. */
static char *find_free_path(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t stem = dot && dot > name ? (size_t)(dot - path) : strlen(path);
    size_t size = strlen(path) + SUFFIX_SIZE;
    char *found = calloc(1, size);
    char *scratch = calloc(1, size);
    bool free_one = false;

    for (int number = 2; found && scratch && !free_one && number <= LAST; number++) {
        snprintf(found, size, "%.*s-%d%s", (int)stem, path, number, path + stem);
        free_one = is_free(found, scratch, size);
    }
    free(scratch);
    if (free_one)
        return found;
    free(found);
    return NULL;
}

static void replace_path(struct shell *shell, char *path)
{
    free(shell->path);
    shell->path = path;
}

void shell_begin_empty(struct shell *shell)
{
    char *path = find_free_path(shell->options->db);
    struct jangle *bank;

    if (!path) {
        bank_complain("no name beside %s is free", shell->options->db);
        return;
    }
    jangle_answer_free(&shell->summary);
    bank_close(shell->bank);
    bank = bank_open(path, WORKERS);
    if (bank) {
        printf(
            "\n  The old bank stays as it is, in %s.\n"
            "  This one is empty, and is kept in %s: come back to it with --db %s.\n",
            shell->path, path, path);
        shell->bank = bank;
        replace_path(shell, path);
        return;
    }
    free(path);
    shell->bank = bank_open(shell->path, WORKERS);
    if (!shell->bank) {
        shell->status = 1;
        shell->screen = NULL;
    }
}
