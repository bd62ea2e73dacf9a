/* moment.h - moments as text: dates and times of day, as RFC 3339 and Python write them.
 */
#ifndef JN_MOMENT_H
#define JN_MOMENT_H

#include <jangle/message.h>

enum { JN_MOMENT_SIZE = 64 };

/* Write "2018-04-05T17:31:00.000000", with `separator` for the T and `zone` (at most 6
 * characters) behind it. False: the year is not one of 0 to 9999. */
bool jn_moment_write(char text[JN_MOMENT_SIZE],
                     jangle_time time,
                     char separator,
                     const char *zone);

/* Read what RFC 3339 allows: T, t or a space; any number of digits of a second or none,
 * of which six count; Z, z or an offset. If `python`, there need be no offset, which then
 * is UTC, and no colon in it. The second 60 is the first of the next minute. */
bool jn_moment_read(const char *text, bool python, jangle_time *time);

#endif
