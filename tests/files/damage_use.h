/* damage_use.h - the store that is damaged, and a program that uses all there is
 * in it. */
#ifndef DAMAGE_USE_H
#define DAMAGE_USE_H

#include <stddef.h>

/* What was told, a line each. In memory that two processes share. */
struct damage_told {
    size_t used;
    char text[200000];
};

enum { DAMAGE_NAMES = 200, DAMAGE_NAME_SIZE = 80 };

/* What is in it, and asked for by name. */
struct damage_names {
    char items[DAMAGE_NAMES][DAMAGE_NAME_SIZE];
    int count;
};

struct damage_known {
    struct damage_names desks, sagas, commands, subscribers;
};

/* Unpack the store that was kept into a directory, bring it up to date, and use it a
 * little, so that it has rows of today, too. Exits if that fails. */
void damage_prepare(const char *directory, struct damage_known *known);

/* Open it, and use everything: commands for each desk and saga, questions, replays, all
 * that can be shown. Whatever is answered by other than OK, or told by a warning, is a
 * line of `told`. */
void damage_use(const char *path,
                const struct damage_known *known,
                struct damage_told *told);

#endif
