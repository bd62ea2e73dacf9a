/* match.c - what a match costs, how its results are joined, and the values that it reads.
 */
#include "pattern/match.h"

enum { BYTES_A_STEP = 64 };

bool jn_pattern_step(struct jn_pattern_match *match, int64_t steps)
{
    match->steps_left -= steps;
    return match->steps_left >= 0;
}

bool jn_pattern_step_over(struct jn_pattern_match *match, size_t size)
{
    return jn_pattern_step(match, (int64_t)(size / BYTES_A_STEP));
}

/* ---- three values -------------------------------------------------------------- */

enum jangle_match jn_pattern_all(enum jangle_match one, enum jangle_match other)
{
    if (one == JANGLE_DIFFERS || other == JANGLE_DIFFERS)
        return JANGLE_DIFFERS;
    return one == JANGLE_MATCHES ? other : one;
}

enum jangle_match jn_pattern_any(enum jangle_match one, enum jangle_match other)
{
    if (one == JANGLE_MATCHES || other == JANGLE_MATCHES)
        return JANGLE_MATCHES;
    return one == JANGLE_DIFFERS ? other : one;
}

bool jn_pattern_is_decided(const struct jn_pattern_match *match,
                           enum jangle_match so_far,
                           enum jangle_match deciding)
{
    return so_far == deciding || (so_far == JANGLE_MISFITS && match->pattern->strict) ||
           match->steps_left < 0;
}
