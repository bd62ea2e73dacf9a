/* number.h - numbers as the digits in which they are written: no value is rounded. */
#ifndef JN_PATTERN_NUMBER_H
#define JN_PATTERN_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a text must look like to be compared with a number of the pattern. */
enum jn_pattern_cast {
    JN_PATTERN_AS_INTEGER, /* the pattern says 5: "5", and not "5.0" */
    JN_PATTERN_AS_DECIMAL  /* the pattern says 5.0, decimal('5') or 0 */
};

/* A view of a text, which must live as long. The value is 0.DDD times 10 to the power
 * `magnitude`, where D are the digits from `first` to `last`; zero has none. Points and
 * underscores between the digits do not count. */
struct jn_pattern_number {
    const char *first, *last; /* `last` is behind the last digit that counts */
    int64_t magnitude;
    bool negative;
    bool integer; /* written without a point and without an exponent */
};

/* Read a number as Python does: a sign, digits with single underscores, a point, an
 * exponent, and space around it. Infinity and NaN are no numbers. */
bool jn_pattern_number_read(struct jn_pattern_number *number,
                            const char *text,
                            size_t size);

/* Below 0, 0 or above 0, as `one` is less than, equal to or greater than `other`. */
int jn_pattern_number_compare(const struct jn_pattern_number *one,
                              const struct jn_pattern_number *other);

bool jn_pattern_number_is_zero(const struct jn_pattern_number *number);

/* False if it is no integer of 64 bits. */
bool jn_pattern_number_int64(const struct jn_pattern_number *number, int64_t *value);

#endif
