/* trip.h - a saga whose turns are told by words, over a store that is watched: what each
 * group carries, and which ends of turns it refuses. */
#ifndef TRIP_H
#define TRIP_H

#include "support/domains/tills.h"

enum { TRIP_RUNS = 400 };

/* What its turns have seen. */
struct trip {
    _Atomic int runs;       /* reactions that were called */
    _Atomic int timeouts;   /* on_timeout was */
    size_t ends[TRIP_RUNS]; /* for each run: so many ends were stored by then */
    int words[TRIP_RUNS];   /* and so many words has its saga heard, this one too */
    _Atomic int disordered; /* words that end with another number than their own */
    const char *fails_at;   /* the turn of that word fails, after its steps */
};

extern struct trip trip;

/* It begins with paid_out. What a word ("pay late 3", say) holds is done: "pay" sends a
 * pay_in of 1 to b, "late" sets a timeout an hour from the turn, "note" takes a note,
 * "bye" ends the saga. Three attempts, a second apart. */
extern const struct jangle_saga trip_saga;

/* What came to the store since the watch began. An end is a record that names the epoch
 * it follows, with an append of nothing; others are those of steps, and of ends that did
 * not wait. Of groups that were answered OK, parts that were refused not counted. */
struct watch {
    int commits;
    size_t records;
    _Atomic size_t ends;
    size_t most;       /* ends in one group, at most */
    int64_t epoch;     /* that the last end named */
    int64_t mark;      /* the last checkpoint of the saga */
    bool mark_too_far; /* one passed an event whose end was in the same group */

    /* What the store does with ends, so many times; the rest of their group is stored. */
    _Atomic int refusals;
    _Atomic int
        refuse_each; /* or with each group of that number that has ends; 0: with none */
    enum jangle_result refuse_with;
    /* Or with a group that has ends: it answers UNKNOWN, and has stored it, or not. */
    int unknowns;
    bool are_stored;
    bool is_down; /* nothing is stored: the program is about to be killed */
};

extern struct watch watch;

/* Of a test: an open world with it, in memory or in a file, and the watch begins. */
int trip_set_up(void **state);
int trip_tear_down(void **state);

/* Open it, and begin the watch again. */
void trip_open(struct world *world);

/* Over a file: the program is killed, and opened again. */
void trip_crash(struct world *world);

void trip_begin(struct world *world, const char *id);
void trip_say(struct world *world, const char *id, const char *word);

/* One call of jangle_poll, which finds something to do: turns run, and their ends wait.
 */
void trip_run(struct world *world);

/* What its saga has paid in. */
int64_t trip_paid(struct world *world, const char *id);

#endif
