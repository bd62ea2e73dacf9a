/* moment.h - dates, and moments to the second. */
#ifndef JN_PATTERN_MOMENT_H
#define JN_PATTERN_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jn_pattern_moment {
    bool is_date;   /* the whole of a day, wherever that is */
    int64_t day;    /* since 1970-01-01, in the moment's own zone */
    int64_t second; /* since 1970 in UTC; of a date: 0 */
};

/* Read a date, "2020-5-3", or a moment: a date, "T" or space, a time of day with or
 * without seconds and their fraction, and a zone. Without a zone it is UTC. */
bool jn_pattern_moment_read(struct jn_pattern_moment *moment,
                            const char *text,
                            size_t size);

/* A moment that counts microseconds since 1970, as jangle_time does. */
struct jn_pattern_moment jn_pattern_moment_of(int64_t us);

/* Below 0, 0 or above 0. If one is a date, the other is taken for the date that it has in
 * its own zone, as SQS MEGA does. */
int jn_pattern_moment_compare(const struct jn_pattern_moment *one,
                              const struct jn_pattern_moment *other);

#endif
