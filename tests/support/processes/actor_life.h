/* actor_life.h - what an actor's process and the one that started it share. */
#ifndef ACTOR_LIFE_H
#define ACTOR_LIFE_H

#include "support/domains/purse.h"
#include "support/processes/actor.h"

#include <stdatomic.h>

/* Commands that are left. */
struct actor_race {
    _Atomic int64_t left;
};

extern struct actor_race *actor_race;

/* Do what is told, until nobody does. */
_Noreturn void actor_live(int from, int to, const char *directory);

/* ---- its parts (actor_parts.c) ----------------------------------------------- */

enum actor_place { NOWHERE, IN_DECIDE, IN_HANDLER, IN_VIEW };

struct actor_self {
    int from, to, diary;
    enum actor_place stop; /* there, once */
};

extern struct actor_self actor_self;

/* A question to the view. */
struct row_counts {
    int64_t rows, different;
};

struct get_rows {
    const char *purse_id;
};

extern const struct jangle_message row_counts, get_rows;

/* The purses, whose take_out can be stopped; to be made first. */
void actor_make_purse(void);
extern const struct jangle_aggregates actor_aggregates;
extern const struct jangle_subscribers actor_subscribers;

/* ---- lines ------------------------------------------------------------------- */

/* False at the end. */
bool actor_read_line(int file, char line[ACTOR_LINE]);
bool actor_write_line(int file, const char *line);

#endif
