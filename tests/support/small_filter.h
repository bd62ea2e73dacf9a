/* small_filter.h - a filter of few words, for tests:
 *
 *     all                          every message
 *     none                         no message
 *     event.attributes.amount = 5  what has that JSON value there; it cannot judge a
 * value of another type
 *
 * It counts, and keeps the last document. */
#ifndef SMALL_FILTER_H
#define SMALL_FILTER_H

#include <jangle/plugin/filter.h>

#include <stdatomic.h>

extern const struct jangle_filter_ops small_filter_ops;

#define SMALL_FILTER(words)                                                              \
    {                                                                                    \
        .text = (words), .ops = &small_filter_ops                                        \
    }

extern struct small_filter_seen {
    _Atomic int64_t compiled, open; /* programs: so far, and now */
    _Atomic int64_t asked;          /* so often */
    bool keeps;                     /* the last document: for tests of one thread */
    char document[4096];
} small_filter_seen;

/* All counts from 0 again. */
void small_filter_forget(void);

#endif
