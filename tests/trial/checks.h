/* checks.h - what must hold between the stores of a bank and of a loyalty program. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stddef.h>

/* SQL that brings what both stores hold into tables of the same form. The stores are
 * attached as `bank` and `loyalty`, and the view as `points`. */
extern const char checks_tables[];

struct check {
    const char *name;
    const char *compared;    /* how many things this is about */
    const char *differences; /* a row with a sentence for each */
};

extern const struct check checks[];
extern const size_t checks_count;

#endif
