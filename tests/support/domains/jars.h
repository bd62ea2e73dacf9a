/* jars.h - jars of pebbles, for tests of the aggregate cache. The events say what is
 * added and taken, and not how many there are then, so that an event which is folded
 * twice or never is seen in every later reply. */
#ifndef JARS_H
#define JARS_H

#include <jangle/jangle.h>

/* So many events, each of which adds that many and leaves a note. */
struct add_pebbles {
    const char *jar_id;
    int64_t amount;
    int64_t times;
    const char *note;
};

/* Refused if there are not as many. */
struct take_pebbles {
    const char *jar_id;
    int64_t amount;
};

/* An OK without events. */
struct count_pebbles {
    const char *jar_id;
};

/* Another jar gets them; its decider is not asked. */
struct give_pebbles {
    const char *jar_id;
    const char *to;
    int64_t amount;
};

/* Adds as many as there are in another jar, which is looked at. */
struct match_pebbles {
    const char *jar_id;
    const char *other;
};

/* Begins a jar of that name; one that has events exists already. */
struct begin_jar {
    const char *jar_id;
    const char *name;
};

/* INVALID if there are more than that. */
struct judge_pebbles {
    const char *jar_id;
    int64_t most;
};

extern const struct jangle_message add_pebbles, take_pebbles, count_pebbles, give_pebbles;
extern const struct jangle_message match_pebbles, begin_jar, judge_pebbles;
extern const struct jangle_message pebbles_added, pebbles_taken;

struct jar_note {
    const char *text;
};

struct jar_notes {
    struct jar_note *items;
    size_t count;
};

struct jar_state {
    int64_t total;
    struct jar_notes notes; /* of the last additions; "bad" cannot be applied */
};

extern const struct jangle_message jar_state;
extern const struct jangle_aggregate jar_aggregate;
extern const struct jangle_aggregates jar_aggregates;

/* What happens once, while the next command is decided; NULL: nothing. Of this thread. */
extern _Thread_local void (*jars_meanwhile)(void);

/* Replies are "TOTAL" and the notes, each after a space. */

/* What count_pebbles replies; asserts that it is OK. */
const char *jars_count(struct jangle *jangle, const char *jar);

/* Add, once, with that note. */
enum jangle_result
jars_add(struct jangle *jangle, const char *jar, int64_t amount, const char *note);

#endif
