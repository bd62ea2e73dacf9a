/* moment.c - dates and moments that others have written, in ISO 8601 and near it. */
#include "pattern/moment.h"

static const int64_t SECOND = 1000000, DAY = 86400;

/* The length of 400 years in days; and the days from 0000-03-01 to 1970-01-01. Years are
 * counted from March, so that a leap day is the last of its year. */
enum { DAYS_OF_ERA = 146097, DAYS_TO_1970 = 719468 };

/* Only for years from 0. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t from_march = (month + 9) % 12, year_of_era;

    year -= month <= 2;
    year_of_era = year % 400;
    return year / 400 * DAYS_OF_ERA + year_of_era * 365 + year_of_era / 4 -
           year_of_era / 100 + (153 * from_march + 2) / 5 + day - 1 - DAYS_TO_1970;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

/* ---- reading ------------------------------------------------------------------- */

struct reader {
    const char *at, *end;
};

static bool is_at_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* From `least_digits` to `most_digits` digits, whose number is between the others. */
static bool read_number(struct reader *reader,
                        int least_digits,
                        int most_digits,
                        int64_t least,
                        int64_t most,
                        int64_t *number)
{
    int digits = 0;

    for (*number = 0; digits < most_digits && is_at_digit(reader); digits++)
        *number = *number * 10 + (*reader->at++ - '0');
    return digits >= least_digits && *number >= least && *number <= most;
}

static bool read_one_of(struct reader *reader, const char *characters)
{
    for (; *characters; characters++)
        if (reader->at < reader->end && *reader->at == *characters) {
            reader->at++;
            return true;
        }
    return false;
}

static void skip_spaces(struct reader *reader)
{
    while (read_one_of(reader, " "))
        continue;
}

static bool read_date(struct reader *reader, int64_t *day)
{
    int64_t year, month, day_of_month;

    if (!read_number(reader, 4, 4, 1, 9999, &year) || !read_one_of(reader, "-") ||
        !read_number(reader, 1, 2, 1, 12, &month) || !read_one_of(reader, "-") ||
        !read_number(reader, 1, 2, 1, days_in_month(year, month), &day_of_month))
        return false;
    *day = days_of(year, month, day_of_month);
    return true;
}

/* What is less than a second does not count. */
static bool read_time_of_day(struct reader *reader, int64_t *seconds)
{
    int64_t hour, minute, second = 0;

    if (!read_number(reader, 2, 2, 0, 23, &hour) || !read_one_of(reader, ":") ||
        !read_number(reader, 2, 2, 0, 59, &minute))
        return false;
    if (read_one_of(reader, ":")) {
        if (!read_number(reader, 2, 2, 0, 59, &second))
            return false;
        if (read_one_of(reader, ".,") && !is_at_digit(reader))
            return false;
        while (is_at_digit(reader))
            reader->at++;
    }
    *seconds = (hour * 60 + minute) * 60 + second;
    return true;
}

/* "Z", "UTC", "+03:00", "+0300", "+03", or nothing, which is UTC. */
static bool read_zone(struct reader *reader, int64_t *seconds)
{
    int64_t sign = 1, hour, minute = 0;

    *seconds = 0;
    if (reader->at == reader->end || read_one_of(reader, "Zz"))
        return true;
    if (read_one_of(reader, "U"))
        return read_one_of(reader, "T") && read_one_of(reader, "C");
    if (read_one_of(reader, "-"))
        sign = -1;
    else if (!read_one_of(reader, "+"))
        return false;
    if (!read_number(reader, 2, 2, 0, 23, &hour))
        return false;
    if ((read_one_of(reader, ":") || is_at_digit(reader)) &&
        !read_number(reader, 2, 2, 0, 59, &minute))
        return false;
    *seconds = sign * (hour * 60 + minute) * 60;
    return true;
}

bool jn_pattern_moment_read(struct jn_pattern_moment *moment,
                            const char *text,
                            size_t size)
{
    struct reader reader = {text, text + size};
    int64_t seconds, zone;

    *moment = (struct jn_pattern_moment){0};
    if (!read_date(&reader, &moment->day))
        return false;
    moment->is_date = reader.at == reader.end;
    if (moment->is_date)
        return true;
    if (!read_one_of(&reader, "Tt "))
        return false;
    skip_spaces(&reader);
    if (!read_time_of_day(&reader, &seconds))
        return false;
    skip_spaces(&reader);
    if (!read_zone(&reader, &zone) || reader.at != reader.end)
        return false;
    moment->second = moment->day * DAY + seconds - zone;
    return true;
}

struct jn_pattern_moment jn_pattern_moment_of(int64_t us)
{
    int64_t second = us / SECOND - (us % SECOND < 0);

    return (struct jn_pattern_moment){.second = second,
                                      .day = second / DAY - (second % DAY < 0)};
}

int jn_pattern_moment_compare(const struct jn_pattern_moment *one,
                              const struct jn_pattern_moment *other)
{
    bool days = one->is_date || other->is_date;
    int64_t left = days ? one->day : one->second;
    int64_t right = days ? other->day : other->second;

    return left < right ? -1 : left > right;
}
