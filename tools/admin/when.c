/* when.c - times as people type and read them. */
#include "admin/when.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000000 };
static const int64_t DAY = (int64_t)86400 * SECOND;

jangle_time jn_when_now(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (jangle_time){(int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000};
}

/* ---- reading ---------------------------------------------------------------------- */

/* Read `least` to `most` digits. */
static bool take_digits(const char **at, int least, int most, int *value)
{
    int count = 0;

    for (*value = 0; count < most && **at >= '0' && **at <= '9'; count++)
        *value = *value * 10 + (*(*at)++ - '0');
    return count >= least;
}

static bool take(const char **at, char what)
{
    if (**at != what)
        return false;
    ++*at;
    return true;
}

/* Days from 1970-01-01 to a day of the calendar. March comes first, so
 * that a leap day comes last. */
static int64_t days_to(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month >= 1 && month <= 12 && day >= 1 &&
           day <= lengths[month - 1] + (month == 2 && leaps);
}

/* The microseconds of the day in 21:59[:07[.249]]. */
static bool take_clock(const char **at, struct tm *tm, int64_t *fraction)
{
    int64_t worth = SECOND / 10;

    tm->tm_sec = 0;
    *fraction = 0;
    if (!take_digits(at, 2, 2, &tm->tm_hour) || !take(at, ':') ||
        !take_digits(at, 2, 2, &tm->tm_min) || tm->tm_hour > 23 || tm->tm_min > 59)
        return false;
    if (!take(at, ':'))
        return true;
    if (!take_digits(at, 2, 2, &tm->tm_sec) || tm->tm_sec > 59)
        return false;
    if (!take(at, '.'))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; ++*at, worth /= 10)
        *fraction += (**at - '0') * worth;
    return true;
}

static bool to_time(struct tm *tm, int64_t fraction, bool local, jangle_time *time)
{
    int64_t seconds;

    if (local) {
        tm->tm_isdst = -1;
        seconds = (int64_t)mktime(tm);
    } else {
        seconds = days_to(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday) * 86400 +
                  tm->tm_hour * 3600 + tm->tm_min * 60 + tm->tm_sec;
    }
    time->us = seconds * SECOND + fraction;
    return true;
}

static bool read_date(const char *at, bool local, jangle_time *time)
{
    struct tm tm = {0};
    int64_t fraction = 0;
    int year;
    int month;

    if (!take_digits(&at, 4, 4, &year) || !take(&at, '-') ||
        !take_digits(&at, 2, 2, &month) || !take(&at, '-') ||
        !take_digits(&at, 2, 2, &tm.tm_mday) || !is_day(year, month, tm.tm_mday))
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    if (*at && !((take(&at, ' ') || take(&at, 'T')) && take_clock(&at, &tm, &fraction)))
        return false;
    if (take(&at, 'Z'))
        local = false;
    return !*at && to_time(&tm, fraction, local, time);
}

/* A time of the day: today's, or yesterday's if that is still to come. */
static bool read_clock(const char *at, jangle_time now, bool local, jangle_time *time)
{
    time_t seconds = (time_t)(now.us / SECOND);
    struct tm day;
    struct tm clock = {0};
    int64_t fraction;

    if (!(local ? localtime_r(&seconds, &day) : gmtime_r(&seconds, &day)))
        return false;
    if (!take_clock(&at, &clock, &fraction) || *at)
        return false;
    clock.tm_year = day.tm_year;
    clock.tm_mon = day.tm_mon;
    clock.tm_mday = day.tm_mday;
    to_time(&clock, fraction, local, time);
    if (time->us > now.us)
        time->us -= DAY;
    return true;
}

static bool read_ago(const char *at, jangle_time now, jangle_time *time)
{
    static const char units[] = "smhdw";
    static const int64_t seconds[] = {1, 60, 3600, 86400, 604800};
    const char *unit;
    int count;

    if (!take(&at, '-') || !take_digits(&at, 1, 6, &count) || !*at || at[1])
        return false;
    unit = strchr(units, *at);
    if (!unit)
        return false;
    time->us = now.us - count * seconds[unit - units] * SECOND;
    return true;
}

bool jn_when_read(const char *text, jangle_time now, bool local, jangle_time *time)
{
    return read_ago(text, now, time) || read_clock(text, now, local, time) ||
           read_date(text, local, time);
}

/* ---- writing ---------------------------------------------------------------------- */

/* The seconds, rounded down also before 1970, and the microseconds that are left. */
static bool split(jangle_time time, bool local, struct tm *tm, int *fraction)
{
    int64_t seconds = time.us / SECOND - (time.us % SECOND < 0);
    time_t of_system = (time_t)seconds;

    *fraction = (int)(time.us - seconds * SECOND);
    return local ? localtime_r(&of_system, tm) != NULL : gmtime_r(&of_system, tm) != NULL;
}

static void put_parts(struct jn_bytes *bytes, const struct tm *tm, char between)
{
    jn_bytes_format(bytes, "%04d-%02d-%02d%c%02d:%02d:%02d", tm->tm_year + 1900,
                    tm->tm_mon + 1, tm->tm_mday, between, tm->tm_hour, tm->tm_min,
                    tm->tm_sec);
}

static void put(struct jn_bytes *bytes, jangle_time time, bool local, bool brief)
{
    struct tm tm;
    int fraction;

    if (!split(time, local, &tm, &fraction)) {
        jn_bytes_format(bytes, "%" PRId64 " us", time.us);
        return;
    }
    put_parts(bytes, &tm, ' ');
    if (!brief)
        jn_bytes_format(bytes, ".%03d", fraction / 1000);
}

void jn_when_put(struct jn_bytes *bytes, jangle_time time, bool local)
{
    put(bytes, time, local, false);
}

void jn_when_put_brief(struct jn_bytes *bytes, jangle_time time, bool local)
{
    put(bytes, time, local, true);
}

void jn_when_put_rfc3339(struct jn_bytes *bytes, jangle_time time)
{
    struct tm tm;
    int fraction;

    if (!split(time, false, &tm, &fraction))
        return;
    put_parts(bytes, &tm, 'T');
    jn_bytes_format(bytes, ".%06dZ", fraction);
}
