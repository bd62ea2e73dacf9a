/* number.c - doubles as text, by the C library, with a point in every locale. Short ones
 * are read without it. */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1000, POINT_SIZE = 8, SHORT_DIGITS = 15 };

/* Write a point in place of the locale's, which is what stands between the digits, in one
 * byte or more. A whole number gets ".0". */
static void put_point(char *text)
{
    char *point = text + strspn(text, "-0123456789");
    char *after = point + strcspn(point, "0123456789");

    if (*point == '\0') {
        memcpy(point, ".0", 3);
    } else if (*point != 'e') {
        *point = '.';
        memmove(point + 1, after, strlen(after) + 1);
    }
}

void jn_number_write(char text[JN_NUMBER_SIZE], double value)
{
    /* A normal double holds any 15 digits, and %g drops the zeros at the end. A smaller
     * double may hold only one digit. */
    int digits = fabs(value) < DBL_MIN ? 1 : 15;

    if (!isfinite(value)) {
        snprintf(text, JN_NUMBER_SIZE, "%f", value);
        return;
    }
    snprintf(text, JN_NUMBER_SIZE, "%.*g", digits, value);
    while (strtod(text, NULL) != value && digits < 17)
        snprintf(text, JN_NUMBER_SIZE, "%.*g", ++digits, value);
    put_point(text);
}

/* The decimal point that strtod expects. It is looked up for each number, because the
 * program may change the locale at any time. */
static size_t point_of_locale(char point[POINT_SIZE])
{
    char half[POINT_SIZE + 3];
    int size = snprintf(half, sizeof half, "%.1f", 0.5);

    memcpy(point, half + 1, (size_t)size - 2);
    return (size_t)size - 2;
}

/* Fifteen digits fit into a double as they are, and so do these powers of ten. So one
 * division rounds as strtod does, in every rounding mode (W. Clinger, "How to Read
 * Floating Point Numbers Accurately", 1990). False if there are more digits, or an
 * exponent, or if the machine calculates with more bits than a double has. */
static bool read_short(const char *text, size_t size, double *value)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = *text == '-';
    int64_t digits = 0;
    size_t behind = 0; /* the point */
    bool point = false;

    if (FLT_EVAL_METHOD != 0 || size > (size_t)negative + SHORT_DIGITS + 1)
        return false;
    for (size_t i = negative; i < size; i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9')
            return false;
        digits = digits * 10 + (text[i] - '0');
        behind += point;
    }
    if (size > (size_t)negative + SHORT_DIGITS + point)
        return false;
    *value = (negative ? -(double)digits : (double)digits) / powers[behind];
    return true;
}

bool jn_number_read(const char *text, size_t size, double *value)
{
    char copy[LONGEST + POINT_SIZE + 1];
    const char *point = memchr(text, '.', size);
    size_t before = point ? (size_t)(point - text) : size;
    size_t used = before;

    if (read_short(text, size, value))
        return true;
    if (size > LONGEST)
        return false;
    memcpy(copy, text, before);
    if (point) {
        used += point_of_locale(copy + used);
        memcpy(copy + used, point + 1, size - before - 1);
        used += size - before - 1;
    }
    copy[used] = '\0';
    *value = strtod(copy, NULL);
    return isfinite(*value);
}
