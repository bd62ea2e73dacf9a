/* moment.c - moments as text, without the C library, whose functions ask for time zones.
 */
#include "common/moment.h"

#include <jangle/plugin/support.h>

#include <assert.h>
#include <string.h>

static const int64_t SECOND = 1000000, DAY = 86400;

/* The length of 400 years in days; and the days from 0000-03-01 to 1970-01-01. Years are
 * counted from March, so that a leap day is the last of its year. */
enum { DAYS_OF_ERA = 146097, DAYS_TO_1970 = 719468, YEAR_MAX = 9999, ZONE_SIZE = 7 };

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t from_march = (month + 9) % 12, era, year_of_era;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = year - era * 400;
    return era * DAYS_OF_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           (153 * from_march + 2) / 5 + day - 1 - DAYS_TO_1970;
}

/* The opposite of days_of. */
static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t era, day_of_era, year_of_era, day_of_year, from_march;

    days += DAYS_TO_1970;
    era = (days >= 0 ? days : days - DAYS_OF_ERA + 1) / DAYS_OF_ERA;
    day_of_era = days - era * DAYS_OF_ERA;
    year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    from_march = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* ---- writing --------------------------------------------------------------------- */

/* Write a number of so many digits, and what stands behind it. Returns the place behind
 * both. */
static char *put(char *text, int64_t number, int width, char after)
{
    char digits[JN_DIGITS_SIZE];
    size_t size = jn_digits_write(digits, number, width);

    memcpy(text, digits, size);
    text[size] = after;
    return text + size + 1;
}

bool jn_moment_write(char text[JN_MOMENT_SIZE],
                     jangle_time time,
                     char separator,
                     const char *zone)
{
    int64_t second = time.us / SECOND, us = time.us % SECOND;
    int64_t day, second_of_day, year, month, day_of_month;

    if (us < 0) {
        us += SECOND;
        second--;
    }
    day = second / DAY;
    second_of_day = second % DAY;
    if (second_of_day < 0) {
        second_of_day += DAY;
        day--;
    }
    date_of(day, &year, &month, &day_of_month);
    if (year < 0 || year > YEAR_MAX)
        return false;
    text = put(text, year, 4, '-');
    text = put(text, month, 2, '-');
    text = put(text, day_of_month, 2, separator);
    text = put(text, second_of_day / 3600, 2, ':');
    text = put(text, second_of_day / 60 % 60, 2, ':');
    text = put(text, second_of_day % 60, 2, '.');
    text = put(text, us, 6, '\0');
    assert(strlen(zone) < ZONE_SIZE);
    memcpy(text - 1, zone, strlen(zone) + 1);
    return true;
}

/* ---- reading --------------------------------------------------------------------- */

/* So many digits, whose number is at most `most`. `*at` moves past them. */
static bool read_digits(const char **at, int digits, int64_t most, int64_t *number)
{
    *number = 0;
    for (; digits; digits--, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        *number = *number * 10 + (**at - '0');
    }
    return *number <= most;
}

static bool read_one_of(const char **at, const char *characters)
{
    if (!**at || !strchr(characters, **at))
        return false;
    ++*at;
    return true;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

static bool read_date(const char **at, int64_t *days)
{
    int64_t year, month, day;

    if (!read_digits(at, 4, YEAR_MAX, &year) || !read_one_of(at, "-") ||
        !read_digits(at, 2, 12, &month) || !read_one_of(at, "-") ||
        !read_digits(at, 2, 31, &day))
        return false;
    if (month < 1 || day < 1 || day > days_in_month(year, month))
        return false;
    *days = days_of(year, month, day);
    return true;
}

static bool read_time_of_day(const char **at, int64_t *us)
{
    int64_t hour, minute, second, unit = SECOND;

    if (!read_digits(at, 2, 23, &hour) || !read_one_of(at, ":") ||
        !read_digits(at, 2, 59, &minute) || !read_one_of(at, ":") ||
        !read_digits(at, 2, 60, &second))
        return false;
    *us = ((hour * 60 + minute) * 60 + second) * SECOND;
    if (!read_one_of(at, "."))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        unit /= 10;
        *us += (**at - '0') * unit;
    }
    return true;
}

static bool read_zone(const char **at, bool python, int64_t *minutes)
{
    int64_t hour, minute, sign = **at == '-' ? -1 : 1;

    *minutes = 0;
    if ((python && !**at) || read_one_of(at, "Zz"))
        return true;
    if (!read_one_of(at, "+-") || !read_digits(at, 2, 23, &hour))
        return false;
    if (!read_one_of(at, ":") && !python)
        return false;
    if (!read_digits(at, 2, 59, &minute))
        return false;
    *minutes = sign * (hour * 60 + minute);
    return true;
}

bool jn_moment_read(const char *text, bool python, jangle_time *time)
{
    int64_t days, us, minutes;

    if (!read_date(&text, &days) || !read_one_of(&text, "Tt ") ||
        !read_time_of_day(&text, &us) || !read_zone(&text, python, &minutes) || *text)
        return false;
    time->us = (days * DAY - minutes * 60) * SECOND + us;
    return true;
}
