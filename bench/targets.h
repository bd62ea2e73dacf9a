/* targets.h - what rows are to reach, and whether they do. */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include "measure.h"

enum bound { AT_LEAST, AT_MOST, REPORTED }; /* REPORTED: nothing is wanted */

/* What a target looks at in a row. */
struct figure {
    figure_fn *of;    /* NULL: a count of --count */
    int count;        /* which of COUNTS */
    const char *what; /* in words */
    const char *unit; /* of the value; NULL: the row's unit, a second */
    int digits;       /* that are shown behind the point */
};

struct target {
    const char *name;
    const char *row;
    const char
        *beside;     /* the row of its baseline, with which it makes a ratio; or NULL */
    const char *raw; /* one more, shown beside it; or NULL */
    const struct figure *figure;
    enum bound bound;
    double wanted;   /* of the ratio; without a baseline, of the value */
    double or_below; /* it is reached, too, if the value is below this; 0: no such way */
};

struct targets {
    const struct target *items;
    size_t count;
};

extern const struct targets targets;

enum outcome { TARGET_REACHED, TARGET_MISSED, TARGET_NOISY, TARGET_NONE };

/* What a target came to. NAN: there is none. */
struct finding {
    double value, baseline, ratio;
    double raw; /* the ratio to that row */
    enum outcome outcome;
};

/* False: the row or its baseline was not run. A round that stayed noisy leaves the target
 * neither reached nor missed. */
bool target_find(const struct target *target,
                 const struct measurement *measurement,
                 struct finding *finding);

/* The unit of the value, which for a rate depends on the row. */
const char *target_unit(const struct target *target,
                        const struct measurement *measurement,
                        char text[32]);

/* One table on stdout, if any target can be found. */
void targets_print(const struct measurement *measurement);

#endif
